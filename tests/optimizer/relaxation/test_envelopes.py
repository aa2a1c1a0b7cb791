"""The straight lines against the curves: never below from above, never above from below."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.curves.bank import Bank
from models.curves.composed import Average, Tabulated
from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power
from optimizer.relaxation.envelopes import chords, envelope, make_grid, straight_end

positive = st.floats(0.01, 1e4)
slopes = st.floats(0.3, 5.0)


@st.composite
def tabulated(draw: st.DrawFn) -> Tabulated:
    steps = draw(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 20)), min_size=1, max_size=6))
    points, x, y = [(0.0, 0.0)], 0.0, 0.0
    for run, rise in steps:
        x, y = x + run, y + rise
        points.append((x, y))
    return Tabulated(tuple(points))


@st.composite
def averages(draw: st.DrawFn) -> Average:
    rows = draw(st.lists(st.tuples(positive, positive, slopes), min_size=1, max_size=5))
    return Average(Hill, np.array(rows))


curves = st.one_of(
    st.builds(Hill, positive, positive, slopes),
    st.builds(Exponential, positive, positive),
    st.builds(Logarithmic, positive, positive),
    st.builds(Power, positive, st.floats(0.05, 1.0)),
    st.builds(Linear, positive),
    tabulated(),
    averages(),
)
fractions = st.lists(st.floats(0, 1), min_size=0, max_size=6)


def piece(curve: Curve, low: float, high: float, inner: list[float]):
    """Bank and grid of one curve on one interval, touched at fractions of it."""
    bank = Bank([curve])
    points = low + (high - low) * np.array([inner or [0.5]])
    return bank, make_grid(bank, np.array([0]), np.array([low]), np.array([high]), points)


@settings(max_examples=600)
@given(curves, st.one_of(st.just(0.0), st.floats(0, 5e3)), st.floats(1e-3, 5e3), fractions)
def test_no_curve_rises_above_its_envelope(
    curve: Curve, low: float, width: float, inner: list[float]
):
    high = low + width
    bank, grid = piece(curve, low, high, inner)
    lines = envelope(bank, grid)
    # Everywhere, and closest at the touching points and at the hunt's own favourites.
    spends = np.concatenate(
        [
            np.linspace(low, high, 400),
            grid.points[0],
            lines.spends[0],
            low + width * 10.0 ** -np.arange(9),
        ]
    )
    spends = spends[(spends >= low) & (spends <= high)]
    above = np.interp(spends, lines.spends[0], lines.responses[0]) - curve.response(spends)
    height = max(float(curve.response(high)), 1e-12)
    assert above.min() >= -1e-11 * height


@settings(max_examples=300)
@given(curves, st.one_of(st.just(0.0), st.floats(0, 5e3)), st.floats(1e-3, 5e3), fractions)
def test_envelope_is_concave(curve: Curve, low: float, width: float, inner: list[float]):
    bank, grid = piece(curve, low, low + width, inner)
    _, length, slope = envelope(bank, grid).segments()
    # A segment's slope is a difference of heights: it is as exact as its length allows.
    height = float(curve.response(low + width))
    rounding = 1e-11 * height / length
    assert np.all(np.diff(slope) <= rounding[:-1] + rounding[1:])


@settings(max_examples=300)
@given(st.builds(Hill, positive, positive, st.floats(0.3, 1.0)), st.floats(1e-3, 5e3), fractions)
def test_chords_of_a_concave_curve_stay_below(curve: Curve, width: float, inner: list[float]):
    bank, grid = piece(curve, 0.0, width, inner)
    lines = chords(bank, grid)
    spends = np.linspace(0, width, 300)
    below = curve.response(spends) - np.interp(spends, lines.spends[0], lines.responses[0])
    assert below.min() >= -1e-11 * float(curve.response(width))


@pytest.mark.parametrize(
    ("low", "expected"),
    [
        # Hill with slope 2: the line from zero touches at half_saturation, where x f'(x) = f(x).
        (0.0, 50.0),
        # Beyond the inflection (50 / sqrt(3)) the curve is concave: no straight part.
        (40.0, 40.0),
    ],
)
def test_straight_part_ends_where_the_line_touches(low: float, expected: float):
    bank = Bank([Hill(100.0, 50.0, 2.0)])
    end = straight_end(bank, np.array([0]), np.array([low]), np.array([400.0]))
    assert end[0] == pytest.approx(expected, rel=1e-9)


def test_envelope_meets_the_curve_at_its_touching_points():
    curve = Exponential(10.0, 5.0)
    bank, grid = piece(curve, 0.0, 20.0, [0.1, 0.3, 0.6])
    lines = envelope(bank, grid)
    at_points = np.interp(grid.points[0], lines.spends[0], lines.responses[0])
    assert at_points == pytest.approx(curve.response(grid.points[0]), rel=1e-12)
