"""Impossible wishes: the reason is irreducible, the ways out are real and near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill
from optimizer.allocation import Conflict, Relaxation
from optimizer.allocator import allocate
from optimizer.infeasibility.iis import find_conflict, is_feasible
from optimizer.infeasibility.relaxable import Trials
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from tests.support.problems import random_problem

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


def test_steps_that_miss_the_budget_lead_to_the_nearest_budgets_on_either_side():
    steps = tuple(Rule("step", 7_000, (name,), path="defaults.step") for name in CURVES.names)
    conflict = conflict_of(Problem(CURVES, 120_000, 28, rules=steps))
    assert conflict.message == (
        "defaults.step (search, tv, social) cannot hold together with a budget of 120,000"
    )
    assert {way.to for way in conflict.relaxations if way.rule.kind == "budget"} == {
        119_000.0,
        126_000.0,
    }


def test_a_stated_rule_is_named_rather_than_a_default_that_would_do_as_well():
    held = Rule("min_spend", 10_000, ("social",), path="defaults.min_spend")
    shares = (rule("min_share", 0.6, "tv", "search"), rule("max_share", 0.3, "search", "tv"))
    conflict = conflict_of(Problem(CURVES, 120_000, 28, rules=(*shares, held)))
    assert [member.path for member in conflict.rules] == [
        "budget",
        "channels.tv+search.min_share",
        "channels.search+tv.max_share",
    ]


# Several contradictions at once

OF_TV = IMPOSSIBLE["one channel"][:2]
OF_SEARCH = (rule("min_spend", 40_000, "search"), rule("change_to", 0.5, "search"))
SEVERAL = {
    "two channels": ((*OF_TV, *OF_SEARCH), 120_000),
    "mixed order": (
        (OF_TV[0], OF_SEARCH[0], rule("max_cpa", 200), OF_SEARCH[1], OF_TV[1]),
        120_000,
    ),
    "a channel and the money": ((*OF_TV, rule("min_spend", 130_000, "search")), 120_000),
    "three": (
        (*OF_TV, *OF_SEARCH, rule("min_spend", 900, "social"), rule("max_spend", 800, "social")),
        120_000,
    ),
}


def several(name: str) -> Problem:
    rules, budget = SEVERAL[name]
    return Problem(CURVES, budget, 28, rules=rules)


def moved(way: Relaxation) -> Rule:
    """The rule as it stands once the way out is taken."""
    return way.rule if way.to is None else replace(way.rule, limit=way.to)


def core_of(problem: Problem, part: Conflict) -> tuple[Problem, bool]:
    rules = tuple(member for member in part.rules if member.kind != "budget")
    has_budget = len(rules) < len(part.rules)
    budget = problem.budget if has_budget else Budget(0, 1e7)
    return replace(problem, rules=rules, budget=budget), has_budget


@pytest.mark.parametrize("name", SEVERAL)
def test_contradictions_that_share_no_rule_are_told_apart(name: str):
    problem, settings = several(name), Settings()
    conflict = conflict_of(problem)
    assert len(conflict.parts) == (3 if name == "three" else 2)
    members = [member.path for part in conflict.parts for member in part.rules]
    assert len(set(members)) == len(members)
    assert [member.path for member in conflict.rules] == members
    for part in conflict.parts:
        assert part.message in conflict.message
        core, has_budget = core_of(problem, part)
        assert not is_feasible(core, settings)
        for position in range(len(core.rules)):
            assert is_feasible(core.without(position), settings)
        if has_budget:
            assert is_feasible(replace(core, budget=Budget(0, 1e7)), settings)
    # Nothing is left that contradicts: all of them are named.
    named = [member for part in conflict.parts for member in part.rules]
    rest = tuple(one for one in problem.rules if one not in named)
    assert is_feasible(replace(problem, rules=rest, budget=Budget(0, 1e7)), settings)


@pytest.mark.parametrize("name", SEVERAL)
def test_a_way_out_of_several_contradictions_resolves_all_of_them(name: str):
    problem, settings = several(name), Settings()
    conflict = conflict_of(problem)
    assert conflict.relaxations
    for way in conflict.relaxations:
        steps = (*way.also, way)
        assert len(steps) == len(conflict.parts)
        changed = problem
        for step in steps:
            assert not is_feasible(changed, settings)  # none of them is superfluous
            changed = relaxed(changed, step, step.to)
        found = allocate(changed).certificate
        assert found is not None
        assert found.value == pytest.approx(way.value, rel=2e-4)
        if way.to is not None:
            nearer = way.limit + 0.9 * (way.to - way.limit)
            assert not is_feasible(
                relaxed(changed, replace(way, rule=moved(way)), nearer), settings
            )
    assert [way.cost for way in conflict.relaxations] == sorted(
        way.cost for way in conflict.relaxations
    )


def test_rules_that_contradict_others_too_are_relaxed_together():
    """tv: at least 100,000 and at most 3 %, but not less than half of today nor more than twice."""
    stated = (rule("min_spend", 100_000, "tv"), rule("max_share", 0.03, "tv"))
    general = (
        Rule("change_from", -0.5, ("tv",), path="defaults.change"),
        Rule("change_to", 1.0, ("tv",), path="defaults.change"),
    )
    problem, settings = Problem(CURVES, 120_000, 28, rules=(*stated, *general)), Settings()
    conflict = conflict_of(problem)
    assert {member.path for member in conflict.rules} == {
        "budget",
        *(one.path for one in stated),
    }
    pairs = [{step.rule.path for step in (*way.also, way)} for way in conflict.relaxations]
    assert {one.path for one in stated} in pairs
    assert all(len(pair) == 2 and pair & {one.path for one in stated} for pair in pairs)
    for way in conflict.relaxations:
        (first,) = way.also
        one = relaxed(problem, first, first.to)
        assert not is_feasible(one, settings)
        assert not is_feasible(relaxed(problem, way, way.to), settings)
        both = relaxed(one, way, way.to)
        found = allocate(both).certificate
        assert found is not None
        assert found.value == pytest.approx(way.value, rel=2e-4)
        assert way.to is not None
        nearer = way.limit + 0.9 * (way.to - way.limit)
        assert not is_feasible(relaxed(both, replace(way, rule=moved(way)), nearer), settings)


def test_one_contradiction_has_no_parts():
    assert conflict_of(posed("one channel")).parts == ()


@pytest.mark.parametrize("seed", range(6))
def test_random_contradictions_have_ways_out_that_exist(seed: int):
    problem = next(
        found
        for number in range(200)
        if not is_feasible(found := random_problem(1000 * seed + number, 4, 9), Settings())
    )
    conflict = conflict_of(problem)
    for part in conflict.parts or (conflict,):
        assert not is_feasible(core_of(problem, part)[0], Settings())
    for way in conflict.relaxations:
        changed = problem
        for step in (*way.also, way):
            changed = relaxed(changed, step, step.to)
        assert is_feasible(changed, Settings())


def test_three_rules_are_relaxed_together_where_two_do_not_do():
    """Three caps of tv below four floors: any two of them relaxed leave the third in the way."""
    caps = tuple(
        Rule("max_spend", limit, ("tv",), path=f"rules.cap{k}")
        for k, limit in enumerate((9_000.0, 10_000.0, 11_000.0))
    )
    floors = tuple(
        Rule("min_spend", limit, ("tv",), path=f"rules.floor{k}")
        for k, limit in enumerate((30_000.0, 31_000.0, 32_000.0, 33_000.0))
    )
    problem, settings = Problem(CURVES, 120_000, 28, rules=(*caps, *floors)), Settings()
    ways = conflict_of(problem).relaxations
    assert [{step.rule.path for step in (*way.also, way)} for way in ways] == [
        {one.path for one in caps}
    ]
    steps = (*ways[0].also, ways[0])
    assert {step.to for step in steps} == {33_000.0}
    for gone in range(3):  # none of them is superfluous
        changed = problem
        for step in steps[:gone] + steps[gone + 1 :]:
            changed = relaxed(changed, step, step.to)
        assert not is_feasible(changed, settings)


def test_a_verdict_tells_what_is_proven_from_what_time_left_open():
    impossible, possible = posed("curve"), Problem(CURVES, 120_000, 28)
    now, never = Trials(Settings()), Trials(Settings(time_limit=0.0))
    assert (now.verdict(impossible), now.verdict(possible)) == ("impossible", "possible")
    assert (never.verdict(impossible), never.verdict(possible)) == ("unknown", "unknown")


def test_a_reason_that_time_left_open_says_so_and_claims_nothing_else():
    conflict = find_conflict(posed("curve"), Settings(time_limit=0.0))
    assert not conflict.is_smallest
    assert conflict.rules[1:] == IMPOSSIBLE["curve"]  # the whole of it is what is proven
    assert conflict.relaxations == ()


@pytest.mark.parametrize("least", [1.4, 1.47, 2.4])
def test_where_a_return_is_out_of_reach_the_nearest_one_is_offered(least: float):
    """Two S-curves of which only one split returns enough: any other falls far short."""
    curves = CurveSet(
        (
            ChannelCurve("one", Hill(26.0, 770.0, 2.44), 0.0, 48.0, current_spend=549.0),
            ChannelCurve("other", Hill(29.5, 235.0, 3.4), 0.0, 33.7, current_spend=427.0),
        )
    )
    problem = Problem(curves, 4_568.5, 31, rules=(Rule("min_roas", least, path="least"),))
    free = allocate(replace(problem, rules=())).certificate
    assert free is not None
    (*_, way) = [w for w in conflict_of(problem).relaxations if w.rule.kind == "min_roas"]
    assert way.to is not None
    assert way.to == pytest.approx(free.value / 4_568.5, rel=3e-3)
    assert way.to <= free.bound / 4_568.5


def test_both_ends_of_a_range_that_nobody_can_write_otherwise_go_together():
    ends = tuple(
        replace(rule(kind, limit, "tv"), path="channels.tv.unusable", is_fixed=True)
        for kind, limit in (("change_from", -0.1), ("change_to", 0.1))
    )
    problem = Problem(CURVES, 120_000, 28, rules=(*ends, rule("min_spend", 60_000, "tv")))
    (way,) = [w for w in conflict_of(problem).relaxations if w.rule.is_fixed]
    alone = allocate(Problem(CURVES, 120_000, 28, rules=problem.rules[2:])).certificate
    assert alone is not None
    assert way.to is None
    assert way.value == pytest.approx(alone.value, rel=2e-4)


def test_what_a_rule_stood_in_for_holds_again_without_it():
    most = rule("change_to", 0.5, "tv")
    held = Rule("hold", 0.0, ("tv",), path="channels.tv.unusable", instead=(most,))
    problem = Problem(CURVES, 30_000, 28, rules=(held, rule("min_spend", 15_000, "tv")))
    (way,) = [w for w in conflict_of(problem).relaxations if w.rule.kind == "hold"]
    alone = allocate(Problem(CURVES, 30_000, 28, rules=(problem.rules[1], most))).certificate
    assert alone is not None
    assert way.value == pytest.approx(alone.value, rel=2e-4)
