"""From a plan on straight lines to the optimum on the curves nearby, and its exact prices.

With the pieces of all curves fixed and the rows in force known, the optimum satisfies: every free
axis has the slope that the rows' prices ask for, and the rows hold. That is a small system in the
prices, and in the spend of the axes on straight lines, solved by Newton's method. Nothing rests on
it: a polished plan is scored and its bound proven like any other; it only makes the rounds of
refinement few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Programme, Row
from optimizer.search.lagrangian import priced

Array = NDArray[np.floating]

_TOLERANCE = 1e-12  # of a row's size
_NEWTON_STEPS = 20


@dataclass(frozen=True, eq=False)
class Polished:
    """Spend per axis and price per row of the programme."""

    spend: Array
    prices: Array


def polish(
    programme: Programme, low: Array, high: Array, spend: Array, prices: Array
) -> Polished | None:
    """The optimum around a plan; None where Newton's method does not find one.

    Parameters
    ----------
    low, high : interval of each axis on which its curve is concave; equal where it stays put
    spend, prices : the plan and its prices to begin with
    """
    active = [
        k
        for k in np.flatnonzero(prices)
        if not programme.rows[k].counts_still
    ]  # fmt: skip
    spend = np.clip(spend, low, high)
    current = prices.copy()
    if not active:
        return Polished(respond(programme, current, low, high, spend)[0], current)
    lines = _is_straight(programme, low, high)
    straight = np.flatnonzero(lines & (spend > low) & (spend < high))
    for steps in range(_NEWTON_STEPS):
        still, lowest, highest, before = spend[straight], low.copy(), high.copy(), spend
        lowest[straight] = highest[straight] = still
        spend, slope, bend = respond(programme, current, lowest, highest, spend)
        flips = np.flatnonzero(lines & (np.abs(spend - before) > 0.99 * (high - low)))
        if flips.size and steps:  # the price is their own slope: they take what the rest leaves
            straight = np.union1d(straight, flips)
            spend[flips] = 0.5 * (low + high)[flips]
            still = spend[straight]
        response, _ = programme.bank.at(spend)
        rows = [programme.rows[k] for k in active]
        residual = np.array([_residual(row, spend, response) for row in rows])
        size = np.array([_size(row, spend) for row in rows])
        costs = priced(programme, current)
        short = costs.weight[straight] * slope[straight] - costs.cost[straight]
        is_level = np.abs(short) <= _TOLERANCE * np.abs(costs.cost[straight])
        if np.all(np.abs(residual) <= _TOLERANCE * size) and is_level.all():
            return Polished(spend, current)
        matrix = _matrix(programme, active, slope)
        moves = (spend > lowest) & (spend < highest) & (bend < 0) & (costs.weight > 0)
        # Money that works later: too few curves for the prices.
        if moves.sum() + len(straight) < len(active):
            return None
        curvature = bend[moves] * costs.weight[moves]
        jacobian = matrix[moves].T @ (matrix[moves] / curvature[:, None])
        step = _step(jacobian, matrix[straight], residual, short)
        if step is None:
            return None
        ahead, move = step[: len(active)], step[len(active) :]
        largest = np.abs(ahead / np.maximum(np.abs(current[active]), 1e-300)).max()
        share = min(1.0, 0.5 / largest if largest > 0.5 else 1.0)
        current[active] += share * ahead
        spend[straight] = np.clip(still + share * move, low[straight], high[straight])
    return None


def _is_straight(programme: Programme, low: Array, high: Array) -> NDArray[np.bool_]:
    """Axes on one rising straight line: no price says how much they spend."""
    within = low[:, None] + (high - low)[:, None] * np.array([0.01, 0.5, 0.99])
    slopes = programme.bank.marginal(np.arange(len(high)), within)
    with np.errstate(invalid="ignore"):  # where a slope is infinite
        spread = slopes.max(axis=1) - slopes.min(axis=1)
    return (low < high) & (slopes[:, 1] > 0) & (spread <= 1e-9 * slopes[:, 1])


def _step(jacobian: Array, straight: Array, residual: Array, short: Array) -> Array | None:
    """How prices, and spend on straight lines, have to change: rows hold, slopes meet the prices.

    Scaled so that money counts the same in both halves of the system.
    """
    count = len(straight)
    scale = np.abs(jacobian).max(initial=0.0) or 1.0
    system = np.block([[jacobian / scale, straight.T], [straight, np.zeros((count, count))]])
    right = np.concatenate([-residual, short * scale])
    step, _, rank, _ = np.linalg.lstsq(system, right, rcond=1e-12)
    if rank < len(right) or not np.isfinite(step).all():
        return None
    return np.concatenate([step[: len(residual)] / scale, step[len(residual) :]])


def _matrix(programme: Programme, active: list, slope: Array) -> Array:
    """What one more unit of spend on each axis adds to each active row, shape (axes, rows)."""
    matrix = np.zeros((len(slope), len(active)))
    for column, number in enumerate(active):
        row = programme.rows[number]
        np.add.at(matrix[:, column], row.axes, row.gradient(slope))
    return matrix


def respond(
    programme: Programme, prices: Array, low: Array, high: Array, spend: Array
) -> tuple[Array, Array, Array]:
    """Best spend of each axis at given prices, with slope and curvature there.

    The slope wanted is ``(sum of price * row's spend coefficient - spend gain) / weight``; found
    by Newton's method inside a bracket, all axes at once.
    """
    bank = programme.bank
    costs = priced(programme, prices)
    with np.errstate(divide="ignore", invalid="ignore"):
        target = np.where(costs.weight > 0, costs.cost / costs.weight, np.inf)
    left, right, now = low.copy(), high.copy(), spend.copy()
    for _ in range(40):
        slope, bend = _slope_and_bend(bank, now, high)
        rises = slope > target
        left, right = np.where(rises, now, left), np.where(rises, right, now)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (slope - target) / bend
        trial = now - step
        inside = np.isfinite(trial) & (trial >= left) & (trial <= right)
        ahead = np.where(inside, trial, 0.5 * (left + right))
        # The ends themselves are answers too: a slope that never falls to the target, or starts
        # below it.
        ahead = np.where(rises & (now >= high), high, np.where(~rises & (now <= low), low, ahead))
        if np.all(np.abs(ahead - now) <= 1e-14 * high):
            now = ahead
            break
        now = ahead
    slope, bend = _slope_and_bend(bank, now, high)
    return now, slope, bend


def _slope_and_bend(bank, spend: Array, high: Array) -> tuple[Array, Array]:
    """Slope, and curvature by a forward difference of slopes."""
    step = np.maximum(1e-6 * spend, 1e-12 * np.maximum(high, 1e-300))
    index = np.arange(len(spend))
    slopes = bank.marginal(index, np.column_stack([spend, spend + step]))
    with np.errstate(invalid="ignore"):
        return slopes[:, 0], (slopes[:, 1] - slopes[:, 0]) / step


def _limit(row: Row, activity: float) -> float:
    """The limit of a row that it is nearer to."""
    return row.lower if abs(activity - row.lower) <= abs(activity - row.upper) else row.upper


def _residual(row: Row, spend: Array, response: Array) -> float:
    activity = row.activity(spend, response)
    return activity - _limit(row, activity)


def _size(row: Row, spend: Array) -> float:
    limits = [abs(limit) for limit in (row.lower, row.upper) if np.isfinite(limit)]
    return max(float(np.abs(row.spend) @ np.abs(spend[row.axes])), *limits, 1e-300)
