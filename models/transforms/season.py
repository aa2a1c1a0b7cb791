"""The yearly season: Fourier terms for fitting, factors by week of the year for planning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datetime import date

Array = NDArray[np.floating]
YEAR = 365.25  # days
WEEKS = 53


def fourier_terms(day_of_year: Array, harmonics: int) -> Array:
    """Sine and cosine columns of the year, shape (n, 2 * harmonics).

    Source: Harvey and Shephard, *Structural time series models* (1993).
    """
    angle = 2.0 * np.pi * np.outer(day_of_year, np.arange(1, harmonics + 1)) / YEAR
    return np.hstack([np.sin(angle), np.cos(angle)])


def week_of_year(day_of_year: NDArray[np.integer]) -> NDArray[np.int64]:
    """Week 1 to 53 of a day 1 to 366: seven days each from 1 January, so no year skips one."""
    return np.minimum((np.asarray(day_of_year, dtype=np.int64) - 1) // 7 + 1, WEEKS)


def daily_factors(factors: Sequence[float], start: date, days: int) -> Array:
    """Season factor of each of `days` days from `start`; 1 where a channel has no season.

    Parameters
    ----------
    factors : by week of the year, 53 numbers, about 1 on average, or none
    """
    if not factors:
        return np.ones(days)
    span = np.datetime64(start, "D") + np.arange(days)
    of_year = (span - span.astype("datetime64[Y]")).astype(int) + 1
    return np.asarray(factors, dtype=float)[week_of_year(of_year) - 1]


def factor_between(factors: Sequence[float], start: date, days: int) -> float:
    """Mean season factor over `days` days from `start`; see `daily_factors`."""
    return float(daily_factors(factors, start, days).mean())
