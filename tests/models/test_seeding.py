"""Seeds come from the course of figures, not from what they are counted in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.seeding import seeds_of

SERIES = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).map(np.array)


@given(SERIES, st.floats(1e-6, 1e9), st.integers(0, 2**31))
def test_a_unit_changes_no_seed(figures, unit, seed) -> None:
    # Half a digit's place away from where rounding would decide.
    steady = np.floor(figures / max(figures.max(), 1) * 1e5) / 1e5
    assert seeds_of(seed, steady * unit) == seeds_of(seed, steady)


@given(SERIES, st.integers(0, 19))
def test_another_course_has_another_seed(figures, place) -> None:
    other = figures.copy()
    other[place % len(other)] += 10 * max(figures.max(), 1)
    if len(figures) > 1 and np.delete(figures, place % len(figures)).any():
        assert seeds_of(1, other) != seeds_of(1, figures)


@pytest.mark.parametrize("figures", [np.zeros(3), np.array([]), np.array([0.0, -0.0])])
def test_nothing_is_a_course_too(figures) -> None:
    assert seeds_of(7, figures) == seeds_of(7, figures * -1.0)


def test_the_person_asked_for_one() -> None:
    assert seeds_of(1, np.ones(3))[0] == 1
    assert seeds_of(1, np.ones(3)) != seeds_of(2, np.ones(3))
