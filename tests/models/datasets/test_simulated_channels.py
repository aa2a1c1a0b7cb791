"""Simulated histories: deterministic, complete, and as their truth says."""

import numpy as np
import pandas as pd
import pytest

from models.datasets.simulated_channels import KINDS, sample_history, simulate_history
from models.transforms.adstock import geometric


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_table(kind):
    one, two = simulate_history(kind, seed=3), simulate_history(kind, seed=3)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    other = simulate_history(kind, seed=4)
    assert not one.frame["spend"].equals(other.frame["spend"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_is_regular_and_complete(kind):
    made = simulate_history(kind, channels=3, weeks=60)
    history = made.history
    assert history.channels == ("channel_1", "channel_2", "channel_3")
    assert len(history.dates) == 60 * 7 // made.period_days
    gaps = np.diff(history.dates.to_numpy()).astype("timedelta64[D]").astype(int)
    assert set(gaps) == {made.period_days}
    assert (history.spend.to_numpy() >= 0).all()
    assert history.metrics["conversions"].to_numpy().sum() == made.frame["conversions"].sum()


@pytest.mark.parametrize("kind", ["steady", "s_shaped", "carry_over", "linear", "no_signal"])
def test_conversions_follow_the_truth(kind):
    """Squared residuals over the variance that the noise must have average to 1."""
    made = simulate_history(kind, seed=5)
    history, truth = made.history, made.truth
    of_year = history.dates.day_of_year.to_numpy()
    season = np.array(truth.season)[np.minimum((of_year - 1) // 7, 52)]
    years = (np.arange(104) - 103) * 7 / 365
    squares = []
    for name in history.channels:
        spend = geometric(history.spend[name].to_numpy(), truth.decays[name])
        level = season * np.exp(truth.growth[name] * years)
        expected = level * truth.curves[name].response(spend)
        seen = history.metrics["conversions"][name].to_numpy()
        squares.append((seen - expected) ** 2 / (expected + 0.08**2 * expected**2))
    # 624 squares of nearly normal residuals: their mean has a standard error of 0.057.
    assert np.mean(squares) == pytest.approx(1.0, abs=4 * 0.057)


def test_the_season_has_mean_one():
    assert np.mean(sample_history().truth.season) == pytest.approx(1.0)


def test_the_sample_can_show_what_real_histories_show():
    history = sample_history().history
    assert len(history.channels) == 8
    assert len(history.dates) == 104
    conversions, clicks = history.metrics["conversions"], history.metrics["clicks"]
    assert (conversions.to_numpy() <= clicks.to_numpy()).all()
    assert (clicks.to_numpy() <= history.metrics["impressions"].to_numpy()).all()
    assert (history.metrics["new_customers"].to_numpy() <= conversions.to_numpy()).all()
