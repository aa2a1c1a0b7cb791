"""Referees that know nothing of the optimiser: rules read word for word, brute force, and a
dynamic programme.

They are slow and simple on purpose; test_oracle.py checks them by hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from models.curves.curveset import CurveSet
from optimizer.problem import Budget, Problem
from optimizer.rules import Rule

SLACK = 1e-6


def periods_in(problem: Problem) -> float:
    """The horizon in fit periods."""
    return problem.days / problem.curves.period_days


def conversions(problem: Problem, channel: str, spend: float) -> float:
    """n * factor * g(X / n), straight from the definition."""
    n = periods_in(problem)
    factor = problem.factors.get(channel, 1.0)
    return n * factor * float(problem.curves[channel].curve.response(spend / n))


def revenue(problem: Problem, channel: str, spend: float) -> float:
    value = problem.curves[channel].value_per_conversion
    assert value is not None
    return value * conversions(problem, channel, spend)


def objective(problem: Problem, split: dict[str, float]) -> float:
    """What the problem maximises, of a split."""
    spend = sum(split.values())
    match problem.objective:
        case "conversions":
            return sum(conversions(problem, c, x) for c, x in split.items())
        case "profit":
            return sum(revenue(problem, c, x) for c, x in split.items()) - spend
        case "roas":
            return sum(revenue(problem, c, x) for c, x in split.items()) / spend
        case "spend":
            return -spend
        case _:
            return sum(revenue(problem, c, x) for c, x in split.items())


def current(problem: Problem, channel: str) -> float:
    entry = problem.curves[channel]
    return (problem.current.get(channel) or entry.current_spend or 0.0) * periods_in(problem)


def keeps(problem: Problem, rule: Rule, split: dict[str, float]) -> bool:
    """Whether a split keeps a rule, read word for word."""
    names = rule.channels or tuple(split)
    spend = sum(split[c] for c in names)
    total = sum(split.values())
    now = sum(current(problem, c) for c in names)
    room = SLACK * max(total, 1.0)
    match rule.kind:
        case "min_spend":
            return spend >= rule.limit - room
        case "max_spend":
            return spend <= rule.limit + room
        case "min_share":
            return spend >= rule.limit * total - room
        case "max_share":
            return spend <= rule.limit * total + room
        case "change_from":
            return spend >= (1 + rule.limit) * now - room
        case "change_to":
            return spend <= (1 + rule.limit) * now + room
        case "locked" | "hold":
            return all(abs(split[c] - current(problem, c)) <= room for c in names)
        case "extrapolation":
            return all(split[c] <= _reach(problem, rule, c) + room for c in names)
        case "max_cpa":
            return spend <= rule.limit * _conversions(problem, names, split) + room
        case "min_conversions":
            return _conversions(problem, names, split) >= rule.limit * (1 - SLACK)
        case "min_revenue":
            got = sum(revenue(problem, c, split[c]) for c in names)
            return got >= rule.limit * (1 - SLACK)
        case "min_roas":
            got = sum(revenue(problem, c, split[c]) for c in names)
            return got >= rule.limit * spend * (1 - SLACK)
        case "max_marginal_cpa":
            return all(_marginal(problem, c, split[c], rule.limit) for c in names)
        case "min_if_active":
            return all(split[c] <= room or split[c] >= rule.limit - room for c in names)
        case "step":
            return all(
                abs(split[c] / rule.limit - round(split[c] / rule.limit)) < 1e-4 for c in names
            )
        case "min_change":
            return all(_still_or_far(problem, rule, c, split[c], room) for c in names)
        case "max_changed":
            moved = [c for c in names if abs(split[c] - current(problem, c)) > room]
            return len(moved) <= rule.limit
        case "linear_min":
            return sum(k * split[c] for c, k in rule.coefficients.items()) >= rule.limit - room
        case "linear_max":
            return sum(k * split[c] for c, k in rule.coefficients.items()) <= rule.limit + room
    raise AssertionError(f"the oracle does not know {rule.kind}")


def _reach(problem: Problem, rule: Rule, channel: str) -> float:
    seen = problem.curves[channel].max_observed_spend
    assert seen is not None
    return max(rule.limit * seen * periods_in(problem), current(problem, channel))


def _conversions(problem: Problem, names, split: dict[str, float]) -> float:
    return sum(conversions(problem, c, split[c]) for c in names)


def _marginal(problem: Problem, channel: str, spend: float, limit: float) -> bool:
    step = 1e-4 * max(spend, 1.0)
    if spend <= step:
        return True
    gain = conversions(problem, channel, spend) - conversions(problem, channel, spend - step)
    return gain / step >= 1 / limit * (1 - 1e-3)


def _still_or_far(problem: Problem, rule: Rule, channel: str, spend: float, room: float) -> bool:
    change = abs(spend - current(problem, channel))
    return change <= room or change >= rule.limit * current(problem, channel) - room


def broken(problem: Problem, split: dict[str, float]) -> list[str]:
    """What a split breaks: rules by path, and the budget."""
    budget = problem.budget
    if not isinstance(budget, Budget):
        budget = Budget(budget, budget)
    spend, room = sum(split.values()), SLACK * max(budget.maximum, 1.0)
    bad = [rule.path or rule.kind for rule in problem.rules if not keeps(problem, rule, split)]
    if not budget.minimum - room <= spend <= budget.maximum + room:
        bad.append("budget")
    return bad


def grid_splits(problem: Problem, steps: int) -> Iterator[dict[str, float]]:
    """All splits of the budget (its ends, where it is a range) in so many equal steps."""
    budget = problem.budget
    ends = (budget.minimum, budget.maximum) if isinstance(budget, Budget) else (budget,)
    names = problem.curves.names
    for total in dict.fromkeys(ends):
        for cuts in itertools.combinations(range(steps + len(names) - 1), len(names) - 1):
            edges = (-1, *cuts, steps + len(names) - 1)
            counts = [b - a - 1 for a, b in itertools.pairwise(edges)]
            yield {name: total * k / steps for name, k in zip(names, counts, strict=True)}


def brute_force(problem: Problem, steps: int) -> float | None:
    """Best objective among the grid's splits that break nothing; None where there is none."""
    values = [
        objective(problem, split)
        for split in grid_splits(problem, steps)
        if not broken(problem, split)
    ]
    return max(values, default=None)


def dynamic_programme(curves: CurveSet, budget: float, days: float, steps: int) -> float:
    """Best revenue over splits of a budget in equal steps, without any other rule."""
    problem = Problem(curves, budget, days)
    amounts = np.linspace(0.0, budget, steps + 1)
    best = np.where(amounts == 0.0, 0.0, -np.inf)
    for name in curves.names:
        gains = np.array([revenue(problem, name, float(x)) for x in amounts])
        best = np.array(
            [np.max(best[: k + 1] + gains[k::-1]) for k in range(steps + 1)]
        )  # money k shared between the channels so far and this one
    return float(best[-1])
