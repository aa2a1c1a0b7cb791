"""What a split will bring, as a distribution: the curves' draws, and what scatters around them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation import Side
from scenarios.answer.breakpoints import noise_of
from scenarios.answer.plan_rows import Scored

Array = NDArray[np.floating]
Measure = Literal["conversions", "revenue", "roas", "cpa"]
SPREADS = 8.0  # standard deviations beyond which nothing is looked for
HALVINGS = 60


@dataclass(frozen=True)
class Outlook:
    """Totals of one measure: normal around each draw of the curves, draws equally likely.

    Parameters
    ----------
    means : the total under each draw, shape (draws,)
    spread : standard deviation of what scatters around a draw: chance by channel and period, and
        the demand that moves all channels alike
    """

    means: Array
    spread: float

    def chance_of(self, least: float) -> float:
        """Probability that the total is at least so much."""
        if self.spread <= 0.0:
            return float((self.means >= least).mean())
        z = (self.means - least) / (self.spread * math.sqrt(2.0))
        return float(np.mean([0.5 * math.erfc(-value) for value in z]))

    def reached_in(self, probability: float) -> float:
        """What is reached with a probability, by halving."""
        low = float(self.means.min()) - SPREADS * self.spread
        high = float(self.means.max()) + SPREADS * self.spread
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.chance_of(middle) >= probability else (low, middle)
        return low


@dataclass(frozen=True)
class Split:
    """One side of a plan: what it spends, and the outlook of conversions and revenue.

    A measure is missing where a channel does not know it. ``scatters`` says whether what scatters
    around the curves is known for every channel; else only the draws speak.
    """

    spend: float
    outlooks: Mapping[str, Outlook]
    scatters: bool

    def chance_of(self, measure: Measure, limit: float) -> float | None:
        """Probability that a measure is reached: at least the limit, of a CPA at most."""
        of, least = _as_total(measure, limit, self.spend)
        outlook = self.outlooks.get(of)
        return None if outlook is None else outlook.chance_of(least)

    def reached_in(self, measure: Measure, probability: float) -> float | None:
        """The value of a measure that is reached with a probability."""
        outlook = self.outlooks.get("conversions" if measure == "cpa" else _total_of(measure))
        if outlook is None:
            return None
        total = outlook.reached_in(probability)
        if measure == "cpa":
            return self.spend / total if total > 0.0 else None
        if measure == "roas":
            return total / self.spend if self.spend > 0.0 else None
        return total


def _total_of(measure: Measure) -> str:
    return "revenue" if measure == "roas" else measure


def _as_total(measure: Measure, limit: float, spend: float) -> tuple[str, float]:
    """A limit on a ratio as one on the total, for a spend that is known."""
    if measure == "cpa":
        return "conversions", spend / limit
    return _total_of(measure), limit * spend if measure == "roas" else limit


def split_of(scored: Scored, side: Side, periods: int | None = None) -> Split | None:
    """One side of a plan under its draws; None where a channel has none.

    What only comes after the plan's end is left out: it is no result of the plan's days.

    Parameters
    ----------
    periods : of the first so many periods only
    """
    drawn = scored.drawn_of(side)
    if drawn is None:
        return None
    if periods is not None:
        drawn = drawn[: periods * len(scored.question.curves)]
    found: dict[str, Outlook] = {}
    known = True
    for measure in ("conversions", "revenue"):
        parts = [figures[measure] for figures in drawn]
        if any(part is None for part in parts):
            continue
        means = np.sum([part for part in parts if part is not None], axis=0)
        spread, known = _spread(
            scored, [float(np.mean(p)) for p in parts if p is not None], measure
        )
        found[measure] = Outlook(means, spread)
    return Split(float(scored.spends[side][: len(drawn)].sum()), found, known)


def _spread(scored: Scored, means: list[float], measure: str) -> tuple[float, bool]:
    """Standard deviation of the total around its draws, and whether every channel's is known."""
    variance, demand, known = 0.0, 0.0, True
    counts = scored.question.curves.kpi == "conversions"
    for entry, mean in zip(scored.entries, means, strict=False):
        noise = noise_of(entry)
        value = entry.value_per_conversion or 1.0 if measure == "revenue" and counts else 1.0
        if counts:
            noise = max(noise or 1.0, 1.0)  # counts scatter at least as Poisson's do
        known = known and noise is not None
        variance += max(mean, 0.0) * (noise or 0.0) * value
        demand += float(entry.fit.get("demand_spread") or 0.0) * max(mean, 0.0)
    return math.sqrt(variance + demand**2), known
