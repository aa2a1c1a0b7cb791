"""Worlds of a mix: what is called their truth is what made them."""

import numpy as np
import pytest

from models.datasets import mix_worlds
from models.datasets.mix_worlds import KINDS, simulate_world


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_history(kind):
    one, other = simulate_world(kind, 3), simulate_world(kind, 3)
    assert one.history.spend.equals(other.history.spend)
    assert one.truth == other.truth
    kpi = one.history.metrics["conversions"]["total"].to_numpy(float)
    assert (kpi > 0).all()
    assert (one.history.spend.to_numpy(float)[-8:] > 0).all()
    assert not simulate_world(kind, 4).history.spend.equals(one.history.spend)


@pytest.mark.parametrize("kind", [kind for kind, made in KINDS.items() if made.has_signal])
def test_a_steady_spend_brings_the_stated_response(kind, monkeypatch):
    """Spend of one level all the time, at usual prices, in an even season: the steady truth."""
    level = 5000.0
    monkeypatch.setattr(
        mix_worlds, "_spend", lambda rng, made, *_: np.full((made.weeks, made.channels), level)
    )
    monkeypatch.setattr(mix_worlds, "_season", lambda rng, day: np.ones(len(day)))
    monkeypatch.setattr(mix_worlds, "_trend", lambda rng, weeks: np.ones(weeks))
    made = simulate_world(kind, 0)
    for name, true in made.truth.items():
        # Prices of single weeks vary: their mean over a history is near the mean over all weeks.
        near = 0.06 if KINDS[kind].prices else 1e-6
        assert made.contributions[name] == pytest.approx(float(true.response(level)), rel=near)


@pytest.mark.parametrize("kind", [kind for kind, made in KINDS.items() if made.has_signal])
def test_media_bring_a_tenth_to_a_half(kind):
    for seed in range(5):
        made = simulate_world(kind, seed)
        kpi = made.history.metrics["conversions"]["total"].mean()
        assert 0.08 < sum(made.contributions.values()) / kpi < 0.55


def test_weights_of_an_effect_sum_to_one():
    rng = np.random.default_rng(0)
    for form in ("geometric", "window", "delayed", "weibull"):
        weights = mix_worlds._weights(rng, form)
        assert weights.sum() == pytest.approx(1.0)
        assert (weights >= 0).all()
        carried = mix_worlds._carried(np.full(30, 4.0), weights)
        assert carried == pytest.approx(np.full(30, 4.0))
