"""Monthly histories: three years can be fitted, weak at best; fewer say what is missing."""

from __future__ import annotations

import calendar
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.errors import HistoryError
from models.fit.backtest import backtest, is_long_enough
from models.fit.entry import fit_curves
from models.history.history import History
from models.history.read import read_history

TODAY = date(2026, 12, 1)
CEILINGS = {"search": (2_000, 90_000), "social": (1_500, 60_000), "tv": (1_200, 150_000)}


def months(count: int, first: str = "2023-01-01") -> pd.DataFrame:
    """Three Hill curves with a season, spend and conversions in proportion to a month's days."""
    chance = np.random.default_rng(3)
    firsts = pd.date_range(first, periods=count, freq="MS")
    length = firsts.days_in_month.to_numpy() / 30
    parts = []
    for name, (ceiling, half) in CEILINGS.items():
        rate = half * (0.4 + chance.gamma(2, 0.4, count))
        season = 1 + 0.15 * np.sin(2 * np.pi * np.arange(count) / 12)
        brought = ceiling * rate / (rate + half) * season * chance.normal(1, 0.03, count)
        columns = {"date": firsts, "channel": name, "spend": rate * length}
        parts.append(pd.DataFrame({**columns, "conversions": brought * length}))
    return pd.concat(parts, ignore_index=True)


def history_of(frame: pd.DataFrame, **declared: object) -> History:
    return read_history(frame, today=TODAY, **declared)


def test_amounts_are_those_of_thirty_days_and_totals_as_written() -> None:
    frame = months(40)
    history = history_of(frame)
    assert history.period_days == 30
    assert len(history.dates) == 40
    for day in history.dates:
        written = frame[(frame["date"] == day) & (frame["channel"] == "tv")]["spend"].item()
        length = calendar.monthrange(day.year, day.month)[1]
        assert history.spend.loc[day, "tv"] == pytest.approx(written * 30 / length)
    again = history.to_frame().groupby("channel")["spend"].sum()
    assert again.to_dict() == pytest.approx(frame.groupby("channel")["spend"].sum().to_dict())
    assert history.last_day == date(2026, 4, 30)


def test_fewer_than_three_years_say_what_is_missing() -> None:
    with pytest.raises(HistoryError, match=r"35 months; a curve needs 36.*Add the 1 months before"):
        history_of(months(35))
    assert len(history_of(months(36)).dates) == 36


def test_a_month_that_is_not_over_is_left_out_and_does_not_count() -> None:
    frame = months(37, "2023-12-01")  # to 2026-12, of which 1 day is over
    history = history_of(frame)
    assert len(history.dates) == 36
    assert any("2026-12-01 is not over" in notice for notice in history.notices)
    with pytest.raises(HistoryError, match="35 months"):
        history_of(frame[frame["date"] > pd.Timestamp("2023-12-31")])


@pytest.mark.parametrize("form", ["%m/%Y", "%Y-%m", "%Y-%m-%d"])
def test_each_way_to_write_a_month(tmp_path: Path, form: str) -> None:
    frame = months(36)
    path = tmp_path / "months.csv"
    frame.assign(date=frame["date"].dt.strftime(form)).to_csv(path, index=False)
    pd.testing.assert_frame_equal(
        read_history(path, today=TODAY).spend, history_of(frame).spend, check_freq=False
    )


def test_months_dated_by_their_last_day() -> None:
    frame = months(36)
    ends = frame.assign(date=frame["date"] + pd.offsets.MonthEnd(0))
    pd.testing.assert_frame_equal(history_of(ends).spend, history_of(frame).spend)


def test_dates_a_month_apart_that_are_no_firsts_are_refused() -> None:
    frame = months(36)
    frame["date"] += pd.Timedelta(days=14)
    with pytest.raises(HistoryError, match="not the first of each"):
        history_of(frame)


def test_a_month_without_a_row_is_no_activity_and_said() -> None:
    frame = months(40)
    frame = frame[frame["date"] != pd.Timestamp("2024-05-01")]
    history = history_of(frame)
    assert len(history.dates) == 40
    assert not history.spend.to_numpy()[16].any()
    assert any("2024-05-01" in notice for notice in history.notices)


def test_months_cannot_be_read_as_weeks() -> None:
    with pytest.raises(HistoryError, match="cannot be read as days or weeks"):
        history_of(months(36), grain="week")


def test_a_fit_of_months_is_weak_at_best_and_near_the_truth() -> None:
    history = history_of(months(46))
    curves = fit_curves(history)
    assert curves.period_days == 30
    for entry in curves.channels:
        assert entry.evidence.verdict == "weak"
        assert "by month: 46 points" in entry.evidence.reasons[0]
        ceiling, half = CEILINGS[entry.channel]
        spend = float(history.spend[entry.channel].mean())
        assert float(entry.curve.response(spend)) == pytest.approx(
            ceiling * spend / (spend + half), rel=0.1
        )
    with pytest.raises(HistoryError, match="is by month"):
        backtest(history)
    assert not is_long_enough(history)


def test_a_mix_of_months() -> None:
    tidy = months(36)
    wide = tidy.pivot(index="date", columns="channel", values="spend")
    kpi = tidy.groupby("date")["conversions"].sum()
    frame = wide.add_suffix("_spend").assign(orders=kpi).reset_index()
    history = history_of(frame, shape="mix", kpi="orders")
    assert history.period_days == 30
    verdicts = {
        entry.evidence.verdict for entry in fit_curves(history, FitOptions(draws=20)).channels
    }
    assert "usable" not in verdicts
