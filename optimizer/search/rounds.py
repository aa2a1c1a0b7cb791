"""One round of the sandwich: the programme on lines above the curves, or on lines below them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, Polylines, chords, make_grid
from optimizer.relaxation.formulate import NumericalTrouble, formulate
from optimizer.relaxation.solver import Clock, Settings, solve

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Round:
    """What one solve of the programme on straight lines gave."""

    spend: Array
    chosen: Index  # piece per axis
    bound: float
    prices: Array | None
    binaries: int


def solve_lines(
    programme: Programme, grid: Grid, lines: Polylines, settings: Settings, clock: Clock
) -> Round | Literal["infeasible", "stopped", "trouble"]:
    try:
        form = formulate(programme, grid.axis, lines)
    except NumericalTrouble:  # a number that no model can carry
        return "trouble"
    if form.is_false:
        return "infeasible"
    rows = [constraint for group in form.rows for constraint, _ in group]
    solved = solve(form.model, form.columns, rows, settings, clock)
    if solved.status in ("infeasible", "trouble"):
        return solved.status
    if not solved.has_values:
        return "stopped"
    spend, chosen = form.layout.spend_of(solved.values)
    bound = np.inf if solved.bound is None else form.bound(solved.bound)
    prices = form.prices(solved.prices) if solved.prices else None
    return Round(spend, chosen, bound, prices, form.binaries)


def with_prices(
    programme: Programme,
    grid: Grid,
    lines: Polylines,
    found: Round,
    settings: Settings,
    clock: Clock,
) -> Round:
    """A round with binaries has no prices: those of the programme with its pieces fixed."""
    if found.prices is not None or programme.steps.any():
        return found
    pieces = found.chosen
    one = Grid(grid.axis[pieces], grid.points[pieces], grid.straight[pieces])
    part = Polylines(lines.spends[pieces], lines.responses[pieces])
    fixed = solve_lines(programme.uncounted(), one, part, settings, clock)
    return found if isinstance(fixed, str) else replace(found, prices=fixed.prices)


def concave_part(programme: Programme, grid: Grid, found: Round) -> tuple[Array, Array]:
    """The interval on which each axis' curve is concave around a plan.

    Of a tabulated curve the straight line that the plan is on. An axis whose plan lies where its
    curve is not concave stays where it is.
    """
    spend, concave_from = found.spend, programme.bank.concave_from
    low, high = grid.low[found.chosen], grid.high[found.chosen]
    line = programme.bank.straight_around(spend)
    is_line = np.isfinite(line[0])
    is_concave = is_line | (spend >= concave_from)
    low = np.maximum(low, np.where(is_line, line[0], concave_from))
    high = np.minimum(high, line[1])
    return np.minimum(np.where(is_concave, low, spend), spend), np.where(is_concave, high, spend)


def solve_inside(
    programme: Programme, grid: Grid, found: Round, settings: Settings, clock: Clock
) -> tuple[Array, Array | None] | None:
    """A plan near the round's that keeps every row on lines below the curves.

    Chords where the curve is concave; the tangent at the round's spend where it is convex. An
    axis whose curvature is not known stays where it is.
    """
    bank, spend = programme.bank, found.spend
    low, high = concave_part(programme, grid, found)
    # Of a mean of curves some may start vertically: its tangent at zero is no line to stand on.
    is_convex = (spend < bank.concave_from) & (spend <= bank.convex_until)
    is_convex &= ~(bank.is_vertical & (spend <= 0))
    low = np.where(is_convex, grid.low[found.chosen], low)
    high = np.where(is_convex, np.minimum(grid.high[found.chosen], bank.convex_until), high)
    domains = tuple((pair,) for pair in zip(low.tolist(), high.tolist(), strict=True))
    near = spend[:, None] * (1 + np.array([-0.02, -0.002, -1e-4, 0.0, 1e-4, 0.002, 0.02]))
    points = np.hstack([grid.points[found.chosen], near])
    points = np.where(is_convex[:, None], low[:, None], points)
    axis = np.arange(len(spend))
    inner = make_grid(bank, axis, low, high, points, straight=low)
    below = chords(bank, inner)
    response, slope = bank.at(spend)
    slope = np.where(is_convex, slope, 0.0)
    tangents = response[:, None] + slope[:, None] * (inner.points - spend[:, None])
    below = Polylines(inner.points, np.where(is_convex[:, None], tangents, below.responses))
    narrow = replace(programme.uncounted(), domains=domains)
    result = solve_lines(narrow, inner, below, settings, clock)
    return None if isinstance(result, str) else (result.spend, result.prices)


def local_prices(programme: Programme, spend: Array, settings: Settings) -> Array | None:
    """Prices of the rows in the convex programme around a plan, on fine chords; None: no luck."""
    low, high = _intervals_around(programme, spend)
    grid = Grid(np.arange(len(spend)), np.column_stack([low, spend, high]), low)
    found = Round(spend, np.arange(len(spend)), np.inf, None, 0)
    inner = solve_inside(programme, grid, found, settings, Clock(settings.time_limit))
    return None if inner is None else inner[1]


def _intervals_around(programme: Programme, spend: Array) -> tuple[Array, Array]:
    """Ends of the interval that each axis' spend lies in, or nearly lies in."""
    ends = [
        min(domain, key=lambda pair: max(pair[0] - amount, amount - pair[1]))
        for amount, domain in zip(spend, programme.domains, strict=True)
    ]
    low, high = np.array(ends).T
    return np.minimum(low, spend), np.maximum(high, spend)
