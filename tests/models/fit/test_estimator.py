"""The contract of a scikit-learn estimator, written out by hand for a one-column curve."""

import doctest
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

import models.fit.estimator
from models.channel_fit.parametrisation import SHAPES
from models.curves.families import Exponential, Hill
from models.fit.estimator import ResponseCurve
from models.transforms.adstock import geometric

RNG = np.random.default_rng(7)
SPEND = RNG.gamma(4.0, 250.0, 80)
TRUTH = Hill(500.0, 900.0, 1.4)


def noiseless(decay: float = 0.3) -> np.ndarray:
    return TRUTH.response(geometric(SPEND, decay, before=SPEND[:4].mean()))


def test_parameters_are_stored_as_given_and_cloned() -> None:
    model = ResponseCurve("power", carry_over=0.2, extrapolation="clip")
    expected = {"family": "power", "carry_over": 0.2, "extrapolation": "clip"}
    assert model.get_params() == expected
    copied: Any = clone(model)
    assert copied.get_params() == expected
    assert model.set_params(family="linear").family == "linear"


def test_a_constructor_refuses_nothing_and_a_fit_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="family 'hil' is unknown; choose from linear"):
        ResponseCurve("hil").fit(SPEND, noiseless())
    with pytest.raises(ValueError, match=r"carry_over 1.0 must lie in \[0, 0.95\)"):
        ResponseCurve(carry_over=1.0).fit(SPEND, noiseless())
    with pytest.raises(ValueError, match="extrapolation 'guess'"):
        ResponseCurve(extrapolation="guess").fit(SPEND, noiseless())  # type: ignore[arg-type]


def test_not_fitted_yet() -> None:
    with pytest.raises(NotFittedError):
        ResponseCurve().predict(SPEND)


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        (np.ones((5, 2)), np.ones(5), "X must have one column"),
        (-SPEND, noiseless(), "X must not be below zero"),
        (SPEND, noiseless()[:-1], "inconsistent numbers of samples"),
        (SPEND, np.zeros(80), "y is zero in every period that counts"),
        (SPEND, np.full(80, np.nan), "Input y contains NaN"),
        (np.zeros(80), noiseless(), "X is zero in every period that counts"),
    ],
)
def test_wrong_data_are_refused(X, y, said) -> None:
    with pytest.raises(ValueError, match=said):
        ResponseCurve().fit(X, y)


@pytest.mark.parametrize("family", SHAPES)
def test_inputs_stay_as_they_were_and_shapes_agree(family) -> None:
    spend, response = SPEND.copy(), noiseless()
    before = response.copy()
    model: Any = ResponseCurve(family).fit(spend[:, None], response)
    np.testing.assert_array_equal(spend, SPEND)
    np.testing.assert_array_equal(response, before)
    assert model.predict(spend[:, None]).shape == (80,)
    assert model.n_features_in_ == 1
    size = 2 + SHAPES[family].size()
    assert model.covariance_.shape == (size, size)
    assert np.all(np.linalg.eigvalsh(model.covariance_) > 0)


def test_the_truth_comes_back_from_noiseless_data() -> None:
    model = ResponseCurve().fit(SPEND, noiseless())
    at = np.linspace(300.0, 2000.0, 20)
    np.testing.assert_allclose(model.curve_.response(at), TRUTH.response(at), rtol=0.02)
    assert model.carry_over_ == pytest.approx(0.3, abs=0.02)


def test_a_fixed_carry_over_is_kept() -> None:
    curve = Exponential(300.0, 700.0)
    response = curve.response(geometric(SPEND, 0.5, before=SPEND[:4].mean()))
    model = ResponseCurve("exponential", carry_over=0.5).fit(SPEND, response)
    assert model.carry_over_ == 0.5
    np.testing.assert_allclose(model.predict(SPEND), response, rtol=0.01)


def test_pickled_and_refitted_predictions_are_the_same() -> None:
    model = ResponseCurve().fit(SPEND, noiseless())
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(SPEND), model.predict(SPEND))
    copied: Any = clone(model)
    refitted = copied.fit(SPEND, noiseless())
    np.testing.assert_array_equal(refitted.predict(SPEND), model.predict(SPEND))


def test_a_period_of_no_weight_does_not_count() -> None:
    broken, weight = noiseless(), np.ones(80)
    broken[40:44], weight[40:44] = 0.0, 0.0
    model = ResponseCurve().fit(SPEND, broken, sample_weight=weight)
    whole = ResponseCurve().fit(SPEND, noiseless())
    at = np.linspace(300.0, 2000.0, 20)
    np.testing.assert_allclose(model.curve_.response(at), whole.curve_.response(at), rtol=0.01)


def test_the_extrapolation_policy() -> None:
    far = np.full(6, 5.0 * SPEND.max())
    model = ResponseCurve(carry_over=0.0).fit(SPEND, noiseless(0.0))
    highest = model.spend_range_[1]
    assert highest == SPEND.max()
    np.testing.assert_allclose(model.predict(far), model.curve_.response(far))
    clipped = model.set_params(extrapolation="clip").predict(far)
    np.testing.assert_allclose(clipped, model.curve_.response(highest))
    assert np.isnan(model.set_params(extrapolation="nan").predict(far)).all()
    assert not np.isnan(model.predict(SPEND)).any()
    with pytest.raises(ValueError, match="is beyond the highest of the fit"):
        model.set_params(extrapolation="raise").predict(far)


def test_it_serves_scikit_learns_own_validation() -> None:
    noisy = noiseless() * np.random.default_rng(1).normal(1.0, 0.05, 80)
    scores = cross_val_score(ResponseCurve(), SPEND[:, None], noisy, cv=TimeSeriesSplit(3))
    assert np.all(scores > 0.5)


def test_the_example_of_the_docstring() -> None:
    assert doctest.testmod(models.fit.estimator).failed == 0
