"""Limits that hold in most draws, against a grid of plans counted draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from models.errors import CurvesError
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.rules import Rule, RuleKind

DRAWS = 20
KINDS: tuple[RuleKind, ...] = ("max_cpa", "min_roas", "min_conversions")


def problem_of(seed: int) -> Problem:
    """Two channels, concave or S-shaped, and one limit, in a share of the draws."""
    rng = np.random.default_rng(seed)
    entries = []
    for name in ("tv", "search"):
        now, slope = float(1000 * rng.lognormal(0, 0.5)), float(rng.choice([0.7, 0.9, 1.8, 2.5]))
        top, half = now * rng.uniform(0.02, 0.1), now * rng.uniform(0.5, 3)
        sizes = rng.lognormal(0, 0.3, (DRAWS, 2))
        rows = np.column_stack([sizes * (top, half), np.full(DRAWS, slope)])
        own = tuple(Hill(*map(float, row)) for row in rows)
        entries.append(
            ChannelCurve(
                name, Average(Hill, rows), value_per_conversion=50.0, current_spend=now, draws=own
            )
        )
    curves = CurveSet(tuple(entries), period_days=28)
    now = sum(entry.current_spend or 0.0 for entry in entries)
    got = sum(float(entry.curve.response(entry.current_spend or 0.0)) for entry in entries)
    kind = KINDS[seed % 3]
    low, high, base = {
        "max_cpa": (0.8, 1.5, now / got),
        "min_roas": (0.7, 1.2, 50 * got / now),
        "min_conversions": (0.6, 1.1, got),
    }[kind]
    limit = base * float(rng.uniform(low, high))
    share = float(rng.choice([0.6, 0.8, 0.9]))
    rule = Rule(kind, limit, path=kind, probability=share)
    budget = Budget(0.0, 1.4 * now)
    if seed % 2:
        return Problem(curves, budget, 28, "spend", (rule, Rule("min_conversions", 0.5 * got)))
    return Problem(curves, budget, 28, "revenue", (rule,))


def kept(problem: Problem, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """In how many draws each split keeps the limit."""
    rule, (tv, search) = problem.rules[0], tuple(problem.curves)
    found = np.zeros(len(one))
    for k in range(DRAWS):
        got = tv.draws[k].response(one) + search.draws[k].response(other)
        if rule.kind == "max_cpa":
            found += one + other <= rule.limit * got
        elif rule.kind == "min_roas":
            found += 50.0 * got >= rule.limit * (one + other)
        else:
            found += got >= rule.limit
    return found


@pytest.mark.parametrize("seed", range(12))
def test_no_grid_plan_beats_the_bound_and_the_plan_keeps_its_limit(seed: int) -> None:
    problem = problem_of(seed)
    rule, most = problem.rules[0], problem.total.maximum
    assert rule.probability is not None
    needed = rule.probability * DRAWS - 1e-9
    parts = np.linspace(0, most, 151)
    one, other = (grid.ravel() for grid in np.meshgrid(parts, parts))
    one, other = one[one + other <= most], other[one + other <= most]
    tv, search = (entry.curve for entry in problem.curves)
    got = tv.response(one) + search.response(other)
    good = kept(problem, one, other) >= needed
    value = 50.0 * got
    if problem.objective == "spend":
        value, good = -(one + other), good & (got >= problem.rules[1].limit)
    allocation = allocate(problem, conflicts=False)
    if allocation.status == "infeasible":
        assert not good.any()
        return
    assert allocation.status == "optimal"
    assert allocation.certificate is not None
    sign = -1.0 if problem.objective == "spend" else 1.0
    bound = sign * allocation.certificate.bound
    if good.any():
        assert value[good].max() <= bound + 1e-7 * abs(bound)
    spend = allocation.spend()
    plan = np.array([spend["tv"]]), np.array([spend["search"]])
    slack = 1 + 1e-6 if rule.kind == "max_cpa" else 1 - 1e-6
    loose = Problem(
        problem.curves, problem.budget, 28, problem.objective,
        (Rule(rule.kind, rule.limit * slack),),
    )  # fmt: skip
    assert kept(loose, *plan)[0] >= needed
    told = next(each for each in allocation.rules if each.rule.probability is not None)
    assert told.slack is None or told.slack >= -1e-6 * rule.limit


def test_a_channel_of_the_limit_needs_draws() -> None:
    curves = CurveSet(
        (
            ChannelCurve("tv", Hill(50.0, 900.0, 0.8), value_per_conversion=50.0),
            ChannelCurve("search", Hill(60.0, 800.0, 0.9), value_per_conversion=50.0),
        )
    )
    rule = Rule("max_cpa", 40.0, ("tv",), path="channels.tv.max_cpa", probability=0.9)
    with pytest.raises(CurvesError, match=r"channel tv.*has no draws"):
        allocate(Problem(curves, 1000.0, 28, rules=(rule,)))
