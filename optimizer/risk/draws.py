"""The curves of a programme under every draw of the fit, and straight lines above them.

The draws of all channels belong together by their number: draw 7 of the portfolio is draw 7 of
every channel. Lines for all draws stand on one set of vertices per piece, so that the line of any
weighted mean of draws is the weighted mean of their lines, and never below its curve.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve
from models.curves.families import Curve
from models.errors import CurvesError, Fault
from optimizer.program.cells import Cell
from optimizer.program.compile import Compiled
from optimizer.relaxation.envelopes import Polylines, hull

Array = NDArray[np.floating]

REMEDY = "Fit the curves from a history, which gives them draws, or lock the channel"


def draws_of(entry: ChannelCurve) -> tuple[Curve, ...]:
    """A channel's draws: its own, or those that its curve averages; none where nothing is known."""
    if entry.draws or not isinstance(entry.curve, Average):
        return entry.draws
    family = entry.curve.of
    return tuple(family(*map(float, row)) for row in entry.curve.draws)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Curves of every axis under every draw, in plan units.

    Parameters
    ----------
    bank : axis by axis, the draws first and then the axis' own curve
    draws : how many
    axes : how many
    """

    bank: Bank
    draws: int
    axes: int

    def responses(self, spend: Array) -> Array:
        """Response of every axis at its spend under each draw, shape (axes, draws)."""
        column = np.repeat(np.asarray(spend, dtype=float), self.draws + 1)[:, None]
        found = self.bank.response(np.arange(len(self.bank)), column)
        return found.reshape(self.axes, self.draws + 1)[:, :-1]

    def slopes(self, spend: Array) -> Array:
        """Slope of every axis under each draw, shape (axes, draws)."""
        column = np.repeat(np.asarray(spend, dtype=float), self.draws + 1)[:, None]
        found = self.bank.marginal(np.arange(len(self.bank)), column)
        return found.reshape(self.axes, self.draws + 1)[:, :-1]

    @cached_property
    def concave_from(self) -> Array:
        """Spend from which every draw of an axis is concave, shape (axes,)."""
        return self.bank.concave_from.reshape(self.axes, -1).max(axis=1)

    def _rows(self, axis: Index) -> Index:
        return (axis[:, None] * (self.draws + 1) + np.arange(self.draws + 1)).ravel()

    def heights(self, axis: Index, points: Array) -> Array:
        """Responses at each piece's points, shape (draws + 1, pieces, points)."""
        found = self.bank.response(self._rows(axis), np.repeat(points, self.draws + 1, axis=0))
        return found.reshape(len(axis), self.draws + 1, -1).swapaxes(0, 1)

    def lines_above(self, axis: Index, points: Array) -> tuple[Array, Array]:
        """Heights at both ends of a line above each curve on each interval between points.

        The tangent at the interval's middle where the curve is concave, the chord where it is
        convex; elsewhere a line with the steepest slope through the left end or with the flattest
        through the right end, whichever is lower in the middle.

        Returns
        -------
        left, right : shape (draws + 1, pieces, points - 1)
        """
        rows, grid = self._rows(axis), np.repeat(points, self.draws + 1, axis=0)
        low, high = grid[:, :-1], grid[:, 1:]
        length, middle = high - low, 0.5 * (low + high)
        height = self.bank.response(rows, middle)
        slope = np.where(length > 0, self.bank.marginal(rows, middle), 0.0)
        left, right = height - 0.5 * slope * length, height + 0.5 * slope * length
        is_odd = (low < self.bank.concave_from[rows][:, None]) & (length > 0)
        odd = np.flatnonzero(is_odd.any(axis=1))
        if odd.size:
            start, end = self._lines_anywhere(rows[odd], grid[odd])
            left[odd] = np.where(is_odd[odd], start, left[odd])
            right[odd] = np.where(is_odd[odd], end, right[odd])
        shape = (len(axis), self.draws + 1, points.shape[1] - 1)
        return left.reshape(shape).swapaxes(0, 1), right.reshape(shape).swapaxes(0, 1)

    def _lines_anywhere(self, rows: Index, grid: Array) -> tuple[Array, Array]:
        """Lines above curves whatever their curvature, from the range of their slopes."""
        low, high = grid[:, :-1], grid[:, 1:]
        length = high - low
        heights = self.bank.response(rows, grid)
        start, end = heights[:, :-1], heights[:, 1:]
        least, greatest = self.bank.marginal_range(rows, low, high)
        with np.errstate(invalid="ignore"):
            up = np.nan_to_num(start + greatest * length, nan=np.inf, posinf=np.inf)
        down = end - np.where(length > 0, least, 0.0) * length
        is_up = start + up <= down + end
        is_convex = high <= self.bank.convex_until[rows][:, None]
        left = np.where(is_convex | is_up, start, down)
        return left, np.where(is_convex | ~is_up, end, up)


def draw_curves(compiled: Compiled, needed: Collection[int] | None = None) -> Drawn:
    """The draws of every axis of a problem.

    Parameters
    ----------
    needed : the cells whose draws are asked for; of the others the curves will do. None: all

    A channel that cannot move needs no draws: it brings the same whatever the plan. A revenue
    curve has no draws of its own; it is scaled by what each draw of the channel's response says
    of today's spend.

    Raises
    ------
    CurvesError : a channel that may move has no draws
    """
    problem, cells = compiled.problem, compiled.cells
    known = {entry.channel: draws_of(entry) for entry in problem.curves}
    count = min((len(draws) for draws in known.values() if draws), default=0)
    domains = compiled.programme.domains
    lacking = dict.fromkeys(
        cell.channel
        for k, (cell, domain) in enumerate(zip(cells, domains, strict=False))
        if needed is None or k in needed
        if not known[cell.channel] and any(low < high for low, high in domain)
    )
    if lacking or not count:
        names = lacking or dict.fromkeys(cell.channel for cell in cells)
        problem_is = "has no draws of its curve, so that nothing is known of its bad cases"
        raise CurvesError([Fault(f"channel {name}", problem_is, REMEDY) for name in names])
    table: list[tuple[Curve, ...]] = [(curve,) * count for curve in compiled.programme.curves]
    for cell, response, (revenue, _) in zip(
        (*cells, *compiled.tail), compiled.axes.response, compiled.axes.revenue, strict=True
    ):
        draws = tuple(cell.stretch(draw) for draw in known[cell.channel][:count])
        table[response] = draws or table[response]
        if revenue != response:
            table[revenue] = _scaled(compiled.programme.curves[revenue], cell, table[response])
    curves = [
        curve
        for draws, own in zip(table, compiled.programme.curves, strict=True)
        for curve in (*draws, own)
    ]
    return Drawn(Bank(curves), count, len(table))


def mixed(drawn: Drawn, weights: Array) -> tuple[Curve, ...] | None:
    """Every axis' curve when the draws count with these weights; None where it is no such curve.

    A weighted mean of draws is a plain mean of the draws that count, each scaled.
    """
    counting = np.flatnonzero(weights > 0)
    factors = weights[counting] * len(counting)
    found: list[Curve] = []
    for axis in range(drawn.axes):
        start = axis * (drawn.draws + 1)
        curves = [drawn.bank.curves[start + k] for k in counting]
        first = curves[0]
        if all(curve is first for curve in curves):
            found.append(first.stretched(1.0, float(factors.mean())))
            continue
        families = {type(curve) for curve in curves}
        if len(families) > 1 or families & {Average, Tabulated}:
            return None
        rows = [
            tuple(curve.stretched(1.0, float(factor)).parameters.values())
            for curve, factor in zip(curves, factors, strict=True)
        ]
        found.append(Average(type(first), np.array(rows, dtype=float)))
    return tuple(found)


def _scaled(revenue: Curve, cell: Cell, draws: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """A revenue curve under each draw of its cell's response."""
    spend = cell.current_spend or cell.observed_spend or 0.0
    expected = float(cell.curve.response(spend))
    if expected <= 0:
        return (revenue,) * len(draws)
    return tuple(revenue.stretched(1.0, float(draw.response(spend)) / expected) for draw in draws)


def concave_lines(points: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Polylines above lines on intervals, and their concave hulls, both on the given points.

    Parameters
    ----------
    points : vertices, shape (pieces, vertices)
    left, right : heights of the lines at the ends of their intervals, shape (pieces, vertices - 1)

    Returns
    -------
    heights, hulls : shape (pieces, vertices)
    """
    edge = np.full((len(points), 1), -np.inf)
    heights = np.maximum(np.hstack([left, edge]), np.hstack([edge, right]))
    same = points[:, 1:] == points[:, :-1]
    width = points.shape[1]
    # Points repeated at one spend share the greatest height.
    for k in (*range(width - 2, -1, -1), *range(width - 1)):
        both = np.maximum(heights[:, k], heights[:, k + 1])
        heights[:, k] = np.where(same[:, k], both, heights[:, k])
        heights[:, k + 1] = np.where(same[:, k], both, heights[:, k + 1])
    over = hull(Polylines(points, heights))
    hulls = np.array(
        [
            np.interp(x, spends, responses)
            for x, spends, responses in zip(points, over.spends, over.responses, strict=True)
        ]
    )
    return heights, np.maximum(hulls, heights)
