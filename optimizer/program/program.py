"""The problem in the shape a solver takes: axes of spend, intervals they may lie in, linear rows.

maximise    sum_i spend_gain[i] * x[i] + response_gain[i] * f_i(x[i])
subject to  lower <= sum_i spend[i] * x[i] + response[i] * f_i(x[i]) <= upper   for every row
            x[i] in one of its intervals
            x[i] a multiple of its step, where it has one

Every axis has one curve (the zero line where none is needed). Rows and gains only ever favour
more response: a row with a lower limit has response coefficients >= 0, one with an upper limit
has them <= 0. Then any curve may be replaced by one above it for a bound, and by one below it
for a plan that can be carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from models.curves.families import Curve

Array = NDArray[np.floating]
Interval = tuple[float, float]


def times(coefficient: Array, slope: Array) -> Array:
    """Coefficient times slope; nothing times an infinite slope is nothing."""
    return coefficient * np.where(coefficient != 0, slope, 0.0)


@dataclass(frozen=True, eq=False)
class Row:
    """One linear limit.

    Parameters
    ----------
    axes : positions of the axes it speaks of
    spend, response : coefficients on spend and response of those axes
    lower, upper : limits, infinite where there is none
    rule : position of the rule it comes from; None for the budget and for links between axes
    counts_still : instead of spend, the row counts those of its axes that stay unchanged, each
        with its coefficient `spend`
    """

    axes: Index
    spend: Array
    response: Array
    lower: float
    upper: float
    rule: int | None = None
    counts_still: bool = False

    def gradient(self, slope: Array) -> Array:
        """What one more unit of spend on each of its axes adds to the row."""
        return self.spend + times(self.response, slope[self.axes])

    def activity(self, spend: Array, response: Array) -> float:
        """Value of the row's left side."""
        return float(self.spend @ spend[self.axes] + self.response @ response[self.axes])

    def excess(self, spend: Array, response: Array) -> float:
        """By how much the left side is beyond a limit, in the row's own unit; 0: it is not."""
        activity = self.activity(spend, response)
        return max(self.lower - activity, activity - self.upper, 0.0)

    def size(self, spend: Array, response: Array) -> float:
        """Size of the row's terms and limits, in its own unit; never 0."""
        terms = np.abs(self.spend) @ np.abs(spend[self.axes])
        terms += np.abs(self.response) @ np.abs(response[self.axes])
        limits = [abs(limit) for limit in (self.lower, self.upper) if np.isfinite(limit)]
        return max(float(terms), *limits, 1e-300)


@dataclass(frozen=True, eq=False)
class Programme:
    """A compiled problem; see the module's text for its mathematics.

    Parameters
    ----------
    curves : one per axis, in plan units
    domains : the intervals each axis may lie in, in rising order; none: nothing is possible
    spend_gain, response_gain : objective per unit of spend and of response, shape (axes,)
    rows : linear limits
    still : the spend of each axis that counts as unchanged (then one of its intervals), or nan
    steps : step of each axis, 0 where it has none
    budget : money that can be spent in all, for a good first guess
    starts : plans to fall back on when time runs out before the solver finds one
    """

    curves: tuple[Curve, ...]
    domains: tuple[tuple[Interval, ...], ...]
    spend_gain: Array
    response_gain: Array
    rows: tuple[Row, ...]
    still: Array
    steps: Array
    budget: float
    starts: tuple[Array, ...] = field(default=())

    @cached_property
    def bank(self) -> Bank:
        """All curves together."""
        return Bank(self.curves)

    @property
    def is_empty(self) -> bool:
        """Whether some axis has no spend left that its own rules allow."""
        return any(not intervals for intervals in self.domains)

    @property
    def scale(self) -> float:
        """Size of one axis' money, to bring solvers numbers of order one."""
        return float(self.budget) / max(len(self.curves), 1) or 1.0

    @property
    def has_response_rows(self) -> bool:
        return any(row.response.any() for row in self.rows)

    @property
    def has_counts(self) -> bool:
        """Whether some row limits how many axes change."""
        return any(row.counts_still for row in self.rows)

    @cached_property
    def money(self) -> int | None:
        """Position of the row that limits the spend of all axes together; None without one."""
        for number, row in enumerate(self.rows):
            covers = len(row.axes) == len(self.curves) and not row.counts_still
            is_plain = bool((row.spend == 1).all()) and not row.response.any()
            if covers and is_plain and np.isfinite(row.upper):
                return number
        return None

    @property
    def low(self) -> Array:
        return np.array(
            [min((low for low, _ in intervals), default=0.0) for intervals in self.domains]
        )

    @property
    def high(self) -> Array:
        return np.array(
            [max((high for _, high in intervals), default=0.0) for intervals in self.domains]
        )

    @cached_property
    def ceiling(self) -> float:
        """What no plan exceeds, from each axis' own limits: a bound that needs no solver."""
        response, _ = self.bank.at(self.high)
        ends = self.spend_gain * self.low, self.spend_gain * self.high
        return float((np.maximum(*ends) + self.response_gain * response).sum())

    @property
    def negligible(self) -> float:
        """Size of an objective below which a relative gap means nothing, in the objective's unit.

        Where spend is deducted from what it brings the two may cancel: a millionth of the money's
        worth. Elsewhere a millionth of what the axes could bring at most.
        """
        price = float(np.abs(self.spend_gain).max(initial=0.0))
        if not self.response_gain.any():
            return 1e-9 * price * self.budget
        if price:
            return 1e-6 * price * self.budget
        return 1e-6 * abs(self.ceiling)

    def value(self, spend: Array) -> float:
        """Objective on the true curves."""
        response, _ = self.bank.at(spend)
        return float(self.spend_gain @ spend + self.response_gain @ response)

    def gradient(self, slope: Array) -> Array:
        """Objective per further unit of spend on each axis, given the curves' slopes there."""
        return self.spend_gain + times(self.response_gain, slope)

    def violation(self, spend: Array) -> float:
        """Greatest violation of a row on the true curves, relative to the size of its terms."""
        response, _ = self.bank.at(spend)
        worst = 0.0
        for row in self.rows:
            if row.counts_still:
                continue  # kept by the intervals themselves
            worst = max(worst, row.excess(spend, response) / row.size(spend, response))
        return worst

    def allows(self, spend: Array) -> bool:
        """Whether every axis lies in one of its intervals, and on its step."""
        slack = 1e-9 * self.scale
        inside = all(
            any(low - slack <= amount <= high + slack for low, high in intervals)
            for amount, intervals in zip(spend, self.domains, strict=True)
        )
        stepped = self.steps > 0
        counts = spend[stepped] / self.steps[stepped]
        return inside and bool(np.all(np.abs(counts - np.round(counts)) < 1e-6))

    def uncounted(self) -> Programme:
        """The same without the limits on how many axes change, which fixed pieces keep."""
        rows = tuple(
            replace(row, lower=-np.inf, upper=np.inf) if row.counts_still else row
            for row in self.rows
        )
        return replace(self, rows=rows)

    def with_gains(self, spend_gain: Array, response_gain: Array) -> Programme:
        """The same limits under another objective."""
        return replace(self, spend_gain=spend_gain, response_gain=response_gain)
