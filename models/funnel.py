"""Where money is lost on the way from impression to customer, channel against channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models import metrics
from models.history import History
from models.wording import Phrase, said

WINDOW = 91  # days looked back: a quarter, long enough for rare conversions
LOW, HIGH = 0.5, 1.5  # of the other channels' rate
CHEAP = 0.8  # of the other channels' CPA
BEYOND_CHANCE = 4.0  # standard deviations of a Poisson count


@dataclass(frozen=True)
class Leak:
    """A place where a channel loses what the others keep.

    Parameters
    ----------
    kind : "clicks" (few impressions are clicked), "page" (few clicks convert), "interest" (much
        clicked, little gained), "leads" (few leads convert), "worth" (cheap conversions that
        bring little), "return" (cheap conversions whose customers do not return)
    reason : what is seen and what it points to, in plain words
    """

    kind: str
    channel: str
    reason: Phrase


def leaks(history: History) -> tuple[Leak, ...]:
    """Leaks of the last quarter: rates far from the other channels' and beyond chance.

    One channel alone, or a mix, has nothing to be compared with: no leaks.
    """
    if history.shape == "mix" or len(history.channels) < 2:
        return ()
    last = max(1, WINDOW // history.period_days)
    panels = {"spend": history.spend, **history.metrics}
    sums = {name: panel.iloc[-last:].sum() for name, panel in panels.items()}
    found: list[Leak] = []
    for channel in history.channels:
        own = {name: float(total[channel]) for name, total in sums.items()}
        others = {name: float(total.sum() - total[channel]) for name, total in sums.items()}
        found += _leaks(channel, own, others)
    return tuple(found)


Totals = Mapping[str, float]


def _leaks(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    if {"impressions", "clicks"} <= own.keys():
        yield from _few_clicks(channel, own, others)
    if "clicks" in own:
        yield from _interest_or_page(channel, own, others)
    if "leads" in own:
        yield from _few_sales(channel, own, others)
    cheap = metrics.cpa(own["spend"], own["conversions"]) < CHEAP * metrics.cpa(
        others["spend"], others["conversions"]
    )
    if cheap and "revenue" in own:
        yield from _little_worth(channel, own, others)
    if cheap and "new_customers" in own:
        yield from _no_return(channel, own, others)


def _is_low(part: float, whole: float, other_part: float, other_whole: float) -> bool:
    """Whether part of whole is less than half the others' rate, and not by chance."""
    if not (whole and other_whole and other_part):
        return False
    expected = whole * other_part / other_whole
    return part < LOW * expected and expected - part > BEYOND_CHANCE * np.sqrt(expected)


def _few_clicks(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    if _is_low(own["clicks"], own["impressions"], others["clicks"], others["impressions"]):
        reason = said(
            "few who see it click: {own:.2%} of impressions, the other channels {others:.2%}. "
            "Look at the ads and where they are shown",
            own=float(metrics.ctr(own["clicks"], own["impressions"])),
            others=float(metrics.ctr(others["clicks"], others["impressions"])),
        )
        yield Leak("clicks", channel, reason)


def _interest_or_page(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    """A high click rate without value is one leak; clicks that do not convert another."""
    converts = not _is_low(
        own["conversions"], own["clicks"], others["conversions"], others["clicks"]
    )
    rate = float(metrics.conversion_rate(own["conversions"], own["clicks"]))
    usual = float(metrics.conversion_rate(others["conversions"], others["clicks"]))
    if "impressions" in own:
        ctr = float(metrics.ctr(own["clicks"], own["impressions"]))
        other_ctr = float(metrics.ctr(others["clicks"], others["impressions"]))
        if ctr > HIGH * other_ctr and _gains_little(own, others, converts):
            reason = said(
                "many click and little comes of it: {ctr:.2%} of impressions are clicked, the "
                "other channels {other_ctr:.2%}, but {own:.2%} of clicks convert, the others "
                "{others:.2%}. Curious, not customers: look at what the ads promise, and to whom",
                ctr=ctr,
                other_ctr=other_ctr,
                own=rate,
                others=usual,
            )
            yield Leak("interest", channel, reason)
            return
    if not converts:
        reason = said(
            "many clicks, few conversions: {own:.2%} of {clicks:,.0f} clicks convert, the other "
            "channels {others:.2%}, which would be {missing:,.0f} conversions more. Look at the "
            "landing page and the audience",
            own=rate,
            clicks=own["clicks"],
            others=usual,
            missing=own["clicks"] * usual - own["conversions"],
        )
        yield Leak("page", channel, reason)


def _gains_little(own: Totals, others: Totals, converts: bool) -> bool:
    """Whether a click brings less than half the others' revenue (or conversions)."""
    if "revenue" not in own:
        return not converts
    value = metrics.ratio(own["revenue"], own["clicks"])
    return bool(value < LOW * metrics.ratio(others["revenue"], others["clicks"]))


def _few_sales(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    if _is_low(own["conversions"], own["leads"], others["conversions"], others["leads"]):
        reason = said(
            "many leads, few conversions: {own:.1%} of {leads:,.0f} leads convert, the other "
            "channels {others:.1%}. Look at the quality of the leads and the follow-up",
            own=own["conversions"] / own["leads"],
            leads=own["leads"],
            others=others["conversions"] / others["leads"],
        )
        yield Leak("leads", channel, reason)


def _little_worth(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    value = metrics.value_per_conversion(own["revenue"], own["conversions"])
    usual = metrics.value_per_conversion(others["revenue"], others["conversions"])
    if value < LOW * usual:
        reason = said(
            "cheap conversions that bring little: CPA {cpa:,.2f}, the other channels "
            "{other_cpa:,.2f}, but revenue per conversion {value:,.2f}, the others {usual:,.2f}",
            **_cpas(own, others),
            value=float(value),
            usual=float(usual),
        )
        yield Leak("worth", channel, reason)


def _no_return(channel: str, own: Totals, others: Totals) -> Iterator[Leak]:
    repeats = own["conversions"] - own["new_customers"]
    other_repeats = others["conversions"] - others["new_customers"]
    if _is_low(repeats, own["conversions"], other_repeats, others["conversions"]):
        reason = said(
            "cheap conversions whose customers do not return: CPA {cpa:,.2f}, the other channels "
            "{other_cpa:,.2f}, but {own:.0%} of conversions are repeat purchases, the others "
            "{others:.0%}",
            **_cpas(own, others),
            own=repeats / own["conversions"],
            others=other_repeats / others["conversions"],
        )
        yield Leak("return", channel, reason)


def _cpas(own: Totals, others: Totals) -> dict[str, float]:
    return {
        "cpa": float(metrics.cpa(own["spend"], own["conversions"])),
        "other_cpa": float(metrics.cpa(others["spend"], others["conversions"])),
    }
