"""Spends that a cap on marginal CPA leaves, hunted for violations on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.composed import Average
from models.curves.families import Curve, Exponential, Hill, Linear, Power
from optimizer.program.domains import _where_marginal

MOST = 10_000.0


def is_in(domain, spend: float, slack: float = 0.0) -> bool:
    return any(low - slack <= spend <= high + slack for low, high in domain)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Single curves, and averages whose members turn at very different spends."""
    half = st.floats(20.0, 20_000.0)
    slope = st.floats(0.4, 8.0)
    ceiling = st.floats(10.0, 1_000.0)
    rows = draw(st.lists(st.tuples(ceiling, half, slope), min_size=1, max_size=6))
    if len(rows) == 1:
        return Hill(*rows[0])
    return Average(Hill, np.array(rows))


@given(curves(), st.floats(0.05, 2.0), st.lists(st.floats(1.0, MOST), min_size=20, max_size=20))
def test_a_spend_is_left_exactly_where_the_slope_is_enough(
    curve: Curve, part: float, spends: list[float]
) -> None:
    rate = part * float(np.max(curve.marginal(np.geomspace(1.0, MOST, 400))))
    domain = _where_marginal(curve, rate, MOST)
    edges = [end for pair in domain for end in pair if 0 < end <= MOST]
    hunted = [*spends, *np.geomspace(1.0, MOST, 300), *edges]
    for spend in hunted:
        slope = float(curve.marginal(spend))
        if is_in(domain, spend):
            assert slope >= rate * (1 - 1e-9), f"{spend} is left, its slope is {slope}"
        if slope >= rate * (1 + 1e-9):
            assert is_in(domain, spend, 1e-9 * MOST), f"{spend} is lost, its slope is {slope}"


def test_two_steep_parts_are_both_left() -> None:
    """Half the draws turn at 300, half at 6,000: between them the slope is too low."""
    curve = Average(Hill, np.array([(300.0, 300.0, 6.0), (9_000.0, 6_000.0, 9.0)]))
    domain = _where_marginal(curve, 0.5, MOST)
    assert len(domain) == 3
    assert domain[0] == (0.0, 0.0)
    for low, high in domain[1:]:
        assert curve.marginal(np.array([low, high])) == pytest.approx(0.5, rel=1e-9)
    assert domain[1][1] < 1_000 < domain[2][0]


@pytest.mark.parametrize(
    ("curve", "rate", "expected"),
    [
        (Linear(0.2), 0.1, ((0.0, np.inf),)),
        (Linear(0.2), 0.3, ((0.0, 0.0),)),
        (Exponential(100.0, 1_000.0), 0.05, ((0.0, 1_000.0 * np.log(2.0)),)),
        (Power(1.0, 0.5), 0.01, ((0.0, 2_500.0),)),
    ],
)
def test_concave_curves_in_closed_form(curve: Curve, rate: float, expected) -> None:
    domain = _where_marginal(curve, rate, MOST)
    np.testing.assert_allclose(domain, expected, rtol=1e-12)
