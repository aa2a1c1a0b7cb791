"""A budget between bounds and nothing else, solved in plain NumPy without any linear programme.

Branch and bound on the concave envelopes (Udell and Boyd, *Maximizing a sum of sigmoids*, 2013):
the price of money is found by bisection, at most one channel is left inside the straight part of
its envelope, and its interval is split there. It knows no other rule: a limit to approach.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank
from optimizer.relaxation.envelopes import straight_end

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Refereed:
    """Best value found, a bound on all values, and how many nodes it took."""

    value: float
    bound: float
    nodes: int


def referee(bank: Bank, low: Array, high: Array, budget: float, gap: float) -> Refereed:
    """Maximise the sum of responses with ``sum(x) = budget``, ``low <= x <= high``."""
    best, nodes, counter = -np.inf, 0, 0
    first = _relax(bank, low, high, budget)
    queue = [(-first[0], counter, low, high, *first)]
    while queue:
        bound, _, low, high, _, value, axis, cut = heapq.heappop(queue)
        bound, nodes = -bound, nodes + 1
        best = max(best, value)
        if bound - best <= gap * abs(best) or axis < 0:
            return Refereed(best, max(bound, best), nodes)
        for side in (0, 1):
            lows, highs = low.copy(), high.copy()
            (highs if side == 0 else lows)[axis] = cut
            if lows.sum() <= budget <= highs.sum():
                counter += 1
                child = _relax(bank, lows, highs, budget)
                best = max(best, child[1])
                heapq.heappush(queue, (-child[0], counter, lows, highs, *child))
    return Refereed(best, best, nodes)


def _relax(bank: Bank, low: Array, high: Array, budget: float) -> tuple[float, float, int, float]:
    """Bound on the envelopes, value of its spend, and the axis to split with where (-1: none)."""
    axes = np.arange(len(low))
    end = straight_end(bank, axes, low, high)
    at_low, at_end = bank.response(axes, np.column_stack([low, end])).T
    width = end - low
    chord = np.where(width > 0, (at_end - at_low) / np.where(width > 0, width, 1.0), np.inf)
    ends = bank.marginal(axes, np.column_stack([np.maximum(end, 1e-12 * high), high]))
    prices = [0.0, float(np.max(np.where(np.isfinite(chord), chord, ends[:, 0])))]
    spend = low
    for _ in range(100):
        price = 0.5 * (prices[0] + prices[1])
        spend = _respond(bank, axes, end, high, low, chord, price)
        prices[int(spend.sum() < budget)] = price
    high_spend = _respond(bank, axes, end, high, low, chord, prices[0])
    low_spend = _respond(bank, axes, end, high, low, chord, prices[1])
    spend, jump = low_spend.copy(), high_spend - low_spend
    missing = budget - spend.sum()
    for axis in np.argsort(-jump):
        take = min(max(missing, 0.0), jump[axis])
        spend[axis] += take
        missing -= take
    inside = (spend > low) & (spend < end)
    response = bank.at(spend)[0]
    hull = np.where(inside, at_low + np.where(inside, chord, 0.0) * (spend - low), response)
    bound = float(hull.sum() + prices[1] * max(missing, 0.0))
    excess = hull - response
    axis = int(excess.argmax()) if inside.any() and excess.max() > 0 else -1
    value = float(response.sum()) if abs(missing) <= 1e-9 * budget else -np.inf
    return bound, value, axis, float(spend[axis])


def _respond(bank, axes, end, high, low, chord, price: float) -> Array:
    """Best spend on the envelope at a price: the lower end, or beyond the straight part."""
    left, right = end.copy(), high.copy()
    for _ in range(45):
        middle = 0.5 * (left + right)
        steep = bank.marginal(axes, middle[:, None])[:, 0] > price
        left, right = np.where(steep, middle, left), np.where(steep, right, middle)
    return np.where(chord >= price, left, low)
