"""A result's difference from the plan in parts that add up, and whether it says anything yet.

Up to the last day that is counted, a channel's result goes from the plan to what happened in steps:

    planned    the plan's result, each day with its season's weight
    paced      its curve at the planned spend, with what earlier spend still does or does not do yet
    expected   its curve at the spend that happened, likewise
    actual     what came back

The differences between these are what carries over, spending otherwise, and response otherwise; of
the last days, whose conversions may still be arriving, the last difference is kept apart as
waiting. Every level is added once and taken away once, so the parts sum to the whole exactly, by
channel and in total.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["above", "below", "as expected", "too early", "not judged"]
PARTS = ("carry_over", "spending", "response", "waiting")
DECIMALS = 4
REACH = 1.6448536269514722  # standard deviations from the middle to the 5th and 95th percentile
WIDEST = 0.2  # an interval that reaches further than this share says too little to judge by


@dataclass(frozen=True)
class Variance:
    """One result up to now, and its difference from the plan in parts that sum to it.

    `response`, `waiting` and `actual` are None where no channel can claim what came back.
    """

    planned: float
    carry_over: float
    spending: float
    response: float | None = None
    waiting: float | None = None
    actual: float | None = None

    @property
    def difference(self) -> float | None:
        return None if self.actual is None else round(self.actual - self.planned, DECIMALS)


def variance_of(
    planned: float,
    paced: float,
    expected: tuple[float, float],
    actual: tuple[float, float] | None,
) -> Variance:
    """The parts between levels that are rounded first, so that the parts add up exactly.

    Parameters
    ----------
    expected, actual : of the settled days and of those that wait; None: not known
    """
    planned, paced = round(planned, DECIMALS), round(paced, DECIMALS)
    settled, waiting = (round(level, DECIMALS) for level in expected)
    carried = round(paced - planned, DECIMALS)
    spending = round(settled + waiting - paced, DECIMALS)
    if actual is None:
        return Variance(planned, carried, spending)
    came, later = (round(level, DECIMALS) for level in actual)
    return Variance(
        planned,
        carried,
        spending,
        round(came - settled, DECIMALS),
        round(later - waiting, DECIMALS),
        round(came + later, DECIMALS),
    )


def together(parts: Sequence[Variance]) -> Variance:
    """The sum of several channels' variances; what one of them does not know, the sum does not."""
    return Variance(
        *(_added(getattr(part, name) for part in parts)
          for name in ("planned", "carry_over", "spending")),
        *(known_sum(getattr(part, name) for part in parts)
          for name in ("response", "waiting", "actual")),
    )  # fmt: skip


def _added(values: Iterable[float]) -> float:
    return round(sum(values), DECIMALS)


def known_sum(values: Iterable[float | None]) -> float | None:
    """The sum; None where a part is not known."""
    found = list(values)
    known = [value for value in found if value is not None]
    return round(sum(known), DECIMALS) if len(known) == len(found) else None


@dataclass(frozen=True)
class Judgement:
    """What came back on the settled days, beside what the curve expects of what was spent.

    Parameters
    ----------
    low, high : 90 % of outcomes lie between, by the curve's draws and the scatter around it; None:
        not known
    """

    verdict: Verdict
    actual: float | None
    expected: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Expectation:
    """Of the settled days: what the curve expects, and how uncertain that is, one cause at a time.

    Parameters
    ----------
    of_curve : variance by the curve's draws; None: it has none
    of_noise : variance by what scatters around the curve; None: not known
    of_demand : standard deviation by the demand that all channels share
    """

    mean: float
    of_curve: float | None
    of_noise: float | None
    of_demand: float = 0.0

    @classmethod
    def together(cls, parts: Sequence[Expectation]) -> Expectation:
        """Of several channels: curves and noise go their own ways, demand moves all alike."""
        return cls(
            _added(part.mean for part in parts),
            known_sum(part.of_curve for part in parts),
            known_sum(part.of_noise for part in parts),
            _added(part.of_demand for part in parts),
        )

    def judged(self, actual: float | None) -> Judgement:
        """Whether what came back is outside of what was to be expected.

        Of a curve without draws only the scatter around it speaks.
        """
        if self.of_noise is None or not self.mean > 0:
            return Judgement("not judged", actual, self.mean)
        reach = REACH * math.sqrt((self.of_curve or 0.0) + self.of_noise + self.of_demand**2)
        low, high = max(self.mean - reach, 0.0), self.mean + reach
        verdict: Verdict = "too early" if reach > WIDEST * self.mean else "as expected"
        if actual is None:
            verdict = "not judged"
        elif not low <= actual <= high:
            verdict = "above" if actual > high else "below"
        return Judgement(verdict, actual, self.mean, low, high)

    def level(self, actual: float) -> float:
        """How far the curve stands above (1.1) or below (0.9) what it said, by what came back.

        The mean of what was known before and what the settled days say, each weighted by how sure
        it is: a curve that is well known hardly moves for a few days.
        """
        before = (self.of_curve or 0.0) + self.of_demand**2
        if not before or not self.of_noise or not self.mean > 0:
            return 1.0
        return 1.0 + before / (before + self.of_noise) * (actual / self.mean - 1.0)
