"""The calendar of a history: days or weeks, found or asked for, without holes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from models.history.history import MONTH, Grain
from models.history.parsing import Faults
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

# Days become weeks where at least this many full ones remain: half a year. Weeks carry less
# noise and no weekday pattern, but fewer of them could not tell a curve from a season.
FEWEST_WEEKS = 26
FEWEST_MONTHS = 36  # three years: fewer points cannot tell spend from a season and a trend


@dataclass(frozen=True)
class Calendar:
    """The periods of a history.

    Parameters
    ----------
    dates : first day of each period, regular and without gaps
    period_days : 1, 7 or 30 (months)
    source_days : what one date of the file stands for, in the same units
    missing : dates between the first and the last that the file has no row for
    """

    dates: pd.DatetimeIndex
    period_days: int
    source_days: int
    missing: pd.DatetimeIndex
    notices: tuple[Phrase, ...] = ()


def calendar(days: pd.DatetimeIndex, grain: Grain, faults: Faults, today: date) -> Calendar:
    """Decide on days, weeks or months.

    Parameters
    ----------
    days : the distinct dates of the file, sorted
    grain : "week", "day", or "auto": weeks where at least 26 full ones remain
    today : a week that holds it is not over

    Raises
    ------
    HistoryError : one date only, too few months, or dates that are neither days, weeks nor months
    """
    import pandas as pd

    source_days = _source_days(days, faults)
    faults.check()
    if source_days == MONTH:
        return _months(days, grain, faults, today)
    every = pd.date_range(days[0], days[-1], freq=f"{source_days}D")
    missing = every.difference(days)
    if source_days == 7:
        if grain == "day":
            faults.add(
                said("the file holds weeks, which cannot be read as days"),
                said("Leave --grain out"),
            )
            faults.check()
        return _weeks_as_they_are(every, missing, today)
    weeks, notices = _full_weeks(days[0], days[-1])
    if grain == "day" or (grain == "auto" and len(weeks) < FEWEST_WEEKS):
        notice = said(
            "kept by day: {weeks} full weeks, fewer than {least}",
            weeks=len(weeks),
            least=FEWEST_WEEKS,
        )
        return Calendar(every, 1, 1, missing, () if grain == "day" else (notice,))
    if len(weeks) < 2:
        faults.add(
            said("there are {weeks} full weeks (Monday to Sunday)", weeks=len(weeks)),
            said("Use --grain day"),
        )
        faults.check()
    return Calendar(weeks, 7, 1, missing, notices)


def regrain(wide: pd.DataFrame, to: Calendar) -> pd.DataFrame:
    """Sums by period, zero where there is nothing; controls are means over the days of a week.

    Sums of a month are brought to 30 days.
    """
    import pandas as pd

    if to.period_days == MONTH or to.period_days > to.source_days:
        by_month = to.period_days == MONTH
        begin = (_first_of_month if by_month else _monday)(wide.index).rename("date")
        sums = wide.groupby(begin).sum()
        if by_month:
            length = pd.DatetimeIndex(sums.index).days_in_month.to_numpy()
            sums = sums.mul(MONTH / length, axis="index")
        controls = wide.columns.get_level_values(0) == "control"
        means = wide.loc[:, controls].groupby(begin).mean()
        wide = sums.loc[:, ~controls].join(means)
    return wide.reindex(to.dates.rename("date"), fill_value=0.0).astype(float)


def _monday(days: pd.Index) -> pd.DatetimeIndex:
    import pandas as pd

    days = pd.DatetimeIndex(days)
    return days - pd.to_timedelta(days.day_of_week, unit="D")


def _first_of_month(days: pd.Index) -> pd.DatetimeIndex:
    import pandas as pd

    days = pd.DatetimeIndex(days)
    return days - pd.to_timedelta(days.day - 1, unit="D")


def _source_days(days: pd.DatetimeIndex, faults: Faults) -> int:
    """1, 7 or 30 (months), by the distances between the file's dates."""
    if len(days) == 1:
        faults.add(
            said("all rows are of one date, {date}", date=days[0]),
            said("A history needs a row for each day or week; half a year is a good start"),
        )
        return 1
    gaps = np.diff(days.to_numpy()).astype("timedelta64[D]").astype(int)
    if gaps.min() >= 28 and ((days.day == 1).all() or days.is_month_end.all()):
        return MONTH
    if (gaps % 7 == 0).all():
        return 7
    usual = int(np.median(gaps))
    if usual >= 28:
        faults.add(
            said(
                "its dates are {usual} days apart, as of months, but not the first of each",
                usual=usual,
            ),
            said("Date each month by its first day, such as 2026-03-01 or 03/2026"),
        )
    elif usual >= 5:
        after = int(np.flatnonzero(gaps % 7)[0])
        faults.add(
            said(
                "the dates are mostly {usual} days apart, but {days} days from {first} to {last}",
                usual=usual,
                days=int(gaps[after]),
                first=days[after],
                last=days[after + 1],
            ),
            said("Write one row per day, or per week that always starts on the same weekday"),
        )
    return 1


def _months(days: pd.DatetimeIndex, grain: Grain, faults: Faults, today: date) -> Calendar:
    """Months that are over; at least three years of them."""
    import pandas as pd

    firsts = _first_of_month(days)
    every = pd.date_range(firsts[0], firsts[-1], freq="MS")
    over = every[every + pd.offsets.MonthEnd(0) <= pd.Timestamp(today)]
    notices = [
        said(
            "by month: {n} months, the amounts of each counted per {days} days",
            n=len(over),
            days=MONTH,
        )
    ]
    if len(over) < len(every):
        notices.append(said("the month of {date} is not over and is left out", date=every[-1]))
    if grain != "auto":
        faults.add(
            said("the file holds months, which cannot be read as days or weeks"),
            said("Leave --grain out"),
        )
    if len(over) < FEWEST_MONTHS:
        faults.add(
            said(
                "it is by month: {n} months; a curve needs {least} of them, or weeks or days",
                n=len(over),
                least=FEWEST_MONTHS,
            ),
            said(
                "Add the {more} months before {first}, which makes the evidence weak at best; or "
                "download it by day or by week: {weeks} weeks are the least, which {months} months "
                "hold",
                more=FEWEST_MONTHS - len(over),
                first=firsts[0],
                weeks=FEWEST_WEEKS,
                months=round(FEWEST_WEEKS * 7 / 30.4),
            ),
        )
    faults.check()
    missing = over.difference(firsts)
    return Calendar(over, MONTH, MONTH, missing, tuple(notices))


def _weeks_as_they_are(every: pd.DatetimeIndex, missing: pd.DatetimeIndex, today: date) -> Calendar:
    import pandas as pd

    over = every[every + pd.Timedelta(days=6) <= pd.Timestamp(today)]
    notices: tuple[Phrase, ...] = ()
    if 0 < len(over) < len(every):
        notices = (said("the week of {date} is not over and is left out", date=every[-1]),)
        every = over
    return Calendar(every, 7, 7, missing[missing <= every[-1]], notices)


def _full_weeks(
    first: pd.Timestamp, last: pd.Timestamp
) -> tuple[pd.DatetimeIndex, tuple[Phrase, ...]]:
    """The Mondays of the weeks that lie wholly in the days from `first` to `last`."""
    import pandas as pd

    start = first + pd.Timedelta(days=-first.day_of_week % 7)
    end = last - pd.Timedelta(days=(last.day_of_week + 1) % 7)  # a Sunday
    weeks = pd.date_range(start, end, freq="7D")
    notices = [said("summed by week, Monday to Sunday: {n} full weeks", n=len(weeks))]
    if start > first:
        days = (start - first).days
        notices.append(
            said(
                "left out, no full week: the first {days} days, from {date}", days=days, date=first
            )
        )
    if end < last:
        days = (last - end).days
        notices.append(
            said("left out, no full week: the last {days} days, to {date}", days=days, date=last)
        )
    return weeks, tuple(notices)
