"""Ways out of an impossible wish: limits at which a plan exists, each verified by solving."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from optimizer.allocation import Relaxation
from optimizer.infeasibility.relaxable import Trials, Wish
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.program.rule_kinds import KINDS
from optimizer.rules import Rule

ONLY_AS_A_WHOLE = ("locked", "hold", "step")  # no other limit makes them looser for certain
FLOORS = {"change_from": -1.0, "linear_min": -math.inf}  # of limits from below; else 0


def ways_out(problem: Problem, conflicts: Sequence[Wish], trials: Trials) -> tuple[Relaxation, ...]:
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
        ways = _of_one(aside.posed(), conflict, trials)
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


def _of_one(problem: Problem, conflict: Wish, trials: Trials) -> list[Relaxation]:
    """For each rule of a conflict the nearest limit that makes the problem feasible, best first."""
    found = [relax_rule(problem, rule, trials) for rule in conflict.rules]
    ways = [way for way in found if way]
    if conflict.has_budget:
        ways += _relax_budget(problem, trials)
    return list(cheapest_first(problem, ways))


@dataclass
class _Limits:
    """Limits of one rule tried one after the other; whether every refusal was a proof."""

    posed: Callable[[float], Problem]
    trials: Trials
    is_settled: bool = field(default=True)

    def holds(self, limit: float) -> bool:
        verdict = self.trials.verdict(self.posed(limit))
        self.is_settled &= verdict != "unknown"
        return verdict == "possible"


def relax_rule(problem: Problem, rule: Rule, trials: Trials) -> Relaxation | None:
    """The nearest limit of a rule, or its absence, with which a plan exists; None: none does."""
    position = problem.rules.index(rule)
    free = problem.without(position)
    if rule.is_fixed or rule.kind in ONLY_AS_A_WHOLE:
        return _verified(free, rule, None, trials)
    if not trials.allows(replace(problem, rules=_others(problem, position))):
        return None
    limits = _Limits(lambda limit: _with_limit(problem, position, limit), trials)
    to = _nearest_of(rule, limits)
    if to is None:
        return _verified(free, rule, None, trials)
    return _verified(limits.posed(to), rule, to, trials, limits.is_settled)


def _others(problem: Problem, position: int) -> tuple[Rule, ...]:
    return problem.rules[:position] + problem.rules[position + 1 :]


def _nearest_of(rule: Rule, limits: _Limits) -> float | None:
    """The nearest limit of a rule that holds; None where only its absence does."""
    sign = -1.0 if KINDS[rule.kind].sense == ">=" else 1.0
    floor = FLOORS.get(rule.kind, 0.0)
    if sign < 0 and math.isfinite(floor):
        far = floor if rule.limit > floor and limits.holds(floor) else None
    else:
        far = _far_enough(limits.holds, rule.limit, sign)
    if far is None:
        return None
    if rule.kind == "max_changed":
        return float(_first_that_holds(limits.holds, math.floor(rule.limit), math.ceil(far)))
    to = _nearest_limit(limits.holds, rule.limit, far)
    return None if sign < 0 and to == floor else to  # a limit of nothing is none


def _relax_budget(problem: Problem, trials: Trials) -> list[Relaxation]:
    """The nearest budgets above and below with which the rules can be kept."""
    total = problem.total
    rule = Rule("budget", total.maximum, path="budget")

    limits = _Limits(lambda amount: _with_budget(problem, amount), trials)

    def least(low: float, high: float) -> float | None:
        """Least spend from `low` to `high`."""
        asked = replace(problem, objective="spend", budget=Budget(low, high))
        found = trials.best(asked)
        limits.is_settled &= found.status in ("optimal", "infeasible")
        return -found.value if found.spend.size else None

    ways = []
    most = Wish(problem).free_budget().posed().total.maximum
    for start, near in (
        (total.maximum, least(total.maximum, most)),
        (total.minimum, _most_below(problem, total.minimum, least, trials)),
    ):
        if near is not None and near > 1e-6 * start:  # a budget of nothing helps nobody
            to = _rounded(limits.holds, start, near * (1 + 1e-6) if near > start else near)
            ways.append(_verified(limits.posed(to), rule, to, trials, limits.is_settled))
    return [way for way in ways if way]


def _most_below(
    problem: Problem, amount: float, least: Callable[[float, float], float | None], trials: Trials
) -> float | None:
    """The largest spend below an amount: that one exists above a floor is true up to some floor."""

    def holds(floor: float) -> bool:
        return trials.allows(replace(problem, budget=Budget(floor, amount)))

    return least(_nearest(holds, amount, 0.0), amount) if holds(0.0) else None


def relax_risk(problem: Problem, limit: Rule, trials: Trials) -> Relaxation | None:
    """The smallest probability of loss with which a plan exists: a whole number of draws.

    Parameters
    ----------
    limit : the problem's risk as a rule
    """
    from optimizer.risk.measures import make_aim

    draws = make_aim(compile_problem(problem)).drawn.draws
    risk = problem.risk
    assert risk is not None

    def posed(losing: float) -> Problem:
        return replace(problem, risk=replace(risk, level=losing / draws))

    limits = _Limits(posed, trials)
    losing = _first_that_holds(limits.holds, int(risk.level * draws + 1e-9), draws)
    return _verified(posed(losing), limit, losing / draws, trials, limits.is_settled)


def _verified(
    problem: Problem, rule: Rule, to: float | None, trials: Trials, is_nearest: bool = True
) -> Relaxation | None:
    result = trials.best(problem)
    if not result.spend.size:
        return None
    sign = -1.0 if problem.objective == "spend" else 1.0
    return Relaxation(rule, rule.limit, to, sign * result.value, is_nearest=is_nearest)


def _far_enough(holds: Callable[[float], bool], limit: float, sign: float) -> float | None:
    """A limit that is loose enough, by doubling."""
    reach = max(abs(limit), 1e-3)
    for _ in range(40):
        if holds(limit + sign * reach):
            return limit + sign * reach
        reach *= 2.0
    return None


def _first_that_holds(holds: Callable[[float], bool], bad: int, good: int) -> int:
    """The least whole number above `bad` that holds, up to `good`, which does."""
    while good - bad > 1:
        middle = (bad + good) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def _nearest_limit(holds: Callable[[float], bool], bad: float, good: float) -> float:
    """The limit nearest to `bad` that holds, rounded outward to few figures where that does."""
    return _rounded(holds, bad, _nearest(holds, bad, good))


def _nearest(holds: Callable[[float], bool], bad: float, good: float) -> float:
    """The limit nearest to `bad` that holds, to a 4,000th of the way."""
    for _ in range(12):
        middle = 0.5 * (bad + good)
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def _rounded(holds: Callable[[float], bool], start: float, good: float) -> float:
    """A limit that holds, rounded to the fewest figures that hardly move it away from `start`."""
    for figures in (2, 3, 4, 5, 6):
        unit = _unit(good, figures)
        outward = (math.ceil if good > start else math.floor)(good / unit)
        for count in (round(good / unit), outward):
            rounded = float(f"{count * unit:.{figures}g}")
            if abs(rounded - good) <= 0.02 * abs(good - start) and holds(rounded):
                return rounded
    return good


def _unit(value: float, figures: int) -> float:
    """The place value of the last of so many significant figures."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - figures + 1) if value else 1.0
