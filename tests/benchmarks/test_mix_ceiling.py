"""The one who knows the simulator: the same responses as the simulator's own, and honest draws."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.special import ndtri

from benchmarks import mix_ceiling
from benchmarks.mix_ceiling import Oracle
from models.curves.families import Hill
from models.datasets.simulated_mix import RETURN_SPREAD, simulate_mix


def coordinates_of(true, usual):
    """A channel's curve and carry-over in the oracle's coordinates."""
    _, scale, *slope = true.curve.parameters.values()
    if not isinstance(true.curve, Hill):
        family = 1 / 6
    else:
        family = 1 / 2 if slope == [1.0] else (2 + (slope[0] - 0.6) / 0.4) / 3
    per_money = float(true.curve.response(usual)) / usual
    return [
        np.log(20 * per_money) / RETURN_SPREAD,
        np.log(scale / usual) / 0.6,
        ndtri(true.carry_over / 0.7),
        ndtri(family),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_at_the_truth_channels_bring_what_the_simulator_says(seed):
    made = simulate_mix(seed)
    oracle = Oracle(made)
    pairs = zip(made.truth, oracle.usual, strict=True)
    z = np.array([[x for true, usual in pairs for x in coordinates_of(true, usual)] + [0.0] * 6])
    channels = np.arange(oracle.channels)
    per_unit = oracle._units(z, channels)[:, 0]
    brought = per_unit * np.exp(RETURN_SPREAD * z[0, 4 * channels])
    for channel, name in enumerate(made.truth.names):
        np.testing.assert_allclose(
            brought[:, channel], made.contributions[name], rtol=1e-9, atol=1e-6
        )


@pytest.mark.parametrize("seed", range(3))
def test_the_simulator_s_baseline_is_among_those_considered(seed):
    made = simulate_mix(seed)
    oracle = Oracle(made)
    brought = np.sum(list(made.contributions.values()), axis=0).mean()

    def off(z):
        return oracle._baseline(z[None])[:, 0] - made.baseline / brought

    # The phases' circle is cut open: some starts end at the cut.
    starts = np.random.default_rng(0).standard_normal((20, 6))
    assert min(np.abs(least_squares(off, start).fun).max() for start in starts) < 1e-6


def test_the_truth_lies_in_the_draws_and_the_draws_follow_the_history(monkeypatch):
    monkeypatch.setattr(mix_ceiling, "PARTICLES", 200)
    made = simulate_mix(1, channels=2, return_spread=0.3)
    today = np.array([[true.current_spend for true in made.truth]])
    draws = Oracle(made, 0.3).responses(today, seed=0)[:, 0]
    truth = [float(true.curve.response(x)) for true, x in zip(made.truth, today[0], strict=True)]
    assert (np.abs(draws.mean(axis=0) - truth) < 3 * draws.std(axis=0)).all()
    prior = np.exp(0.3 * np.random.default_rng(0).standard_normal(1000)) * today[0, :, None] / 20
    assert (draws.std(axis=0) < prior.std(axis=1)).all()
