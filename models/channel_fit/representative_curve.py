"""The one curve to decide on: of a family, closest to the mean of all that is likely.

A decision under uncertainty maximises the mean response over what is likely, and that is a curve
again: the mean of the draws' curves. It is written down as the nearest member of a family, so that
a curves file stays a few readable numbers. (Measured in `benchmarks/fit.py` beside the mean itself
and the single most likely curve.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.levenberg_marquardt import Series, minimise
from models.channel_fit.parametrisation import Shape
from models.curves.bank import responses
from models.curves.families import Curve
from models.transforms.adstock import GEOMETRIC

Array = NDArray[np.floating]
GRID = np.linspace(0.05, 2.0, 40)
NO_CARRY_OVER = -30.0


def nearest_to_mean(
    shape: type[Shape], draws: Sequence[Sequence[Curve]], reference: Array, typical: Array
) -> list[Curve]:
    """For each channel the family's member that is nearest to the mean of its draws.

    Parameters
    ----------
    shape : of the family to take it from
    draws : equally likely curves of each channel
    reference, typical : spends per period that each curve must get right: the usual one, and the
        highest of interest, money, shape (channels,)
    """
    spend = GRID * typical[:, None]
    mean = np.stack([responses(d, x).mean(axis=0) for d, x in zip(draws, spend, strict=True)])
    values = closest(shape, spend, mean, reference)
    return [shape.family(*rounded(parameters)) for parameters in values]


def rounded(values: Iterable[float]) -> list[float]:
    """To seven digits: more would be noise, and a curves file holds exactly what a fit returned."""
    return [float(f"{value:.7g}") for value in values]


def closest(shape: type[Shape], spend: Array, response: Array, reference: Array) -> Array:
    """Parameters of the family's members closest to given curves, relative errors squared.

    Parameters
    ----------
    spend, response : points of each curve, shape (curves, points)
    reference : a typical spend of each curve, shape (curves,)

    Returns
    -------
    shape (curves, parameters of the family)
    """
    batch, points = spend.shape
    size = shape.size() + 2
    at_reference = [np.interp(r, x, y) for r, x, y in zip(reference, spend, response, strict=True)]
    mean = np.concatenate([[0.0], shape.prior_mean, [NO_CARRY_OVER]])
    prior_mean = np.tile(mean, (batch, 1))
    prior_mean[:, 0] = np.log(at_reference)
    series = Series(
        spend=spend / reference[:, None],
        peak=np.full(batch, GEOMETRIC),
        response=response,
        covariates=np.zeros((batch, points, 0)),
        offset=np.zeros((batch, points)),
        weight=np.ones((batch, points)),
        prior_mean=prior_mean,
        prior_precision=np.tile(np.append(np.full(size - 1, 1e-4), 1e6), (batch, 1)),
        poisson=np.zeros(batch),
        relative=np.full(batch, 1e-4),
    )
    theta = minimise(shape, series, prior_mean, iterations=60, tolerance=1e-6).theta
    return shape.parameters(theta[:, 0], theta[:, 1:-1], reference)
