"""Plans whose money works later, proven block by block, against every plan of a fine grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from optimizer.allocator import allocate
from optimizer.problem import Budget, Period, Problem
from optimizer.program.compile import Compiled, compile_problem
from optimizer.relaxation.polyline_lp import Limits
from optimizer.relaxation.solver import Clock, Settings
from optimizer.rules import Rule
from optimizer.search.blocks import blocks_of, part
from optimizer.search.bound_tightening import BlockSearch, followed
from optimizer.search.by_block import by_block, is_for
from optimizer.search.incumbent import Sandwich
from optimizer.search.local_plan import LocalSearch, minorants

BUDGET, STEPS = 100.0, 15  # what is spent in all, and the parts that a plan of the grid is made of


def random_problem(seed: int, channels: int = 2, periods: int = 2) -> Problem:
    """Few S-shaped channels and periods, money carried over, with and without further rules."""
    rng = np.random.default_rng(seed)
    entries = tuple(
        ChannelCurve(
            f"c{k}",
            Hill(rng.uniform(50, 150), rng.uniform(10, 40), rng.uniform(0.7, 4.0)),
            carry_over=float(rng.uniform(0.1, 0.8)),
            value_per_conversion=float(rng.uniform(0.5, 2.0)),
            current_spend=float(rng.uniform(10, 30)),
        )
        for k in range(channels)
    )
    own = Budget(0.0, 60.0) if rng.random() < 0.5 else None
    parts = tuple(
        Period(f"p{k}", float(rng.choice([7.0, 14.0])), budget=own if k == 0 else None)
        for k in range(periods)
    )
    rules = [Rule("max_change_between_periods", 0.8, path="jumps")] if rng.random() < 0.5 else []
    if rng.random() < 0.3:
        rules.append(Rule("min_conversions", float(rng.uniform(20, 60)), path="least"))
    return Problem(
        CurveSet(entries, period_days=7), BUDGET, periods=parts, carry_over=True,
        rules=tuple(rules), carry_in={"c0": float(rng.uniform(0, 30))},
    )  # fmt: skip


def splits(parts: int, total: int) -> np.ndarray:
    """Every way to share `total` steps among so many places, shape (ways, parts)."""
    bars = itertools.combinations(range(total + parts - 1), parts - 1)
    ends = np.array([(-1, *each, total + parts - 1) for each in bars])
    return np.diff(ends, axis=1) - 1


def best_of_grid(compiled: Compiled) -> float:
    """The highest objective of all plans of the grid that keep the rules; -inf where none does."""
    programme, most = compiled.programme, -np.inf
    for split in splits(len(compiled.cells), STEPS) * BUDGET / STEPS:
        full = compiled.axes.filled(split)
        if programme.violation(full) <= 1e-9 and programme.allows(full):
            most = max(most, programme.value(full))
    return most


def solved(compiled: Compiled, gap: float = 1e-4) -> Sandwich:
    start = Sandwich("time_limit", np.empty(0), bound=compiled.programme.ceiling)
    return by_block(compiled.programme, start, Settings(gap=gap), Clock(20.0))


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_of_a_grid_is_above_the_bound_or_beyond_the_gap(seed):
    compiled = compile_problem(random_problem(seed))
    assert is_for(compiled.programme, Settings())
    found, grid = solved(compiled), best_of_grid(compiled)
    assert grid <= found.bound * (1 + 1e-9)
    if found.spend.size:
        assert compiled.programme.violation(found.spend) <= 1e-8
        assert found.value == pytest.approx(compiled.programme.value(found.spend))
        assert found.value <= found.bound * (1 + 1e-9)
    else:
        # Nothing may be said without a plan but what no plan exceeds: the rounds go on from there.
        assert found.status == "time_limit"


@pytest.mark.parametrize("seed", range(12))
def test_the_whole_answer_is_proven_and_no_plan_of_a_grid_is_better(seed):
    problem = random_problem(seed)
    grid = best_of_grid(compile_problem(problem))
    found = allocate(problem, Settings(gap=1e-4, time_limit=30.0), conflicts=False)
    if found.status == "infeasible":
        assert not np.isfinite(grid)
        return
    assert found.certificate is not None
    assert found.certificate.gap <= 1e-4
    assert found.certificate.value >= grid * (1 - 1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 3.0))
def test_a_block_never_does_better_than_its_bound_at_any_price(seed, price):
    compiled = compile_problem(random_problem(seed, channels=2, periods=2))
    programme = compiled.programme
    blocks = blocks_of(programme)
    prices = np.zeros(len(programme.rows))
    prices[blocks.coupling] = price
    rng = np.random.default_rng(seed)
    for block in blocks.blocks:
        own = part(programme, block, prices)
        plans = []
        for cells in rng.uniform(0.0, BUDGET, (300, len(compiled.cells))):
            full = compiled.axes.filled(cells)[block.axes]
            if own.violation(full) <= 1e-9:
                plans.append(full)
        if not plans:
            continue
        search = BlockSearch(own, plans[0], 1e-6, 1e-8)
        for _ in range(6):
            assert max(own.value(plan) for plan in plans) <= search.bound + 1e-9 * BUDGET
            if search.is_closed:
                break
            search.step()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_minorants_stay_below_the_curves_and_meet_them_at_the_plan(seed):
    programme = compile_problem(random_problem(seed)).programme
    low, high = followed(programme.low, programme.high, Limits.of(programme))
    spend = np.random.default_rng(seed).uniform(low, high)
    bank, lines = programme.bank, minorants(programme.bank, spend, low, high)
    known = np.flatnonzero(bank.concave_from == bank.convex_until)
    for axis in known:
        at = np.linspace(low[axis], high[axis], 50)
        below = np.interp(at, lines.spends[axis], lines.responses[axis])
        curve = bank.response(np.array([axis]), at[None, :])[0]
        assert (below <= curve + 1e-9 * (1 + curve)).all()
        here = np.interp(spend[axis], lines.spends[axis], lines.responses[axis])
        assert here == pytest.approx(float(bank.at(spend)[0][axis]), rel=1e-9, abs=1e-9)


def test_a_local_plan_is_never_worse_than_where_it_began():
    for seed in range(8):
        compiled = compile_problem(random_problem(seed, channels=3, periods=3))
        programme = compiled.programme
        start = compiled.axes.filled(np.full(len(compiled.cells), BUDGET / len(compiled.cells)))
        if programme.violation(start) > 1e-9:
            continue
        found = LocalSearch(programme, 1e-8).bettered(start, 0.0, Clock(None))
        assert found is not None
        assert programme.violation(found.spend) <= 1e-8
        assert found.value >= programme.value(start) * (1 - 1e-9)


def test_channels_fall_apart_and_what_couples_them_has_a_price():
    compiled = compile_problem(random_problem(1, channels=4, periods=3))
    programme = compiled.programme
    blocks = blocks_of(programme)
    assert len(blocks.blocks) == 4
    named = [{compiled.cells[a].channel for a in b.axes if a < len(compiled.cells)}
             for b in blocks.blocks]  # fmt: skip
    assert sorted(map(len, named)) == [1, 1, 1, 1]
    of_blocks = np.concatenate([block.rows for block in blocks.blocks])
    assert sorted([*of_blocks, *blocks.coupling]) == list(range(len(programme.rows)))
    assert all(
        compiled.rules[programme.rows[k].rule or 0].kind in ("budget", "min_conversions")
        for k in blocks.coupling
    )
