"""Rolling origins, the rule of one standard error, and shares by predictive likelihood."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from models.channel_fit.family_selection import (
    HILL_SHARE,
    choose,
    holdout_losses,
    rolling_origins,
    shares,
)
from models.channel_fit.fit_options import FitOptions
from models.channel_fit.joint_fit import fit_together, refitted
from models.channel_fit.parametrisation import SHAPES, HillShape
from models.curves.families import Linear
from models.datasets.simulated_channels import simulate_history
from models.errors import HistoryError
from models.fit.entry import fit_curves
from models.transforms.design_matrix import build


@given(st.integers(20, 200), st.integers(2, 5), st.integers(1, 3))
def test_the_folds_are_scikit_learns(periods, folds, test_size):
    splitter = TimeSeriesSplit(folds, test_size=test_size)
    theirs = [(len(train), test[0], test[-1]) for train, test in splitter.split(np.zeros(periods))]
    ours = [
        (train.stop, test.start, test.stop - 1)
        for train, test in rolling_origins(periods, folds, test_size)
    ]
    assert ours == theirs


def test_the_simplest_inside_the_noise_is_chosen():
    rng = np.random.default_rng(1)
    best = rng.gamma(2.0, 1.0, 39)
    close, far = best + rng.normal(0.02, 0.5, 39), best + rng.normal(1.0, 0.5, 39)
    assert choose(np.stack([far, close, best])) == 1
    assert choose(np.stack([close, far, best])) == 0
    assert choose(np.stack([far, far, best])) == 2


def test_without_evidence_the_shares_are_the_prior_ones():
    np.testing.assert_allclose(shares(np.ones((2, 20))), [1 - HILL_SHARE, HILL_SHARE])
    # Among many rivals each is too little to be worth its draws.
    np.testing.assert_allclose(shares(np.ones((5, 20))), [0, 0, 0, 0, 1])


def test_what_predicts_far_better_takes_all():
    losses = np.ones((3, 20))
    losses[0] = 0.0
    np.testing.assert_allclose(shares(losses), [1.0, 0.0, 0.0])


def test_a_channel_that_began_late_is_not_judged_on_what_it_could_not_learn():
    """Of 104 weeks it has 45; the folds begin after 65, 78 and 91, none with 39 to learn from."""
    made = simulate_history("steady", channels=3, seed=3).history
    late, counts = made.spend.copy(), made.metrics["conversions"].copy()
    late.iloc[:-45, 0] = counts.iloc[:-45, 0] = 0.0
    history = replace(made, spend=late, metrics={"conversions": counts})
    hill = fit_together(HillShape, history, build(history))
    losses = holdout_losses([refitted(hill, SHAPES["linear"]), hill], 7)
    assert losses is not None
    assert not losses[:, 0].any()
    assert losses[:, 1:].any(axis=2).all()


def test_a_family_is_forced_for_all_or_for_one():
    history = simulate_history("steady", channels=3, seed=1).history
    options = FitOptions(family="linear", families={"channel_2": "power"}, draws=20)
    curves = fit_curves(history, options)
    assert [entry.curve.family for entry in curves] == ["linear", "power", "linear"]
    assert {draw.family for draw in curves["channel_2"].draws} == {"power"}


def test_straight_lines_are_told_from_validation():
    """At least one in two channels predicts held-out weeks best with a straight line."""
    curves = fit_curves(simulate_history("linear", seed=2).history, FitOptions("simplest", draws=0))
    straight = [entry for entry in curves if isinstance(entry.curve, Linear)]
    assert len(straight) >= 3


def test_families_are_averaged_by_their_shares():
    """The draws are of the families named, as many of each as its share says."""
    entries = fit_curves(simulate_history("linear", seed=2).history, FitOptions("auto"))
    mixed = [entry for entry in entries if len(entry.fit["families"]) > 1]
    assert mixed
    for entry in entries:
        found = Counter(draw.family for draw in entry.draws)
        assert sum(entry.fit["families"].values()) == pytest.approx(1.0, abs=0.005)
        for family, share in entry.fit["families"].items():
            assert found[family] == pytest.approx(200 * share, abs=len(found))


def test_what_cannot_be_asked_is_refused_all_at_once():
    history = simulate_history("steady", channels=3, seed=1).history
    options = FitOptions("hil", {"chanel_1": "power", "channel_2": "cubic"}, -1, conversion_lag=-2)
    with pytest.raises(HistoryError) as caught:
        fit_curves(history, options)
    said = [str(fault) for fault in caught.value.faults]
    assert said[0].startswith("families.chanel_1: 'chanel_1' is not a known channel. Did you mean")
    assert said[1] == "family: 'hil' is not a known family. Did you mean hill?"
    assert said[2].startswith("families.channel_2: 'cubic' is not a known family. Known: auto")
    assert said[3:] == ["draws: is -1. Write 0 or more.", "conversion_lag: is -2. Write 0 or more."]
