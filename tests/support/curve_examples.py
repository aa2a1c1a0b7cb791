"""Curves of every family, drawn by Hypothesis, for the tests that must hold for all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from models.curves.composed import Average, Tabulated
from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power


def _between(low: float, high: float):
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


amounts = _between(1.0, 1e5)
slopes = _between(0.3, 5.0)
hills = st.builds(Hill, amounts, amounts, slopes)
exponentials = st.builds(Exponential, amounts, amounts)


@st.composite
def tables(draw) -> Tabulated:
    steps = draw(
        st.lists(st.tuples(_between(1.0, 1e3), _between(0.0, 1e3)), min_size=1, max_size=6)
    )
    points = [(0.0, 0.0)]
    for width, height in steps:
        points.append((points[-1][0] + width, points[-1][1] + height))
    return Tabulated(tuple(points))


@st.composite
def averages(draw) -> Average:
    rows = draw(st.lists(st.tuples(amounts, amounts, slopes), min_size=1, max_size=5))
    return Average(Hill, np.array(rows))


smooth: st.SearchStrategy[Curve] = st.one_of(
    hills,
    exponentials,
    st.builds(Logarithmic, amounts, amounts),
    st.builds(Power, amounts, _between(0.05, 1.0)),
    st.builds(Linear, amounts),
    averages(),
)
curves: st.SearchStrategy[Curve] = st.one_of(smooth, tables())
