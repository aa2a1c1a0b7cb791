"""The frontier between two objectives: what more of one costs of the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import Fault, ScenarioError, nearest
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence

if TYPE_CHECKING:
    from optimizer.pareto import ParetoPlan
    from optimizer.problem import Objective

SCHEMA = "budgetopt/frontier-between/1"
NAMES = ("revenue", "conversions", "profit", "value", "spend")


@dataclass(frozen=True)
class Between:
    """Plans from the best of one objective to the best of another.

    Parameters
    ----------
    names : the two objectives
    today : today's split, where it is known
    points : the plans, the second objective rising (spend: falling)
    """

    names: tuple[Objective, Objective]
    today: ParetoPlan | None
    points: tuple[ParetoPlan, ...]

    @property
    def all_points(self) -> tuple[ParetoPlan, ...]:
        """Today's split, where it is known, then the plans."""
        return (*((self.today,) if self.today else ()), *self.points)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self.points[0].spend) if self.points else ()


def pair_of(text: str) -> tuple[Objective, Objective]:
    """Two objectives as a person names them: ``revenue,profit``.

    Raises
    ------
    ValueError : they are not two, or not known; it says what would be
    """
    names = [name.strip().lower() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise ValueError(f"{text!r} is not two objectives: write e.g. revenue,profit")
    for name in names:
        if name == "roas":
            raise ValueError("roas is a ratio: write revenue,spend, along which it runs")
        if name not in NAMES:
            near = nearest(name, NAMES)
            remedy = f"did you mean {near}?" if near else f"known are {', '.join(NAMES)}"
            raise ValueError(f"{name!r} is no objective: {remedy}")
    first, second = names
    return first, second  # type: ignore[return-value]


def between(
    scenario: Scenario, names: tuple[Objective, Objective], points: int, evidence: Evidence
) -> Between:
    """Solve a scenario for `points` plans between two objectives; its own objective is left out.

    Raises
    ------
    ScenarioError : an objective lacks what it needs, or the scenario asks for what two objectives
        cannot be weighed under
    """
    from optimizer.pareto import pareto, today_between
    from scenarios.question.checks import objective_faults
    from scenarios.question.resolve import resolve

    _refuse(scenario)
    question = resolve(scenario, evidence.curves, evidence.today)
    problem = question.problem
    faults = [fault for name in names for fault in objective_faults(scenario, problem.curves, name)]
    if "spend" in names and problem.total.is_fixed:
        remedy = "Give it a range, e.g. --budget '{min: 50k, max: 120k}'."
        faults.append(scenario.tree.fault(("budget",), "all of it has to be spent", remedy))
    if faults:
        raise ScenarioError(dict.fromkeys(faults))
    return Between(
        names,
        today_between(problem, names),
        pareto(problem, names, points, question.settings),
    )


def _refuse(scenario: Scenario) -> None:
    definition, faults = scenario.definition, []
    for key, problem in (
        ("within", "the simplest plan has one objective"),
        ("risk", "the bad case is an objective of its own: `frontier` without --between weighs it"),
        ("target_marginal_roas", "it is a trade between revenue and spend already"),
    ):
        if getattr(definition, key) is not None:
            faults.append(Fault(key, problem, f"Leave it out: --set {key}=null."))
    if faults:
        raise ScenarioError(faults)


def to_rows(found: Between) -> Iterator[tuple[object, ...]]:
    """A row of names, today's split, then one row for each plan."""
    yield (
        *found.names, f"{found.names[1]} {reach(found)}", f"bound of {found.names[0]}", "gap",
        "status", *(f"spend {channel}" for channel in found.channels),
    )  # fmt: skip
    for record in (_record(point, found) for point in found.all_points):
        spend = record.pop("channels")
        assert isinstance(spend, dict)
        yield (*record.values(), *spend.values())


def reach(found: Between) -> str:
    """How the second objective is kept to a level."""
    return "at most" if found.names[1] == "spend" else "at least"


def to_json(found: Between) -> str:
    """The same as a document."""
    document = {
        "schema": SCHEMA,
        "between": list(found.names),
        "today": _record(found.today, found) if found.today else None,
        "points": [_record(point, found) for point in found.points],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _record(point: ParetoPlan, found: Between) -> dict[str, object]:
    from scenarios.plan.rounding import significant

    return {
        **{name: significant(v) for name, v in zip(found.names, point.values, strict=True)},
        "level": significant(point.at_least),
        "bound": significant(point.bound),
        "gap": significant(point.gap, 4),
        "status": point.status,
        "channels": {name: round(point.spend.get(name, 0.0), 2) for name in found.channels},
    }
