"""The frontier between what a plan is expected to bring and what it brings in the bad case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.errors import Fault, ScenarioError
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence

if TYPE_CHECKING:
    from optimizer.risk.measures import FrontierPoint

SCHEMA = "budgetopt/frontier/1"
GAP = 1e-4  # points that lie close together are told apart


@dataclass(frozen=True)
class Tradeoff:
    """Plans from the best on average to the best in the bad case.

    Parameters
    ----------
    level : share of the draws that are not among the worst, fraction
    today : today's split, where it is known
    points : the plans, the bad case's weight rising
    """

    objective: str
    level: float
    today: FrontierPoint | None
    points: tuple[FrontierPoint, ...]

    @property
    def all_points(self) -> tuple[FrontierPoint, ...]:
        """Today's split, where it is known, then the plans."""
        return (*((self.today,) if self.today else ()), *self.points)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self.points[0].spend) if self.points else ()


def tradeoff(scenario: Scenario, level: float, steps: int, evidence: Evidence) -> Tradeoff:
    """Solve a scenario for `steps` weights of the bad case; what it asks of `risk` is left out.

    Raises
    ------
    ScenarioError : its objective is one that draws cannot weigh, or it asks for a simple plan
    CurvesError : a channel that may move has no draws
    """
    from optimizer.risk.measures import frontier, today_on_frontier
    from scenarios.question.resolve import resolve

    if scenario.definition.within is not None:
        problem = "the simplest plan is not weighed under draws"
        raise ScenarioError(Fault("within", problem, "Leave it out: --set within=null."))
    question = resolve(scenario, evidence.curves, evidence.today)
    settings = replace(question.settings, gap=max(question.settings.gap, GAP))
    points = frontier(question.problem, level, steps, settings)
    today = today_on_frontier(question.problem, level)
    return Tradeoff(question.problem.objective, level, today, points)


def to_rows(found: Tradeoff) -> Iterator[tuple[object, ...]]:
    """A row of names, today's split, then one row for each plan."""
    yield (
        "weight of the bad case", "expected", "bad case", "probability of loss",
        *(f"spend {channel}" for channel in found.channels),
    )  # fmt: skip
    for record in (_record(point, found) for point in found.all_points):
        spend = record.pop("channels")
        assert isinstance(spend, dict)
        yield (*record.values(), *spend.values())


def to_json(found: Tradeoff) -> str:
    """The same as a document."""
    document = {
        "schema": SCHEMA,
        "objective": found.objective,
        "level": found.level,
        "today": _record(found.today, found) if found.today else None,
        "points": [_record(point, found) for point in found.points],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _record(point: FrontierPoint, found: Tradeoff) -> dict[str, object]:
    from scenarios.plan.rounding import significant

    outcome = point.outcome
    return {
        "weight": point.weight,
        "expected": significant(outcome.expected),
        "bad_case": significant(outcome.bad_case),
        "probability_of_loss": significant(outcome.probability_of_loss),
        "channels": {name: round(point.spend.get(name, 0.0), 2) for name in found.channels},
    }
