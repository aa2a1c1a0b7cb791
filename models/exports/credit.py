"""GA4 beside the platforms: how many conversions each counts, and GA4's in place of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells import Mask
from models.exports.channels import UNMATCHED, ChannelRules
from models.exports.parts import Part, together, without
from models.exports.reconciliation import Credit

if TYPE_CHECKING:
    import pandas as pd

COUNTED = ["conversions", "revenue"]
_EXAMPLE = "- {channel: search, platform: ga4, campaign: Paid Search}"


def of_ga4(rules: ChannelRules | None) -> ChannelRules:
    """The rules that speak of GA4's channel groups: those that name its platform."""
    found = rules.rules if rules else ()
    return ChannelRules(tuple(rule for rule in found if "ga4" in rule.platforms))


def in_channels(part: Part, rules: ChannelRules, channels: Iterable[str]) -> Part:
    """GA4's rows with their channel; those of no channel with spend are left out."""
    groups = part.frame["campaign"].cat
    to = np.array([*(rules.channel("ga4", "", group, "") for group in groups.categories), ""])
    known = set(channels)
    for group, channel in zip(groups.categories, to, strict=False):
        if channel not in known:
            rows = (part.frame["campaign"] == group).to_numpy()
            what = "no channel's" if channel == UNMATCHED else f"of {channel}, which has no spend"
            part = without(part, rows, f"GA4's group '{group}' is {what}")
    frame = part.frame.assign(channel=to[part.frame["campaign"].cat.codes])
    return Part(frame, part.account, part.gives_spend)


def counts(parts: Sequence[Part]) -> pd.DataFrame:
    """GA4's conversions and revenue; index (date, channel)."""
    rows = together([part.frame[["date", "channel", *COUNTED]] for part in parts])
    return rows.groupby(["date", "channel"])[COUNTED].sum()


def compare(platforms: pd.DataFrame, ga4: pd.DataFrame) -> tuple[Credit, ...]:
    """Both counts per channel, over the dates that GA4 covers.

    Parameters
    ----------
    platforms : rows with date, channel, conversions and revenue
    ga4 : from `counts`
    """
    inside = platforms[covered(platforms["date"], ga4)]
    theirs = inside.groupby("channel", observed=True)[COUNTED].sum()
    ours = ga4.groupby("channel").sum().reindex(theirs.index.astype(str), fill_value=0.0)
    return tuple(
        Credit(str(channel), *map(float, (their.iloc[0], our.iloc[0], their.iloc[1], our.iloc[1])))
        for (channel, their), (_, our) in zip(theirs.iterrows(), ours.iterrows(), strict=True)
    )


def covered(dates: pd.Series, ga4: pd.DataFrame) -> Mask:
    """Where a date lies between GA4's first and last."""
    days = ga4.index.get_level_values("date")
    return ((dates >= days.min()) & (dates <= days.max())).to_numpy()


def instead(daily: pd.DataFrame, ga4: pd.DataFrame) -> pd.DataFrame:
    """The platforms' spend with GA4's conversions and revenue; what GA4 does not list is none.

    Parameters
    ----------
    daily : one row per date and channel
    """
    found = ga4.reindex(daily[["date", "channel"]].astype({"channel": str}), fill_value=0.0)
    return daily.assign(**{name: found[name].to_numpy() for name in COUNTED})


def check_mapped(rules: ChannelRules | None, channels: Iterable[str], has_ga4: bool) -> None:
    """Whether GA4 can stand in for the platforms in every channel.

    Raises
    ------
    HistoryError : there is no GA4 report, or a channel that no rule gives a channel group
    """
    if not has_ga4:
        raise HistoryError(
            Fault(
                "conversions from ga4",
                "there is no GA4 report among the files",
                "Add an exploration by date and channel group, or leave --conversions-from out",
            )
        )
    mapped = {rule.channel for rule in of_ga4(rules).rules}
    if faults := [
        Fault(
            f"channel {channel}",
            "has spend, and no rule says which of GA4's channel groups is its own",
            f"Add one to the channels file: {_EXAMPLE.replace('search,', f'{channel},')}",
        )
        for channel in sorted(set(channels) - mapped)
    ]:
        raise HistoryError(faults)
