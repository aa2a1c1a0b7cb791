"""One grain for all files: reports by week beside reports by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.combine.overlaps import count_once, without_shared
from models.exports.report.parts import Part, together, without
from models.phrases import said

if TYPE_CHECKING:
    from datetime import date

MONDAY = 0


def one_grain(
    parts: Sequence[Part], weeks: Literal["never", "where needed", "always"]
) -> tuple[list[Part], int]:
    """Each day's money once, all by day or all by week; with the length of a row in days.

    Where weeks and days are of the same campaigns, the days count.

    Raises
    ------
    HistoryError : weeks beside days where days may not be summed, or weeks that begin on
        different weekdays; and as `count_once`
    """
    daily = [part for part in parts if part.account.period_days == 1]
    weekly = [part for part in parts if part.account.period_days == 7]
    if daily and weekly and weeks == "never":
        raise HistoryError(_mixed(part) for part in weekly)
    if not weekly and weeks != "always":
        return count_once(parts), 1
    summed = _by_week(count_once(daily), _weekday(weekly))
    return [*summed, *_beside(count_once(weekly), summed)], 7


def _mixed(part: Part) -> Fault:
    return Fault(
        part.account.file,
        said("is by week, while others are by day"),
        said("Download it by day; or sum the others to weeks: --grain week"),
    )


def _weekday(weekly: Sequence[Part]) -> int:
    """On which weekday the weeks begin, 0 for Monday."""
    starts: dict[int, tuple[str, date]] = {}
    for part in weekly:
        if part.account.first is not None:
            starts.setdefault(part.account.first.weekday(), (part.account.file, part.account.first))
    if len(starts) < 2:
        return next(iter(starts), MONDAY)
    raise HistoryError(
        Fault(
            file,
            said(
                "its weeks begin on {first}, those of other files on another weekday", first=first
            ),
            said("Download all reports with weeks that begin on the same weekday, or by day"),
        )
        for file, first in starts.values()
    )


def _by_week(daily: Sequence[Part], start: int) -> list[Part]:
    """Days dated by the first of their week; days of no full week are left out.

    A week is full if the platform's reports, all together, span it.
    """
    spans: dict[str, tuple[np.datetime64, np.datetime64]] = {}
    for part in daily:
        for platform, dates in part.frame.groupby("platform", observed=True)["date"]:
            first, last = dates.min().to_datetime64(), dates.max().to_datetime64()
            before = spans.get(str(platform), (first, last))
            spans[str(platform)] = min(first, before[0]), max(last, before[1])
    return [_of_part(part, start, spans) for part in daily]


def _of_part(part: Part, start: int, spans: dict[str, tuple[np.datetime64, np.datetime64]]) -> Part:
    days = part.frame["date"].to_numpy().astype("datetime64[D]")
    # Day 0 of the calendar, 1970-01-01, was a Thursday: weekday 3.
    begins = days - (days.astype(int) + 3 - start) % 7
    platform = part.frame["platform"].astype(str)
    first = platform.map(lambda name: spans[name][0]).to_numpy().astype("datetime64[D]")
    last = platform.map(lambda name: spans[name][1]).to_numpy().astype("datetime64[D]")
    partial = (begins < first) | (begins + 6 > last)
    dated = replace(part, frame=part.frame.assign(date=begins.astype("datetime64[s]")))
    return without(dated, partial, said("days of no full week"))


def _beside(weekly: list[Part], daily: list[Part]) -> list[Part]:
    """The weeks of which there are no days."""
    if not daily:
        return weekly
    names = ", ".join(dict.fromkeys(part.account.file for part in daily))
    whole = Part(together([part.frame for part in daily]), replace(daily[0].account, file=names))
    return [without_shared(part, whole, said("it is by day")) for part in weekly]
