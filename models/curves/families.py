"""Curve families: formula, slope, inflection, and how each stretches over a horizon.

A curve says how many conversions (or how much revenue) one fit period brings at a steady spend
per period. All methods take a spend of any shape, money per period, and broadcast like NumPy.

Every family here rises from zero at zero spend, and each knows three facts that the optimiser
needs for a rigorous bound:

* `convex_until`: convex on [0, convex_until]; 0 where it is never strictly convex;
* `concave_from`: concave on [concave_from, infinity); 0 for a concave curve;
* `marginal_range(low, high)`: the least and the greatest slope on an interval.

Between `convex_until` and `concave_from` nothing is promised about the curvature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


@cache
def _names(family: type[Curve]) -> tuple[str, ...]:
    """The parameters of a family in the order of its formula."""
    return tuple(field.name for field in fields(family))


@dataclass(frozen=True)
class Curve:
    """A non-decreasing response curve through the origin."""

    family: ClassVar[str] = ""

    @staticmethod
    def formula(spend: Array, *parameters: Array | float) -> Array:
        """Response at `spend`; parameters are scalars or arrays that broadcast with it."""
        raise NotImplementedError

    @staticmethod
    def derivative(spend: Array, *parameters: Array | float) -> Array:
        """Slope of the response at `spend`, from the right."""
        raise NotImplementedError

    @staticmethod
    def spend_of_slope(slope: Array, *parameters: Array | float) -> Array:
        """The largest spend on the concave part at which the slope is at least `slope` > 0.

        Infinite where it always is; where it never is, where the concave part begins.
        """
        raise NotImplementedError

    @classmethod
    def start(cls, spend: ArrayLike, response: ArrayLike) -> Curve:
        """A first guess: through the means of the periods with spend, moderately saturated there.

        Parameters
        ----------
        spend, response : money and conversions per period, shape (periods,), some spend positive
        """
        spend, response = np.asarray(spend, dtype=float), np.asarray(response, dtype=float)
        active = spend > 0
        return cls._through(float(spend[active].mean()), float(response[active].mean()))

    @classmethod
    def _through(cls, spend: float, response: float) -> Curve:
        """A typical member of the family with this response at this spend."""
        raise NotImplementedError

    @staticmethod
    def turning_point(*parameters: Array | float) -> Array | float:
        """Spend at which the curve turns from convex to concave; 0 for a concave curve."""
        return 0.0

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name, as the curves file writes them."""
        return {name: getattr(self, name) for name in _names(type(self))}

    def values(self) -> tuple[float, ...]:
        """The parameters in the order of the family's formula."""
        return tuple(getattr(self, name) for name in _names(type(self)))

    def response(self, spend: ArrayLike) -> Array:
        """Conversions (or revenue) per period at a steady `spend` per period."""
        return self.formula(np.asarray(spend, dtype=float), *self.values())

    def marginal(self, spend: ArrayLike) -> Array:
        """Conversions (or revenue) per further unit of money, at `spend`."""
        return self.derivative(np.asarray(spend, dtype=float), *self.values())

    @property
    def convex_until(self) -> float:
        return float(self.turning_point(*self.values()))

    @property
    def concave_from(self) -> float:
        return self.convex_until

    def marginal_range(self, low: ArrayLike, high: ArrayLike) -> tuple[Array, Array]:
        """Least and greatest slope on each interval [low, high].

        The slope of a convex-then-concave curve rises to its inflection and falls after it, so
        the least is at an end and the greatest at the point nearest the inflection.
        """
        low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
        at_low, at_high = self.marginal(low), self.marginal(high)
        peak = self.marginal(np.clip(self.convex_until, low, high))
        return np.minimum(at_low, at_high), peak

    def stretched(self, periods: float, factor: float = 1.0) -> Curve:
        """The response of a whole horizon: ``X -> periods * factor * g(X / periods)``.

        Parameters
        ----------
        periods : the horizon's length in fit periods (31 days on a weekly curve: 31 / 7)
        factor : season of the horizon, 1 for an average time of year
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Hill(Curve):
    """``ceiling * x^slope / (x^slope + half_saturation^slope)``; S-shaped where slope > 1.

    Source: Hill (1910); as a media response, Jin et al., *Bayesian Methods for Media Mix
    Modeling with Carryover and Shape Effects* (2017).

    Parameters
    ----------
    ceiling : conversions per period that no spend exceeds
    half_saturation : spend per period that brings half of the ceiling
    slope : exponent; at most 1 concave, above 1 S-shaped

    Examples
    --------
    >>> curve = Hill(ceiling=1200.0, half_saturation=9000.0, slope=2.0)
    >>> float(curve.response(9000.0)), float(curve.marginal(9000.0).round(4))
    (600.0, 0.0667)
    """

    family: ClassVar[str] = "hill"
    ceiling: float
    half_saturation: float
    slope: float = 1.0

    @staticmethod
    def formula(spend, ceiling, half_saturation, slope):
        with np.errstate(divide="ignore", over="ignore"):
            return ceiling / (1.0 + (half_saturation / spend) ** slope)

    @staticmethod
    def derivative(spend, ceiling, half_saturation, slope):
        # With u = (k/x)^s the slope is a s u / (x (1+u)^2). At zero: infinite for s < 1,
        # a/k for s = 1, zero for s > 1. u overflows to inf near zero for s > 1: also zero.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            ratio = (half_saturation / spend) ** slope
            inside = ceiling * slope / spend / (2.0 + ratio + 1.0 / ratio)
        at_zero = np.where(slope < 1, np.inf, np.where(slope > 1, 0.0, ceiling / half_saturation))
        return np.where(spend > 0, np.where(np.isnan(inside), at_zero, inside), at_zero)

    @staticmethod
    def spend_of_slope(slope, ceiling, half_saturation, exponent):
        # With y = s log(x/k) the logarithm of the slope is log(a s / k) + (1 - 1/s) y
        # - 2 log(1 + e^y): concave in y, so that Newton's method falls to the root from above.
        inverse = 1.0 / exponent
        rise = 1.0 - inverse
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            level = np.log(slope * half_saturation / (ceiling * exponent))
            low = np.where(exponent < 1, np.minimum(level / rise, 0.0), 0.0)
            place = np.minimum(np.where(level > 0, low, -level / (1.0 + inverse)), 700.0)
            least = np.where(exponent > 1, np.log(rise / (1.0 + inverse)), -np.inf)
            for _ in range(40):
                power = np.exp(place)
                over = rise * place - 2.0 * np.log1p(power) - level
                fall = rise - 2.0 * power / (1.0 + power)
                # At the root nothing is left to do, nor where there is none.
                ahead = np.where((over < 0) & (fall < 0), place - over / fall, place)
                before, place = place, np.maximum(ahead, least)
                if not (before - place > 1e-13 * np.maximum(np.abs(place), 1.0)).any():
                    break
            return half_saturation * np.exp(place * inverse)

    @classmethod
    def _through(cls, spend, response):
        return cls(2.0 * response, spend, 1.0)

    @staticmethod
    def turning_point(ceiling, half_saturation, slope):
        steep = np.maximum(slope, 1.0)
        return half_saturation * ((steep - 1.0) / (steep + 1.0)) ** (1.0 / steep)

    def stretched(self, periods: float, factor: float = 1.0) -> Hill:
        return Hill(self.ceiling * periods * factor, self.half_saturation * periods, self.slope)


@dataclass(frozen=True)
class Exponential(Curve):
    """``ceiling * (1 - exp(-x / scale))``: every further unit wins a fixed share of what is left.

    Source: Little, *Aggregate advertising models: the state of the art* (1979).

    Parameters
    ----------
    ceiling : conversions per period that no spend exceeds
    scale : spend per period that brings 63 % of the ceiling

    Examples
    --------
    >>> Exponential(ceiling=1000.0, scale=500.0).response([0.0, 500.0]).round(1).tolist()
    [0.0, 632.1]
    """

    family: ClassVar[str] = "exponential"
    ceiling: float
    scale: float

    @staticmethod
    def formula(spend, ceiling, scale):
        return -ceiling * np.expm1(-spend / scale)

    @staticmethod
    def derivative(spend, ceiling, scale):
        return ceiling / scale * np.exp(-spend / scale)

    @staticmethod
    def spend_of_slope(slope, ceiling, scale):
        with np.errstate(divide="ignore", over="ignore"):
            return np.maximum(scale * np.log(ceiling / (scale * slope)), 0.0)

    @classmethod
    def _through(cls, spend, response):
        return cls(response / -math.expm1(-1.0), spend)

    def stretched(self, periods: float, factor: float = 1.0) -> Exponential:
        return Exponential(self.ceiling * periods * factor, self.scale * periods)


@dataclass(frozen=True)
class Logarithmic(Curve):
    """``coefficient * log(1 + x / scale)``: doubling a large spend always adds the same.

    Source: the semi-log model of Doyle and Saunders, *Multiproduct advertising budgeting* (1990),
    shifted to pass through the origin.

    Parameters
    ----------
    coefficient : conversions per period per e-fold of spend
    scale : spend per period where saturation sets in

    Examples
    --------
    >>> curve = Logarithmic(coefficient=30.0, scale=100.0)
    >>> curve.marginal([0.0, 100.0]).tolist()
    [0.3, 0.15]
    """

    family: ClassVar[str] = "logarithmic"
    coefficient: float
    scale: float

    @staticmethod
    def formula(spend, coefficient, scale):
        return coefficient * np.log1p(spend / scale)

    @staticmethod
    def derivative(spend, coefficient, scale):
        return coefficient / (scale + spend)

    @staticmethod
    def spend_of_slope(slope, coefficient, scale):
        with np.errstate(divide="ignore", over="ignore"):
            return np.maximum(coefficient / slope - scale, 0.0)

    @classmethod
    def _through(cls, spend, response):
        return cls(response / math.log1p(1.0), spend)

    def stretched(self, periods: float, factor: float = 1.0) -> Logarithmic:
        return Logarithmic(self.coefficient * periods * factor, self.scale * periods)


@dataclass(frozen=True)
class Power(Curve):
    """``coefficient * x^exponent``: a constant elasticity, without any ceiling.

    Source: the constant-elasticity model of Hanssens, Parsons and Schultz, *Market Response
    Models* (2001).

    Parameters
    ----------
    coefficient : conversions per period at a spend of one unit of money
    exponent : elasticity, above 0 and at most 1

    Examples
    --------
    >>> Power(coefficient=2.0, exponent=0.5).response([100.0, 400.0]).tolist()
    [20.0, 40.0]
    """

    family: ClassVar[str] = "power"
    coefficient: float
    exponent: float

    @staticmethod
    def formula(spend, coefficient, exponent):
        return coefficient * spend**exponent

    @staticmethod
    def derivative(spend, coefficient, exponent):
        with np.errstate(divide="ignore"):
            return coefficient * exponent * spend ** (exponent - 1.0)

    @staticmethod
    def spend_of_slope(slope, coefficient, exponent):
        with np.errstate(divide="ignore", over="ignore"):
            return (coefficient * exponent / slope) ** (1.0 / (1.0 - exponent))

    @classmethod
    def _through(cls, spend, response):
        return cls(response / math.sqrt(spend), 0.5)

    def stretched(self, periods: float, factor: float = 1.0) -> Power:
        return Power(self.coefficient * factor * periods ** (1.0 - self.exponent), self.exponent)


@dataclass(frozen=True)
class Linear(Curve):
    """``rate * x``: no saturation at all.

    Parameters
    ----------
    rate : conversions per unit of money

    Examples
    --------
    >>> float(Linear(rate=0.04).response(500.0))
    20.0
    """

    family: ClassVar[str] = "linear"
    rate: float

    @staticmethod
    def formula(spend, rate):
        return rate * spend

    @staticmethod
    def derivative(spend, rate):
        return rate + 0.0 * spend

    @staticmethod
    def spend_of_slope(slope, rate):
        return np.where(rate >= slope, np.inf, 0.0)

    @classmethod
    def _through(cls, spend, response):
        return cls(response / spend)

    def stretched(self, periods: float, factor: float = 1.0) -> Linear:
        return Linear(self.rate * factor)


FAMILIES: dict[str, type[Curve]] = {
    family.family: family for family in (Hill, Exponential, Logarithmic, Power, Linear)
}


def is_finite_positive(value: float) -> bool:
    """Whether a parameter can be used at all: a finite number above zero."""
    return math.isfinite(value) and value > 0
