"""Demand that all channels of a history share: found once, so that no channel is credited with it.

Where spend follows demand, a channel's own history cannot tell them apart. All channels together
can, because each one's spend also moves for reasons of its own. So the log response of every
channel gets one shared path over the weeks, ``u``, a Gaussian process: a yearly wave of any form
plus a first-order autoregression. Its size is what the data ask for (marginal likelihood), down
to nothing. Each step for u allows every channel's own parameters to answer (the Schur complement
of the joint least squares), so that demand and spend are weighed against each other at once.

Source: Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), ch. 2, 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.leastsquares import CAUTION, Series, Solution, minimise, noise_of, robust_weights
from models.shapes import Shape

Array = NDArray[np.floating]
FEWEST = 3  # channels: with two, what is shared and what is one's own cannot be told apart
WEEKS_PER_YEAR = 365.25 / 7
WAVES = 8
PERSISTENCE = (0.5, 0.85)  # per week, of the part that comes and goes
SIZES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35)  # standard deviations of each part, of log response


@dataclass(frozen=True)
class Demand:
    """The shared path and how sure it is.

    Parameters
    ----------
    path : log factor on every channel's response per week, shape (weeks,)
    yearly : its part that returns every year, from the first week on, shape (53,)
    freedom : number of parameters that the path is worth
    precision : of the path given all channels, shape (weeks, weeks)
    week : each period's week, shape (periods,)
    """

    path: Array
    yearly: Array
    freedom: float
    precision: Array
    week: NDArray[np.int64]


def share(
    shape: type[Shape],
    series: Series,
    solution: Solution,
    week: NDArray[np.int64],
    path: Array,
    rounds: int = 5,
) -> tuple[Series, Solution, Demand] | None:
    """The batch fitted jointly with a shared demand, which then is part of each offset.

    Parameters
    ----------
    series, solution : the channels fitted each alone, given `path`
    week : each period's week, counted from the first, shape (periods,)
    path : where to start from, shape (weeks,)

    Returns
    -------
    None where the channels share nothing.
    """
    batch, weeks = len(series.response), len(path)
    kernels, own = _Kernels(weeks), series.offset - path[week]
    for _ in range(rounds):
        data, gradient = _information(series, solution, week, weeks)
        covariance = kernels.most_likely(data, data @ path + gradient)
        if covariance is None:
            return None
        inverse = np.linalg.inv(covariance)
        for _ in range(2):
            data, gradient = _information(series, solution, week, weeks)
            step = np.linalg.solve(inverse + data, gradient - inverse @ path)
            path = path + step * min(1.0, 0.3 / np.abs(step).max())
            series = replace(series, offset=own + path[week])
            solution = minimise(shape, series, solution.theta, iterations=8)
        freedom = float(np.trace(np.linalg.solve(inverse + data, data)))
        used = solution.theta.shape[1] + freedom / batch
        series = series.with_noise(*noise_of(series, solution.expected, used))
        solution = minimise(shape, series, solution.theta, iterations=8)
    data, _ = _information(series, solution, week, weeks)
    yearly = kernels.yearly_at(np.arange(53)) @ inverse @ path
    return series, solution, Demand(path, yearly, freedom, inverse + data, week)


class _Kernels:
    """Covariances over the weeks, and the choice among them."""

    def __init__(self, weeks: int) -> None:
        self.lag = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
        self.wave = _yearly(self.lag)
        self.size = 0.0

    def covariance(self, yearly: float, passing: float, persistence: float) -> Array:
        free = yearly**2 * self.wave + passing**2 * persistence**self.lag
        # Centred: the mean demand of the history belongs to the channels' levels.
        centred = free - free.mean(axis=0)
        centred -= centred.mean(axis=1)[:, None]
        return centred + 1e-7 * np.eye(len(self.lag))

    def yearly_at(self, weeks: Array) -> Array:
        """Covariance of the yearly part at other weeks with the path."""
        free = self.size**2 * _yearly(np.subtract.outer(weeks, np.arange(len(self.lag))))
        return free - free.mean(axis=1)[:, None]

    def most_likely(self, data: Array, pull: Array) -> Array | None:
        """The covariance with the greatest marginal likelihood; None where nothing is shared."""
        best, chosen = 0.0, None
        for persistence in PERSISTENCE:
            yearly, passing = 0.05, 0.05
            for _ in range(2):
                passing, _ = self._best(data, pull, lambda s: (yearly, s, persistence))  # noqa: B023
                yearly, height = self._best(data, pull, lambda s: (s, passing, persistence))  # noqa: B023
            if height > best:
                best, chosen = height, (yearly, passing, persistence)
        if chosen is None:
            return None
        self.size = chosen[0]
        return self.covariance(*chosen)

    def _best(self, data: Array, pull: Array, sizes) -> tuple[float, float]:
        heights = [_log_evidence(self.covariance(*sizes(s)), data, pull) for s in SIZES]
        best = int(np.argmax(heights))
        return SIZES[best], heights[best]


def _yearly(lag: Array) -> Array:
    """Correlation of a yearly wave of any smooth form at a distance of `lag` weeks."""
    wave = np.arange(1, WAVES + 1)
    angle = 2.0 * np.pi * lag[:, :, None] * wave / WEEKS_PER_YEAR
    return (np.cos(angle) / wave).sum(axis=2) / (1.0 / wave).sum()


def _log_evidence(covariance: Array, data: Array, pull: Array) -> float:
    """Log marginal likelihood of a covariance of u, relative to u = 0."""
    root = np.linalg.cholesky(covariance)
    inner = np.eye(len(data)) + root.T @ data @ root
    sign, logdet = np.linalg.slogdet(inner)
    seen = root.T @ pull
    return float(0.5 * seen @ np.linalg.solve(inner, seen) - 0.5 * logdet) if sign > 0 else -np.inf


def _information(
    series: Series, solution: Solution, week: NDArray[np.int64], weeks: int
) -> tuple[Array, Array]:
    """What the channels say of u: information with every channel's answer profiled out, gradient."""
    weight = robust_weights(series, solution.expected) / series.variance(solution.expected)
    slope = solution.expected * weight
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    diagonal = np.add.reduceat(slope * solution.expected, starts, axis=1).sum(axis=0)
    cross = CAUTION * np.add.reduceat(slope[:, :, None] * solution.jacobian, starts, axis=1)
    answered = np.linalg.solve(solution.information, cross.transpose(0, 2, 1))
    data = CAUTION * np.diag(diagonal) - np.einsum("ctp,cpu->tu", cross, answered)
    residual = series.response - solution.expected
    gradient = np.add.reduceat(slope * residual, starts, axis=1).sum(axis=0)
    return data, gradient


def left_out(demand: Demand, series: Series, solution: Solution, row: int) -> tuple[Array, Array]:
    """The path as all other channels see it: its mean and its precision."""
    one = np.array([row])
    weeks = len(demand.path)
    data, gradient = _information(series.rows(one), solution.rows(one), demand.week, weeks)
    precision = demand.precision - data
    return demand.path - np.linalg.solve(precision, gradient), precision
