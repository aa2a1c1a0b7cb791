"""Money in cents that adds up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.plan.rounding import apportion, decimals_of, ratio, significant

amounts = st.lists(st.floats(0.0, 1e7), max_size=40)


@given(amounts, st.sampled_from([0, 2, 3]))
def test_parts_are_cents_near_their_amounts_and_sum_to_the_rounded_total(
    given_amounts: list[float], decimals: int
) -> None:
    parts = apportion(given_amounts, decimals)
    scale = 10**decimals
    cents = [round(part * scale) for part in parts]
    assert sum(cents) == round(math.fsum(given_amounts) * scale)
    for part, cent, amount in zip(parts, cents, given_amounts, strict=True):
        assert part == cent / scale
        assert abs(part - amount) <= 1.001 / scale


def test_largest_remainders_take_the_missing_cents() -> None:
    assert apportion([1.006, 1.004, 1.005, 0.985], 2) == [1.01, 1.0, 1.01, 0.98]


def test_a_solvers_noise_costs_a_round_amount_no_cent() -> None:
    assert apportion([4999.9999999, 5000.0000001], 2) == [5000.0, 5000.0]


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("VND", 0), ("JPY", 0), ("KWD", 3), (None, 2)]
)
def test_smallest_coins(currency: str | None, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_what_cannot_be_known_stays_unknown() -> None:
    assert significant(None) is None
    assert significant(math.inf) is None
    assert ratio(1.0, 0.0) is None
    assert ratio(None, 2.0) is None
    assert ratio(1.0, 3.0) == 0.3333333
