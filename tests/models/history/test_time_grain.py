"""Days and weeks: which are found, which are kept, which are left out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.errors import HistoryError
from models.history.read import read_history
from models.history.time_grain import FEWEST_WEEKS

TODAY = date(2024, 12, 31)


def history(tmp_path, dates, today=TODAY, **declared):
    """One channel that spends 1, 2, 3, ... and converts once on each date."""
    path = tmp_path / "history.csv"
    rows = range(1, len(dates) + 1)
    pd.DataFrame({"date": dates, "channel": "search", "spend": rows, "conversions": 1}).to_csv(
        path, index=False
    )
    return read_history(path, today=today, **declared)


def test_days_become_full_weeks_where_there_are_enough(tmp_path):
    # Wednesday to Tuesday: 5 days before the first Monday, 2 after the last Sunday
    dates = pd.date_range("2024-01-03", periods=5 + 7 * FEWEST_WEEKS + 2)
    found = history(tmp_path, dates)
    assert found.period_days == 7
    assert len(found.dates) == FEWEST_WEEKS
    assert found.dates[0] == pd.Timestamp("2024-01-08")
    spend = np.arange(1, len(dates) + 1)[5:-2].reshape(-1, 7).sum(axis=1)
    assert found.spend["search"].tolist() == spend.tolist()
    assert found.metrics["conversions"]["search"].tolist() == [7.0] * FEWEST_WEEKS
    assert found.notices == (
        "summed by week, Monday to Sunday: 26 full weeks",
        "left out, no full week: the first 5 days, from 2024-01-03",
        "left out, no full week: the last 2 days, to 2024-07-09",
    )


def test_one_day_fewer_stays_by_day(tmp_path):
    dates = pd.date_range("2024-01-01", periods=7 * FEWEST_WEEKS - 1)
    found = history(tmp_path, dates)
    assert found.period_days == 1
    assert found.notices == ("kept by day: 25 full weeks, fewer than 26",)
    assert history(tmp_path, dates, grain="week").period_days == 7


def test_the_grain_is_as_asked(tmp_path):
    dates = pd.date_range("2024-01-01", periods=7 * FEWEST_WEEKS)
    found = history(tmp_path, dates, grain="day")
    assert found.period_days == 1
    assert found.spend["search"].sum() == history(tmp_path, dates).spend["search"].sum()


def test_too_few_days_make_no_weeks(tmp_path):
    with pytest.raises(HistoryError, match=r"there are 1 full weeks \(Monday to Sunday\)"):
        history(tmp_path, pd.date_range("2024-01-01", periods=13), grain="week")


def test_weeks_are_kept_on_their_own_weekday(tmp_path):
    dates = pd.date_range("2024-01-04", periods=6, freq="7D").delete(3)
    found = history(tmp_path, dates)
    assert found.period_days == 7
    assert list(found.dates) == list(pd.date_range("2024-01-04", periods=6, freq="7D"))
    assert found.spend["search"].tolist() == [1, 2, 3, 0, 4, 5]
    with pytest.raises(HistoryError, match="the file holds weeks, which cannot be read as days"):
        history(tmp_path, dates, grain="day")


def test_a_week_that_is_not_over_is_left_out(tmp_path):
    dates = pd.date_range("2024-01-01", periods=4, freq="7D")
    assert len(history(tmp_path, dates, today=date(2024, 1, 28)).dates) == 4
    found = history(tmp_path, dates, today=date(2024, 1, 27))
    assert len(found.dates) == 3
    assert found.notices == ("the week of 2024-01-22 is not over and is left out",)
