"""Diagnostics of the sampler: known values for chains whose law is known."""

import numpy as np
import pytest

from models.datasets.simulated_mix import simulate_mix
from models.mix_fit import gibbs
from models.mix_fit.media_mix import fit_mix
from models.mix_fit.mixing import mixing_of


def test_independent_draws_are_worth_their_number():
    trace = np.random.default_rng(0).standard_normal((100, 2, 40))
    mixing = mixing_of(trace)
    assert mixing is not None
    assert mixing.r_hat == pytest.approx(1.0, abs=0.02)
    assert mixing.effective_draws == pytest.approx(4000, rel=0.15)
    assert mixing.is_mixed


def test_slow_chains_are_worth_less():
    """A first-order path is worth (1 - rho) / (1 + rho) of its length."""
    rng, rho = np.random.default_rng(1), 0.8
    trace = rng.standard_normal((1000, 1, 8))
    for sweep in range(1, 1000):
        trace[sweep] = rho * trace[sweep - 1] + np.sqrt(1 - rho**2) * trace[sweep]
    mixing = mixing_of(trace)
    assert mixing is not None
    assert mixing.effective_draws == pytest.approx(8000 * 0.2 / 1.8, rel=0.15)


def test_chains_that_stay_apart_are_not_mixed():
    rng = np.random.default_rng(2)
    trace = rng.standard_normal((60, 1, 20)) + 2.0 * rng.standard_normal(20)
    mixing = mixing_of(trace)
    assert mixing is not None
    assert not mixing.is_mixed
    (notice,) = mixing.notices()
    assert notice.startswith("the sampler's chains do not agree: R-hat is up to ")


def test_too_little_to_tell():
    assert mixing_of(np.ones((100, 1, 10))) is None
    assert mixing_of(np.random.default_rng(3).standard_normal((10, 1, 10))) is None


def test_a_fit_says_how_its_chains_mixed_and_runs_longer_where_they_did_not(monkeypatch):
    history = simulate_mix(4, weeks=60, channels=2).history
    curves = fit_mix(history, check=False)
    about = curves.channels[0].fit
    assert about["r_hat"] < 1.2
    assert about["effective_draws"] > 200
    assert any(str(n).startswith("the sampler's chains agree: R-hat") for n in curves.notices)
    sweeps = []
    sweep = gibbs._Walk.sweep
    monkeypatch.setattr(gibbs._Walk, "sweep", lambda walk: (sweeps.append(1), sweep(walk)))
    monkeypatch.setattr("models.mix_fit.mixing.MIXED", 1.0)
    rough = fit_mix(history, check=False)
    assert len(sweeps) == 80 + 40 + 80 + 160
    assert any(str(n).startswith("the sampler's chains do not agree") for n in rough.notices)
