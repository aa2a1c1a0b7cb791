"""What each rule costs: the optimum without it minus the optimum with it, re-solved."""

from __future__ import annotations

from dataclasses import replace

from models.errors import ScenarioError
from optimizer.allocation import Allocation, RuleOutcome
from optimizer.objective import optimise
from optimizer.problem import Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Clock, Settings


def with_costs(problem: Problem, allocation: Allocation, settings: Settings) -> Allocation:
    """The allocation with the cost of every rule, in objective units, at least 0.

    In a convex problem a rule that does not bind costs nothing, so only the others are solved
    without; where there are yes-or-no choices every rule is. When time runs out the rest is not
    known.
    """
    certificate = allocation.certificate
    assert certificate is not None
    clock = Clock(settings.time_limit)
    convex = certificate.is_convex
    budget_rules = len(allocation.rules) - len(problem.rules)
    costed = [
        outcome
        if position < budget_rules or (outcome.value is None and convex) or clock.is_over
        else _costed(
            problem,
            position - budget_rules,
            outcome,
            certificate.value,
            replace(settings, time_limit=clock.left),
            convex,
        )
        for position, outcome in enumerate(allocation.rules)
    ]
    return replace(allocation, rules=tuple(costed))


def solves_needed(allocation: Allocation) -> int:
    """How many times `with_costs` solves, at most."""
    certificate = allocation.certificate
    if certificate is None:
        return 0
    convex = certificate.is_convex
    return sum(outcome.is_binding or not convex for outcome in allocation.rules)


def _costed(
    problem: Problem, position: int, outcome: RuleOutcome, value: float, settings: Settings,
    convex: bool,
) -> RuleOutcome:  # fmt: skip
    if convex and not outcome.is_binding:
        return replace(outcome, cost=0.0)
    try:
        free = optimise(compile_problem(problem.without(position)), settings)
    except ScenarioError:  # a ratio needs a rule that makes money be spent: this one does
        return outcome
    if not free.gap <= 10 * settings.gap:  # time ran out: what it costs is not known
        return outcome
    sign = -1.0 if problem.objective == "spend" else 1.0
    gain = sign * (sign * free.value - value)
    # Two optima are each known to within their gap: a smaller difference is no cost.
    noise = (settings.gap + max(settings.gap, free.gap)) * abs(value)
    return replace(outcome, cost=gain if gain > noise else 0.0)
