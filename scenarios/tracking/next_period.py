"""What follows a period: the next month or quarter, how it is written, what is named after it."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date, timedelta

from scenarios.definition.horizon import QUARTER, Span

YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


def next_period(period: Span | None) -> Span | None:
    """The period that follows: as many months where it is whole months, else as many days.

    None where it follows the history by itself, so that nothing is to be moved.
    """
    if period is None or period.start is None or period.end is None:
        return None
    start, end = period.start, period.end
    first = end + timedelta(days=1)
    if start.day == 1 and first.day == 1:
        months = 12 * (first.year - start.year) + first.month - start.month
        year, month = divmod(12 * first.year + first.month - 1 + months - 1, 12)
        last = date(year, month + 1, monthrange(year, month + 1)[1])
        return Span((last - first).days + 1, first)
    return Span(period.days, first)


def written(period: Span, like: str) -> str:
    """A period as one word, in the form of another: ``2026-12``, ``2026-Q4``, ``2026Q4``."""
    assert period.start is not None
    if found := QUARTER.fullmatch(like):
        dash, letter = ("-" if "-" in like else ""), like[found.start(2) - 1]
        return f"{period.start.year}{dash}{letter}{(period.start.month + 2) // 3}"
    return f"{period.start.year}-{period.start.month:02d}"


def renamed(name: str, old: Span, new: Span) -> str:
    """A name with its month, quarter and year moved on, where it holds them."""
    assert old.start is not None
    assert new.start is not None
    stamp, later = (f"{one.year}-{one.month:02d}" for one in (old.start, new.start))
    if stamp in name:
        return name.replace(stamp, later)
    for form in (str.lower, str.title, str.upper):
        month, other = (form(month_name[one.month]) for one in (old.start, new.start))
        name = re.sub(rf"(?<![^\W_]){month}(?![^\W_])", other, name)
    quarter, other = ((one.month + 2) // 3 for one in (old.start, new.start))
    name = re.sub(rf"(?i)(?<![^\W_])(q){quarter}(?!\d)", rf"\g<1>{other}", name)
    years = {str(old.start.year): str(new.start.year)}
    return YEAR.sub(lambda found: years.get(found[0], found[0]), name)
