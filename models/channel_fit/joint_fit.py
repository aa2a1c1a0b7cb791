"""All channels of a history fitted together with one family: the core of `models.fit.entry`.

Weak priors, stated once: the elasticity at the mean spend lies between 0.15 and 0.85, carry-over
mostly below two thirds, trend within +-20 % a year, season within +-15 % per wave. The season is
shared: each channel's is drawn towards that of all, as far as they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.levenberg_marquardt import Series, Solution, minimise, noise_of, split
from models.channel_fit.parametrisation import Shape
from models.channel_fit.pooling import common_prior
from models.channel_fit.shared_demand import FEWEST, Demand, share
from models.history.history import History
from models.transforms.adstock import GEOMETRIC, MOST_DECAY
from models.transforms.design_matrix import Design
from models.transforms.season import WEEKS, YEAR, fourier_terms

Array = NDArray[np.floating]
DECAY_PRIOR = {7: (-0.9, 1.4), 1: (0.3, 1.5), 30: (-3.0, 1.6)}  # log-odds, by the period's days
PEAKS = (0, 1, 2, 3)  # periods after the spend, of delayed carry-over
START_DECAYS = (-2.0, 0.5)
WITHIN = 1.645  # standard deviations on each side that hold 90 %
LEVEL_SD = 5.0  # of the log response: says nothing
BETWEEN_SEGMENTS = (0.3**2, 3.0)  # variance expected of log returns and shapes, and its worth


@dataclass(frozen=True)
class Fitted:
    """A batch of channels fitted with one shape: everything that draws and tables need.

    Parameters
    ----------
    reference : mean spend of each channel's active periods, money per period, shape (channels,)
    demand : shared by the channels, part of the series' offsets; None where nothing is
    """

    shape: type[Shape]
    design: Design
    series: Series
    solution: Solution
    reference: Array
    demand: Demand | None

    def rows(self, index: NDArray) -> Fitted:
        """Some of the channels."""
        return replace(
            self,
            series=self.series.rows(index),
            solution=self.solution.rows(index),
            reference=self.reference[index],
        )


def fit_delayed(
    shape: type[Shape], history: History, design: Design, weight: Array | None = None
) -> Fitted:
    """As `fit_together`, with carry-over that peaks later: in the period that fits each best."""
    count = len(history.channels)
    rivals = [
        fit_together(shape, history, design, weight, np.full(count, float(peak))) for peak in PEAKS
    ]
    best = np.stack([fitted.solution.cost for fitted in rivals]).argmin(axis=0)
    return fit_together(shape, history, design, weight, np.array(PEAKS, dtype=float)[best])


def fit_together(
    shape: type[Shape],
    history: History,
    design: Design,
    weight: Array | None = None,
    peak: Array | None = None,
    between: Array | None = None,
    borrowed: Mapping[int, tuple[Array, Array]] | None = None,
) -> Fitted:
    """Every channel alone first, then with the season and the demand they share.

    Parameters
    ----------
    weight : how much each period counts, from 0 to 1, shape (channels, periods); None: all alike
    peak : of each channel's delayed carry-over, shape (channels,); None for geometric
    between : least and greatest carry-over of each channel, NaN where nobody knows, (channels, 2)
    borrowed : by channel's number, mean and precision of its shape and carry-over parameters
    """
    series, reference = series_of(shape, history, design)
    for row, (mean, precision) in (borrowed or {}).items():
        columns = slice(1, shape.size() + 2)
        series.prior_mean[row, columns] = mean
        series.prior_precision[row, columns] = precision
    if between is not None:
        series = _with_known_decays(shape, series, between)
    if peak is not None:
        series = replace(series, peak=peak)
    if weight is not None:
        series = series.with_weight(series.weight * weight)
    solution = _from_starts(shape, series)
    parameters = series.prior_mean.shape[1]
    for _ in range(2):
        series = series.with_noise(*noise_of(series, solution.expected, parameters))
        solution = minimise(shape, series, solution.theta, iterations=8)
    series = _with_shared_season(shape, series, solution, design)
    solution = minimise(shape, series, solution.theta)
    together = _with_demand(shape, series, solution, design, history.period_days)
    if together is None:
        return Fitted(shape, design, series, solution, reference, None)
    series, solution, demand = together
    return Fitted(shape, design, series, solution, reference, demand)


def series_of(shape: type[Shape], history: History, design: Design) -> tuple[Series, Array]:
    """The history's panels as a batch, and each channel's reference spend."""
    spend = history.spend.to_numpy(dtype=float).T
    response = history.metrics[history.kpi].to_numpy(dtype=float).T
    batch, periods = spend.shape
    reference = spend.sum(axis=1) / np.maximum((spend > 0).sum(axis=1), 1)
    mean, spread = _priors(shape, design, history.period_days)
    prior_mean = np.tile(mean, (batch, 1))
    prior_mean[:, 0] = np.log(np.maximum(response.mean(axis=1), 0.5 / periods))
    # Before a channel began there is nothing to learn, least of all that its noise is nil.
    begun = np.maximum.accumulate((spend > 0) | (response > 0), axis=1)
    series = Series(
        spend=spend / reference[:, None],
        peak=np.full(batch, GEOMETRIC),
        response=response,
        covariates=np.broadcast_to(design.covariates, (batch, *design.covariates.shape)),
        offset=np.zeros((batch, periods)),
        weight=begun.astype(float),
        prior_mean=prior_mean,
        prior_precision=np.tile(spread**-2.0, (batch, 1)),
        poisson=np.ones(batch),
        relative=np.full(batch, 0.04),
    )
    return series, reference


def _with_known_decays(shape: type[Shape], series: Series, between: Array) -> Series:
    """The range that a person knows as the 90 % interval of the carry-over's prior."""
    known = ~np.isnan(between[:, 0])
    share = np.clip(between[known] / MOST_DECAY, 0.01, 0.99)
    ends = np.log(share / (1.0 - share))
    column = 1 + shape.size()
    mean, precision = series.prior_mean[:, column].copy(), series.prior_precision[:, column].copy()
    mean[known] = ends.mean(axis=1)
    precision[known] = (2.0 * WITHIN / np.diff(ends, axis=1)[:, 0]) ** 2
    return series.with_prior(np.array([column]), mean[:, None], precision[:, None])


def _priors(shape: type[Shape], design: Design, period_days: int) -> tuple[Array, Array]:
    """Mean and standard deviation of every parameter; the level's mean is the data's."""
    decay_mean, decay_sd = DECAY_PRIOR[period_days]
    mean = np.array([0.0, *shape.prior_mean, decay_mean, *(0.0 * design.prior_sd)])
    return mean, np.array([LEVEL_SD, *shape.prior_sd, decay_sd, *design.prior_sd])


def _from_starts(shape: type[Shape], series: Series) -> Solution:
    """The best solution from several starts per channel."""
    batch = len(series.spend)
    starts = [
        np.array([0.0, *form, decay, *np.zeros(series.covariates.shape[2])])
        for form in shape.starts
        for decay in START_DECAYS
    ]
    index = np.tile(np.arange(batch), len(starts))
    theta = np.repeat(np.array(starts), batch, axis=0)
    theta[:, 0] = series.prior_mean[index, 0]
    tried = minimise(shape, series.rows(index), theta, iterations=8, tolerance=1e-2)
    best = tried.cost.reshape(len(starts), batch).argmin(axis=0) * batch + np.arange(batch)
    return minimise(shape, series, tried.theta[best], iterations=10)


def drawn_alike(fitted: Fitted) -> Fitted:
    """One channel in several segments, the batch: return and shape drawn to what all say."""
    shape, series, solution = fitted.shape, fitted.series, fitted.solution
    columns = np.arange(shape.size() + 2)
    # Returns are compared, not responses: segments differ in size.
    offset = np.zeros((len(series.spend), len(columns)))
    offset[:, 0] = np.log(fitted.reference)
    prior = common_prior(series, solution, columns, offset, BETWEEN_SEGMENTS)
    series = series.with_prior(columns, *prior)
    return replace(fitted, series=series, solution=minimise(shape, series, solution.theta))


def refitted(fitted: Fitted, shape: type[Shape]) -> Fitted:
    """The same channels with another family, given the demand and the noise found before."""
    series, old = fitted.series, fitted.shape.size() + 1
    form = np.tile(shape.prior_mean, (len(series.spend), 1))
    form_precision = np.tile(np.array(shape.prior_sd) ** -2.0, (len(series.spend), 1))

    def swapped(values: Array, inner: Array) -> Array:
        return np.concatenate([values[:, :1], inner, values[:, old:]], axis=1)

    series = replace(
        series,
        prior_mean=swapped(series.prior_mean, form),
        prior_precision=swapped(series.prior_precision, form_precision),
    )
    tried = [
        minimise(shape, series, swapped(fitted.solution.theta, 0.0 * form + start), iterations=8)
        for start in shape.starts
    ]
    best = np.stack([solution.cost for solution in tried]).argmin(axis=0)
    solution = Solution.picked(tried, best)
    return replace(fitted, shape=shape, series=series, solution=solution)


def _with_shared_season(
    shape: type[Shape], series: Series, solution: Solution, design: Design
) -> Series:
    """Season and weekday priors moved to the channels' common mean, as tight as they agree."""
    shared = np.flatnonzero(design.seasonal | design.weekly) + shape.size() + 2
    if len(series.spend) < FEWEST or not shared.size:
        return series
    return series.with_prior(shared, *common_prior(series, solution, shared))


def _with_demand(
    shape: type[Shape], series: Series, solution: Solution, design: Design, period_days: int
) -> tuple[Series, Solution, Demand] | None:
    """The joint fit with a shared demand, which starts as the season that the channels share."""
    if len(series.spend) < FEWEST or period_days > 7:  # it moves by week
        return None
    seasonal = np.flatnonzero(design.seasonal)
    columns = seasonal + shape.size() + 2
    week = np.arange(series.response.shape[1]) * period_days // 7
    mean = series.prior_mean[0, columns]
    by_period = design.covariates[:, seasonal] @ mean
    path = np.bincount(week, by_period) / np.bincount(week)
    prior_mean, theta = series.prior_mean.copy(), solution.theta.copy()
    prior_mean[:, columns] = 0.0
    theta[:, columns] -= mean
    series = replace(series, prior_mean=prior_mean, offset=series.offset + path[week])
    solution = minimise(shape, series, theta, iterations=5)
    return share(shape, series, solution, week, path)


def season_factors(fitted: Fitted, coefficients: Array) -> tuple[Array, Array]:
    """Factors by week of the year, shape (batch, 53), and the year's mean, which is taken out.

    The year of the mean begins with the history, so that the calendar moves no curve.
    """
    design = fitted.design
    if not design.harmonics:
        return np.ones((len(coefficients), WEEKS)), np.ones(len(coefficients))
    mean = _season_at(np.arange(0.5, WEEKS) * YEAR / WEEKS, fitted, coefficients).mean(axis=1)
    middle = np.minimum(7.0 * np.arange(WEEKS) + 4.5, YEAR)
    factors = _season_at(middle - design.first_day, fitted, coefficients)
    return factors / mean[:, None], mean


def _season_at(since_first: Array, fitted: Fitted, coefficients: Array) -> Array:
    """Seasonal factors at days counted from the history's first, shape (batch, days)."""
    design = fitted.design
    waves = fourier_terms(since_first, design.harmonics)
    log_factors = coefficients[:, design.seasonal] @ waves.T
    if fitted.demand is not None:
        week = (since_first - 3.5) / 7.0 % (YEAR / 7.0)
        log_factors = log_factors + np.interp(week, np.arange(53), fitted.demand.yearly)
    return np.exp(log_factors)


def weekday_mean(design: Design, coefficients: Array) -> Array:
    """Mean factor of the seven weekdays, shape (batch,); 1 where there is no weekday effect."""
    effects = coefficients[:, design.weekly]
    if not effects.shape[1]:
        return np.ones(len(coefficients))
    return (np.exp(effects).sum(axis=1) + np.exp(-effects.sum(axis=1))) / 7.0


def curve_parameters(fitted: Fitted, theta: Array, row: int) -> tuple[Array, Array]:
    """The family's parameters in an average season, and its factors, for many thetas of a row."""
    level, form, _, coefficients = split(fitted.shape, theta)
    factors, mean = season_factors(fitted, coefficients)
    average = np.log(mean * weekday_mean(fitted.design, coefficients))
    reference = np.full(len(theta), fitted.reference[row])
    return fitted.shape.parameters(level + average, form, reference), factors
