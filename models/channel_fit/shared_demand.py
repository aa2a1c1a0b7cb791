"""Demand that all channels of a history share: found once, so that no channel is credited with it.

Where spend follows demand, a channel's own history cannot tell them apart. All channels together
can, because each one's spend also moves for reasons of its own. So the log response of every
channel gets one shared path over the weeks, ``u``, a Gaussian process: a yearly wave of any form
plus a first-order autoregression. Its size is what the data ask for (marginal likelihood), down
to nothing. Each step for u allows every channel's own parameters to answer (the Schur complement
of the joint least squares), so that demand and spend are weighed against each other at once.

Source: Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), ch. 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.channel_fit.levenberg_marquardt import (
    CAUTION,
    Series,
    Solution,
    cost_of,
    noise_of,
    robust_weights,
    solution_at,
)
from models.channel_fit.parametrisation import Shape

Array = NDArray[np.floating]
FEWEST = 3  # channels: with two, what is shared and what is one's own cannot be told apart
WEEKS_PER_YEAR = 365.25 / 7
WAVES = 8
PERSISTENCE = (0.5, 0.85)  # per week, of the part that comes and goes
# Standard deviations of log response to choose from. Hardly any trade is without a season, and
# without one its slope over the weeks of the history would be taken for a trend.
YEARLY = (0.12, 0.25)
PASSING = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35)
SEARCHES = 3  # for the sizes, each from where the last one led
STEPS = 5  # of Gauss and Newton in between


@dataclass(frozen=True)
class Demand:
    """The shared path and how sure it is.

    Parameters
    ----------
    path : log factor on every channel's response per week, shape (weeks,)
    yearly : its part that returns every year, from the first week on, shape (53,)
    precision : of the path given all channels, shape (weeks, weeks)
    week : each period's week, shape (periods,)
    """

    path: Array
    yearly: Array
    precision: Array
    week: NDArray[np.int64]

    @property
    def spread(self) -> float:
        """Standard deviation over the weeks of what comes and goes: no yearly wave foresees it."""
        of_year = np.arange(len(self.path)) % len(self.yearly)
        return float(np.std(self.path - self.yearly[of_year]))


def share(
    shape: type[Shape],
    series: Series,
    solution: Solution,
    week: NDArray[np.int64],
    path: Array,
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
    kernel = _Kernel.of(len(path))
    state = _State(series, solution, path, week)
    parameters = solution.theta.shape[1]
    for _ in range(SEARCHES):
        state, freedom = _settle(shape, state, kernel)
        used = parameters + freedom / len(series.response)
        state = state.at(shape, noise=noise_of(state.series, state.solution.expected, used))
        data, gradient, _, _ = _information(state)
        found = kernel.most_likely(data, data @ state.path + gradient)
        kernel = found or kernel
    if found is None:
        return None
    state, _ = _settle(shape, state, kernel)
    inverse = np.linalg.inv(kernel.covariance)
    data, _, _, _ = _information(state)
    yearly = kernel.yearly_with(np.arange(53)) @ inverse @ state.path
    demand = Demand(state.path, yearly, inverse + data, week)
    return state.series, state.solution, demand


@dataclass(frozen=True)
class _State:
    """Where the joint fit stands; the path is part of the series' offsets."""

    series: Series
    solution: Solution
    path: Array
    week: NDArray[np.int64]

    def at(self, shape: type[Shape], theta=None, path=None, noise=None) -> _State:
        """The same fit with other parameters, another path, or another noise."""
        path = self.path if path is None else path
        series = replace(self.series, offset=self.series.offset + (path - self.path)[self.week])
        series = series.with_noise(*noise) if noise else series
        theta = self.solution.theta if theta is None else theta
        return _State(series, solution_at(shape, series, theta), path, self.week)


def _settle(shape: type[Shape], state: _State, kernel: _Kernel) -> tuple[_State, float]:
    """Joint Gauss-Newton steps for the path and all parameters, each halved until it helps.

    Returns
    -------
    the state, and the number of parameters that the path is worth
    """
    inverse = np.linalg.inv(kernel.covariance)

    def height(other: _State, variance: Array) -> float:
        solution = other.solution
        own = cost_of(other.series, solution.theta, solution.expected, variance).sum()
        return float(own + 0.5 * other.path @ inverse @ other.path)

    for _ in range(STEPS):
        data, gradient, rest, answered = _information(state)
        path_step = np.linalg.solve(inverse + data, gradient - inverse @ state.path)
        theta_step = np.clip(rest - answered @ path_step, -1.0, 1.0)
        variance = state.series.variance(state.solution.expected)
        now, scale, best = height(state, variance), 1.0, state
        while scale > 0.05:
            theta = state.solution.theta + scale * theta_step
            tried = state.at(shape, theta=theta, path=state.path + scale * path_step)
            if height(tried, variance) <= now:
                best = tried
                break
            scale *= 0.4
        moved = np.abs(best.path - state.path).max()
        state = best
        if moved < 1e-3:
            break
    return state, float(np.trace(np.linalg.solve(inverse + data, data)))


def left_out(demand: Demand, series: Series, solution: Solution, row: int) -> tuple[Array, Array]:
    """The path as all other channels see it: its mean and its precision."""
    one = np.array([row])
    alone = _State(series.rows(one), solution.rows(one), demand.path, demand.week)
    data, gradient, _, _ = _information(alone)
    precision = demand.precision - data
    return demand.path - np.linalg.solve(precision, gradient), precision


@dataclass(frozen=True)
class _Kernel:
    """Covariance of the path over the weeks: a yearly part and one that comes and goes."""

    weeks: int
    yearly: float
    passing: float
    persistence: float
    yearly_part: Array
    passing_parts: dict[float, Array]

    @classmethod
    def of(cls, weeks: int) -> _Kernel:
        lag = np.subtract.outer(np.arange(weeks), np.arange(weeks))
        flat, centred = _without(weeks, 1), _without(weeks, 0)
        passing: dict[float, Array] = {}
        for rate in PERSISTENCE:
            passing[rate] = flat @ rate ** np.abs(lag) @ flat
        return cls(weeks, 0.05, 0.05, PERSISTENCE[0], centred @ _yearly(lag) @ centred, passing)

    @property
    def covariance(self) -> Array:
        passing = self.passing**2 * self.passing_parts[self.persistence]
        return self.yearly**2 * self.yearly_part + passing + 1e-7 * np.eye(self.weeks)

    def yearly_with(self, weeks: ArrayLike) -> Array:
        """Covariance of the yearly part at other weeks with the path."""
        part = _yearly(np.subtract.outer(np.asarray(weeks), np.arange(self.weeks)))
        return self.yearly**2 * part @ _without(self.weeks, 0)

    def most_likely(self, data: Array, pull: Array) -> _Kernel | None:
        """The sizes with the greatest marginal likelihood; None where nothing is shared."""

        def height(kernel: _Kernel) -> float:
            return _log_evidence(kernel.covariance, data, pull)

        best: _Kernel | None = None
        for persistence in PERSISTENCE:
            kernel = replace(self, persistence=persistence)
            for part, sizes in (("passing", PASSING), ("yearly", YEARLY), ("passing", PASSING)):
                kernel = max((replace(kernel, **{part: size}) for size in sizes), key=height)
            if best is None or height(kernel) > height(best):
                best = kernel
        return best if best is not None and height(best) > 0 else None


def _without(weeks: int, degree: int) -> Array:
    """Projection that takes out the mean (degree 0), or mean and slope (degree 1).

    The mean belongs to the channels' levels, and the slope of what comes and goes to their trends.
    """
    basis, _ = np.linalg.qr(np.vander(np.linspace(-1.0, 1.0, weeks), degree + 1))
    return np.eye(weeks) - basis @ basis.T


def _yearly(lag: Array) -> Array:
    """Correlation of a yearly wave of any smooth form at a distance of `lag` weeks."""
    wave = np.arange(1, WAVES + 1)
    angle = 2.0 * np.pi * lag[:, :, None] * wave / WEEKS_PER_YEAR
    return (np.cos(angle) / wave).sum(axis=2) / (1.0 / wave).sum()


def _log_evidence(covariance: Array, data: Array, pull: Array) -> float:
    """Log marginal likelihood of a covariance of u, relative to u = 0."""
    inner = np.eye(len(data)) + covariance @ data
    _, logdet = np.linalg.slogdet(inner)
    return float(0.5 * pull @ np.linalg.solve(inner, covariance @ pull) - 0.5 * logdet)


def _information(state: _State) -> tuple[Array, Array, Array, Array]:
    """What the channels say of u, their own parameters' answers profiled out.

    Returns
    -------
    data : information about u, shape (weeks, weeks)
    gradient : of the log likelihood by u, shape (weeks,)
    rest : step that each channel's parameters would take if u stayed, shape (batch, parameters)
    answered : by how much they fall per unit of u, shape (batch, parameters, weeks)
    """
    series, solution, weeks = state.series, state.solution, len(state.path)
    weight = robust_weights(series, solution.expected) / series.variance(solution.expected)
    slope = solution.expected * weight
    starts = np.flatnonzero(np.diff(state.week, prepend=-1))
    diagonal = np.add.reduceat(slope * solution.expected, starts, axis=1).sum(axis=0)
    cross = CAUTION * np.add.reduceat(slope[:, :, None] * solution.jacobian, starts, axis=1)
    answered = np.linalg.solve(solution.information, cross.transpose(0, 2, 1))
    flat = cross.transpose(1, 0, 2).reshape(weeks, -1)
    data = CAUTION * np.diag(diagonal) - flat @ answered.reshape(-1, weeks)
    residual = (series.response - solution.expected) * weight
    gradient = np.add.reduceat(solution.expected * residual, starts, axis=1).sum(axis=0)
    # The channels' own parameters may not be quite at their best: where u and they can stand in
    # for each other (a wave in u, every channel's season), that little would swamp the gradient.
    away = series.prior_precision * (series.prior_mean - solution.theta)
    own = np.matmul(residual[:, None, :], solution.jacobian)[:, 0, :] + away
    rest = np.linalg.solve(solution.information, own[:, :, None])[:, :, 0]
    return data, gradient - own.ravel() @ answered.reshape(-1, weeks), rest, answered
