"""What a mix fit is made of: the baseline's terms with their priors, and every media shape tried.

All priors are weak and stand here, as standard deviations relative to the mean KPI or as
probabilities over a grid, so that an analyst can read what was assumed before any data.
"""

from __future__ import annotations

from collections.abc import Iterator
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
# What else moves the KPI slowly: an Ornstein-Uhlenbeck process in cosines down to short waves.
DRIFT_SDS = (0.04, 0.12)  # all waves together, where there is any: little or much
DRIFT_WEEKS = 5.0  # after which 1 / e of it is left
SHORTEST_WAVE = 6.0  # weeks; shorter ones are errors
FOLLOWED = 0.6  # of the drift, what spend may have followed
STILL = 1e-6  # standard deviation of the log of spend below which it is rounding
UNSEEN = ("drift", "followed")  # kinds of terms without a name
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
HILL_SLOPES = np.array([0.7, 1.0, 1.4])
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
        weekday, drift or the control's name
    """

    terms: Array
    sd: Array
    kinds: tuple[str, ...]

    @property
    def choices(self) -> Array:
        """Standard deviations under each choice of priors, shape (choices, terms).

        Nothing but a straight trend, bends of it, or bends and little or much drift; each with and
        without ripples. One is as likely as the other before any data.
        """
        kinds = np.array(self.kinds)
        factors = []
        for bend, drift in ((NEXT_TO_NONE, 0.0), (1.0, 0.0), *((1.0, sd) for sd in DRIFT_SDS)):
            unseen = np.isin(kinds, UNSEEN)
            slow = np.select([kinds == "bend", unseen], [bend, drift], 1.0)
            factors += [slow, np.where(kinds == "ripple", NEXT_TO_NONE, slow)]
        return self.sd * np.array(factors)

    def without_drift(self) -> Baseline:
        """Only the terms that have a name."""
        kept = ~np.isin(self.kinds, UNSEEN)
        kinds = tuple(kind for kind in self.kinds if kind not in UNSEEN)
        return Baseline(self.terms[:, kept], self.sd[kept], kinds)


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

    @property
    def is_concave_hill(self) -> bool:
        """Hill curves, none of which has a threshold below which money does little."""
        return self.family is Hill and bool((self.parameters[:, 2] <= 1.0).all())


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
    rows.extend(("drift", sd, wave) for sd, wave in _drift(time, len(dates) * period_days / 7.0))
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


def _drift(time: Array, weeks: float) -> Iterator[tuple[float, Array]]:
    """Waves quicker than bends, with standard deviations that make 1 together."""
    waves = np.arange(1, int(2.0 * weeks / SHORTEST_WAVE) + 1)
    power = 1.0 / (1.0 + (np.pi * waves * DRIFT_WEEKS / weeks) ** 2)
    sds = np.sqrt(2.0 * power / power.sum())
    for wave, sd in zip(waves, sds, strict=True):
        if wave > 2.0 * weeks * 7.0 / YEAR and wave > 1:
            yield float(sd), np.cos(np.pi * wave * time)


def with_followed(baseline: Baseline, spend: Array, level: float) -> Baseline:
    """The baseline, and what money would tell of a demand that all channels follow.

    That is the mean over channels of the log of their spend, beyond the named terms; where
    nothing was spent nothing is told.

    Parameters
    ----------
    spend : money per period, shape (periods, channels)
    level : mean KPI per period
    """
    terms = baseline.without_drift().terms
    told = np.zeros(spend.shape)
    for own, money in zip(told.T, spend.T, strict=True):
        on = money > 0
        log = np.log(money[on])
        own[on] = log - terms[on] @ np.linalg.lstsq(terms[on], log, rcond=1e-9)[0]
        own[:] = own / own.std() if own.std() > STILL else 0.0
    common = told.mean(axis=1)
    if not common.any():
        return baseline
    return Baseline(
        np.column_stack([baseline.terms, common / common.std()]),
        np.append(baseline.sd, FOLLOWED * level),
        (*baseline.kinds, "followed"),
    )


def candidate_shapes(
    spend: Array,
    period_days: int,
    family: type[Curve] = Hill,
    between: tuple[float, float] | None = None,
    concave: bool = False,
) -> Shapes:
    """Every carry-over and saturation that the fit considers for one channel.

    Parameters
    ----------
    spend : money per period, shape (periods,), not all zero
    between : range of the carry-over from one period to the next, as a person knows it
    concave : no S-shaped Hill curves
    """
    decays = DECAYS[period_days] if between is None else np.linspace(*between, TOLD_DECAYS)
    decay_prior = _decay_prior(decays, (0.0, 1.0) if between is None else between)
    parameters, saturation_prior = _saturations(family, spend[spend > 0].mean(), concave)
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


def _saturations(family: type[Curve], usual: float, concave: bool) -> tuple[Array, Array]:
    """Parameters tried for a family, first one at 1, and their log prior; `usual` is money."""
    slopes = HILL_SLOPES[HILL_SLOPES <= 1.0] if concave else HILL_SLOPES
    scale_prior = -0.5 * (np.log(SCALES) / SCALE_LOG_SD) ** 2
    if family is Hill:
        steep, scales = (a.ravel() for a in np.meshgrid(slopes, SCALES, indexing="ij"))
        return (
            np.column_stack([np.ones(len(steep)), scales * usual, steep]),
            np.tile(scale_prior, len(slopes)),
        )
    if family in (Exponential, Logarithmic):
        return np.column_stack([np.ones(len(SCALES)), SCALES * usual]), scale_prior
    if family is Power:
        return np.column_stack([np.ones(len(EXPONENTS)), EXPONENTS]), np.zeros(len(EXPONENTS))
    if family is Linear:
        return np.ones((1, 1)), np.zeros(1)
    raise ValueError(f"a mix cannot be fitted with the family {family.family!r}")
