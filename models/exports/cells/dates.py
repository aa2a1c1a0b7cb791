"""Dates as exports write them: one form per file, decided by all of its dates, and proven."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from models.exports.cells.headers import plain

DateForm = Literal["ymd", "dmy", "mdy"]
FORMS: tuple[DateForm, DateForm, DateForm] = ("ymd", "dmy", "mdy")

_TIME = (
    r"(?P<clock>[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?"
    r"(?:Z| ?UTC|[+-]\d\d(?::?\d\d)?)?)?"
)
_MIDNIGHT = re.compile(r".*[ T]0?0:00(?::00(?:\.0+)?)?(?:Z| ?UTC|[+-]\d\d(?::?\d\d)?)?")
_YMD = re.compile(
    r"(?:(\d{4})([-/.]?)(\d{2})\2(\d{2})|(\d{4})([-/.])(\d{1,2})\6(\d{1,2}))" + _TIME,
    re.ASCII,
)
_XXY = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
# '1 tháng 8, 2026' and its abbreviation; other languages name their months.
_VIETNAMESE = re.compile(r"(?:ngày )?(\d{1,2}) (?:tháng|thg\.?|th) ?(\d{1,2}),? (?:năm )?(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.? (?:de )?([^\W\d]{3,10})\.?,? (?:de )?(\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,10})\.? (\d{1,2}),? (\d{4})")
# "Thu, ...", "ter., ...", "Th 5, ...": the day of the week says nothing more.
_WEEKDAY = re.compile(
    r"[^\W\d]{2,12}\.?(?: ?[^\W\d]{2,4}\.?| \d(?=,))?,? (?=\d|[^\W\d]{3,10}\.? \d)"
)
# '5 de mai.', 'Feb 5': the year stands elsewhere.
_NO_YEAR = re.compile(r"(\d{1,2})\.? (?:de )?([^\W\d]{3,10})\.?|([^\W\d]{3,10})\.? (\d{1,2})")
_NO_YEAR_VI = re.compile(r"(\d{1,2}) (?:tháng|thg\.?|th) ?(\d{1,2})")
_MONTHS = (
    "january|jan|janvier|janv|janeiro|enero|ene|januar|jän",
    "february|feb|février|févr|fevereiro|fev|febrero|februar",
    "march|mar|mars|março|marzo|märz|mär|mrz",
    "april|apr|avril|avr|abril|abr",
    "may|mai|maio|mayo",
    "june|jun|juin|junho|junio|juni",
    "july|jul|juillet|juil|julho|julio|juli",
    "august|aug|août|agosto|ago",
    "september|sep|sept|septembre|setembro|set|septiembre",
    "october|oct|octobre|outubro|out|octubre|oktober|okt",
    "november|nov|novembre|novembro|noviembre",
    "december|dec|décembre|déc|dezembro|dez|diciembre|dic|dezember",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}


Range = tuple[date, date]


def has_clock(text: str) -> bool:
    """Whether a text names an hour that is not midnight."""
    return bool(re.search(r"\d:\d\d", text)) and not _MIDNIGHT.fullmatch(text.strip())


def parse(text: str, form: DateForm, within: Range | None = None) -> date | None:
    """The day that a text names, its figures read in this order; None where it names none.

    Parameters
    ----------
    within : the range that the report states: its only such day is meant where no year is named
    """
    text = text.strip()
    if match := _YMD.fullmatch(text):
        parts = match.group(1, 3, 4) if match[1] else match.group(5, 7, 8)
        return _day(*parts) if form == "ymd" else None
    if match := _XXY.fullmatch(text):
        first, second, year = match.group(1, 3, 4)
        if form == "ymd":
            return None
        return _day(year, second, first) if form == "dmy" else _day(year, first, second)
    return in_words(text, within) if form == "ymd" else None


def in_words(text: str, within: Range | None = None) -> date | None:
    """The day of a text that names its month, such as ``July 8, 2025``; None for any other."""
    text = plain(text)
    if match := _WEEKDAY.match(text):
        found = _in_words(text[match.end() :], within)
        if found is not None:
            return found
    return _in_words(text, within)


def _in_words(text: str, within: Range | None) -> date | None:
    if match := _VIETNAMESE.fullmatch(text):
        return _day(match[3], match[2], match[1])
    for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        match = pattern.fullmatch(text)
        if match and match[month] in _MONTH:
            return _day(match[3], str(_MONTH[match[month]]), match[day])
    return _of_range(text, within) if within else None


def _of_range(text: str, within: Range) -> date | None:
    """The one day of a range that a text without a year names; None where it is not one."""
    day, month = "", ""
    if match := _NO_YEAR_VI.fullmatch(text):
        day, month = match[1], match[2]
    elif match := _NO_YEAR.fullmatch(text):
        day, word = match[1] or match[4], match[2] or match[3]
        month = str(_MONTH.get(word, ""))
    if not (day and month):
        return None
    years = range(within[0].year, within[1].year + 1)
    days = [found for year in years if (found := _day(str(year), month, day))]
    inside = [found for found in days if within[0] <= found <= within[1]]
    return inside[0] if len(inside) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None


@dataclass(frozen=True)
class DateReading:
    """How a file writes its dates.

    Parameters
    ----------
    form : the order of the figures; None where no order fits, or where it cannot be told
    ambiguous : a text that is one day read day first and another read month first
    wrong : texts that are no day in the form which fits most of them
    """

    form: DateForm | None
    ambiguous: str | None = None
    wrong: tuple[str, ...] = ()


def decide(
    texts: Sequence[str],
    declared: DateForm | None = None,
    within: tuple[date, date] | None = None,
) -> DateReading:
    """In which order a file writes day, month and year.

    Parameters
    ----------
    texts : its distinct dates as written
    declared : what the person says; asked only where the file itself does not tell
    within : the range that the report's own preamble states in an unmistakable form
    """
    read = {form: [parse(text, form, within) for text in texts] for form in FORMS}
    fits = [form for form in FORMS if all(read[form])]
    if not fits:
        best = max(FORMS, key=lambda form: sum(day is not None for day in read[form]))
        wrong = [text for text, day in zip(texts, read[best], strict=True) if day is None]
        return DateReading(None, wrong=tuple(wrong))
    if len(fits) > 1 and within:
        fits = [form for form in fits if _all_within(read[form], within)] or fits
    pairs = zip(texts, read[fits[0]], read[fits[-1]], strict=True)
    different = next((text for text, one, two in pairs if one != two), None)
    if different is None:
        return DateReading(cast(DateForm, fits[0]))
    if declared is not None and declared in fits:
        return DateReading(declared)
    return DateReading(None, ambiguous=different)


def _all_within(days: Sequence[date | None], within: tuple[date, date]) -> bool:
    return all(day and within[0] <= day <= within[1] for day in days)


_IN_NAME = re.compile(
    r"(\d{4})[.-](\d{2})[.-](\d{2})\s*[-_ ]+(?:to[-_ ])?\s*(\d{4})[.-](\d{2})[.-](\d{2})"
)


def range_in_name(name: str) -> Range | None:
    """The range that a file's name states, as ``Time_series(2026.02.05-2026.02.07).csv`` does."""
    match = _IN_NAME.search(name)
    if match is None:
        return None
    first, last = _day(*match.group(1, 2, 3)), _day(*match.group(4, 5, 6))
    return (first, last) if first and last and first <= last else None


def stated_range(lines: Sequence[str]) -> tuple[date, date] | None:
    """The range that a preamble states in words, as ISO dates or as YYYYMMDD; None if none."""
    days: list[date] = []
    for line in lines:
        parts = re.split("\\s+[-\u2013\u2014]\\s+|\\s+to\\s+|: ", line.strip(' "#'))
        parts += re.findall(r"\b(\d{4}-\d{2}-\d{2}|\d{8})\b", line)
        days += [day for part in parts if (day := parse(part.strip(' "'), "ymd"))]
    return (min(days), max(days)) if len(days) >= 2 else None
