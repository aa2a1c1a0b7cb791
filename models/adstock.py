"""Carry-over: advertising that still works after the period in which it was paid for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


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
