"""The search behind sure plans: rows and vertices are added until plan and bound meet.

The mean of a plan's worst draws is the least of its means under all admissible weights of the
draws. Each weighting makes one row; the rows that matter are found as they are needed (Kuenzi-Bay
and Mayer, *Computational aspects of minimizing conditional value-at-risk*, 2006), a dozen or two
instead of one per draw. Every row stands on lines above the draws' curves, so that the
programme's optimum bounds every plan; plans are scored on the curves themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, Polylines, make_grid
from optimizer.relaxation.formulate import Floor, Formulation, Least, NumericalTrouble, formulate
from optimizer.relaxation.solver import Clock, Settings, solve
from optimizer.risk.criterion import Aim
from optimizer.risk.draws import concave_lines
from optimizer.search.incumbent import Sandwich
from optimizer.search.refine_grid import first_grid

Array = NDArray[np.floating]

# Points around a plan, in widths of the interval that it lies in. Widths double outward: where
# neighbours differ by more, the wide one's line lifts the hull over the narrow one.
AROUND = np.array([sign * (2.0**k - 1.0) for k in range(1, 22) for sign in (-1, 1)]) / 10.0
MOST_FLOORS = 20  # losing draws that one round adds to the programme


@dataclass(frozen=True, eq=False)
class _State:
    """What the search knows: vertices, the rows made so far, and the best plan."""

    grid: Grid
    weights: Array  # (rows, draws + 1)
    floored: tuple[tuple[int, int], ...]  # limits and draws that are rows, by position
    best: Sandwich
    lines: tuple[Array, Array] | None = None  # above the curves, where the grid is not new


@dataclass(frozen=True, eq=False)
class _Round:
    """One solve: lines of every row (the axes' own curves first), their hulls, and the answer."""

    heights: Array  # (1 + rows + floors, pieces, vertices)
    hulls: Array
    mixture: Array  # (1 + rows + floors, draws + 1): weights of the draws and of the own curves
    floored: tuple[tuple[int, int], ...]
    shares: Array | None  # of each weighting in the objective's price, (rows,); None: binaries
    spend: Array
    chosen: Index
    bound: float
    binaries: int
    lines: tuple[Array, Array]


def search(aim: Aim, settings: Settings, reference: float = 0.0) -> Sandwich:
    """Solve, score, add the rows and vertices that were missing, until the gap is proven."""
    programme, clock = aim.programme, Clock(settings.time_limit)
    nothing = np.empty(0)
    if programme.is_empty:
        return Sandwich("infeasible", nothing)
    first = aim.weights(np.zeros(aim.drawn.draws + 1))
    if not aim.is_plain:
        first[:-1] = 1.0 / aim.drawn.draws
    best = Sandwich("round_limit", nothing, reference=reference)
    is_convex = not programme.steps.any() and all(len(d) == 1 for d in programme.domains)
    state = _State(_first_grid(programme), first[None, :], (), best)
    for spend in programme.starts:
        if programme.allows(spend):
            state = _scored(aim, state, spend, settings)
    for iteration in range(1, settings.max_iterations + 1):
        found = _solve(aim, state, state.grid, settings, clock)
        if isinstance(found, str):
            is_odd = found == "infeasible" and state.best.spend.size  # there is a plan, after all
            status = "numerical_trouble" if is_odd else found
            return replace(state.best, status=status, iterations=iteration)
        best = replace(
            state.best, bound=min(state.best.bound, found.bound), iterations=iteration,
            binaries=found.binaries,
            is_convex=found.binaries == 0,
            mixture=None if found.shares is None else _weights_of(found, state),
        )  # fmt: skip
        halfway = 0.5 * (found.spend + best.spend) if best.spend.size else found.spend
        state = _scored(aim, replace(state, best=best), found.spend, settings)
        if is_convex:  # between two plans lies a third, and rows that steady the next round
            state = _scored(aim, state, halfway, settings)
        if not aim.allows(found.spend, settings):
            inner = _solve_inside(aim, state, found, settings, clock)
            state = state if inner is None else _scored(aim, state, inner, settings)
        best = state.best
        if best.gap <= settings.gap:
            return replace(best, status="optimal", bound=max(best.bound, best.value))
        if clock.is_over:
            return replace(best, status="time_limit")
        grid = _refine(aim, state.grid, found, settings.refinement * best.size)
        state = replace(state, grid=grid, lines=None if grid is not state.grid else found.lines)
    return state.best


def _first_grid(programme: Programme) -> Grid:
    grid = first_grid(programme)
    low, high = grid.low, grid.high
    inside = low[:, None] + (grid.straight - low)[:, None] * np.array([0.25, 0.5, 0.75])
    points = np.hstack([grid.points, inside])
    return make_grid(programme.bank, grid.axis, low, high, points, low)


def _scored(aim: Aim, state: _State, spend: Array, settings: Settings) -> _State:
    """The state with a plan's own rows, and with the plan where it is the best so far."""
    outcomes = aim.outcomes(spend)
    own = aim.weights(outcomes)
    weights, best = state.weights, state.best
    if not (np.abs(weights - own).sum(axis=1) < 1e-12).any():
        weights = np.vstack([weights, own])
    floored = set(state.floored)
    for number, broken in enumerate(aim.broken(spend)):
        floored |= {(number, draw) for draw in broken[:MOST_FLOORS].tolist()}
    value = float(own @ outcomes)
    if value > best.value and aim.allows(spend, settings):
        best = replace(best, spend=spend, value=value)
    return replace(state, weights=weights, floored=tuple(sorted(floored)), best=best)


def _mixture(aim: Aim, state: _State) -> Array:
    """Weights of the draws and of the axes' own curves in every row, own curves first."""
    draws, first = aim.drawn.draws, 1 + len(state.weights)
    rows = np.zeros((first + len(state.floored), draws + 1))
    rows[0, draws] = 1.0
    rows[1:first] = state.weights
    rows[first + np.arange(len(state.floored)), [draw for _, draw in state.floored]] = 1.0
    return rows


def _solve(
    aim: Aim, state: _State, grid: Grid, settings: Settings, clock: Clock, below: bool = False
) -> _Round | Literal["infeasible", "time_limit", "numerical_trouble"]:
    """Solve on the lines above the curves, or on chords; else why there is no solution."""
    mixture = _mixture(aim, state)
    tiled = np.tile(grid.points, (len(mixture), 1))
    shape = (len(mixture), *grid.points.shape)
    if below:
        of_draws = aim.drawn.heights(grid.axis, grid.points)
        lines = of_draws[..., :-1], of_draws[..., 1:]
    else:
        lines = state.lines or aim.drawn.lines_above(grid.axis, grid.points)
    left, right = (np.tensordot(mixture, side, 1).reshape(len(tiled), -1) for side in lines)
    heights, hulls = concave_lines(tiled, left, right)
    heights, hulls = heights.reshape(shape), hulls.reshape(shape)
    rows = 1 + len(state.weights)
    least = Least(
        hulls[1:rows],
        tuple(_floors(aim, state.floored, hulls[rows:])),
        tuple(chance.excused for chance in aim.chances),
    )
    try:
        form = formulate(aim.programme, grid.axis, Polylines(grid.points, hulls[0]), least)
    except NumericalTrouble:
        return "numerical_trouble"
    if form.is_false:
        return "infeasible"
    solved = solve(form.model, form.columns, list(form.goals), settings, clock)
    if solved.status == "infeasible":
        return "infeasible"
    if not solved.has_values:
        return "numerical_trouble" if solved.status == "trouble" else "time_limit"
    spend, chosen = form.layout.spend_of(solved.values)
    bound = np.inf if solved.bound is None else solved.bound * form.objective_scale
    shares = _shares(form, solved.prices) if solved.prices else None
    return _Round(
        heights, hulls, mixture, state.floored, shares, spend, chosen, bound, form.binaries, lines
    )


def _weights_of(found: _Round, state: _State) -> Array | None:
    """The saddle point's weights of the draws; none where floors have prices too."""
    assert found.shares is not None
    return None if state.floored else (found.shares @ state.weights[: len(found.shares)])[:-1]


def _floors(aim: Aim, floored: tuple[tuple[int, int], ...], hulls: Array) -> Iterator[Floor]:
    """The limits under single draws, and how far below them any plan may fall."""
    programme = aim.programme
    low, high = programme.low, programme.high
    lowest = aim.drawn.responses(low) if floored else np.empty(0)
    for (number, draw), heights in zip(floored, hulls, strict=True):
        chance = aim.chances[number]
        costs = np.minimum(chance.spend, 0.0)
        least = max(float(costs @ high), float(costs.min()) * programme.budget)
        least += float(np.maximum(chance.spend, 0.0) @ low + chance.response @ lowest[:, draw])
        reach = max(float(chance.floors[draw]) - least, 0.0)
        yield Floor(chance.row(draw), heights, reach, number)


def _shares(form: Formulation, prices: dict[str, float]) -> Array:
    found = np.abs([prices[str(row.name)] for row in form.goals])
    return found / max(found.sum(), 1e-300)


def _solve_inside(
    aim: Aim, state: _State, found: _Round, settings: Settings, clock: Clock
) -> Array | None:
    """A plan near the round's that keeps every rule on chords, where the curves are concave."""
    programme, spend, grid = aim.programme, found.spend, state.grid
    low, high = grid.low[found.chosen], grid.high[found.chosen]
    if programme.has_response_rows:
        is_concave = spend >= programme.bank.concave_from
        low = np.where(is_concave, np.maximum(low, programme.bank.concave_from), spend)
        low, high = np.minimum(low, spend), np.where(is_concave, high, spend)
    axis = np.arange(len(spend))
    near = spend[:, None] * (1 + np.array([-0.02, -0.002, -1e-4, 0.0, 1e-4, 0.002, 0.02]))
    points = np.hstack([grid.points[found.chosen], near])
    inner = make_grid(programme.bank, axis, low, high, points, straight=low)
    domains = tuple((pair,) for pair in zip(low.tolist(), high.tolist(), strict=True))
    narrow = replace(aim, programme=replace(programme.uncounted(), domains=domains))
    result = _solve(narrow, state, inner, settings, clock, below=True)
    return None if isinstance(result, str) else result.spend


def _refine(aim: Aim, grid: Grid, found: _Round, tolerance: float) -> Grid:
    """More vertices around the plan; a split where the lines bridge a dent of the curves."""
    programme, pieces = aim.programme, found.chosen
    # A spend below its piece by rounding would have no neighbour to halve the way to.
    spend = np.clip(found.spend, grid.low[pieces], grid.high[pieces])
    truth = aim.responses(spend)
    true = found.mixture @ truth.T  # (rows, axes)
    over, line = (_at(grid, pieces, heights, spend) for heights in (found.hulls, found.heights))
    gain, weights = np.abs(programme.response_gain), len(true) - 1 - len(found.floored)
    excess, sag = gain * (over - true), gain * (over - line)
    if found.shares is None or found.floored:
        floors = _floors_broken(aim, found, spend, truth, tolerance)
        excess[1 + weights :] = floors * (over - true)[1 + weights :]
        sag[1 + weights :] = floors * (over - line)[1 + weights :]
        excess, sag = excess[1:].max(axis=0), sag[1:].max(axis=0)
    else:
        shares = found.shares
        # The row that judges the plan may have had no price on the lines.
        judging = 1 + int((true[1 : 1 + len(shares)] @ gain).argmin())
        excess = np.maximum(shares @ excess[1:], excess[judging])
        sag = np.maximum(shares @ sag[1:], sag[judging])
    if programme.has_response_rows:
        size = np.maximum(float(gain.max()), _rows_broken(programme, spend, true[0], tolerance))
        excess = np.maximum(excess, size * (over[0] - true[0]))
        sag = np.maximum(sag, size * (over[0] - line[0]))
    wanted = excess > 0.3 * tolerance / len(spend)
    if not wanted.any():
        return grid
    is_split = wanted & (sag > 0.5 * excess)
    is_split &= (spend > grid.low[pieces]) & (spend < grid.high[pieces])
    is_split &= grid.low[pieces] < aim.drawn.concave_from  # else more vertices suffice
    own = grid.points[pieces]
    below = np.where(own <= spend[:, None], own, -np.inf).max(axis=1)
    above = np.where(own > spend[:, None], own, np.inf).min(axis=1)
    width = np.where(np.isfinite(above), above, spend) - below
    width = np.where(width > 0, width, grid.high[pieces] - grid.low[pieces])
    wide = max(grid.points.shape[1], len(AROUND) + 1)
    points = np.repeat(grid.low[:, None], wide, axis=1)
    points[:, : grid.points.shape[1]] = grid.points
    moved = np.flatnonzero(wanted)
    points[pieces[moved]] = grid.low[pieces[moved], None]
    around = spend[moved, None] + width[moved, None] * AROUND
    points[pieces[moved], 1 : len(AROUND) + 1] = around
    points = np.clip(points, grid.low[:, None], grid.high[:, None])
    return _split(aim, grid, points, pieces[is_split], spend[is_split])


def _floors_broken(aim: Aim, found: _Round, spend: Array, truth: Array, tolerance: float) -> Array:
    """What a response counts in each floor, (floors, axes), in units of the objective's tolerance.

    A tenth of what a broken floor misses counts as much as the tolerance that makes an axis wanted;
    floors that the plan keeps, or of limits that hold in enough draws, count nothing.
    """
    factors = np.zeros((len(found.floored), len(spend)))
    short = [chance.short(spend, truth[:, :-1]) for chance in aim.chances]
    for row, (number, draw) in enumerate(found.floored):
        chance, missed = aim.chances[number], short[number]
        if missed[draw] > 0 and (missed > 0).sum() > chance.excused:
            factors[row] = chance.response * (3.0 * max(tolerance, 1e-300) / missed[draw])
    return factors


def _rows_broken(programme: Programme, spend: Array, response: Array, tolerance: float) -> Array:
    """Likewise of the rules on the curves themselves, by axis: their rows may have no price."""
    factors = np.zeros(len(spend))
    for row in programme.rows:
        missed = row.excess(spend, response)
        if row.response.any() and missed > 1e-9 * row.size(spend, response):
            counts = np.abs(row.response) * (3.0 * max(tolerance, 1e-300) / missed)
            factors[row.axes] = np.maximum(factors[row.axes], counts)
    return factors


def _at(grid: Grid, pieces: Index, heights: Array, spend: Array) -> Array:
    """Heights of polylines at each axis' spend, shape (rows, axes)."""
    return np.array(
        [
            [np.interp(x, grid.points[p], row[p]) for p, x in zip(pieces, spend, strict=True)]
            for row in heights
        ]
    )


def _split(aim: Aim, grid: Grid, points: Array, rows: Index, cut: Array) -> Grid:
    """The grid with new points, and two pieces in place of each one in `rows`."""
    low, high, axis = grid.low.copy(), grid.high.copy(), grid.axis
    top = high[rows].copy()
    high[rows] = cut
    order = np.argsort(rows)
    rows, cut, top = rows[order], cut[order], top[order]
    low, high = np.insert(low, rows + 1, cut), np.insert(high, rows + 1, top)
    points = np.insert(points, rows + 1, points[rows], axis=0)
    axis = np.insert(axis, rows + 1, axis[rows])
    points = np.clip(points, low[:, None], high[:, None])
    return make_grid(aim.programme.bank, axis, low, high, points, straight=low)
