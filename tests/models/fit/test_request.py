"""What a fit is asked beside its options: calendars."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.channel_fit.fit_options import FitOptions
from models.datasets.mix_worlds import simulate_world
from models.errors import HistoryError
from models.fit.request import FitRequest, fit_as_asked
from models.transforms.design_matrix import share_of_days
from models.transforms.holidays_of import holiday_events

FEW = FitOptions(draws=20, conversion_lag=0)


def test_tet_is_learned_as_an_event():
    plain = simulate_world("noisy_prices", 43).history
    dates = plain.dates.to_numpy().astype("datetime64[D]")
    tet = holiday_events(["VN"], dates[0].astype(object), dates[-1].astype(object))
    lift = 1.0 + 0.5 * share_of_days(dates, 7, tet["Lunar New Year"])
    kpi = plain.metrics["conversions"].mul(lift, axis=0)
    history = replace(plain, metrics={"conversions": kpi})
    asked = FitRequest(options=FEW, doubt=False)
    knowing = fit_as_asked(history, history, replace(asked, holidays=("VN",)))
    without = fit_as_asked(history, history, asked)
    noise = [curves.channels[0].fit["noise"] for curves in (knowing, without)]
    assert noise[0] < 0.85 * noise[1]
    assert knowing.channels[0].fit["outliers"] != without.channels[0].fit["outliers"]


def test_an_event_of_ones_own_takes_the_place_of_a_holiday():
    history = simulate_world("short", 43).history
    own = {"Lunar New Year": (("2025-01-20", "2025-02-10"),)}
    asked = FitRequest(options=replace(FEW, events=own), holidays=("VN", "shopping"))
    events = asked.options_at(history.dates).events
    assert events["Lunar New Year"] == own["Lunar New Year"]
    assert "11.11" in events


def test_an_unknown_calendar_is_refused():
    history = simulate_world("short", 43).history
    with pytest.raises(HistoryError, match="holidays"):
        fit_as_asked(history, history, FitRequest(holidays=("Atlantis",)))
