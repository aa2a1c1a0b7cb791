"""Horizons and their seasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.transforms.season import factor_between
from scenarios.definition.horizon import Span, covered_until, horizon, span
from tests.support.scenario_examples import CURVES

END = date(2026, 11, 29)


def test_the_history_says_how_far_it_reaches() -> None:
    assert covered_until(CURVES) == END
    assert covered_until(replace(CURVES, provenance={})) is None


@pytest.mark.parametrize(
    ("period", "end", "expected"),
    [
        (None, END, Span(28, date(2026, 11, 30))),
        (None, None, Span(28)),
        (Span(31), END, Span(31, date(2026, 11, 30))),
        (Span(31, date(2026, 12, 1)), END, Span(31, date(2026, 12, 1))),
    ],
)
def test_a_plan_starts_where_history_ends(period, end, expected) -> None:
    assert horizon(period, end) == expected


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026q1", date(2026, 1, 1), date(2026, 3, 31)),
        ({"start": "2026-12-20", "end": "2027-01-05"}, date(2026, 12, 20), date(2027, 1, 5)),
    ],
)
def test_periods_end_where_the_calendar_ends_them(written, start, end) -> None:
    found = span(written)
    assert (found.start, found.end) == (start, end)
    assert found.days == (end - start).days + 1


def test_a_season_is_the_mean_of_its_days() -> None:
    factors = tuple(1.0 + 0.5 * np.sin(2 * np.pi * np.arange(53) / 53))
    days = [date(2026, 3, 1).toordinal() + i for i in range(31)]
    weeks = [(date.fromordinal(d).timetuple().tm_yday - 1) // 7 for d in days]
    found = factor_between(factors, date(2026, 3, 1), 31)
    assert found == pytest.approx(np.mean([factors[week] for week in weeks]))
    assert factor_between((), date(2026, 3, 1), 31) == 1.0


def test_a_year_is_written_as_its_number() -> None:
    found = span(2028)
    assert (found.start, found.end) == (date(2028, 1, 1), date(2028, 12, 31))
