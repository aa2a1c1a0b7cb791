"""The price of money at which channels spend what there is, for many problems at once.

At a price every channel decides for itself, in closed form: where its curve is concave it spends
until the slope has fallen to the price, and where it is S-shaped it does that or stays at its lower
end, whichever is worth more. What the channels then have, plus what the price earns on the money,
bounds every plan (weak duality); nothing of a curve is approximated.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index

Array = NDArray[np.floating]

ROUNDS = 80  # of bracketing a price
EVEN = np.arange(1, 8) / 8  # parts of the bracket at which prices are tried in any case
BESIDE = np.array([-1e-3, -1e-6, 0.0, 1e-6, 1e-3])  # likewise around the price guessed
NARROW = 1e-10  # width of a bracket that is one price, relative, and of money that is one amount
BESIDE_TOP = 1e-9  # of a concave part, how far below a spend the curve is touched a second time


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of problems, in each of which every channel is kept to an interval.

    Parameters
    ----------
    of : the problem of each part, shape (parts,)
    bound : what no plan of the part exceeds, as far as known, objective units
    least, most : money that has to be spent, and that can be
    axis, part : channel and part of each entry, shape (entries,), parts in order
    low, high : its interval
    """

    of: Index
    bound: Array
    least: Array
    most: Array
    axis: Index
    part: Index
    low: Array
    high: Array

    @cached_property
    def starts(self) -> Index:
        return np.flatnonzero(np.diff(self.part, prepend=-1))

    def total(self, values: Array) -> Array:
        """Sums by part of values by entry, shape (parts, ...)."""
        return np.add.reduceat(values, self.starts, axis=0)

    def chosen(self, parts: Index) -> Parts:
        """Some of the parts, in rising order."""
        number = np.full(len(self.of), -1)
        number[parts] = np.arange(len(parts))
        kept = number[self.part] >= 0
        return Parts(
            self.of[parts], self.bound[parts], self.least[parts], self.most[parts],
            self.axis[kept], number[self.part[kept]], self.low[kept], self.high[kept],
        )  # fmt: skip

    def beside(self, other: Parts) -> Parts:
        """These parts, then those of another."""
        pairs = [(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)]
        both = {f.name: np.concatenate(pair) for f, pair in zip(fields(self), pairs, strict=True)}
        both["part"][len(self.part) :] += len(self.of)
        return Parts(**both)


@dataclass(frozen=True, eq=False)
class Balanced:
    """The price of money at which each part spends what it has, from both sides.

    Parameters
    ----------
    price, bound : shape (parts,)
    spend : by entry, at a price that leaves money or just spends it
    more : by entry, at one that asks for at least what there is
    left : money left by `spend`, shape (parts,)
    stays, jumps : entries at their lower end below a concave part in `spend`, and those of them
        that are not in `more`
    """

    price: Array
    bound: Array
    spend: Array
    more: Array
    left: Array
    stays: NDArray[np.bool_]
    jumps: NDArray[np.bool_]

    def between(self, parts: Parts) -> Array:
        """The split that spends all that there is, where no entry jumps."""
        reach = parts.total(self.more - self.spend)
        share = np.divide(self.left, reach, out=np.zeros(len(reach)), where=reach > 0)
        return self.spend + np.minimum(share, 1.0)[parts.part] * (self.more - self.spend)


@dataclass(frozen=True, eq=False)
class Channels:
    """The channels of all problems, end to end.

    Parameters
    ----------
    bank : their curves
    weight, gain : objective per unit of response and of spend, shape (channels,)
    """

    bank: Bank
    weight: Array
    gain: Array

    def value(self, parts: Parts, spend: Array) -> Array:
        """Objective of a split of each part, shape (parts,)."""
        response = self.bank.response(parts.axis, spend[:, None])[:, 0]
        return parts.total(self.weight[parts.axis] * response + self.gain[parts.axis] * spend)

    def at(self, parts: Parts, price: Array) -> tuple[Array, NDArray[np.bool_], Array]:
        """Best spends at prices of money, which of them are lower ends below a concave part, and
        the best spends on the concave parts.

        Parameters
        ----------
        price : shape (parts, prices); the answers have the shape (entries, prices)
        """
        axis, low, high = parts.axis, parts.low[:, None], parts.high[:, None]
        cost = price[parts.part] - self.gain[axis, None]
        weight = self.weight[axis, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(weight > 0, cost / weight, np.where(cost > 0, np.inf, 0.0))
        start = np.clip(self.bank.concave_from[axis, None], low, high)
        spend = self.bank.spend_of_slope(axis, np.where(slope > 0, slope, 1.0))
        spend = top = np.where(slope > 0, np.clip(spend, start, high), high)
        stays = np.zeros(spend.shape, dtype=bool)
        shaped = np.flatnonzero(parts.low < start[:, 0])
        if shaped.size:
            at = self.bank.response(axis[shaped], np.hstack([low[shaped], spend[shaped]]))
            gained = weight[shaped] * (at[:, 1:] - at[:, :1])
            stays[shaped] = gained <= cost[shaped] * (spend[shaped] - low[shaped])
            spend = np.where(stays, low, spend)
        return spend, stays, top

    def bound(self, parts: Parts, price: Array, top: Array) -> Array:
        """What no plan of each part exceeds, given a price of money.

        A concave part lies below its tangents at any two of its points, and what comes before it
        below a line from the lower end to it: so the bound holds wherever `top` touches.

        Parameters
        ----------
        price : shape (parts,)
        top : a spend on the concave part of each entry, best at the price
        """
        axis, low, high = parts.axis, parts.low, parts.high
        start = np.clip(self.bank.concave_from[axis], low, high)
        below = top - BESIDE_TOP * (top - start)  # a table may bend at the top itself
        response = self.bank.response(axis, np.column_stack([low, below, top]))
        slope = self.bank.marginal(axis, np.column_stack([below, top]))
        weight, cost = self.weight[axis], price[parts.part] - self.gain[axis]
        with np.errstate(invalid="ignore"):
            net = np.where(weight > 0, weight * slope.T, 0.0) - cost
            ahead = np.where(high > top, np.maximum(net[1] * (high - top), 0.0), 0.0)
            reach = np.maximum(net[0] * (start - below), net[0] * (top - below))
            back = np.where(below > start, np.maximum(reach, 0.0), 0.0)
        worth = weight * response.T - cost * np.stack([low, below, top])
        best = np.maximum(worth[0], np.maximum(worth[1] + back, worth[2] + ahead))
        money = np.where(price > 0, parts.most, parts.least)
        return parts.total(best) + np.where(price == 0, 0.0, price * money)


def balanced(channels: Channels, parts: Parts) -> Balanced:
    """Bracket the price at which each part spends its money, all at once."""
    free, _, _ = channels.at(parts, np.zeros((len(parts.of), 1)))
    money = parts.total(free)[:, 0]
    short = money < parts.least
    target = np.where(short, parts.least, parts.most)
    costs = np.minimum.reduceat(channels.gain[parts.axis], parts.starts)
    low = np.where(short, costs, 0.0)
    high = np.where(money > parts.most, _steepest(channels, parts), 0.0)
    open_ = np.flatnonzero(low < high)
    if open_.size:
        low[open_], high[open_] = _bracketed(
            channels, parts.chosen(open_), target[open_], low[open_], high[open_]
        )
    spend, stays, top = channels.at(parts, np.column_stack([high, low]))
    bound = np.minimum(*(channels.bound(parts, (high, low)[k], top[:, k]) for k in (0, 1)))
    is_free = (low == high) & ~short
    left = np.where(is_free, 0.0, np.maximum(target - parts.total(spend[:, 0]), 0.0))
    jumps = stays[:, 0] & ~stays[:, 1]
    return Balanced(high, bound, spend[:, 0], spend[:, 1], left, stays[:, 0], jumps)


def _steepest(channels: Channels, parts: Parts) -> Array:
    """A price at which no channel of a part wants more than next to nothing."""
    start = np.clip(channels.bank.concave_from[parts.axis], parts.low, parts.high)
    slope = channels.bank.marginal(parts.axis, start[:, None])[:, 0]
    beside = start + 1e-12 * (parts.high - start)
    near = channels.bank.marginal(parts.axis, beside[:, None])[:, 0]
    slope = np.where(np.isfinite(slope), slope, near)
    with np.errstate(invalid="ignore"):
        worth = channels.weight[parts.axis] * slope + channels.gain[parts.axis]
    worth = np.where(np.isfinite(worth), worth, 0.0)
    return np.maximum(np.maximum.reduceat(worth, parts.starts), 1e-300) * (1 + 1e-9)


def _bracketed(
    channels: Channels, parts: Parts, target: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Ends of a narrow bracket: at `low` a part asks for more than its target, not at `high`."""
    low, high = low.copy(), high.copy()
    asked = np.column_stack([parts.total(parts.high), parts.total(parts.low)])  # at low, at high
    rest, own = np.arange(len(low)), parts
    for _ in range(ROUNDS):
        a, b = low[rest], high[rest]
        prices = _tried(a, b, asked[rest], target[rest])
        money = own.total(channels.at(own, prices)[0])
        wants = money > target[rest, None]
        rows = np.arange(len(rest))
        first = np.where(wants, prices, -np.inf).argmax(axis=1)
        last = np.where(wants, np.inf, prices).argmin(axis=1)
        is_first, is_last = wants.any(axis=1), ~wants.all(axis=1)
        low[rest] = np.where(is_first, prices[rows, first], a)
        high[rest] = np.where(is_last, prices[rows, last], b)
        # Where even the highest price leaves too many wishes, the bracket has to grow.
        high[rest] = np.where(is_last | (prices.max(axis=1) < b), high[rest], 1e3 * b)
        asked[rest, 0] = np.where(is_first, money[rows, first], asked[rest, 0])
        asked[rest, 1] = np.where(is_last, money[rows, last], asked[rest, 1])
        width = high[rest] - low[rest]
        is_wide = width > NARROW * np.maximum(np.abs(high[rest]), np.abs(low[rest]))
        is_wide &= asked[rest, 0] - asked[rest, 1] > NARROW * np.abs(target[rest])
        if not is_wide.any():
            break
        if is_wide.sum() < 0.7 * len(rest):
            rest = rest[is_wide]
            own = parts.chosen(rest)
    return low, high


def _tried(low: Array, high: Array, asked: Array, target: Array) -> Array:
    """Prices in brackets: even ones, and some close to where the money asked for would be right.

    Where a bracket spans magnitudes its middle is geometric.
    """
    gap = asked[:, 0] - asked[:, 1]
    share = np.divide(asked[:, 0] - target, gap, out=np.full(len(gap), 0.5), where=gap > 0)
    beside = np.clip(share[:, None] + BESIDE, 0.0, 1.0)
    shares = np.hstack([np.broadcast_to(EVEN, (len(low), len(EVEN))), beside])
    shares = np.hstack([shares, np.ones((len(low), 1))])
    is_far = (low > 0) & (high > 2 * low)
    with np.errstate(divide="ignore", invalid="ignore"):
        geometric = low[:, None] * (high / low)[:, None] ** shares
    even = low[:, None] + (high - low)[:, None] * shares
    # From nothing upward, magnitudes are tried first.
    from_zero = high[:, None] * 10.0 ** (-12 * (1 - shares))
    prices = np.where(is_far[:, None], geometric, even)
    return np.where((low == 0)[:, None] & (high > 0)[:, None], from_zero, prices)
