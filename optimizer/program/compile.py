"""Problem to programme: cells to axes, rules to intervals and rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, ScenarioError, nearest
from optimizer.problem import Budget, Objective, Problem
from optimizer.program.axes import Axes, make_axes
from optimizer.program.cells import Cell, by_channel, make_cells, make_tail
from optimizer.program.domains import Domain, allowed, intersect, is_domain_rule
from optimizer.program.program import Programme, Row
from optimizer.program.rule_rows import rows_of, still_rows
from optimizer.rules import Rule

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A programme and how its axes and rows relate to the problem's cells and rules.

    Parameters
    ----------
    problem : what was compiled
    cells : the first axes, in order
    tail : what the cells still bring after the end, by channel
    axes : how all axes follow from the cells' spends
    rules : the budget's rules, then the problem's
    scopes : positions of the cells that each rule speaks of
    """

    problem: Problem
    programme: Programme
    cells: tuple[Cell, ...]
    tail: tuple[Cell, ...]
    axes: Axes
    rules: tuple[Rule, ...]
    scopes: tuple[tuple[int, ...], ...]

    @cached_property
    def rules_of_cell(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the rules that speak of each cell."""
        found: list[list[int]] = [[] for _ in self.cells]
        for number, scope in enumerate(self.scopes):
            for k in scope:
                found[k].append(number)
        return tuple(map(tuple, found))

    def limited_axis(self, rule: Rule, cell: int) -> int:
        """The axis that a rule on single cells limits: of a slope, that of the response."""
        return self.axes.response[cell] if rule.kind == "max_marginal_cpa" else cell


def compile_problem(problem: Problem) -> Compiled:
    """The programme of a problem.

    Raises
    ------
    ScenarioError : a rule speaks of an unknown channel or period, or of conversions or revenue
        that history does not carry
    CurvesError : the objective needs a value per conversion that a channel lacks
    """
    cells, tail = make_cells(problem), make_tail(problem)
    rules = _budget_rules(problem) + problem.rules
    scopes = _scopes(rules, cells)
    _check(rules, scopes, cells)
    axes = make_axes(cells, tail, _needs_revenue(problem, rules))
    still, counting = _still(rules, scopes, cells)
    rows = [
        row
        for number, (rule, scope) in enumerate(zip(rules, scopes, strict=True))
        for row in rows_of(rule, scope, problem, cells, axes, number)
    ]
    spend_gain, response_gain = _gains(problem, cells, tail, axes)
    steps = np.zeros(len(axes.curves))
    for rule, scope in zip(rules, scopes, strict=True):
        if rule.kind == "step":
            for k in scope:
                steps[k] = _both_steps(float(steps[k]), rule.limit)
    further = np.full(len(axes.curves) - len(cells), np.nan)
    programme = Programme(
        curves=axes.curves,
        domains=_domains(problem, rules, scopes, cells, axes, still),
        spend_gain=spend_gain,
        response_gain=response_gain,
        rows=(*rows, *(follower.row() for follower in axes.followers), *counting),
        still=np.concatenate([still, further]),
        steps=steps,
        budget=problem.total.maximum,
        starts=_starts(cells, axes, problem.total.maximum),
    )
    return Compiled(problem, programme, cells, tail, axes, rules, scopes)


def _both_steps(one: float, other: float) -> float:
    """The step of what is a multiple of both; 0 is no step."""
    if not one or not other:
        return one or other
    ratio = Fraction(other / one).limit_denominator(10**6)
    return one * ratio.numerator  # of steps without a common multiple that money reaches: none


def _budget_rules(problem: Problem) -> tuple[Rule, ...]:
    """The budget, of the horizon and of its periods, as rules: they have a price like any other."""
    own = [period.budget for period in problem.periods if period.budget is not None]
    is_sum = bool(own) and len(own) == len(problem.periods) and _sum(own) == problem.total
    # Two rows on the same money would share one price at random.
    rules = [] if is_sum else list(_budget_pair(problem.total, None, "budget"))
    for period in problem.periods:
        if period.budget is not None:
            rules += _budget_pair(period.budget, period.label, f"periods.budgets.{period.label}")
    return tuple(rules)


def _sum(budgets: list[Budget]) -> Budget:
    return Budget(sum(each.minimum for each in budgets), sum(each.maximum for each in budgets))


def _budget_pair(budget: Budget, period: str | None, path: str) -> tuple[Rule, ...]:
    """One rule for an amount to be spent in full, two for a range with a minimum."""
    if budget.is_fixed or budget.minimum <= 0:
        return (Rule("budget", budget.maximum, period=period, path=path),)
    return (
        Rule("budget", budget.maximum, period=period, path=f"{path}.max"),
        Rule("min_spend", budget.minimum, period=period, path=f"{path}.min"),
    )


def _scopes(rules: tuple[Rule, ...], cells: tuple[Cell, ...]) -> tuple[tuple[int, ...], ...]:
    """Positions of the cells that each rule speaks of, in rising order."""
    of_channel, every = by_channel(cells), range(len(cells))
    found = []
    for rule in rules:
        names = set(rule.channels) | set(rule.coefficients)
        # Names that do not exist are refused later, all at once.
        of_names = sorted(k for name in names for k in of_channel.get(name, ()))
        named = of_names if names else every
        found.append(tuple(k for k in named if rule.period in (None, cells[k].period)))
    return tuple(found)


def _check(rules: tuple[Rule, ...], scopes, cells: tuple[Cell, ...]) -> None:
    """Refuse rules on what does not exist, all at once."""
    channels = dict.fromkeys(cell.channel for cell in cells)
    faults = []
    for rule, scope in zip(rules, scopes, strict=True):
        for name in dict.fromkeys([*rule.channels, *rule.coefficients]):
            if name not in channels:
                near = nearest(name, channels)
                remedy = f"Did you mean {near}?" if near else f"Known: {', '.join(channels)}"
                faults.append(Fault(rule.path, f"there is no channel {name!r}", remedy))
        if rule.kind in ("max_cpa", "max_marginal_cpa", "min_conversions") and any(
            not cells[position].counts_conversions for position in scope
        ):
            faults.append(
                Fault(rule.path, "the curves count revenue, not conversions", "Use min_roas")
            )
        if rule.kind in ("min_roas", "min_revenue"):
            faults += [
                Fault(
                    rule.path,
                    f"channel {cells[position].channel} has no value per conversion",
                    "Give value_per_conversion",
                )
                for position in scope
                if cells[position].value is None and cells[position].revenue_curve is None
            ]
        if rule.kind in ("change_from", "change_to", "locked", "hold", "min_change", "max_changed"):
            faults += [
                Fault(
                    rule.path,
                    f"the current spend of {cells[position].channel} is not known",
                    "Give it under current:",
                )
                for position in scope
                if cells[position].current_spend is None
            ]
    if faults:
        raise ScenarioError(dict.fromkeys(faults))


def _needs_revenue(problem: Problem, rules: tuple[Rule, ...]) -> bool:
    return problem.objective in ("revenue", "value", "profit", "roas") or any(
        rule.kind in ("min_roas", "min_revenue") for rule in rules
    )


def _domains(
    problem: Problem, rules, scopes, cells: tuple[Cell, ...], axes: Axes, still: Array
) -> tuple[Domain, ...]:
    """The intervals that the rules on single cells leave to each axis."""
    most = problem.total.maximum
    domains: list[Domain] = [((0.0, most if cell.length > 0 else 0.0),) for cell in cells]
    # Twice what can follow: of these axes the budget must never be the end (see `prices`).
    for follower in axes.followers:
        ends = [domains[k][-1][1] for k in follower.of]
        domains.append(((0.0, 2.0 * float(follower.weights @ ends) + follower.constant),))
    for rule, scope in zip(rules, scopes, strict=True):
        if rule.kind == "budget":
            continue
        for k in scope:
            if is_domain_rule(rule, len(scope), cells[k]):
                axis = axes.response[k] if rule.kind == "max_marginal_cpa" else k
                top = domains[axis][-1][1] if domains[axis] else most
                domains[axis] = intersect(domains[axis], allowed(rule, cells[k], max(top, most)))
    for k in np.flatnonzero(~np.isnan(still)):
        now = float(still[k])
        domains[k] = tuple(sorted({*intersect(domains[k], ((now, now),)), *domains[k]}))
    return tuple(domains)


def _still(rules, scopes, cells: tuple[Cell, ...]) -> tuple[Array, list[Row]]:
    """The unchanged spend of the cells whose changes are counted, and the counting rows."""
    still = np.full(len(cells), np.nan)
    rows = []
    for number, (rule, scope) in enumerate(zip(rules, scopes, strict=True)):
        if rule.kind == "max_changed":
            still[list(scope)] = [cells[k].current_spend for k in scope]
            rows += still_rows(rule, scope, cells, number)
    return still, rows


def gains_of(compiled: Compiled, objective: Objective) -> tuple[Array, Array]:
    """What another objective gains per unit of spend and of response on a programme's axes.

    Parameters
    ----------
    compiled : of an objective that knows revenue, where the other one needs it
    """
    problem = replace(compiled.problem, objective=objective)
    return _gains(problem, compiled.cells, compiled.tail, compiled.axes)


def _gains(
    problem: Problem, cells: tuple[Cell, ...], tail: tuple[Cell, ...], axes: Axes
) -> tuple[Array, Array]:
    """Objective per unit of spend and of response, what comes after the end included."""
    spend, response = np.zeros(len(axes.curves)), np.zeros(len(axes.curves))
    objective = problem.objective
    for k, cell in enumerate((*cells, *tail)):
        axis, value = axes.revenue[k]
        if objective == "conversions":
            response[axes.response[k]] = 1.0
        elif objective in ("revenue", "roas"):
            response[axis] = value
        elif objective == "value":
            response[axis] = value * cell.loyalty
        elif objective == "profit":
            response[axis] = value * (cell.margin or 0.0)
    if objective in ("profit", "spend"):
        spend[: len(cells)] = -1.0
    elif objective == "revenue":
        spend[: len(cells)] = -(problem.target_marginal_roas or 0.0)
    return spend, response


def _starts(cells: tuple[Cell, ...], axes: Axes, budget: float) -> tuple[Array, ...]:
    """Today's split, as it is and scaled to the budget."""
    now = np.array([cell.current_spend for cell in cells], dtype=float)
    if np.isnan(now).any():
        return ()
    scaled = now * budget / now.sum() if now.sum() > 0 else now
    return axes.filled(now), axes.filled(scaled)
