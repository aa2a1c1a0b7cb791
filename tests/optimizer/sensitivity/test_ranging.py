"""Ranges of prices against closed forms, and against the prices at their ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Linear, Logarithmic
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from optimizer.sensitivity import ranging as module
from optimizer.sensitivity.ranging import price_range, with_limit
from tests.optimizer.sensitivity.test_shadow_prices import FREE, RULES, value

FINE = Settings(gap=1e-7)
LINEAR = CurveSet(
    (
        ChannelCurve("good", Linear(0.05), value_per_conversion=60.0),
        ChannelCurve("fair", Linear(0.03), value_per_conversion=60.0),
    )
)


def price_of(problem: Problem, position: int) -> float:
    price = allocate(problem, FINE).rules[position].shadow_price
    assert price is not None
    return price


def test_the_budget_of_one_logarithmic_channel() -> None:
    """Its price is v a / (k + B / n): within a tenth of that between two known budgets."""
    curves = CurveSet((ChannelCurve("a", Logarithmic(40, 1500), value_per_conversion=60.0),))
    weeks, budget = 4.0, 8000.0
    problem = Problem(curves, budget, 7 * weeks)
    found = price_range(problem, 0, price_of(problem, 0), FINE)
    at = 1500 + budget / weeks
    low, high = (weeks * (at / factor - 1500) for factor in (1.1, 0.9))
    assert low <= found.low <= low + 0.02 * budget
    assert high - 0.02 * budget <= found.high <= high


def test_a_cap_on_the_better_of_two_lines() -> None:
    """Each unit of the cap moves a unit from fair to good, until good has the whole budget."""
    rule = Rule("max_spend", 4000.0, ("good",))
    problem = Problem(LINEAR, 10_000, 28, rules=(rule,))
    price = price_of(problem, 1)
    assert price == pytest.approx(60 * (0.05 - 0.03))
    found = price_range(problem, 1, price, FINE)
    assert 0.0 <= found.low <= 0.1 * 4000
    assert 8000 <= found.high <= 10_000


@pytest.mark.parametrize("rule", RULES[::4], ids=lambda r: f"{r.kind}-{len(r.channels)}")
def test_at_both_ends_the_finite_difference_is_still_within_a_tenth(rule: Rule) -> None:
    problem = replace(FREE, rules=(rule,))
    price = price_of(problem, 1)
    found = price_range(problem, 1, price, FINE)
    assert found.low <= rule.limit <= found.high
    assert found.low < found.high
    step = 1e-3 * max(abs(rule.limit), 0.1)
    for end, inward in ((found.low, step), (found.high, -step)):
        values = [
            value(replace(FREE, rules=(replace(rule, limit=limit),)), FINE)
            for limit in (end, end + inward)
        ]
        assert (values[1] - values[0]) / inward == pytest.approx(price, rel=0.12)


def test_no_side_takes_more_solves_than_it_may(monkeypatch) -> None:
    asked: list[float] = []

    def counted(problem, position, limit, settings):
        asked.append(limit)
        return 1.0

    monkeypatch.setattr(module, "_price_at", counted)
    found = price_range(replace(FREE, rules=(RULES[0],)), 1, 1.0)
    limit = RULES[0].limit
    assert len([x for x in asked if x < limit]) <= module.SOLVES
    assert len([x for x in asked if x > limit]) == module.SOLVES
    assert found.high == max(asked)


@pytest.mark.parametrize(
    ("budget", "position", "moved"),
    [
        (500.0, 0, Budget(400, 400)),
        (Budget(0, 500), 0, Budget(0, 400)),
        (Budget(300, 500), 0, Budget(300, 400)),
        (Budget(450, 500), 0, Budget(400, 400)),
        (Budget(300, 500), 1, Budget(400, 500)),
    ],
)
def test_another_budget(budget, position: int, moved: Budget) -> None:
    found = with_limit(Problem(LINEAR, budget, 28), position, 400.0)
    assert found.budget == moved
