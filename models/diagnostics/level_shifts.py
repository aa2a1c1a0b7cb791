"""Sudden new levels of conversions that neither spend nor the market explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history.history import History

Array = NDArray[np.floating]

WINDOW = 28  # days on each side of a shift
SUDDEN = 7  # days on each side that must show most of it
LEAST_CHANGE = np.log(1.4)
ALONE = np.log(2.0)  # least change where too few other channels show what the market does
CLICKS_STAY = np.log(1.15)
BEYOND_CHANCE = 5.0  # robust standard deviations of the same difference at all other dates
MOST = 0.7  # share of a change that must show at once, and must last


@dataclass(frozen=True)
class Shift:
    """From `period` on, conversions stand at a new level.

    Parameters
    ----------
    period : index of the first period at the new level
    change : of conversions beyond what spend and the other channels explain, a fraction
    clicks_stayed : whether clicks per spend did not move: then the counting may have changed
    """

    channel: str
    period: int
    change: float
    clicks_stayed: bool


def level_shifts(history: History, trusted: NDArray[np.bool_] | None = None) -> list[Shift]:
    """Each channel's sudden level shifts, at least four weeks apart and from the ends.

    A shift compares four weeks with the four before; it must be large, sudden, and larger than
    the same comparison usually is in this history. What spend explains, by the channel's own
    elasticity, and what most other channels do at the same time are taken off first.

    Parameters
    ----------
    trusted : periods to look at, shape (periods, channels); default: all
    """
    if history.period_days > 7:  # a month is no sudden change
        return []
    wide, near = WINDOW // history.period_days, max(1, SUDDEN // history.period_days)
    if len(history.dates) < 4 * wide:
        return []
    used = 1.0 if trusted is None else trusted
    spend = history.spend.to_numpy(dtype=float) * used
    conversions = history.metrics["conversions"].to_numpy(dtype=float) * used
    paid, counted = _log_change(spend, wide), _log_change(conversions, wide)
    elasticity = np.array([_slope(*pair, wide) for pair in zip(paid.T, counted.T, strict=True)])

    def unexplained(width: int, gap: int = 0) -> Array:
        change = _log_change(conversions, width, gap) - elasticity * _log_change(spend, width, gap)
        return _beyond_market(change)

    slow, fast, lasting = unexplained(wide), unexplained(near), unexplained(wide // 2, wide // 2)
    clicks = history.metrics.get("clicks")
    clicked = None if clicks is None else _log_change(clicks.to_numpy(dtype=float) * used, wide)
    least = LEAST_CHANGE if len(history.channels) > 2 else ALONE
    found = []
    for column, channel in enumerate(history.channels):
        chance = _chance(conversions[:, column], wide)
        views = (slow[:, column], fast[:, column], lasting[:, column])
        for period in _peaks(*views, chance, least, wide):
            stayed = False
            if clicked is not None:
                stayed = bool(abs(clicked[period, column] - paid[period, column]) < CLICKS_STAY)
            change = float(np.expm1(slow[period, column]))
            found.append(Shift(channel, period, change, stayed))
    return found


def _slope(paid: Array, counted: Array, width: int) -> float:
    """Elasticity of conversions to spend, by the robust slope of Theil and Sen, in [0, 1]."""
    known = np.isfinite(paid) & np.isfinite(counted)
    # Neighbouring dates share most of their days: a few per window say as much.
    some = np.flatnonzero(known)[:: max(1, width // 4)]
    if len(some) < 3 or np.ptp(paid[some]) == 0:
        return 1.0
    one, other = np.triu_indices(len(some), 1)
    step, rise = (values[some[other]] - values[some[one]] for values in (paid, counted))
    return float(np.clip(np.median(rise[step != 0] / step[step != 0]), 0.0, 1.0))


def _beyond_market(changes: Array) -> Array:
    """Changes less the median of the other channels', where there are two others at least.

    Each row is sorted once: the median of all but one stands beside the middle of the row, and
    where the one stands among them says on which side.
    """
    if changes.shape[1] < 3:
        return changes
    order = np.argsort(changes, axis=1)  # what is not known comes last
    ordered = np.take_along_axis(changes, order, axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(changes.shape[1])[np.newaxis], axis=1)
    known = np.isfinite(changes)
    others = known.sum(axis=1, keepdims=True) - known

    def other(number: NDArray[np.integer]) -> Array:
        """The other channel of this number in the row's order, past the channel itself."""
        place = np.where(known & (number >= rank), number + 1, number)
        return np.take_along_axis(ordered, np.maximum(place, 0), axis=1)

    market = 0.5 * (other((others - 1) // 2) + other(others // 2))
    return changes - np.where(others > 0, market, 0.0)


def _log_change(values: Array, width: int, gap: int = 0) -> Array:
    """Log of the sum over `width` periods after each date, over that of as many before it.

    Both lie `gap` periods away from the date; the period itself counts as after. NaN near the
    ends and where a sum is zero; same shape as `values`.
    """
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), values]), axis=0)
    change = np.full(values.shape, np.nan)
    at = np.arange(width + gap, len(values) - width - gap + 1)
    at = at[at < len(values)]
    before = sums[at - gap] - sums[at - gap - width]
    after = sums[at + gap + width] - sums[at + gap]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(after) - np.log(before)
    change[at] = np.where(np.isfinite(ratio), ratio, np.nan)
    return change


def _chance(counts: Array, width: int) -> Array:
    """Standard deviation of a log change of Poisson counts: ``sqrt(1/before + 1/after)``."""
    sums = np.convolve(counts, np.ones(width))
    chance = np.full(len(counts), np.inf)
    at = np.arange(width, len(counts) - width + 1)
    with np.errstate(divide="ignore"):
        chance[at] = np.sqrt(1.0 / sums[at - 1] + 1.0 / sums[at + width - 1])
    return chance


def _peaks(
    slow: Array, fast: Array, lasting: Array, chance: Array, least: float, apart: int
) -> list[int]:
    """Periods of the strongest shifts, at least `apart` periods from one another.

    Parameters
    ----------
    slow, fast, lasting : unexplained log change between the four weeks on each side, between
        the weeks next to the date, and between the outer halves of the four, shape (periods,)
    chance : standard deviation of `slow` were counts independent, shape (periods,)
    """
    usual = slow[np.isfinite(slow)]
    if not len(usual):
        return []
    spread = 1.4826 * np.median(np.abs(usual - np.median(usual)))
    size = np.nan_to_num(np.abs(slow))
    # A drift shows little in the first week, a single bad week little in the outer halves.
    shape = np.nan_to_num(np.minimum(fast * np.sign(slow), lasting * np.sign(slow)))
    beyond = size >= np.maximum(least, BEYOND_CHANCE * np.maximum(spread, chance))
    strong = beyond & (shape >= MOST * size)
    chosen: list[int] = []
    for period in np.argsort(-size, kind="stable"):
        if strong[period] and all(abs(period - other) >= apart for other in chosen):
            chosen.append(int(period))
    return sorted(chosen)
