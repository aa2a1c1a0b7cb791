"""How sure a fit is: draws of its parameters from their posterior.

Draws come from importance sampling around the posterior's mode (a Laplace approximation, then
one round of adaptation), not from a bootstrap: a bootstrap refits hundreds of times, mistakes the
edge of what the data can tell for certainty (a slope at its bound stays there in every refit),
and knows nothing of the priors; the plain Laplace approximation is symmetric where saturation's
uncertainty is not. Sources: Rubin (1987) for sampling and resampling; Cappe et al., *Population
Monte Carlo* (2004) for the adaptation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.joint_fit import Fitted
from models.channel_fit.levenberg_marquardt import (
    CAUTION,
    Series,
    expected_response,
    robust_weights,
)
from models.channel_fit.parametrisation import Shape
from models.channel_fit.shared_demand import left_out

Array = NDArray[np.floating]
FREEDOM = 15.0  # of the proposals' Student t: tails heavier than any posterior's here


@dataclass(frozen=True)
class Others:
    """The shared demand as all other channels see it: independent of this channel's own residuals.

    Parameters
    ----------
    path : log factor per week, shape (weeks,)
    precision : of the path, shape (weeks, weeks)
    week : each period's week, shape (periods,)
    """

    path: Array
    precision: Array
    week: NDArray[np.int64]


def others_of(fitted: Fitted, row: int) -> Others | None:
    """What the other channels know of the demand; None where nothing is shared."""
    if fitted.demand is None:
        return None
    path, precision = left_out(fitted.demand, fitted.series, fitted.solution, row)
    return Others(path - fitted.demand.path, precision, fitted.demand.week)


def draw_theta(
    fitted: Fitted,
    row: int,
    others: Others | None,
    count: int,
    proposals: int,
    rng: np.random.Generator,
) -> Array:
    """Draws of one channel's parameters, shape (count, parameters).

    Parameters
    ----------
    others : the demand, which is integrated out
    proposals : number of trial parameters in each of the two rounds
    """
    target = _Posterior(fitted, row, others)
    first = _StudentT(fitted.solution.theta[row], np.linalg.inv(target.information))
    theta = first.sample(proposals, rng)
    height = target.log_density(theta)
    weight = _normalised(height - first.log_density(theta))
    second = _StudentT(*_moments(theta, weight))
    more = second.sample(proposals, rng)
    theta = np.concatenate([theta, more])
    height = np.concatenate([height, target.log_density(more)])
    proposal = np.logaddexp(first.log_density(theta), second.log_density(theta))
    weight = _normalised(height - proposal)
    # Systematic resampling: evenly spaced through the cumulated weights.
    points = (np.arange(count) + rng.random()) / count
    return theta[np.minimum(np.searchsorted(np.cumsum(weight), points), len(weight) - 1)]


class _Posterior:
    """Posterior of one channel's parameters, the shared demand integrated out.

    The residuals' covariance is ``V + D C D'``: V their own variance over the robust weights, C
    the covariance of the demand as the other channels see it, D its effect. Inverted by Woodbury's
    identity: ``r' V^-1 r`` less the part of it that demand explains.
    """

    def __init__(self, fitted: Fitted, row: int, others: Others | None) -> None:
        self.shape: type[Shape] = fitted.shape
        self.one: Series = fitted.series.rows(np.array([row]))
        expected = fitted.solution.expected[row]
        robust = CAUTION * robust_weights(self.one, expected[None])[0]
        self.weight = robust / self.one.variance(expected[None])[0]
        self.information = fitted.solution.information[row]
        self.explain: Array | None = None
        if others is not None:
            self.one = replace(self.one, offset=self.one.offset + others.path[others.week])
            self.slope = expected * self.weight
            self.starts = np.flatnonzero(np.diff(others.week, prepend=-1))
            own = np.add.reduceat(self.slope * expected, self.starts)
            self.explain = np.linalg.cholesky(np.linalg.inv(others.precision + np.diag(own)))
            cross = self.slope[:, None] * fitted.solution.jacobian[row]
            seen = self.explain.T @ np.add.reduceat(cross, self.starts, axis=0)
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
    # The prior keeps a nearly one-sided sample from collapsing the second proposal.
    return mean, 1.1 * (weight[:, None] * away).T @ away + 1e-6 * np.eye(len(mean))
