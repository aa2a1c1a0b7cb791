"""Problem to allocation: compile, prove, score, price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.phrases import said
from optimizer.allocation import (
    Allocation,
    Certificate,
    ChannelAllocation,
    Outcome,
    RiskOutcome,
    RuleOutcome,
)
from optimizer.objective import optimise, optimise_many
from optimizer.problem import Problem
from optimizer.program.cells import Cell, outcomes, total, total_marginals, working_money
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.domains import bounds
from optimizer.program.rule_kinds import KINDS, Totals
from optimizer.program.rule_rows import steps_between
from optimizer.relaxation.solver import Clock, Settings, installed
from optimizer.rules import Rule
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
BINDING = 1e-6  # relative distance to a limit that counts as touching it


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


def scored(compiled: Compiled, spend: Array, rules: tuple[RuleOutcome, ...]) -> Allocation:
    """A split beside today's, both on the true curves, with status "given".

    Parameters
    ----------
    spend : money by cell
    rules : how each rule fares
    """
    cells, tail = compiled.cells, compiled.tail
    now = np.array([cell.current_spend or 0.0 for cell in cells])
    current, proposed = outcomes(cells, now, tail), outcomes(cells, spend, tail)
    working = working_money(cells, spend, tail)
    rows = [
        ChannelAllocation(cell.channel, cell.period, current[k], proposed[k])
        if cell.mix is None
        else ChannelAllocation(
            cell.channel, cell.period, current[k], proposed[k], effective_spend=float(working[k])
        )
        for k, cell in enumerate((*cells, *tail))
    ]
    marginals = total_marginals(cells, spend, tail)
    binding = binding_by_cell(compiled, rules)
    channels = tuple(
        _limited(compiled, k, rows[k], marginals[k], tuple(binding[k])) for k in range(len(cells))
    )
    return Allocation(
        status="given",
        channels=channels,
        tail=tuple(rows[len(cells) :]),
        current=total(current[: len(cells)]),
        proposed=total(proposed[: len(cells)]),
        rules=rules,
    )


def _limited(
    compiled: Compiled, k: int, row: ChannelAllocation, marginals, binding: tuple[str, ...]
) -> ChannelAllocation:
    """A cell with its marginal figures, its limits, and what stops it."""
    conversions, revenue = marginals
    low, high = bounds(compiled.programme.domains[k])
    observed = compiled.cells[k].observed_spend
    return replace(
        row,
        marginal_cpa=1.0 / conversions if conversions else None,
        marginal_roas=revenue,
        min_spend=low,
        max_spend=high,
        binding=binding,
        is_extrapolated=observed is not None and row.proposed.spend > observed * (1 + 1e-9),
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


@dataclass(frozen=True, eq=False)
class Split:
    """Money by cell and what it brings; what every rule asks of it is summed once.

    Parameters
    ----------
    spend : money by cell, shape (cells,)
    """

    compiled: Compiled
    spend: Array

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What every cell brings."""
        return outcomes(self.compiled.cells, self.spend)

    @cached_property
    def spend_of_period(self) -> dict[str, float]:
        """Money of all cells by period."""
        found: dict[str, float] = {}
        for cell, amount in zip(self.compiled.cells, self.spend.tolist(), strict=True):
            found[cell.period] = found.get(cell.period, 0.0) + amount
        return found


def rule_outcome(split: Split, k: int) -> RuleOutcome:
    """How the rule at position `k` fares under a split that keeps all rules."""
    compiled, spend = split.compiled, split.spend
    rule, scope = compiled.rules[k], compiled.scopes[k]
    kind, limit = KINDS[rule.kind], rule.limit
    if rule.kind in ("locked", "hold"):
        return RuleOutcome(rule, 0.0, 0.0, 0.0, is_binding=True)
    if rule.probability is not None:
        from optimizer.risk.measures import in_most_draws

        value = in_most_draws(compiled, k, spend)
    elif rule.kind == "max_marginal_cpa":
        working = working_money(compiled.cells, spend)
        value = max((_marginal_cpa(compiled.cells[j], working[j]) for j in scope), default=0.0)
    elif rule.kind == "max_change_between_periods":
        value = _greatest_change(compiled.cells, scope, spend)
    else:
        totals = _totals(split, rule, scope)
        value = kind.measure(totals)
        if rule.kind == "extrapolation" and totals.observed:
            limit = max(limit, totals.current / totals.observed)  # today is never out of reach
    if value is None:
        return RuleOutcome(rule, limit, None, None, is_binding=False)
    slack = value - limit if kind.sense == ">=" else limit - value
    size = max(abs(limit), abs(value))
    if limit == 0.0:  # what counts as nothing, in the limit's unit
        size = {"money": compiled.programme.scale, "fraction": 1.0}.get(kind.unit, size)
    touches = abs(slack) <= BINDING * size
    return RuleOutcome(rule, limit, value, max(slack, 0.0) if touches else slack, touches)


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


def _marginal_cpa(cell: Cell, working: float) -> float:
    slope, _ = cell.marginals(working)
    return 1.0 / slope if slope and working > 0 else 0.0


def _greatest_change(cells: tuple[Cell, ...], scope, spend: Array) -> float | None:
    """The greatest change of pace from one period to the next; infinite from nothing to some."""
    changes: list[float] = []
    for before, after in steps_between(scope, cells):
        pace, then = (float(spend[k]) / cells[k].length for k in (before, after))
        changes.append(abs(then / pace - 1.0) if pace > 0 else math.inf if then > 0 else 0.0)
    return max(changes, default=None)


def _totals(split: Split, rule: Rule, scope: Sequence[int]) -> Totals:
    cells, spend = split.compiled.cells, split.spend
    room = 1e-6 * split.compiled.programme.scale
    mine = [(cells[j], float(spend[j])) for j in scope]
    periods = {cell.period for cell, _ in mine}
    changed = {
        cell.channel for cell, amount in mine if abs(amount - (cell.current_spend or 0.0)) > room
    }
    return Totals(
        outcome=total([split.outcomes[j] for j in scope]),
        all_spend=sum(split.spend_of_period[period] for period in periods),
        current=sum(cell.current_spend or 0.0 for cell, _ in mine),
        observed=sum(cell.observed_spend or 0.0 for cell, _ in mine),
        weighted=sum(rule.coefficients.get(cell.channel, 1.0) * amount for cell, amount in mine),
        changed=len(changed),
    )


def binding_by_cell(compiled: Compiled, outcomes: tuple[RuleOutcome, ...]) -> list[list[str]]:
    """Paths of the rules that stop each cell; those on the whole portfolio are not listed."""
    binding: list[list[str]] = [[] for _ in compiled.cells]
    for outcome, scope in zip(outcomes, compiled.scopes, strict=True):
        if outcome.is_binding and outcome.rule.channels:
            for k in scope:
                binding[k].append(outcome.rule.path or outcome.rule.kind)
    return binding
