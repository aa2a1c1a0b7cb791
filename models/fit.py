"""From a history to its response curves.

Every channel of a tidy history is fitted by weighted non-linear least squares (see
`models.leastsquares`) with weak priors: elasticity at the mean spend between 0.15 and 0.85,
carry-over mostly below a half per week, trend within +-20 % a year, season within +-15 % per
wave. The season is then shared: each channel's is drawn towards the mean of all, as far as they
agree. A fitted curve is that of an average season at the level of the history's end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import evidence
from models.curvefile import sealed
from models.curves import Curve, Linear
from models.curveset import ChannelCurve, CurveSet
from models.demand import FEWEST, Demand, share
from models.design import Design, build
from models.errors import Fault, HistoryError
from models.history import History
from models.leastsquares import Series, Solution, decay_of, minimise, noise_of, split
from models.season import WEEKS, YEAR, fourier_terms
from models.shapes import SHAPES, Shape

Array = NDArray[np.floating]
RECENT_DAYS = 28  # what "today" means
DECAY_PRIOR = {7: (-0.9, 1.4), 1: (0.3, 1.5)}  # log-odds, by the period's days
START_DECAYS = (-2.0, 0.5)
LEVEL_SD = 5.0


@dataclass(frozen=True)
class Fitted:
    """A batch of channels fitted with one shape: everything that draws and tables need."""

    shape: type[Shape]
    design: Design
    series: Series
    solution: Solution
    reference: Array
    demand: Demand | None


def fit_curves(history: History, families: str = "auto") -> CurveSet:
    """One response curve per channel.

    Parameters
    ----------
    history : tidy, daily or weekly
    families : "auto", or the name of a shape of `models.shapes` for all channels

    Raises
    ------
    HistoryError : a channel never spent anything
    """
    silent = [name for name in history.channels if not history.spend[name].to_numpy().any()]
    if silent:
        raise HistoryError(
            Fault(f"channel {name}", "never spent anything", "Leave it out of the history.")
            for name in silent
        )
    design = build(history)
    rivals = [SHAPES[name] for name in _rivals(families)]
    fits = [fit_batch(shape, history, design) for shape in rivals]
    costs = np.stack([fitted.solution.cost for fitted in fits])
    best = costs.argmin(axis=0)
    verdicts = evidence.assess(history)
    entries = [
        _entry(history, name, fits[best[row]], row, verdicts[name])
        for row, name in enumerate(history.channels)
    ]
    curves = CurveSet(
        tuple(entries),
        history.period_days,
        history.currency,
        history.kpi,
        _provenance(history),
        history.notices,
    )
    return sealed(curves)


def _rivals(families: str) -> tuple[str, ...]:
    return ("exponential", "hill_concave") if families == "auto" else (families,)


def fit_batch(shape: type[Shape], history: History, design: Design) -> Fitted:
    """All channels with one shape: alone first, then with the season they share."""
    series, reference = series_of(shape, history, design)
    solution = _from_starts(shape, series)
    parameters = series.prior_mean.shape[1]
    for _ in range(2):
        series = series.with_noise(*noise_of(series, solution.expected, parameters))
        solution = minimise(shape, series, solution.theta)
    series = _with_shared_season(shape, series, solution, design)
    solution = minimise(shape, series, solution.theta)
    together = _with_demand(shape, series, solution, design, history.period_days)
    if together is None:
        return Fitted(shape, design, series, solution, reference, None)
    series, solution, demand = together
    return Fitted(shape, design, series, solution, reference, demand)


def _with_demand(
    shape: type[Shape], series: Series, solution: Solution, design: Design, period_days: int
) -> tuple[Series, Solution, Demand] | None:
    """The joint fit with a shared demand, which starts as the season that the channels share."""
    if len(series.spend) < FEWEST:
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
    return share(shape, series, minimise(shape, series, theta), week, path)


def series_of(shape: type[Shape], history: History, design: Design) -> tuple[Series, Array]:
    """The history's panels as a batch, and each channel's reference spend."""
    spend = history.spend.to_numpy(dtype=float).T
    response = history.metrics[history.kpi].to_numpy(dtype=float).T
    batch, periods = spend.shape
    reference = spend.sum(axis=1) / np.maximum((spend > 0).sum(axis=1), 1)
    decay_mean, decay_sd = DECAY_PRIOR[history.period_days]
    level = np.log(np.maximum(response.mean(axis=1), 0.5 / periods))
    mean = np.concatenate([[0.0], shape.prior_mean, [decay_mean], 0.0 * design.prior_sd])
    spread = np.concatenate([[LEVEL_SD], shape.prior_sd, [decay_sd], design.prior_sd])
    prior_mean = np.tile(mean, (batch, 1))
    prior_mean[:, 0] = level
    series = Series(
        spend=spend / reference[:, None],
        response=response,
        covariates=np.broadcast_to(design.covariates, (batch, *design.covariates.shape)),
        offset=np.zeros((batch, periods)),
        weight=np.ones((batch, periods)),
        prior_mean=prior_mean,
        prior_precision=np.tile(spread**-2.0, (batch, 1)),
        poisson=np.ones(batch),
        relative=np.full(batch, 0.04),
    )
    return series, reference


def _from_starts(shape: type[Shape], series: Series) -> Solution:
    """The best solution from several starts per channel."""
    batch = len(series.spend)
    starts = [
        np.concatenate([[0.0], form, [decay], np.zeros(series.covariates.shape[2])])
        for form in shape.starts
        for decay in START_DECAYS
    ]
    index = np.tile(np.arange(batch), len(starts))
    theta = np.repeat(np.array(starts), batch, axis=0)
    theta[:, 0] = series.prior_mean[index, 0]
    tried = minimise(shape, series.rows(index), theta, iterations=12, tolerance=1e-2)
    best = tried.cost.reshape(len(starts), batch).argmin(axis=0) * batch + np.arange(batch)
    return minimise(shape, series, tried.theta[best])


def _with_shared_season(
    shape: type[Shape], series: Series, solution: Solution, design: Design
) -> Series:
    """Season (and weekday) priors moved to the channels' common mean, as tight as they agree.

    Source: the moment estimator of DerSimonian and Laird (1986), per coefficient.
    """
    shared = np.flatnonzero(design.seasonal | design.weekly) + shape.size() + 2
    if len(series.spend) < 3 or not shared.size:
        return series
    prior = series.prior_precision[:, shared]
    covariance = np.linalg.inv(solution.information)
    diagonal = np.arange(covariance.shape[1])
    posterior = 1.0 / covariance[:, diagonal, diagonal][:, shared]
    # What the data alone say: the posterior with the (zero-mean) prior taken out again.
    data = np.maximum(posterior - prior, 1e-6 * prior)
    alone = posterior * solution.theta[:, shared] / data
    total = data.sum(axis=0)
    mean = (data * alone).sum(axis=0) / total
    excess = (data * (alone - mean) ** 2).sum(axis=0) - (len(data) - 1)
    between = np.maximum(excess / (total - (data**2).sum(axis=0) / total), 0.01**2)
    weight = 1.0 / (1.0 / data + between)
    mean = (weight * alone).sum(axis=0) / (weight.sum(axis=0) + prior[0])
    between = between + 1.0 / (weight.sum(axis=0) + prior[0])
    prior_mean, precision = series.prior_mean.copy(), series.prior_precision.copy()
    prior_mean[:, shared] = mean
    precision[:, shared] = 1.0 / between
    return replace(series, prior_mean=prior_mean, prior_precision=precision)


def season_factors(fitted: Fitted, coefficients: Array) -> tuple[Array, Array]:
    """Factors by week of the year with mean 1, shape (batch, 53), and the mean taken out."""
    design = fitted.design
    if not design.harmonics:
        return np.ones((len(coefficients), WEEKS)), np.ones(len(coefficients))
    middle = np.minimum(7.0 * np.arange(WEEKS) + 4.5, YEAR)
    waves = fourier_terms(middle, design.harmonics)
    log_factors = coefficients[:, design.seasonal] @ waves.T
    if fitted.demand is not None:
        since_first = (middle - design.first_day) / 7.0 % (YEAR / 7.0)
        log_factors = log_factors + np.interp(since_first, np.arange(53), fitted.demand.yearly)
    factors = np.exp(log_factors)
    mean = factors.mean(axis=1)
    return factors / mean[:, None], mean


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
    reference = np.full(len(theta), fitted.reference[row])
    average = np.log(mean * weekday_mean(fitted.design, coefficients))
    return fitted.shape.parameters(level + average, form, reference), factors


def _entry(
    history: History, name: str, fitted: Fitted, row: int, verdict: evidence.Evidence
) -> ChannelCurve:
    theta = fitted.solution.theta[row : row + 1]
    values, factors = curve_parameters(fitted, theta, row)
    spend = history.spend[name].to_numpy(dtype=float)
    response = history.metrics[history.kpi][name].to_numpy(dtype=float)
    curve: Curve = fitted.shape.family(*rounded(values[0]))
    if not response.any():
        # Nothing came back: half a conversion in all is as good a guess as any, and it is held.
        curve = Linear(0.5 / spend.sum())
    decay = decay_of(split(fitted.shape, theta)[2])
    return ChannelCurve(
        name,
        curve,
        carry_over=rounded(decay)[0],
        value_per_conversion=_value(history, name),
        current_spend=recent_spend(spend, history.period_days),
        max_observed_spend=highest_spend(spend, history.period_days),
        evidence=verdict,
        season=tuple(rounded(factors[0])) if fitted.design.harmonics else (),
        fit=_diagnostics(fitted, row),
    )


def rounded(values: Iterable[float]) -> list[float]:
    """To seven digits: more would be noise, and a curves file holds exactly what a fit returned."""
    return [float(f"{value:.7g}") for value in values]


def _value(history: History, name: str) -> float | None:
    """Revenue per conversion over the whole history; 1 where revenue itself is counted."""
    if history.kpi == "revenue":
        return 1.0
    if "revenue" not in history.metrics:
        return None
    conversions = history.metrics["conversions"][name].to_numpy(dtype=float).sum()
    revenue = history.metrics["revenue"][name].to_numpy(dtype=float).sum()
    return rounded([revenue / conversions])[0] if conversions else None


def recent_spend(spend: Array, period_days: int) -> float:
    """Mean spend per period over the last 28 days, money."""
    return round(float(spend[-max(RECENT_DAYS // period_days, 1) :].mean()), 4)


def highest_spend(spend: Array, period_days: int) -> float:
    """Highest mean spend per period over four consecutive weeks, money."""
    window = min(RECENT_DAYS // period_days, len(spend))
    sums = np.concatenate([[0.0], np.cumsum(spend)])
    return round(float((sums[window:] - sums[:-window]).max() / window), 4)


def _diagnostics(fitted: Fitted, row: int) -> dict:
    expected, response = fitted.solution.expected[row], fitted.series.response[row]
    total = np.abs(response - response.mean()).sum()
    error = np.abs(response - expected).sum()
    return {
        "family": fitted.shape.name,
        "periods": len(response),
        "error": round(float(error / max(response.sum(), 1e-9)), 4),
        "explained": round(float(1.0 - error / total), 4) if total > 0 else 0.0,
    }


def _provenance(history: History) -> dict:
    source = history.source
    return {
        "history": source.file,
        "history_sha256": source.sha256,
        "rows": source.rows,
        "first_date": str(history.dates[0])[:10],
        "last_date": str(history.dates[-1])[:10],
    }
