"""Problem to allocation: compile, prove, score, price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.phrases import said
from optimizer.allocation import (
    Allocation,
    Certificate,
    RiskOutcome,
    RuleOutcome,
)
from optimizer.objective import optimise, optimise_many
from optimizer.problem import Problem
from optimizer.program.compile import Compiled, compile_problem
from optimizer.relaxation.solver import Clock, Settings, installed
from optimizer.scoring import Split, rule_outcome, scored
from optimizer.search.incumbent import Sandwich
from optimizer.sensitivity.shadow_prices import Price, shadow_prices

Array = NDArray[np.floating]

NO_PLAN = {
    "time_limit": said("no plan was found within the time limit"),
    "round_limit": said("no plan was found within the rounds of refinement allowed"),
    "numerical_trouble": said(
        "no plan was found: the numbers of this problem are too far apart for the solver"
    ),
}


def allocate(
    problem: Problem,
    settings: Settings | None = None,
    costs: bool = False,
    conflicts: bool = True,
) -> Allocation:
    """The best allocation under a problem's rules, with its proof.

    Parameters
    ----------
    problem : curves, budget, horizon, objective, rules
    settings : gap, solver, time limit
    costs : also re-solve without each binding rule, to say what it costs
    conflicts : of an impossible problem, also find out why and what would help

    Returns
    -------
    An allocation; with status "infeasible" it carries the conflict instead of channels.

    Raises
    ------
    ScenarioError, CurvesError : a rule or the objective speaks of what the curves do not carry

    Examples
    --------
    With ``a log(1 + x/k)`` the slopes ``a / (k + x)`` agree where every ``k + x`` is in proportion
    to its ``a``. Of a budget of 400, with a = 30 and 10 and k = 100, the sum of 600 divides into
    450 and 150, which leaves spends of 350 and 50.

    >>> from models.curves.curveset import ChannelCurve, CurveSet
    >>> from models.curves.families import Logarithmic
    >>> curves = CurveSet(tuple(ChannelCurve(name, Logarithmic(a, 100.0))
    ...                         for name, a in (("search", 30.0), ("social", 10.0))),
    ...                   period_days=1)
    >>> found = allocate(Problem(curves, budget=400.0, days=1.0, objective="conversions"))
    >>> {row.channel: round(row.proposed.spend) for row in found.channels}
    {'search': 350, 'social': 50}
    """
    settings = settings or (Settings(gap=1e-3) if problem.is_drawn else Settings())
    clock = Clock(settings.time_limit)
    installed(settings.solver)  # also where no solver is asked after all
    compiled = compile_problem(problem)
    allocation = _answer(compiled, optimise(compiled, settings), settings, conflicts)
    if costs and allocation.certificate is not None and not clock.is_over:
        from optimizer.sensitivity.rule_costs import with_costs

        return with_costs(problem, allocation, replace(settings, time_limit=clock.left))
    return allocation


def allocate_many(
    problems: Sequence[Problem], settings: Settings | None = None, conflicts: bool = True
) -> list[Allocation]:
    """The best allocation of each of many problems, as `allocate` finds it.

    Problems that a budget and bounds on channels alone tie are solved together.

    Parameters
    ----------
    settings, conflicts : as of `allocate`; the time limit is that of each problem by itself

    Raises
    ------
    ScenarioError, CurvesError : as `allocate`, of the first problem that is wrong
    """
    settings = settings or Settings()
    installed(settings.solver)
    compiled = [compile_problem(problem) for problem in problems]
    return [
        _answer(one, result, settings, conflicts)
        for one, result in zip(compiled, optimise_many(compiled, settings), strict=True)
    ]


def _answer(
    compiled: Compiled, result: Sandwich, settings: Settings, conflicts: bool
) -> Allocation:
    """What was found in the people's terms: a plan, why there is none, or what ended the search."""
    if result.status == "infeasible":
        return _impossible(compiled.problem, settings) if conflicts else Allocation("infeasible")
    if not result.spend.size:
        return Allocation(result.status, warnings=(NO_PLAN[result.status],))
    return describe(compiled, result, settings)


def _impossible(problem: Problem, settings: Settings) -> Allocation:
    from optimizer.infeasibility.iis import find_conflict, too_risky

    is_limited = problem.risk is not None and problem.risk.measure == "probability_of_loss"
    without = replace(problem, risk=None)
    if is_limited and allocate(without, settings, conflicts=False).status != "infeasible":
        return Allocation("infeasible", conflict=too_risky(problem, settings))
    return Allocation("infeasible", conflict=find_conflict(problem, settings))


def describe(
    compiled: Compiled, result: Sandwich, settings: Settings, with_prices: bool = True
) -> Allocation:
    """The allocation in the people's terms, scored on the true curves.

    Parameters
    ----------
    with_prices : False for a plan that is not meant to be the best, of which limits have none
    """
    spend = result.spend[: len(compiled.cells)]
    prices = (
        shadow_prices(compiled, result, settings) if with_prices else (None,) * len(compiled.rules)
    )
    split = Split(compiled, spend)
    rules = tuple(
        _priced(rule_outcome(split, k), prices[k], settings) for k in range(len(compiled.rules))
    )
    budget = compiled.problem.total
    unspent = max(budget.maximum - float(spend.sum()), 0.0)
    return replace(
        scored(compiled, spend, rules),
        risk=_risk(compiled, spend=result.spend),
        status=result.status,
        certificate=_certificate(compiled, result, settings),
        unspent=unspent if unspent > 1e-6 * budget.maximum else 0.0,
    )


def _risk(compiled: Compiled, spend: Array) -> RiskOutcome | None:
    if compiled.problem.risk is None:
        return None
    from optimizer.risk.measures import describe

    return describe(compiled, spend)


def _certificate(compiled: Compiled, result: Sandwich, settings: Settings) -> Certificate:
    sign = -1.0 if compiled.problem.objective == "spend" else 1.0
    return Certificate(
        objective=compiled.problem.objective,
        value=sign * result.value,
        bound=sign * result.bound,
        gap=result.gap,
        solver=settings.solver,
        iterations=result.iterations,
        binaries=result.binaries,
        is_convex=result.is_convex,
    )


def _priced(outcome: RuleOutcome, price: Price | None, settings: Settings) -> RuleOutcome:
    """The outcome with its price; a rule that has one binds, as nearly as the plan is optimal."""
    if price is None:
        return outcome
    binds = outcome.is_binding
    if (price.more or price.less) and outcome.slack is not None:
        size = max(abs(outcome.limit), abs(outcome.value or 0.0))
        binds |= 0.0 <= outcome.slack <= settings.gap * size
    less = price.less if price.less != price.more else None
    return replace(outcome, shadow_price=price.more, price_of_less=less, is_binding=binds)
