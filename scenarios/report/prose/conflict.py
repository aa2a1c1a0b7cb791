"""Why no allocation exists, in sentences: what cannot hold together, and the ways out."""

from __future__ import annotations

from collections.abc import Iterator

from models.phrases import Phrase, all_of, capital, formed, said
from scenarios.plan.labels import UNLIMITED, exact_limit, limit_of, name_of
from scenarios.plan.money import objective_measure
from scenarios.plan.plan import Contradiction, Plan, Relaxed, RuleLine
from scenarios.report.prose.sentences import objective_of


def conflict_lines(plan: Plan) -> Iterator[str]:
    """Why no allocation exists, and the ways out."""
    found = plan.conflict
    if found is None:
        return
    yield said("No allocation satisfies these rules.")
    for part in found.parts or (found,):
        if part.message:
            yield _reason(part)
        if not part.is_smallest:
            yield said(
                "Fewer of these rules may contradict too: time ran out before that was known."
            )
    for way in found.relaxations:
        yield way_out(plan, way)
    if not all(step.is_nearest for way in found.relaxations for step in (*way.also, way)):
        yield said("Nearer limits may do too: time ran out before all of them were tried.")


def way_out(plan: Plan, way: Relaxed) -> Phrase:
    """A way out of the contradiction, and what it costs more than the first."""
    steps = all_of([_relaxed(step) for step in (*way.also, way)])
    return said("{steps!c} a plan exists{less}.", steps=steps, less=_than_the_first(plan, way))


def _reason(part: Contradiction) -> Phrase:
    """As a sentence; the path of a rule in front keeps its spelling."""
    text = part.message
    begins_with_path = any(text.startswith(rule) for rule in part.rules if rule != "budget")
    return formed("{text}.", text=text if begins_with_path else capital(text))


def _than_the_first(plan: Plan, way: Relaxed) -> str:
    """What a way out costs more than the cheapest."""
    if not way.cost:
        return ""
    goal, cost = objective_of(plan), objective_measure(plan).told(way.cost)
    if goal == "spend":
        return said(" ({cost} more {goal} than the first)", cost=cost, goal=goal)
    return said(" ({cost} less {goal} than the first)", cost=cost, goal=goal)


def _relaxed(way: Relaxed) -> Phrase:
    line = RuleLine(rule=way.rule, kind=way.kind, channels=way.channels)
    if way.to is None or way.kind in UNLIMITED or way.rule.endswith("unusable"):
        return said("without {rule}", rule=name_of(line))
    return said(
        "with {rule} at {to} instead of {limit}",
        rule=name_of(line),
        to=exact_limit(line, way.to),
        limit=limit_of(line, way.limit),
    )
