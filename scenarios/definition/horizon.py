"""Horizons: which days a plan covers, and the months or weeks that they fall into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from models.curves.curveset import CurveSet
from scenarios.definition.values import Span

DEFAULT_DAYS = 28
DAY = timedelta(days=1)


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
