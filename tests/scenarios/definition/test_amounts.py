"""An amount means the same wherever it is written: in a file, a setting, an option, a split."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.file import save_curves
from models.errors import InputError
from scenarios.analyses.sweep import split_settings
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import OfCurrent, budget_written, scaled
from tests.support.commands import budgetopt
from tests.support.scenario_examples import CURVES


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_curves(CURVES, "curves.json")
    Path("base.yaml").write_text("curves: curves.json\nbudget: current\n")
    return tmp_path


BUDGETS = {
    "+5000": OfCurrent(amount=5000.0),
    "-5000": OfCurrent(amount=-5000.0),
    "+50k": OfCurrent(amount=50_000.0),
    "-1.5k": OfCurrent(amount=-1500.0),
    "-15%": OfCurrent(-0.15),
    "current": OfCurrent(),
    "50k": 50_000.0,
    "1.2m": 1_200_000.0,
    "3bn": 3_000_000_000.0,
    "90000": 90_000.0,
}


@pytest.mark.parametrize("written", BUDGETS)
def test_a_budget_is_the_same_in_a_file_and_in_a_setting(folder, written: str) -> None:
    file = folder / "other.yaml"
    file.write_text(f"curves: curves.json\nbudget: {written}\n")
    in_file = Scenario.load(file).definition.budget
    in_setting = Scenario.load("base.yaml", [f"budget={written}"]).definition.budget
    assert in_file is not None
    assert in_file == in_setting
    assert in_file.max == BUDGETS[written]


@given(
    st.sampled_from(["", "k", "K", "m", "b", "bn"]),
    st.decimals(min_value=0, max_value=99_999, places=2),
    st.sampled_from(["", "+", "-"]),
)
def test_a_scaled_number_is_its_digits_times_its_scale(scale, digits, sign) -> None:
    times = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9}[scale.lower()]
    expected = float(digits * times) * (-1 if sign == "-" else 1)
    assert scaled(f"{sign}{digits}{scale}") == expected


@given(st.floats(min_value=-1e12, max_value=1e12).filter(bool))
def test_a_change_is_written_as_it_is_read(amount: float) -> None:
    written = str(budget_written(OfCurrent(amount=amount)))
    assert written[0] in "+-"
    assert scaled(written) == pytest.approx(amount, rel=1e-14)


def spent(*arguments: str) -> float:
    result = budgetopt("plan", "base.yaml", "--format", "csv", *arguments)
    assert result.exit_code == 0, result.stderr
    head, *rows = (line.split(",") for line in result.stdout.splitlines())
    return sum(float(row[head.index("spend")]) for row in rows)


def test_more_and_less_is_counted_from_todays_spend(folder) -> None:
    today = spent()
    assert spent("--budget", "+5000") == pytest.approx(today + 5000.0)
    assert spent("--budget=-5k") == pytest.approx(today - 5000.0)
    assert spent("--budget", "75k") == pytest.approx(75_000.0)


def test_less_than_nothing_cannot_be_spent(folder) -> None:
    result = budgetopt("plan", "base.yaml", "--budget=-1m")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --set budget=-1m, budget: -1000000 of today's ")
    assert result.stderr.endswith("nothing to divide. Take off less, or write the amount.\n")


def test_a_change_where_an_amount_is_expected_is_refused(folder) -> None:
    with pytest.raises(InputError, match=r"'\+5000' is a change against today, but an amount"):
        Scenario.load("base.yaml", ["channels.tv.min_spend=+5000"])
    with pytest.raises(InputError, match=r"unknown key 'spend'\. An exact amount is min_spend"):
        Scenario.load("base.yaml", ["channels.tv.spend=40k"])


def test_one_change_goes_both_ways_or_says_which(folder) -> None:
    found = Scenario.load("base.yaml", ["channels.tv.change=20%"]).definition
    assert found.channels["tv"].change == (-0.2, 0.2)
    with pytest.raises(InputError, match=r"Write \[0%, \+20%\], or 20% for both ways"):
        Scenario.load("base.yaml", ["channels.tv.change=+20%"])


def test_a_range_of_changes_sweeps_around_today(folder) -> None:
    _, (axis,) = split_settings(["budget=-20k:+40k:4"])
    assert [axis.setting(value) for value in axis.values] == [
        *("budget=-20000", "budget=+0", "budget=+20000", "budget=+40000")
    ]
    with pytest.raises(InputError, match="one end is a change and the other an amount"):
        split_settings(["budget=40k:+50k:3"])
    result = budgetopt("sweep", "base.yaml", "--budget", "-20k:+40k:4")
    assert result.exit_code == 0
    firsts = [line.split()[0] for line in result.stdout.splitlines() if line.strip()]
    assert [word for word in firsts if word[-1] == "0"][:4] == [
        "-20,000",
        "0",
        "+20,000",
        "+40,000",
    ]


def test_a_split_by_changes_keeps_the_rest_at_todays(folder) -> None:
    result = budgetopt(
        "evaluate", "base.yaml", "--allocation", "search=+2k,tv=-2000", "--format", "csv"
    )
    assert result.exit_code == 0, result.stderr
    head, *rows = (line.split(",") for line in result.stdout.splitlines())
    moved = {
        row[0]: float(row[head.index("given_spend")]) - float(row[head.index("current_spend")])
        for row in rows
    }
    assert moved["search"] == pytest.approx(2000.0)
    assert moved["tv"] == pytest.approx(-2000.0)
    assert moved["social"] == 0.0
    refused = budgetopt("evaluate", "base.yaml", "--allocation", "search=-2m")
    assert refused.exit_code == 2
    assert "search spends" in refused.stderr


def test_variants_are_compared_without_files_of_their_own(folder) -> None:
    more = ("--budget", "+10%", "--as", "growth")
    locked = ("--set", "channels.tv.locked=true", "--as=tv-locked")
    result = budgetopt("compare", "base.yaml", *more, *locked, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    names = [line.partition(",")[0] for line in result.stdout.splitlines()]
    assert names == ["scenario", "base", "growth", "tv-locked"]
    growth, tv = (line for line in result.stdout.splitlines()[2:])
    assert "budget: +10% (was current)" in growth
    assert "locked" not in growth
    assert "channels.tv.locked: true" in tv
    assert "budget" not in tv
    open_end = budgetopt("compare", "base.yaml", *more, "--budget", "5")
    assert open_end.exit_code == 2
    assert "the settings after '--as growth' (budget=5) have no name" in open_end.stderr
    several = budgetopt("compare", "base.yaml", "base.yaml", *more)
    assert several.exit_code == 2
    assert "--as varies one scenario file" in several.stderr


def test_next_takes_amounts_as_they_are_said(folder) -> None:
    assert budgetopt("next", "base.yaml", "--amount", "2k").exit_code == 0
    for wrong in ("-5", "0", "x", "+5"):
        result = budgetopt("next", "base.yaml", f"--amount={wrong}")
        assert result.exit_code == 2
        assert f"'{wrong}' is not an amount above 0" in result.stderr
