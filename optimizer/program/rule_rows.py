"""The linear rows that a rule stands for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from optimizer.problem import Budget, Problem
from optimizer.program.axes import Axes
from optimizer.program.cells import Cell, by_channel
from optimizer.program.domains import is_domain_rule
from optimizer.program.program import Row
from optimizer.program.rule_kinds import KINDS, Form
from optimizer.rules import Rule

Cells = tuple[Cell, ...]
Scope = tuple[int, ...]


def rows_of(
    rule: Rule, scope: Scope, problem: Problem, cells: Cells, axes: Axes, number: int | None = None
) -> list[Row]:
    """The rows of a rule over the cells in `scope`; none where the cells' intervals keep it.

    Parameters
    ----------
    number : the rule's position, which its rows carry
    """
    if rule.probability is not None:
        return []  # a limit on the draws, not on the curves: see `optimizer.risk`
    if rule.kind == "budget":
        return [_budget_row(rule, scope, problem, number)]
    if rule.kind == "max_change_between_periods":
        return _between_periods(rule, scope, cells, number)
    form_of = KINDS[rule.kind].form
    if form_of is None:
        return []
    if all(is_domain_rule(rule, len(scope), cells[k]) for k in scope):
        return []
    return [outcome_row(rule, scope, cells, axes, number)]


def outcome_row(
    rule: Rule, scope: Scope, cells: Cells, axes: Axes, number: int | None = None
) -> Row:
    """The row of a rule that is one, whether or not the cells' intervals could keep it."""
    form_of = KINDS[rule.kind].form
    assert form_of is not None
    current = sum(cells[k].current_spend or 0.0 for k in scope)
    observed = sum(cells[k].observed_spend or 0.0 for k in scope)
    form = form_of(rule.limit, current, observed)
    lower, upper = (form.right, np.inf) if KINDS[rule.kind].sense == ">=" else (-np.inf, form.right)
    return _form_row(form, rule, scope, cells, axes, lower, upper, number)


def _form_row(
    form: Form, rule: Rule, scope: Scope, cells: Cells, axes: Axes, lower: float, upper: float,
    number: int | None,
) -> Row:  # fmt: skip
    spend, response = np.zeros(len(axes.curves)), np.zeros(len(axes.curves))
    for k in scope:
        spend[k] += form.spend * rule.coefficients.get(cells[k].channel, 1.0)
        response[axes.response[k]] += form.conversions
        axis, value = axes.revenue[k]
        response[axis] += form.revenue * value
    if form.all_spend:
        periods = {cells[k].period for k in scope}
        for k, cell in enumerate(cells):
            if cell.period in periods:
                spend[k] += form.all_spend
    used = np.flatnonzero((spend != 0) | (response != 0))
    return Row(used, spend[used], response[used], lower, upper, number)


def _budget_row(rule: Rule, scope: Scope, problem: Problem, number: int | None) -> Row:
    budget = budget_of(problem, rule.period)
    ones = np.ones(len(scope))
    lower = rule.limit if budget.is_fixed else -np.inf
    return Row(np.array(scope), ones, 0.0 * ones, lower, rule.limit, number)


def budget_of(problem: Problem, period: str | None) -> Budget:
    """The budget of the horizon, or of a period that has its own."""
    if period is None:
        return problem.total
    own = {each.label: each.budget for each in problem.periods}[period]
    assert own is not None
    return own


def _between_periods(rule: Rule, scope: Scope, cells: Cells, number: int | None) -> list[Row]:
    """``|pace - pace before| <= limit * pace before`` from each period to the next one it runs in.

    A pace is spend per fit period in which the channel may run, so that months of 31 days and
    periods with days off compare.
    """
    found = []
    for before, after in steps_between(scope, cells):
        ratio = cells[after].length / cells[before].length
        pair, none = np.array([before, after]), np.zeros(2)
        most = np.array([-(1.0 + rule.limit) * ratio, 1.0])
        least = np.array([-max(1.0 - rule.limit, 0.0) * ratio, 1.0])
        found.append(Row(pair, most, none, -np.inf, 0.0, number))
        found.append(Row(pair, least, none, 0.0, np.inf, number))
    return found


def steps_between(scope: Scope, cells: Cells) -> list[tuple[int, int]]:
    """Pairs of cells that follow each other in time, past those in which a channel is off."""
    running = [k for k in scope if cells[k].length > 0]
    places = by_channel([cells[k] for k in running]).values()
    return [
        (running[one], running[other]) for places_of in places for one, other in pairwise(places_of)
    ]


def still_rows(rule: Rule, scope: Scope, cells: Cells, number: int) -> list[Row]:
    """At most so many channels change; one that does not stays where it is in all its periods."""
    places = by_channel([cells[k] for k in scope]).values()
    first = np.array([scope[of[0]] for of in places])
    unchanged = len(first) - rule.limit
    none = np.zeros(len(first))
    rows = [Row(first, none + 1.0, none, unchanged, np.inf, number, counts_still=True)]
    for of in places:
        for other in of[1:]:
            pair = np.array([scope[of[0]], scope[other]])
            signs = np.array([1.0, -1.0])
            rows.append(Row(pair, signs, np.zeros(2), 0.0, 0.0, number, counts_still=True))
    return rows
