"""The pace that a person would name, where the mean of four weeks is not it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.diagnostics.pace import MONTH, pace_of
from models.history.history import History

DAYS = pd.date_range(end="2026-11-29", periods=420, name="date")


def history(spend: np.ndarray, dates: pd.DatetimeIndex = DAYS, period: int = 1) -> History:
    frame = pd.DataFrame({"tv": spend}, index=dates)
    return History("tidy", period, frame, {"conversions": frame}, pd.DataFrame(index=dates))


def steady() -> np.ndarray:
    return np.random.default_rng(3).lognormal(np.log(500), 0.3, len(DAYS))


def weekly(spend: np.ndarray) -> History:
    """The same in weeks, as a fit sees it."""
    dates = DAYS[::7]
    return history(spend.reshape(-1, 7).sum(axis=1), dates, 7)


@pytest.mark.parametrize("view", [history, weekly])
def test_a_steady_channel_is_as_its_mean_says(view) -> None:
    assert pace_of(view(steady()), "tv") is None


@pytest.mark.parametrize("view", [history, weekly])
def test_monthly_bills(view) -> None:
    spend = np.where(DAYS.day == 1, 30_000.0, 0.0)
    found = pace_of(view(spend), "tv")
    # On a day on which the last 28 days hold a bill, their mean is near enough to be said or not.
    assert found is None or found.kind == "bills"
    early = np.where(DAYS.day == 29, 30_000.0, 0.0)
    early[-28:] = 0
    found = pace_of(view(early), "tv")
    assert found is not None
    assert found.kind == "bills"
    assert found.mean == 0
    assert found.per_day * MONTH == pytest.approx(30_000)


@pytest.mark.parametrize("view", [history, weekly])
def test_a_launch_two_weeks_ago(view) -> None:
    spend = np.zeros(len(DAYS))
    spend[-14:] = 700.0
    found = pace_of(view(spend), "tv")
    assert found is not None
    assert (found.kind, found.mean, found.per_day) == ("launch", 350, 700)


@pytest.mark.parametrize("view", [history, weekly])
def test_a_stop_inside_the_window(view) -> None:
    spend = steady()
    spend[-10 if view is history else -14 :] = 0
    found = pace_of(view(spend), "tv")
    assert found is not None
    assert (found.kind, found.per_day) == ("stop", 0)


@pytest.mark.parametrize("view", [history, weekly])
def test_a_pause_between_flights(view) -> None:
    spend = np.zeros(len(DAYS))
    for start in (35, 140, 252):
        spend[start : start + 42] = 900.0
    found = pace_of(view(spend), "tv")
    assert found is not None
    assert (found.kind, found.mean) == ("flight", 0)
    assert found.per_day == pytest.approx(900)


@pytest.mark.parametrize("view", [history, weekly])
def test_what_stopped_long_ago_and_was_no_flight_is_dark(view) -> None:
    spend = steady()
    spend[-56:] = 0
    assert pace_of(view(spend), "tv") is None


def test_a_seasons_height_that_comes_every_year() -> None:
    dates = pd.date_range(end="2026-11-30", periods=110, freq="7D", name="date")
    spend = np.full(len(dates), 1_000.0)
    spend[np.isin(dates.month, [11])] = 2_500.0
    found = pace_of(history(spend, dates, 7), "tv")
    assert found is not None
    assert found.kind == "peak"
    assert found.per_day == pytest.approx(1_000 / 7)
