"""A plan bettered on the true curves by one linear programme after the other.

Each curve is replaced by a concave polyline that is nowhere above it and meets it at the plan: the
curve's own chords where it is concave, the tangent where it is convex. The programme over them is a
plan on the curves too, and never a worse one (minorise and maximise: Hunter and Lange, *A tutorial
on MM algorithms*, 2004). Where the curvature is not known the tangent stands for the curve, and the
step is halved until the curves agree that it is better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Polylines
from optimizer.relaxation.polyline_lp import Aim, Limits, PolylineProgram
from optimizer.relaxation.solver import Clock

Array = NDArray[np.floating]

# Where the polylines meet the curves beside the plan, as shares of it.
BESIDE = np.array([1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 0.02, 0.06, 0.15, 0.35, 0.7])
STEPS = 30
HALVINGS = 6


@dataclass(frozen=True, eq=False)
class LocalPlan:
    """A plan that keeps the rows, its value, and the rows' prices around it."""

    spend: Array
    value: float
    prices: Array


class LocalSearch:
    """Plans of one programme bettered again and again, with one solver kept warm.

    Parameters
    ----------
    rounding : relative violation of a row that counts as the solver's rounding
    """

    def __init__(self, programme: Programme, rounding: float) -> None:
        self._bank, self._rounding = programme.bank, rounding
        self._low, self._high = programme.low, programme.high
        self._aim = Aim(programme.spend_gain, programme.response_gain)
        self._limits = Limits.of(programme)
        self._lp = PolylineProgram(self._limits, programme.scale)

    def bettered(
        self, spend: Array, enough: float, clock: Clock, steps: int = STEPS
    ) -> LocalPlan | None:
        """The plan that linear programmes lead to; None where none keeps the rows.

        Parameters
        ----------
        spend : where to begin, which need not keep the rows
        enough : gain of a step, in objective units, below which it is the last
        steps : linear programmes at most
        """
        best: LocalPlan | None = None
        for _ in range(steps):
            self._lp.load(minorants(self._bank, spend, self._low, self._high))
            solved = self._lp.solve(self._aim)
            ahead = None if solved is None else self._ahead(best, solved.spend)
            if solved is None or ahead is None:
                break
            spend, value = ahead
            gain = np.inf if best is None else value - best.value
            best = LocalPlan(spend, value, solved.prices)
            if gain <= enough or clock.is_over:
                break
        return best

    def _ahead(self, best: LocalPlan | None, spend: Array) -> tuple[Array, float] | None:
        """The first plan that is not worse on the way back from `spend`, with its value."""
        start = spend if best is None else best.spend
        for halving in range(1 if best is None else HALVINGS):
            tried = start + (spend - start) * 0.5**halving
            response, _ = self._bank.at(tried)
            value = self._aim.value(tried, response)
            is_better = best is None or value >= best.value
            if is_better and self._limits.violation(tried, response) <= self._rounding:
                return tried, value
        return None


def minorants(bank: Bank, spend: Array, low: Array, high: Array) -> Polylines:
    """A concave polyline per axis, nowhere above its curve, that meets it at `spend`.

    Where nothing is known of the curvature around the spend it is the tangent, which may lie above.
    """
    axes, spend = np.arange(len(bank)), np.clip(spend, low, high)
    turn, concave = bank.convex_until, bank.concave_from
    is_odd = (concave != turn) & (spend < concave) & (spend > turn)
    touch = np.where(spend < concave, spend, np.clip(concave, low, high))
    sides = spend[:, None] * np.concatenate([1 - BESIDE, 1 + BESIDE])
    points = np.column_stack([low, spend, touch, sides, high])
    flat = (bank.is_straight)[:, None]
    points = np.where(flat, low[:, None], points)
    points[:, -1] = high
    points = np.sort(np.clip(points, low[:, None], high[:, None]), axis=1)
    heights = bank.response(axes, points)
    height = bank.response(axes, touch[:, None])
    slope = bank.marginal(axes, touch[:, None])
    with np.errstate(invalid="ignore"):
        tangent = height + slope * (points - touch[:, None])
    has_line = (concave > low)[:, None]
    below = np.where(has_line, np.minimum(heights, tangent), heights)
    # Beyond the convex part of a curve whose turn is not known a tangent is all there is.
    return Polylines(points, np.where(is_odd[:, None], tangent, below))
