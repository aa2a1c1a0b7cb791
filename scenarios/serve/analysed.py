"""Other commands' answers on the page, in the words and tables of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from models.errors import Fault, ScenarioError
from scenarios.analyses.compare import side_by_side
from scenarios.analyses.evaluate import evaluate_split
from scenarios.analyses.hand_split import read_split
from scenarios.analyses.sweep import split_settings, sweep
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence, plan_on
from scenarios.question.calendar import Calendar
from scenarios.report.plain_text import as_text
from scenarios.report.terminal.compare import compare_report
from scenarios.report.terminal.evaluate import evaluate_report

WIDTH = 110  # columns of a table
POINTS = 9


def evaluated(scenario: Scenario, evidence: Evidence, split: Any) -> str:
    """What a hand-made split costs against the best one, and which rules it breaks."""
    if not isinstance(split, dict) or not all(
        isinstance(amount, int | float) and not isinstance(amount, bool)
        for amount in split.values()
    ):
        raise ScenarioError(Fault("split", "it is no amount by channel"))
    months = Calendar.of(scenario.definition, evidence.curves).named
    pairs = ",".join(f"{name}={amount:.2f}" for name, amount in split.items())
    found = evaluate_split(scenario, read_split(pairs, evidence.curves.names, months), evidence)
    return as_text(evaluate_report(found), WIDTH)


def compared(base: Scenario, named: Sequence[tuple[str, Sequence[str]]], evidence: Evidence) -> str:
    """The pinned variants side by side, and what differs between them."""
    scenarios = [
        replace(base.changed(*settings), name=name or f"variant {number}")
        for number, (name, settings) in enumerate(named, start=1)
    ]
    plans = [plan_on(scenario, evidence, costs=False) for scenario in scenarios]
    return as_text(compare_report(side_by_side(scenarios, plans), WIDTH), WIDTH)


def swept(scenario: Scenario, evidence: Evidence) -> dict[str, Any]:
    """The best that budgets from 70 % to 130 % of the plan's bring: points to draw."""
    plan = plan_on(scenario, evidence, costs=False)
    if plan.proposed is None:
        raise ScenarioError(Fault("sweep", "there is no plan to begin with"))
    low, high = 0.7 * plan.proposed.spend, 1.3 * plan.proposed.spend
    _, axes = split_settings([f"budget={low:.0f}:{high:.0f}:{POINTS}"])
    found = sweep(scenario, axes, evidence)
    key = "conversions" if plan.proposed.revenue is None else "revenue"
    points = [[point.figure("spend"), point.figure(key)] for point in found.points]
    return {"points": points, "measure": key}
