"""Ways out of an impossible wish: limits at which a plan exists, each verified by solving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from optimizer.allocation import Relaxation
from optimizer.infeasibility.relaxable import Wish, is_feasible
from optimizer.objective import optimise
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.program.rule_kinds import KINDS
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule


def ways_out(
    problem: Problem, conflicts: Sequence[Wish], settings: Settings
) -> tuple[Relaxation, ...]:
    """Ways to make a whole problem feasible, the cheapest first.

    Parameters
    ----------
    conflicts : contradictions that share no rule; of all but one the cheapest relaxation goes
        along with each relaxation of that one
    """
    # The budget's own first: what it costs can only be told while there is a budget.
    ordered = sorted(conflicts, key=lambda conflict: not conflict.has_budget)
    chosen: list[Relaxation] = []
    ways: list[Relaxation] = []
    for number, conflict in enumerate(ordered):
        aside = Wish(problem)
        for later in ordered[number + 1 :]:
            aside = aside.less(later)
        ways = _of_one(aside.posed(), conflict, settings)
        if not ways:
            return ()
        if number + 1 < len(ordered):
            chosen.append(ways[0])
            problem = relaxed(problem, ways[0])
    return cheapest_first(problem, [replace(way, also=tuple(chosen)) for way in ways])


def cheapest_first(problem: Problem, ways: Sequence[Relaxation]) -> tuple[Relaxation, ...]:
    """Ways in the order of their value, with what each costs against the best of them."""
    sign = -1.0 if problem.objective == "spend" else 1.0
    ordered = sorted(ways, key=lambda way: -sign * way.value)
    return tuple(replace(way, cost=abs(ordered[0].value - way.value)) for way in ordered)


def relaxed(problem: Problem, way: Relaxation) -> Problem:
    """The problem with the limits of a way out."""
    for other in way.also:
        problem = relaxed(problem, other)
    if way.rule.kind == "budget":
        assert way.to is not None
        return _with_budget(problem, way.to)
    position = problem.rules.index(way.rule)
    if way.to is None:
        return problem.without(position)
    return _with_limit(problem, position, way.to)


def _with_limit(problem: Problem, position: int, limit: float) -> Problem:
    rules = list(problem.rules)
    rules[position] = replace(rules[position], limit=limit)
    return replace(problem, rules=tuple(rules))


def _with_budget(problem: Problem, amount: float) -> Problem:
    least = amount if problem.total.is_fixed else min(problem.total.minimum, amount)
    return replace(problem, budget=Budget(least, amount))


def _of_one(problem: Problem, conflict: Wish, settings: Settings) -> list[Relaxation]:
    """For each rule of a conflict the nearest limit that makes the problem feasible, best first."""
    found = [relax_rule(problem, rule, settings) for rule in conflict.rules]
    ways = [way for way in found if way]
    if conflict.has_budget:
        ways += _relax_budget(problem, settings)
    return list(cheapest_first(problem, ways))


def relax_rule(problem: Problem, rule: Rule, settings: Settings) -> Relaxation | None:
    """The nearest limit of a rule, or its absence, with which a plan exists; None: none does."""
    position = problem.rules.index(rule)
    if not is_feasible(problem.without(position), settings):
        return None

    def holds(limit: float) -> bool:
        return is_feasible(_with_limit(problem, position, limit), settings)

    fixed = ("locked", "hold", "step", "min_if_active", "min_change")
    if rule.is_fixed or rule.kind in fixed:
        return _verified(problem.without(position), rule, None, settings)
    floor = -1.0 if rule.kind == "change_from" else 0.0
    if KINDS[rule.kind].sense == ">=":
        to = _nearest_limit(holds, rule.limit, floor)
    else:
        far = _far_enough(holds, rule.limit)
        if far is None:
            return _verified(problem.without(position), rule, None, settings)
        to = _nearest_limit(holds, rule.limit, far)
    if rule.kind == "max_changed":
        to = float(math.ceil(to))
    return _verified(_with_limit(problem, position, to), rule, to, settings)


def _relax_budget(problem: Problem, settings: Settings) -> list[Relaxation]:
    """The nearest budgets above and below with which the rules can be kept."""
    total = problem.total
    rule = Rule("budget", total.maximum, path="budget")

    def least(low: float, high: float) -> float | None:
        """Least spend from `low` to `high`."""
        asked = replace(problem, objective="spend", budget=Budget(low, high))
        found = optimise(compile_problem(asked), settings)
        return -found.value if found.spend.size else None

    def holds(amount: float) -> bool:
        return is_feasible(_with_budget(problem, amount), settings)

    ways = []
    most = Wish(problem).free_budget().posed().total.maximum
    for start, near in (
        (total.maximum, least(total.maximum, most)),
        (total.minimum, _most_below(problem, total.minimum, least, settings)),
    ):
        if near is not None and near > 1e-6 * start:  # a budget of nothing helps nobody
            to = _rounded(holds, start, near * (1 + 1e-6) if near > start else near)
            ways.append(_verified(_with_budget(problem, to), rule, to, settings))
    return [way for way in ways if way]


def _most_below(problem: Problem, amount: float, least, settings: Settings) -> float | None:
    """The largest spend below an amount: that one exists above a floor is true up to some floor."""

    def holds(floor: float) -> bool:
        asked = replace(problem, budget=Budget(floor, amount))
        return is_feasible(asked, settings)

    return least(_nearest(holds, amount, 0.0), amount) if holds(0.0) else None


def relax_risk(problem: Problem, limit: Rule, settings: Settings) -> Relaxation | None:
    """The smallest probability of loss with which a plan exists: a whole number of draws.

    Parameters
    ----------
    limit : the problem's risk as a rule
    """
    from optimizer.risk.measures import make_aim

    draws = make_aim(compile_problem(problem)).drawn.draws
    assert problem.risk is not None

    def posed(losing: int) -> Problem:
        assert problem.risk is not None
        return replace(problem, risk=replace(problem.risk, level=losing / draws))

    bad, good = int(problem.risk.level * draws + 1e-9), draws
    while good - bad > 1:
        middle = (bad + good) // 2
        if is_feasible(posed(middle), settings):
            good = middle
        else:
            bad = middle
    return _verified(posed(good), limit, good / draws, settings)


def _verified(
    problem: Problem, rule: Rule, to: float | None, settings: Settings
) -> Relaxation | None:
    result = optimise(compile_problem(problem), settings)
    if not result.spend.size:
        return None
    sign = -1.0 if problem.objective == "spend" else 1.0
    return Relaxation(rule, rule.limit, to, sign * result.value)


def _far_enough(holds, limit: float) -> float | None:
    """A limit that is loose enough, by doubling."""
    reach = max(abs(limit), 1e-3)
    for _ in range(40):
        if holds(limit + reach):
            return limit + reach
        reach *= 2.0
    return None


def _nearest_limit(holds, bad: float, good: float) -> float:
    """The limit nearest to `bad` that holds, rounded outward to few figures where that does."""
    return _rounded(holds, bad, _nearest(holds, bad, good))


def _nearest(holds, bad: float, good: float) -> float:
    """The limit nearest to `bad` that holds, to a 4,000th of the way."""
    for _ in range(12):
        middle = 0.5 * (bad + good)
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def _rounded(holds, start: float, good: float) -> float:
    """A limit that holds, rounded to the fewest figures that hardly move it away from `start`."""
    for figures in (2, 3, 4, 5, 6):
        unit = _unit(good, figures)
        near = unit * round(good / unit)
        outward = unit * (math.ceil if good > start else math.floor)(good / unit)
        for rounded in (near, outward):
            if abs(rounded - good) <= 0.02 * abs(good - start) and holds(rounded):
                return rounded
    return good


def _unit(value: float, figures: int) -> float:
    """The place value of the last of so many significant figures."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - figures + 1) if value else 1.0
