"""Holidays and shopping days as events."""

from __future__ import annotations

from datetime import date

import pytest

from models.errors import HistoryError
from models.transforms.holidays_of import holiday_events

YEARS = date(2024, 1, 1), date(2025, 12, 31)


def test_tet_is_one_event_that_moves_with_the_moon():
    spans = holiday_events(["VN"], *YEARS)["Lunar New Year"]
    # 10 February 2024 and 29 January 2025 are the first days of the lunar years.
    assert len(spans) == 2
    for (first, last), new_year in zip(spans, ("2024-02-10", "2025-01-29"), strict=True):
        assert first < new_year < last


def test_shopping_days():
    found = holiday_events(["shopping"], *YEARS)
    assert list(found) == ["9.9", "10.10", "11.11", "12.12", "Black Friday"]
    assert found["11.11"] == (("2024-11-11", "2024-11-11"), ("2025-11-11", "2025-11-11"))
    assert found["Black Friday"] == (("2024-11-29", "2024-12-02"), ("2025-11-28", "2025-12-01"))
    assert set(holiday_events(["shopping"], date(2025, 9, 10), date(2025, 10, 31))) == {"10.10"}


def test_calendars_are_joined_and_returning_days_share_a_name():
    found = holiday_events(["DE", "shopping"], *YEARS)
    assert {"New Year's Day", "Christmas Day", "9.9"} <= set(found)
    assert found["New Year's Day"] == (("2024-01-01", "2024-01-01"), ("2025-01-01", "2025-01-01"))


def test_an_unknown_country_is_refused_with_a_guess():
    with pytest.raises(HistoryError, match="Did you mean VN"):
        holiday_events(["VNX"], *YEARS)
