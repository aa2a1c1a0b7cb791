"""Each metric against its definition, and against nothing where it is undefined."""

import math

import numpy as np
import pytest

from models.diagnostics import metrics

RATIOS = (metrics.ctr, metrics.cpc, metrics.cpl, metrics.cpa, metrics.roas, metrics.conversion_rate)


@pytest.mark.parametrize("metric", RATIOS)
def test_a_ratio_undoes_a_product_and_has_no_value_without_a_denominator(metric):
    part, whole = np.array([3.0, 0.0, 3.0, np.nan]), np.array([2.0, 2.0, 0.0, 2.0])
    found = metric(part, whole)
    np.testing.assert_allclose(found[:2] * whole[:2], part[:2])
    assert np.isnan(found[2:]).all()


def test_cpm_is_a_thousand_times_the_cost_of_one_impression():
    assert metrics.cpm(5.0, 2000.0) == pytest.approx(1000 * 5.0 / 2000.0)


def test_roi_is_zero_where_the_margin_pays_for_the_advertising():
    spend, margin = 40.0, 0.4
    assert metrics.roi(spend / margin, spend, margin) == pytest.approx(0.0)
    assert metrics.roi(100.0, 40.0) == pytest.approx(metrics.roas(100.0, 40.0) - 1)


def test_ltv_is_the_sum_of_the_purchases_it_stands_for():
    value, rate = 50.0, 0.3
    series = sum(value * rate**purchase for purchase in range(200))
    assert metrics.ltv(value, rate) == pytest.approx(series)
    assert np.isnan(metrics.ltv(value, [1.0, 1.5, -0.1])).all()


def test_the_repeat_rate_gives_back_the_purchases_per_customer():
    conversions, new = 200.0, 80.0
    rate = metrics.repeat_rate(conversions, new)
    assert metrics.ltv(1.0, rate) == pytest.approx(conversions / new)


def test_what_is_not_known_is_none():
    assert metrics.known(metrics.cpa(1.0, 0.0)) is None
    assert metrics.known(math.inf) is None
    assert metrics.known(np.float64(2.5)) == 2.5
