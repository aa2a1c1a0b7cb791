"""Curves under assumptions, against the plain formula ``r * g(x / c)``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.assumed import Factors, assumed
from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from models.curves.file import edited_channels, sealed
from tests.support.curve_examples import curves as any_curve

SPENDS = np.array([0.0, 1.0, 30.0, 700.0, 20_000.0])
FACTOR = st.floats(0.2, 5.0)


def under(entry: ChannelCurve, factors: Factors, kpi: str = "conversions") -> ChannelCurve:
    curves = CurveSet((entry,), kpi=kpi)  # pyright: ignore[reportArgumentType]
    return assumed(curves, {entry.channel: factors})[entry.channel]


@given(curve=any_curve, cost=FACTOR, response=FACTOR)
def test_what_a_spend_brings_is_what_less_of_it_brought(curve, cost, response) -> None:
    found = under(ChannelCurve("tv", curve), Factors(cost, response)).curve
    wanted = response * curve.response(SPENDS / cost)
    np.testing.assert_allclose(found.response(SPENDS), wanted, rtol=1e-9)
    np.testing.assert_allclose(
        found.marginal(SPENDS[1:]), response / cost * curve.marginal(SPENDS[1:] / cost), rtol=1e-9
    )


def test_what_history_reached_costs_as_much_more() -> None:
    entry = ChannelCurve(
        "tv", Hill(10.0, 5.0), current_spend=3.0, max_observed_spend=4.0, carried_spend=2.0
    )
    found = under(entry, Factors(cost=1.5))
    assert (found.current_spend, found.max_observed_spend, found.carried_spend) == (3.0, 6.0, 3.0)


def test_a_dearer_conversion_moves_revenue_and_no_conversions() -> None:
    entry = ChannelCurve("tv", Hill(10.0, 5.0), value_per_conversion=8.0)
    found = under(entry, Factors(value=1.25))
    assert found.value_per_conversion == 10.0
    assert found.curve == entry.curve
    own = replace(entry, value_per_conversion=None, revenue_curve=Hill(80.0, 5.0))
    revenue = under(own, Factors(value=1.25)).revenue_curve
    assert revenue is not None
    assert float(revenue.response(5.0)) == pytest.approx(50.0)
    of_revenue = replace(entry, value_per_conversion=1.0)
    assert float(under(of_revenue, Factors(value=1.25), "revenue").curve.response(5.0)) == 6.25


def test_every_draw_has_its_own_factors_and_their_mean_stays_the_curve() -> None:
    rows = np.array([[10.0, 5.0, 1.0], [20.0, 5.0, 1.0]])
    draws = tuple(Hill(*row) for row in rows)
    entry = ChannelCurve("tv", Average(Hill, rows), draws=draws)
    found = under(entry, Factors(1.5, costs=(1.0, 2.0), responses=(1.0, 1.0)))
    assert [float(draw.response(5.0)) for draw in found.draws] == [5.0, pytest.approx(20.0 / 3.0)]
    assert float(found.curve.response(5.0)) == pytest.approx((5.0 + 20.0 / 3.0) / 2.0)


def test_an_assumption_is_no_edit_by_hand_and_an_edit_stays_one() -> None:
    curves = CurveSet((ChannelCurve("tv", Hill(10.0, 5.0)), ChannelCurve("search", Hill(9.0, 4.0))))
    curves = sealed(curves)
    edited = replace(curves["tv"], curve=Hill(11.0, 5.0))
    curves = replace(curves, channels=(edited, curves["search"]))
    found = assumed(curves, dict.fromkeys(curves.names, Factors(1.2)))
    assert edited_channels(found) == ("tv",)
