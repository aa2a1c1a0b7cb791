"""One readable curve for the mean of many.

A decision under uncertainty is taken on the mean of the draws' curves, not on the curve of their
mean parameters: with a little saturation here and a lot there, the mean of the curves bends less
than the curve of the means. Two hundred draws are nothing that a person can read or edit, though,
so the mean is written as the nearest curve of the same family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from models.curves import Average, Curve

Array = NDArray[np.floating]

POINTS = 24  # compared on this many spends, from near zero to the limit
BOUNDED = ("slope", "exponent")  # parameters between 0 and 1; the others are positive


def nearest_to_mean(mean: Average, limit: float) -> Curve:
    """The curve of the mean's own family that is nearest to it, concave like every draw.

    Nearest in relative error of response and of slope, by least squares, over (0, limit]. For
    Hill that is within about 1 % of the response and of the slope around usual spends; a mean of
    curves of a family with a single scale may bend differently, and is followed less closely.

    Parameters
    ----------
    mean : draws with a positive first parameter; of a concave family, one-scale or Hill
    limit : money per period up to which the curve will be used
    """
    from scipy.optimize import least_squares

    spend = limit * np.arange(1, POINTS + 1) / POINTS
    response, slope = mean.response(spend), mean.marginal(spend)
    family = mean.of
    names = [field.name for field in fields(family)]
    # The first parameter scales the response, and starts from what it does at the limit.
    middle = np.median(mean.draws, axis=0)
    at_limit = family(*map(float, middle)).response(limit)
    middle[0] *= response[-1] / at_limit

    def parameters(theta: Array) -> list[float]:
        return [
            float(1.0 / (1.0 + np.exp(-t)) if name in BOUNDED else value * np.exp(t))
            for name, value, t in zip(names, middle, theta, strict=True)
        ]

    def errors(theta: Array) -> Array:
        curve = family(*parameters(theta))
        return np.concatenate(
            [curve.response(spend) / response - 1.0, curve.marginal(spend) / slope - 1.0]
        )

    start = [2.0 if name in BOUNDED else 0.0 for name in names]
    limits = [12.0 if name in BOUNDED else 9.0 for name in names]
    found = least_squares(errors, start, bounds=([-x for x in limits], limits))
    return family(*parameters(found.x))


def mean_of_parameters(draws: Sequence[Curve]) -> Curve:
    """The curve of the draws' mean parameters: what not to decide on, kept for comparison."""
    values = np.array([list(draw.parameters.values()) for draw in draws]).mean(axis=0)
    return type(draws[0])(*map(float, values))
