"""How far a shadow price holds: the limits between which it stays nearly what it is.

Prices fall as money comes in and jump where another rule takes over, so the range is found by
solving again: outward in growing steps while the price holds, then by bisection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.objective import optimise
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Clock, Settings
from optimizer.sensitivity.shadow_prices import shadow_prices

TOLERANCE = 0.1  # relative change of a price that is still called the same
SOLVES = 8  # on each side
FIRST_STEP = 0.01  # of the limit's size
GROWTH = 3.0
SIGNED = ("change_from", "change_to", "linear_min", "linear_max")  # their limits may be negative
LEAST = {"change_from": -1.0, "change_to": -1.0}


@dataclass(frozen=True)
class PriceRange:
    """Limits between which a price was found to hold, in the rule's own unit.

    It holds at least that far: the true ends lie at or beyond these.
    """

    low: float
    high: float


def price_range(
    problem: Problem, position: int, price: float, settings: Settings | None = None
) -> PriceRange:
    """The limits around a rule's own between which its price stays within a tenth of `price`.

    Parameters
    ----------
    position : of the rule among an allocation's rules (the budget's first)
    price : its shadow price at its own limit, objective units per unit of the limit; not 0
    settings : the time limit, where there is one, is for the whole range
    """
    settings = settings or Settings()
    clock = Clock(settings.time_limit)
    rule = compile_problem(problem).rules[position]

    def holds(limit: float) -> bool:
        if limit < LEAST.get(rule.kind, 0.0) and rule.kind not in ("linear_min", "linear_max"):
            return False
        if (rule.kind not in SIGNED and limit == 0.0) or clock.is_over:
            return False
        found = _price_at(problem, position, limit, replace(settings, time_limit=clock.left))
        return found is not None and abs(found - price) <= TOLERANCE * abs(price)

    size = abs(rule.limit) or _size(problem, rule.kind)
    below, above = (_reach(holds, rule.limit, sign * size) for sign in (-1.0, 1.0))
    return PriceRange(below, above)


def _size(problem: Problem, kind: str) -> float:
    """What a step is measured by where the limit itself is 0."""
    return 1.0 if kind.startswith("change") else problem.total.maximum


def _reach(holds: Callable[[float], bool], start: float, size: float) -> float:
    """How far from `start`, in the direction of `size`, a price holds; at most SOLVES trials."""
    good, bad, step = start, None, FIRST_STEP * size
    for _ in range(SOLVES):
        tried = good + step if bad is None else 0.5 * (good + bad)
        if holds(tried):
            good, step = tried, GROWTH * step
        else:
            bad = tried
    return good


def _price_at(problem: Problem, position: int, limit: float, settings: Settings) -> float | None:
    """A rule's price with another limit; None where nothing is feasible then, or in time."""
    compiled = compile_problem(with_limit(problem, position, limit))
    result = optimise(compiled, settings)
    if result.status != "optimal":
        return None
    found = shadow_prices(compiled, result, settings)[position]
    return None if found is None else found.more


def with_limit(problem: Problem, position: int, limit: float) -> Problem:
    """The problem with another limit of the rule at `position` among an allocation's rules."""
    own = len(compile_problem(problem).rules) - len(problem.rules)
    if position >= own:
        rules = list(problem.rules)
        rules[position - own] = replace(rules[position - own], limit=limit)
        return replace(problem, rules=tuple(rules))
    rule = compile_problem(problem).rules[position]
    if rule.period is None:
        return replace(problem, budget=_moved(problem.total, rule.kind, limit))
    periods = tuple(
        replace(period, budget=_moved(period.budget, rule.kind, limit))
        if period.label == rule.period and period.budget is not None
        else period
        for period in problem.periods
    )
    return replace(problem, periods=periods)


def _moved(budget: Budget, kind: str, limit: float) -> Budget:
    """The budget with another amount, or another end of its range; never an end past the other."""
    if budget.is_fixed:
        return Budget(limit, limit)
    if kind == "budget":
        return Budget(min(budget.minimum, limit), limit)
    return Budget(limit, max(budget.maximum, limit))
