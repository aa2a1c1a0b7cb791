"""One grain for all files: reports by week beside reports by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.combine.overlaps import count_once, without_shared
from models.exports.report.parts import Part, together, with_notice, without
from models.history.week_starts import WEEKDAYS
from models.phrases import said

MONDAY = 0


def one_grain(
    parts: Sequence[Part], weeks: Literal["never", "where needed", "always"]
) -> tuple[list[Part], int]:
    """Each day's money once, all by day or all by week; with the length of a row in days.

    Where weeks and days are of the same campaigns, the days count.

    Raises
    ------
    HistoryError : weeks beside days where days may not be summed, or weeks that begin on
        different weekdays with some of them missing; and as `count_once`
    """
    daily = [part for part in parts if part.account.period_days == 1]
    weekly = [part for part in parts if part.account.period_days == 7]
    if daily and weekly and weeks == "never":
        raise HistoryError(_mixed(part) for part in weekly)
    if not weekly and weeks != "always":
        return count_once(parts), 1
    weekly, start = _aligned(weekly)
    summed = _by_week(count_once(daily), start)
    return [*summed, *_beside(count_once(weekly), summed)], 7


def _mixed(part: Part) -> Fault:
    return Fault(
        part.account.file,
        said("is by week, while others are by day"),
        said("Download it by day; or sum the others to weeks: --grain week"),
    )


def _aligned(weekly: Sequence[Part]) -> tuple[list[Part], int]:
    """Weeks dated alike, and on which weekday they begin, 0 for Monday.

    Weeks that begin on another weekday than most rows' move by up to three days, so that each
    shares at least four of its days with the one that it is dated as.

    Raises
    ------
    HistoryError : weeks of a file that would move are missing: what its rows stand for is a guess
    """
    starts = [_weekday(part) for part in weekly]
    rows = np.bincount(
        [start for start in starts if start is not None] or [MONDAY],
        [len(part.frame) for part, start in zip(weekly, starts, strict=True) if start is not None]
        or [1],
    )
    usual = int(np.argmax(rows))
    faults = [
        _with_gaps(part, start, usual)
        for part, start in zip(weekly, starts, strict=True)
        if start not in (None, usual) and not _is_whole(part)
    ]
    if faults:
        raise HistoryError(faults)
    moved = [
        part if start in (None, usual) else _moved(part, start, usual)
        for part, start in zip(weekly, starts, strict=True)
    ]
    return moved, usual


def _weekday(part: Part) -> int | None:
    return None if part.account.first is None else part.account.first.weekday()


def _is_whole(part: Part) -> bool:
    weeks = np.unique(part.frame["date"].to_numpy().astype("datetime64[D]"))
    return bool((np.diff(weeks).astype(int) == 7).all())


def _moved(part: Part, start: int, usual: int) -> Part:
    shift = np.timedelta64((start - usual + 3) % 7 - 3, "D")
    dates = part.frame["date"].to_numpy().astype("datetime64[D]") - shift
    dated = replace(part, frame=part.frame.assign(date=dates.astype("datetime64[s]")))
    notice = said(
        "its weeks begin on {own}: dated by the nearest {usual}, as those of the other files",
        own=WEEKDAYS[start],
        usual=WEEKDAYS[usual],
    )
    return with_notice(dated, notice)


def _with_gaps(part: Part, start: int | None, usual: int) -> Fault:
    return Fault(
        part.account.file,
        said(
            "its weeks begin on {own}, those of other files on {usual}, and some of its weeks are "
            "missing",
            own=WEEKDAYS[start or 0],
            usual=WEEKDAYS[usual],
        ),
        said("Download all reports with weeks that begin on the same weekday, or by day"),
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
