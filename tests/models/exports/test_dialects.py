"""A history rendered into any dialect reads back the same, or is asked about; never otherwise."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Fault, HistoryError
from models.exports.combine.combine import Imported, read_exports
from models.exports.options import ReadOptions
from models.exports.platforms.registry import PLATFORMS as KNOWN
from tests.models.exports.render import DATES, HEADERS, MEASURES, ORDER, Dialect, Row, rendered

# What breaks readers: delimiters, quotes, marks, other scripts, a formula, figures.
NAMES = (
    "Brand",
    "Shoes, red",
    'The "best"',
    "a;b|c\td",
    "Khuyến mãi Tết",
    "=1+1",
    "2026-08",
    "día",
)
NAMES += ("  two  blanks ", "Ünïcödé 😀", "Total war", "campaign", "#hash", "1.234", "line\nbreak")
PLATFORMS = tuple(sorted(set(KNOWN) - {"ga4"}))  # which gives no spend
GROUPS = {".": (",", "", " ", "'", "\u00a0"), ",": (".", "", " ", "\u202f")}

days = st.dates(date(2025, 1, 1), date(2026, 6, 30))  # days to come are refused
cents = st.integers(0, 10_000_000)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Some days of some campaigns, each with a row that says something."""
    first = draw(days)
    offsets = draw(st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    return [
        Row(
            first + timedelta(offset),
            name,
            *draw(st.tuples(cents, cents, cents)),
            *draw(st.tuples(st.integers(0, 10**7), st.integers(0, 10**5))),
        )
        for offset in sorted(offsets)
        for name in names
    ]


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    decimal = draw(st.sampled_from(".,"))
    return Dialect(
        platform=draw(st.sampled_from(PLATFORMS)),
        wording=draw(st.integers(0, 12)),
        header=draw(st.sampled_from(sorted(HEADERS))),
        delimiter=draw(st.sampled_from(",;\t|")),
        decimal=decimal,
        group=draw(st.sampled_from(GROUPS[decimal])),
        dates=draw(st.sampled_from(sorted(DATES))),
        encoding=draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-32"))),
        newline=draw(st.sampled_from(("\n", "\r\n"))),
        totals=draw(st.sampled_from(("none", "end", "top", "daily"))),
        preamble=draw(st.booleans()),
        footer=draw(st.booleans()),
        quote_all=draw(st.booleans()),
        mark=draw(st.sampled_from(("", " €", "₫"))),
    )


def read(content: bytes, options: ReadOptions) -> Imported:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        path.write_bytes(content)
        return read_exports([path], options)


def told(dialect: Dialect) -> ReadOptions:
    """Everything that a file may leave open."""
    return ReadOptions(
        platform={"": dialect.platform},
        decimal={"": "point" if dialect.decimal == "." else "comma"},
        date_form={"": ORDER.get(dialect.dates, "ymd")},
        period={"": "day"},
    )


def expected(rows: list[Row], platform: str = "google_ads") -> Counter:
    """By day, campaign and measure that the platform has, in cents and hundredths."""
    sums: Counter = Counter()
    for row in rows:
        for measure in set(MEASURES) & set(KNOWN[platform].fields):
            name = " ".join(row.campaign.split())
            sums[row.day, name, measure] += getattr(row, measure)
    return +sums


def found(imported: Imported) -> Counter:
    sums: Counter = Counter()
    for row in imported.frame.to_dict("records"):
        for measure in MEASURES:
            units = row.get(measure, 0) * (1 if measure in ("impressions", "clicks") else 100)
            sums[row["date"].date(), row.get("campaign", ""), measure] += round(units)
    return +sums


@given(histories(), dialects())
def test_every_dialect_reads_back_the_same(rows: list[Row], dialect: Dialect) -> None:
    if not any(row.spend for row in rows):
        return
    imported = read(rendered(rows, dialect), told(dialect))
    assert found(imported) == expected(rows, dialect.platform)
    account = imported.reconciliation.files[0]
    assert account.rows_read == account.rows_kept + sum(out.rows for out in account.left_out)
    assert account.agrees in (True, None)


@given(histories(), dialects())
def test_what_is_not_told_is_asked_for_and_never_read_otherwise(
    rows: list[Row], dialect: Dialect
) -> None:
    if not any(row.spend for row in rows):
        return
    faults: tuple[Fault, ...] = ()
    imported = None
    try:
        imported = read(rendered(rows, dialect), ReadOptions())
    except HistoryError as error:
        faults = error.faults
    asks = re.compile(r"--(decimal|date-format|period|platform)\b")
    assert all(asks.search(fault.remedy) for fault in faults)
    assert faults or (imported and found(imported) == expected(rows, dialect.platform))


@pytest.mark.parametrize("platform", sorted(set(KNOWN) - {"ga4"}))
def test_every_known_wording_is_found(platform: str) -> None:
    row = Row(date(2026, 8, 13), "Brand", 123456, 250, 99999, 1000, 10)
    wanted = expected([row], platform)
    longest = max(len(wordings) for wordings in KNOWN[platform].fields.values())
    for wording in range(longest):
        dialect = Dialect(platform=platform, wording=wording)
        assert found(read(rendered([row], dialect), told(dialect))) == wanted
