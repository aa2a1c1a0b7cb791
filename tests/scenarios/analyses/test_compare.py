"""Scenarios side by side."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from models.curves.file import save_curves
from models.errors import InputError
from scenarios.analyses.compare import compare, differences, leaves, to_json, to_rows
from scenarios.definition.scenario import Scenario, load_all
from scenarios.plan.csv_text import csv_text
from scenarios.planning import run
from scenarios.report.page.page import page
from scenarios.report.prose import sentences
from scenarios.report.terminal.compare import compare_report
from scenarios.report.workbook.workbook import workbook
from tests.support.scenario_examples import CURVES, write

BASE = "curves: curves.json\nperiod: {days: 28}\nbudget: current\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    save_curves(CURVES, tmp_path / "curves.json")
    write(tmp_path, BASE, "base.yaml")
    write(
        tmp_path,
        "extends: base.yaml\nbudget: +10%\nchannels: {tv: {locked: true}}\n"
        "rules: [{name: balance, sum: {tv: 1, search: -1}, max: 0}]\n",
        "more.yaml",
    )
    write(tmp_path, "extends: base.yaml\nbudget: 900000\nobjective: conversions\n", "much.yaml")
    return tmp_path


def scenarios(folder: Path, *names: str) -> list[Scenario]:
    return load_all([folder / f"{name}.yaml" for name in names])


def test_each_column_is_the_scenarios_own_plan(folder) -> None:
    loaded = scenarios(folder, "base", "more")
    found = compare(loaded)
    for column, scenario in zip(found.columns, loaded, strict=True):
        plan = run(scenario)
        assert column.plan.channels == plan.channels
        assert plan.current is not None
        assert plan.proposed is not None
        assert plan.proposed.revenue is not None
        assert plan.current.revenue is not None
        assert column.gain is not None
        assert column.gain.objective == "revenue"
        assert column.gain.change == plan.proposed.revenue - plan.current.revenue


def test_a_plan_gains_the_same_in_the_terminal_on_the_page_and_in_the_workbook(folder) -> None:
    """Of the least spend that reaches a target, a gain is spend saved and not revenue lost."""
    goal = "extends: base.yaml\nbudget: null\nminimise: spend\ntarget: {revenue: 250000}\n"
    write(folder, goal, "goal.yaml")
    found = compare(scenarios(folder, "base", "goal"))
    gain = found.columns[1].gain
    assert gain is not None
    assert gain.objective == "spend"
    assert gain.change < 0
    assert gain.share is not None
    share = f"{100 * gain.share:+.1f} %"
    plans = [column.plan for column in found.columns]
    console = Console(width=120, file=io.StringIO())
    for part in compare_report(found, 120):
        console.print(part)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert share in printed
    assert share in str(sentences.gain(plans[1]))
    content = page(plans)
    assert share in content[content.index("Plans side by side") :]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(plans)))["Scenarios"]
    rows = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=4, max_col=3)}
    assert rows["What counts"] == "spend"
    assert rows["The same today"] == gain.before
    cached = openpyxl.load_workbook(io.BytesIO(workbook(plans)), data_only=True)["Scenarios"]
    shown = {row[0].value: row[2].value for row in cached.iter_rows(min_row=4, max_col=3)}
    assert shown["Gain over today, %"] == pytest.approx(gain.share)
    # One number is proven everywhere: the gap rounded up.
    assert printed.count("0.0001 %") == 2
    assert shown["Proven within"] == pytest.approx(1e-6)
    assert content.count("0.0001 %") >= 2


def test_today_is_shown_where_all_agree_on_it(folder) -> None:
    assert compare(scenarios(folder, "base", "more")).today is not None
    write(folder, "extends: base.yaml\nperiod: {days: 14}\n", "short.yaml")
    assert compare(scenarios(folder, "base", "short")).today is None


def test_what_differs_is_told_in_words(folder) -> None:
    base, more, much = scenarios(folder, "base", "more", "much")
    assert list(differences(leaves(base), leaves(more))) == [
        "budget: +10% (was current)",
        "channels.tv.locked: true",
        "rules.balance.name: balance",
        "rules.balance.sum.tv: 1",
        "rules.balance.sum.search: -1",
        "rules.balance.max: 0",
    ]
    assert list(differences(leaves(much), leaves(base))) == [
        "budget: current (was 900,000)",
        "objective: not said (was conversions)",
    ]
    assert list(differences(leaves(base), leaves(base))) == []


def test_what_has_no_plan_is_a_row_with_its_reason(folder) -> None:
    found = compare(scenarios(folder, "base", "much"))
    rows = list(csv.DictReader(io.StringIO(csv_text(to_rows(found)))))
    assert [row["status"] for row in rows] == ["optimal", "infeasible"]
    assert rows[1]["reason"].startswith("the maximums add up to 155,000, the budget to be spent is")
    assert rows[1]["spend"] == ""
    document = json.loads(to_json(found))
    assert document["scenarios"][1]["reason"] == rows[1]["reason"]
    assert document["scenarios"][0]["spend"].keys() == set(CURVES.names)


def test_a_history_that_scenarios_share_is_read_once(folder, monkeypatch) -> None:
    from scenarios import planning

    read: list[str] = []
    original = planning.read_evidence

    def counted(scenario, *arguments):
        read.append(scenario.name)
        return original(scenario, *arguments)

    monkeypatch.setattr(planning, "read_evidence", counted)
    compare(scenarios(folder, "base", "more", "much"))
    assert read == ["base"]


def test_the_faults_of_all_scenarios_come_at_once(folder) -> None:
    write(folder, "extends: base.yaml\nchannels: {tvv: {step: 5}}\n", "one.yaml")
    write(folder, "extends: base.yaml\ngroups: {a: {channels: [serch]}}\n", "two.yaml")
    with pytest.raises(InputError) as caught:
        compare(scenarios(folder, "one", "two"))
    assert [fault.problem for fault in caught.value.faults] == [
        "curves.json has no channel 'tvv'",
        "curves.json has no channel 'serch'",
    ]
    write(folder, "nonsense: 1\n", "three.yaml")
    write(folder, "budget: 0\nhistory: h.csv\n", "four.yaml")
    with pytest.raises(InputError) as caught:
        scenarios(folder, "three", "four")
    places = {fault.where.rpartition("/")[2].partition(",")[0] for fault in caught.value.faults}
    assert places == {"three.yaml", "four.yaml"}


def test_two_scenarios_of_one_name_cannot_be_told_apart(folder) -> None:
    with pytest.raises(InputError, match=r"^base: several scenarios have this name"):
        compare(scenarios(folder, "base", "base"))
