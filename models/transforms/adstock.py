"""Carry-over for many series at once, with the derivative that a fit needs.

Two forms. Geometric: most of the effect at once, the rest fading by a constant share. Delayed: the
effect peaks `peak` periods after the spend, weights ``decay^((lag - peak)^2)`` over 13 periods
(Jin et al., *Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects*, 2017).
Both are normalised: at a steady spend the effective spend is the spend. A plan of several periods
knows only the geometric form: it takes the one whose effect comes as late on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]
MOST_DECAY = 0.95
LEAST_DECAY = 1e-3  # of the delayed form, whose weights are powers of it
LAGS = 13
GEOMETRIC = -1.0  # stands for the peak of a series without one


def decay_of(theta: Array) -> Array:
    """Carry-over of the unbounded parameter, fraction in [0, MOST_DECAY]."""
    return MOST_DECAY * 0.5 * (1.0 + np.tanh(0.5 * theta))


def carried_over(spend: Array, decay: Array, peak: Array) -> Array:
    """Effective spend, for one decay and one peak per series, all of them of one form.

    The spend before the first period is taken as the mean of the first four.

    Parameters
    ----------
    spend : shape (batch, periods); decay, peak : shape (batch,)
    """
    if peak[0] != GEOMETRIC:
        return _weighted(spend, _delayed(decay, peak)[0])
    effective = (1.0 - decay)[:, None] * spend
    effective[:, 0] += decay * spend[:, :4].mean(axis=1)
    return _accumulate(effective, decay)


def carry_over_slope(spend: Array, effective: Array, decay: Array, peak: Array) -> Array:
    """Derivative of the effective spend by the decay, shape (batch, periods)."""
    if peak[0] != GEOMETRIC:
        return _weighted(spend, _delayed(decay, peak)[1])
    slope = np.empty_like(effective)
    slope[:, 0] = spend[:, :4].mean(axis=1) - spend[:, 0]
    slope[:, 1:] = effective[:, :-1] - spend[:, 1:]
    return _accumulate(slope, decay)


def mean_lag_decay(decay: Array, peak: float) -> Array:
    """The geometric decay whose effect comes as late on average, for plans over several periods."""
    if peak == GEOMETRIC:
        return decay
    lag = _delayed(decay, np.full(len(decay), peak))[0] @ np.arange(LAGS)
    return lag / (1.0 + lag)


def effective_spend(spend: Array, carry_over: float, fit: Mapping[str, Any]) -> Array:
    """One channel's effective spend as its entry in a curves file describes the carry-over.

    Parameters
    ----------
    carry_over : the entry's geometric decay
    fit : the entry's diagnostics, which name a delayed form
    """
    form = fit.get("delayed")
    decay, peak = (form["decay"], form["peak"]) if form else (carry_over, GEOMETRIC)
    return carried_over(spend[None], np.array([decay]), np.array([peak]))[0]


def _accumulate(values: Array, decay: Array) -> Array:
    """``y(t) = values(t) + decay * y(t - 1)`` along the second axis, in place, by doubling."""
    factor, shift = decay[:, None].copy(), 1
    while shift < values.shape[1] and factor.max() > 1e-9:
        values[:, shift:] += factor * values[:, :-shift]
        factor, shift = factor * factor, 2 * shift
    return values


def _delayed(decay: Array, peak: Array) -> tuple[Array, Array]:
    """Weights by lag and their derivatives by the decay, shape (batch, LAGS) each."""
    decay = np.maximum(decay, LEAST_DECAY)[:, None]
    power = (np.arange(LAGS) - peak[:, None]) ** 2
    raw = decay**power
    steeper = power / decay * raw
    total = raw.sum(axis=1, keepdims=True)
    weights = raw / total
    return weights, (steeper - weights * steeper.sum(axis=1, keepdims=True)) / total


def _weighted(spend: Array, weights: Array) -> Array:
    batch, periods = spend.shape
    before = np.repeat(spend[:, :4].mean(axis=1, keepdims=True), LAGS - 1, axis=1)
    padded = np.concatenate([before, spend], axis=1)
    found = np.zeros((batch, periods))
    for lag in range(LAGS):
        start = LAGS - 1 - lag
        found += weights[:, lag : lag + 1] * padded[:, start : start + periods]
    return found


def geometric_weights(decay: float, periods: int) -> Array:
    """Weights of this period's and earlier spend: ``(1 - decay) * decay**lag``, shape (periods,).

    They sum to 1 over an endless past, so that at a steady spend the effective spend equals the
    spend, and the curve's parameters stay in money.
    """
    return (1.0 - decay) * decay ** np.arange(periods)


def geometric(spend: ArrayLike, decay: float, before: ArrayLike | float | None = None) -> Array:
    """Effective spend per period under normalised geometric carry-over.

    Source: Broadbent, *One way TV advertisements work* (1979), normalised.

    Parameters
    ----------
    spend : money per period, shape (periods,) or (periods, series)
    decay : share of the effect that carries over to the next period, fraction in [0, 1)
    before : effective spend in the period before the first; default: as in the first period

    Returns
    -------
    Effective spend per period, same shape.
    """
    spend = np.asarray(spend, dtype=float)
    effective = np.empty_like(spend)
    level = spend[0] if before is None else np.asarray(before, dtype=float)
    for period, amount in enumerate(spend):
        level = (1.0 - decay) * amount + decay * level
        effective[period] = level
    return effective
