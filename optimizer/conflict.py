"""Why nothing is feasible, and the cheapest ways out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from optimizer.allocation import Conflict, Relaxation
from optimizer.compile import Compiled, compile_problem
from optimizer.domains import EVERYTHING, allowed, bounds, intersect, is_domain_rule
from optimizer.kinds import KINDS
from optimizer.objective import optimise
from optimizer.problem import Budget, Problem
from optimizer.rules import Rule
from optimizer.solve import Settings

_AMOUNT = "{:,.0f}"


@dataclass(frozen=True)
class _Wish:
    """A problem whose budget may be let go, as its rules may."""

    problem: Problem
    has_budget: bool = True

    def without(self, start: int, end: int) -> _Wish:
        """Without the rules from `start` to before `end`."""
        rules = self.problem.rules[:start] + self.problem.rules[end:]
        return replace(self, problem=replace(self.problem, rules=rules))

    def free_budget(self) -> _Wish:
        return replace(self, has_budget=False)

    def posed(self) -> Problem:
        if self.has_budget:
            return self.problem
        most = 1e3 * max(self.problem.total.maximum, _known_money(self.problem))
        return replace(self.problem, budget=Budget(0.0, most))


def _known_money(problem: Problem) -> float:
    return sum((entry.current_spend or 0.0) for entry in problem.curves) * problem.days


def is_feasible(problem: Problem, settings: Settings) -> bool:
    """Whether any allocation keeps all rules: the first plan found will do."""
    quick = replace(settings, gap=math.inf)
    if problem.objective == "roas":
        problem = replace(problem, objective="revenue")
    return optimise(compile_problem(problem), quick).spend.size > 0


def find_conflict(problem: Problem, settings: Settings) -> Conflict:
    """A smallest set of rules that contradict each other, and verified ways out.

    The set is irreducible: without any one of its rules the rest can be kept (deletion filter:
    Chinneck and Dravnieks, *Locating minimal infeasible constraint sets in linear programs*, 1991).
    """
    kept = _deletion_filter(problem, settings)
    has_budget = kept.has_budget
    rules = kept.problem.rules
    members = (
        (Rule("budget", problem.total.maximum, path="budget"),) if has_budget else ()
    ) + rules
    relaxations = _relaxations(problem, rules, has_budget, settings)
    return Conflict(members, _message(problem, rules, has_budget), relaxations)


def _deletion_filter(problem: Problem, settings: Settings) -> _Wish:
    wish = _Wish(problem)
    if not is_feasible(wish.free_budget().posed(), settings):
        wish = wish.free_budget()
    return _filtered(wish, 0, len(problem.rules), settings)


def _filtered(wish: _Wish, start: int, end: int, settings: Settings) -> _Wish:
    """Without the rules from `start` to before `end` that the contradiction does not need.

    As if they were tried one by one from the last on, but whole halves that are not needed go at
    once: what contradicts without all of them does so without any one. Of n rules, k of which
    contradict, about k log(n) problems are solved.
    """
    if start == end:
        return wish
    shorter = wish.without(start, end)
    if not is_feasible(shorter.posed(), settings):
        return shorter
    if end - start == 1:
        return wish
    middle = (start + end) // 2
    wish = _filtered(wish, middle, end, settings)
    return _filtered(wish, start, middle, settings)


def _relaxations(
    problem: Problem, rules: tuple[Rule, ...], has_budget: bool, settings: Settings
) -> tuple[Relaxation, ...]:
    """For each rule of the conflict the nearest limit that makes the whole problem feasible."""
    found = []
    for rule in rules:
        position = problem.rules.index(rule)
        found.append(_relax_rule(problem, position, rule, settings))
    if has_budget:
        found.append(_relax_budget(problem, settings))
    # A budget of nothing keeps any rule and helps nobody.
    ways = [way for way in found if way and not (way.rule.kind == "budget" and way.to == 0)]
    if not ways:
        return ()
    sign = -1.0 if problem.objective == "spend" else 1.0
    best = max(sign * way.value for way in ways)
    costed = [replace(way, cost=best - sign * way.value) for way in ways]
    return tuple(sorted(costed, key=lambda way: way.cost))


def _relax_rule(
    problem: Problem, position: int, rule: Rule, settings: Settings
) -> Relaxation | None:
    if not is_feasible(problem.without(position), settings):
        return None

    def posed(limit: float) -> Problem:
        changed = (replace(rule, limit=limit),)
        return replace(
            problem, rules=problem.rules[:position] + changed + problem.rules[position + 1 :]
        )

    if rule.kind in ("locked", "hold", "step", "min_if_active", "min_change"):
        return _verified(problem.without(position), rule, None, settings)
    floor = -1.0 if rule.kind == "change_from" else 0.0
    if KINDS[rule.kind].sense == ">=":
        to = _nearest_limit(lambda x: is_feasible(posed(x), settings), rule.limit, floor)
    else:
        far = _far_enough(lambda x: is_feasible(posed(x), settings), rule.limit)
        if far is None:
            return _verified(problem.without(position), rule, None, settings)
        to = _nearest_limit(lambda x: is_feasible(posed(x), settings), rule.limit, far)
    if rule.kind == "max_changed":
        to = float(math.ceil(to))
    return _verified(posed(to), rule, to, settings)


def _relax_budget(problem: Problem, settings: Settings) -> Relaxation | None:
    """More money, or less, with which the rules can be kept."""
    total = problem.total.maximum
    rule = Rule("budget", total, path="budget")

    def posed(amount: float) -> Problem:
        least = amount if problem.total.is_fixed else min(problem.total.minimum, amount)
        return replace(problem, budget=Budget(least, amount))

    free = _Wish(problem).free_budget().posed()
    cheapest = optimise(compile_problem(replace(free, objective="spend")), settings)
    if not cheapest.spend.size:
        return None
    need = -cheapest.value
    if need > total:
        near = need * (1 + 1e-6)
    else:
        dearest = optimise(
            compile_problem(replace(free, objective="spend", budget=Budget(0.0, total))), settings
        )
        if not dearest.spend.size:
            return None
        near = -dearest.value
    to = _nearest_limit(lambda x: is_feasible(posed(x), settings), total, near)
    return _verified(posed(to), rule, to, settings)


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
    """The limit nearest to `bad` that holds, rounded outward to three figures where that does."""
    start = bad
    for _ in range(12):  # to a 4,000th of the way: it is rounded further below
        middle = 0.5 * (bad + good)
        if holds(middle):
            good = middle
        else:
            bad = middle
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


def _message(problem: Problem, rules: tuple[Rule, ...], has_budget: bool) -> str:
    """The conflict in numbers where it is one of amounts, in names where it is not."""
    free = replace(problem, rules=rules)
    compiled = compile_problem(free if has_budget else replace(_Wish(free, False).posed()))
    own = _only_amounts(compiled)
    paths = " and ".join(rule.path or rule.kind for rule in rules)
    if own is None:
        together = f"{paths} and the budget" if has_budget else paths
        verb = "cannot be kept" if len(rules) + has_budget == 1 else "cannot hold together"
        return f"{together} {verb}: no spend within these limits reaches it"
    low, high = own
    if math.isnan(low):
        names = " and ".join(dict.fromkeys(name for rule in rules for name in rule.channels))
        return (
            f"{paths}: no spend of {names} satisfies both"
            if len(rules) > 1
            else (f"{paths}: no spend of {names} satisfies it")
        )
    budget = _AMOUNT.format(problem.total.maximum)
    if low > problem.total.maximum:
        return f"the minimums add up to {_AMOUNT.format(low)}, the budget is {budget}"
    if high < problem.total.minimum:
        least = _AMOUNT.format(problem.total.minimum)
        return f"the maximums add up to {_AMOUNT.format(high)}, the budget to be spent is {least}"
    return f"{paths} cannot hold together with a budget of {budget}"


def _only_amounts(compiled: Compiled) -> tuple[float, float] | None:
    """Sum of all lowest and of all highest spends, where every rule limits one cell's spend."""
    problem = compiled.problem
    endless = [EVERYTHING] * len(compiled.cells)
    for rule, scope in zip(compiled.rules, compiled.scopes, strict=True):
        if rule.kind == "budget" or rule.path == "budget.min":
            continue
        for k in scope:
            cell = compiled.cells[k]
            is_own = compiled.limited_axis(rule, k) == k
            if not (is_own and is_domain_rule(rule, len(scope), cell)):
                return None
            part = allowed(rule, cell, problem.total.maximum)
            endless[k] = intersect(endless[k], part)
    ends = [bounds(domain) for domain in endless]
    return sum(low for low, _ in ends), sum(high for _, high in ends)
