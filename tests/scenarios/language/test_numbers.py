"""Figures as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.language.numbers import (
    amount,
    at_most_percent,
    percent,
    plural,
    rate,
    signed,
    signed_percent,
)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (amount(12_345.678), "12,346"),
        (amount(999.996), "1,000"),
        (amount(476.54), "476.54"),
        (amount(7.0), "7"),
        (amount(-0.001), "0"),
        (amount(None), "-"),
        (rate(1_425.2), "1,425"),
        (rate(35.857), "35.86"),
        (rate(0.0845123), "0.0845"),
        (rate(0.0), "0.00"),
        (rate(None), "-"),
        (signed(12_345.6), "+12,346"),
        (signed(-3.5), "-3.50"),
        (signed(0.0), "0"),
        (signed(None), "-"),
        (percent(0.1234), "12.3 %"),
        (percent(None), "-"),
        (signed_percent(0.25), "+25.0 %"),
        (signed_percent(-0.25), "-25.0 %"),
        (signed_percent(0.0004), "0 %"),
        (signed_percent(12.5), "+1,250.0 %"),
        (at_most_percent(1e-4), "0.01 %"),
        (at_most_percent(0.000024001), "0.0025 %"),
        (at_most_percent(0.0), "0.0001 %"),
        (at_most_percent(0.123401), "13 %"),
        (plural(1, "draw"), "1 draw"),
        (plural(2_000, "draw"), "2,000 draws"),
    ],
)
def test_figures_in_words(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.floats(1e-9, 1.0))
def test_a_limit_is_never_rounded_below_what_it_limits(gap: float) -> None:
    said = float(at_most_percent(gap).removesuffix(" %")) / 100
    assert gap * (1 - 1e-6) <= said <= max(1.11 * gap, 1e-6 + 1e-15)


@given(st.floats(-1e12, 1e12))
def test_a_difference_shows_its_sign_or_is_nothing(value: float) -> None:
    text = signed(value)
    assert text == "0" or text[0] == ("+" if value > 0 else "-")
    assert math.isclose(float(text.replace(",", "")), value, rel_tol=1e-3, abs_tol=0.0051)
