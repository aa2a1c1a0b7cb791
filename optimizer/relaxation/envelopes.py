"""Curves on intervals, replaced by straight lines that are rigorous: an envelope never below the
curve, chords never above it.

A `Grid` holds one row of touching points per piece (a piece is one interval of one axis). Its
envelope is the polyline through the intersections of neighbouring tangents where the curve is
concave, the chord where it is convex, and two lines with the extreme slopes where nothing is
known of the curvature; its concave hull is what a linear programme can use without binaries.
Nothing here samples a curve to learn its shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index

Array = NDArray[np.floating]

HALVINGS = 44  # as many as a float can tell apart


@dataclass(frozen=True)
class Grid:
    """Touching points of pieces.

    Parameters
    ----------
    axis : the axis (curve) of each piece, shape (pieces,)
    points : spends in rising order, shape (pieces, points); first and last are the piece's ends,
        a repeated point stands for none
    straight : end of the straight part of each piece's envelope, see `straight_end`
    """

    axis: Index
    points: Array
    straight: Array

    @property
    def low(self) -> Array:
        return self.points[:, 0]

    @property
    def high(self) -> Array:
        return self.points[:, -1]


@dataclass(frozen=True)
class Polylines:
    """One polyline per piece.

    Parameters
    ----------
    spends : vertices in rising order, shape (pieces, vertices); repeated ones stand for none
    responses : the height at each vertex, same shape
    """

    spends: Array
    responses: Array

    def at(self, spend: Array) -> Array:
        """Height of each concave polyline at one spend, shape (pieces,)."""
        lengths = np.diff(self.spends, axis=1)
        rises = np.diff(self.responses, axis=1)
        slopes = np.divide(rises, lengths, out=np.zeros_like(rises), where=lengths > 0)
        heights = self.responses[:, :-1] + slopes * (spend[:, None] - self.spends[:, :-1])
        lowest = np.where(lengths > 0, heights, np.inf).min(axis=1, initial=np.inf)
        return np.where(np.isfinite(lowest), lowest, self.responses[:, -1])

    def segments(self) -> tuple[Index, Array, Array]:
        """Piece, length and slope of every segment with a length, pieces in order."""
        lengths = np.diff(self.spends, axis=1)
        piece, column = np.nonzero(lengths > 0)
        rises = np.diff(self.responses, axis=1)[piece, column]
        return piece, lengths[piece, column], rises / lengths[piece, column]


def straight_end(
    bank: Bank, axis: Index, low: Array, high: Array, halvings: int = HALVINGS
) -> Array:
    """End of the straight part that the concave envelope of each piece begins with.

    For a convex-then-concave curve it is the point where the line from the piece's lower end
    touches the curve (Udell and Boyd, *Maximizing a sum of sigmoids*, 2013, section 2), or the
    piece's upper end where it never does. The lower end itself for a concave piece, and where
    nothing is known of the curvature.

    Parameters
    ----------
    halvings : of the interval that the end is looked for in; few make the envelope a little
        higher, never lower
    """
    turn = bank.convex_until[axis]
    shaped = (turn > low) & (bank.concave_from[axis] == turn)
    end = low.copy()
    rows = np.flatnonzero(shaped)
    if not rows.size:
        return end
    curves, start = axis[rows], low[rows][:, None]
    base = bank.response(curves, start)
    left = np.minimum(turn[rows], high[rows])[:, None]
    right = high[rows][:, None].copy()

    def is_steep(spend: Array) -> NDArray[np.bool_]:
        """Whether the curve still rises faster than the line from the lower end."""
        rise = bank.response(curves, spend) - base
        return bank.marginal(curves, spend) * (spend - start) >= rise

    whole = is_steep(right)
    for _ in range(halvings):
        middle = 0.5 * (left + right)
        steep = is_steep(middle)
        left, right = np.where(steep, middle, left), np.where(steep, right, middle)
    # The left end of the bracket: there the line is certainly not below the curve.
    end[rows] = np.where(whole, high[rows][:, None], left)[:, 0]
    return end


def make_grid(
    bank: Bank, axis: Index, low: Array, high: Array, points: Array, straight: Array | None = None
) -> Grid:
    """A grid with the given inner points (pieces, n), clipped to each piece's useful part.

    Points inside the straight part of an envelope would touch nothing; they move to its end.

    Parameters
    ----------
    straight : ends of the straight parts, where they are known already
    """
    if straight is None:
        straight = straight_end(bank, axis, low, high)
    end = straight[:, None]
    # Where the slope at the lower end is infinite, only a touch nearby bounds the curve there.
    is_vertical = bank.is_vertical[axis] & (low == 0)
    nearby = np.where(is_vertical, 1e-7 * high, end[:, 0])[:, None]
    ends = np.hstack([low[:, None], end, nearby, high[:, None]])
    inner = np.clip(points, end, high[:, None])
    grid = np.sort(np.hstack([ends, inner]), axis=1)
    # Points closer than rounding can tell apart would give slopes of noise.
    span = (high - low)[:, None]
    near = np.diff(grid, axis=1) <= 1e-12 * span
    grid[:, 1:] = np.where(near, grid[:, :1], grid[:, 1:])
    grid[:, -1] = high
    grid = np.sort(grid, axis=1)
    used = max(int((grid > low[:, None]).sum(axis=1).max(initial=1)) + 1, 2)
    return Grid(axis, grid[:, -used:], straight)


def nearest_points(points: Array, centre: Array, beside: int) -> Array:
    """Of rows of rising points those few on each side of a centre; the others become the first."""
    place = (points < centre[:, None]).sum(axis=1)
    far = np.abs(np.arange(points.shape[1]) - place[:, None]) > beside
    far[:, -1] = False
    return np.where(far, points[:, :1], points)


def chords(bank: Bank, grid: Grid) -> Polylines:
    """The polyline through the curve at the grid's points: below a concave curve."""
    return Polylines(grid.points, bank.response(grid.axis, grid.points))


def envelope(bank: Bank, grid: Grid) -> Polylines:
    """A concave polyline that is nowhere below the curve, for each piece."""
    axis, points = grid.axis, grid.points
    heights = bank.response(axis, points)
    left, right = points[:, :-1], points[:, 1:]
    length = right - left
    rise = np.diff(heights, axis=1)
    before, after = _outer_slopes(bank, grid, left, right, rise, length)
    # The two lines f(left) + before * (x - left) and f(right) - after * (right - x) meet here.
    vertical = np.isinf(before)
    fall = np.where(vertical, 1.0, before) - after
    offset = np.where(fall > 1e-12 * np.abs(after), rise - after * length, length * fall)
    offset = np.clip(np.divide(offset, fall, out=length.copy(), where=fall > 0), 0.0, length)
    offset[vertical] = 0.0
    height = heights[:, 1:] - after * (length - offset)
    climb = heights[:, :-1] + np.where(vertical, 0.0, before) * offset
    height = np.maximum(height, climb)
    meet = left + offset
    spends = np.empty((len(points), 2 * points.shape[1] - 1))
    responses = np.empty_like(spends)
    spends[:, 0::2], spends[:, 1::2] = points, meet
    responses[:, 0::2], responses[:, 1::2] = heights, height
    # Vertices at one spend share the greatest height, so that any of them may go. An infinite
    # slope at the lower end lifts the envelope's start above the curve's in this way.
    for end in (0, -1):
        at_end = np.where(spends == spends[:, [end]], responses, -np.inf)
        responses[:, end] = at_end.max(axis=1)
    same = spends[:, :-1] == spends[:, 1:]
    higher = np.maximum(responses[:, 1:], responses[:, :-1])
    responses[:, 1:] = np.where(same, higher, responses[:, 1:])
    return hull(Polylines(spends, responses))


def _outer_slopes(bank: Bank, grid: Grid, left, right, rise, length) -> tuple[Array, Array]:
    """Slopes of two lines, through the left and right end of each interval, above the curve."""
    with np.errstate(divide="ignore", invalid="ignore"):
        chord = np.where(length > 0, rise / length, 0.0)
    slopes = bank.marginal(grid.axis, grid.points)
    before, after = slopes[:, :-1].copy(), slopes[:, 1:].copy()
    convex_until = bank.convex_until[grid.axis][:, None]
    concave_from = bank.concave_from[grid.axis][:, None]
    is_concave = left >= concave_from
    # The first interval of a convex-then-concave piece is the envelope's straight part.
    is_straight = (left == grid.points[:, :1]) & (concave_from == convex_until) & ~is_concave
    is_chord = ~is_concave & (is_straight | (right <= convex_until))
    unknown = ~is_concave & ~is_chord & (length > 0)
    if unknown.any():
        rows = np.flatnonzero(unknown.any(axis=1))
        least, greatest = bank.marginal_range(grid.axis[rows], left[rows], right[rows])
        before[rows] = np.where(unknown[rows], greatest, before[rows])
        after[rows] = np.where(unknown[rows], least, after[rows])
    is_chord |= length <= 0
    return np.where(is_chord, chord, before), np.where(is_chord, chord, after)


def hull(lines: Polylines) -> Polylines:
    """The concave hull of each polyline: vertices not above the line of their neighbours go.

    Vectorised over pieces: a vertex below the line between any two others is never a vertex of
    the hull, so every pass may drop all that it finds.
    """
    spends, responses = lines.spends.copy(), lines.responses.copy()
    while True:
        drop = _dents(spends, responses)
        if not drop.any():
            return Polylines(spends, responses)
        spends[:, 1:-1][drop] = np.nan
        order = np.argsort(spends, axis=1, kind="stable")  # dropped ones move to the end
        spends = np.take_along_axis(spends, order, axis=1)
        responses = np.take_along_axis(responses, order, axis=1)
        gone = np.isnan(spends)
        last = (~gone).sum(axis=1)[:, None] - 1
        spends = np.where(gone, np.take_along_axis(spends, last, axis=1), spends)
        responses = np.where(gone, np.take_along_axis(responses, last, axis=1), responses)
        width = max(int(last.max()) + 1, 3)
        spends, responses = spends[:, :width], responses[:, :width]


def _dents(spends: Array, responses: Array) -> NDArray[np.bool_]:
    """Inner vertices that do not rise above the line between their neighbours.

    Of vertices at one spend, which all have one height, the last stays. What rises above the
    line by less than rounding is dropped too: at most 1e-14 of the polyline's height.
    """
    x0, x1, x2 = spends[:, :-2], spends[:, 1:-1], spends[:, 2:]
    y0, y1, y2 = responses[:, :-2], responses[:, 1:-1], responses[:, 2:]
    above = (y1 - y0) * (x2 - x0) - (y2 - y0) * (x1 - x0)
    rounding = 1e-14 * responses[:, -1:] * (x2 - x0)
    between = (x0 < x1) & (x1 < x2)
    # Two neighbours that are level with each other's line must not go both at once.
    level = between & (np.abs(above) <= rounding)
    level[:, 1:] &= ~level[:, :-1]
    between &= (above < -rounding) | level
    repeated = (x1 == x2) & (x1 < spends[:, -1:])
    first = np.zeros_like(between)
    first[:, :1] = ((spends[:, 1] == spends[:, 0]) & (spends[:, 1] < spends[:, -1]))[:, None]
    return between | repeated | first
