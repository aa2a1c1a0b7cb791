"""Weighted, robust non-linear least squares for many channels at once, in NumPy alone.

The model of one series, `theta = (level, shape..., decay, covariates...)`:

    expected(t) = exp(level + covariates(t) . beta + offset(t)) * h(carried-over spend(t)) / h(1)

The variance of what is observed is ``poisson * expected + relative * expected^2``: counts vary
like counts, and large counts vary by a fraction. Residuals are normal in the bulk, with the tails
of a Cauchy distribution beyond, so that an outage weighs little; a Student t would weigh the bulk
too, and take the middle of skewed counts for their mean. Solved by Levenberg's and Marquardt's
damped Gauss-Newton steps (Nocedal and Wright, *Numerical Optimization*, 2006, ch. 10), all series
in the same array calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.parametrisation import TINY, Shape
from models.transforms.adstock import MOST_DECAY, carried_over, carry_over_slope, decay_of

Array = NDArray[np.floating]
BULK = 2.5  # standard deviations within which a residual counts in full
FARTHEST = 4.0  # beyond which it does not count as noise at all
# What robust weights cost in efficiency where nothing is wrong: the mean slope of the influence
# function over its mean square, for normal residuals (Huber, *Robust Statistics*, 1981).
CAUTION = 0.975


@dataclass(frozen=True)
class Series:
    """The data of a batch of series, in units that make theta of order one.

    Parameters
    ----------
    spend : spend over reference spend, shape (batch, periods)
    peak : period of the delayed carry-over's peak, or GEOMETRIC, shape (batch,)
    response : conversions per period, shape (batch, periods)
    covariates : shape (batch, periods, covariates)
    offset : known part of the log response, shape (batch, periods)
    weight : 1, or 0 for a period that is left out, shape (batch, periods)
    prior_mean, prior_precision : of theta, shape (batch, parameters)
    poisson, relative : of the variance, shape (batch,)
    """

    spend: Array
    peak: Array
    response: Array
    covariates: Array
    offset: Array
    weight: Array
    prior_mean: Array
    prior_precision: Array
    poisson: Array
    relative: Array

    def rows(self, index: NDArray) -> Series:
        """The given series of the batch, in that order; an index may repeat."""
        return Series(**{name: values[index] for name, values in vars(self).items()})

    def repeated(self, times: int) -> Series:
        """One series, `times` times, without copying it."""
        return Series(
            **{n: np.broadcast_to(v, (times, *v.shape[1:])) for n, v in vars(self).items()}
        )

    def with_weight(self, weight: Array) -> Series:
        return replace(self, weight=weight)

    def with_noise(self, poisson: Array, relative: Array) -> Series:
        return replace(self, poisson=poisson, relative=relative)

    def with_prior(self, columns: NDArray, mean: Array, precision: Array) -> Series:
        """Another prior on some of the parameters, mean and precision (batch, columns)."""
        prior_mean, prior_precision = self.prior_mean.copy(), self.prior_precision.copy()
        prior_mean[:, columns], prior_precision[:, columns] = mean, precision
        return replace(self, prior_mean=prior_mean, prior_precision=prior_precision)

    @property
    def least(self) -> Array:
        """Expectation below which the variance shrinks no further, shape (batch, 1)."""
        return 0.02 * self.response.mean(axis=1, keepdims=True) + 1e-12

    def variance(self, expected: Array) -> Array:
        at_least = np.maximum(expected, self.least)
        return self.poisson[:, None] * at_least + self.relative[:, None] * at_least**2


@dataclass(frozen=True)
class Solution:
    """Parameters at the posterior's mode, with what is needed to draw around it.

    Parameters
    ----------
    theta : shape (batch, parameters)
    cost : minus log posterior up to a constant, shape (batch,)
    expected : shape (batch, periods)
    jacobian : of `expected`, shape (batch, periods, parameters)
    information : Gauss-Newton approximation of the cost's curvature, (batch, p, p)
    """

    theta: Array
    cost: Array
    expected: Array
    jacobian: Array
    information: Array

    def rows(self, index: NDArray) -> Solution:
        return Solution(**{name: values[index] for name, values in vars(self).items()})

    @classmethod
    def picked(cls, rivals: Sequence[Solution], which: NDArray) -> Solution:
        """For each series the solution of the given rival."""
        series = np.arange(len(which))
        return cls(
            **{
                name: np.stack([getattr(rival, name) for rival in rivals])[which, series]
                for name in vars(rivals[0])
            }
        )


def split(shape: type[Shape], theta: Array) -> tuple[Array, Array, Array, Array]:
    """Level (batch,), shape parameters, decay parameter (batch,), covariates' coefficients."""
    last = 1 + shape.size()
    return theta[:, 0], theta[:, 1:last], theta[:, last], theta[:, last + 1 :]


def expected_response(shape: type[Shape], series: Series, theta: Array) -> Array:
    """Expected response, shape (batch, periods), without the cost of its jacobian."""
    level, form, raw_decay, coefficients = split(shape, theta)
    effective = carried_over(series.spend, decay_of(raw_decay), series.peak)
    log_h = shape.log_response(np.log(np.maximum(effective, TINY)), form)
    moved = np.matmul(series.covariates, coefficients[:, :, None])[:, :, 0]
    return np.exp(np.clip(level[:, None] + moved + series.offset + log_h, -40.0, 40.0))


def predict(shape: type[Shape], series: Series, theta: Array) -> tuple[Array, Array]:
    """Expected response (batch, periods) and its jacobian (batch, periods, parameters)."""
    level, form, raw_decay, coefficients = split(shape, theta)
    decay = decay_of(raw_decay)
    effective = carried_over(series.spend, decay, series.peak)
    by_decay = carry_over_slope(series.spend, effective, decay, series.peak)
    effective = np.maximum(effective, TINY)
    log_h, elasticity, by_form = shape.evaluate(np.log(effective), form)
    moved = np.matmul(series.covariates, coefficients[:, :, None])[:, :, 0]
    expected = np.exp(np.clip(level[:, None] + moved + series.offset + log_h, -40.0, 40.0))
    chain = (decay * (1.0 - decay / MOST_DECAY))[:, None]
    jacobian = np.empty((*expected.shape, theta.shape[1]))
    jacobian[:, :, 0] = 1.0
    for column, slope in enumerate(by_form, start=1):
        jacobian[:, :, column] = slope
    jacobian[:, :, 1 + len(by_form)] = elasticity * by_decay / effective * chain
    jacobian[:, :, 2 + len(by_form) :] = series.covariates
    jacobian *= expected[:, :, None]
    return expected, jacobian


def misfit(series: Series, expected: Array, variance: Array) -> Array:
    """Minus the log likelihood of the residuals, up to a constant, shape (batch,)."""
    return loss_of((series.response - expected) ** 2 / variance, series.weight).sum(axis=1)


def loss_of(squares: Array, weight: Array) -> Array:
    """Half the squared residual in the bulk, its logarithm beyond."""
    beyond = np.log(np.maximum(squares, BULK**2) / BULK**2)
    return 0.5 * weight * (np.minimum(squares, BULK**2) + BULK**2 * beyond)


def cost_of(series: Series, theta: Array, expected: Array, variance: Array) -> Array:
    """Minus log posterior for a known variance, up to a constant, shape (batch,)."""
    away = theta - series.prior_mean
    return misfit(series, expected, variance) + 0.5 * (series.prior_precision * away**2).sum(axis=1)


def robust_weights(series: Series, expected: Array) -> Array:
    """Weight of each period: 1 near the expectation, near 0 for an outlier; (batch, periods)."""
    squares = (series.response - expected) ** 2 / series.variance(expected)
    return series.weight * np.minimum(1.0, BULK**2 / np.maximum(squares, BULK**2))


def _normal_equations(
    series: Series, theta: Array, expected: Array, jacobian: Array
) -> tuple[Array, Array]:
    weight = robust_weights(series, expected) / series.variance(expected)
    weighted = jacobian * weight[:, :, None]
    information = np.matmul(weighted.transpose(0, 2, 1), jacobian)
    diagonal = np.arange(theta.shape[1])
    residual = (series.response - expected)[:, :, None]
    gradient = np.matmul(weighted.transpose(0, 2, 1), residual)[:, :, 0]
    information[:, diagonal, diagonal] += series.prior_precision
    return information, gradient + series.prior_precision * (series.prior_mean - theta)


def minimise(
    shape: type[Shape],
    series: Series,
    theta: Array,
    iterations: int = 30,
    tolerance: float = 1e-4,
) -> Solution:
    """The most likely parameters from given starts, one start per series of the batch."""
    expected, jacobian = predict(shape, series, theta)
    damping = np.full(len(theta), 1e-2)
    diagonal = np.arange(theta.shape[1])
    for _ in range(iterations):
        information, gradient = _normal_equations(series, theta, expected, jacobian)
        damped = information.copy()
        damped[:, diagonal, diagonal] *= 1.0 + damping[:, None]
        damped[:, diagonal, diagonal] += 1e-9
        step = np.clip(np.linalg.solve(damped, gradient[:, :, None])[:, :, 0], -1.5, 1.5)
        tried, trial_jacobian = predict(shape, series, theta + step)
        variance = series.variance(expected)
        before = cost_of(series, theta, expected, variance)
        better = cost_of(series, theta + step, tried, variance) <= before
        theta = np.where(better[:, None], theta + step, theta)
        expected = np.where(better[:, None], tried, expected)
        jacobian = np.where(better[:, None, None], trial_jacobian, jacobian)
        damping = np.clip(np.where(better, damping * 0.2, damping * 8.0), 1e-6, 1e6)
        if np.all((np.abs(step).max(axis=1) < tolerance) | (damping >= 1e6)):
            break
    return _solution(series, theta, expected, jacobian)


def solution_at(shape: type[Shape], series: Series, theta: Array) -> Solution:
    """Everything about given parameters, whether they are the most likely or not."""
    return _solution(series, theta, *predict(shape, series, theta))


def _solution(series: Series, theta: Array, expected: Array, jacobian: Array) -> Solution:
    information, _ = _normal_equations(series, theta, expected, jacobian)
    # From the curvature of the steps to what the data know.
    information = CAUTION * information
    diagonal = np.arange(theta.shape[1])
    information[:, diagonal, diagonal] += (1.0 - CAUTION) * series.prior_precision
    # The variance depends on the expectation: its logarithm makes costs of rivals comparable.
    variance = series.variance(expected)
    spread = 0.5 * (series.weight * np.log(variance)).sum(axis=1)
    cost = cost_of(series, theta, expected, variance) + spread
    return Solution(theta, cost, expected, jacobian, information)


def noise_of(series: Series, expected: Array, parameters: float) -> tuple[Array, Array]:
    """The variance's two parts that explain the squared residuals; shape (batch,) each.

    Non-negative least squares of the squares, outliers left out, on the expectation and its square,
    both over the expectation, so that periods of all sizes count alike.
    """
    at_least = np.maximum(expected, series.least)
    residual = series.response - expected
    counts = series.weight * (residual**2 <= FARTHEST**2 * series.variance(expected))
    used = np.maximum(counts.sum(axis=1), 1.0)
    freedom = used / np.maximum(used - parameters, 0.5 * used)
    target = counts * residual**2 / at_least * freedom[:, None]
    ones, slope = counts, counts * at_least
    n, s, ss = ones.sum(axis=1), slope.sum(axis=1), (slope * at_least).sum(axis=1)
    t, st = target.sum(axis=1), (target * at_least).sum(axis=1)
    # A channel of which no period counts says nothing: what was thought of its noise stays.
    silent = n == 0
    n, ss = np.where(silent, 1.0, n), np.where(silent, 1.0, ss)
    determinant = np.maximum(n * ss - s**2, 1e-12 * n * ss)
    poisson = (ss * t - s * st) / determinant
    relative = (n * st - s * t) / determinant
    only_poisson, only_relative = t / n, st / ss
    floor = 1e-4  # at least 1 % noise: no history is exact
    found = (
        np.where(relative < 0, only_poisson, np.where(poisson < 0, 0.0, poisson)),
        np.maximum(
            np.where(poisson < 0, only_relative, np.where(relative < 0, 0.0, relative)), floor
        ),
    )
    return (
        np.where(silent, series.poisson, found[0]),
        np.where(silent, series.relative, found[1]),
    )
