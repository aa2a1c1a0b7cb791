"""Curves without a formula of their own: straight lines between points, means of other curves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.curves.families import Curve

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Tabulated(Curve):
    """Straight lines between given points, flat beyond the last: a curve from elsewhere.

    Parameters
    ----------
    points : (spend per period, conversions per period), spends rising from 0, conversions
        never falling from 0

    Examples
    --------
    >>> Tabulated(((0.0, 0.0), (5000.0, 160.0))).response([2500.0, 9000.0]).tolist()
    [80.0, 160.0]
    """

    family: ClassVar[str] = "tabulated"
    points: tuple[tuple[float, float], ...]

    @property
    def parameters(self) -> dict:
        return {"points": [list(point) for point in self.points]}

    @property
    def spends(self) -> Array:
        return np.array([spend for spend, _ in self.points])

    @property
    def responses(self) -> Array:
        return np.array([response for _, response in self.points])

    def _slopes(self) -> Array:
        return np.append(np.diff(self.responses) / np.diff(self.spends), 0.0)

    def response(self, spend: ArrayLike) -> Array:
        return np.interp(np.asarray(spend, dtype=float), self.spends, self.responses)

    def marginal(self, spend: ArrayLike) -> Array:
        piece = np.searchsorted(self.spends, np.asarray(spend, dtype=float), side="right") - 1
        return self._slopes()[piece]

    def spend_of_slope(self, slope: ArrayLike) -> Array:
        """The largest spend before the last line of the concave part that is as steep as `slope`.

        Parameters
        ----------
        slope : conversions per unit of money, above 0
        """
        start = self.concave_from
        ends, slopes = self.spends[1:], self._slopes()[:-1]
        is_concave = self.spends[:-1] >= start
        ends, falling = ends[is_concave], -slopes[is_concave]
        count = np.searchsorted(falling, -np.asarray(slope, dtype=float), side="right")
        return np.append(start, ends)[count]

    @property
    def convex_until(self) -> float:
        falls = np.flatnonzero(np.diff(self._slopes()) < 0)
        return float(self.spends[falls[0] + 1]) if falls.size else math.inf

    @property
    def concave_from(self) -> float:
        rises = np.flatnonzero(np.diff(self._slopes()) > 0)
        return float(self.spends[rises[-1] + 1]) if rises.size else 0.0

    def marginal_range(self, low: ArrayLike, high: ArrayLike) -> tuple[Array, Array]:
        lows, highs = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
        slopes, spends = self._slopes(), self.spends
        first = np.searchsorted(spends, lows, side="right") - 1
        # An interval that ends on a point does not see the slope behind it.
        last = np.maximum(np.searchsorted(spends, highs, side="left") - 1, first)
        spans = [slopes[a : b + 1] for a, b in zip(first.ravel(), last.ravel(), strict=True)]
        return (
            np.array([span.min() for span in spans]).reshape(lows.shape),
            np.array([span.max() for span in spans]).reshape(lows.shape),
        )

    def stretched(self, periods: float, factor: float = 1.0) -> Tabulated:
        return Tabulated(tuple((x * periods, y * periods * factor) for x, y in self.points))


@dataclass(frozen=True, eq=False)
class Average(Curve):
    """The mean of many curves of one family, as from the draws of a fit.

    Parameters
    ----------
    of : the family's class
    draws : parameters, shape (draws, parameters of the family)
    """

    family: ClassVar[str] = "average"
    of: type[Curve]
    draws: Array

    @property
    def parameters(self) -> dict:
        return {"family": self.of.family, "draws": self.draws.tolist()}

    def _mean(self, function, spend: Array) -> Array:
        return function(spend[..., None], *self.draws.T).mean(axis=-1)

    def response(self, spend: ArrayLike) -> Array:
        return self._mean(self.of.formula, np.asarray(spend, dtype=float))

    def marginal(self, spend: ArrayLike) -> Array:
        return self._mean(self.of.derivative, np.asarray(spend, dtype=float))

    def _turning_points(self) -> Array:
        return np.broadcast_to(self.of.turning_point(*self.draws.T), len(self.draws))

    @property
    def convex_until(self) -> float:
        return float(self._turning_points().min())

    @property
    def concave_from(self) -> float:
        return float(self._turning_points().max())

    def marginal_range(self, low: ArrayLike, high: ArrayLike) -> tuple[Array, Array]:
        # A mean of slopes lies between the means of their least and of their greatest values.
        low, high = np.asarray(low, float)[..., None], np.asarray(high, float)[..., None]
        columns = self.draws.T
        ends = np.minimum(self.of.derivative(low, *columns), self.of.derivative(high, *columns))
        peak = self.of.derivative(np.clip(self._turning_points(), low, high), *columns)
        return ends.mean(axis=-1), peak.mean(axis=-1)

    def stretched(self, periods: float, factor: float = 1.0) -> Average:
        rows = [self.of(*row).stretched(periods, factor).values() for row in self.draws]
        return Average(self.of, np.array(rows))
