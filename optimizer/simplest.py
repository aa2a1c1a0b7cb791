"""The simple plan: nearly as good as the best one, with the fewest changes, then the smallest.

The optimum grows with the number K of channels that may change, so bisection finds the smallest K
whose optimum is good enough. Among the plans with K changes, those that are good enough satisfy
one more row, ``objective >= threshold``; of them the one with the least ``sum |x - now|`` is
wanted. With ``|x - now| = x + now - 2 min(x, now)`` and min(x, now) a concave curve of its own,
that is a programme of the same kind, solved by the same sandwich.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.curves.composed import Tabulated
from models.phrases import said
from optimizer.allocation import Allocation
from optimizer.allocator import allocate, describe
from optimizer.objective import optimise
from optimizer.problem import Problem
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.program import Programme, Row
from optimizer.relaxation.solver import Clock, Settings
from optimizer.rules import Rule
from optimizer.search.incumbent import Sandwich
from optimizer.search.sandwich import sandwich

Array = NDArray[np.floating]

PATH = "within"  # where a person asked for it


def simplest(
    problem: Problem, within: float, settings: Settings | None = None, conflicts: bool = True
) -> Allocation:
    """The plan with the fewest changed channels, then the least money moved, of all good ones.

    Its certificate is that of the problem's own objective: the gap says what simplicity may cost
    at most. Rules have neither price nor cost: those belong to the best plan.

    Parameters
    ----------
    within : fraction of the best plan's objective that may be given up, e.g. 0.01
    conflicts : of an impossible problem, also find out why and what would help

    Raises
    ------
    ScenarioError, CurvesError : as `allocate`; also where a channel's current spend is not known
    """
    settings = settings or Settings()
    clock = Clock(settings.time_limit)
    compiled = compile_problem(_changing(problem, len(problem.curves)))  # refuses what is unknown
    best = optimise(compile_problem(problem), settings)
    if best.status != "optimal":
        limited = replace(settings, time_limit=clock.left)
        return allocate(problem, limited, conflicts=conflicts)
    threshold = best.value - within * abs(best.value)
    compiled, simple, rounds = _fewest(problem, compiled, best, threshold, settings, clock)
    # A plan may miss a row by the solver's rounding: not this one.
    least = min(threshold + 4 * settings.rounding * abs(threshold), _value(compiled, simple))
    simple = _least_moved(compiled, simple, least, settings, clock)
    found = replace(
        best, spend=simple, value=_value(compiled, simple), prices=None,
        iterations=best.iterations + rounds,
    )  # fmt: skip
    allocation = describe(compile_problem(problem), found, settings, with_prices=False)
    return replace(allocation, warnings=(*allocation.warnings, *_said(compiled, best, found)))


def _changing(problem: Problem, most: int) -> Problem:
    """The problem with at most so many channels changed."""
    return replace(problem, rules=(*problem.rules, Rule("max_changed", float(most), path=PATH)))


def _fewest(
    problem: Problem, compiled: Compiled, best: Sandwich, threshold: float, settings: Settings,
    clock: Clock,
) -> tuple[Compiled, Array, int]:  # fmt: skip
    """The smallest number of changes that is good enough: its programme, a plan, the rounds."""
    spend, rounds = best.spend, 0
    low, high = 0, _changed(compiled, spend)
    while low < high and not clock.is_over:
        middle = (low + high) // 2
        tried = compile_problem(_changing(problem, middle))
        found = optimise(tried, replace(settings, time_limit=clock.left))
        rounds += found.iterations
        if found.spend.size and found.value >= threshold:
            spend, high = found.spend, min(middle, _changed(tried, found.spend))
        else:
            low = middle + 1
    return compile_problem(_changing(problem, high)), spend, rounds


def _least_moved(
    compiled: Compiled, spend: Array, threshold: float, settings: Settings, clock: Clock
) -> Array:
    """The good enough plan that moves the least money; `spend` itself where none is found."""
    programme, cells = compiled.programme, len(compiled.cells)
    extended = _counting_moves(compiled, spend, threshold)
    found = sandwich(extended, replace(settings, time_limit=clock.left), extended.budget)
    if not found.spend.size:
        return spend
    moved = found.spend[: len(programme.curves)]
    before, after = (_moved(compiled, plan[:cells]) for plan in (spend, moved))
    is_simple = _changed(compiled, moved) <= _changed(compiled, spend)
    return moved if after < before and is_simple else spend


def _counting_moves(compiled: Compiled, spend: Array, threshold: float) -> Programme:
    """The programme that maximises ``sum 2 min(x, now) - x`` over the plans above the threshold."""
    programme, now = compiled.programme, _now(compiled)
    cells, axes = len(now), len(programme.curves)
    kept = np.flatnonzero(now > 0)  # of a channel without current spend, min(x, now) is nothing
    new = axes + np.arange(len(kept))
    links = [
        Row(np.array([k, axis]), np.array([1.0, -1.0]), np.zeros(2), 0.0, 0.0)
        for k, axis in zip(kept, new, strict=True)
    ]
    spend_gain, response_gain = np.zeros(axes + len(kept)), np.zeros(axes + len(kept))
    spend_gain[:cells], response_gain[new] = -1.0, 2.0
    none = np.zeros(len(kept))
    return replace(
        programme,
        curves=(*programme.curves, *(_up_to(float(now[k]), programme.budget) for k in kept)),
        domains=(*programme.domains, *[((0.0, programme.budget),)] * len(kept)),
        spend_gain=spend_gain,
        response_gain=response_gain,
        rows=(*programme.rows, *links, _good_enough(compiled, threshold)),
        still=np.concatenate([programme.still, none + np.nan]),
        steps=np.concatenate([programme.steps, none]),
        starts=(np.concatenate([spend, spend[kept]]),),
    )


def _up_to(now: float, most: float) -> Tabulated:
    """min(x, now)."""
    return Tabulated(((0.0, 0.0), (now, now), (max(most, 2 * now), now)))


def _good_enough(compiled: Compiled, threshold: float) -> Row:
    """``objective >= threshold`` as a row; of a ratio R / X, ``R - threshold * X >= 0``."""
    programme, cells = compiled.programme, len(compiled.cells)
    spend = programme.spend_gain.copy()
    limit = threshold
    if compiled.problem.objective == "roas":
        spend[:cells] -= threshold
        limit = 0.0
    axes = np.flatnonzero((spend != 0) | (programme.response_gain != 0))
    return Row(axes, spend[axes], programme.response_gain[axes], limit, np.inf)


def _value(compiled: Compiled, spend: Array) -> float:
    value = compiled.programme.value(spend)
    if compiled.problem.objective == "roas":
        return value / float(spend[: len(compiled.cells)].sum())
    return value


def _now(compiled: Compiled) -> Array:
    return np.array([cell.current_spend or 0.0 for cell in compiled.cells])


def _moved(compiled: Compiled, spend: Array) -> float:
    return float(np.abs(spend - _now(compiled)).sum())


def _changed(compiled: Compiled, spend: Array) -> int:
    """How many channels change, counted as the rule `max_changed` counts them."""
    away = np.abs(spend[: len(compiled.cells)] - _now(compiled)) > 1e-6 * compiled.programme.scale
    cells = zip(compiled.cells, away, strict=True)
    return len({cell.channel for cell, is_away in cells if is_away})


def _said(compiled: Compiled, best: Sandwich, simple: Sandwich) -> tuple[str, ...]:
    """What simplicity gives up, in words."""
    few, many = (_changed(compiled, plan.spend) for plan in (simple, best))
    moves = [_moved(compiled, plan.spend[: len(compiled.cells)]) for plan in (simple, best)]
    lost = abs(best.value - simple.value) / max(abs(best.value), 1e-300)
    if few == many and moves[0] >= moves[1] * (1 - 1e-6):
        return ()
    return (
        said(
            "kept simple: {few:,d} of {all:,d} channels change, {moved:,.0f} in all; the best plan"
            " changes {many:,d}, {most:,.0f} in all, and is {lost:.2g} % better.",
            few=few,
            all=len(compiled.problem.curves),
            moved=moves[0],
            many=many,
            most=moves[1],
            lost=100 * lost,
        ),
    )
