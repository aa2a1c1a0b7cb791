"""Marketing metrics, each defined once. Amounts of any shape; what is undefined is NaN.

A ratio without a denominator is unknown, not zero and not infinite: no clicks, no CPC. Numbers
and arrays work alike; `known` turns NaN into None for people and files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def ratio(part: ArrayLike, whole: ArrayLike) -> Array:
    """`part / whole`, NaN where `whole` is zero or either is unknown."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, np.where(whole == 0, np.nan, whole))


def ctr(clicks: ArrayLike, impressions: ArrayLike) -> Array:
    """Click-through rate: clicks per impression, a fraction."""
    return ratio(clicks, impressions)


def cpc(spend: ArrayLike, clicks: ArrayLike) -> Array:
    """Cost per click, money."""
    return ratio(spend, clicks)


def cpm(spend: ArrayLike, impressions: ArrayLike) -> Array:
    """Cost per thousand impressions, money."""
    return 1000.0 * ratio(spend, impressions)


def cpl(spend: ArrayLike, leads: ArrayLike) -> Array:
    """Cost per lead, money."""
    return ratio(spend, leads)


def cpa(spend: ArrayLike, conversions: ArrayLike) -> Array:
    """Cost per conversion, money."""
    return ratio(spend, conversions)


def conversion_rate(conversions: ArrayLike, clicks: ArrayLike) -> Array:
    """Conversions per click, a fraction."""
    return ratio(conversions, clicks)


def value_per_conversion(revenue: ArrayLike, conversions: ArrayLike) -> Array:
    """Revenue of one conversion, money."""
    return ratio(revenue, conversions)


def roas(revenue: ArrayLike, spend: ArrayLike) -> Array:
    """Return on ad spend: revenue per unit of money spent."""
    return ratio(revenue, spend)


def roi(revenue: ArrayLike, spend: ArrayLike, margin: ArrayLike = 1.0) -> Array:
    """Return on investment: profit after advertising per unit of money spent.

    Parameters
    ----------
    margin : profit share of revenue before advertising, fraction; 1 counts all revenue as profit
    """
    gross = np.asarray(margin, dtype=float) * np.asarray(revenue, dtype=float)
    return ratio(gross, spend) - 1.0


def repeat_rate(conversions: ArrayLike, new_customers: ArrayLike) -> Array:
    """Share of conversions that returning customers made, a fraction.

    With a constant probability r of buying again, a customer makes 1 / (1 - r) purchases, so
    that the share of first purchases is 1 - r.
    """
    return 1.0 - ratio(new_customers, conversions)


def ltv(value_per_conversion: ArrayLike, repeat_rate: ArrayLike = 0.0) -> Array:
    """Lifetime value of a customer: ``value / (1 - repeat_rate)``, money.

    The geometric series of purchases made with a constant repeat rate, not discounted.
    Source: Berger and Nasr, *Customer lifetime value: marketing models and applications* (1998).

    Parameters
    ----------
    value_per_conversion : revenue of one conversion, money
    repeat_rate : probability that a customer buys again, fraction in [0, 1); NaN outside it
    """
    rate = np.asarray(repeat_rate, dtype=float)
    left = np.where((rate >= 0) & (rate < 1), 1.0 - rate, np.nan)
    return ratio(value_per_conversion, left)


def known(value: ArrayLike) -> float | None:
    """A single value as people and files want it: None where it is not known."""
    number = float(np.asarray(value))
    return number if math.isfinite(number) else None


Sums = Mapping[str, Array]
Unit = Literal["count", "money", "rate", "ratio"]


@dataclass(frozen=True)
class Metric:
    """A metric as tables show it.

    Parameters
    ----------
    name : also its key in files
    stage : where it stands on the way from impression to customer
    unit : "count", "money", "rate" (a fraction, shown in percent) or "ratio"
    needs : the sums that the formula takes, in its order
    better : +1 where more is better, -1 where less is, 0 where that depends
    """

    name: str
    stage: Literal["reach", "conversion", "cost", "return", "loyalty"]
    unit: Unit
    needs: tuple[str, ...]
    formula: Callable[..., Array]
    better: int = 0

    def of(self, sums: Sums) -> Array | None:
        """The metric from sums over the same periods; None where history lacks one of them."""
        if not all(name in sums for name in self.needs):
            return None
        return self.formula(*(sums[name] for name in self.needs))


def _counted(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=float)


def _lifetime(revenue: ArrayLike, conversions: ArrayLike, new_customers: ArrayLike) -> Array:
    rate = repeat_rate(conversions, new_customers)
    return ltv(value_per_conversion(revenue, conversions), rate)


CATALOGUE: tuple[Metric, ...] = (
    Metric("impressions", "reach", "count", ("impressions",), _counted),
    Metric("clicks", "reach", "count", ("clicks",), _counted),
    Metric("ctr", "reach", "rate", ("clicks", "impressions"), ctr, +1),
    Metric("leads", "conversion", "count", ("leads",), _counted, +1),
    Metric("conversions", "conversion", "count", ("conversions",), _counted, +1),
    Metric("conversion_rate", "conversion", "rate", ("conversions", "clicks"), conversion_rate, +1),
    Metric("cpm", "cost", "money", ("spend", "impressions"), cpm, -1),
    Metric("cpc", "cost", "money", ("spend", "clicks"), cpc, -1),
    Metric("cpl", "cost", "money", ("spend", "leads"), cpl, -1),
    Metric("cpa", "cost", "money", ("spend", "conversions"), cpa, -1),
    Metric("revenue", "return", "money", ("revenue",), _counted, +1),
    Metric("roas", "return", "ratio", ("revenue", "spend"), roas, +1),
    Metric("roi", "return", "rate", ("revenue", "spend"), roi, +1),
    Metric("new_customers", "loyalty", "count", ("new_customers",), _counted, +1),
    Metric("repeat_rate", "loyalty", "rate", ("conversions", "new_customers"), repeat_rate, +1),
    Metric("ltv", "loyalty", "money", ("revenue", "conversions", "new_customers"), _lifetime, +1),
)
