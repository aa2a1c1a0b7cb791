"""GA4 beside the platforms: how many conversions each counts, and GA4's in place of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import Mask
from models.exports.channel_mapping import UNMATCHED, ChannelRules
from models.exports.report.parts import Part, together, without
from models.exports.report.reconciliation import Credit
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

COUNTED = ["conversions", "revenue"]
_FROM_GA4 = said("conversions from ga4")


def of_ga4(rules: ChannelRules | None) -> ChannelRules:
    """The rules that speak of GA4's channel groups: those that name its platform."""
    found = rules.rules if rules else ()
    return ChannelRules(tuple(rule for rule in found if "ga4" in rule.platforms))


def in_channels(part: Part, rules: ChannelRules, channels: Iterable[str]) -> Part:
    """GA4's rows with their channel; those of no channel with spend are left out."""
    groups = part.frame["campaign"].cat
    to = np.array([*(rules.channel("ga4", "", group, "") for group in groups.categories), ""])
    known = set(channels) - {UNMATCHED}
    for group, channel in zip(groups.categories, to, strict=False):
        if channel not in known:
            rows = (part.frame["campaign"] == group).to_numpy()
            reason = said(
                "GA4's group '{group}' is of {channel}, which has no spend",
                group=group,
                channel=channel,
            )
            if channel == UNMATCHED:
                reason = said("GA4's group '{group}' is no channel's", group=group)
            part = without(part, rows, reason)
    frame = part.frame.assign(channel=to[part.frame["campaign"].cat.codes])
    return replace(part, frame=frame)


def counts(parts: Sequence[Part]) -> pd.DataFrame:
    """GA4's conversions and revenue; index (date, channel)."""
    rows = together([part.frame[["date", "channel", *COUNTED]] for part in parts])
    return rows.groupby(["date", "channel"])[COUNTED].sum()


def compare(platforms: pd.DataFrame, ga4: pd.DataFrame) -> tuple[Credit, ...]:
    """Both counts of each channel that GA4 knows, over the dates that it covers.

    Parameters
    ----------
    platforms : rows with date, channel, conversions and revenue
    ga4 : from `counts`
    """
    known = platforms["channel"].isin(ga4.index.unique("channel"))
    inside = platforms[covered(platforms["date"], ga4) & known]
    theirs = inside.groupby("channel", observed=True)[COUNTED].sum(min_count=1)
    ours = ga4.groupby("channel").sum()
    return tuple(
        Credit(
            str(channel),
            _known(their["conversions"]),
            float(ours["conversions"][str(channel)]),
            _known(their["revenue"]),
            float(ours["revenue"][str(channel)]),
        )
        for channel, their in theirs.iterrows()
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def covered(dates: pd.Series, ga4: pd.DataFrame) -> Mask:
    """Where a date lies between GA4's first and last."""
    days = ga4.index.get_level_values("date")
    return ((dates >= days.min()) & (dates <= days.max())).to_numpy()


def instead(daily: pd.DataFrame, ga4: pd.DataFrame) -> pd.DataFrame:
    """The platforms' spend with GA4's conversions and revenue; what GA4 does not list is none.

    Parameters
    ----------
    daily : the platforms' sums; index (date, channel)
    """
    # GA4 also counts on days without spend: the conversions of earlier clicks.
    every = daily.index.union(ga4.index)
    spent = daily.drop(columns=COUNTED).reindex(every, fill_value=0.0)
    return spent.join(ga4.reindex(every, fill_value=0.0)).reset_index()


def check_counted(ga4: pd.DataFrame, groups: Iterable[str], channels: set[str]) -> None:
    """Whether GA4 counts anything for each channel.

    Raises
    ------
    HistoryError : a channel whose rules match none of GA4's channel groups
    """
    there = said("There are: {names}", names=sorted(set(groups)))
    if faults := [
        Fault(
            said("channel {channel}", channel=channel),
            said("has spend, and its rules match none of GA4's channel groups"),
            there,
        )
        for channel in sorted(channels - set(ga4.index.unique("channel")))
    ]:
        raise HistoryError(faults)


def check_mapped(rules: ChannelRules | None, channels: set[str], has_ga4: bool) -> None:
    """Whether GA4 can stand in for the platforms in every channel.

    Raises
    ------
    HistoryError : there is no GA4 report, or a channel that no rule gives a channel group
    """
    if not has_ga4:
        raise HistoryError(
            Fault(
                _FROM_GA4,
                said("there is no GA4 report among the files"),
                said(
                    "Add an exploration by date and channel group, or leave --conversions-from out"
                ),
            )
        )
    if UNMATCHED in channels:
        raise HistoryError(
            Fault(
                _FROM_GA4,
                said("some campaigns are in no channel, and GA4 counts by channel"),
                said("Give them one in the channels file: `budgetopt import` lists them"),
            )
        )
    mapped = {rule.channel for rule in of_ga4(rules).rules}
    if faults := [
        Fault(
            said("channel {channel}", channel=channel),
            said("has spend, and no rule says which of GA4's channel groups is its own"),
            said(
                "Add one to the channels file: "
                "- {{channel: {channel}, platform: ga4, campaign: Paid Search}}",
                channel=channel,
            ),
        )
        for channel in sorted(channels - mapped)
    ]:
        raise HistoryError(faults)
