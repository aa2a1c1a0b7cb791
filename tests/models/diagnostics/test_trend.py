"""Metrics now and before, against sums done by hand."""

import numpy as np
import pandas as pd
import pytest

from models.diagnostics.metrics import CATALOGUE
from models.diagnostics.trend import movements
from models.history.history import History


def history(spend, conversions, period_days=7, **metrics):
    dates = pd.date_range("2023-01-02", periods=len(spend), freq=f"{period_days}D")

    def frame(values):
        return pd.DataFrame({"a": values, "b": 2 * np.asarray(values)}, index=dates)

    panels = {"conversions": frame(conversions)}
    panels |= {name: frame(values) for name, values in metrics.items()}
    return History("tidy", period_days, frame(spend), panels, pd.DataFrame(index=dates))


def test_the_last_four_weeks_stand_against_the_four_before():
    found = movements(history(range(1, 11), [2.0] * 10), "a")
    now, before = (7 + 8 + 9 + 10) / 8, (3 + 4 + 5 + 6) / 8
    assert found["cpa"].now == pytest.approx(now)
    assert found["cpa"].before == pytest.approx(before)
    assert found["cpa"].change == pytest.approx(now / before - 1)
    assert movements(history(range(1, 11), [2.0] * 10))["cpa"] == found["cpa"]


def test_days_are_grouped_by_four_weeks_too():
    found = movements(history(range(1, 57), [1.0] * 56, period_days=1), "a")
    assert found["cpa"].now == pytest.approx(np.mean(range(29, 57)))
    assert found["cpa"].before == pytest.approx(np.mean(range(1, 29)))


def test_only_what_history_knows_is_told():
    assert set(movements(history([1.0] * 9, [1.0] * 9))) == {"conversions", "cpa"}
    panels: dict = {name: [3.0] * 9 for metric in CATALOGUE for name in metric.needs}
    panels.pop("spend")
    panels.pop("conversions")
    found = movements(history([1.0] * 9, [6.0] * 9, **panels))
    assert list(found) == [metric.name for metric in CATALOGUE]


def test_a_short_history_has_no_before():
    found = movements(history([1.0] * 3, [1.0] * 3))
    assert (found["cpa"].now, found["cpa"].before, found["cpa"].change) == (1, None, None)


def test_a_change_is_notable_where_it_is_larger_than_usual():
    rng = np.random.default_rng(1)
    conversions = 100 + rng.normal(0, 5, 80)
    assert not movements(history([10.0] * 80, conversions))["cpa"].is_notable
    conversions[-4:] *= 1.5
    assert movements(history([10.0] * 80, conversions))["cpa"].is_notable
    assert not movements(history([10.0] * 12, conversions[-12:]))["cpa"].is_notable


def test_nothing_to_divide_by_is_unknown():
    found = movements(history([10.0] * 8, [1.0] * 4 + [0.0] * 4))["cpa"]
    assert (found.now, found.before, found.change) == (None, 10, None)


def test_a_change_below_one_per_cent_is_not_notable_however_rare():
    steady = [10.0 + 0.0001 * (week % 3) for week in range(79)]
    for last, expected in ((10.02, False), (11.0, True)):
        moved = movements(history([10.0] * 80, [*steady, last]))["cpa"]
        assert moved.is_notable == expected
