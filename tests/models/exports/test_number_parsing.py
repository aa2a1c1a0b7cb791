"""Numbers and dates as written: proven or asked for, never guessed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.exports.cells import dates, number_parsing
from models.exports.cells.number_parsing import Decimal

MARKS: dict[Decimal, tuple[str, str]] = {"point": (".", ","), "comma": (",", ".")}


def written(cents: int, decimal: Decimal, grouped: bool) -> str:
    mark, group = MARKS[decimal]
    whole, rest = divmod(cents, 100)
    return f"{f'{whole:,}'.replace(',', group if grouped else '')}{mark}{rest:02}"


@given(st.integers(0, 10**12), st.sampled_from(["point", "comma"]), st.booleans())
def test_a_written_number_reads_back(cents: int, decimal: Decimal, grouped: bool) -> None:
    text = written(cents, decimal, grouped)
    assert number_parsing.decide({"spend": [text]}) == number_parsing.Reading(decimal)
    assert number_parsing.values([text], decimal)[0] == pytest.approx(cents / 100)


@given(st.text("0123456789.,' -+€e", max_size=12))
def test_what_both_readings_take_for_different_numbers_is_never_decided(text: str) -> None:
    point, comma = (
        number_parsing.parse(number_parsing.bare(text), mark) for mark in number_parsing.DECIMALS
    )
    reading = number_parsing.decide({"spend": [text]})
    if np.isfinite(point) and np.isfinite(comma) and point != comma:
        assert reading.ambiguous == ("spend", text)
    elif reading.decimal:
        value = number_parsing.values([text], reading.decimal)[0]
        assert np.isnan(value) == (number_parsing.bare(text) == "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€1,234.50", 1234.5),
        ("1,234.50 €", 1234.5),
        ("-$12.50", -12.5),
        ("R$ 7.25", 7.25),
        ("USD 1,000.25", 1000.25),
        ("12,34,567.50", 1234567.5),
        ("1'234.50", 1234.5),
        ("1\u202f234.50", 1234.5),
        ("\u22123.25", -3.25),
        (".5", 0.5),
        ("1.5e-05", 1.5e-05),
    ],
)
def test_marks_around_a_number(text: str, value: float) -> None:
    assert number_parsing.decide({"spend": [text]}).decimal == "point"
    assert number_parsing.values([text], "point")[0] == value


@pytest.mark.parametrize("text", ["", " --", "\u2014", "N/A", "null", "-"])
def test_what_says_nothing(text: str) -> None:
    assert number_parsing.decide({"spend": [text]}).decimal == "point"
    assert np.isnan(number_parsing.values([text], "point")[0])


@pytest.mark.parametrize(
    "text",
    [
        "< 10%",
        "12%",
        "1,23,4",
        "1.2.3",
        "0x10",
        "inf",
        "1e999",
        "\u0661\u0662",
        "9" * 400,
        "1 2",
        "()",
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert number_parsing.decide({"spend": [text]}).wrong == {"spend": (text,)}


def test_a_leading_zero_is_no_thousand() -> None:
    assert number_parsing.decide({"spend": ["0,123"]}) == number_parsing.Reading("comma")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_reads_back_or_is_ambiguous(day: date) -> None:
    assert dates.decide([day.isoformat()]).form == "ymd"
    text = f"{day.day}/{day.month}/{day.year}"
    reading = dates.decide([text])
    if day.day > 12:
        assert reading.form == "dmy"
    elif day.day == day.month:
        assert dates.parse(text, reading.form or "ymd") == day
    else:
        assert reading.ambiguous == text
        assert dates.decide([text], "dmy").form == "dmy"
        assert dates.decide([text], within=(day, day)).form == "dmy"


@pytest.mark.parametrize(
    "text",
    [
        "1 tháng 8, 2026",
        "1 thg 8, 2026",
        "August 1, 2026",
        "Aug 1, 2026",
        "1 août 2026",
        "1. August 2026",
        "1 de agosto de 2026",
        "1 ago. 2026",
    ],
)
def test_dates_in_words(text: str) -> None:
    assert dates.in_words(text) == date(2026, 8, 1)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "20261301", "1/1/26", "0000-00-00"])
def test_what_is_no_day(text: str) -> None:
    assert dates.decide([text]).wrong == (text,)


@pytest.mark.parametrize(
    "line",
    [
        '"July 8, 2026 - July 31, 2026"',
        "8 tháng 7, 2026 - 31 tháng 7, 2026",
        "8. Juli 2026 \u2013 31. Juli 2026",
        "2026-07-08 to 2026-07-31",
        "# Range: 20260708-20260731",
    ],
)
def test_the_range_that_a_preamble_states(line: str) -> None:
    assert dates.stated_range(["Report", line]) == (date(2026, 7, 8), date(2026, 7, 31))
