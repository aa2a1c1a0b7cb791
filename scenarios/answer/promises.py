"""What can be promised of a plan: levels with their probability, and how likely goals are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.allocation import Allocation
from optimizer.allocator import allocate
from optimizer.problem import Budget
from scenarios.answer.outlook import Measure, Split, split_of
from scenarios.answer.plan_rows import CURRENT, PROPOSED, Scored
from scenarios.definition.rule_blocks import Goal
from scenarios.plan.plan import GoalLine, Promise
from scenarios.plan.rounding import significant
from scenarios.question.resolve import Question

MEASURES: tuple[Measure, ...] = ("revenue", "conversions", "roas", "cpa")
LIKELY = 0.8
MOST, TRIES, DIGITS = 2.0, 9, 3  # times the plan's budget; solves; digits of a budget that is named


def promises_of(question: Question, allocation: Allocation) -> tuple[Promise, ...]:
    """What is reached with the probability that the scenario asks for; none where it asks none."""
    probability = question.scenario.definition.promise
    if probability is None or not allocation.channels:
        return ()
    scored = Scored(question, allocation)
    after, before = split_of(scored, PROPOSED), _today(scored)
    if after is None:
        return ()
    found = []
    for measure in MEASURES:
        proposed = after.reached_in(measure, probability)
        if proposed is not None:
            current = before.reached_in(measure, probability) if before else None
            found.append(
                Promise(
                    measure=measure,
                    probability=probability,
                    proposed=significant(proposed) or 0.0,
                    current=significant(current),
                    scatters=after.scatters,
                )
            )
    return tuple(found)


def goals_of(question: Question, allocation: Allocation) -> tuple[GoalLine, ...]:
    """How likely each goal of the scenario is, and the budget that would make it likely."""
    goals = question.scenario.definition.goals
    if not goals or not allocation.channels:
        return ()
    return tuple(_goals(question, allocation, goals))


def _goals(question: Question, allocation: Allocation, goals: list[Goal]) -> Iterator[GoalLine]:
    scored = Scored(question, allocation)
    for goal in goals:
        periods = _periods(question, goal)
        after = split_of(scored, PROPOSED, periods)
        chance = after and after.chance_of(goal.measure, goal.limit)
        if chance is None:
            continue
        before = _today(scored, periods)
        better = None if chance >= LIKELY else _budget_for(question, allocation, goal)
        yield GoalLine(
            name=goal.name or goal.measure,
            measure=goal.measure,
            limit=goal.limit,
            by=str(goal.by) if goal.by else None,
            probability=significant(chance, 4) or 0.0,
            current=significant(before and before.chance_of(goal.measure, goal.limit), 4),
            budget=better and better[0],
            budget_probability=better and significant(better[1], 4),
        )


def _today(scored: Scored, periods: int | None = None) -> Split | None:
    if any(not scored.is_known(cell.channel) for cell in scored.cells):
        return None
    return split_of(scored, CURRENT, periods)


def _periods(question: Question, goal: Goal) -> int | None:
    """How many of the plan's periods a goal is about; None: all of it."""
    if goal.by is None:
        return None
    ends = [stretch.end for stretch in question.calendar.stretches]
    return ends.index(goal.by) + 1


def _budget_for(
    question: Question, allocation: Allocation, goal: Goal
) -> tuple[float, float] | None:
    """The least budget tried that makes a goal likely, and how likely it is with it.

    Totals grow with the budget and ratios fall, so that halving finds it; what is named was solved.
    """
    if any(period.budget for period in question.problem.periods) or allocation.proposed is None:
        return None
    spend = allocation.proposed.spend
    near, far = spend, spend * MOST if goal.measure in ("revenue", "conversions") else spend / MOST
    best: tuple[float, float] | None = None
    for attempt in range(TRIES):
        budget = far if attempt == 0 else 0.5 * (near + far)
        budget = float(f"{budget:.{DIGITS}g}")
        chance = _chance_with(question, budget, goal)
        if chance is not None and chance >= LIKELY:
            far, best = budget, (budget, chance)
        elif attempt == 0 and chance is not None:
            return None
        elif chance is None and best is None:
            far = 0.5 * (near + far)  # beyond what the rules let be spent
        else:
            near = budget
    return best


def _chance_with(question: Question, budget: float, goal: Goal) -> float | None:
    problem = replace(question.problem, budget=Budget(budget, budget))
    found = allocate(problem, question.settings, conflicts=False)
    if not found.channels:
        return None
    split = split_of(Scored(question, found), PROPOSED, _periods(question, goal))
    return split and split.chance_of(goal.measure, goal.limit)
