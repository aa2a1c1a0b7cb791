"""Where the next money would go, and where a cut would come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.allocation import Allocation
from optimizer.problem import Budget, Problem
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence, allocation_of

SCHEMA = "budgetopt/next/1"


@dataclass(frozen=True)
class Increment:
    """The plan, and the plans with a little more and a little less money.

    Parameters
    ----------
    amount : money added, and taken away
    less, more : may have no plan; their conflict says why
    """

    objective: str
    amount: float
    less: Allocation
    base: Allocation
    more: Allocation

    def moved(self, other: Allocation) -> dict[str, float | None]:
        """By how much each channel's spend differs from the plan's; None where there is no plan."""
        changed = other.spend()
        return {
            channel: changed[channel] - spend if channel in changed else None
            for channel, spend in self.base.spend().items()
        }

    def gain(self, other: Allocation) -> float | None:
        """By how much the objective differs from the plan's."""
        after, before = other.reached(self.objective), self.base.reached(self.objective)
        return None if after is None or before is None else after - before


def increment(scenario: Scenario, amount: float, evidence: Evidence) -> Increment:
    """Solve a scenario with its money, and with `amount` more and less of it.

    The plan's own spend counts as its money where the budget leaves a choice. Every plan is the
    simplest within what the scenario gives up, where it asks for that.
    """
    from scenarios.question.resolve import resolve

    question = resolve(scenario, evidence.curves, evidence.today)
    problem = question.problem
    base = allocation_of(question, costs=False)
    if base.proposed is None:
        return Increment(problem.objective, amount, base, base, base)
    spent = base.proposed.spend
    less, more = (
        allocation_of(replace(question, problem=_with_money(problem, spent + change)), costs=False)
        for change in (-amount, amount)
    )
    return Increment(problem.objective, amount, less, base, more)


def _with_money(problem: Problem, money: float) -> Problem:
    return replace(problem, budget=Budget(max(money, 0.0), max(money, 0.0)))


def to_rows(found: Increment) -> Iterator[tuple[object, ...]]:
    """A row of names, one per channel, and the objective's."""
    yield ("channel", f"cut of {found.amount:g}", "plan", f"next {found.amount:g}")
    less, more = found.moved(found.less), found.moved(found.more)
    for channel, spend in found.base.spend().items():
        cells = (less[channel], spend, more[channel])
        yield (channel, *(None if cell is None else round(cell, 2) for cell in cells))
    total = found.base.reached(found.objective)
    cells = (found.gain(found.less), total, found.gain(found.more))
    yield (found.objective, *(None if cell is None else round(cell, 2) for cell in cells))


def to_json(found: Increment) -> str:
    """The same as a document."""
    document = {
        "schema": SCHEMA,
        "amount": found.amount,
        "objective": found.objective,
        "plan": {channel: round(spend, 2) for channel, spend in found.base.spend().items()},
        **{
            name: {
                "status": other.status,
                "gain": found.gain(other),
                "moved": found.moved(other),
                "reason": other.conflict.message if other.conflict else None,
            }
            for name, other in (("less", found.less), ("more", found.more))
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
