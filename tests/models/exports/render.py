"""Writes a history as a platform would export it, in any dialect: half of a round trip."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from models.exports.platforms.registry import PLATFORMS

MEASURES = ("spend", "conversions", "revenue", "impressions", "clicks")
MONTHS = "January February March April May June July August September October November December"
DATES: dict[str, Callable[[date], str]] = {
    "iso": lambda day: day.isoformat(),
    "compact": lambda day: f"{day:%Y%m%d}",
    "midnight": lambda day: f"{day.isoformat()} 00:00:00",
    "slashes": lambda day: f"{day:%d/%m/%Y}",
    "dots": lambda day: f"{day.day}.{day.month}.{day.year}",
    "american": lambda day: f"{day.month}/{day.day}/{day.year}",
    "english": lambda day: f"{MONTHS.split()[day.month - 1]} {day.day}, {day.year}",
    "vietnamese": lambda day: f"{day.day} tháng {day.month}, {day.year}",
}
FIRST = date(2025, 1, 6)  # of `rows`
ORDER = {"slashes": "dmy", "dots": "dmy", "american": "mdy"}
HEADERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "title": str.title,
    "upper": str.upper,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "blanks": lambda text: f" {text.replace(' ', '  ')} ",
}


@dataclass(frozen=True)
class Row:
    """One campaign on one day; spend and revenue in cents, conversions in hundredths."""

    day: date
    campaign: str
    spend: int
    conversions: int
    revenue: int
    impressions: int
    clicks: int


def rows(campaign: str, scale: int, days: int) -> list[Row]:
    """Spend that wanders and conversions that saturate, to the cent."""
    made = []
    for day in range(days):
        spend = round(scale * (100 + 60 * math.sin(day / 9) + 20 * (day * 7 % 5)))
        conversions = round(20_000 * spend / (spend + 30_000))
        day_of = FIRST + timedelta(day)
        made.append(Row(day_of, campaign, spend, conversions, conversions * 50, spend, spend // 50))
    return made


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    wording : which of a field's known wordings heads its column, counted round
    group : between thousands; "" for none
    totals : "none", "end", "top", or "daily" with the day in the date's column
    """

    platform: str = "google_ads"
    wording: int = 0
    header: str = "title"
    delimiter: str = ","
    decimal: str = "."
    group: str = ","
    dates: str = "iso"
    encoding: str = "utf-8"
    newline: str = "\n"
    totals: str = "none"
    preamble: bool = False
    footer: bool = False
    quote_all: bool = False
    mark: str = ""
    currency: str = "EUR"


def rendered(rows: list[Row], dialect: Dialect) -> bytes:
    """The file's bytes."""
    fields = _fields(dialect)
    lines: list[list[str]] = [_preamble(rows)] if dialect.preamble else []
    lines.append([HEADERS[dialect.header](text) for text in fields.values()])
    days = sorted({row.day for row in rows})
    if dialect.totals == "top":
        lines.append(_total(rows, "", fields, dialect))
    for day in days:
        of_day = [row for row in rows if row.day == day]
        lines += [_cells(row, fields, dialect) for row in of_day]
        if dialect.totals == "daily":
            lines.append(_total(of_day, DATES[dialect.dates](day), fields, dialect))
    if dialect.totals == "end":
        lines.append(_total(rows, "", fields, dialect))
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL
    csv.writer(
        text, delimiter=dialect.delimiter, lineterminator=dialect.newline, quoting=quoting
    ).writerows(lines)
    if dialect.footer:
        text.write(f'{dialect.newline}"©2026 Corporation. All rights reserved. "{dialect.newline}')
    return text.getvalue().encode(dialect.encoding)


def _fields(dialect: Dialect) -> dict[str, str]:
    known = PLATFORMS[dialect.platform].fields
    date = "start" if "date" not in known else "date"
    wanted = [date, "campaign", "currency", *MEASURES]
    if dialect.platform == "fivetran":
        wanted.insert(1, "platform")
    return {
        ("date" if name == "start" else name): known[name][dialect.wording % len(known[name])]
        for name in wanted
        if name in known
    }


def _preamble(rows: list[Row]) -> list[str]:
    """In words, as Google states its range."""
    days = [row.day for row in rows]
    return [f"{DATES['english'](min(days))} - {DATES['english'](max(days))}"]


def _cells(row: Row, fields: dict[str, str], dialect: Dialect) -> list[str]:
    said = {
        "date": DATES[dialect.dates](row.day),
        "platform": "google_ads",
        "campaign": row.campaign,
        "currency": dialect.currency,
        "spend": number(row.spend, 2, dialect) + dialect.mark,
        "conversions": number(row.conversions, 2, dialect),
        "revenue": number(row.revenue, 2, dialect),
        "impressions": number(row.impressions, 0, dialect),
        "clicks": number(row.clicks, 0, dialect),
    }
    for name in ("spend", "revenue"):
        if "micro" in fields.get(name, ""):  # an API counts money in millionths
            said[name] = number(getattr(row, name) * 10_000, 0, dialect)
    return [said[name] for name in fields]


def _total(rows: list[Row], day: str, fields: dict[str, str], dialect: Dialect) -> list[str]:
    sums = {name: sum(getattr(row, name) for row in rows) for name in MEASURES}
    digits = {"impressions": 0, "clicks": 0}
    said = {name: number(sums[name], digits.get(name, 2), dialect) for name in MEASURES}
    for name in ("spend", "revenue"):
        if "micro" in fields.get(name, ""):
            said[name] = number(sums[name] * 10_000, 0, dialect)
    said |= {"date": day, "campaign": "Total", "currency": dialect.currency, "platform": ""}
    if not day:
        said |= {"date": "Total", "campaign": " --"}
    return [said[name] for name in fields]


def number(units: int, digits: int, dialect: Dialect) -> str:
    """``123456`` with two digits as ``1.234,56``; trailing zeros are cut, as exports do."""
    whole, rest = divmod(units, 10**digits)
    text = f"{whole:,}".replace(",", dialect.group)
    fraction = f"{rest:0{digits}}".rstrip("0") if digits else ""
    return f"{text}{dialect.decimal}{fraction}" if fraction else text
