"""Baskets that move with spend, and those that do not."""

from dataclasses import replace

import numpy as np
import pytest

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import value_per_conversion
from models.datasets.simulated_channels import sample_history, simulate_history
from models.diagnostics.order_value import basket_elasticity, new_customer_share
from models.fit.entry import fit_curves


def with_baskets(elasticity: float):
    """A history whose basket is 50 money times (spend / mean)^elasticity, without noise."""
    made = simulate_history("steady", channels=3, seed=1)
    history = made.history
    relative = history.spend / history.spend.mean()
    revenue = history.metrics["conversions"] * 50.0 * relative**elasticity
    return replace(history, metrics={**history.metrics, "revenue": revenue})


def test_the_elasticity_of_baskets_is_found():
    slope, error = basket_elasticity(with_baskets(-0.3), "channel_1", 0.0)
    assert slope == pytest.approx(-0.3, abs=1e-9)
    assert error < 1e-6


def test_revenue_gets_a_curve_of_its_own_only_where_baskets_move():
    moving = fit_curves(with_baskets(-0.3), FitOptions(draws=0))["channel_1"]
    still = fit_curves(with_baskets(0.0), FitOptions(draws=0))["channel_1"]
    assert still.revenue_curve is None
    assert moving.revenue_curve is not None
    spend = np.array([0.7, 1.0, 1.4]) * (moving.current_spend or 0.0)
    basket = moving.revenue_curve.response(spend) / moving.curve.response(spend)
    found = np.log(basket[2] / basket[0]) / np.log(2.0)
    assert found == pytest.approx(-0.3, abs=0.12)


def test_noise_alone_moves_no_basket():
    curves = fit_curves(simulate_history("steady", seed=2).history, FitOptions(draws=0))
    assert all(entry.revenue_curve is None for entry in curves)


def test_value_and_new_customers_are_ratios_of_totals():
    history = sample_history().history
    conversions = history.metrics["conversions"]["search"].sum()
    revenue = history.metrics["revenue"]["search"].sum()
    new = history.metrics["new_customers"]["search"].sum()
    assert value_per_conversion(history, "search") == pytest.approx(revenue / conversions)
    assert new_customer_share(history, "search") == pytest.approx(new / conversions)
    entry = fit_curves(history, FitOptions(draws=0))["search"]
    assert entry.fit["new_customer_share"] == pytest.approx(new / conversions, abs=1e-4)
    plain = simulate_history("steady", channels=3).history
    assert new_customer_share(plain, "channel_1") is None
