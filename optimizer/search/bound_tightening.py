"""The best that one block can do at given prices, bounded from above by branch and bound.

At a node every axis lies in an interval; its curve is replaced by the concave envelope there. The
linear programme over the envelopes gives prices of the block's rows, and from the prices follow,
by weak duality, a bound on the node and for every axis the spends that no plan better than the
known one uses. What they leave at the root is tightened further by asking for the least and the
greatest spend of an axis among the plans that are not worse (optimality-based bound tightening:
Gleixner, Berthold, Müller and Weltge, *Three enhancements for optimization-based bound
tightening*, 2017), and what is then still open is cut in two where the envelope lies farthest
above the curve.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, Polylines, envelope, make_grid, straight_end
from optimizer.relaxation.polyline_lp import Aim, Limits, PolylineProgram, worth_of
from optimizer.relaxation.solver import Clock
from optimizer.search.local_plan import LocalSearch

Array = NDArray[np.floating]

# Where lines touch a curve beside the plan, as shares of the way to the ends of its interval.
TOUCHES = np.array([0.02, 0.12, 0.45])
HALVINGS = 14  # the end of an envelope's straight part is known to so many binary digits
EDGE = 0.15  # of an interval: a cut is never nearer to its ends
MOST_TOUCHES = 4  # linear programmes at a node, each with lines nearer to the curves
MOST_ROUNDS = 4  # of tightening all axes of the root
ENOUGH = 0.9  # tightening ends when all intervals together shrink by less
NARROW = 1e-7  # width of an interval, relative to its ends, that is not worth tightening
ROOM = 1e-9  # relative, left to intervals beyond what rounding may have taken
LOCAL_STEPS = 4  # linear programmes to better a plan met on the way
NO_CLOCK = Clock(None)


@dataclass(frozen=True, eq=False)
class Node:
    """Intervals of all axes, and what no plan within them exceeds.

    Parameters
    ----------
    low, high : ends per axis, money
    bound : no plan of the node is better
    axis, cut : where it is cut next; -1: nothing is left to cut
    """

    low: Array
    high: Array
    bound: float
    axis: int = -1
    cut: float = 0.0


class BlockSearch:
    """The open nodes of a block at given prices, and the best plan seen.

    Parameters
    ----------
    programme : the block, coupling rows paid for; one interval per axis, no steps, no counts
    plan : a plan that keeps the block's rows
    tolerance : what may stay unproven, objective units
    rounding : relative violation of a row that counts as the solver's rounding
    """

    def __init__(
        self, programme: Programme, plan: Array, tolerance: float, rounding: float
    ) -> None:
        self.plan, self.value, self.nodes = plan, programme.value(plan), 0
        self._programme, self._bank = programme, programme.bank
        self._tolerance, self._rounding = tolerance, rounding
        self._limits = Limits.of(programme)
        self._lp = PolylineProgram(self._limits, programme.scale)
        self._local = LocalSearch(programme, rounding)
        self._aim = Aim(programme.spend_gain, programme.response_gain)
        self._queue: list[tuple[float, int, Node]] = []
        self._closed = -np.inf
        low, high = followed(programme.low, programme.high, self._limits)
        self._keep(self._rooted(Node(low, high, np.inf)))

    @property
    def bound(self) -> float:
        """No plan of the block is better."""
        unproven = -self._queue[0][0] if self._queue else -np.inf
        return max(unproven, self._closed, self.value)

    @property
    def is_closed(self) -> bool:
        """Whether no node is left to be cut."""
        return not self._queue

    def step(self) -> None:
        """Cut the node with the greatest bound."""
        _, _, node = heapq.heappop(self._queue)
        if self._is_good_enough(node):
            self._closed = max(self._closed, node.bound)
            return
        for side in (0, 1):
            low, high = node.low.copy(), node.high.copy()
            (high if side == 0 else low)[node.axis] = node.cut
            found = self._relaxed(Node(low, high, node.bound))
            self._keep(None if found is None else found[0])

    def _is_good_enough(self, node: Node) -> bool:
        return node.bound <= self.value + self._tolerance or node.axis < 0

    def _keep(self, node: Node | None) -> None:
        if node is None:
            return
        if self._is_good_enough(node):
            self._closed = max(self._closed, node.bound)
        else:
            heapq.heappush(self._queue, (-node.bound, self.nodes, node))

    def _rooted(self, node: Node) -> Node | None:
        """The first node, its intervals tightened as long as that pays."""
        found = self._relaxed(node)
        for number in range(MOST_ROUNDS):
            if found is None or self._is_good_enough(found[0]):
                break
            node, lines = found
            low, high = self._tightened(node, lines)
            is_last = (high - low).sum() > ENOUGH * (node.high - node.low).sum() and number > 0
            found = self._relaxed(Node(low, high, node.bound))
            if is_last:
                break
        return None if found is None else found[0]

    def _relaxed(self, node: Node) -> tuple[Node, Polylines] | None:
        """A node with its bound, without what no better plan uses; None where nothing is left."""
        self.nodes += 1
        low, high, bound = node.low, node.high, node.bound
        centre, lines, cut = np.clip(self.plan, low, high), None, (-1, 0.0)
        for _ in range(MOST_TOUCHES):
            lines = envelope(self._bank, grid_around(self._bank, low, high, centre))
            self._lp.load(lines)
            solved = self._lp.solve(self._aim)
            if solved is None:
                if self._lp.proves_infeasible(lines):
                    return None
                cut = cut if cut[0] >= 0 else self._widest(low, high)
                break
            prices, earned = self._limits.proving(solved.prices)
            left = self._limits.priced(self._aim, prices)
            worth = worth_of(left, lines)
            most = worth.max(axis=1)
            proven = earned + float(most.sum())
            bound = min(bound, proven)
            if min(bound, proven) < self.value:
                return None
            low, high = good_ends(lines, worth, most, proven - self.value, low, high)
            self._try(solved.spend, bound)
            sag = left.response_gain * np.maximum(
                lines.at(solved.spend) - self._bank.at(solved.spend)[0], 0.0
            )
            is_bent = (self._bank.concave_from > low) & (high - low > NARROW * high)
            cut = self._cut(np.where(is_bent, sag, 0.0), solved.spend, low, high)
            centre = np.clip(solved.spend, low, high)
            if sag[~is_bent].sum() <= 0.3 * (bound - self.value):
                break
        assert lines is not None
        return Node(low, high, bound, *cut), lines

    def _cut(self, sag: Array, spend: Array, low: Array, high: Array) -> tuple[int, float]:
        """The axis whose envelope lies farthest above its curve, and where to cut it."""
        axis = int(sag.argmax())
        if sag[axis] <= 0:
            return -1, 0.0
        room = EDGE * (high[axis] - low[axis])
        return axis, float(np.clip(spend[axis], low[axis] + room, high[axis] - room))

    def _widest(self, low: Array, high: Array) -> tuple[int, float]:
        """The widest interval that is worth a cut, and its middle."""
        width = np.where(high - low > NARROW * high, high - low, 0.0)
        axis = int(width.argmax())
        return (axis, 0.5 * (low[axis] + high[axis])) if width[axis] > 0 else (-1, 0.0)

    def _try(self, spend: Array, bound: float) -> None:
        """Keep a plan that is better than the one known; better it first if it nearly is."""
        response, _ = self._bank.at(spend)
        value = self._aim.value(spend, response)
        if value < self.value - (bound - self.value):
            return
        if self._limits.violation(spend, response) <= self._rounding and value > self.value:
            self.plan, self.value = spend, value
        found = self._local.bettered(spend, 0.1 * self._tolerance, NO_CLOCK, LOCAL_STEPS)
        if found is not None and found.value > self.value:
            self.plan, self.value = found.spend, found.value

    def _tightened(self, node: Node, lines: Polylines) -> tuple[Array, Array]:
        """Least and greatest spend of every bent axis among the plans not worse than the known."""
        self._lp.load(lines, (self._aim, self.value))
        low, high = node.low.copy(), node.high.copy()
        is_bent = (self._bank.concave_from > low) & (self._programme.response_gain > 0)
        for axis in np.flatnonzero(is_bent & (high - low > NARROW * high)):
            for sign in (1.0, -1.0):
                one = np.zeros(len(low))
                one[axis] = sign
                end = self._reach(Aim(one, np.zeros(len(low))), lines)
                room = ROOM * high[axis]
                if sign > 0:
                    high[axis] = max(min(high[axis], end + room), low[axis])
                else:
                    low[axis] = min(max(low[axis], -end - room), high[axis])
        return low, high

    def _reach(self, aim: Aim, lines: Polylines) -> float:
        """What no plan at least as good as the known one exceeds in another aim (weak duality)."""
        solved = self._lp.solve(aim)
        if solved is None:
            return np.inf
        weight = max(-solved.cutoff_price, 0.0)
        mixed = Aim(
            aim.spend_gain + weight * self._aim.spend_gain,
            aim.response_gain + weight * self._aim.response_gain,
        )
        prices, earned = self._limits.proving(solved.prices)
        worth = worth_of(self._limits.priced(mixed, prices), lines)
        return earned - weight * self.value + float(worth.max(axis=1).sum())


def grid_around(bank: Bank, low: Array, high: Array, centre: Array) -> Grid:
    """Lines that touch each curve at a centre and at few spends on each side of it."""
    middle = centre[:, None]
    points = np.column_stack(
        [
            middle - (middle - low[:, None]) * TOUCHES,
            middle,
            middle + (high[:, None] - middle) * TOUCHES,
        ]
    )
    axes = np.arange(len(bank))
    straight = straight_end(bank, axes, low, high, HALVINGS)
    return make_grid(bank, axes, low, high, points, straight)


def followed(low: Array, high: Array, limits: Limits) -> tuple[Array, Array]:
    """Intervals without what the equalities between spends alone forbid, row by row."""
    low, high = low.copy(), high.copy()
    links, responses = limits.spend, limits.response
    for number in np.flatnonzero(limits.lower == limits.upper):
        start, stop = links.indptr[number], links.indptr[number + 1]
        if responses.indptr[number] < responses.indptr[number + 1] or start == stop:
            continue
        axes, weights = links.indices[start:stop], links.data[start:stop]
        ends = np.array([weights * low[axes], weights * high[axes]])
        least, most = ends.min(axis=0), ends.max(axis=0)
        # Each term is the limit less what the others come to.
        one = (limits.lower[number] - (most.sum() - most)) / weights
        other = (limits.upper[number] - (least.sum() - least)) / weights
        room = ROOM * high[axes]
        low[axes] = np.maximum(low[axes], np.minimum(one, other) - room)
        high[axes] = np.minimum(high[axes], np.maximum(one, other) + room)
    return np.minimum(low, high), high


def good_ends(
    lines: Polylines, worth: Array, most: Array, slack: float, low: Array, high: Array
) -> tuple[Array, Array]:
    """Intervals without the spends that fall short of what their axis is worth at most by more
    than `slack`."""
    floor = most - slack
    good = worth >= floor[:, None]
    rows, last = np.arange(len(worth)), worth.shape[1] - 1
    first, final = good.argmax(axis=1), last - good[:, ::-1].argmax(axis=1)

    def crossing(inside: NDArray[np.integer], outside: NDArray[np.integer]) -> Array:
        here, there = worth[rows, inside], worth[rows, outside]
        share = np.divide(here - floor, here - there, out=np.zeros(len(rows)), where=here > there)
        start = lines.spends[rows, inside]
        return start + np.clip(share, 0.0, 1.0) * (lines.spends[rows, outside] - start)

    room = ROOM * high
    left = crossing(first, np.maximum(first - 1, 0)) - room
    right = crossing(final, np.minimum(final + 1, last)) + room
    return np.maximum(low, np.minimum(left, high)), np.minimum(high, np.maximum(right, low))
