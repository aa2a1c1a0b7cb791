"""What is maximised: most objectives as they are, a ratio by a sequence of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.errors import Fault, ScenarioError
from optimizer.problem import Problem
from optimizer.program.compile import Compiled
from optimizer.relaxation.solver import Settings
from optimizer.search.incumbent import Sandwich
from optimizer.search.money_alone import best_splits, is_for
from optimizer.search.sandwich import sandwich

TOGETHER = 2_000  # problems that are solved at once


def optimise(compiled: Compiled, settings: Settings) -> Sandwich:
    """The best spend for the problem's objective, with bound.

    Raises
    ------
    ScenarioError : ROAS is to be maximised and nothing has to be spent
    """
    problem = compiled.problem
    if problem.is_drawn:
        from optimizer.risk.measures import optimise_risk

        return optimise_risk(compiled, settings)
    if problem.objective == "roas":
        if problem.total.is_fixed:
            return _in_units_of(problem, sandwich(compiled.programme, settings))
        return _best_ratio(compiled, settings)
    return sandwich(compiled.programme, settings, reference=_reference(compiled))


def optimise_many(problems: Sequence[Compiled], settings: Settings) -> list[Sandwich]:
    """The best spend of many problems, each as `optimise` finds it.

    Those that a budget and bounds alone tie are solved together, thousands in seconds; the others,
    and the few whose gap that leaves open, one after the other.

    Parameters
    ----------
    settings : the time limit is that of each problem that is solved alone
    """
    found: list[Sandwich | None] = [None] * len(problems)
    simple = [k for k, compiled in enumerate(problems) if _is_simple(compiled)]
    for first in range(0, len(simple), TOGETHER):
        some = simple[first : first + TOGETHER]
        programmes = [problems[k].programme for k in some]
        sizes = [_reference(problems[k]) for k in some]
        for k, result in zip(
            some, best_splits(programmes, settings.refinement, sizes), strict=True
        ):
            if result.status != "round_limit":
                found[k] = _in_units_of(problems[k].problem, result)
    return [
        optimise(compiled, settings) if result is None else result
        for compiled, result in zip(problems, found, strict=True)
    ]


def _is_simple(compiled: Compiled) -> bool:
    problem = compiled.problem
    is_ratio = problem.objective == "roas" and not problem.total.is_fixed
    if problem.is_drawn or is_ratio or compiled.programme.is_empty:
        return False
    return is_for(compiled.programme)


def _reference(compiled: Compiled) -> float:
    """The size of an objective below which its gap means nothing."""
    is_ratio = compiled.problem.objective == "roas"
    return 0.0 if is_ratio else compiled.programme.negligible


def _in_units_of(problem: Problem, result: Sandwich) -> Sandwich:
    """Of a ratio over a fixed budget, per unit of money."""
    is_ratio = problem.objective == "roas"
    return _per_spend(result, problem.total.maximum) if is_ratio else result


def _per_spend(result: Sandwich, spend: float) -> Sandwich:
    prices = None if result.prices is None else result.prices / spend
    return replace(result, value=result.value / spend, bound=result.bound / spend, prices=prices)


def _best_ratio(compiled: Compiled, settings: Settings) -> Sandwich:
    """Revenue per spend over a range of budgets, by Dinkelbach's method.

    ``max R - rate * X`` is solved for a rate that rises to the best ratio; its bound b proves
    that no plan has a ratio above ``rate + b / least spend``.

    Source: Dinkelbach, *On nonlinear fractional programming* (1967).
    """
    problem, programme = compiled.problem, compiled.programme
    if programme.is_empty:
        return Sandwich("infeasible", np.empty(0))
    least = max(problem.total.minimum, float(programme.low[: len(compiled.cells)].sum()))
    if least <= 0:
        raise ScenarioError(
            Fault(
                "objective",
                "ROAS is highest where almost nothing is spent, and nothing has to be",
                "Give the budget a minimum, or use objective: profit",
            )
        )
    rate, best = 0.0, Sandwich("infeasible", np.empty(0))
    for _ in range(50):
        gains = programme.spend_gain.copy()
        gains[: len(compiled.cells)] -= rate
        found = sandwich(
            programme.with_gains(gains, programme.response_gain),
            settings,
            reference=0.25 * rate * least,
        )
        if not found.spend.size:
            return found
        spend = float(found.spend[: len(compiled.cells)].sum())
        ratio = rate + found.value / spend
        bound = rate + max(found.bound, 0.0) / least
        prices = None if found.prices is None else found.prices / spend
        best = replace(found, value=ratio, bound=max(bound, ratio), prices=prices, reference=0.0)
        if best.gap <= settings.gap or found.status != "optimal":
            return best
        rate = ratio
    return replace(best, status="round_limit")
