"""A hand-made split: read, scored, and brought nearer to the best one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ScenarioError
from optimizer.allocator import allocate
from optimizer.evaluate import evaluate
from optimizer.problem import Budget, Problem
from optimizer.rules import Rule
from scenarios.analyses.evaluate import evaluate_split, is_broken, to_json
from scenarios.analyses.hand_split import read_split
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence
from scenarios.report.terminal.evaluate import evaluate_report
from tests.support.scenario_examples import CURVES, write

BASE = "curves: curves.json\nperiod: {days: 28}\nbudget: 80000\n"
EVIDENCE = Evidence(CURVES, None, ())
TODAY = {"search": 36_000.0, "tv": 28_000.0, "social": 16_000.0}


def evaluated(folder: Path, split: dict[str, float], text: str = BASE):
    return evaluate_split(Scenario.load(write(folder, text)), split, EVIDENCE)


# Scored


def test_todays_split_scores_as_today() -> None:
    problem = Problem(CURVES, 80_000.0, 28.0)
    found = evaluate(problem, TODAY)
    assert found.status == "given"
    assert found.proposed == found.current
    assert allocate(problem).current == found.current


def test_the_best_split_is_scored_as_the_best() -> None:
    problem = Problem(CURVES, 80_000.0, 28.0, rules=(Rule("max_spend", 20_000.0, ("tv",)),))
    best = allocate(problem)
    again = evaluate(problem, {row.channel: row.proposed.spend for row in best.channels})
    assert again.proposed == best.proposed
    for one, other in zip(again.rules, best.rules, strict=True):
        assert one.value == other.value
        assert one.slack == pytest.approx(other.slack, abs=1e-6)


@given(st.tuples(*[st.floats(0.0, 60_000.0)] * 3))
def test_a_split_that_breaks_no_rule_is_never_better_than_the_best(spends) -> None:
    problem = Problem(CURVES, Budget(0.0, 90_000.0), 28.0, rules=RULES)
    given_split = evaluate(problem, dict(zip(CURVES.names, spends, strict=True)))
    if not any(is_broken(rule) for rule in given_split.rules):
        assert given_split.proposed is not None
        assert (given_split.proposed.revenue or 0.0) <= BOUND * (1 + 1e-9)


RULES = (
    Rule("max_share", 0.6, ("search",)),
    Rule("max_cpa", 90.0),
    Rule("min_spend", 2_000.0, ("tv",)),
)
_BEST = allocate(Problem(CURVES, Budget(0.0, 90_000.0), 28.0, rules=RULES)).certificate
BOUND = _BEST.bound if _BEST else 0.0


@pytest.mark.parametrize(
    ("rule", "by"),
    [
        (Rule("min_spend", 30_000.0, ("tv",)), 2_000.0),
        (Rule("max_spend", 30_000.0, ("search",)), 6_000.0),
        (Rule("min_share", 0.4, ("tv",)), 0.05),
        (Rule("max_share", 0.4, ("search",)), 0.05),
        (Rule("change_from", 0.1, ("tv",)), 0.1),
        (Rule("change_to", -0.1, ("tv",)), 0.1),
        (Rule("step", 10_000.0, ("tv",)), 2_000.0),
        (Rule("min_if_active", 20_000.0, ("social",)), 4_000.0),
        (Rule("linear_min", 5_000.0, coefficients={"tv": 1.0, "search": -1.0}), 13_000.0),
        (Rule("min_conversions", 1e6), None),
        (Rule("max_cpa", 1.0), None),
        (Rule("min_roas", 1e3, ("tv",)), None),
        (Rule("max_marginal_cpa", 1.0, ("tv",)), None),
        (Rule("budget"), None),
    ],
)  # fmt: skip
def test_a_broken_rule_says_by_how_much(rule: Rule, by: float | None) -> None:
    budget = 90_000.0 if rule.kind == "budget" else 80_000.0
    rules = () if rule.kind == "budget" else (rule,)
    found = evaluate(Problem(CURVES, budget, 28.0, rules=rules), TODAY)
    (outcome,) = (outcome for outcome in found.rules if outcome.rule.kind == rule.kind)
    assert is_broken(outcome)
    if by is not None:
        assert -(outcome.slack or 0.0) == pytest.approx(by)


@pytest.mark.parametrize(
    "rule",
    [
        Rule("locked", channels=("tv",)),
        Rule("step", 4_000.0, ("tv", "social")),
        Rule("min_if_active", 16_000.0, ("social",)),
        Rule("min_change", 0.1, ("social",)),
        Rule("max_changed", 0.0),
        Rule("max_spend", 28_000.0, ("tv",)),
    ],
)
def test_a_kept_rule_is_not_broken(rule: Rule) -> None:
    found = evaluate(Problem(CURVES, 80_000.0, 28.0, rules=(rule,)), TODAY)
    assert not any(is_broken(outcome) for outcome in found.rules)


# Beside the best


def test_what_it_costs_is_what_the_best_brings_more(tmp_path) -> None:
    found = evaluated(tmp_path, TODAY)
    assert found.best.proposed is not None
    assert found.given.proposed is not None
    assert found.cost == pytest.approx(
        (found.best.proposed.revenue or 0.0) - (found.given.proposed.revenue or 0.0)
    )
    assert found.broken == ()


def test_three_channels_are_put_right_by_two_moves_in_all(tmp_path) -> None:
    """Each move brings a channel to its best spend, so that n - 1 moves recover everything."""
    found = evaluated(tmp_path, TODAY)
    assert len(found.moves) <= 2
    assert sum(move.gain or 0.0 for move in found.moves) == pytest.approx(found.cost, rel=1e-6)
    assert found.closed == pytest.approx(1.0)
    assert all((move.gain or 0.0) > 0 for move in found.moves)


def test_money_left_over_is_added(tmp_path) -> None:
    split = {row.channel: row.proposed.spend for row in evaluated(tmp_path, TODAY).best.channels}
    split["tv"] -= 5_000
    found = evaluated(tmp_path, split)
    (move,) = found.moves
    assert (move.source, move.target) == (None, "tv")
    assert move.amount == pytest.approx(5_000)
    (broken,) = found.broken
    assert broken.rule.kind == "budget"
    text = "\n".join(str(part) for part in evaluate_report(found)[1:])
    assert "add 5,000 to tv" in text
    assert "budget: 75,000, the limit is 80,000; missed by 5,000" in text


def test_a_split_that_breaks_rules_may_bring_more(tmp_path) -> None:
    text = BASE + "channels: {tv: {min_spend: 35000}}\n"
    found = evaluated(tmp_path, TODAY, text)
    assert (found.cost or 0.0) < 0
    assert found.moves == ()
    lines = [str(part) for part in evaluate_report(found)[1:]]
    assert lines[0].endswith("more revenue than the best split that keeps the rules.")
    assert "  channels.tv.min_spend: 28,000, the limit is 35,000; missed by 7,000" in lines


def test_without_a_best_split_the_given_one_is_still_scored(tmp_path) -> None:
    found = evaluated(tmp_path, TODAY, BASE.replace("80000", "900000"))
    assert found.best.status == "infeasible"
    assert found.cost is None
    lines = [str(part) for part in evaluate_report(found)[1:]]
    assert lines[0].startswith("There is no best split to hold it against: the maximums add up")
    assert json.loads(to_json(found))["cost"] is None


# Read


def test_every_form_of_a_split_says_the_same(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "a.csv": "Channel, Spend,note\nsearch,36000,x\ntv,28000,\n\nsocial,16000\n",
        "b.yaml": "search: 36000\ntv: 28000\nsocial: 16000\n",
        "c.json": json.dumps(TODAY),
        "d.json": json.dumps({"channels": [{"channel": c, "spend": s} for c, s in TODAY.items()]}),
    }
    for name, text in files.items():
        Path(name).write_text(text)
        assert read_split(name, CURVES.names) == TODAY
    assert read_split("search=36000, tv=28000,social=16000", CURVES.names) == TODAY


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        (
            "a.csv",
            "channel,spend\nserch,5\ntv,x\ntv,5\nsocial,x-1\nsocial,1\n",
            [
                "a.csv, line 2: there is no channel 'serch'. Did you mean 'search'?",
                "a.csv, line 3: 'x' is not a number",
                "a.csv, line 4: 'tv' has an amount already",
                "a.csv, line 5: 'x-1' is not a number",
                "a.csv, line 6: 'social' has an amount already",
            ],
        ),
        (
            "a.csv",
            "kanal,geld\n",
            [
                ("a.csv: its first line does not name the columns 'channel' and 'spend'."
                " Write it as: channel,spend")
            ],
        ),
        (
            "a.yaml",
            "tv: 5\nsearch: 40%\nsocial: 5\n",
            [
                    ("a.yaml, line 2, column 9: '40%' does not say of what."
                    " A change against today's spend has a sign: +40% or -40%.")
                ],
        ),
        (
            "a.yaml",
            "tv: 5\n",
            [
                ("a.yaml: there is no amount for search, social."
                " Write 0 where nothing is spent.")
            ],
        ),
        ("a.json", "[1]", ["a.json: this is neither a plan nor channel: amount"]),
        ("a.csv", "", [("a.csv: its first line does not name the columns 'channel' and 'spend'."
                       " Write it as: channel,spend")]),
    ],
)  # fmt: skip
def test_splits_that_are_none(tmp_path, monkeypatch, name: str, text: str, faults) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_split(name, CURVES.names)
    assert [str(fault) for fault in caught.value.faults] == faults
