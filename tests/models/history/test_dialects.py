"""Histories as planners write them: commas, thousands, hours, months, weekdays, plain words."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.errors import HistoryError
from models.history.parsing import _figures
from models.history.read import read_history

TODAY = date(2026, 11, 1)
HEAD = "date;channel;spend;conversions\n"


def refused(path: Path, text: str, **declared) -> list[str]:
    path.write_text(text)
    with pytest.raises(HistoryError) as caught:
        read_history(path, today=TODAY, **declared)
    return [str(fault) for fault in caught.value.faults]


def test_one_fault_for_a_decimal_comma_and_the_option_that_answers_it(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    text = HEAD + "".join(f"2026-03-{day:02};a;12,50;3\n" for day in range(2, 30))
    (fault,) = refused(path, text)
    assert fault == (
        f"{path}, line 2, column spend: '12,50' is a number only with a decimal comma; such "
        "cells: 28. Declare it: --decimal comma (in a scenario's history: decimal: ',')"
    )
    assert read_history(path, today=TODAY, decimal=",").spend.to_numpy().sum() == 28 * 12.5


def test_many_faults_of_one_cause_are_one(tmp_path: Path) -> None:
    text = HEAD + "".join(f"2026-03-{day:02};a;x;3\n" for day in range(2, 30))
    (fault,) = refused(tmp_path / "h.csv", text)
    assert "'x' is not a number, and 27 more rows alike" in fault


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.234.000", ",", 1_234_000),
        ("426.968", ",", 426_968),
        ("12,50", ",", 12.5),
        ("1.234,5 ₫", ",", 1234.5),
        ("$126", ".", 126),
        ("-$126.5", ".", -126.5),
        ("1,234.50", ".", 1234.5),
        ("1,234,567", ".", 1_234_567),
        ("1,234", ".", np.nan),  # a thousand, or one and a bit
        ("1.23.4", ",", np.nan),
        ("12abc", ".", np.nan),
    ],
)
def test_figures(text: str, decimal: str, value: float) -> None:
    import pandas as pd

    np.testing.assert_equal(_figures(pd.Series([text]), decimal)[0], value)


def test_a_column_tells_what_one_of_its_cells_cannot() -> None:
    import pandas as pd

    np.testing.assert_equal(_figures(pd.Series(["1,234", "2,345.5"]), "."), [1234, 2345.5])


def test_hours_are_summed_to_their_day(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    rows = [f"2026-03-{day:02} {hour:02}:00,a,10,1\n" for day in range(2, 9) for hour in range(24)]
    path.write_text("date,channel,spend,conversions\n" + "".join(rows))
    for form in (None, "YYYY-MM-DD HH:MM"):
        history = read_history(path, today=TODAY, date_format=form)
        assert history.spend["a"].to_list() == [240] * 7
        assert any("168 rows are summed to 7" in notice for notice in history.notices)


@pytest.mark.parametrize("form", ["{:%m/%Y}", "{:%Y-%m}"])
def test_months_are_told_with_their_number(tmp_path: Path, form: str) -> None:
    months = [date(2024, 11, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)]
    text = HEAD + "".join(f"{form.format(month)};a;10;3\n" for month in months)
    (fault,) = refused(tmp_path / "h.csv", text)
    assert "it is by month: 4 months" in fault


def weeks(start: date, count: int, channel: str) -> list[str]:
    return [f"{start + timedelta(7 * week)};{channel};{week + 1};3\n" for week in range(count)]


def test_weeks_of_another_weekday_are_dated_as_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    rows = [*weeks(date(2026, 1, 5), 30, "a"), *weeks(date(2026, 1, 5), 30, "b")]
    rows += weeks(date(2026, 1, 4), 30, "c")  # Sundays, the day before
    path.write_text(HEAD + "".join(rows))
    history = read_history(path, today=TODAY)
    assert (history.period_days, len(history.dates)) == (7, 30)
    assert history.spend["c"].to_list() == list(range(1, 31))
    assert "weeks of c begin on Sunday: dated by the nearest Monday, as the rest" in history.notices
    del rows[70]
    (fault,) = refused(path, HEAD + "".join(rows))
    assert "weeks of c begin on Sunday, those of others on Monday, and some" in fault


def test_the_only_thing_counted_is_the_kpi(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    rows = "".join(f"2026-03-{day:02};a;10;3\n" for day in range(2, 9))
    path.write_text("Ngày;Kênh;Chi phí;Leads\n" + rows)
    history = read_history(path, today=TODAY)
    assert history.metrics["conversions"]["a"].sum() == 21
    assert "column 'Leads' is taken as conversions" in history.notices
    two = "date;channel;spend;leads;installs\n" + rows.replace(";3\n", ";3;4\n")
    assert any("column conversions is missing" in fault for fault in refused(path, two))
