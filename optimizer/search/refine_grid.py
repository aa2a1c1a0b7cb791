"""Where lines touch the curves: at first all over, then where the last round's plan is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, Polylines, make_grid, nearest_points, straight_end
from optimizer.search.initial_grid import start_grid
from optimizer.search.rounds import Round

Array = NDArray[np.floating]

# Touching points kept on each side of the plan: with pieces to choose from, plans may take turns,
# and would forget each other's points if only the nearest stayed.
NEAR, NEAR_WITH_CHOICES = 10, 40


def first_grid(programme: Programme) -> Grid:
    """Where lines touch the curves before anything is solved."""
    axis = np.repeat(np.arange(len(programme.curves)), [len(d) for d in programme.domains])
    ends = np.array([interval for domain in programme.domains for interval in domain])
    return start_grid(
        programme.bank, axis, ends[:, 0], ends[:, 1],
        programme.spend_gain[axis], programme.response_gain[axis], programme.budget,
    )  # fmt: skip


def refined(
    programme: Programme, grid: Grid, lines: Polylines, found: Round, target: Array,
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
    over = height - response
    wanted = _weights(programme, found.prices) * over > 0.1 * tolerance / len(axes)
    wanted |= _breaks_a_row(programme, found.spend, response, over)
    end = grid.straight[pieces]
    is_straight = (found.spend < end) & (bank.convex_until > grid.low[pieces])
    is_odd = (bank.concave_from > grid.low[pieces]) & (bank.concave_from != bank.convex_until)
    is_straight |= is_odd & _is_bridged(grid, lines, pieces, found.spend)
    split = wanted & is_straight
    points = np.repeat(grid.low[:, None], 2, axis=1)
    points[pieces, 0] = target
    touch = np.flatnonzero(wanted & ~split)
    points[pieces[touch], 1] = found.spend[touch]
    cuts = _cuts(bank, grid.low[pieces], grid.high[pieces], found.spend)
    return _rebuild(bank, grid, points, pieces, np.flatnonzero(split), found.spend, cuts)


def _cuts(bank: Bank, low: Array, high: Array, spend: Array) -> Array:
    """Where to cut each axis' piece: at its spend, a table at its nearest bend inside the piece."""
    ends = np.array(bank.straight_around(spend))
    inside = (low < ends) & (ends < high)
    away = np.where(inside, np.abs(ends - spend), np.inf)
    nearest = ends[away.argmin(axis=0), np.arange(len(spend))]
    return np.where(inside.any(axis=0), nearest, spend)


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


def _breaks_a_row(
    programme: Programme, spend: Array, response: Array, over: Array
) -> NDArray[np.bool_]:
    """Axes whose lines hide that a row is broken on the curves: the row may have no price at all.

    Parameters
    ----------
    over : by how much the lines exceed each axis' response
    """
    found = np.zeros(len(spend), dtype=bool)
    for row in programme.rows:
        excess = row.excess(spend, response)
        if row.response.any() and excess > 1e-9 * row.size(spend, response):
            hidden = np.abs(row.response) * over[row.axes]
            found[row.axes[hidden > 0.1 * excess / len(row.axes)]] = True
    return found


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
    has_choices = len(grid.axis) > len(pieces)
    beside = NEAR_WITH_CHOICES if has_choices else NEAR
    points[pieces] = nearest_points(points[pieces], spend, beside)
    return points


def _rebuild(
    bank: Bank, grid: Grid, points: Array, pieces: Index, split: Index, spend: Array, cuts: Array
) -> Grid:
    """The grid with new points, and two pieces in place of each one that is split."""
    low, high, axis = grid.low.copy(), grid.high.copy(), grid.axis
    points = np.hstack([_near(grid, pieces, spend), points])
    straight = grid.straight.copy()
    if split.size:
        rows, cut = pieces[split], cuts[split]
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
