"""The dates of a report: which column holds them, how they are written, a day or a week per row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.exports.cells import dates as forms
from models.exports.cells.dates import DateForm
from models.exports.cells.distinct_texts import Cells, Mask
from models.exports.cells.places import at_most, listed, place
from models.exports.platforms.platform import Platform
from models.phrases import Phrase, said

Days = NDArray[np.datetime64]
Rows = Sequence[tuple[Cells, Mask]]
_AGGREGATION = re.compile(r"report aggregation:\s*(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Period:
    """The dates of a file's rows.

    Parameters
    ----------
    days : per table, shape (rows,): the day, or a week's first; NaT in rows that are not kept
    length : what one row stands for, 1 or 7 days
    form : how the dates are written
    """

    days: tuple[Days, ...]
    length: int
    form: DateForm


def find_period(
    rows: Rows,
    platform: Platform,
    name: str,
    preamble: Sequence[str],
    declared_form: DateForm | None,
    declared_length: int | None,
    today: date | None = None,
) -> Period:
    """Read the dates of a file's tables.

    Parameters
    ----------
    rows : its tables, and which of their rows are of the report
    declared_form, declared_length : what the person says, asked only where the file does not tell

    Raises
    ------
    HistoryError : the report is not by day or week, a cell is no date, or the order of day and
        month cannot be told
    """
    cells = rows[0][0]
    aggregation = next((m[1].lower() for line in preamble if (m := _AGGREGATION.search(line))), "")
    field = next((name for name in ("date", "week", "start") if name in cells.where), None)
    if field is None or aggregation in ("summary", "monthly", "yearly", "hourofday"):
        raise HistoryError(_not_daily(cells, platform, name, preamble, aggregation))
    within = forms.stated_range(preamble) or forms.range_in_name(name)
    form = _form(rows, field, name, declared_form, within)
    days = tuple(_days(table, field, form, within) for table, _ in rows)
    _check_past(rows, days, field, name, today or date.today())
    spans = {"start", "end"} <= set(cells.where)
    if spans:
        length = _span(rows, form, platform, name)
    elif field == "week" or aggregation == "weekly":
        length = 7
    elif aggregation in ("daily", "hourly"):
        length = 1
    else:
        length = _by_distance(days, rows, platform, name, declared_length)
    return Period(days, length, form)


def _check_past(rows: Rows, days: Sequence[Days], field: str, name: str, today: date) -> None:
    """A day after today is no day of a report: what `check` refuses is not written either."""
    late = np.datetime64(today)
    for (table, kept), column in zip(rows, days, strict=True):
        wrong = kept & (column > late)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            problem = said(
                "{day} lies in the future (today is {today})", day=column[first].item(), today=today
            )
            if (n := int(wrong.sum())) > 1:
                problem = said("{problem}, and so do {n:,} more rows", problem=problem, n=n - 1)
            where = place(name, int(table.lines[first]), table.title(field))
            remedy = said("Leave out days still to come, or check the order of day and month")
            raise HistoryError(Fault(where, problem, remedy))


def _form(
    rows: Rows, field: str, name: str, declared: DateForm | None, within: tuple[date, date] | None
) -> DateForm:
    fields = [f for f in dict.fromkeys((field, "start", "end")) if f in rows[0][0].where]
    texts = {
        text.strip()
        for table, kept in rows
        for each in fields
        for _, text in table.columns[table.where[each]].used(kept)
    }
    reading = forms.decide(sorted(texts), declared, within)
    if reading.form is not None:
        return reading.form
    if reading.ambiguous is not None:
        header = rows[0][0].title(field)
        problem = said(
            "'{text}' can be read day first or month first, and so can the rest",
            text=reading.ambiguous,
        )
        remedy = said(
            "Declare it: --date-format {file}=dmy (day first), =mdy (month first) or =ymd",
            file=name,
        )
        raise HistoryError(Fault(place(name, column=header), problem, remedy))
    raise HistoryError(_wrong_dates(rows, fields, set(reading.wrong), name))


def _wrong_dates(rows: Rows, fields: list[str], wrong: set[str], name: str) -> list[Fault]:
    faults = []
    for table, kept in rows:
        for field in fields:
            texts = table.columns[table.where[field]]
            for code, text in texts.used(kept):
                if text.strip() in wrong:
                    line = table.lines[texts.first_row(code, kept)]
                    shown = text.strip()[:40]
                    blank = said("the date is blank")
                    what = said("'{text}' is no day", text=shown) if shown else blank
                    where = place(name, int(line), table.title(field))
                    faults.append((line, Fault(where, what, _remedy(text))))
    faults = [fault for _, fault in sorted(faults, key=lambda pair: pair[0])]
    return at_most(faults, name)


def _remedy(text: str) -> Phrase:
    if re.fullmatch(r"\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2}\s*", text):
        return said("Write the year with four digits")
    return said("Every row needs a day such as 2026-08-31: download the report again, by day")


def _days(
    table: Cells, field: str, form: DateForm, within: tuple[date, date] | None = None
) -> Days:
    texts = table.columns[table.where[field]]
    read = [forms.parse(text, form, within) for text in texts.distinct]
    return np.array(read, dtype="datetime64[D]")[texts.codes]


def hours_summed(cells: Cells, kept: Mask) -> tuple[Phrase, ...]:
    """A notice where rows are of hours: a day is the sum of its hours."""
    texts = cells.text("date")
    if texts is None:
        return ()
    n = int((texts.where(forms.has_clock) & kept).sum())
    return (said("{n:,} rows are of hours, summed to their days", n=n),) if n else ()


def _span(rows: Rows, form: DateForm, platform: Platform, name: str) -> int:
    """1 or 7, by the distance from each row's start to its end, which must be the same for all."""
    lengths: set[int] = set()
    for table, kept in rows:
        starts, ends = _days(table, "start", form)[kept], _days(table, "end", form)[kept]
        spans = (ends - starts).astype(int) + 1
        lengths |= set(spans.tolist())
        wrong = np.flatnonzero((spans != 1) & (spans != 7))
        if len(wrong) == 0 and len(lengths) > 1:
            wrong = np.flatnonzero(spans != spans[0])
        if len(wrong):
            line = table.lines[kept][wrong[0]]
            problem = said(
                "the row runs from {first} to {last}: not one day or week",
                first=starts[wrong[0]].item(),
                last=ends[wrong[0]].item(),
            )
            raise HistoryError(Fault(place(name, int(line)), problem, platform.download))
    return lengths.pop() if lengths else 1


def _by_distance(
    days: Sequence[Days], rows: Rows, platform: Platform, name: str, declared: int | None
) -> int:
    """1, unless the dates' distances say that the rows stand for more than a day."""
    kept = [column[mask] for column, (_, mask) in zip(days, rows, strict=True)]
    distinct = np.unique(np.concatenate(kept))
    if declared is not None or len(distinct) < 3:
        return declared or 1
    gaps = np.diff(distinct).astype(int)
    if gaps.min() >= 28:
        problem = said(
            "its dates are {days} days apart or more, as in a report by month", days=int(gaps.min())
        )
        raise HistoryError(Fault(name, problem, platform.download))
    if (gaps % 7 == 0).all():
        problem = said("its dates are 7 days apart: each row may stand for a week or for one day")
        remedy = said("Say which: --period {file}=week or --period {file}=day", file=name)
        raise HistoryError(Fault(name, problem, remedy))
    return 1


def _not_daily(
    cells: Cells, platform: Platform, name: str, preamble: Sequence[str], aggregation: str
) -> Fault:
    stated = forms.stated_range(preamble)
    header = listed(cells.header)
    if aggregation:
        problem = said(
            "is a {title} report with the aggregation '{aggregation}', not by day",
            title=platform.title,
            aggregation=aggregation,
        )
    elif stated:
        problem = said(
            "is a {title} report for {first} to {last} without a column of days: it has {header}",
            title=platform.title,
            first=stated[0],
            last=stated[1],
            header=header,
        )
    else:
        problem = said(
            "is a {title} report without a column of days: it has {header}",
            title=platform.title,
            header=header,
        )
    return Fault(name, problem, platform.download)
