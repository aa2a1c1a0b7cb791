"""The sandwich: solve above the curves for a bound, below them for a plan, refine until they meet.

Each round solves the programme on the concave envelopes of all pieces. Its optimum bounds every
plan from above; its spend, scored on the true curves, is a plan from below. Where the two differ,
the envelope touches the curve at the new spend. Only a spend inside the straight part of an
S-curve's envelope, which no touching can lower, splits its piece there, with a binary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.bank import Bank, Index
from optimizer.formulate import Formulation, formulate, read_prices, read_spend
from optimizer.polish import Polished, polish
from optimizer.programme import Programme
from optimizer.segments import Grid, Polylines, chords, envelope, make_grid, straight_end
from optimizer.solve import Clock, Settings, solve
from optimizer.start import start_grid

Array = NDArray[np.floating]

NEAR = 10  # touching points kept on each side of the plan


@dataclass(frozen=True, eq=False)
class Sandwich:
    """A plan and its proof.

    Parameters
    ----------
    status : "optimal" (the gap is proven), "time_limit", "infeasible"
    spend : plan per axis, money; empty when infeasible or when none was found in time
    value, bound : objective of the plan, and what no plan exceeds
    prices : objective per unit of each row's limit (of the convex programme around the plan)
    iterations, binaries : rounds, and binaries in the last model
    reference : size of an objective below which a relative gap would mean nothing
    """

    status: Literal["optimal", "time_limit", "infeasible"]
    spend: Array
    value: float = -np.inf
    bound: float = np.inf
    prices: Array | None = None
    iterations: int = 0
    binaries: int = 0
    reference: float = 0.0

    @property
    def gap(self) -> float:
        """``(bound - value) / |value|``, at least 0; a fraction."""
        if not np.isfinite(self.value):
            return np.inf
        return max(self.bound - self.value, 0.0) / self.size

    @property
    def size(self) -> float:
        """What the gap is relative to."""
        known = self.value if np.isfinite(self.value) else self.bound
        return max(abs(known) if np.isfinite(known) else 0.0, self.reference, 1e-300)


@dataclass(frozen=True, eq=False)
class _Round:
    """What one solve of the programme on straight lines gave."""

    spend: Array
    chosen: Index  # piece per axis
    bound: float
    prices: Array | None
    binaries: int


def sandwich(
    programme: Programme, settings: Settings | None = None, reference: float = 0.0
) -> Sandwich:
    """Solve a programme to a proven gap.

    Parameters
    ----------
    reference : size of an objective below which a relative gap would mean nothing

    Raises
    ------
    InputError : the solver is not installed
    """
    settings = settings or Settings()
    clock = Clock(settings.time_limit)
    nothing = np.empty(0)
    if programme.is_empty:
        return Sandwich("infeasible", nothing)
    bank = programme.bank
    grid = _first_grid(programme)
    best = Sandwich("time_limit", nothing, bound=programme.ceiling, reference=reference)
    for iteration in range(1, settings.max_iterations + 1):
        lines = envelope(bank, grid)
        # Lines that are still far from the curves are not worth a choice of pieces proven finely.
        loose = replace(settings, gap=max(settings.gap, 0.2 * min(best.gap, 1.0)))
        found = _solve_lines(programme, grid, lines, loose, clock)
        if found == "infeasible":
            status = best.status if best.spend.size else "infeasible"
            return replace(best, status=status, iterations=iteration)
        if found == "stopped":
            break
        found = _with_prices(programme, grid, lines, found, settings, clock)
        best, target = _improve(programme, grid, found, best, settings, clock)
        best = replace(best, iterations=iteration, binaries=found.binaries)
        if best.gap <= settings.gap:
            return replace(best, status="optimal", bound=max(best.bound, best.value))
        if clock.is_over:
            break
        tolerance = settings.gap * best.size
        grid = _refine(programme, grid, lines, found, target, tolerance)
    return best if best.spend.size else _fallback(programme, best, settings)


def _first_grid(programme: Programme) -> Grid:
    axis = np.repeat(np.arange(len(programme.curves)), [len(d) for d in programme.domains])
    ends = np.array([interval for domain in programme.domains for interval in domain])
    return start_grid(
        programme.bank, axis, ends[:, 0], ends[:, 1],
        programme.spend_gain[axis], programme.response_gain[axis], programme.budget,
    )  # fmt: skip


def _solve_lines(
    programme: Programme, grid: Grid, lines: Polylines, settings: Settings, clock: Clock
) -> _Round | Literal["infeasible", "stopped"]:
    form = formulate(programme, grid.axis, lines)
    if form.is_false:
        return "infeasible"
    rows = [constraint for group in form.rows for constraint, _ in group]
    solved = solve(form.model, form.columns, rows, settings, clock)
    if solved.status == "infeasible":
        return "infeasible"
    if not solved.has_values:
        return "stopped"
    spend, chosen = read_spend(form, solved.values)
    bound = np.inf if solved.bound is None else _unscaled(form, solved.bound)
    prices = read_prices(form, solved.prices) if solved.prices else None
    return _Round(spend * programme.scale, chosen, bound, prices, form.binaries)


def _with_prices(
    programme: Programme,
    grid: Grid,
    lines: Polylines,
    found: _Round,
    settings: Settings,
    clock: Clock,
) -> _Round:
    """A round with binaries has no prices: those of the programme with its pieces fixed."""
    if found.prices is not None or programme.steps.any():
        return found
    pieces = found.chosen
    one = Grid(grid.axis[pieces], grid.points[pieces], grid.straight[pieces])
    part = Polylines(lines.spends[pieces], lines.responses[pieces])
    fixed = _solve_lines(_uncounted(programme), one, part, settings, clock)
    return found if isinstance(fixed, str) else replace(found, prices=fixed.prices)


def _uncounted(programme: Programme) -> Programme:
    """The programme without the limits on how many axes change, which fixed pieces keep."""
    rows = tuple(
        replace(row, lower=-np.inf, upper=np.inf) if row.counts_still else row
        for row in programme.rows
    )
    return replace(programme, rows=rows)


def _unscaled(form: Formulation, bound: float) -> float:
    return bound * form.objective_scale + form.constant


def _improve(
    programme: Programme,
    grid: Grid,
    found: _Round,
    best: Sandwich,
    settings: Settings,
    clock: Clock,
) -> tuple[Sandwich, Array]:
    """The best plan so far with the lowest bound, and where to touch the curves next."""
    best = replace(best, bound=min(best.bound, found.bound))
    polished = _polished(programme, grid, found)
    plans = [(found.spend, found.prices)]
    if polished is not None:
        plans.append((polished.spend, polished.prices))
    if programme.has_response_rows and all(
        programme.violation(spend) > settings.rounding for spend, _ in plans
    ):
        inner = _solve_inside(programme, grid, found, settings, clock)
        plans += [inner] if inner else []
    for spend, prices in plans:
        if programme.violation(spend) <= settings.rounding:
            value = programme.value(spend)
            if value > best.value:
                best = replace(best, spend=spend, value=value, prices=prices)
    return best, found.spend if polished is None else polished.spend


def _polished(programme: Programme, grid: Grid, found: _Round) -> Polished | None:
    """The optimum on the curves with the round's pieces and rows in force."""
    if found.prices is None:
        return None
    low, high = _concave_part(programme, grid, found)
    return polish(programme, low, high, found.spend, found.prices)


def _concave_part(programme: Programme, grid: Grid, found: _Round) -> tuple[Array, Array]:
    """The interval on which each axis' curve is concave around a plan.

    An axis whose plan lies where its curve is not concave stays where it is.
    """
    spend, concave_from = found.spend, programme.bank.concave_from
    low, high = grid.low[found.chosen], grid.high[found.chosen]
    is_concave = spend >= concave_from
    low = np.where(is_concave, np.maximum(low, concave_from), spend)
    return np.minimum(low, spend), np.where(is_concave, high, spend)


def _solve_inside(
    programme: Programme, grid: Grid, found: _Round, settings: Settings, clock: Clock
) -> tuple[Array, Array | None] | None:
    """A plan near the round's that keeps every row on lines below the curves.

    Chords where the curve is concave; the tangent at the round's spend where it is convex. An
    axis whose curvature is not known stays where it is.
    """
    bank, spend = programme.bank, found.spend
    low, high = _concave_part(programme, grid, found)
    is_convex = (spend < bank.concave_from) & (spend <= bank.convex_until)
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
    narrow = replace(_uncounted(programme), domains=domains)
    result = _solve_lines(narrow, inner, below, settings, clock)
    return None if isinstance(result, str) else (result.spend, result.prices)


def _refine(
    programme: Programme, grid: Grid, lines: Polylines, found: _Round, target: Array,
    tolerance: float,
) -> Grid:  # fmt: skip
    """Touch the curves at `target` and at the round's spend; split where touching cannot help."""
    bank = programme.bank
    axes = np.arange(len(programme.curves))
    response, _ = bank.at(found.spend)
    pieces = found.chosen
    height = np.array(
        [
            np.interp(found.spend[a], lines.spends[pieces[a]], lines.responses[pieces[a]])
            for a in axes
        ]
    )
    weight = _weights(programme, found.prices)
    excess = weight * (height - response)
    wanted = excess > 0.1 * tolerance / len(axes)
    end = grid.straight[pieces]
    is_straight = (found.spend < end) & (bank.convex_until > grid.low[pieces])
    is_odd = (bank.concave_from > grid.low[pieces]) & (bank.concave_from != bank.convex_until)
    is_straight |= is_odd & _is_bridged(grid, lines, pieces, found.spend)
    split = wanted & is_straight
    points = np.repeat(grid.low[:, None], 2, axis=1)
    points[pieces, 0] = target
    touch = np.flatnonzero(wanted & ~split)
    points[pieces[touch], 1] = found.spend[touch]
    return _rebuild(bank, grid, points, pieces, np.flatnonzero(split), found.spend)


def _is_bridged(grid: Grid, lines: Polylines, pieces: Index, spend: Array) -> NDArray[np.bool_]:
    """Whether the envelope passes over the plan in one straight line from beyond its neighbours.

    Then the curve sags below its own hull there, and touching it would not lower the hull.
    """

    def around(points: Array) -> tuple[Array, Array]:
        beside = spend[:, None]
        below = np.where(points <= beside, points, -np.inf).max(axis=1)
        return below, np.where(points >= beside, points, np.inf).min(axis=1)

    known, line = around(grid.points[pieces]), around(lines.spends[pieces])
    room = 1e-9 * grid.high[pieces]
    return (line[0] < known[0] - room) | (line[1] > known[1] + room)


def _weights(programme: Programme, prices: Array | None) -> Array:
    """Objective per unit of response of each axis, rows counted at their prices."""
    weight = programme.response_gain.copy()
    if prices is not None:
        for price, row in zip(prices, programme.rows, strict=True):
            np.add.at(weight, row.axes, np.abs(price * row.response))
    elif programme.has_response_rows:
        for row in programme.rows:
            size = np.abs(row.response).max(initial=0.0) or 1.0
            top = np.abs(programme.response_gain).max() or 1.0
            np.add.at(weight, row.axes, top * np.abs(row.response) / size)
    return weight


def _near(grid: Grid, pieces: Index, spend: Array) -> Array:
    """The grid's points with those dropped that are many touches away from the plan.

    Every point is a column of the next model; what lies far from the plan is bounded well
    enough by the few points kept there.
    """
    points = grid.points.copy()
    place = (points[pieces] < spend[:, None]).sum(axis=1)
    far = np.abs(np.arange(points.shape[1]) - place[:, None]) > NEAR
    far[:, -1] = False
    points[pieces] = np.where(far, points[pieces][:, :1], points[pieces])
    return points


def _rebuild(
    bank: Bank, grid: Grid, points: Array, pieces: Index, split: Index, spend: Array
) -> Grid:
    """The grid with new points, and two pieces in place of each one that is split."""
    low, high, axis = grid.low.copy(), grid.high.copy(), grid.axis
    points = np.hstack([_near(grid, pieces, spend), points])
    straight = grid.straight.copy()
    if split.size:
        rows, cut = pieces[split], spend[split]
        curves, top = axis[rows], high[rows].copy()
        high[rows] = cut
        straight[rows] = straight_end(bank, curves, low[rows], cut)
        low = np.insert(low, rows + 1, cut)
        high = np.insert(high, rows + 1, top)
        straight = np.insert(straight, rows + 1, straight_end(bank, curves, cut, top))
        points = np.insert(points, rows + 1, points[rows], axis=0)
        axis = np.insert(axis, rows + 1, curves)
    points = np.clip(points, low[:, None], high[:, None])
    return make_grid(bank, axis, low, high, points, straight)


def local_prices(programme: Programme, spend: Array, settings: Settings) -> Array | None:
    """Prices of the rows in the convex programme around a plan, on fine chords; None: no luck."""
    low, high = _intervals_around(programme, spend)
    grid = Grid(np.arange(len(spend)), np.column_stack([low, spend, high]), low)
    found = _Round(spend, np.arange(len(spend)), np.inf, None, 0)
    inner = _solve_inside(programme, grid, found, settings, Clock(settings.time_limit))
    return None if inner is None else inner[1]


def _intervals_around(programme: Programme, spend: Array) -> tuple[Array, Array]:
    """Ends of the interval that each axis' spend lies in, or nearly lies in."""
    ends = [
        min(domain, key=lambda pair: max(pair[0] - amount, amount - pair[1]))
        for amount, domain in zip(spend, programme.domains, strict=True)
    ]
    low, high = np.array(ends).T
    return np.minimum(low, spend), np.maximum(high, spend)


def _fallback(programme: Programme, best: Sandwich, settings: Settings) -> Sandwich:
    """Time ran out before any plan: the first of the given starts that keeps every rule."""
    for spend in programme.starts:
        if programme.violation(spend) <= settings.rounding and programme.allows(spend):
            return replace(best, spend=spend, value=programme.value(spend))
    return best
