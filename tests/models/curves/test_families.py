"""What every family promises to the optimiser, checked on the formula itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.composed import Tabulated
from models.curves.families import FAMILIES, Exponential, Hill, Linear, Logarithmic, Power
from tests.support.curve_examples import curves, smooth

spends = st.floats(1.0, 1e5)


@given(curves)
def test_rises_from_zero(curve):
    grid = np.linspace(0.0, 3e5, 200)
    response = curve.response(grid)
    assert response[0] == 0.0
    assert np.all(np.diff(response) >= -1e-9 * response[-1])


@given(smooth, spends)
def test_slope_is_the_finite_difference(curve, spend):
    step = 1e-5 * spend
    rise = (curve.response(spend + step) - curve.response(spend - step)) / (2 * step)
    # Rounding in the difference of two responses, spread over the step, bounds the error.
    rounding = 1e-15 * float(curve.response(spend)) / step
    assert float(curve.marginal(spend)) == pytest.approx(float(rise), rel=1e-5, abs=4 * rounding)


@given(curves)
def test_convex_below_and_concave_above(curve):
    def bends(low, high):
        grid = np.linspace(low, high, 101)
        return np.diff(curve.response(grid), 2) / max(float(curve.response(high)), 1e-300)

    if 0 < curve.convex_until < math.inf:
        assert bends(0.0, curve.convex_until).min() >= -1e-12
    if curve.concave_from < math.inf:
        assert bends(curve.concave_from, 4 * curve.concave_from + 1e4).max() <= 1e-12


@given(curves, st.floats(0.0, 2e5), st.floats(0.0, 2e5))
def test_marginal_range_holds_every_slope_of_the_interval(curve, one, other):
    low, high = min(one, other), max(one, other) + 1.0
    least, greatest = curve.marginal_range(low, high)
    # From the right, as the slope is defined; the end itself belongs to the next piece.
    slopes = curve.marginal(np.linspace(low, high, 300)[:-1])
    assert np.all(slopes >= least * (1 - 1e-9))
    assert np.all(slopes <= greatest * (1 + 1e-9))


@given(curves, st.floats(0.1, 60.0), st.floats(0.2, 3.0), spends)
def test_a_stretched_curve_is_the_horizons_response(curve, periods, factor, spend):
    horizon = curve.stretched(periods, factor)
    expected = periods * factor * curve.response(spend / periods)
    assert float(horizon.response(spend)) == pytest.approx(float(expected), rel=1e-9)
    assert type(horizon) is type(curve)


@pytest.mark.parametrize(
    ("curve", "spend", "response", "slope"),
    [
        (Hill(100, 50, 1), 50, 50, 0.5),
        (Hill(100, 50, 2), 50, 50, 1.0),
        (Exponential(100, 50), 50 * math.log(2), 50, 1.0),
        (Logarithmic(10, 50), 50, 10 * math.log(2), 0.1),
        (Power(10, 0.5), 100, 100, 0.5),
        (Linear(0.3), 10, 3, 0.3),
        (Tabulated(((0, 0), (10, 5), (20, 7))), 15, 6, 0.2),
    ],
)
def test_values_worked_out_by_hand(curve, spend, response, slope):
    assert float(curve.response(spend)) == pytest.approx(response)
    assert float(curve.marginal(spend)) == pytest.approx(slope)


def test_inflection_of_a_hill_curve():
    # s = 2: k * (1/3)^(1/2), from setting the second derivative to zero by hand.
    assert Hill(7, 30, 2).convex_until == pytest.approx(30 / math.sqrt(3))


@pytest.mark.parametrize("family", FAMILIES.values())
def test_the_start_point_goes_through_the_middle_of_the_data(family):
    spend = np.array([500.0, 0.0, 1500.0])
    response = np.array([60.0, 0.0, 90.0])
    start = family.start(spend, response)
    assert float(start.response(1000.0)) == pytest.approx(75.0)
    assert 0 < float(start.marginal(1000.0)) <= 75.0 / 1000.0 * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_the_spend_of_a_slope_is_where_the_curve_has_it(seed: int) -> None:
    rng = np.random.default_rng([seed, 11])
    size, top = 10.0 ** rng.uniform(-3, 6), 10.0 ** rng.uniform(-2, 6)
    exponents = [float(rng.uniform(0.2, 0.99)), 1.0, float(rng.uniform(1.01, 12.0))]
    curves = [Hill(top, size, exponent) for exponent in exponents]
    curves += [Exponential(top, size), Logarithmic(top, size), Power(top, exponents[0])]
    for curve in curves:
        spend = max(curve.concave_from, 0.01 * size) * float(1.0 + rng.lognormal(-1, 1.5))
        slope = float(curve.marginal(spend))
        found = float(curve.spend_of_slope(np.array(slope), *curve.values()))
        assert float(curve.marginal(found)) == pytest.approx(slope, rel=1e-9)
        steepest = float(curve.marginal(curve.concave_from))
        if np.isfinite(steepest):  # steeper than it ever is: where the concave part begins
            never = float(curve.spend_of_slope(np.array(2 * steepest), *curve.values()))
            assert never == pytest.approx(curve.concave_from, rel=1e-9, abs=1e-12 * size)


def test_the_spend_of_a_slope_on_straight_lines() -> None:
    table = Tabulated(((0.0, 0.0), (10.0, 5.0), (20.0, 25.0), (40.0, 35.0), (50.0, 36.0)))
    slopes = [3.0, 2.0, 1.0, 0.5, 0.3, 0.1, 0.05]
    assert table.spend_of_slope(slopes).tolist() == [10.0, 20.0, 20.0, 40.0, 40.0, 50.0, 50.0]
    assert Linear.spend_of_slope(np.array([0.1, 0.3]), 0.2).tolist() == [np.inf, 0.0]
