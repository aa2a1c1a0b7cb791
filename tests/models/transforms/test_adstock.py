"""Carry-over of many series at once, against one series at a time and finite differences."""

import numpy as np
import pytest

from models.channel_fit.fit_options import FitOptions
from models.curves.families import Hill
from models.datasets.simulated_channels import Simulated, simulate_history
from models.datasets.simulated_mix import simulate_mix
from models.errors import HistoryError
from models.fit.backtest import backtest
from models.fit.entry import fit_curves
from models.history.history import History
from models.transforms.adstock import (
    GEOMETRIC,
    LAGS,
    carried_over,
    carry_over_slope,
    effective_spend,
    geometric,
    mean_lag_decay,
)
from tests.support.histories import with_conversions

SPEND = np.random.default_rng(5).gamma(2.0, size=(3, 105))


def test_geometric_is_the_recursion_all_at_once():
    decay = np.array([0.0, 0.3, 0.93])
    for row, effective in enumerate(carried_over(SPEND, decay, np.full(3, GEOMETRIC))):
        one_by_one = geometric(SPEND[row], decay[row], before=SPEND[row, :4].mean())
        np.testing.assert_allclose(effective, one_by_one, rtol=1e-12)


def test_delayed_is_the_weighted_sum_written_out():
    """Weights 0.5^(lag - 2)^2: 1/16, 1/2, 1, 1/2, 1/16, ..."""
    effective = carried_over(SPEND, np.full(3, 0.5), np.full(3, 2.0))[0]
    raw = 0.5 ** ((np.arange(LAGS) - 2.0) ** 2)
    period = 50
    past = SPEND[0, period - LAGS + 1 : period + 1][::-1]
    assert effective[period] == pytest.approx(raw @ past / raw.sum())
    assert raw[:4].tolist() == [0.0625, 0.5, 1.0, 0.5]


@pytest.mark.parametrize("peak", [GEOMETRIC, 1.0, 3.0])
def test_a_steady_spend_is_its_own_effective_spend(peak):
    steady = np.full((2, 60), 7.0)
    effective = carried_over(steady, np.array([0.2, 0.8]), np.full(2, peak))
    np.testing.assert_allclose(effective, 7.0)


@pytest.mark.parametrize("peak", [GEOMETRIC, 1.0, 3.0])
def test_the_derivative_by_the_decay(peak):
    decay, peaks = np.array([0.2, 0.5, 0.8]), np.full(3, peak)
    slope = carry_over_slope(SPEND, carried_over(SPEND, decay, peaks), decay, peaks)
    more, less = (carried_over(SPEND, decay + step, peaks) for step in (1e-6, -1e-6))
    np.testing.assert_allclose(slope, (more - less) / 2e-6, atol=1e-6)


def test_the_geometric_stand_in_comes_as_late_on_average():
    decay = np.array([0.3, 0.6])
    weights = 0.6 ** ((np.arange(LAGS) - 2.0) ** 2)
    lag = weights @ np.arange(LAGS) / weights.sum()
    stand_in = mean_lag_decay(decay, 2.0)[1]
    assert stand_in / (1 - stand_in) == pytest.approx(lag)
    np.testing.assert_array_equal(mean_lag_decay(decay, GEOMETRIC), decay)


def test_a_delayed_peak_is_found():
    """Conversions peak two weeks after the spend; geometric carry-over cannot say so."""
    made = simulate_history("steady", channels=3, seed=6)
    spend = made.history.spend["channel_1"].to_numpy()
    truth = Hill(600.0, 1.2 * spend.mean(), 1.0)
    delayed = effective_spend(spend, 0.0, {"delayed": {"peak": 2.0, "decay": 0.3}})
    noise = np.random.default_rng(1).normal(1.0, 0.06, len(spend))
    history = with_conversions(made.history, "channel_1", truth.response(delayed) * noise)
    options = FitOptions(carry_over="delayed", draws=0)
    entry = fit_curves(history, options)["channel_1"]
    assert entry.fit["delayed"]["peak"] == 2.0
    at = np.array([0.7, 1.0, 1.4]) * spend.mean()
    np.testing.assert_allclose(entry.curve.response(at), truth.response(at), rtol=0.06)
    plain = fit_curves(history, FitOptions(draws=0))["channel_1"]
    assert entry.fit["error"] < 0.8 * plain.fit["error"]
    ahead = backtest(history, folds=2, options=options).scores["channel_1"]
    assert ahead.error < backtest(history, folds=2).scores["channel_1"].error


def delayed(seed: int) -> tuple[Simulated, History, dict[str, float]]:
    """A simulated history whose every channel peaks up to three weeks late, and the peaks."""
    made, rng = simulate_history("steady", seed=seed), np.random.default_rng(seed)
    history, peaks = made.history, {}
    for name, curve in made.truth.curves.items():
        spend = history.spend[name].to_numpy()
        peaks[name] = float(rng.integers(4))
        form = {"delayed": {"peak": peaks[name], "decay": rng.uniform(0.2, 0.7)}}
        late = curve.response(effective_spend(spend, 0.0, form))
        there = curve.response(geometric(spend, made.truth.decays[name]))
        counts = history.metrics["conversions"][name].to_numpy() * late / there
        history = with_conversions(history, name, np.round(counts))
    return made, history, peaks


def test_every_channels_peak_is_found_and_its_curve():
    """18 channels: chance alone would find 12 peaks of 18 once in ten thousand times."""
    hits, errors = [], []
    for seed in range(3):
        made, history, peaks = delayed(seed)
        for entry in fit_curves(history, FitOptions(carry_over="delayed")):
            hits.append(entry.fit["delayed"]["peak"] == peaks[entry.channel])
            at = np.array([0.7, 1.0, 1.3]) * entry.current_spend
            truth = made.truth.curves[entry.channel].response(at)
            errors.append(entry.curve.response(at) / truth - 1.0)
            low, high = entry.fit["carry_over_interval"]
            assert low - 1e-6 <= entry.carry_over <= high + 1e-6  # each is rounded on its own
    assert sum(hits) >= 12
    # 104 weeks of about 10 % noise fix a mean to within 3 %.
    assert np.median(np.abs(errors)) < 0.03


def test_a_mix_refuses_it():
    with pytest.raises(HistoryError) as caught:
        fit_curves(simulate_mix(1).history, FitOptions(carry_over="delayed"))
    assert str(caught.value) == (
        "carry_over: 'delayed' is not for a mix, whose carry-over is geometric. Leave it out."
    )


def test_an_unknown_form_is_refused():
    with pytest.raises(HistoryError, match=r"'delay' is not a known form\. Did you mean delayed\?"):
        fit_curves(simulate_history("steady").history, FitOptions(carry_over="delay"))
