"""What a mix fit is made of: the baseline's terms with their priors, and every media shape tried.

All priors are weak and stand here, as standard deviations relative to the mean KPI or as
probabilities over a grid, so that an analyst can read what was assumed before any data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power
from models.transforms.adstock import geometric
from models.transforms.design_matrix import days_since_first
from models.transforms.season import YEAR, fourier_terms

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]

# Prior standard deviations of the baseline, fractions of the mean KPI.
LEVEL_SD = 10.0  # practically free
TREND_SD = 0.2  # from the middle of the history to its end
BEND_SD = 0.1  # slow bends of the trend, less and less for quicker ones, where there are any
SEASON_SD = 0.2  # first harmonic; a half for the second, a third for the third where it matters
NEXT_TO_NONE = 0.1  # factor of these two where there is next to nothing of them
WEEKDAY_SD = 0.2
CONTROL_SD = 0.1  # per standard deviation of the control
HARMONICS = 3

# Candidate shapes. Scales are relative to the usual spend of an active period.
DECAYS = {
    7: np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    1: np.array([0.0, 0.3, 0.5, 0.65, 0.75, 0.82, 0.87, 0.91, 0.94, 0.96]),
    30: np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6]),  # months
}
SCALES = np.exp(np.linspace(np.log(0.2), np.log(5.0), 7))
SCALE_LOG_SD = 0.8
HILL_SLOPES = np.array([0.7, 1.0])
# Carry-over is drawn around a mean that the channels of an account share (Beta with this much
# concentration); of the mean, a third is likeliest, Beta(2, 4).
MEAN_DECAYS = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65])
CONCENTRATION = 6.0
TOLD_DECAYS = 7  # carry-overs tried within a range that a person gives
EXPONENTS = np.linspace(0.2, 1.0, 7)


@dataclass(frozen=True)
class Baseline:
    """Terms of the KPI without advertising.

    Parameters
    ----------
    terms : shape (periods, terms); the first is the level
    sd : prior standard deviation of each coefficient, in the KPI's unit
    kinds : what each term is: level, trend, bend, season, ripple (the season's third harmonic),
        weekday or the control's name
    """

    terms: Array
    sd: Array
    kinds: tuple[str, ...]

    @property
    def choices(self) -> Array:
        """Standard deviations with and without bends, with and without ripples.

        One is as likely as the other before any data, shape (choices, terms).
        """
        kinds = np.array(self.kinds)
        factors = [
            np.where(np.isin(kinds, without), NEXT_TO_NONE, 1.0)
            for without in ([], ["bend"], ["ripple"], ["bend", "ripple"])
        ]
        return self.sd * np.array(factors)


@dataclass(frozen=True)
class Shapes:
    """Candidate responses of one channel.

    Parameters
    ----------
    family : the curves' class; its first parameter scales the response
    decays : carry-over per candidate, shape (candidates,)
    parameters : the family's parameters with the first at 1, shape (candidates, parameters)
    prior : log prior probability under each of MEAN_DECAYS, shape (means, candidates)
    features : response by period over its mean, shape (periods, candidates)
    means : that mean, shape (candidates,)
    """

    family: type[Curve]
    decays: Array
    parameters: Array
    prior: Array
    features: Array
    means: Array


def baseline_terms(
    dates: pd.DatetimeIndex, period_days: int, controls: pd.DataFrame, level: float
) -> Baseline:
    """Level, trend with slow bends, yearly season, weekdays of daily data, controls.

    Parameters
    ----------
    dates : first day of each period
    controls : one row per period; columns without variation are left out
    level : mean KPI per period, which the priors are relative to
    """
    years = len(dates) * period_days / YEAR
    time = (np.arange(len(dates)) + 0.5) / len(dates)
    rows: list[tuple[str, float, Array]] = [("level", LEVEL_SD, np.ones(len(dates)))]
    rows.append(("trend", TREND_SD, 2.0 * time - 1.0))
    for bend in range(2, int(2 * years) + 1):
        rows.append(("bend", BEND_SD * 4.0 / bend**2, np.cos(np.pi * bend * time)))
    # Less than a year shows a part of the season at best: allow one slow wave, or none.
    harmonics = HARMONICS if years >= 1 else int(years >= 0.5)
    since_first = days_since_first(dates.to_numpy().astype("datetime64[D]"))
    for number, wave in enumerate(fourier_terms(since_first.astype(float), harmonics).T):
        harmonic = 1 + number % harmonics
        rows.append(("season" if harmonic < 3 else "ripple", SEASON_SD / harmonic, wave))
    if period_days == 1:
        of_week = dates.day_of_week.to_numpy()
        for weekday in range(7):
            rows.append(("weekday", WEEKDAY_SD, (of_week == weekday) - 1.0 / 7.0))
    for name in controls.columns:
        values = controls[name].to_numpy(float)
        if values.std() > 0:
            rows.append((str(name), CONTROL_SD, (values - values.mean()) / values.std()))
    kinds, sd, terms = zip(*rows, strict=True)
    return Baseline(np.column_stack(terms), level * np.array(sd), kinds)


def candidate_shapes(
    spend: Array,
    period_days: int,
    family: type[Curve] = Hill,
    between: tuple[float, float] | None = None,
) -> Shapes:
    """Every carry-over and saturation that the fit considers for one channel.

    Parameters
    ----------
    spend : money per period, shape (periods,), not all zero
    between : range of the carry-over from one period to the next, as a person knows it
    """
    decays = DECAYS[period_days] if between is None else np.linspace(*between, TOLD_DECAYS)
    decay_prior = _decay_prior(decays, (0.0, 1.0) if between is None else between)
    parameters, saturation_prior = _saturations(family, spend[spend > 0].mean())
    effective = np.stack([geometric(spend, decay) for decay in decays], axis=1)
    response = family.formula(effective[:, :, None], *parameters.T).reshape(len(spend), -1)
    means = response.mean(axis=0)
    prior = (decay_prior[:, :, None] + saturation_prior).reshape(len(MEAN_DECAYS), -1)
    return Shapes(
        family,
        np.repeat(decays, len(parameters)),
        np.tile(parameters, (len(decays), 1)),
        prior - np.logaddexp.reduce(prior, axis=1, keepdims=True),
        response / means,
        means,
    )


def mean_decay_prior() -> Array:
    """Log prior probability of each of MEAN_DECAYS, shape (means,)."""
    from scipy.stats import beta

    prior = beta.logpdf(MEAN_DECAYS, 2.0, 4.0)
    return prior - np.logaddexp.reduce(prior)


def _decay_prior(decays: Array, between: tuple[float, float]) -> Array:
    """Log prior mass around each carry-over under each of MEAN_DECAYS, shape (means, decays)."""
    from scipy.stats import beta

    edges = np.array([between[0], *(decays[1:] + decays[:-1]) / 2.0, between[1]])
    mean = MEAN_DECAYS[:, None]
    below = beta.cdf(edges, mean * CONCENTRATION, (1.0 - mean) * CONCENTRATION)
    return np.log(np.maximum(np.diff(below, axis=1), 1e-12))


def _saturations(family: type[Curve], usual: float) -> tuple[Array, Array]:
    """Parameters tried for a family, first one at 1, and their log prior; `usual` is money."""
    scale_prior = -0.5 * (np.log(SCALES) / SCALE_LOG_SD) ** 2
    if family is Hill:
        slopes, scales = (a.ravel() for a in np.meshgrid(HILL_SLOPES, SCALES, indexing="ij"))
        return (
            np.column_stack([np.ones(len(slopes)), scales * usual, slopes]),
            np.tile(scale_prior, len(HILL_SLOPES)),
        )
    if family in (Exponential, Logarithmic):
        return np.column_stack([np.ones(len(SCALES)), SCALES * usual]), scale_prior
    if family is Power:
        return np.column_stack([np.ones(len(EXPONENTS)), EXPONENTS]), np.zeros(len(EXPONENTS))
    if family is Linear:
        return np.ones((1, 1)), np.zeros(1)
    raise ValueError(f"a mix cannot be fitted with the family {family.family!r}")
