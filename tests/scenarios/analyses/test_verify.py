"""A plan made again from its recorded inputs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from scenarios.analyses.verify import changed_inputs, deviations, verify
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, PlanError, dump, load
from scenarios.planning import run
from scenarios.sources.fit_cache import fitted
from tests.support.plan_factory import CURVES, make_plan

SCENARIO = """extends: rules.yaml
curves: curves.json
period: {start: 2026-12-01, end: 2026-12-31}
budget: current
"""
RULES = "defaults: {change: [-40%, +40%]}\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, text in (("plan.yaml", SCENARIO), ("rules.yaml", RULES), ("curves.json", CURVES)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def plan(folder) -> Plan:
    made = run(Scenario.load(folder / "plan.yaml", ["channels.tv.min_spend=9000"]))
    (folder / "plan.json").write_text(dump(made))
    return load(folder / "plan.json")


def test_an_unchanged_plan_stands_to_the_byte(plan, folder):
    verdict = verify(plan, folder)
    assert verdict.is_same
    assert verdict.stands
    assert verdict.versions == {}


def test_from_a_history_too_whose_fit_is_not_taken_from_the_cache(tmp_path, monkeypatch):
    lines = ["date,channel,spend,conversions,revenue"]
    for week in range(30):
        day = date(2026, 1, 5) + timedelta(weeks=week)
        for channel, scale in (("search", 900), ("tv", 400)):
            spend = scale * (8 + week % 5)
            conversions = round((spend * scale) ** 0.5 / 10)
            lines.append(f"{day},{channel},{spend},{conversions},{80 * conversions}")
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "plan.yaml").write_text("history: history.csv\nbudget: current\n")
    made = run(Scenario.load(tmp_path / "plan.yaml"))
    used = []

    def watched(*arguments):
        used.append(arguments[1])
        return fitted(*arguments)

    monkeypatch.setattr("scenarios.sources.fit_cache.fitted", watched)
    assert verify(made, tmp_path).is_same
    assert used == [False]


@pytest.mark.parametrize("name", ["plan.yaml", "rules.yaml", "curves.json"])
def test_a_changed_or_missing_input_is_named(plan, folder, name):
    role = "curves" if name == "curves.json" else "scenario"
    (folder / name).write_text((folder / name).read_text() + "\n")
    with pytest.raises(PlanError) as changed:
        verify(plan, folder)
    assert str(changed.value) == (
        f"{folder / name}: the {role} was changed since the plan was made. "
        "Bring the file back, or make a new plan."
    )
    (folder / name).unlink()
    assert [str(fault) for fault in changed_inputs(plan, folder)] == [
        f"{folder / name}: the {role} is missing. Say where the scenario lies with --folder."
    ]


def test_a_figure_that_was_tampered_with_is_named(plan, folder):
    """Also where whoever did it made the file's own hash fit again."""
    first = plan.channels[0].model_copy(update={"spend": plan.channels[0].spend + 1})
    forged = plan.model_copy(update={"channels": (first, *plan.channels[1:])})
    verdict = verify(forged, folder)
    assert not verdict.stands
    assert [d.path for d in verdict.deviations] == ["channels[search].spend"]
    assert verdict.deviations[0].recorded == first.spend
    assert verdict.deviations[0].found == plan.channels[0].spend


def test_other_versions_are_said_and_do_not_count_as_deviations(plan, folder):
    source = plan.provenance
    other = source.model_copy(update={"versions": {**source.versions, "highspy": "0.1"}})
    verdict = verify(plan.model_copy(update={"provenance": other}), folder)
    assert verdict.stands
    assert not verdict.is_same
    assert verdict.versions == {"highspy": ("0.1", source.versions["highspy"])}


def test_noise_is_no_deviation_and_more_than_noise_is():
    old = make_plan(2).model_dump(mode="json")
    assert not list(deviations(old, old))
    new = make_plan(2).model_dump(mode="json")
    new["channels"][1]["spend"] *= 1 + 1e-8
    assert not list(deviations(old, new))
    new["channels"][1]["spend"] *= 1 + 1e-5
    new["warnings"] = []
    new["status"] = "time_limit"
    paths = {d.path for d in deviations(old, new)}
    assert paths == {"status", "channels[tv].spend", "warnings"}


def test_a_plan_without_a_scenario_cannot_be_made_again(plan, folder):
    source = plan.provenance.model_copy(update={"inputs": ()})
    with pytest.raises(PlanError, match="does not say which scenario file"):
        verify(plan.model_copy(update={"provenance": source}), folder)
