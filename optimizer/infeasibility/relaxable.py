"""A wish that may be impossible: what is demanded, of which the budget may be let go too."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Literal

from optimizer.objective import optimise
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Clock, Settings
from optimizer.rules import Rule
from optimizer.search.incumbent import Sandwich

ANY = sys.float_info.max  # a gap that any plan has, and no plan has not


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


class Trials:
    """Problems tried one after the other, within one time limit for all of them.

    Parameters
    ----------
    settings : its time limit is that of all trials together
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._clock = settings, Clock(settings.time_limit)

    def best(self, problem: Problem) -> Sandwich:
        """The best plan, as far as the time that is left allows."""
        return optimise(
            compile_problem(problem), replace(self._settings, time_limit=self._clock.left)
        )

    def verdict(self, problem: Problem) -> Literal["possible", "impossible", "unknown"]:
        """Whether any allocation keeps all rules: the first plan found will do.

        "impossible" is proven; "unknown" says that time or the solver's numbers ran out before
        either a plan or a proof.
        """
        if self._clock.is_over:
            return "unknown"
        quick = replace(self._settings, gap=ANY, time_limit=self._clock.left)
        if problem.objective == "roas":
            problem = replace(problem, objective="revenue")
        found = optimise(compile_problem(problem), quick)
        if found.spend.size:
            return "possible"
        return "impossible" if found.status == "infeasible" else "unknown"

    def allows(self, problem: Problem) -> bool:
        """Whether a plan was found that keeps all rules."""
        return self.verdict(problem) == "possible"

    def forbids(self, problem: Problem) -> bool:
        """Whether it is proven that no allocation keeps all rules."""
        return self.verdict(problem) == "impossible"


def is_feasible(problem: Problem, settings: Settings) -> bool:
    """Whether a plan is found that keeps all rules."""
    return Trials(settings).allows(problem)
