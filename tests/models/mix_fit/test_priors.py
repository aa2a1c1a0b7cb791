"""The terms of a baseline without a name: slow drift, and what spend tells of one it follows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.datasets.mix_worlds import simulate_world
from models.mix_fit.media_mix import fit_all
from models.mix_fit.priors import baseline_terms, candidate_shapes, with_followed

WEEKS = pd.date_range("2023-01-02", periods=156, freq="7D")
NONE = pd.DataFrame(index=WEEKS)


def slow_path(rng: np.random.Generator) -> np.ndarray:
    path = rng.normal(size=len(WEEKS))
    for week in range(1, len(path)):
        path[week] = 0.85 * path[week - 1] + np.sqrt(1 - 0.85**2) * path[week]
    return path


def test_a_drift_has_the_variance_and_the_memory_of_its_process():
    terms = baseline_terms(WEEKS, 7, NONE, 1.0)
    drift = np.array(terms.kinds) == "drift"
    rng = np.random.default_rng(3)
    paths = terms.terms[:, drift] @ (terms.sd[drift, None] * rng.normal(size=(drift.sum(), 4000)))
    # The slowest waves, a third of the variance, are left to the trend's bends.
    assert 0.7 < paths.std(axis=1).mean() < 0.95
    middle = paths[60:90]
    memory = [np.corrcoef(middle[0], middle[lag])[0, 1] for lag in (1, 3, 20)]
    assert memory[0] > 0.7
    assert memory[0] > memory[1] > 0.1
    assert abs(memory[2]) < 0.3


def test_without_drift_only_what_has_a_name_is_left():
    rng = np.random.default_rng(4)
    told = with_followed(baseline_terms(WEEKS, 7, NONE, 5.0), rng.uniform(1, 2, (156, 3)), 5.0)
    named = told.without_drift()
    assert {"drift", "followed"} <= set(told.kinds)
    assert set(named.kinds) == {"level", "trend", "bend", "season", "ripple"}
    assert named.terms.shape == (156, len(named.kinds)) == (156, len(named.sd))


def test_what_all_channels_follow_is_read_from_their_spend():
    rng = np.random.default_rng(5)
    demand, baseline = slow_path(rng), baseline_terms(WEEKS, 7, NONE, 1.0)
    own = 0.2 * rng.normal(size=(156, 6))
    spend = np.exp(0.2 * demand[:, None] + own) * np.array([1, 5, 10, 50, 100, 500])
    spend[40:50, 0] = 0.0  # a pause tells nothing
    told = with_followed(baseline, spend, 1.0)
    terms = baseline.without_drift().terms
    hidden = demand - terms @ np.linalg.lstsq(terms, demand, rcond=None)[0]
    assert told.kinds[-1] == "followed"
    assert np.corrcoef(told.terms[:, -1], hidden)[0, 1] > 0.75
    assert told.terms[:, -1].std() == pytest.approx(1.0)


def test_spend_that_never_changes_tells_nothing():
    baseline = baseline_terms(WEEKS, 7, NONE, 1.0)
    assert with_followed(baseline, np.full((156, 2), 7.0), 1.0) is baseline


def test_a_concave_hill_is_no_s_curve():
    spend = np.random.default_rng(6).uniform(1, 2, 156)
    assert not candidate_shapes(spend, 7).is_concave_hill
    assert candidate_shapes(spend, 7, concave=True).is_concave_hill


@pytest.mark.parametrize(("kind", "drifts"), [("slow_errors", True), ("noisy_prices", False)])
def test_history_decides_whether_anything_drifts(kind, drifts):
    fit = fit_all([simulate_world(kind, 42).history], FitOptions(draws=50))
    # The first four choices of priors are without drift.
    assert (fit.posterior.choice[:, 0] >= 4).mean() == pytest.approx(float(drifts), abs=0.3)


def test_a_demand_that_spend_follows_is_credited_to_media_less_than_without_drift():
    world = simulate_world("unseen_demand", 42)
    kpi = world.history.metrics["conversions"]["total"].mean()
    fit = fit_all([world.history], FitOptions(draws=50))
    low, high = np.quantile(fit.media(0).mean(axis=0) / kpi, [0.05, 0.95])
    assert low < sum(world.contributions.values()) / kpi < high
