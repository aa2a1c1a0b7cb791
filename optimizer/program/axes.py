"""The axes of a programme: the spend of every cell, then the money that works, then revenue.

A cell whose response follows its own spend, and whose revenue follows its conversions, has one
axis. Otherwise further axes follow the first by fixed weights: the money that works in a period
(carry-over), and once more the same money for a revenue curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.families import Curve, Linear
from optimizer.program.cells import Cell, by_channel
from optimizer.program.program import Row

Array = NDArray[np.floating]

NOTHING = Linear(0.0)


@dataclass(frozen=True, eq=False)
class Follower:
    """An axis that is ``weights @ spend[of] + constant``."""

    axis: int
    of: list[int]
    weights: Array
    constant: float

    def row(self) -> Row:
        """The limit that ties it."""
        axes = np.array([self.axis, *self.of])
        weights = np.concatenate([[1.0], -self.weights])
        return Row(axes, weights, np.zeros(len(axes)), self.constant, self.constant)


@dataclass(frozen=True, eq=False)
class Axes:
    """How axes and cells relate.

    Parameters
    ----------
    curves : one per axis; those of the cells' spends come first
    followers : the axes that others determine, each after those that it follows
    response : by cell and then by tail cell, the axis of its response
    revenue : likewise, axis and factor that give its revenue
    """

    curves: tuple[Curve, ...]
    followers: tuple[Follower, ...]
    response: tuple[int, ...]
    revenue: tuple[tuple[int, float], ...]

    def filled(self, spend: Array) -> Array:
        """All axes, given the spend of every cell."""
        full = np.zeros(len(self.curves))
        full[: len(spend)] = spend
        for follower in self.followers:
            full[follower.axis] = follower.weights @ full[follower.of] + follower.constant
        return full


def make_axes(cells: tuple[Cell, ...], tail: tuple[Cell, ...], needs_revenue: bool) -> Axes:
    """The axes of cells and of what they still bring after the end.

    Parameters
    ----------
    needs_revenue : whether the objective or a rule speaks of revenue
    """
    curves: list[Curve] = [cell.curve if cell.mix is None else NOTHING for cell in cells]
    places = by_channel(cells)
    followers: list[Follower] = []
    response: list[int] = []
    for position, cell in enumerate((*cells, *tail)):
        if cell.mix is None:
            response.append(position)
            continue
        weights = np.array(cell.mix.weights)
        kept = np.flatnonzero(weights)
        of = [places[cell.channel][number] for number in kept]
        followers.append(Follower(len(curves), of, weights[kept], cell.mix.carried))
        response.append(len(curves))
        curves.append(cell.curve)
    revenue: list[tuple[int, float]] = []
    for axis, cell in zip(response, (*cells, *tail), strict=True):
        if cell.revenue_curve is None or not needs_revenue:
            revenue.append((axis, cell.value or 0.0))
            continue
        followers.append(Follower(len(curves), [axis], np.ones(1), 0.0))
        revenue.append((len(curves), 1.0))
        curves.append(cell.revenue_curve)
    return Axes(tuple(curves), tuple(followers), tuple(response), tuple(revenue))
