"""The curve to decide on: a family's member nearest to a mean of curves."""

import numpy as np
import pytest

from models.channel_fit.parametrisation import SHAPES
from models.channel_fit.representative_curve import GRID, closest
from models.curves.bank import elasticities, marginals, responses
from models.curves.composed import Average
from models.curves.families import Exponential, Hill, Linear, Logarithmic, Power

MEMBERS = [
    ("hill", Hill(900.0, 700.0, 1.7)),
    ("hill", Hill(900.0, 700.0, 0.8)),
    ("exponential", Exponential(400.0, 800.0)),
    ("logarithmic", Logarithmic(90.0, 300.0)),
    ("power", Power(12.0, 0.6)),
    ("linear", Linear(0.4)),
]


@pytest.mark.parametrize(("name", "curve"), MEMBERS)
def test_a_member_is_nearest_to_itself(name, curve):
    spend = GRID[None] * 1000.0
    row = closest(SHAPES[name], spend, curve.response(spend), np.array([600.0]))[0]
    np.testing.assert_allclose(row, list(curve.parameters.values()), rtol=2e-3)


def test_a_mean_of_hill_curves_is_nearly_a_hill_curve():
    rng = np.random.default_rng(1)
    rows = np.array([900.0, 700.0, 1.4]) * np.exp(rng.normal(0.0, [0.1, 0.2, 0.2], (200, 3)))
    mean = Average(Hill, rows)
    spend = GRID[None] * 1000.0
    found = Hill(*closest(SHAPES["hill"], spend, mean.response(spend), np.array([600.0]))[0])
    at = np.linspace(200.0, 2000.0, 50)
    np.testing.assert_allclose(found.response(at), mean.response(at), rtol=0.02)


def test_many_curves_at_once_are_the_curves_one_by_one():
    draws = [curve for _, curve in MEMBERS]
    at = np.array([10.0, 500.0, 3000.0])
    np.testing.assert_allclose(responses(draws, at), [c.response(at) for c in draws])
    np.testing.assert_allclose(marginals(draws, at), [c.marginal(at) for c in draws])
    np.testing.assert_allclose(elasticities([Power(12.0, 0.6), Linear(2.0)], 70.0), [0.6, 1.0])
