"""Which family describes a channel best: rolling-origin validation.

Every family is fitted to the history up to a past date and judged on the weeks that followed, at
the spend that really happened; three dates. The folds are those of scikit-learn's
`TimeSeriesSplit` (a test compares them), written out here because importing scikit-learn costs
more than fitting fifty channels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.joint_fit import Fitted
from models.channel_fit.levenberg_marquardt import loss_of, minimise

Array = NDArray[np.floating]
FOLDS = 3
FOLD_WEEKS = 13
LEAST_TRAINING_WEEKS = 39
HILL_SHARE = 0.9
LEAST_SHARE = 0.05


def rolling_origins(periods: int, folds: int, test_size: int) -> list[tuple[slice, slice]]:
    """Training and test periods of each fold, the tests one after the other up to the end."""
    starts = range(periods - folds * test_size, periods, test_size)
    return [(slice(0, start), slice(start, start + test_size)) for start in starts]


def holdout_losses(rivals: Sequence[Fitted], period_days: int) -> Array | None:
    """Loss of every family in every held-out period, shape (families, channels, periods).

    The loss is half the squared residual in units of the noise, beyond which an outlier counts
    little; the noise is that of the last rival, so that all are measured alike.

    Returns
    -------
    None where the history is too short to hold anything out.
    """
    test_size = FOLD_WEEKS * 7 // period_days
    periods = rivals[0].series.response.shape[1]
    least = LEAST_TRAINING_WEEKS * 7 // period_days
    folds = min(FOLDS, (periods - least) // test_size)
    if folds < 1:
        return None
    splits = rolling_origins(periods, folds, test_size)
    widest = rivals[-1]
    variance = widest.series.variance(widest.solution.expected)
    losses = [_losses(fitted, splits, variance, least) for fitted in rivals]
    return np.stack(losses)


def _losses(
    fitted: Fitted, splits: list[tuple[slice, slice]], variance: Array, least: int
) -> Array:
    """All folds of all channels in one batch; a channel that began late is not judged early."""
    batch = len(fitted.reference)
    index = np.tile(np.arange(batch), len(splits))
    series = fitted.series.rows(index)
    weight = series.weight.copy()
    for fold, (train, _) in enumerate(splits):
        weight[fold * batch : (fold + 1) * batch, train.stop :] = 0.0
    trained = minimise(
        fitted.shape,
        series.with_weight(weight),
        fitted.solution.theta[index],
        iterations=5,
        tolerance=1e-2,
    )
    parts = []
    for fold, (train, test) in enumerate(splits):
        rows = slice(fold * batch, (fold + 1) * batch)
        seen = series.response[rows, test]
        expected = trained.expected[rows, test]
        enough = series.weight[rows, train].sum(axis=1, keepdims=True) >= least
        counted = series.weight[rows, test] * enough
        squares = (seen - expected) ** 2 / variance[:, test]
        parts.append(loss_of(squares, counted))
    return np.concatenate(parts, axis=1)


def choose(losses: Array) -> int:
    """The first (simplest) family that the best one does not clearly beat.

    Clearly: by more than one standard error of the difference of their losses (Hastie,
    Tibshirani and Friedman, *The Elements of Statistical Learning*, 2009, section 7.10).

    Parameters
    ----------
    losses : of one channel, shape (families, periods)
    """
    gap = losses - losses[losses.sum(axis=1).argmin()]
    error = gap.std(axis=1) / np.sqrt(losses.shape[1])
    return int((gap.mean(axis=1) <= error).argmax())


def shares(losses: Array) -> Array:
    """How far each family is believed: prior share times predictive likelihood, shape (families,).

    The last (Hill) has the simpler ones as limits and draws towards them by its own priors, so it
    holds nine tenths before anything is seen: a simpler one gains where it predicts better. To
    take the simplest inside the noise instead was measured and loses money (`benchmarks/fit.py`):
    13 held-out weeks cannot tell a threshold from a straight line, and the plan then believes it.
    """
    prior = np.full(len(losses), (1.0 - HILL_SHARE) / (len(losses) - 1))
    prior[-1] = HILL_SHARE
    total = losses.sum(axis=1)
    weight = prior * np.exp(total.min() - total)
    weight /= weight.sum()
    weight[weight < LEAST_SHARE] = 0.0
    return weight / weight.sum()
