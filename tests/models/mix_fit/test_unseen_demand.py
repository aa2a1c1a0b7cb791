"""Whether a demand that nobody measured may have moved the KPI and the money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.datasets.mix_worlds import simulate_world
from models.mix_fit.identifiability import mix_evidence
from models.mix_fit.joint import JointFit
from models.mix_fit.media_mix import fit_all, fit_mix
from models.mix_fit.priors import baseline_terms, beyond_named
from models.mix_fit.unseen_demand import TOGETHER, look_for, together_of

WEEKS = pd.date_range("2023-01-02", periods=156, freq="7D")
FEW = FitOptions(draws=50)


@pytest.fixture(scope="module")
def followed() -> JointFit:
    return fit_all([simulate_world("unseen_demand", 44).history], FEW)


@pytest.fixture(scope="module")
def slow() -> JointFit:
    return fit_all([simulate_world("slow_errors", 42).history], FEW)


def test_demand_that_all_channels_follow_is_seen(followed):
    found = look_for(followed, 0)
    assert found.is_followed
    assert 0.02 < found.size < 0.15  # the truth has 0.12, of which trend and season take a part


def test_slow_errors_that_nobody_follows_are_only_noticed(slow):
    found = look_for(slow, 0)
    assert found.is_there
    assert not found.is_followed
    assert not any(verdict.follows_demand for verdict in mix_evidence(slow, 0).values())
    (notice,) = found.notices()
    assert "moves the KPI slowly" in notice


def paths(rng: np.random.Generator, common: float) -> np.ndarray:
    """Money of five channels that remember four fifths of the week before, (weeks, channels)."""
    path = rng.normal(size=(156, 6))
    for week in range(1, len(path)):
        path[week] = 0.8 * path[week - 1] + 0.6 * path[week]
    return np.exp(8.0 + 0.4 * path[:, :5] + 0.4 * common * path[:, 5:])


@pytest.mark.parametrize(("common", "least", "most"), [(0.0, 0.0, 0.2), (0.7, 0.9, 1.0)])
def test_channels_that_follow_one_demand_rise_and_fall_together(common, least, most):
    rng = np.random.default_rng(8)
    baseline = baseline_terms(WEEKS, 7, pd.DataFrame(index=WEEKS), 1.0)
    lost = len(baseline.without_drift().kinds)
    found = [
        together_of(beyond_named(baseline, paths(rng, common)), lost) > TOGETHER for _ in range(60)
    ]
    assert least <= np.mean(found) <= most


def test_one_channel_follows_nothing_together():
    told = np.random.default_rng(9).normal(size=(156, 2)) * [1.0, 0.0]
    assert together_of(told, 10) == 0.0


def test_a_fit_says_it_and_makes_no_channel_usable(followed):
    history = simulate_world("unseen_demand", 44).history
    curves = fit_mix(history, FEW, check=False)
    assert all(entry.evidence.follows_demand for entry in curves)
    assert not any(entry.evidence.verdict == "usable" for entry in curves)
    assert all(any("nobody measured" in why for why in e.evidence.reasons) for e in curves)
    assert any("moves the KPI slowly" in notice for notice in curves.notices)
