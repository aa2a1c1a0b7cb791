"""How sure a fit is: draws of its parameters from their posterior, and intervals of what follows.

Draws come from importance sampling around the posterior's mode (a Laplace approximation, then
one round of adaptation), not from a bootstrap: a bootstrap refits hundreds of times, mistakes the
edge of what the data can tell for certainty (a slope at its bound stays there in every refit),
and knows nothing of the priors; the plain Laplace approximation is symmetric where saturation's
uncertainty is not. Sources: Rubin (1987) for sampling and resampling; Cappe et al., *Population
Monte Carlo* (2004) for the adaptation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.demand import Demand, left_out
from models.leastsquares import CAUTION, Series, Solution, expected_response, robust_weights
from models.shapes import Shape

Array = NDArray[np.floating]
PROPOSALS = 1000
FREEDOM = 5.0  # of the proposals' Student t: heavier tails than any posterior here


def draw_theta(
    shape: type[Shape],
    series: Series,
    solution: Solution,
    demand: Demand | None,
    row: int,
    count: int,
    rng: np.random.Generator,
) -> tuple[Array, float]:
    """Draws of one series' parameters.

    Returns
    -------
    theta : shape (count, parameters)
    effective : number of independent draws that the weighted sample was worth
    """
    target = _Posterior(shape, series, solution, demand, row)
    log_posterior = target.log_density
    first = _StudentT(solution.theta[row], np.linalg.inv(target.information))
    theta = first.sample(PROPOSALS, rng)
    height = log_posterior(theta)
    weight = _normalised(height - first.log_density(theta))
    second = _StudentT(*_moments(theta, weight))
    more = second.sample(PROPOSALS, rng)
    theta = np.concatenate([theta, more])
    height = np.concatenate([height, log_posterior(more)])
    proposal = np.logaddexp(first.log_density(theta), second.log_density(theta))
    weight = _normalised(height - proposal)
    # Systematic resampling: evenly spaced through the cumulated weights.
    points = (np.arange(count) + rng.random()) / count
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), points), len(weight) - 1)
    return theta[chosen], float(1.0 / (weight**2).sum())


class _Posterior:
    """Posterior of one channel's parameters, the shared demand integrated out.

    The residuals' covariance is ``V + D C D'``: V their own variance over the robust weights, C
    the covariance of the demand as the other channels see it, D its effect. Inverted by Woodbury's
    identity: ``r' V^-1 r`` less the part of it that demand explains.
    """

    def __init__(self, shape, series, solution, demand, row) -> None:
        self.shape = shape
        self.one = series.rows(np.array([row]))
        expected = solution.expected[row]
        robust = CAUTION * robust_weights(self.one, expected[None])[0]
        self.weight = robust / self.one.variance(expected[None])[0]
        jacobian = solution.jacobian[row]
        self.information = solution.information[row]
        self.explain = None
        if demand is not None:
            path, precision = left_out(demand, series, solution, row)
            offset = self.one.offset + (path - demand.path)[demand.week]
            self.one = replace(self.one, offset=offset)
            slope = expected * self.weight
            self.starts = np.flatnonzero(np.diff(demand.week, prepend=-1))
            own = np.add.reduceat(slope * expected, self.starts)
            self.explain = np.linalg.cholesky(np.linalg.inv(precision + np.diag(own)))
            self.slope = slope
            cross = np.add.reduceat(slope[:, None] * jacobian, self.starts, axis=0)
            seen = self.explain.T @ cross
            self.information = self.information - seen.T @ seen

    def log_density(self, theta: Array) -> Array:
        expected = expected_response(self.shape, self.one.repeated(len(theta)), theta)
        residual = self.one.response - expected
        squares = (residual**2) @ self.weight
        if self.explain is not None:
            by_week = np.add.reduceat(residual * self.slope, self.starts, axis=1)
            squares = squares - ((by_week @ self.explain) ** 2).sum(axis=1)
        away = theta - self.one.prior_mean[0]
        return -0.5 * (squares + (away**2) @ self.one.prior_precision[0])


class _StudentT:
    """A multivariate Student t to propose from."""

    def __init__(self, mean: Array, covariance: Array) -> None:
        self.mean = mean
        self.root = np.linalg.cholesky(covariance + 1e-10 * np.eye(len(mean)))

    def sample(self, count: int, rng: np.random.Generator) -> Array:
        normal = rng.standard_normal((count, len(self.mean))) @ self.root.T
        return self.mean + normal * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]

    def log_density(self, theta: Array) -> Array:
        scaled = np.linalg.solve(self.root, (theta - self.mean).T)
        size = len(self.mean)
        spread = np.log(np.diag(self.root)).sum()
        return -0.5 * (FREEDOM + size) * np.log1p((scaled**2).sum(axis=0) / FREEDOM) - spread


def _normalised(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _moments(theta: Array, weight: Array) -> tuple[Array, Array]:
    mean = weight @ theta
    away = theta - mean
    return mean, (weight[:, None] * away).T @ away * 1.1
