"""Whether all channels together move a KPI, though none of them can be told apart from nothing.

A channel that may bring nothing is the first to take money from, where it is known that
advertising as a whole does something. Where even that is not known, nothing should move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.transforms.adstock import geometric

Array = NDArray[np.floating]

CHANCE = 0.01  # below which all channels together surely move the KPI
CARRY_OVERS = (0.0, 0.3, 0.6, 0.8)
FEWEST_LEFT = 10  # degrees of freedom without which nothing is said
PASSES = 4
MOST_CORRELATION = 0.97


def chance_alone(kpi: Array, baseline: Array, spend: Array, weight: Array) -> float:
    """How likely the KPI follows all channels' spend as closely as it does by chance alone.

    An F test of the square roots of carried-over spend (concave, and defined at zero) beyond the
    baseline's terms, the best of three carry-overs (Bonferroni), in differences that the errors'
    own lag-1 correlation asks for (Cochrane and Orcutt 1949): without them slow errors pass for
    advertising. It assumes that errors are of one spread after `weight`, that their correlation
    fades by a constant factor, and that the baseline lacks nothing that spend follows: demand that
    nobody measured and spend that follows it pass for advertising.

    Parameters
    ----------
    kpi : shape (periods,)
    baseline : terms of the KPI without advertising, shape (periods, terms)
    spend : money per period, shape (periods, channels)
    weight : of each period's error, shape (periods,); zero where nothing is to be learned

    Returns
    -------
    Probability in [0, 1]; 1 where there are too few periods to tell
    """
    seen = weight > 0
    own = weight[seen][:, None]
    target, terms = own * kpi[seen][:, None], own * baseline[seen]
    if len(target) <= terms.shape[1] + spend.shape[1] + FEWEST_LEFT:
        return 1.0
    chances = []
    for decay in CARRY_OVERS:
        media = np.sqrt(geometric(spend, decay))[seen]
        chances.append(_chance(target, terms, own * (media - media.mean(axis=0))))
    return min(1.0, len(CARRY_OVERS) * min(chances))


def _chance(target: Array, terms: Array, media: Array) -> float:
    """p value of the F test of `media` beyond `terms`, errors correlated from one to the next."""
    from scipy.stats import f as variance_ratio

    whole = np.hstack([terms, media])
    # Media that follow slow errors by chance take their slowness along: the larger is the safer.
    rho = max(_correlation(target, terms), _correlation(target, whole))
    whole, target, terms = _differences(rho, whole, target, terms)
    without, left = _squares(target, terms), _squares(target, whole)
    freedom = len(target) - whole.shape[1]
    ratio = (without - left) / media.shape[1] / max(left / freedom, 1e-300)
    return float(variance_ratio.sf(ratio, media.shape[1], freedom))


def _correlation(target: Array, design: Array) -> float:
    """Lag-1 correlation of the errors of a regression."""
    rho = 0.0
    for _ in range(PASSES):
        coefficients = np.linalg.lstsq(*_differences(rho, design, target), rcond=None)[0]
        error = (target - design @ coefficients)[:, 0]
        found = float(error[1:] @ error[:-1] / max(error @ error, 1e-300))
        # What a small sample and its regressors take off the estimate is added back (Kendall 1954).
        bias = (1.0 + 3.0 * found + 0.5 * design.shape[1]) / len(target)
        rho = min(max(found + bias, 0.0), MOST_CORRELATION)
    return rho


def _differences(rho: float, *columns: Array) -> list[Array]:
    return [part[1:] - rho * part[:-1] for part in columns]


def _squares(target: Array, design: Array) -> float:
    """Squared errors of least squares."""
    error = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    return float((error**2).sum())
