"""The referees themselves, checked by hand."""

from __future__ import annotations

import pytest

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Linear
from optimizer.problem import Problem
from optimizer.rules import Rule
from tests.support.oracle import broken, brute_force, conversions, dynamic_programme

# One fit period of a week; the horizon is two weeks. Conversions are worth 10.
CURVES = CurveSet(
    (
        ChannelCurve("a", Tabulated(((0, 0), (50, 10), (100, 12))), 0.0, 10.0, current_spend=40.0),
        ChannelCurve("b", Linear(0.1), 0.0, 10.0, current_spend=10.0),
    )
)


def test_conversions_over_two_weeks_by_hand():
    # 120 over two weeks is 60 a week: 10 + 2 * 10 / 50 = 10.4 a week, 20.8 in all.
    assert conversions(Problem(CURVES, 120, 14), "a", 120) == pytest.approx(20.8)


def test_brute_force_and_dynamic_programme_by_hand():
    # The first 100 of a bring 0.2 a piece, b brings 0.1, the rest of a 0.04: 100 to a, 20 to b.
    by_hand = 10 * (100 * 0.2 + 20 * 0.1)
    assert brute_force(Problem(CURVES, 120, 14), 6) == pytest.approx(by_hand)
    assert dynamic_programme(CURVES, 120, 14, 6) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Rule("min_spend", 90, ("a",)), True),
        (Rule("min_spend", 110, ("a",)), False),
        (Rule("max_share", 0.8, ("a",)), False),  # 100 of 120 is 83 %
        (Rule("change_to", 0.25, ("a",)), True),  # 80 today, 100 proposed
        (Rule("change_to", 0.2, ("a",)), False),
        (Rule("max_cpa", 5, ("a",)), True),  # 100 for 20 conversions
        (Rule("max_cpa", 4.9, ("a",)), False),
        (Rule("max_cpa", 5.4, ()), False),  # 120 for 22 is 5.45
        (Rule("min_if_active", 30, ("b",)), False),
        (Rule("step", 20, ("a", "b")), True),
        (Rule("locked", 0, ("b",)), True),  # 10 a week, 20 in two
        (Rule("max_changed", 1, ()), True),
        (Rule("max_changed", 0, ()), False),
        (Rule("linear_max", 60, coefficients={"a": 1, "b": -2}), True),  # 100 - 40
    ],
)
def test_rules_by_hand(rule: Rule, kept: bool):
    problem = Problem(CURVES, 120, 14, rules=(rule,))
    assert (broken(problem, {"a": 100.0, "b": 20.0}) == []) is kept
