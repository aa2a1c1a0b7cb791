"""The difference of two plans: what changed, and parts that add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.analyses.contribution import (
    PARTS,
    contributions,
    interpolate,
    is_same_curve,
    measure_of,
)
from scenarios.analyses.diff import difference, flat, to_json
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan
from scenarios.planning import run
from scenarios.question.replay import spends_under
from tests.support.plan_factory import make_plan, solved_plan

PAIRS = st.builds(
    lambda n, m, a, b, periods: (
        make_plan(n, periods, seed=a),
        make_plan(m, periods, seed=b),
    ),
    st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5),
    st.sampled_from([0, 2]),
)  # fmt: skip


def with_spends(plan: Plan, factor: float) -> Plan:
    """The same curves with every spend scaled, figures read off the plan's own breakpoints."""
    rows = []
    for row in plan.channels:
        spend = row.spend * factor
        points, n = plan.curves[row.channel], row.fit_periods
        results: dict[str, Any] = {
            key: n * row.season * interpolate(points, spend / n, key)
            for key in ("conversions", "revenue")
        }
        rows.append(row.model_copy(update={"spend": spend, **results}))
    totals: dict[str, Any] = {
        key: sum(getattr(row, key) for row in rows) for key in ("spend", "conversions", "revenue")
    }
    assert plan.proposed is not None
    proposed = plan.proposed.model_copy(update=totals)
    return plan.model_copy(update={"channels": tuple(rows), "proposed": proposed})


@given(PAIRS, st.sampled_from(["revenue", "conversions"]))
def test_the_parts_add_up_to_the_difference_of_every_channel_and_of_the_total(pair, measure):
    old, new = pair
    found = contributions(old, new, measure)
    for one in found:
        parts = sum(getattr(one, part) for part in PARTS)
        assert parts == pytest.approx(one.after - one.before, abs=1e-6)
    change = getattr(new.proposed, measure) - getattr(old.proposed, measure)
    assert sum(sum(getattr(c, part) for part in PARTS) for c in found) == pytest.approx(
        change, abs=0.05 * len(found)
    )


@given(PAIRS)
def test_turning_the_plans_round_turns_the_sign_of_the_whole(pair):
    old, new = pair
    there = {c.channel: c.after - c.before for c in contributions(old, new, "revenue")}
    back = {c.channel: c.after - c.before for c in contributions(new, old, "revenue")}
    assert there == {name: pytest.approx(-change) for name, change in back.items()}


@pytest.mark.parametrize("factor", [0.7, 0.95, 1.1])
def test_more_of_everything_is_all_due_to_the_budget(factor):
    plan = make_plan(5)
    found = difference(plan, with_spends(plan, factor))
    parts = found.parts()
    whole = sum(c.after - c.before for c in found.contributions)
    assert parts["budget"] == pytest.approx(whole, abs=0.05)
    assert parts["budget"] * (factor - 1) > 0
    assert parts["curves"] == parts["horizon"] == 0
    assert parts["split"] == pytest.approx(0, abs=0.05)


def test_the_same_money_divided_otherwise_is_all_due_to_the_split():
    plan = make_plan(4)
    rows = [
        row.model_copy(update={"spend": row.current_spend, "revenue": row.current_revenue})
        for row in plan.channels
    ]
    today = plan.model_copy(update={"channels": tuple(rows), "proposed": plan.current})
    found = difference(today, plan)
    parts = found.parts()
    assert plan.current is not None
    assert plan.proposed is not None
    gain = (plan.proposed.revenue or 0) - (plan.current.revenue or 0)
    assert parts["split"] == pytest.approx(gain, abs=0.05)
    assert parts["curves"] == parts["horizon"] == 0
    assert parts["budget"] == pytest.approx(0, abs=0.05)
    assert [change.name for change in found.allocation] == [
        row.channel for row in plan.channels if row.spend != row.current_spend
    ]


def test_better_curves_at_the_same_spend_are_all_due_to_the_curves():
    plan = make_plan(3)
    better = {
        name: curve.model_copy(
            update={
                "parameters": {**curve.parameters, "ceiling": curve.parameters["ceiling"] * 1.1},
                "points": tuple(
                    p.model_copy(
                        update={"revenue": (p.revenue or 0) * 1.1, "conversions": p.conversions}
                    )
                    for p in curve.points
                ),
            }
        )
        for name, curve in plan.curves.items()
    }
    rows = [row.model_copy(update={"revenue": (row.revenue or 0) * 1.1}) for row in plan.channels]
    new = plan.model_copy(update={"channels": tuple(rows), "curves": better})
    found = difference(plan, new)
    assert len(found.curves) == 3
    parts = found.parts()
    assert parts["curves"] == pytest.approx(
        sum(0.1 * (r.revenue or 0) for r in plan.channels), abs=0.05
    )
    assert parts["horizon"] == parts["budget"] == 0
    assert parts["split"] == pytest.approx(0, abs=0.05)


def test_one_curve_tabulated_at_two_sets_of_spends_is_one_curve():
    plan = make_plan(2, 3)
    for curve in plan.curves.values():
        half = curve.model_copy(update={"points": curve.points[::2]})
        assert is_same_curve(curve, half)
        raised = half.model_copy(
            update={
                "points": tuple(
                    p.model_copy(update={"conversions": 1.001 * (p.conversions or 0)})
                    for p in half.points
                )
            }
        )
        assert not is_same_curve(curve, raised)


def test_a_plan_differs_from_itself_in_nothing():
    found = difference(make_plan(), make_plan())
    assert found.is_empty
    assert set(found.parts().values()) == {0.0}


def test_changes_are_named():
    old = make_plan(2)
    new = old.model_copy(
        update={
            "scenario": {**old.scenario, "budget": {"min": 1.0, "max": 9.0}},
            "provenance": old.provenance.model_copy(update={"versions": {"python": "3.12.1"}}),
            "rules": old.rules[:2],
        }
    )
    found = difference(old, new)
    assert [c.name for c in found.scenario] == ["budget.min", "budget.max"]
    assert [(c.name, c.before, c.after) for c in found.inputs] == [
        ("version of python", "3.11.7", "3.12.1"),
        ("version of highspy", "1.13.0", None),
    ]
    assert [(c.name, c.after) for c in found.rules] == [("defaults.change, most", None)]
    assert json.loads(to_json(found))["parts"] == dict.fromkeys(PARTS, 0.0)


def test_plans_that_nothing_compares_still_have_a_difference():
    old = make_plan(2)
    new = old.model_copy(update={"proposed": None, "channels": (), "status": "infeasible"})
    assert measure_of(old, new) is None
    found = difference(old, new)
    assert found.contributions == ()
    assert ("status", "optimal", "infeasible") in {
        (c.name, c.before, c.after) for c in found.result
    }


def test_flat_names_every_value_by_its_path():
    block = {"a": {"b": [1, {"c": "x"}]}, "d": None}
    assert flat(block) == {"a.b[0]": 1, "a.b[1].c": "x"}


# --- what the rules contribute, by solving again -----------------------------------------------


def solved(folder: Path, *settings: str) -> Plan:
    solved_plan(folder)  # writes the scenario and its curves
    return run(Scenario.load(folder / "plan.yaml", settings))


def test_a_plans_question_asked_again_gives_its_own_answer(tmp_path):
    plan = solved(tmp_path)
    again = spends_under(plan, plan)
    assert again is not None
    for row in plan.channels:
        assert again[row.channel] == pytest.approx(row.spend, rel=0.01)


def test_a_new_rule_is_charged_with_what_it_costs(tmp_path):
    free = solved(tmp_path)
    gainer = max(free.channels, key=lambda row: row.spend - (row.current_spend or 0.0))
    capped = solved(tmp_path, f"channels.{gainer.channel}.max_spend={gainer.current_spend}")
    found = difference(free, capped)
    assert found.are_rules_apart
    parts = found.parts()
    assert parts["rules"] < -100
    # Nothing else changed, so that the rule's part is the whole.
    whole = sum(c.after - c.before for c in found.contributions)
    assert parts["rules"] == pytest.approx(whole, abs=1.0)
    assert parts["curves"] == parts["horizon"] == parts["budget"] == 0
    back = difference(capped, free).parts()
    assert back["rules"] == pytest.approx(-parts["rules"], abs=1.0)


def test_another_budget_under_the_same_rules_owes_nothing_to_the_rules(tmp_path):
    found = difference(solved(tmp_path), solved(tmp_path, "budget=70000"))
    assert found.are_rules_apart
    assert found.parts()["rules"] == 0
    assert found.parts()["budget"] != 0


def test_what_cannot_be_asked_again_is_counted_with_the_split(tmp_path):
    old = solved(tmp_path)
    target = ("minimise=spend", "target.conversions=1500", "channels.tv.max_cpa=200")
    new = run(Scenario.load(tmp_path / "plan.yaml", target))
    found = difference(old, new)
    assert not found.are_rules_apart
    assert found.parts()["rules"] == 0
