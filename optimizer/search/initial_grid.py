"""Where the straight lines should touch the curves before any programme is solved.

Money goes to the steepest segments of coarse envelopes until the budget is spent: the greedy
solution of the programme with a budget and bounds alone. It gives a price of money; the curves
are then touched where their slope is near that price, which is where the optimum will be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from optimizer.relaxation.envelopes import Grid, Polylines, envelope, make_grid

Array = NDArray[np.floating]

# Fractions of a piece, from its end of saturation down to where steep curves start.
_COARSE = np.concatenate([[1e-6, 1e-4, 1e-3, 4e-3], np.geomspace(0.01, 1.0, 20)[:-1]])
_LEVELS = np.array([0.3, 0.6, 0.85, 0.96, 1.0, 1.04, 1.15, 1.6, 3.0])


def coarse_grid(bank: Bank, axis: Index, low: Array, high: Array) -> Grid:
    """Points all over each piece, closer together at its lower end."""
    points = low[:, None] + (high - low)[:, None] * _COARSE
    return make_grid(bank, axis, low, high, points)


def greedy(
    lines: Polylines, spend_gain: Array, response_gain: Array, budget: float
) -> tuple[Array, float]:
    """The programme with a budget and bounds alone on concave lines, one piece per axis.

    Parameters
    ----------
    spend_gain, response_gain : objective per unit of spend and of response, per piece
    budget : money beyond the lower ends of all pieces

    Returns
    -------
    Spend per piece, money, and the objective per further unit of money, at least 0.
    """
    piece, length, slope = lines.segments()
    gain = slope * response_gain[piece] + spend_gain[piece]
    order = np.argsort(-gain, kind="stable")
    before = np.cumsum(length[order]) - length[order]
    used = np.where(gain[order] > 0, np.clip(budget - before, 0.0, length[order]), 0.0)
    within = np.bincount(piece[order], weights=used, minlength=len(lines.spends))
    is_enough = before[-1] + length[order[-1]] >= budget if len(order) else False
    last = order[max(int(np.searchsorted(before, budget)) - 1, 0)] if is_enough else None
    price = 0.0 if last is None else max(float(gain[last]), 0.0)
    return lines.spends[:, 0] + within, price


def touching_points(bank: Bank, grid: Grid, target: Array) -> Array:
    """Spends where each curve's slope is near its `target`, shape (pieces, levels).

    Parameters
    ----------
    grid : points at which the slope is known; between them it is interpolated
    target : slope looked for in each piece (responses per unit of money)
    """
    slopes = bank.marginal(grid.axis, grid.points)
    wanted = np.clip(target, 1e-300, 1e300)[:, None] * _LEVELS
    # Beyond the straight part slopes fall; before it they do not matter.
    spends = grid.points[:, ::-1]
    rising = np.maximum.accumulate(np.minimum(slopes[:, ::-1], 1e300), axis=1)
    after = (rising[:, None, :] < wanted[:, :, None]).sum(axis=2)
    right = np.minimum(after, rising.shape[1] - 1)
    left = np.maximum(right - 1, 0)

    def at(table: Array, column: Index) -> Array:
        return np.take_along_axis(table, column, axis=1)

    gap = at(rising, right) - at(rising, left)
    with np.errstate(over="ignore"):
        share = np.divide(wanted - at(rising, left), gap, out=np.ones_like(gap), where=gap > 0)
    span = at(spends, right) - at(spends, left)
    return at(spends, left) + np.clip(share, 0.0, 1.0) * span


def start_grid(
    bank: Bank,
    axis: Index,
    low: Array,
    high: Array,
    spend_gain: Array,
    response_gain: Array,
    budget: float,
) -> Grid:
    """The grid a sandwich begins with: `budget` is money in all, gains are per piece."""
    grid = coarse_grid(bank, axis, low, high)
    rest = budget - low.sum()
    for _ in range(2):
        price = greedy(envelope(bank, grid), spend_gain, response_gain, rest)[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            target = np.where(response_gain > 0, (price - spend_gain) / response_gain, 1e300)
        points = np.hstack([touching_points(bank, grid, target), bank.knots(axis)])
        grid = make_grid(bank, axis, low, high, points, grid.straight)
    return grid
