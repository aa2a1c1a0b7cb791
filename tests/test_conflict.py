"""Impossible wishes: the reason is irreducible, the ways out are real and near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.curves import Exponential, Hill
from models.curveset import ChannelCurve, CurveSet
from optimizer import Budget, Problem, Rule, Settings, allocate
from optimizer.allocation import Conflict, Relaxation
from optimizer.conflict import is_feasible

CURVES = CurveSet(
    (
        ChannelCurve("search", Hill(400, 3000, 0.8), 0.0, 60.0, current_spend=2000.0),
        ChannelCurve("tv", Hill(300, 5000, 2.5), 0.0, 60.0, current_spend=3000.0),
        ChannelCurve("social", Exponential(150, 2500), 0.0, 60.0, current_spend=1500.0),
    )
)


def rule(kind, limit: float, *channels: str) -> Rule:
    return Rule(kind, limit, channels, path=f"channels.{'+'.join(channels)}.{kind}")


IMPOSSIBLE = {
    "minimums": (rule("min_spend", 60_000, "search"), rule("min_spend", 52_000, "tv"),
                 rule("min_spend", 20_000, "social"), rule("max_share", 0.9, "tv")),
    "maximums": (rule("max_spend", 30_000, "search"), rule("max_spend", 30_000, "tv"),
                 rule("max_spend", 30_000, "social")),
    "one channel": (rule("min_spend", 20_000, "tv"), rule("max_spend", 15_000, "tv"),
                    rule("min_share", 0.1, "search")),
    "curve": (rule("max_cpa", 5, "tv"), rule("min_spend", 30_000, "tv"),
              rule("max_spend", 90_000, "search")),
    "portfolio": (rule("max_cpa", 12), rule("min_share", 0.2, "tv")),
    "shares": (rule("min_share", 0.6, "tv"), rule("min_share", 0.5, "search")),
}  # fmt: skip


def posed(name: str, budget: float | Budget = 120_000) -> Problem:
    return Problem(CURVES, budget, 28, rules=IMPOSSIBLE[name])


def conflict_of(problem: Problem) -> Conflict:
    allocation = allocate(problem)
    assert allocation.status == "infeasible"
    assert allocation.conflict is not None
    return allocation.conflict


def relaxed(problem: Problem, way: Relaxation, to: float | None) -> Problem:
    """The problem with one limit at another number (or without the rule)."""
    if way.rule.kind == "budget":
        assert to is not None
        return replace(problem, budget=to)
    position = problem.rules.index(way.rule)
    if to is None:
        return problem.without(position)
    rules = list(problem.rules)
    rules[position] = replace(way.rule, limit=to)
    return replace(problem, rules=tuple(rules))


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_the_rules_named_contradict_and_no_fewer_do(name: str):
    problem = posed(name)
    conflict, settings = conflict_of(problem), Settings()
    rules = tuple(member for member in conflict.rules if member.kind != "budget")
    has_budget = len(rules) < len(conflict.rules)
    core = replace(problem, rules=rules, budget=120_000 if has_budget else Budget(0, 1e7))
    assert not is_feasible(core, settings)
    for position in range(len(rules)):
        assert is_feasible(core.without(position), settings)
    if has_budget:
        assert is_feasible(replace(core, budget=Budget(0, 1e7)), settings)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_every_way_out_exists_and_none_is_much_nearer(name: str):
    problem = posed(name)
    ways = conflict_of(problem).relaxations
    assert ways
    assert [way.cost for way in ways] == sorted(way.cost for way in ways)
    for way in ways:
        found = allocate(relaxed(problem, way, way.to)).certificate
        assert found is not None
        assert found.value == pytest.approx(way.value, rel=2e-4)
        if way.to is not None:
            nearer = way.limit + 0.9 * (way.to - way.limit)
            assert not is_feasible(relaxed(problem, way, nearer), Settings())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("minimums", "the minimums add up to 132,000, the budget is 120,000"),
        ("maximums", "the maximums add up to 90,000, the budget to be spent is 120,000"),
        (
            "one channel",
            "channels.tv.min_spend and channels.tv.max_spend: no spend of tv satisfies both",
        ),
        ("curve", "channels.tv.max_cpa and channels.tv.min_spend: no spend of tv satisfies both"),
    ],
)
def test_the_reason_is_told_in_numbers(name: str, message: str):
    assert conflict_of(posed(name)).message == message
