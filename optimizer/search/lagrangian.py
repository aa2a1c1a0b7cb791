"""What prices prove without a solver: a bound on every plan, and spends that no better plan uses.

At given prices of the rows the programme falls apart into one small problem per axis, in which a
response is worth `weight` and a unit of money costs `cost`. What the axes reach at best, plus what
the prices earn on the limits, is not below the objective of any plan (weak duality). A spend that
falls short of its axis' best by more than that bound exceeds a known plan is part of no better one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, Polylines, make_grid, nearest_points, straight_end

Array = NDArray[np.floating]

# Where a piece that has become narrow is touched, as a share of the way from the plan to its ends.
WITHIN = 0.25


@dataclass(frozen=True, eq=False)
class Priced:
    """The objective with every row moved into it at its price.

    Parameters
    ----------
    weight : objective per unit of response of each axis
    cost : what a unit of money must bring on each axis to be worth it, objective units
    """

    weight: Array
    cost: Array

    def worth(self, axis: Index, lines: Polylines) -> Array:
        """Value of every vertex of the pieces' polylines, in objective units."""
        return self.weight[axis, None] * lines.responses - self.cost[axis, None] * lines.spends


def priced(programme: Programme, prices: Array) -> Priced:
    """The programme at these prices of its rows."""
    weight, cost = programme.response_gain.copy(), -programme.spend_gain
    for number in np.flatnonzero(prices):
        row, price = programme.rows[number], prices[number]
        np.add.at(cost, row.axes, price * row.spend)
        np.subtract.at(weight, row.axes, price * row.response)
    return Priced(weight, cost)


def _earned(programme: Programme, prices: Array) -> tuple[Array, float]:
    """The prices that prove something, the others 0, and what they earn on their rows' limits.

    A price proves nothing where its row has no limit on that side, or counts axes.
    """
    proving, earned = np.zeros(len(prices)), 0.0
    for number in np.flatnonzero(prices):
        row, price = programme.rows[number], float(prices[number])
        limit = row.upper if price > 0 else row.lower
        if np.isfinite(limit) and not row.counts_still:
            proving[number] = price
            earned += price * limit
    return proving, earned


@dataclass(frozen=True, eq=False)
class Dual:
    """The best that each axis could do at given prices, on lines above its curve.

    Parameters
    ----------
    spend : where each axis does best, money
    piece : in which of its pieces
    bound : no plan's objective is greater
    """

    spend: Array
    piece: Index
    bound: float
    _most: Array
    _worth: Array

    def short_by(self, axis: Index) -> Array:
        """What every vertex lacks to its axis' best, in objective units."""
        return self._most[axis, None] - self._worth


def dual(programme: Programme, grid: Grid, lines: Polylines, prices: Array) -> Dual:
    """Every axis at its best, all rows at their prices; the lines are envelopes of the pieces."""
    proving, earned = _earned(programme, prices)
    worth = priced(programme, proving).worth(grid.axis, lines)
    best = worth.argmax(axis=1)
    pieces = np.arange(len(best))
    of_piece = worth[pieces, best]
    order = np.lexsort((of_piece, grid.axis))
    last = np.searchsorted(grid.axis[order], np.arange(len(programme.curves)), side="right") - 1
    piece = order[last]
    most = of_piece[piece]
    spend = lines.spends[piece, best[piece]]
    return Dual(spend, piece, earned + float(most.sum()), most, worth)


def narrowed(
    bank: Bank, grid: Grid, lines: Polylines, best: Dual, slack: float, plan: Array, beside: int
) -> Grid | None:
    """The grid without the spends that no better plan uses; None where an axis has none left.

    Parameters
    ----------
    slack : by how much the dual's bound exceeds a known plan, objective units
    plan : spend per axis at which the lines touch the pieces
    beside : how many touching points are kept on each side of it
    """
    short = best.short_by(grid.axis)
    good = short <= slack
    kept = np.flatnonzero(good.any(axis=1))
    axis = grid.axis[kept]
    if len(np.unique(axis)) < len(bank):
        return None
    low, high = _ends(lines.spends[kept], short[kept], good[kept], slack)
    old, straight = grid.points[kept], grid.straight[kept]
    moved = np.flatnonzero(low > old[:, 0])
    straight = np.clip(straight, low, high)
    straight[moved] = straight_end(bank, axis[moved], low[moved], high[moved])
    centre = np.clip(plan[axis], low, high)
    points = np.column_stack([nearest_points(old, centre, beside), centre])
    if beside:
        ends = [centre + (end - centre) * WITHIN for end in (low, high)]
        points = np.column_stack([points, *ends])
    return make_grid(bank, axis, low, high, np.clip(points, low[:, None], high[:, None]), straight)


def _ends(
    spends: Array, short: Array, good: NDArray[np.bool_], slack: float
) -> tuple[Array, Array]:
    """Where each concave polyline enters and leaves the vertices that are good enough."""
    rows, last = np.arange(len(spends)), spends.shape[1] - 1
    first = good.argmax(axis=1)
    final = last - good[:, ::-1].argmax(axis=1)

    def between(inside: Index, outside: Index) -> Array:
        here, there = short[rows, inside], short[rows, outside]
        gap = there - here
        share = np.divide(slack - here, gap, out=np.zeros(len(rows)), where=gap > 0)
        return spends[rows, inside] + np.clip(share, 0, 1) * (
            spends[rows, outside] - spends[rows, inside]
        )

    return between(first, np.maximum(first - 1, 0)), between(final, np.minimum(final + 1, last))
