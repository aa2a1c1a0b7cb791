"""Planted faults are found with their dates; clean histories stay without a flag."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.diagnostics.anomalies import suspect
from models.diagnostics.day_weights import weights
from models.history.history import History
from models.phrases import Phrase

START = pd.Timestamp("2022-01-03")  # a Monday
DAYS = 560


def day(index):
    return (START + pd.Timedelta(days=index)).date()


class Panels:
    """Five channels by day, with weekdays, a season and a market that all share."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.dates = pd.date_range(START, periods=DAYS, name="date")
        self.names = [f"c{i}" for i in range(5)]
        t = np.arange(DAYS)
        market = (1 + 0.3 * np.sin(2 * np.pi * t / 365)) * np.tile(
            [1, 1.05, 1.1, 1, 0.95, 0.8, 0.7], DAYS // 7
        )
        waves = np.exp(rng.normal(0, 0.3, (DAYS // 14, 5)).repeat(14, axis=0))
        self.spend = 100 * waves * np.exp(rng.normal(0, 0.1, (DAYS, 5)))
        self.clicks = rng.poisson(2 * self.spend).astype(float)
        mean = 40 * (self.spend / 100) ** 0.7 * market[:, None]
        self.conversions = rng.poisson(mean * np.exp(rng.normal(0, 0.1, (DAYS, 5)))).astype(float)

    def history(self):
        def frame(values):
            return pd.DataFrame(values, index=self.dates, columns=self.names)

        metrics = {"conversions": frame(self.conversions), "clicks": frame(self.clicks)}
        return History("tidy", 1, frame(self.spend), metrics, pd.DataFrame(index=self.dates))


def found(panels):
    return [(flag.kind, flag.channel, flag.first, flag.last) for flag in suspect(panels.history())]


@pytest.mark.parametrize("seed", range(8))
def test_a_clean_history_has_no_flag(seed):
    assert found(Panels(seed)) == []


@pytest.mark.parametrize("seed", range(3))
def test_days_without_tracking_are_found(seed):
    panels = Panels(seed)
    panels.conversions[300:305, 0] = 0
    assert found(panels) == [("silent", "c0", day(300), day(304))]


@pytest.mark.parametrize("seed", range(3))
def test_missing_spend_is_found(seed):
    panels = Panels(seed)
    panels.spend[200:206, 1] = 0
    assert found(panels) == [("unpaid", "c1", day(200), day(205))]


def test_a_pause_is_no_missing_spend():
    panels = Panels(0)
    panels.spend[200:230, 1] = 0
    panels.conversions[200:230, 1] = 0
    panels.conversions[200:203, 1] = 15, 6, 2  # bought by those who had clicked before
    assert found(panels) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_flood_of_clicks_is_found(seed):
    panels = Panels(seed)
    panels.clicks[400:402, 2] *= 9
    assert found(panels) == [("clicks", "c2", day(400), day(401))]


def test_clicks_that_convert_are_no_flood():
    panels = Panels(0)
    for values in (panels.clicks, panels.spend, panels.conversions):
        values[400:402, 2] *= 4
    assert found(panels) == []


@pytest.mark.parametrize("seed", range(3))
def test_conversions_counted_otherwise_are_found_with_the_day(seed):
    panels = Panels(seed)
    panels.conversions[350:, 3] = np.round(1.9 * panels.conversions[350:, 3])
    ((kind, channel, first, last),) = found(panels)
    assert (kind, channel, first) == ("counting", "c3", day(0))
    assert abs((last - day(349)).days) <= 3
    reason = suspect(panels.history())[0].reason
    assert isinstance(reason, Phrase)
    assert abs(reason.values["change"] - 0.9) < 0.25


def test_a_new_level_of_clicks_and_conversions_is_not_the_counting():
    panels = Panels(1)
    panels.conversions[350:, 3] = np.round(0.4 * panels.conversions[350:, 3])
    panels.clicks[350:, 3] *= 0.4
    ((kind, channel, *_),) = found(panels)
    assert (kind, channel) == ("level", "c3")


def test_what_happens_to_all_channels_is_the_markets():
    panels = Panels(2)
    panels.conversions[350:] = np.round(1.9 * panels.conversions[350:])
    assert found(panels) == []


def test_what_spend_explains_is_no_shift():
    panels = Panels(3)
    panels.spend[350:, 3] *= 3
    panels.clicks[350:, 3] *= 3
    panels.conversions[350:, 3] = np.round(3**0.7 * panels.conversions[350:, 3])
    assert found(panels) == []


def test_weights_are_the_share_of_days_to_trust():
    panels = Panels(0)
    panels.conversions[301:304, 0] = 0  # Tuesday to Thursday of week 43
    history = panels.history()
    flags = suspect(history)
    by_day = weights(flags, history)
    assert by_day["c0"].to_numpy().nonzero()[0].tolist() == [
        i for i in range(DAYS) if i not in (301, 302, 303)
    ]
    weekly = History(
        "tidy",
        7,
        history.spend.resample("7D").sum(),
        {},
        pd.DataFrame(index=history.spend.index[::7]),
    )
    by_week = weights(flags, weekly)
    assert by_week.shape == (DAYS // 7, 5)
    assert by_week["c0"].iloc[43] == pytest.approx(4 / 7)
    assert by_week.drop(index=by_week.index[43]).to_numpy().min() == 1


def test_a_mix_is_looked_at_as_a_whole():
    dates = pd.date_range("2023-01-02", periods=60, freq="7D", name="date")
    kpi = np.full(60, 80.0)
    kpi[30:32] = 0
    spend = pd.DataFrame({"tv": 50.0, "ooh": 50.0}, index=dates)
    total = pd.DataFrame({"total": kpi}, index=dates)
    history = History("mix", 7, spend, {"conversions": total}, pd.DataFrame(index=dates))
    (flag,) = suspect(history)
    assert (flag.kind, flag.channel) == ("silent", None)
    assert (flag.first, flag.last) == (date(2023, 7, 31), date(2023, 8, 13))
    assert flag.reason == (
        "200 spent from 2023-07-31 to 2023-08-13 without any conversions; about 155 could be "
        "expected: is the tracking broken?"
    )
    assert (weights([flag], history).iloc[30:32] == 0).all(axis=None)
