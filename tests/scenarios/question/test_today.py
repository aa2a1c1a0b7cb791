"""What today means: the last days, amounts by channel, or both; and the units of its money."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Linear
from models.errors import ScenarioError
from scenarios.answer.warnings import _paces
from scenarios.cli import main
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import Today, amounts_of, current, current_written
from scenarios.question.resolve import resolve

SCENARIO = "history: h.csv\nbudget: 5000\nperiod: {days: 28}\n"


def curves() -> CurveSet:
    """Two channels of weeks; tv is paid once a month, 2,000 a week on the mean."""
    tv = {"pace": {"kind": "bills", "spend": 2000.0}}
    return CurveSet(
        (
            ChannelCurve("search", Linear(0.02), current_spend=1000.0, max_observed_spend=2000.0),
            ChannelCurve("tv", Linear(0.01), current_spend=0.0, max_observed_spend=4000.0, fit=tv),
        ),
        period_days=7,
    )


def scenario(folder: Path, text: str = "") -> Scenario:
    (folder / "plan.yaml").write_text(SCENARIO + text)
    return Scenario.load(folder / "plan.yaml")


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("", {"search": 1000, "tv": 0}),
        ("current: {tv: 8000}\n", {"search": 1000, "tv": 2000}),
        ("current: {last: 28 days, tv: 8000}\n", {"search": 1000, "tv": 2000}),
    ],
)
def test_amounts_stand_beside_the_last_days(tmp_path: Path, text: str, amounts: dict) -> None:
    question = resolve(scenario(tmp_path, text), curves())
    assert question.problem.current == pytest.approx(amounts)


def test_today_is_written_as_it_was_read() -> None:
    for value in ("last 56 days", {"tv": 9.0}, {"last": "56 days", "tv": 9.0}):
        assert current_written(current(value)) == value
    both = current({"last": "56 days", "tv": 9})
    assert isinstance(both, Today)
    assert (both.days, dict(amounts_of(both))) == (56, {"tv": 9.0})


def test_a_channel_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="radio"):
        resolve(scenario(tmp_path, "current: {last: 28 days, radio: 9}\n"), curves())


def test_a_plan_says_where_today_is_not_the_pace(tmp_path: Path) -> None:
    (told,) = _paces(resolve(scenario(tmp_path), curves()))
    assert told == (
        "tv: today is taken as 0 for the period, its mean over the last 28 days, but it is paid "
        "once a month. `current: {tv: 8000}` would be its pace."
    )
    answered = scenario(tmp_path, "current: {tv: 8000}\n")
    assert list(_paces(resolve(answered, curves()))) == []


def test_a_unit_is_set_right_on_the_command_line_and_in_a_scenario(tmp_path: Path) -> None:
    rows = "".join(
        f"2026-0{month}-{day:02},tv,{money},5\n"
        for month, money in ((3, 10), (4, 1000))
        for day in range(1, 29)
    )
    (tmp_path / "h.csv").write_text("date,channel,spend,conversions\n" + rows)
    path = str(tmp_path / "h.csv")
    told = CliRunner().invoke(main, ["check", path, "--scale", "tv@2026-04-01=0.01"])
    assert told.exit_code == 0, told.stderr
    assert "spend of tv is multiplied by 0.01 from 2026-04-01 on: 28 rows" in told.stdout
    (tmp_path / "s.yaml").write_text(
        "history: {file: h.csv, scale: {tv@2026-04-01: 0.01}}\nbudget: 100\n"
    )
    asked = CliRunner().invoke(main, ["check", str(tmp_path / "s.yaml")])
    assert asked.exit_code == 0, asked.stderr
    assert "multiplied by 0.01 from 2026-04-01" in asked.stdout
    wrong = CliRunner().invoke(main, ["check", path, "--scale", "tv=0.01"])
    assert (wrong.exit_code, "write it as CHANNEL@DATE=FACTOR" in wrong.stderr) == (2, True)
    (tmp_path / "s.yaml").write_text("history: {file: h.csv, scale: {tv: 0.01}}\nbudget: 1\n")
    bad = CliRunner().invoke(main, ["check", str(tmp_path / "s.yaml")])
    assert (bad.exit_code, "'tv' is no channel and date" in bad.stderr) == (2, True)
