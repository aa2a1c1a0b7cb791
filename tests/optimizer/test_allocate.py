"""Allocations against referees that know nothing of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill
from optimizer.allocation import Allocation
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from tests.support.oracle import broken, brute_force, dynamic_programme, objective
from tests.support.problems import money, random_curves, random_problem

TIGHT = Settings(gap=1e-7)


def split_of(allocation: Allocation) -> dict[str, float]:
    return {line.channel: line.proposed.spend for line in allocation.channels}


def value_of(allocation: Allocation) -> float:
    assert allocation.certificate is not None
    return allocation.certificate.value


def plain(seed: int, channels: int = 4, kinds: str = "all", **more) -> Problem:
    """Today's money over four weeks, without rules."""
    curves = random_curves(np.random.default_rng(seed), channels, kinds)
    return Problem(curves, money(curves, 28), 28, **more)


@pytest.mark.parametrize("block", range(10))
def test_random_rule_sets_against_brute_force(block: int):
    """500 problems: no rule broken, no grid split above the bound, no false 'impossible'."""
    for seed in range(50 * block, 50 * block + 50):
        problem = random_problem(seed)
        best = brute_force(problem, 12)
        allocation = allocate(problem, conflicts=False)
        if allocation.status == "infeasible":
            assert best is None, f"seed {seed}: the grid has a plan worth {best}"
            continue
        assert allocation.status == "optimal", f"seed {seed}"
        certificate, split = allocation.certificate, split_of(allocation)
        assert certificate is not None
        assert broken(problem, split) == [], f"seed {seed}"
        assert objective(problem, split) == pytest.approx(certificate.value, rel=1e-9), seed
        assert certificate.gap <= 1e-4
        if best is not None:
            assert best <= certificate.bound + 1e-9 * abs(best), f"seed {seed}"


def waterfilling(ceilings: np.ndarray, scales: np.ndarray, budget: float) -> np.ndarray:
    """Closed form for exponential curves: x = scale * log(ceiling / (scale * price)), or 0."""
    low, high = 1e-12, float((ceilings / scales).max())
    spend = np.zeros_like(scales)
    for _ in range(200):
        price = math.sqrt(low * high)
        spend = scales * np.maximum(np.log(ceilings / (scales * price)), 0.0)
        low, high = (price, high) if spend.sum() > budget else (low, price)
    return spend


@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(0.1, 3.0))
@settings(max_examples=25)
def test_exponential_curves_have_a_closed_form(seed: int, channels: int, share: float):
    rng = np.random.default_rng(seed)
    scales, ceilings = rng.uniform(500, 5000, channels), rng.uniform(50, 500, channels)
    curves = CurveSet(
        tuple(
            ChannelCurve(f"c{k}", Exponential(float(a), float(s)), value_per_conversion=1.0)
            for k, (a, s) in enumerate(zip(ceilings, scales, strict=True))
        )
    )
    budget = float(share * scales.sum())
    allocation = allocate(Problem(curves, budget, 7), TIGHT)
    expected = waterfilling(ceilings, scales, budget)
    found = np.array(list(split_of(allocation).values()))
    best = float((-ceilings * np.expm1(-expected / scales)).sum())
    assert value_of(allocation) == pytest.approx(best, rel=2e-7)
    assert found == pytest.approx(expected, abs=2e-3 * budget)


@pytest.mark.parametrize("seed", range(8))
def test_dynamic_programme_never_beats_the_bound(seed: int):
    problem = plain(seed, channels=6)
    allocation = allocate(problem)
    assert allocation.certificate is not None
    assert isinstance(problem.budget, float)
    referee = dynamic_programme(problem.curves, problem.budget, problem.days, 400)
    assert referee <= allocation.certificate.bound * (1 + 1e-9)
    assert referee >= allocation.certificate.value * (1 - 0.01)


@pytest.mark.parametrize("seed", range(10))
def test_two_solvers_agree(seed: int):
    problem = random_problem(seed, channels=4)
    highs = allocate(problem, conflicts=False)
    cbc = allocate(problem, Settings(solver="CBC"), conflicts=False)
    assert highs.status == cbc.status
    if highs.certificate and cbc.certificate:
        size = abs(highs.certificate.value)
        assert cbc.certificate.value == pytest.approx(highs.certificate.value, abs=2e-4 * size)
        assert highs.certificate.value <= cbc.certificate.bound + 1e-6 * size


@given(st.integers(0, 500), st.floats(1.01, 1.5))
@settings(max_examples=25)
def test_more_budget_never_hurts(seed: int, factor: float):
    problem = plain(seed)
    assert isinstance(problem.budget, float)
    more = replace(problem, budget=problem.budget * factor)
    less = allocate(problem)
    assert less.certificate is not None
    assert value_of(allocate(more)) >= value_of(less) * (1 - 1e-4)


@given(st.integers(0, 500))
@settings(max_examples=15)
def test_a_further_rule_never_helps(seed: int):
    problem = random_problem(seed, channels=4, rules=3)
    if not problem.rules:
        return
    tight = allocate(problem, conflicts=False)
    if tight.status == "infeasible":
        return
    loose = allocate(problem.without(0))
    assert loose.certificate is not None
    assert value_of(tight) <= loose.certificate.bound + 1e-9 * abs(value_of(tight))


@given(st.integers(0, 500), st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_order_of_channels_does_not_matter(seed: int, random):
    problem = plain(seed)
    shuffled = list(problem.curves.channels)
    random.shuffle(shuffled)
    other = replace(problem, curves=replace(problem.curves, channels=tuple(shuffled)))
    assert value_of(allocate(other, TIGHT)) == pytest.approx(
        value_of(allocate(problem, TIGHT)), rel=3e-7
    )


@given(st.integers(0, 500), st.sampled_from([0.01, 2.0, 1000.0]))
@settings(max_examples=10)
def test_the_unit_of_money_changes_only_the_unit(seed: int, unit: float):
    rng = np.random.default_rng(seed)
    shapes = [(rng.uniform(20, 90), rng.uniform(500, 4000), rng.uniform(0.6, 3)) for _ in range(4)]

    def posed(unit: float) -> Problem:
        entries = tuple(
            ChannelCurve(f"c{k}", Hill(a, scale * unit, s), value_per_conversion=50 * unit)
            for k, (a, scale, s) in enumerate(shapes)
        )
        return Problem(CurveSet(entries), 8000 * unit, 14)

    small, large = allocate(posed(1.0), TIGHT), allocate(posed(unit), TIGHT)
    assert value_of(large) == pytest.approx(unit * value_of(small), rel=3e-7)


def one_of_each() -> list[tuple[Problem, Rule]]:
    """A problem for every kind of rule in which the rule changes the optimum."""
    curves = CurveSet(
        (
            ChannelCurve("search", Hill(400, 3000, 0.8), 0.0, 60.0, current_spend=2000.0,
                         max_observed_spend=2100.0),
            ChannelCurve("tv", Hill(300, 5000, 2.5), 0.0, 60.0, current_spend=3000.0,
                         max_observed_spend=3300.0),
            ChannelCurve("social", Exponential(150, 2500), 0.0, 60.0, current_spend=1500.0,
                         max_observed_spend=2000.0),
        )
    )  # fmt: skip
    free = Problem(curves, 26_000, 28)
    rules = [
        Rule("min_spend", 13_000, ("social",)),
        Rule("max_spend", 6000, ("search",)),
        Rule("min_share", 0.5, ("social",)),
        Rule("max_share", 0.2, ("search",)),
        Rule("change_from", 1.0, ("social",)),
        Rule("change_to", -0.3, ("search",)),
        Rule("locked", 0.0, ("social",)),
        Rule("hold", 0.0, ("tv",)),
        Rule("extrapolation", 0.5, ("search",)),
        Rule("max_cpa", 14, ("search",)),
        Rule("max_cpa", 20, ("search", "social")),
        Rule("min_roas", 4.5, ("search",)),
        Rule("min_conversions", 420, ("social",)),
        Rule("min_conversions", 700, ("tv", "social")),
        Rule("min_revenue", 26_000, ("social",)),
        Rule("max_marginal_cpa", 25, ("search",)),
        Rule("min_if_active", 17_000, ("search",)),
        Rule("step", 2000, ("search", "tv", "social")),
        Rule("min_change", 1.2, ("search",)),
        Rule("max_changed", 2, ()),
        Rule("linear_max", -2000, coefficients={"search": 1.0, "social": -1.0}),
        Rule("linear_min", 7000, coefficients={"social": 1.0, "tv": -0.5, "search": -0.4}),
    ]
    return [(free, replace(rule, path=f"{rule.kind}")) for rule in rules]


@pytest.mark.parametrize(
    ("free", "rule"),
    [pytest.param(p, r, id=f"{r.kind}-{len(r.channels)}") for p, r in one_of_each()],
)
def test_every_kind_of_rule_is_kept_and_felt(free: Problem, rule: Rule):
    """Dropping a kind from the formulation would break this: the free optimum breaks the rule."""
    bound = replace(free, rules=(rule,))
    unbound = allocate(free)
    assert broken(bound, split_of(unbound)) == [rule.kind]
    allocation = allocate(bound, costs=True)
    assert broken(bound, split_of(allocation)) == []
    cost = allocation.rules[-1].cost
    assert cost is not None
    assert cost == pytest.approx(
        value_of(unbound) - value_of(allocation), abs=1e-3 * value_of(unbound)
    )
    assert cost > 0


def test_a_cpa_cap_on_an_s_curve_leaves_zero_possible():
    curves = CurveSet(
        (
            ChannelCurve("tv", Hill(100, 5000, 3.0), 0.0, 60.0),
            ChannelCurve("search", Hill(400, 3000, 0.8), 0.0, 60.0),
        )
    )
    # 3000 a week on tv alone would cost 57 a conversion and more; the cap asks for 20.
    problem = Problem(curves, 3000, 7, rules=(Rule("max_cpa", 20, ("tv",)),))
    assert split_of(allocate(problem))["tv"] == 0.0


@pytest.mark.parametrize("goal", ["profit", "roas"])
def test_money_is_left_unspent_where_it_is_better_kept(goal):
    problem = replace(plain(3, kinds="concave"), objective=goal)
    assert isinstance(problem.budget, float)
    wide = replace(problem, budget=Budget(0.5 * problem.budget, 20 * problem.budget))
    allocation = allocate(wide)
    assert allocation.proposed is not None
    assert allocation.unspent == pytest.approx(20 * problem.budget - allocation.proposed.spend)
    best = allocation.certificate
    assert best is not None
    for total in np.linspace(0.5, 20, 15) * problem.budget:
        fixed = allocate(replace(problem, budget=float(total)))
        assert value_of(fixed) <= best.bound * (1 + 1e-9)


def test_least_spend_for_a_target_is_the_inverse_of_most_for_a_budget():
    problem = replace(plain(5), objective="conversions")
    assert isinstance(problem.budget, float)
    most = value_of(allocate(problem, TIGHT))
    inverse = replace(
        problem, objective="spend", budget=Budget(0, 5 * problem.budget),
        rules=(Rule("min_conversions", most, ()),),
    )  # fmt: skip
    assert value_of(allocate(inverse, TIGHT)) == pytest.approx(problem.budget, rel=1e-5)


def test_when_time_runs_out_the_best_plan_so_far_carries_its_honest_gap():
    problem = plain(1, channels=40, kinds="shaped")
    allocation = allocate(problem, Settings(gap=1e-12, time_limit=0.02, max_iterations=3))
    assert allocation.status in ("optimal", "time_limit")
    certificate = allocation.certificate
    assert certificate is not None
    best = allocate(problem, TIGHT).certificate
    assert best is not None
    assert certificate.value <= best.bound
    assert certificate.bound >= best.value
