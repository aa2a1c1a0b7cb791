"""A wish that may be impossible: what is demanded, of which the budget may be let go too."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from optimizer.objective import optimise
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule


@dataclass(frozen=True)
class Wish:
    """A problem whose budget may be let go, as its rules may."""

    problem: Problem
    has_budget: bool = True

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.problem.rules

    def without(self, start: int, end: int) -> Wish:
        """Without the rules from `start` to before `end`."""
        return self.with_rules(self.rules[:start] + self.rules[end:])

    def with_rules(self, rules: tuple[Rule, ...]) -> Wish:
        return replace(self, problem=replace(self.problem, rules=rules))

    def less(self, other: Wish) -> Wish:
        """Without anything that `other` demands."""
        gone = set(map(id, other.rules))
        rest = self.with_rules(tuple(rule for rule in self.rules if id(rule) not in gone))
        return rest.free_budget() if other.has_budget else rest

    def free_budget(self) -> Wish:
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
