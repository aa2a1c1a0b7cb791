"""Inputs that once went wrong: a crash, a stalled search, a gap in the wrong unit, a verdict that
was the solver's rounding. Each stands for a kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill, Power
from optimizer.allocation import Allocation
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem, Risk
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from tests.support.problems import random_problem


def channel(name: str, curve: Curve, now: float, value: float | None = 60.0) -> ChannelCurve:
    return ChannelCurve(
        name, curve, value_per_conversion=value, current_spend=now, max_observed_spend=2 * now
    )


def problem_of(*channels: ChannelCurve, budget: float | Budget, **more) -> Problem:
    return Problem(CurveSet(channels, period_days=28), budget, 28, **more)


def in_units(problem: Problem, money: float, conversions: float) -> Problem:
    """The same problem with money and conversions counted in other units."""

    def curve(old: Curve) -> Curve:
        return old.stretched(money, conversions / money)

    entries = tuple(
        replace(
            entry, curve=curve(entry.curve), value_per_conversion=money / conversions * value,
            current_spend=money * now, max_observed_spend=money * seen,
        )
        for entry in problem.curves
        if (value := entry.value_per_conversion) is not None
        and (now := entry.current_spend) is not None
        and (seen := entry.max_observed_spend) is not None
    )  # fmt: skip
    by = {
        "max_cpa": money / conversions,
        "max_marginal_cpa": money / conversions,
        "min_conversions": conversions,
    } | dict.fromkeys(
        ("min_spend", "max_spend", "min_if_active", "linear_min", "linear_max", "min_revenue"),
        money,
    )
    rules = tuple(
        replace(rule, limit=rule.limit * by.get(rule.kind, 1.0)) for rule in problem.rules
    )
    total = problem.total
    return replace(
        problem, curves=replace(problem.curves, channels=entries), rules=rules,
        budget=Budget(money * total.minimum, money * total.maximum),
    )  # fmt: skip


def gap_of(allocation: Allocation) -> float:
    assert allocation.certificate is not None
    return allocation.certificate.gap


@pytest.mark.parametrize("money", [1e-6, 1e6])
@pytest.mark.parametrize("conversions", [1e-6, 1e12])
@pytest.mark.parametrize("seed", range(6))
def test_units_change_no_verdict_and_no_gap(seed: int, money: float, conversions: float) -> None:
    problem = random_problem(seed + 40)
    here = allocate(problem, conflicts=False)
    there = allocate(in_units(problem, money, conversions), conflicts=False)
    assert there.status == here.status
    if here.status == "infeasible":
        return
    assert here.certificate is not None
    assert there.certificate is not None
    unit = conversions if problem.objective == "conversions" else money
    # What is proven at all is proven to its rounding; a gap above it is the same number.
    assert gap_of(there) == pytest.approx(gap_of(here), rel=0.01, abs=1e-7)
    assert there.certificate.value == pytest.approx(unit * here.certificate.value, rel=2e-4)


def test_an_open_gap_is_the_same_in_every_currency() -> None:
    """Few conversions for much money: the size of a gap is the conversions', not the money's."""
    channels = (
        channel("tv", Hill(300.0, 20_000.0, 3.0), 10_000.0),
        channel("search", Exponential(240.0, 15_000.0), 10_000.0),
    )
    rules = (
        Rule("max_cpa", 120.0, ("tv",)),
        Rule("min_if_active", 8000.0, ("search",)),
        Rule("max_cpa", 90.0),
    )
    euros = problem_of(*channels, budget=Budget(0, 30_000.0), objective="conversions", rules=rules)
    loose = Settings(max_iterations=1)
    one, other = (allocate(p, loose) for p in (euros, in_units(euros, 1e6, 1.0)))
    assert gap_of(one) > 1e-3
    assert gap_of(other) == pytest.approx(gap_of(one), rel=0.01)
    assert one.status == other.status == "round_limit"


def test_a_row_that_lines_keep_and_curves_break_is_refined() -> None:
    """Least spend for a target: the row is slack on the envelope, so that it has no price."""
    steep, flat = Hill(600.0, 4500.0, 3.5), Exponential(200.0, 8000.0)
    problem = problem_of(
        channel("tv", steep, 3000.0), channel("search", flat, 2500.0),
        budget=Budget(2400.0, 5500.0), objective="spend", rules=(Rule("min_conversions", 100.0),),
    )  # fmt: skip
    allocation = allocate(problem)
    grid = np.linspace(0, 5500, 1101)
    ours, theirs = np.meshgrid(grid, grid)
    enough = steep.response(ours) + flat.response(theirs) >= 100.0
    least = float((ours + theirs)[enough].min())
    assert allocation.status == "optimal"
    assert allocation.certificate is not None
    assert allocation.certificate.value == pytest.approx(least, abs=5.0)


@pytest.mark.parametrize("least", [0.0, 16_000.0])
def test_draws_on_both_sides_of_a_vertical_start(least: float) -> None:
    """A mean of curves of which some start vertically and some flat has no tangent at zero."""
    mixed = Average(Hill, np.array([[100, 6000, 0.9], [110, 6500, 1.3], [90, 5500, 1.1]]))
    search = Hill(400.0, 5000.0, 0.9)
    rules = (Rule("min_if_active", least, ("tv",)),) if least else ()
    problem = problem_of(
        channel("search", search, 4000.0), channel("tv", mixed, 1000.0), budget=20_000.0,
        rules=rules,
    )  # fmt: skip
    allocation = allocate(problem)
    xs = np.linspace(0, 20_000, 20_001)
    xs = xs[(xs == 0) | (xs >= least)]
    best = float((60 * (mixed.response(xs) + search.response(20_000 - xs))).max())
    assert allocation.status == "optimal"
    assert allocation.certificate is not None
    assert allocation.certificate.value == pytest.approx(best, rel=1e-4)


def test_a_ratio_over_a_range_of_budgets_with_an_impossible_rule() -> None:
    problem = problem_of(
        channel("tv", Hill(26.0, 770.0, 2.4), 550.0), channel("search", Power(2.0, 0.5), 600.0),
        budget=Budget(3000.0, 4000.0), objective="roas",
        rules=(Rule("min_conversions", 1000.0, ("tv",), path="channels.tv.min_conversions"),),
    )  # fmt: skip
    allocation = allocate(problem)
    assert allocation.status == "infeasible"
    assert allocation.conflict is not None
    assert [rule.path for rule in allocation.conflict.rules] == ["channels.tv.min_conversions"]


def test_near_vertical_tables_under_a_cap() -> None:
    table = Tabulated(((0.0, 0.0), (1e-3, 100.0), (5000.0, 130.0)))
    problem = problem_of(
        channel("tv", table, 1000.0), channel("search", Exponential(200.0, 4000.0), 2000.0),
        budget=Budget(0.0, 8000.0), objective="conversions", rules=(Rule("max_cpa", 15.0),),
    )  # fmt: skip
    allocation = allocate(problem)
    assert allocation.status == "optimal"
    assert gap_of(allocation) <= 1e-4


def test_nothing_may_move() -> None:
    problem = problem_of(
        channel("tv", Hill(26.0, 770.0, 2.4), 550.0), channel("search", Power(2.0, 0.5), 600.0),
        budget=1150.0, rules=(Rule("locked", 0.0, ("tv",)), Rule("locked", 0.0, ("search",))),
    )  # fmt: skip
    allocation = allocate(problem)
    assert (allocation.status, gap_of(allocation)) == ("optimal", 0.0)


@pytest.mark.parametrize("seed", [0, 3, 4, 11, 15])
def test_a_loss_limit_is_impossible_only_where_the_grid_has_no_plan(seed: int) -> None:
    """Draws that start vertically beside S-shaped ones, and less money than today."""
    rng = np.random.default_rng(seed)
    entries = []
    for name, slope in (("tv", 0.85), ("search", 2.2), ("social", 2.4)):
        now = float(1000 * rng.lognormal(0, 0.5))
        size, half = now * float(rng.uniform(0.01, 0.1)), now * float(rng.uniform(0.5, 3))
        sizes = rng.lognormal(0, 0.5, (20, 2)).tolist()
        rows = np.array([[size * a, half * b, slope] for a, b in sizes])
        own = tuple(Hill(*map(float, row)) for row in rows)
        entries.append(replace(channel(name, Average(Hill, rows), now, 50.0), draws=own))
    total = sum(entry.current_spend or 0.0 for entry in entries)
    problem = problem_of(
        *entries, budget=0.85 * total, risk=Risk("probability_of_loss", 0.2)
    )  # fmt: skip
    parts = np.linspace(0, 0.85 * total, 81)
    one, two = (grid.ravel() for grid in np.meshgrid(parts, parts))
    one, two = one[one + two <= 0.85 * total], two[one + two <= 0.85 * total]
    splits = np.column_stack([one, two, np.maximum(0.85 * total - one - two, 0.0)])
    loses = np.zeros(len(splits))
    for k in range(20):
        brings = sum(e.draws[k].response(splits[:, c]) for c, e in enumerate(entries))
        today = sum(float(e.draws[k].response(e.current_spend or 0.0)) for e in entries)
        loses += brings < today
    allocation = allocate(problem, conflicts=False)
    if (loses <= 4).any():
        assert allocation.status == "optimal"
    if allocation.status == "optimal":
        assert allocation.risk is not None
        assert allocation.risk.probability_of_loss is not None
        assert allocation.risk.probability_of_loss <= 0.2
