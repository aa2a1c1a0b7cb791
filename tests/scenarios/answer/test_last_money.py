"""The last money, against every split of two channels on a fine grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.curves.curveset import CurveSet
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan
from scenarios.planning import Evidence, plan_on
from scenarios.report.prose.promises import last_money
from tests.support.scenario_examples import CURVES

WEEKS = 4.0
FREE = {"extrapolation": "free"}


def planned(amount: float, margin: float | None = None, **keys: object) -> Plan:
    curves = CurveSet(
        tuple(replace(entry, margin=margin) for entry in CURVES.channels[:2]), currency="EUR"
    )
    written = {"budget": amount, "period": {"days": 28}, "defaults": FREE, **keys}
    return plan_on(Scenario.of(written), Evidence(curves, None, ()))


def best_on_a_grid(most: float, margin: float) -> tuple[float, float]:
    """The best budget up to `most`, and what it leaves of the revenue."""
    first, second = (entry for entry in CURVES.channels[:2])
    x = np.linspace(0.0, most, 1_001)
    brought = [
        WEEKS * (entry.value_per_conversion or 0.0) * entry.curve.response(x / WEEKS)
        for entry in (first, second)
    ]
    left = margin * (brought[0][:, None] + brought[1]) - (x[:, None] + x)
    left[x[:, None] + x > most] = -np.inf
    i, j = np.unravel_index(np.argmax(left), left.shape)
    return float(x[i] + x[j]), float(left[i, j])


@pytest.mark.parametrize(("budget", "margin"), [(300_000.0, None), (90_000.0, 0.5)])
def test_the_best_budget_is_the_best_of_all(budget: float, margin: float | None) -> None:
    plan = planned(budget, margin)
    found = plan.last_money
    assert found is not None
    best, left = best_on_a_grid(budget, 1.0 if margin is None else margin)
    assert found.budget == pytest.approx(best, abs=budget / 200)
    assert plan.proposed is not None
    assert plan.proposed.revenue is not None
    share = 1.0 if margin is None else margin
    before = plan.proposed.revenue * share - plan.proposed.spend
    assert found.left == pytest.approx(left - before, rel=2e-3)
    assert found.after_margin == (margin is not None)
    text = last_money(plan)
    assert text is not None
    assert ("of profit" in text) == (margin is not None)
    profit = planned(budget, share, objective="profit", budget={"max": budget})
    assert profit.proposed is not None
    assert profit.proposed.spend == pytest.approx(found.budget, rel=1e-4)


def test_money_that_brings_what_it_costs_is_not_spoken_of() -> None:
    assert planned(40_000.0).last_money is None
    assert planned(40_000.0, 0.9).last_money is None


def test_rules_that_keep_the_money_in_leave_no_better_budget() -> None:
    fixed = {name: {"min_spend": 150_000} for name in CURVES.names[:2]}
    assert planned(300_000.0, channels=fixed).last_money is None
