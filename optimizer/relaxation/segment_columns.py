"""Straight lines to the columns of a linear model, before any solver's object exists.

Every segment of a concave polyline is a column from 0 to 1, the share of it that is used; slopes
fall from segment to segment, so the model fills them in order by itself, without any binary. The
coefficients are then lengths and rises, never a slope: two vertices that nearly coincide make a
small number and not a huge one. An axis with several pieces has one binary per piece, its choice.
Money is in units of the programme's scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme, Row
from optimizer.relaxation.envelopes import Polylines

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Table:
    """What one unit of every column is worth under one set of lines.

    Parameters
    ----------
    axis : axis of each column
    spend, response : per unit of each column, scaled money and responses
    constant_spend, constant_response : per axis, what the lower ends of single pieces bring
    """

    axis: Index
    spend: Array
    response: Array
    constant_spend: Array
    constant_response: Array

    def objective(self, programme: Programme) -> tuple[Array, float]:
        """Objective per unit of each column, and that of the lower ends of single pieces."""
        gain = programme.spend_gain * programme.scale
        coefficients = gain[self.axis] * self.spend
        coefficients += programme.response_gain[self.axis] * self.response
        constant = gain @ self.constant_spend + programme.response_gain @ self.constant_response
        return coefficients, float(constant)

    def left_side(self, programme: Programme, row: Row) -> tuple[Array, float]:
        """A row's coefficients on the columns, and what its axes' lower ends already give."""
        coefficients, constant = np.zeros(len(self.axis)), 0.0
        order, starts = self._by_axis
        money = row.spend * programme.scale
        for axis, spend, response in zip(row.axes, money, row.response, strict=True):
            mine = order[starts[axis] : starts[axis + 1]]
            coefficients[mine] += spend * self.spend[mine] + response * self.response[mine]
            constant += spend * self.constant_spend[axis] + response * self.constant_response[axis]
        return coefficients, float(constant)

    @cached_property
    def _by_axis(self) -> tuple[Index, Index]:
        """Columns in the order of their axes, and where each axis' columns start."""
        order = np.argsort(self.axis, kind="stable")
        every = np.arange(len(self.constant_spend) + 1)
        return order, np.searchsorted(self.axis[order], every)


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns of a model: first the segments of all pieces, then the choices of pieces.

    Parameters
    ----------
    axes : how many
    scale : money that counts as 1
    piece_axis : axis of each piece
    lines : polyline of each piece, money and responses
    """

    axes: int
    scale: float
    piece_axis: Index
    lines: Polylines

    @cached_property
    def _segments(self) -> tuple[Index, Array, Array]:
        return self.lines.segments()

    @property
    def segment_piece(self) -> Index:
        """Piece of each segment."""
        return self._segments[0]

    @cached_property
    def lengths(self) -> Array:
        """Length of each segment, scaled money."""
        return self._segments[1] / self.scale

    @cached_property
    def base(self) -> Array:
        """Spend at each piece's lower end, scaled money."""
        return self.lines.spends[:, 0] / self.scale

    @cached_property
    def chosen(self) -> Index:
        """The pieces that have a choice: those of axes with several."""
        count = np.bincount(self.piece_axis, minlength=self.axes)
        return np.flatnonzero(count[self.piece_axis] > 1)

    @cached_property
    def choice(self) -> Index:
        """Position of each piece's choice among the columns, -1 where it has none."""
        found = np.full(len(self.piece_axis), -1)
        found[self.chosen] = len(self.lengths) + np.arange(len(self.chosen))
        return found

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.lengths) + len(self.chosen)

    def table(self, heights: Array) -> Table:
        """What the columns are worth when the polylines' vertices have these heights."""
        _, lengths, slopes = Polylines(self.lines.spends, heights).segments()
        single = np.flatnonzero(self.choice < 0)
        constants = np.zeros((2, self.axes))
        constants[:, self.piece_axis[single]] = self.base[single], heights[single, 0]
        chosen = self.chosen
        return Table(
            axis=np.concatenate([self.piece_axis[self.segment_piece], self.piece_axis[chosen]]),
            spend=np.concatenate([self.lengths, self.base[chosen]]),
            response=np.concatenate([slopes * lengths, heights[chosen, 0]]),
            constant_spend=constants[0],
            constant_response=constants[1],
        )

    def still_side(self, programme: Programme, row: Row) -> tuple[Array, float]:
        """The row on the choices of pieces in which its axes stay unchanged; what is fixed."""
        coefficients, fixed = np.zeros(self.columns), 0.0
        low, high = self.lines.spends[:, 0], self.lines.spends[:, -1]
        still = programme.still[self.piece_axis]
        for axis, weight in zip(row.axes, row.spend, strict=True):
            pieces = np.flatnonzero((self.piece_axis == axis) & (low == still))
            if not pieces.size:
                continue
            first = pieces[0]
            if self.choice[first] >= 0:
                coefficients[self.choice[first]] += weight
            elif low[first] == high[first]:
                fixed += float(weight)
        return coefficients, fixed

    def spend_of(self, values: Array) -> tuple[Array, Index]:
        """Spend per axis, money, and the chosen piece per axis, from the columns' values."""
        within = np.bincount(
            self.segment_piece,
            weights=np.clip(values[: len(self.lengths)], 0.0, 1.0) * self.lengths,
            minlength=len(self.piece_axis),
        )
        picked = np.ones(len(self.choice))
        picked[self.chosen] = values[self.choice[self.chosen]]
        order = np.lexsort((picked, self.piece_axis))
        last = np.searchsorted(self.piece_axis[order], np.arange(self.axes), side="right") - 1
        pieces = order[last]
        return (self.base[pieces] + within[pieces]) * self.scale, pieces
