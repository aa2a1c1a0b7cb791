"""Reports by week beside reports by day: refused, or the days summed to the same weeks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import HistoryError
from models.exports.combine.combine import Imported
from models.exports.options import ReadOptions
from tests.models.exports.test_dialects import read as read_one
from tests.models.exports.test_together import DAY, google, read

WEEKS = ReadOptions(weeks="where needed")
HEAD = "Campaign name,Date,Cost,Impressions,Clicks (destination),Conversions\n"


def tiktok(days: range, money: float) -> str:
    rows = (f"Spark,{DAY + timedelta(day)},{money},10,1,2\n" for day in days)
    return HEAD + "".join(rows)


def weekly(rows: list[tuple]) -> str:
    return google(rows).replace("Day,", "Week,")


def by_week(imported: Imported, platform: str) -> dict[date, float]:
    frame = imported.frame[imported.frame["platform"] == platform]
    return {day.date(): money for day, money in zip(frame["date"], frame["spend"], strict=True)}


def test_weeks_beside_days_are_refused_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, a=google([(0, "A", 10.5)]), b=weekly([(2, "A", 70)]))
    assert str(caught.value) == (
        "b.csv: is by week, while others are by day. "
        "Download it by day; or sum the others to weeks: --grain week"
    )


def test_days_become_the_weeks_of_the_other_file(tmp_path: Path) -> None:
    # 1 August 2026 is a Saturday: Mondays are the 3rd, 10th and 17th.
    weeks = weekly([(2, "A", 70), (9, "A", 80)])
    imported = read(tmp_path, WEEKS, a=weeks, b=tiktok(range(20), 10))
    assert imported.period_days == 7
    assert by_week(imported, "tiktok") == {date(2026, 8, 3): 70, date(2026, 8, 10): 70}
    assert by_week(imported, "google_ads") == {date(2026, 8, 3): 70, date(2026, 8, 10): 80}
    (out,) = next(f for f in imported.reconciliation.files if f.platform == "tiktok").left_out
    assert (out.reason, out.rows, out.spend) == ("days of no full week", 6, 60)


def test_weeks_may_begin_on_any_day(tmp_path: Path) -> None:
    sundays = weekly([(1, "A", 70), (8, "A", 80)])
    imported = read(tmp_path, WEEKS, a=sundays, b=tiktok(range(1, 8), 10))
    assert by_week(imported, "tiktok") == {date(2026, 8, 2): 70}


@pytest.mark.parametrize("start", range(7))
def test_weeks_of_different_weekdays_are_dated_by_the_nearest(tmp_path: Path, start: int) -> None:
    """Each week shares at least four days with that of the other file by which it is dated."""
    mondays = weekly([(2 + 7 * week, "A", 70) for week in range(8)])
    others = weekly([(2 + start + 7 * week, "B", 10 + week) for week in range(5)])
    imported = read(tmp_path, WEEKS, a=mondays, b=others)
    found = imported.frame[imported.frame["campaign"] == "B"]
    dates = [day.date() for day in found["date"]]
    assert all(day.weekday() == 0 for day in dates)
    for week, day in enumerate(dates):
        begins = DAY + timedelta(2 + start + 7 * week)
        assert 7 - abs((day - begins).days) >= 4
    assert found["spend"].tolist() == [10, 11, 12, 13, 14]
    told = next(f for f in imported.reconciliation.files if f.file == "b.csv").notices
    assert any("dated by the nearest Monday" in one for one in told) == (start != 0)


def test_weeks_that_would_move_must_all_be_there(tmp_path: Path) -> None:
    mondays = weekly([(2 + 7 * week, "A", 70) for week in range(8)])
    gaps = weekly([(1 + 7 * week, "B", 70) for week in (0, 1, 3)])
    with pytest.raises(HistoryError, match=r"b\.csv: its weeks begin on Sunday.*are missing"):
        read(tmp_path, WEEKS, a=mondays, b=gaps)


def test_of_the_same_campaign_the_days_count(tmp_path: Path) -> None:
    days = google([(day, "A", 10) for day in range(2, 9)])
    imported = read(tmp_path, WEEKS, a=days, b=weekly([(2, "A", 70), (9, "A", 80)]))
    assert by_week(imported, "google_ads") == {date(2026, 8, 3): 70, date(2026, 8, 10): 80}
    left = next(f for f in imported.reconciliation.files if f.file == "b.csv").left_out
    assert [(out.reason, out.rows) for out in left] == [("also in a.csv, counted once", 1)]


def test_files_that_meet_in_mid_week_make_one_week(tmp_path: Path) -> None:
    first, second = tiktok(range(2, 5), 10), tiktok(range(5, 9), 20)
    imported = read(tmp_path, ReadOptions(weeks="always"), a=first, b=second)
    assert by_week(imported, "tiktok") == {date(2026, 8, 3): 110}


@given(st.integers(0, 6), st.integers(13, 60))
def test_every_full_week_is_the_sum_of_its_days(first: int, days: int) -> None:
    """Against the calendar: a week is in the history if all its seven days are in the file."""
    content = tiktok(range(first, first + days), 1.0).encode()
    imported = read_one(content, ReadOptions(weeks="always"))
    covered = {DAY + timedelta(day) for day in range(first, first + days)}
    mondays = {day for day in covered if day.weekday() == 0}
    full = {day for day in mondays if day + timedelta(6) in covered}
    assert by_week(imported, "tiktok") == dict.fromkeys(sorted(full), 7.0)
