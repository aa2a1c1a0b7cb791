"""Where money is lost on the way from impression to customer, channel against channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.diagnostics import metrics
from models.history.history import History
from models.phrases import said

Array = NDArray[np.floating]

WINDOW = 91  # days looked back: a quarter, long enough for rare conversions
LOW, HIGH = 0.5, 1.5  # of the other channels' median rate
CHEAP = 0.8  # of the other channels' median CPA
BEYOND_CHANCE = 4.0  # standard deviations of a Poisson count


@dataclass(frozen=True)
class Leak:
    """A place where a channel loses what the others keep.

    Parameters
    ----------
    kind : "clicks" (few impressions are clicked, and clicks are dear), "page" (few clicks
        convert), "interest" (much clicked, little gained), "leads" (few leads convert), "worth"
        (cheap conversions that bring little), "return" (cheap conversions whose customers do not
        return)
    reason : what is seen and what it points to, in plain words
    """

    kind: str
    channel: str
    reason: str


def leaks(history: History) -> tuple[Leak, ...]:
    """Leaks of the last quarter: rates far from the median of the other channels, beyond chance.

    One channel alone, or a mix, has nothing to be compared with: no leaks.
    """
    if history.shape == "mix" or len(history.channels) < 2:
        return ()
    last = max(1, WINDOW // history.period_days)
    panels = {"spend": history.spend, **history.metrics}
    sums = {name: panel.iloc[-last:].sum().to_numpy() for name, panel in panels.items()}
    found: list[Leak] = []
    for column, channel in enumerate(history.channels):
        seen = _Seen(column, sums)
        if {"impressions", "clicks"} <= sums.keys():
            found += _few_clicks(channel, seen)
        if "clicks" in sums:
            found += _interest_or_page(channel, seen)
        if "leads" in sums:
            found += _few_sales(channel, seen)
        if seen.rate("spend", "conversions") < CHEAP * seen.usual("spend", "conversions"):
            found += _little_worth(channel, seen)
            found += _no_return(channel, seen)
    return tuple(found)


@dataclass(frozen=True)
class _Seen:
    """One channel among the others.

    Parameters
    ----------
    column : the channel's
    sums : by metric, shape (channels,)
    """

    column: int
    sums: Mapping[str, Array]

    def sum(self, name: str) -> float:
        return float(self.sums[name][self.column])

    def rate(self, part: str, whole: str) -> float:
        """The channel's own ratio; NaN where undefined."""
        return float(metrics.ratio(self.sum(part), self.sum(whole)))

    def usual(self, part: str, whole: str) -> float:
        """The other channels' ratio: the median, by weight of `whole`; NaN where undefined.

        Weights keep a channel of a few conversions from saying what is usual.
        """
        weights = np.delete(self.sums[whole], self.column)
        if not weights.sum() > 0:
            return np.nan
        rates = np.delete(metrics.ratio(self.sums[part], self.sums[whole]), self.column)
        order = np.argsort(rates)  # undefined ones last, and without weight
        half = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
        return float(rates[order][half])

    def is_low(self, part: str, whole: str) -> bool:
        """Whether the channel's rate of a count is less than half the usual, and not by chance."""
        expected = self.sum(whole) * self.usual(part, whole)
        missing = expected - self.sum(part)
        return self.sum(part) < LOW * expected and missing > BEYOND_CHANCE * np.sqrt(expected)


def _few_clicks(channel: str, seen: _Seen) -> Iterator[Leak]:
    """Few clicks are a loss only where each then costs more."""
    cpc, usual_cpc = seen.rate("spend", "clicks"), seen.usual("spend", "clicks")
    if seen.is_low("clicks", "impressions") and cpc > HIGH * usual_cpc:
        reason = said(
            "few who see it click: {own:.2%} of impressions, usual are {usual:.2%}, so that a "
            "click costs {cpc:,.2f}, usual are {usual_cpc:,.2f}. Look at the ads and where they "
            "are shown",
            own=seen.rate("clicks", "impressions"),
            usual=seen.usual("clicks", "impressions"),
            cpc=cpc,
            usual_cpc=usual_cpc,
        )
        yield Leak("clicks", channel, reason)


def _interest_or_page(channel: str, seen: _Seen) -> Iterator[Leak]:
    """A high click rate without value is one leak; clicks that do not convert another."""
    converts_little = seen.is_low("conversions", "clicks")
    rate, usual = seen.rate("conversions", "clicks"), seen.usual("conversions", "clicks")
    gains_little = converts_little
    if "revenue" in seen.sums:
        gains_little = seen.rate("revenue", "clicks") < LOW * seen.usual("revenue", "clicks")
    if gains_little and "impressions" in seen.sums:
        ctr, usual_ctr = seen.rate("clicks", "impressions"), seen.usual("clicks", "impressions")
        if ctr > HIGH * usual_ctr:
            reason = said(
                "many click and little comes of it: {ctr:.2%} of impressions are clicked, usual "
                "are {usual_ctr:.2%}, but {own:.2%} of clicks convert, usual are {usual:.2%}. "
                "Curious, not customers: look at what the ads promise, and to whom",
                ctr=ctr,
                usual_ctr=usual_ctr,
                own=rate,
                usual=usual,
            )
            yield Leak("interest", channel, reason)
            return
    if converts_little:
        clicks = seen.sum("clicks")
        reason = said(
            "many clicks, few conversions: {own:.2%} of {clicks:,.0f} clicks convert, usual are "
            "{usual:.2%}, which would be {missing:,.0f} conversions more. Look at the landing "
            "page and the audience",
            own=rate,
            clicks=clicks,
            usual=usual,
            missing=clicks * usual - seen.sum("conversions"),
        )
        yield Leak("page", channel, reason)


def _few_sales(channel: str, seen: _Seen) -> Iterator[Leak]:
    if seen.is_low("conversions", "leads"):
        reason = said(
            "many leads, few conversions: {own:.1%} of {leads:,.0f} leads convert, usual are "
            "{usual:.1%}. Look at the quality of the leads and the follow-up",
            own=seen.rate("conversions", "leads"),
            leads=seen.sum("leads"),
            usual=seen.usual("conversions", "leads"),
        )
        yield Leak("leads", channel, reason)


def _little_worth(channel: str, seen: _Seen) -> Iterator[Leak]:
    if "revenue" not in seen.sums:
        return
    value, usual = seen.rate("revenue", "conversions"), seen.usual("revenue", "conversions")
    if value < LOW * usual:
        reason = said(
            "cheap conversions that bring little: CPA {cpa:,.2f}, usual are {usual_cpa:,.2f}, but "
            "revenue per conversion {value:,.2f}, usual are {usual:,.2f}",
            cpa=seen.rate("spend", "conversions"),
            usual_cpa=seen.usual("spend", "conversions"),
            value=value,
            usual=usual,
        )
        yield Leak("worth", channel, reason)


def _no_return(channel: str, seen: _Seen) -> Iterator[Leak]:
    if "new_customers" not in seen.sums:
        return
    repeats = seen.sums["conversions"] - seen.sums["new_customers"]
    again = replace(seen, sums={**seen.sums, "repeats": repeats})
    if again.is_low("repeats", "conversions"):
        reason = said(
            "cheap conversions whose customers do not return: CPA {cpa:,.2f}, usual are "
            "{usual_cpa:,.2f}, but {own:.0%} of conversions are repeat purchases, usual are "
            "{usual:.0%}",
            cpa=seen.rate("spend", "conversions"),
            usual_cpa=seen.usual("spend", "conversions"),
            own=again.rate("repeats", "conversions"),
            usual=again.usual("repeats", "conversions"),
        )
        yield Leak("return", channel, reason)
