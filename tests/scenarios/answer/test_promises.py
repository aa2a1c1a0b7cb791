"""What can be promised: against plain simulation, and against the plan solved again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ScenarioError
from scenarios.answer.outlook import Outlook, Split
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, dump, parse
from scenarios.planning import Evidence, plan_on
from scenarios.report.prose import promises
from tests.support.scenario_examples import CURVES, with_draws

DRAWN = with_draws(draws=200)
BASE = {"budget": "current", "period": {"start": "2026-12-01", "end": "2026-12-28"}}
FREE = {"extrapolation": "free"}


def planned(curves=DRAWN, **keys: object) -> Plan:
    return plan_on(Scenario.of({**BASE, "defaults": FREE, **keys}), Evidence(curves, None, ()))


def simulated(curves, spends: dict[str, float], worlds: int = 20_000) -> np.ndarray:
    """Conversions of four weeks: a draw of the curves, and Poisson counts around it."""
    rng = np.random.default_rng(5)
    rows = rng.integers(len(curves.channels[0].draws), size=worlds)
    total = np.zeros(worlds)
    for entry in curves:
        weekly = spends[entry.channel] / 4.0
        means = np.array([4.0 * float(draw.response(weekly)) for draw in entry.draws])
        total += rng.poisson(means[rows])
    return total


def test_what_is_promised_is_what_simulation_reaches() -> None:
    plan = planned(promise="80%")
    found = {line.measure: line for line in plan.promises}
    worlds = simulated(DRAWN, {row.channel: row.spend for row in plan.channels})
    assert float((worlds >= found["conversions"].proposed).mean()) == pytest.approx(0.8, abs=0.01)
    assert plan.proposed is not None
    assert found["cpa"].proposed == pytest.approx(
        plan.proposed.spend / found["conversions"].proposed
    )
    assert found["roas"].proposed == pytest.approx(found["revenue"].proposed / plan.proposed.spend)
    today = simulated(DRAWN, {row.channel: row.current_spend or 0.0 for row in plan.channels})
    current = found["conversions"].current
    assert current is not None
    assert float((today >= current).mean()) == pytest.approx(0.8, abs=0.01)


def test_a_goal_is_as_likely_as_it_comes_true_and_its_budget_does() -> None:
    goals = [{"name": "spring", "conversions": 2950, "by": "2026-12-28"}]
    plan = planned(goals=goals)
    (line,) = plan.goals
    worlds = simulated(DRAWN, {row.channel: row.spend for row in plan.channels})
    assert line.probability == pytest.approx(float((worlds >= 2950).mean()), abs=0.01)
    assert line.probability < 0.8
    assert line.budget is not None
    again = planned(goals=goals, budget=line.budget)
    assert again.goals[0].probability == pytest.approx(line.budget_probability)
    assert again.goals[0].probability >= 0.8
    (text,) = promises.goals(plan)
    assert text.startswith("Goal spring (conversions 2,950 by 2026-12-28): ")
    assert parse(dump(plan), "plan.json").goals == plan.goals


def test_a_goal_of_a_first_month_is_about_its_spend_alone() -> None:
    plan = planned(
        period={"start": "2026-12-01", "end": "2027-01-31"},
        periods={"by": "month", "carry_over": False},
        goals=[{"conversions": 3600, "by": "2026-12-31"}, {"conversions": 3000}],
    )
    assert plan.goals[0].probability < 0.5
    assert plan.goals[1].probability > 0.99


def test_nothing_is_promised_without_draws_or_unasked() -> None:
    assert planned(CURVES, promise="80%", goals=[{"revenue": 1}]).promises == ()
    assert planned(CURVES, promise="80%", goals=[{"revenue": 1}]).goals == ()
    assert planned().promises == ()


def test_a_history_of_revenue_says_that_its_scatter_is_not_known() -> None:
    channels = tuple(replace(entry, value_per_conversion=1.0) for entry in DRAWN.channels)
    curves = replace(DRAWN, channels=channels, kpi="revenue")
    plan = planned(curves, promise="80%")
    assert {line.measure for line in plan.promises} == {"revenue", "roas"}
    text = promises.promise(plan)
    assert text is not None
    assert "is not known and left out" in text


@given(
    means=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    spread=st.floats(1.0, 1e5),
    probability=st.floats(0.02, 0.98),
)
def test_what_is_reached_with_a_probability_has_it(means, spread, probability) -> None:
    outlook = Outlook(np.array(means), spread)
    assert outlook.chance_of(outlook.reached_in(probability)) == pytest.approx(
        probability, abs=1e-4
    )


def test_a_ratio_is_a_limit_on_the_total() -> None:
    split = Split(100.0, {"conversions": Outlook(np.array([9.0, 11.0]), 0.0)}, True)
    assert split.chance_of("cpa", 10.0) == 0.5
    assert split.chance_of("roas", 1.0) is None
    assert split.reached_in("revenue", 0.8) is None


@pytest.mark.parametrize(
    ("goal", "problem"),
    [
        ({"name": "none"}, "the goal names 0 amounts"),
        ({"roas": 2, "cpa": 40}, "the goal names 2 amounts"),
        ({"cpa": 40, "by": "2026-12-24"}, "no period of the plan ends on 2026-12-24"),
    ],
)
def test_goals_that_are_none(goal: dict[str, object], problem: str) -> None:
    with pytest.raises(ScenarioError, match=problem):
        planned(goals=[goal])
