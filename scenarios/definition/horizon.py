"""Horizons: which days a plan covers, as people write them, and the months or weeks in them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from scenarios.definition.values import count, refuse, shown

if TYPE_CHECKING:
    from models.curves.curveset import CurveSet

DEFAULT_DAYS = 28
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A horizon. Without dates only its length is known, and it starts where history ends."""

    days: int
    start: date | None = None

    @property
    def end(self) -> date | None:
        """Its last day."""
        return None if self.start is None else self.start + (self.days - 1) * DAY


MONTH = re.compile(r"(\d{4})-(\d{1,2})")
QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
LONGEST = 3660  # days


def span(value: Any) -> Span:
    """``2026-12``, a quarter ``2026-Q4``, a year ``2026``, ``{start:, end:}`` or ``{days: 28}``."""
    if isinstance(value, dict):
        return _span_of_keys(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9998:
        return _months(value, 1, 12)
    text = value.strip() if isinstance(value, str) else ""
    if (month := MONTH.fullmatch(text)) and 1 <= int(month[2]) <= 12 and int(month[1]) > 0:
        return _months(int(month[1]), int(month[2]), 1)
    quarter = QUARTER.fullmatch(text)
    if quarter is None or int(quarter[1]) == 0:
        refuse(
            f"{shown(value)} is not a period",
            "Write a month as 2026-12, a quarter as 2026-Q4, a year as 2026, or"
            " {start: 2026-12-01, end: 2026-12-24} or {days: 28}.",
        )
    return _months(int(quarter[1]), 3 * int(quarter[2]) - 2, 3)


def _months(year: int, first: int, months: int) -> Span:
    days = sum(monthrange(year, first + i)[1] for i in range(months))
    return Span(days, date(year, first, 1))


def _span_of_keys(value: dict[str, Any]) -> Span:
    if set(value) == {"days"}:
        days = count(value["days"])
        if not 1 <= days <= LONGEST:
            refuse(f"{days} days are not between 1 and {LONGEST}", key="days")
        return Span(days)
    if set(value) != {"start", "end"}:
        refuse("a period has either 'start' and 'end', or 'days'")
    start, end = (day(value[key], key) for key in ("start", "end"))
    if end < start:
        refuse(f"the period ends ({end}) before it starts ({start})", key="end")
    if (end - start).days >= LONGEST:
        refuse(f"the period is longer than {LONGEST} days", key="end")
    return Span((end - start).days + 1, start)


def day(value: Any, key: str | None = None) -> date:
    """A date in ISO form."""
    try:
        return date.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        refuse(f"{shown(value)} is not a date", "Write it as in 2026-12-01.", key)


def span_written(value: Span) -> dict[str, Any]:
    if value.start is None:
        return {"days": value.days}
    return {"start": value.start.isoformat(), "end": str(value.end)}


@dataclass(frozen=True)
class Stretch:
    """A month or a week of a horizon, or what the horizon holds of it.

    Parameters
    ----------
    label : what answers call it: 2026-10 for a month, 2026-W41 for a week by ISO 8601
    start : its first day within the horizon
    begins : the first day of the month or week, which people may write instead of the label
    """

    label: str
    start: date
    days: int
    begins: date

    @property
    def end(self) -> date:
        """Its last day."""
        return self.start + (self.days - 1) * DAY

    def is_called(self, name: str) -> bool:
        """Whether people may call it so: by its label, or by a first day."""
        return name in (self.label, self.start.isoformat(), self.begins.isoformat())


def covered_until(curves: CurveSet) -> date | None:
    """The last day of the history behind the curves; None where they do not say."""
    try:
        return date.fromisoformat(str(curves.provenance.get("last_date", "")))
    except ValueError:
        return None


def horizon(period: Span | None, history_end: date | None) -> Span:
    """The days a plan covers: those asked for, else the 28 that follow the history.

    A length without dates starts the day after the history ends, where that is known.
    """
    span = period or Span(DEFAULT_DAYS)
    if span.start is None and history_end is not None:
        return Span(span.days, history_end + DAY)
    return span


def stretches(span: Span, by: Literal["month", "week"]) -> tuple[Stretch, ...]:
    """The months, or the weeks from Monday, that the days of a horizon fall into, in order.

    The first and the last are shorter where the horizon begins or ends within them.
    """
    return tuple(_stretches(span, by))


def _stretches(span: Span, by: Literal["month", "week"]) -> Iterator[Stretch]:
    assert span.start is not None, "months and weeks need dates"
    start, after = span.start, span.start + span.days * DAY
    while start < after:
        if by == "month":
            begins = start.replace(day=1)
            following = (begins + 31 * DAY).replace(day=1)
            label = f"{start:%Y-%m}"
        else:
            begins = start - start.weekday() * DAY
            following = begins + 7 * DAY
            year, week, _ = start.isocalendar()
            label = f"{year}-W{week:02d}"
        end = min(following, after)
        yield Stretch(label, start, (end - start).days, begins)
        start = end


def called(name: str, known: Sequence[Stretch]) -> Stretch | None:
    """The one of several stretches that a person calls so."""
    return next((stretch for stretch in known if stretch.is_called(name)), None)
