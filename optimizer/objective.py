"""What is maximised: most objectives as they are, a ratio by a sequence of differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.errors import Fault, ScenarioError
from optimizer.program.compile import Compiled
from optimizer.relaxation.solver import Settings
from optimizer.search.incumbent import Sandwich
from optimizer.search.sandwich import sandwich


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
            return _per_spend(sandwich(compiled.programme, settings), problem.total.maximum)
        return _best_ratio(compiled, settings)
    return sandwich(compiled.programme, settings, reference=compiled.programme.negligible)


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
