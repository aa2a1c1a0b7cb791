"""Shadow prices against finite differences, costs against solving again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill, Logarithmic
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule

CURVES = CurveSet(
    (
        ChannelCurve("search", Hill(400, 3000, 0.8), 0.0, 60.0, current_spend=2000.0,
                     max_observed_spend=2100.0),
        ChannelCurve("tv", Hill(500, 5000, 2.5), 0.0, 60.0, current_spend=6000.0,
                     max_observed_spend=9000.0),
        ChannelCurve("social", Exponential(150, 2500), 0.0, 60.0, current_spend=1500.0,
                     max_observed_spend=2000.0),
        ChannelCurve("radio", Logarithmic(40, 1500), 0.0, 60.0, current_spend=1000.0,
                     max_observed_spend=2000.0),
    )
)  # fmt: skip
FREE = Problem(CURVES, 44_000, 28)
FINE = {"HiGHS": Settings(gap=1e-9), "CBC": Settings(gap=1e-7, solver="CBC")}
RULES = [
    Rule("min_spend", 12_000, ("radio",)),
    Rule("min_spend", 20_000, ("radio", "social")),
    Rule("max_spend", 8000, ("search",)),
    Rule("min_share", 0.4, ("radio", "social")),
    Rule("max_share", 0.15, ("search",)),
    Rule("change_from", 1.5, ("radio",)),
    Rule("change_to", -0.2, ("search",)),
    Rule("extrapolation", 1.0, ("search",)),
    Rule("max_cpa", 12, ("search",)),
    Rule("max_cpa", 14.5, ("search", "social", "radio")),
    Rule("min_roas", 4.1, ("search", "social")),
    Rule("min_conversions", 380, ("social",)),
    Rule("min_conversions", 1500, ("search", "social", "radio")),
    Rule("min_revenue", 25_000, ("social",)),
    Rule("max_marginal_cpa", 25, ("search",)),
    Rule("linear_max", -2000, coefficients={"search": 1.0, "social": -1.0}),
    Rule("linear_min", 3000, coefficients={"radio": 1.0, "search": -0.5}),
]


def value(problem: Problem, settings: Settings) -> float:
    certificate = allocate(problem, settings, conflicts=False).certificate
    assert certificate is not None
    return certificate.value


@pytest.mark.parametrize("solver", FINE)
@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.kind}-{len(r.channels)}")
def test_price_of_a_limit_is_its_finite_difference(rule: Rule, solver: str):
    settings = FINE[solver]
    problem = replace(FREE, rules=(rule,))
    outcome = allocate(problem, settings).rules[-1]
    assert outcome.is_binding
    price, step = outcome.shadow_price, 1e-3 * max(abs(rule.limit), 0.1)
    moved = [
        value(replace(FREE, rules=(replace(rule, limit=rule.limit + sign * step),)), settings)
        for sign in (1, -1)
    ]
    difference = (moved[0] - moved[1]) / (2 * step)
    # CBC writes 8 digits: of a value near 10^5 the difference keeps about 10^-2 / step.
    assert price == pytest.approx(
        difference, rel=5e-3, abs=2e-2 / step if solver == "CBC" else 1e-3
    )
    assert price != 0


@pytest.mark.parametrize("solver", FINE)
@pytest.mark.parametrize("goal", ["revenue", "conversions", "roas"])
def test_price_of_the_budget(goal, solver: str):
    settings, problem = FINE[solver], replace(FREE, objective=goal)
    price = allocate(problem, settings).rules[0].shadow_price
    step = 40.0
    more, less = (
        value(replace(problem, budget=44_000 + sign * step), settings) for sign in (1, -1)
    )
    assert price == pytest.approx((more - less) / (2 * step), rel=5e-3)


def test_price_of_a_budget_that_one_channel_takes_whole():
    curves = CurveSet((ChannelCurve("a", Logarithmic(40, 1500), value_per_conversion=60.0),))
    price = allocate(Problem(curves, 8000, 28)).rules[0].shadow_price
    assert price == pytest.approx(60 * 40 / (1500 + 8000 / 4))


def test_price_of_a_target_is_the_money_it_takes():
    rule = Rule("min_conversions", 2600, ())
    problem = replace(FREE, objective="spend", budget=Budget(0, 200_000), rules=(rule,))
    settings = FINE["HiGHS"]
    price = allocate(problem, settings).rules[-1].shadow_price
    more, less = (
        value(replace(problem, rules=(replace(rule, limit=2600 + sign),)), settings)
        for sign in (1, -1)
    )
    assert price == pytest.approx((more - less) / 2, rel=1e-3)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.kind}-{len(r.channels)}")
def test_a_rule_costs_what_the_optimum_gains_without_it(rule: Rule):
    settings = Settings(gap=1e-6)
    allocation = allocate(replace(FREE, rules=(rule,)), settings, costs=True)
    assert allocation.certificate is not None
    gain = value(FREE, settings) - allocation.certificate.value
    assert allocation.rules[-1].cost == pytest.approx(gain, abs=5e-6 * value(FREE, settings))


def test_rules_that_do_not_bind_have_neither_price_nor_cost():
    loose = (Rule("max_spend", 40_000, ("search",)), Rule("max_cpa", 500, ("radio", "social")))
    allocation = allocate(replace(FREE, rules=loose), costs=True)
    for outcome in allocation.rules[1:]:
        assert (outcome.is_binding, outcome.shadow_price, outcome.cost) == (False, 0.0, 0.0)


def test_complementary_slackness_and_stationarity():
    """Free channels share one marginal value; a limited one differs by its limit's price."""
    rules = (Rule("max_spend", 6000, ("search",)), Rule("min_spend", 12_000, ("radio",)))
    allocation = allocate(replace(FREE, rules=rules), FINE["HiGHS"])
    marginal = {line.channel: line.marginal_roas for line in allocation.channels}
    budget, search, radio = (outcome.shadow_price for outcome in allocation.rules)
    assert None not in (budget, search, radio)
    assert marginal["social"] == pytest.approx(budget, rel=1e-4)
    assert marginal["tv"] == pytest.approx(budget, rel=1e-4)
    assert marginal["search"] - budget == pytest.approx(search, rel=1e-4)  # type: ignore[operator]
    assert marginal["radio"] - budget == pytest.approx(radio, rel=1e-4)  # type: ignore[operator]
    assert search > 0 > radio  # type: ignore[operator]
