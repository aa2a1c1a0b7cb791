"""How large the KPI's errors are, and in which periods one should look twice.

A first, rough regression (the baseline's named terms and a plain transform of each channel's
spend) shows the size of the errors before any curve is fitted: whether they grow with the KPI, and
which periods are out of line, for instance because tracking was down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.mix_fit.priors import Baseline
from models.transforms.adstock import geometric

Array = NDArray[np.floating]

GROWTH = (0.0, 0.5, 1.0)  # sd of the error ~ KPI^growth: constant, like a count's, proportional
OUTLIER = 3.0  # robust standard deviations beyond which a period loses weight
PASSES = 8
MEDIA_SD = 0.3  # prior standard deviation of what a channel brings, fraction of the mean KPI


@dataclass(frozen=True)
class Noise:
    """Errors as a first look shows them.

    Parameters
    ----------
    sd : standard deviation of the error in an average period, in the KPI's unit
    weight : one over the error's standard deviation relative to `sd`, shape (periods,)
    growth : exponent with which the error grows with the KPI
    outliers : positions of the periods that lost weight
    """

    sd: float
    weight: Array
    growth: float
    outliers: tuple[int, ...]


def look_at_noise(kpi: Array, baseline: Baseline, spend: Array) -> Noise:
    """Choose how errors grow with the KPI, and down-weight what is out of line.

    Source of the weights: Huber, *Robust estimation of a location parameter* (1964).

    Parameters
    ----------
    kpi : shape (periods,)
    spend : money per period, shape (periods, channels)
    """
    level, baseline = kpi.mean(), baseline.without_drift()
    media = np.sqrt(geometric(spend, 0.3))
    media = media / media.mean(axis=0) - 1.0
    columns = np.hstack([baseline.terms * baseline.sd, media * level * MEDIA_SD])
    best: tuple[float, Noise] | None = None
    for growth in GROWTH:
        score, noise = _with_growth(kpi, columns, growth)
        if best is None or score > best[0]:
            best = score, noise
    assert best is not None
    return best[1]


def _with_growth(kpi: Array, columns: Array, growth: float) -> tuple[float, Noise]:
    """Robust ridge regression with errors that grow with the fitted KPI; its log likelihood."""
    level = kpi.mean()
    fitted, robust, sd = np.full(len(kpi), level), np.ones(len(kpi)), kpi.std()
    for _ in range(PASSES):
        relative = np.maximum(fitted / level, 0.1) ** growth
        weight = robust / relative
        penalty = np.eye(columns.shape[1]) * sd
        left = np.vstack([columns * weight[:, None], penalty])
        right = np.concatenate([kpi * weight, np.zeros(columns.shape[1])])
        fitted = columns @ np.linalg.lstsq(left, right, rcond=None)[0]
        error = (kpi - fitted) / np.maximum(fitted / level, 0.1) ** growth
        # The median does not see outliers; a perfect fit still needs errors above zero.
        sd = max(float(np.median(np.abs(error))) / 0.6745, 1e-4 * level)
        robust = np.sqrt(np.minimum(1.0, OUTLIER * sd / np.maximum(np.abs(error), 1e-12 * level)))
    relative = np.maximum(fitted / level, 0.1) ** growth
    score = -np.minimum((error / sd) ** 2, OUTLIER**2).sum() / 2 - np.log(sd * relative).sum()
    outliers = tuple(int(period) for period in np.flatnonzero(robust < 1.0))
    return float(score), Noise(sd, robust / relative, growth, outliers)
