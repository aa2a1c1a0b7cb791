"""Holidays of a country and the days of the big sales, as events that a fit may learn of.

The holidays are those of the package `holidays`; the shopping days are a table of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from models.errors import Fault, HistoryError, nearest
from models.extras import lacking
from models.phrases import said
from models.transforms.design_matrix import Events

SHOPPING = "shopping"
DOUBLE_DAYS = (9, 10, 11, 12)  # of these months: 9.9, 10.10, 11.11, 12.12
IN_BRACKETS = re.compile(r"\s*\(.*\)$")  # "(observed)", "(substituted from 05/04/2024)"
NO_NAME = "Day off"


def holiday_events(calendars: Iterable[str], first: date, last: date) -> Events:
    """The events of several calendars that touch the days from `first` to `last`, by name.

    Holidays on days in a row are one event, so that Tet is one and not seven; it is called by the
    shortest of their names.

    Parameters
    ----------
    calendars : ISO codes of countries ("VN", "DE"), or "shopping": 9.9, 10.10, 11.11, 12.12 and
        Black Friday until the Monday after

    Raises
    ------
    HistoryError : a country that is not known, or the package is not installed
    """
    years = range(first.year, last.year + 1)
    found: dict[str, list[tuple[str, str]]] = {}
    for calendar in calendars:
        spans = _shopping(years) if calendar == SHOPPING else _in_a_row(_holidays(calendar, years))
        for name, begins, ends in spans:
            if begins <= last and ends >= first:
                found.setdefault(name, []).append((begins.isoformat(), ends.isoformat()))
    return {name: tuple(spans) for name, spans in found.items()}


def _shopping(years: Iterable[int]) -> Iterator[tuple[str, date, date]]:
    for year in years:
        for month in DOUBLE_DAYS:
            day = date(year, month, month)
            yield f"{month}.{month}", day, day
        of_november = date(year, 11, 1)
        # The day after the fourth Thursday.
        friday = of_november + timedelta((3 - of_november.weekday()) % 7 + 22)
        yield "Black Friday", friday, friday + timedelta(3)


def _holidays(country: str, years: Iterable[int]) -> Mapping[date, str]:
    try:
        import holidays
    except ImportError:
        what = said("reading a country's holidays")
        raise HistoryError(Fault("holidays", *lacking(what, "holidays", "holidays"))) from None
    known = holidays.list_supported_countries()
    if country not in known:
        guess = nearest(country.upper(), [*known, SHOPPING])
        remedy = said("Did you mean {guess}?", guess=guess) if guess else said("Write an ISO code.")
        problem = said("{country} is not a country whose holidays are known", country=country)
        raise HistoryError(Fault("holidays", problem, remedy))
    spoken = getattr(holidays, country).supported_languages
    language = "en_US" if "en_US" in spoken else None
    return holidays.country_holidays(country, years=list(years), language=language)


def _in_a_row(days: Mapping[date, str]) -> Iterator[tuple[str, date, date]]:
    """Spans of days in a row with a name each; a day off that stands alone has none."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][-1] == timedelta(1):
            spans[-1].append(day)
        else:
            spans.append([day])
    for span in spans:
        names = [IN_BRACKETS.sub("", one) for day in span for one in days[day].split("; ")]
        named = [name for name in names if not name.startswith(NO_NAME)]
        if named:
            yield min(named, key=lambda name: (len(name), name)), span[0], span[-1]
