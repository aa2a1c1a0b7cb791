"""Impossible random problems before a referee that shares no code with the optimiser.

Of every reason: the rules named leave the referee no plan, and without any one of them they leave
one. Of every way out: the referee finds a plan there, as good as is said, and none much nearer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from optimizer.allocation import Conflict, Relaxation
from optimizer.allocator import allocate
from optimizer.infeasibility.relaxable import is_feasible
from optimizer.infeasibility.relaxations import relaxed
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from tests.support.hard_problems import hard_problem
from tests.support.referee import Referee

SETTINGS = Settings(time_limit=60.0)
EXACT = 1e-9  # breach of a rule, relative to its terms, with which a plan of the referee's counts


def impossible(first: int, count: int) -> Iterator[tuple[int, Problem, Conflict]]:
    """So many impossible problems from a seed on, with what is said of them."""
    seed = first
    while count:
        problem = hard_problem(seed)
        if problem.objective != "roas":
            found = allocate(problem, SETTINGS)
            if found.status == "infeasible":
                assert found.conflict is not None
                yield seed, problem, found.conflict
                count -= 1
        seed += 1


def best_of(problem: Problem) -> float | None:
    """What the referee's best plan brings; None: it finds none."""
    referee = Referee(problem)
    plan = referee.on_zooming_grids()
    if plan is None or referee.breach(plan[None])[0] > EXACT:
        return None
    return float(referee.objective(plan[None])[0])


def core_of(problem: Problem, part: Conflict) -> Problem:
    """The problem with nothing demanded but what a contradiction names."""
    rules = tuple(rule for rule in part.rules if rule.kind != "budget")
    most = 1e3 * problem.total.maximum
    budget = problem.budget if len(rules) < len(part.rules) else Budget(0.0, most)
    return replace(problem, rules=rules, budget=budget)


def faults(problem: Problem, conflict: Conflict) -> Iterator[str]:
    """What the referee has against a reason and its ways out."""
    for part in conflict.parts or (conflict,):
        core = core_of(problem, part)
        names = [rule.path for rule in part.rules]
        if best_of(core) is not None:
            yield f"{names} leave a plan"
        for k in range(len(core.rules)):
            rules = core.rules[:k] + core.rules[k + 1 :]
            if not is_feasible(replace(core, rules=rules), SETTINGS):
                yield f"{names} are more than it takes: not {core.rules[k].path}"
        has_budget = len(core.rules) < len(part.rules)
        most = 1e3 * problem.total.maximum
        if has_budget and not is_feasible(replace(core, budget=Budget(0.0, most)), SETTINGS):
            yield f"{names}: the budget is no part of it"
    for way in conflict.relaxations:
        yield from _faults_of(problem, way)


def _faults_of(problem: Problem, way: Relaxation) -> Iterator[str]:
    name = f"{way.rule.path} at {way.to} instead of {way.limit}"
    before = problem
    for step in way.also:
        before = relaxed(before, step)
    last = replace(way, also=())
    reached = best_of(relaxed(before, last))
    sign = -1.0 if problem.objective == "spend" else 1.0
    size = max(abs(way.value), 1e-3 * problem.total.maximum * (problem.objective == "profit"))
    if reached is None:
        if not is_feasible(relaxed(before, last), SETTINGS):
            yield f"{name}: no plan there"
    elif reached > sign * way.value + 3e-4 * size:
        yield f"{name}: brings {reached:g}, not {way.value:g}"
    if way.to is None:
        return
    nearer = way.limit + 0.9 * (way.to - way.limit)
    if way.rule.kind == "max_changed":
        nearer = way.to - 1.0
    if way.rule.kind != "budget" or way.to > way.limit:
        found = best_of(relaxed(before, replace(last, to=nearer)))
        if found is not None:
            yield f"{name}: {nearer:g} works too"


@pytest.mark.parametrize("first", [0, 400, 800, 1200])
def test_reasons_and_ways_out_of_random_impossible_problems(first: int) -> None:
    for seed, problem, conflict in impossible(first, 2):
        assert list(faults(problem, conflict)) == [], seed
        assert np.all([step.is_nearest for step in conflict.relaxations]), seed
