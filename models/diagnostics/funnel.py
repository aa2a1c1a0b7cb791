"""Where money is lost on the way from impression to customer, channel against channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    return tuple(
        Leak(kind, channel, reason)
        for column, channel in enumerate(history.channels)
        for kind, (reason_of, needs) in KINDS.items()
        if needs <= sums.keys() and (reason := reason_of(_Seen(column, sums))) is not None
    )


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

    @property
    def is_cheap(self) -> bool:
        """Whether conversions cost clearly less than elsewhere."""
        return self.rate("spend", "conversions") < CHEAP * self.usual("spend", "conversions")


def _few_clicks(seen: _Seen) -> str | None:
    """Few clicks are a loss only where each then costs more."""
    cpc, usual_cpc = seen.rate("spend", "clicks"), seen.usual("spend", "clicks")
    if not seen.is_low("clicks", "impressions") or not cpc > HIGH * usual_cpc:
        return None
    return said(
        "few who see it click: {own:.2%} of impressions, usual are {usual:.2%}, so that a "
        "click costs {cpc:,.2f}, usual are {usual_cpc:,.2f}. Look at the ads and where they "
        "are shown",
        own=seen.rate("clicks", "impressions"),
        usual=seen.usual("clicks", "impressions"),
        cpc=cpc,
        usual_cpc=usual_cpc,
    )


def _little_interest(seen: _Seen) -> str | None:
    """A high click rate without value."""
    gains_little = seen.is_low("conversions", "clicks")
    if "revenue" in seen.sums:
        gains_little = seen.rate("revenue", "clicks") < LOW * seen.usual("revenue", "clicks")
    if not gains_little or "impressions" not in seen.sums:
        return None
    ctr, usual_ctr = seen.rate("clicks", "impressions"), seen.usual("clicks", "impressions")
    if not ctr > HIGH * usual_ctr:
        return None
    return said(
        "many click and little comes of it: {ctr:.2%} of impressions are clicked, usual "
        "are {usual_ctr:.2%}, but {own:.2%} of clicks convert, usual are {usual:.2%}. "
        "Curious, not customers: look at what the ads promise, and to whom",
        ctr=ctr,
        usual_ctr=usual_ctr,
        own=seen.rate("conversions", "clicks"),
        usual=seen.usual("conversions", "clicks"),
    )


def _poor_page(seen: _Seen) -> str | None:
    """Clicks that do not convert, where that is not for want of interest."""
    if not seen.is_low("conversions", "clicks") or _little_interest(seen) is not None:
        return None
    clicks, usual = seen.sum("clicks"), seen.usual("conversions", "clicks")
    return said(
        "many clicks, few conversions: {own:.2%} of {clicks:,.0f} clicks convert, usual are "
        "{usual:.2%}, which would be {missing:,.0f} conversions more. Look at the landing "
        "page and the audience",
        own=seen.rate("conversions", "clicks"),
        clicks=clicks,
        usual=usual,
        missing=clicks * usual - seen.sum("conversions"),
    )


def _few_sales(seen: _Seen) -> str | None:
    if not seen.is_low("conversions", "leads"):
        return None
    return said(
        "many leads, few conversions: {own:.1%} of {leads:,.0f} leads convert, usual are "
        "{usual:.1%}. Look at the quality of the leads and the follow-up",
        own=seen.rate("conversions", "leads"),
        leads=seen.sum("leads"),
        usual=seen.usual("conversions", "leads"),
    )


def _little_worth(seen: _Seen) -> str | None:
    value, usual = seen.rate("revenue", "conversions"), seen.usual("revenue", "conversions")
    if not seen.is_cheap or not value < LOW * usual:
        return None
    return said(
        "cheap conversions that bring little: CPA {cpa:,.2f}, usual are {usual_cpa:,.2f}, but "
        "revenue per conversion {value:,.2f}, usual are {usual:,.2f}",
        cpa=seen.rate("spend", "conversions"),
        usual_cpa=seen.usual("spend", "conversions"),
        value=value,
        usual=usual,
    )


def _no_return(seen: _Seen) -> str | None:
    repeats = seen.sums["conversions"] - seen.sums["new_customers"]
    again = replace(seen, sums={**seen.sums, "repeats": repeats})
    if not seen.is_cheap or not again.is_low("repeats", "conversions"):
        return None
    return said(
        "cheap conversions whose customers do not return: CPA {cpa:,.2f}, usual are "
        "{usual_cpa:,.2f}, but {own:.0%} of conversions are repeat purchases, usual are "
        "{usual:.0%}",
        cpa=seen.rate("spend", "conversions"),
        usual_cpa=seen.usual("spend", "conversions"),
        own=again.rate("repeats", "conversions"),
        usual=again.usual("repeats", "conversions"),
    )


# By kind: what says that a channel leaks there, or None, and the metrics that this takes.
KINDS: dict[str, tuple[Callable[[_Seen], str | None], set[str]]] = {
    "clicks": (_few_clicks, {"impressions", "clicks"}),
    "interest": (_little_interest, {"clicks"}),
    "page": (_poor_page, {"clicks"}),
    "leads": (_few_sales, {"leads"}),
    "worth": (_little_worth, {"revenue"}),
    "return": (_no_return, {"new_customers"}),
}
