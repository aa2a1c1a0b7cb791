"""Scenario files: what each key is read as, every fault in its words, files on top of files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.errors import ScenarioError
from scenarios.definition.horizon import Span
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import OfCurrent, Today
from tests.support.scenario_examples import write

LEAST = "history: h.csv\nbudget: 1000\n"

# A line that is wrong -> what is said of it, after the file's name.
FAULTS = {
    "budgt: 5": "line 3, column 1, budgt: unknown key 'budgt'. Did you mean 'budget'?",
    "min_spend: 5": (
        "line 3, column 1, min_spend: unknown key 'min_spend'."
        " It belongs to channels.NAME or defaults or groups.NAME."
    ),
    "channels: {tv: {min_spnd: 5}}": (
        "line 3, column 17, channels.tv.min_spnd: unknown key 'min_spnd'. Did you mean 'min_spend'?"
    ),
    "groups: {a: {channels: [tv], zzz: 5}}": (
        "line 3, column 30, groups.a.zzz: unknown key 'zzz'. Known here: max_cpa, min_roas,"
        " min_conversions, min_revenue, min_spend, max_spend, min_share, max_share, change,"
        " channels, max_changed."
    ),
    "channels: {tv: {min_spend: 40%}}": (
        "line 3, column 28, channels.tv.min_spend: '40%' is a percentage, but a number is"
        " expected here"
    ),
    "channels: {tv: {min_spend: '5,000'}}": (
        "line 3, column 28, channels.tv.min_spend: '5,000' is not a number."
        " Write it without separators of thousands."
    ),
    "channels: {tv: {min_spend: 5kg}}": (
        "line 3, column 28, channels.tv.min_spend: '5kg' is not a number"
    ),
    "channels: {tv: {min_spend: -1}}": "line 3, column 28, channels.tv.min_spend: -1 is below 0",
    "channels: {tv: {min_spend: true}}": (
        "line 3, column 28, channels.tv.min_spend: true is not a number"
    ),
    "channels: {tv: {min_spend: .nan}}": (
        "line 3, column 28, channels.tv.min_spend: nan is not a usable number"
    ),
    "channels: {tv: {min_spend: 1.0e+20}}": (
        "line 3, column 28, channels.tv.min_spend: 1e+20 is not a usable number"
    ),
    "channels: {tv: {max_cpa: 0}}": "line 3, column 26, channels.tv.max_cpa: 0 is not above 0",
    "channels: {tv: {min_share: 10}}": (
        "line 3, column 28, channels.tv.min_share: 10 is written without '%'."
        " Percentages are always written with it: 10%."
    ),
    "channels: {tv: {min_share: 0.1}}": (
        "line 3, column 28, channels.tv.min_share: 0.1 is written without '%'."
        " Percentages are always written with it: 0.1%, or 10%."
    ),
    "channels: {tv: {min_share: 110%}}": (
        "line 3, column 28, channels.tv.min_share: '110%' is above 100%"
    ),
    "channels: {tv: {repeat_rate: 100%}}": (
        "line 3, column 30, channels.tv.repeat_rate: '100%' is not below 100%"
    ),
    "channels: {tv: {change: [-20, +30%]}}": (
        "line 3, column 25, channels.tv.change: -20 is written without '%'."
        " Percentages are always written with it: -20%."
    ),
    "channels: {tv: {change: [+30%, -20%]}}": (
        "line 3, column 25, channels.tv.change: the range ends ('-20%') below its start ('+30%')"
    ),
    "channels: {tv: {change: 20}}": (
        "line 3, column 25, channels.tv.change: 20 is not a range of change."
        " Write two ends, as in [-20%, +30%], or 20% for both ways, or free."
    ),
    "channels: {tv: {change: [-120%, 0%]}}": (
        "line 3, column 25, channels.tv.change: '-120%' is below -100%"
    ),
    "channels: {tv: {locked: yes}}": (
        "line 3, column 25, channels.tv.locked: 'yes' is not true or false"
    ),
    "channels: {tv: 5}": "line 3, column 16, channels.tv: 5 is not a block of keys",
    "channels: {tv: {min_spend: 9, max_spend: 5}}": (
        "line 3, column 28, channels.tv.min_spend: min_spend (9) is above max_spend (5)"
    ),
    "groups: {a: {channels: [tv], min_share: 40%, max_share: 30%}}": (
        "line 3, column 41, groups.a.min_share: min_share (40%) is above max_share (30%)"
    ),
    "groups: {a: {min_share: 40%}}": "line 3, column 13, groups.a: 'channels' is missing",
    "groups: {a: {channels: []}}": "line 3, column 24, groups.a.channels: the list is empty",
    "groups: {a: {channels: [5]}}": "line 3, column 25, groups.a.channels[0]: 5 is not a text",
    "portfolio: {max_changed: 1.5}": (
        "line 3, column 26, portfolio.max_changed: 1.5 is not a whole number"
    ),
    "objective: revenu": (
        "line 3, column 12, objective: 'revenu' is not one of revenue, conversions, profit,"
        " value, roas. Did you mean 'revenue'?"
    ),
    "rules: [{sum: {tv: 1}}]": (
        "line 3, column 9, rules[0]: the rule has neither 'min' nor 'max'. Give it one of them."
    ),
    "current: last month": (
        "line 3, column 10, current: 'last month' does not say what today's spend is."
        " Write 'last 28 days', or an amount for the period by channel."
    ),
    "period: 2026-13": (
        "line 3, column 9, period: '2026-13' is not a period. Write a month as 2026-12, a quarter"
        " as 2026-Q4, a year as 2026, or {start: 2026-12-01, end: 2026-12-24} or {days: 28}."
    ),
    "period: {start: 2026-12-24, end: 2026-12-01}": (
        "line 3, column 34, period.end: the period ends (2026-12-01) before it starts (2026-12-24)"
    ),
    "period: {days: 0}": "line 3, column 16, period.days: 0 days are not between 1 and 3660",
    "period: {start: 2026-12-01}": (
        "line 3, column 9, period: a period has either 'start' and 'end', or 'days'"
    ),
    "curves: c.json": (
        "line 3, column 9, curves: there are both 'history' and 'curves'. Keep one of them."
    ),
    "minimise: spend": "line 3, column 11, minimise: 'minimise' does nothing without 'target'",
    "objective: profit\ntarget_marginal_roas: 2": (
        "line 4, column 23, target_marginal_roas: a target of marginal ROAS maximises revenue."
        " Remove 'objective'."
    ),
    "target_marginal_roas: 2": (
        "line 3, column 23, target_marginal_roas: a target of marginal ROAS decides how much to"
        " spend, but the budget is fixed. Give the budget a range, as in {max: 120000}."
    ),
    "minimise: spend\ntarget: {revenue: 5}\ntarget_marginal_roas: 2": (
        "line 5, column 23, target_marginal_roas: a target of marginal ROAS maximises revenue."
        " Remove 'minimise'."
    ),
    "within: 1": (
        "line 3, column 9, within: 1 is written without '%'. Percentages are always written with"
        " it: 1%, or 100%."
    ),
    "time_limit: 0": "line 3, column 13, time_limit: 0 is not above 0",
    "target: {roas: 2}": (
        "line 3, column 9, target: the target names no amount to reach, so that spending nothing"
        " would do. Give it 'conversions' or 'revenue'."
    ),
}


def faults(path: Path, *settings: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path, settings)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("line", FAULTS)
def test_each_fault_in_its_words(tmp_path, line: str) -> None:
    path = write(tmp_path, f"{LEAST}{line}\n")
    assert faults(path) == [f"{path}, {FAULTS[line]}"]


def test_all_faults_at_once_in_the_order_of_the_file(tmp_path) -> None:
    lines = ["budgt: 5", "objective: revenu", "period: 2026-13", "channels: {tv: {max_cpa: 0}}"]
    path = write(tmp_path, LEAST + "\n".join(lines))
    assert faults(path) == [
        f"{path}, {FAULTS[line].replace('line 3', f'line {number}')}"
        for number, line in enumerate(lines, start=3)
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("history: h.csv\n", "'budget' is missing. Write an amount, or 'budget: current'."),
        (
            "budget: 5\n",
            "'history' is missing. Name the file of what was spent and what it brought.",
        ),
        (
            "history: h.csv\nbudget:\n",
            "'budget' is missing. Write an amount, or 'budget: current'.",
        ),
    ],
)
def test_what_is_missing(tmp_path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    assert faults(path) == [f"{path}: {message}"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0", "a budget of 0 leaves nothing to divide"),
        (
            "10%",
            (
                "'10%' does not say of what. A change against today's spend has a sign:"
                " +10% or -10%."
            ),
        ),
        ("{min: 9, max: 5}", "min (9) is above max (5)"),
        ("{min: +9%, max: +5%}", "'min' is above 'max'"),
        ("{min: 9}", "'max' is missing"),
        ("lots", "'lots' is not a number"),
    ],
)
def test_budgets_that_are_none(tmp_path, written: str, message: str) -> None:
    path = write(tmp_path, f"history: h.csv\nbudget: {written}\n")
    (fault,) = faults(path)
    assert fault.startswith(f"{path}, line 2, column ")
    assert fault.partition(": ")[2] == message


def test_what_a_full_scenario_is_read_as(tmp_path) -> None:
    path = write(
        tmp_path,
        """
name: december
history: {file: h.csv, shape: mix, kpi: orders, spend: {tv: tv_S}, controls: [price]}
period: 2026-Q4
budget: {min: -5%, max: 100000}
objective: profit
current: last 56 days
channels:
  tv: {min_share: 10%, change: [-20%, free], margin: 40%, step: 500, min_change: 5%}
  search: {locked: true, extrapolation: free, unusable: free, change: free}
defaults: {change: [-50%, +50%], extrapolation: 150%}
groups: {brand: {channels: [tv, search], max_cpa: 80, max_changed: 1}}
portfolio: {min_roas: 3, max_changed: 4}
rules: [{name: balance, sum: {tv: 1, search: -0.5}, max: 0}]
""",
    )
    found = Scenario.load(path).definition
    assert found.period == Span(92, date(2026, 10, 1))
    assert found.budget is not None
    assert (found.budget.min, found.budget.max) == (OfCurrent(-0.05), 100_000.0)
    assert found.current == Today(56)
    tv, search = found.channels["tv"], found.channels["search"]
    assert (tv.min_share, tv.change, tv.margin, tv.step, tv.min_change) == (
        0.1,
        (-0.2, None),
        0.4,
        500.0,
        0.05,
    )
    assert (search.locked, search.extrapolation, search.change) == (True, "free", (None, None))
    assert (found.defaults.extrapolation, found.defaults.unusable) == (1.5, "hold")
    assert found.rules[0].sum == {"tv": 1.0, "search": -0.5}
    assert found.history is not None
    assert found.history.controls == ["price"]


def test_what_is_written_out_is_read_back_the_same(tmp_path) -> None:
    import json

    text = LEAST + (
        "period: 2026-12\ncurrent: {tv: 5}\ndefaults: {change: [-50%, free], min_change: 2.5%}\n"
        "channels: {tv: {max_share: 33.3%, change: free}}\n"
    )
    once = Scenario.load(write(tmp_path, text)).definition
    document = once.model_dump(mode="json", exclude_none=True)
    again = Scenario.load(write(tmp_path, json.dumps(document))).definition
    assert again == once


def test_a_chain_of_files_is_read_from_the_root_up(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep", "history: h.csv\nbudget: 5\nchannels: {tv: {step: 5, max_cpa: 1}}\n",
          "root.yaml")  # fmt: skip
    write(
        tmp_path, "extends: deep/root.yaml\nbudget: 6\nchannels: {tv: {max_cpa: 2}}\n", "mid.yaml"
    )
    path = write(
        tmp_path, "extends: mid.yaml\nchannels: {tv: {step: null}, a: {step: 7}}\n", "top.yaml"
    )
    scenario = Scenario.load(path)
    found = scenario.definition
    assert found.history is not None
    assert found.history.file == "deep/h.csv"
    assert found.budget is not None
    assert found.budget.max == 6
    assert (found.channels["tv"].max_cpa, found.channels["tv"].step) == (2.0, None)
    assert found.channels["a"].step == 7
    assert [name for name, _ in scenario.tree.files] == ["deep/root.yaml", "mid.yaml", "top.yaml"]


def test_a_fault_of_a_base_file_is_told_in_its_own_file(tmp_path) -> None:
    write(tmp_path, "history: h.csv\nbudget: 5\nobjective: sales\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nperiod: someday\n")
    base = tmp_path / "base.yaml"
    places = [fault.partition(": ")[0] for fault in faults(path)]
    assert set(places) == {
        f"{base}, line 3, column 12, objective",
        f"{path}, line 2, column 9, period",
    }


def test_curves_replace_a_base_files_history(tmp_path) -> None:
    write(tmp_path, LEAST, "base.yaml")
    found = Scenario.load(write(tmp_path, "extends: base.yaml\ncurves: c.json\n")).definition
    assert (found.history, found.curves) == (None, "c.json")


def test_a_circle_of_files_is_refused(tmp_path) -> None:
    a = write(tmp_path, "extends: b.yaml\n", "a.yaml")
    b = write(tmp_path, "extends: a.yaml\n", "b.yaml")
    assert faults(a) == [
        f"{b}, line 1, column 10, extends: it extends itself: a.yaml -> b.yaml -> a.yaml"
    ]


def test_a_base_file_that_is_not_there(tmp_path) -> None:
    write(tmp_path, LEAST, "base.yaml")
    path = write(tmp_path, "extends: bose.yaml\n")
    missing = tmp_path / "bose.yaml"
    (fault,) = faults(path)
    where = f"{path}, line 1, column 10, extends"
    assert fault == f"{where}: there is no file {missing}. Did you mean 'base.yaml'?"


def test_settings_lie_on_top_of_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    path = write(tmp_path / "sub", f"{LEAST}channels: {{tv: {{step: 5, max_cpa: 9}}}}\n")
    scenario = Scenario.load(
        path,
        ["channels.tv.step=", "channels.'a.b'.change=[-20%, +30%]", "history=other.csv"],
    )
    found = scenario.definition
    assert found.channels["tv"].step is None
    assert found.channels["tv"].max_cpa == 9
    assert found.channels["a.b"].change == (-0.2, 0.3)
    assert found.history is not None
    # Named from the working folder, kept relative to the scenario's.
    assert found.history.file == "../other.csv"
    assert scenario.changed("budget=7").definition.budget != found.budget


def test_faults_of_settings_name_the_setting(tmp_path) -> None:
    path = write(tmp_path, LEAST)
    assert faults(path, "budget") == [
        "--set budget: this is not key=value. Write it as channels.tv.min_spend=5000."
    ]
    assert faults(path, "budget=12kg") == ["--set budget=12kg, budget: '12kg' is not a number"]
    assert faults(path, "chanels.tv.step=5") == [
        "--set chanels.tv.step=5, chanels: unknown key 'chanels'. Did you mean 'channels'?"
    ]


def test_the_hash_is_of_what_is_said(tmp_path) -> None:
    one = Scenario.load(write(tmp_path, "history: h.csv\nbudget: 5\n")).sha256
    same = Scenario.load(write(tmp_path, "# note\nbudget:   5\nhistory: h.csv\n")).sha256
    other = Scenario.load(write(tmp_path, "history: h.csv\nbudget: 6\n")).sha256
    assert one == same != other
