"""Data that look wrong: flagged with dates, and offered to a fit as weights.

Nothing here corrects data. A flag says which days of a channel look as if spend, clicks or
conversions had not been counted as on other days, and how much a fit should trust them. Every
limit asks for more than chance and season give: a flag should be worth a look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from models.diagnostics.day_weights import weights
from models.diagnostics.level_shifts import level_shifts
from models.history.history import History
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]
Kind = Literal["silent", "unpaid", "clicks", "setting", "counting", "level"]

EXPECTED = 12.0  # conversions that a silence must have cost: exp(-12) is 6 in a million
KEPT = 0.6  # share of the usual conversions that go on although no money is spent
FLOOD = 3.0  # times the usual clicks
FLOOD_DAYS = 14  # a longer flood is a new level
BEFORE_SHIFT = 0.5  # trust in what was counted in another way
ALL = said("all channels")


@dataclass(frozen=True)
class Flag:
    """A stretch of days that look wrong.

    Parameters
    ----------
    kind : "silent" (spend without conversions), "unpaid" (conversions without spend), "clicks"
        (a flood of them), "setting" (the platform says that it attributes in another way),
        "counting" (conversions per click at a new level), "level" (conversions per spend at a
        new level)
    channel : its name; None for all channels together (a mix)
    first, last : the days that `weight` is for; before a new level, all earlier ones
    weight : how much a fit should trust these days, from 0 to 1
    reason : what was seen, in plain words
    """

    kind: Kind
    channel: str | None
    first: date
    last: date
    weight: float
    reason: str


def suspect(history: History) -> tuple[Flag, ...]:
    """Flags by channel and date. Days show more than weeks: read with the file's own grain."""
    flags: list[Flag] = []
    for series in _channels(history):
        flags += _silent(series)
        flags += _unpaid(series)
        flags += _floods(series)
    flags += _settings(history)
    if history.shape == "tidy":
        flags += _shifts(history, weights(flags, history).to_numpy() > 0)
    return tuple(sorted(flags, key=lambda flag: (flag.channel or "", flag.first, flag.kind)))


@dataclass(frozen=True)
class _Series:
    """One channel's numbers per period, shape (periods,)."""

    channel: str | None
    dates: pd.DatetimeIndex
    days: int
    spend: Array
    conversions: Array  # or revenue, where a mix counts that
    clicks: Array | None
    kpi: Phrase

    def between(self, start: int, stop: int) -> tuple[date, date]:
        """First and last day of the periods from `start` to before `stop`."""
        over = stop == len(self.dates)
        end = self.dates[-1] + timedelta(days=self.days) if over else self.dates[stop]
        return self.dates[start].date(), end.date() - timedelta(days=1)


def _channels(history: History) -> Iterator[_Series]:
    """Each channel of a tidy history; a mix can only be looked at as a whole."""
    dates, days, words = history.dates, history.period_days, history.kpi_words
    if history.shape == "mix":
        kpi = history.metrics[history.kpi]["total"].to_numpy(dtype=float)
        yield _Series(None, dates, days, history.spend.to_numpy().sum(axis=1), kpi, None, words)
        return
    clicks = history.metrics.get("clicks")
    for channel in history.channels:
        yield _Series(
            channel,
            dates,
            days,
            history.spend[channel].to_numpy(dtype=float),
            history.metrics["conversions"][channel].to_numpy(dtype=float),
            None if clicks is None else clicks[channel].to_numpy(dtype=float),
            words,
        )


def _silent(series: _Series) -> Iterator[Flag]:
    """Spend without a single conversion, for longer than chance explains."""
    spend, conversions = series.spend, series.conversions
    usual = conversions.sum() / spend.sum() * spend
    limit = EXPECTED * _dispersion(conversions, usual)
    for start, stop in _runs(conversions == 0):
        expected = usual[start:stop].sum()
        if expected < limit:
            continue
        paid = np.flatnonzero(spend[start:stop] > 0)
        first, last = series.between(start + paid[0], start + paid[-1] + 1)
        reason = said(
            "{money:,.0f} spent from {first} to {last} without any {kpi}; about {expected:,.0f} "
            "could be expected: is the tracking broken?",
            money=spend[start:stop].sum(),
            first=first,
            last=last,
            expected=expected,
            kpi=series.kpi,
        )
        yield Flag("silent", series.channel, first, last, 0.0, reason)


def _unpaid(series: _Series) -> Iterator[Flag]:
    """Conversions that go on although the spend stops, as if it were missing from the file."""
    spend, conversions = series.spend, series.conversions
    limit = EXPECTED * _dispersion(conversions, conversions.sum() / spend.sum() * spend)
    around = max(1, 28 // series.days)
    for start, stop in _runs(spend == 0):
        near = slice(max(0, start - around), stop + around)
        paid = spend[near] > 0
        usual = conversions[near][paid].mean() * (stop - start) if paid.any() else 0.0
        found = conversions[start:stop].sum()
        if usual < limit or found < KEPT * usual:
            continue
        first, last = series.between(start, stop)
        reason = said(
            "{kpi} from {first} to {last} without any spend: {found:,.0f}, hardly below the usual "
            "{usual:,.0f}; is spend missing?",
            kpi=series.kpi,
            found=found,
            first=first,
            last=last,
            usual=usual,
        )
        yield Flag("unpaid", series.channel, first, last, 0.0, reason)


def _floods(series: _Series) -> Iterator[Flag]:
    """Far more clicks than usual that bring no more conversions."""
    clicks, conversions = series.clicks, series.conversions
    if clicks is None or not clicks.any():
        return
    usual = _rolling_median(clicks, max(3, 2 * (28 // series.days) + 1))
    rate = conversions.sum() / clicks.sum()
    spread = np.sqrt(_dispersion(conversions, rate * clicks))
    # Half of what so many clicks usually bring, and beyond chance.
    missing = rate * clicks - conversions
    barren = (missing > 0.5 * rate * clicks) & (missing > 4.0 * spread * np.sqrt(rate * clicks))
    for start, stop in _runs((usual > 0) & (clicks > FLOOD * usual) & barren):
        if (stop - start) * series.days > FLOOD_DAYS:
            continue
        first, last = series.between(start, stop)
        found, normal = clicks[start:stop].sum(), usual[start:stop].sum()
        reason = said(
            "{found:,.0f} clicks from {first} to {last}, usual are {usual:,.0f}, and they brought "
            "few conversions: robots, or a placement gone wrong?",
            found=found,
            first=first,
            last=last,
            usual=normal,
        )
        yield Flag("clicks", series.channel, first, last, 0.0, reason)


def _settings(history: History) -> Iterator[Flag]:
    """What was counted under an earlier attribution setting is another quantity."""
    first = history.dates[0].date()
    for new in history.settings:
        last = new.since - timedelta(days=1)
        if last >= first:
            yield Flag("setting", new.channel, first, last, BEFORE_SHIFT, new.reason)


def _shifts(history: History, trusted: NDArray[np.bool_]) -> Iterator[Flag]:
    for shift in level_shifts(history, trusted):
        first = history.dates[0].date()
        since = history.dates[shift.period].date()
        last = since - timedelta(days=1)
        if shift.clicks_stayed:
            kind: Kind = "counting"
            reason = said(
                "conversions per click change by {change:+.0%} on {date} and stay there, while "
                "clicks do not: another attribution setting, tracking or landing page?",
                change=shift.change,
                date=since,
            )
        else:
            kind = "level"
            reason = said(
                "conversions change by {change:+.0%} on {date} and stay there; neither spend nor "
                "the other channels explain it",
                change=shift.change,
                date=since,
            )
        yield Flag(kind, shift.channel, first, last, BEFORE_SHIFT, reason)


def _runs(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each unbroken run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(int)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _dispersion(counts: Array, expected: Array) -> float:
    """Variance over that of a Poisson count, at least 1; robust to what is to be flagged.

    Source: quasi-likelihood of McCullagh and Nelder, *Generalized Linear Models* (1989), with
    the median absolute deviation of the Pearson residuals in place of their mean square.
    """
    some = expected > 0
    residuals = (counts[some] - expected[some]) / np.sqrt(expected[some])
    if not len(residuals):
        return 1.0
    spread = 1.4826 * np.median(np.abs(residuals - np.median(residuals)))
    return max(1.0, float(spread) ** 2)


def _rolling_median(values: Array, width: int) -> Array:
    import pandas as pd

    return pd.Series(values).rolling(width, center=True, min_periods=1).median().to_numpy()
