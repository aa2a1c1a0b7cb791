"""Backtests: what is held out stays out, baselines by hand, and verdicts that fall."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.curves.curveset import Evidence
from models.datasets.simulated_channels import simulate_history
from models.datasets.simulated_mix import simulate_mix
from models.errors import HistoryError
from models.fit.backtest import BASELINES, Score, backtest, is_long_enough, judged
from models.fit.entry import fit_curves
from models.history.history import History


def plain(spend, conversions) -> History:
    dates = pd.date_range("2024-01-01", periods=len(spend), freq="7D", name="date")
    panel = pd.DataFrame({"a": np.asarray(spend, float)}, index=dates)
    counts = pd.DataFrame({"a": np.asarray(conversions, float)}, index=dates)
    return History("tidy", 7, panel, {"conversions": counts}, pd.DataFrame(index=dates))


def test_baselines_worked_out_by_hand():
    """Conversions are a tenth of spend: the constant CPA and the straight line are exact."""
    spend = 1000.0 + 300.0 * np.sin(np.arange(70))
    score = backtest(plain(spend, 0.1 * spend), weeks=4, folds=2).scores["a"]
    assert score.baselines["constant CPA"] == pytest.approx(0.0, abs=1e-12)
    assert score.baselines["straight line"] == pytest.approx(0.0, abs=1e-12)
    ahead, before = slice(62, 70), slice(10, 18)
    error = np.abs(spend[ahead] - spend[before]).sum() / spend[ahead].sum()
    assert score.baselines["last year"] == pytest.approx(error)
    assert score.loses  # nothing beats what is exact


def test_nothing_of_the_future_is_seen():
    """Whatever happens in the last fold's weeks, the earlier folds predict the same."""
    history = simulate_history("steady", channels=3, seed=2).history
    counts = history.metrics["conversions"].copy()
    counts.iloc[-8:] *= 3.0
    changed = replace(history, metrics={**history.metrics, "conversions": counts})
    one, other = backtest(history, folds=2), backtest(changed, folds=2)
    for name in history.channels:
        np.testing.assert_array_equal(one.predicted[name], other.predicted[name])
        assert one.scores[name].error < other.scores[name].error
    assert one.origins == ("2025-09-08", "2025-11-03")
    assert one.dates[0] == one.origins[0]
    assert len(one.dates) == 16


def test_good_curves_beat_the_baselines():
    history = simulate_history("steady", seed=1).history
    scores = backtest(history).scores
    wins = [
        score.error < score.best_baseline[1] for score in scores.values() if score.best_baseline
    ]
    assert sum(wins) >= 5
    assert not any(score.loses for score in scores.values())


def test_daily_history_is_judged_by_week():
    history = simulate_history("weekdays", channels=3, weeks=60, seed=1).history
    found = backtest(history, weeks=4, folds=1)
    seen = history.metrics["conversions"]["channel_1"].to_numpy()[-28:]
    np.testing.assert_allclose(found.seen["channel_1"], seen.reshape(4, 7).sum(axis=1))
    assert found.scores["channel_1"].error < 0.2


def test_a_channel_that_had_not_spent_yet_is_judged_where_it_had():
    history = simulate_history("steady", channels=3, seed=2).history
    spend = history.spend.copy()
    spend.loc[spend.index[:92], "channel_2"] = 0.0
    found = backtest(replace(history, spend=spend), folds=2)
    assert len(found.seen["channel_2"]) == 8
    assert len(found.seen["channel_1"]) == 16


def test_what_is_too_short_is_refused():
    short = simulate_history("steady", channels=3, weeks=30).history
    assert not is_long_enough(short)
    with pytest.raises(HistoryError, match="30 weeks are too few to hold out 8"):
        backtest(short)


def test_a_mixs_kpi_is_predicted_nearly_as_well_as_its_noise_allows():
    """4 % of normal noise is 3.2 % of mean error, whatever predicts."""
    history = simulate_mix(0).history
    found = backtest(history, folds=2)
    assert list(found.scores) == ["total"]
    assert 0.02 < found.scores["total"].error < 0.064
    naive = [error for error in found.scores["total"].baselines.values() if error is not None]
    assert len(naive) == 3
    assert min(naive) > found.scores["total"].error
    kpi = history.metrics["conversions"]["total"].to_numpy()
    np.testing.assert_array_equal(found.seen["total"], kpi[-16:])


def test_a_mix_is_predicted_without_its_future():
    history = simulate_mix(0).history
    kpi = history.metrics["conversions"].copy()
    kpi.iloc[-8:] *= 3.0
    other = replace(history, metrics={"conversions": kpi})
    one, two = (backtest(h, folds=1).predicted["total"] for h in (history, other))
    np.testing.assert_array_equal(one, two)


def test_a_channel_that_a_mix_had_not_used_yet_is_left_out():
    history = simulate_mix(0).history
    name = history.channels[0]
    spend = history.spend.copy()
    spend.loc[spend.index[:-8], name] = 0.0
    late = replace(history, spend=spend)
    never = replace(history, spend=spend.drop(columns=name))
    one, two = (backtest(h, folds=1).predicted["total"] for h in (late, never))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("before", "after"), [("usable", "weak"), ("weak", "unusable"), ("unusable", "unusable")]
)
def test_a_verdict_falls_one_step(before, after):
    history = simulate_history("steady", channels=3, seed=2).history
    curves = fit_curves(history, FitOptions(draws=0))
    entry = replace(curves["channel_1"], evidence=Evidence(before))
    curves = replace(curves, channels=(entry, *curves.channels[1:]))
    found = backtest(history, folds=1)
    baselines = dict.fromkeys(BASELINES, 0.3) | {"last year": None, "constant CPA": 0.2}
    lost = replace(found, scores={"channel_1": Score(0.5, baselines, True)})
    evidence = judged(curves, lost)["channel_1"].evidence
    assert evidence.verdict == after
    assert (
        "predicted held-out weeks worse than constant CPA (50 % against 20 %)" in evidence.reasons
    )
    assert judged(curves, lost)["channel_2"].evidence == curves["channel_2"].evidence
