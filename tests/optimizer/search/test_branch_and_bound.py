"""Branch and bound on the price of money, against an independent referee and other solvers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.optimizer import programme_of, random_task
from benchmarks.referee import referee
from models.curves.families import Curve, Hill, Linear
from optimizer.program.program import Programme, Row
from optimizer.relaxation.solver import Clock, Settings
from optimizer.search.branch_and_bound import by_price, is_for
from optimizer.search.incumbent import Sandwich
from optimizer.search.refine_grid import first_grid
from optimizer.search.sandwich import sandwich
from tests.support.problems import random_curve


def searched(programme: Programme, gap: float = 1e-6) -> Sandwich:
    start = Sandwich("time_limit", np.empty(0), bound=programme.ceiling)
    best, _ = by_price(programme, first_grid(programme), start, Settings(gap=gap), Clock(None))
    return best


@pytest.mark.parametrize("width", ["narrow", "wide"])
@pytest.mark.parametrize("slopes", ["concave", "shaped", "mixed"])
@pytest.mark.parametrize("channels", [2, 5, 15, 60])
def test_against_the_referee(channels: int, slopes: str, width: str):
    for seed in range(5):
        task = random_task(channels, slopes, width, seed)
        programme = programme_of(task)
        best = searched(programme)
        judged = referee(programme.bank, task.low, task.high, task.budget, 1e-8)
        assert best.gap <= 1e-6, f"seed {seed}"
        assert best.value <= judged.bound * (1 + 1e-9)
        assert judged.value <= best.bound * (1 + 1e-9)
        assert best.spend.sum() == pytest.approx(task.budget, rel=1e-9)


def test_the_whole_solver_needs_one_round_where_the_price_has_proven_it():
    for seed in range(5):
        programme = programme_of(random_task(30, "shaped", "wide", seed))
        found = sandwich(programme, Settings(gap=1e-6))
        assert (found.status, found.iterations, found.binaries) == ("optimal", 1, 0)
        assert found.value == pytest.approx(searched(programme).value, rel=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_all_families_against_the_rounds_of_linear_programmes(seed: int, monkeypatch):
    """The same optimum with and without the search by price."""
    rng = np.random.default_rng(seed)
    curves: tuple[Curve, ...] = tuple(random_curve(rng, 1000.0) for _ in range(5))
    every = np.arange(5)
    budget = float(rng.uniform(1000, 9000))
    money = Row(every, np.ones(5), np.zeros(5), rng.choice([budget, 0.0]), budget)
    programme = Programme(
        curves, (((0.0, 3000.0),),) * 5, np.full(5, rng.choice([0.0, -0.01])), np.ones(5),
        (money,), np.full(5, np.nan), np.zeros(5), budget,
    )  # fmt: skip
    with_price = sandwich(programme, Settings(gap=1e-6))
    monkeypatch.setattr("optimizer.search.sandwich.is_for", lambda _: False)
    monkeypatch.setattr("optimizer.search.money_alone.is_for", lambda _: False)
    without = sandwich(programme, Settings(gap=1e-6))
    assert with_price.status == without.status == "optimal"
    assert with_price.value == pytest.approx(without.value, rel=2e-6)
    assert with_price.value <= without.bound * (1 + 1e-9)


def test_other_rules_end_the_search_and_their_plans_are_not_broken():
    programme = programme_of(random_task(8, "shaped", "wide", 1))
    free = sandwich(programme, Settings(gap=1e-6))
    most = 0.5 * float(free.spend[:4].sum())
    limit = Row(np.arange(4), np.ones(4), np.zeros(4), -np.inf, most)
    bound = replace(programme, rows=(*programme.rows, limit))
    assert searched(bound).spend.size == 0
    assert searched(bound).bound >= sandwich(bound, Settings(gap=1e-6)).value
    assert sandwich(bound, Settings(gap=1e-6)).spend[:4].sum() == pytest.approx(most)


def test_more_money_than_can_be_spent():
    programme = programme_of(random_task(4, "concave", "narrow", 0))
    row = programme.rows[0]
    roomy = replace(programme, rows=(replace(row, lower=-np.inf, upper=10 * row.upper),))
    found = sandwich(replace(roomy, budget=10 * row.upper), Settings(gap=1e-9))
    assert found.spend == pytest.approx(programme.high)


@pytest.mark.parametrize(
    ("curve", "changes", "is_searched"),
    [
        (Hill(500, 800, 2), {}, True),
        (Linear(0.2), {}, True),
        (Linear(0.2), {"steps": np.array([100.0, 0.0])}, False),
        (Linear(0.2), {"domains": (((0.0, 0.0), (50.0, 900.0)), ((0.0, 900.0),))}, False),
        (Linear(0.2), {"rows": ()}, False),
    ],
)
def test_what_it_is_for(curve: Curve, changes: dict, is_searched: bool):
    money = Row(np.arange(2), np.ones(2), np.zeros(2), 0.0, 1000.0)
    programme = Programme(
        (curve, curve), (((0.0, 900.0),),) * 2, np.zeros(2), np.ones(2), (money,),
        np.full(2, np.nan), np.zeros(2), 1000.0,
    )  # fmt: skip
    assert is_for(replace(programme, **changes)) is is_searched
