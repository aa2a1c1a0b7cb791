"""What prices prove: no plan above their bound, and no better plan among the spends cut away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.curves.families import Curve
from optimizer.program.program import Programme, Row
from optimizer.relaxation.envelopes import envelope, make_grid
from optimizer.search.lagrangian import dual, narrowed
from optimizer.search.refine_grid import first_grid
from optimizer.search.sandwich import sandwich
from tests.support.problems import random_curve

AXES = 4


def random_programme(seed: int) -> Programme:
    """Curves of all families under a budget, a cap on responses' cost and a limit on two axes."""
    rng = np.random.default_rng(seed)
    curves: tuple[Curve, ...] = tuple(random_curve(rng, 1000.0) for _ in range(AXES))
    low = rng.uniform(0, 200, AXES) * (rng.random(AXES) < 0.5)
    high = low + rng.uniform(200, 3000, AXES)
    domains = tuple(
        ((0.0, 0.0), (float(a), float(b))) if a > 0 and rng.random() < 0.5 else ((0.0, float(b)),)
        for a, b in zip(low, high, strict=True)
    )
    ones, every = np.ones(AXES), np.arange(AXES)
    budget = float(rng.uniform(0.2, 0.8) * high.sum())
    rows = (
        Row(every, ones, np.zeros(AXES), -np.inf, budget),
        Row(every, ones, -rng.uniform(0.5, 3, AXES), -np.inf, float(rng.uniform(0, budget))),
        Row(np.array([0, 1]), np.array([1.0, -0.5]), np.zeros(2), -0.2 * budget, np.inf),
    )
    return Programme(
        curves, domains, rng.uniform(-0.02, 0.01, AXES), rng.uniform(0.5, 2, AXES), rows,
        np.full(AXES, np.nan), np.zeros(AXES), budget,
    )  # fmt: skip


def random_plans(programme: Programme, rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Plans that keep every row, spread over all intervals."""
    found = []
    for _ in range(count):
        spend = np.array(
            [
                rng.choice([low, high, rng.uniform(low, high)])
                for low, high in (
                    intervals[rng.integers(len(intervals))] for intervals in programme.domains
                )
            ]
        )
        if programme.violation(spend) <= 1e-12:
            found.append(spend)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_is_above_the_bound_of_any_prices(seed: int):
    programme, rng = random_programme(seed), np.random.default_rng(seed)
    plans = random_plans(programme, rng, 300)
    grid = first_grid(programme)
    lines = envelope(programme.bank, grid)
    for _ in range(10):  # also prices with the wrong sign, which must prove nothing
        prices = rng.normal(size=3) * 10 ** rng.uniform(-3, 1, 3)
        bound = dual(programme, grid, lines, prices).bound
        for spend in plans:
            assert programme.value(spend) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("block", range(4))
def test_every_better_plan_is_kept(block: int):
    """Of two plans, the better one lies in what narrowing by the worse one leaves."""
    cut = 0
    for seed in range(10 * block, 10 * block + 10):
        programme, rng = random_programme(seed), np.random.default_rng(seed)
        plans = sorted(random_plans(programme, rng, 400), key=programme.value)
        optimum = sandwich(programme)
        grid = first_grid(programme)
        lines = envelope(programme.bank, grid)
        near = optimum.prices if optimum.prices is not None else np.zeros(3)
        for _ in range(5):
            ideal = dual(programme, grid, lines, near * rng.uniform(0.9, 1.1, 3))
            place = int(rng.integers(len(plans) // 2, len(plans)))
            value = programme.value(plans[place])
            slack = max(ideal.bound - value, 0.0) + 1e-9
            left = narrowed(programme.bank, grid, lines, ideal, slack, plans[place], 3)
            assert left is not None
            cut += (left.high - left.low).sum() < 0.99 * (grid.high - grid.low).sum()
            for spend in (*plans[place:], optimum.spend):
                for axis, amount in enumerate(spend):
                    mine = left.axis == axis
                    inside = (left.low[mine] - 1e-6 <= amount) & (amount <= left.high[mine] + 1e-6)
                    assert inside.any(), f"seed {seed}, axis {axis} at {amount}"
    assert cut >= 20, "narrowing that hardly ever cuts shows nothing"


def test_a_price_on_a_side_without_a_limit_proves_nothing():
    programme = random_programme(0)
    grid = first_grid(programme)
    lines = envelope(programme.bank, grid)
    wrong = dual(programme, grid, lines, np.array([-5.0, 0.0, 3.0]))
    assert wrong.bound == dual(programme, grid, lines, np.zeros(3)).bound
    assert np.isfinite(wrong.bound)


def test_an_axis_with_nothing_good_enough_left_ends_it():
    """A known plan better than the bound allows: there is no better one anywhere."""
    programme = replace(random_programme(3), rows=())
    grid = first_grid(programme)
    grid = make_grid(programme.bank, grid.axis, grid.low, grid.high, grid.points)
    lines = envelope(programme.bank, grid)
    ideal = dual(programme, grid, lines, np.empty(0))
    assert narrowed(programme.bank, grid, lines, ideal, -1.0, ideal.spend, 3) is None
