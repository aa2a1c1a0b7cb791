"""Problem to programme: cells to axes, rules to intervals and rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, ScenarioError, nearest
from optimizer.cells import Cell, make_cells
from optimizer.domains import Domain, allowed, intersect, is_domain_rule
from optimizer.kinds import KINDS, Form
from optimizer.problem import Budget, Problem
from optimizer.programme import Programme, Row
from optimizer.rules import Rule

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A programme and how its axes and rows relate to the problem's cells and rules.

    Parameters
    ----------
    problem : what was compiled
    cells : the first axes, in order; further axes carry revenue curves of the same cells
    rules : the budget's rules, then the problem's
    scopes : positions of the cells that each rule speaks of
    revenue_axis : axis and factor that give each cell's revenue
    """

    problem: Problem
    programme: Programme
    cells: tuple[Cell, ...]
    rules: tuple[Rule, ...]
    scopes: tuple[tuple[int, ...], ...]
    revenue_axis: tuple[tuple[int, float], ...]


def compile_problem(problem: Problem) -> Compiled:
    """The programme of a problem.

    Raises
    ------
    ScenarioError : a rule speaks of an unknown channel or period, or of conversions or revenue
        that history does not carry
    CurvesError : the objective needs a value per conversion that a channel lacks
    """
    cells = make_cells(problem)
    rules = _budget_rules(problem) + problem.rules
    scopes = tuple(_scope(rule, cells) for rule in rules)
    _check(rules, scopes, cells)
    curves = [cell.curve for cell in cells]
    links: list[Row] = []
    revenue_axis = _revenue_axes(problem, rules, cells, curves, links)
    domains = _domains(problem, rules, scopes, cells)
    still, changed_rows = _still(rules, scopes, cells)
    for position in np.flatnonzero(~np.isnan(still)):
        now = float(still[position])
        domains[position] = tuple(
            sorted({*intersect(domains[position], ((now, now),)), *domains[position]})
        )
    domains += [((0.0, problem.total.maximum),)] * (len(curves) - len(cells))
    rows = [
        row
        for position, rule in enumerate(rules)
        for row in _rows(position, rule, scopes[position], cells, revenue_axis, problem)
    ]
    spend_gain, response_gain = _gains(problem, cells, revenue_axis, len(curves))
    steps = np.zeros(len(curves))
    for rule, scope in zip(rules, scopes, strict=True):
        if rule.kind == "step":
            steps[list(scope)] = rule.limit
    extra = np.full(len(curves) - len(cells), np.nan)
    programme = Programme(
        curves=tuple(curves),
        domains=tuple(domains),
        spend_gain=spend_gain,
        response_gain=response_gain,
        rows=(*rows, *links, *changed_rows),
        still=np.concatenate([still, extra]),
        steps=steps,
        budget=problem.total.maximum,
        starts=_starts(cells, revenue_axis, len(curves), problem.total.maximum),
    )
    return Compiled(problem, programme, cells, rules, scopes, revenue_axis)


def _budget_rules(problem: Problem) -> tuple[Rule, ...]:
    """The budget, of the horizon and of its periods, as rules: they have a price like any other."""
    rules = list(_budget_pair(problem.total, None, "budget"))
    for period in problem.periods:
        if period.budget is not None:
            rules += _budget_pair(period.budget, period.label, f"periods.{period.label}.budget")
    return tuple(rules)


def _budget_pair(budget: Budget, period: str | None, path: str) -> tuple[Rule, ...]:
    """One rule for an amount to be spent in full, two for a range with a minimum."""
    if budget.is_fixed or budget.minimum <= 0:
        return (Rule("budget", budget.maximum, period=period, path=path),)
    return (
        Rule("budget", budget.maximum, period=period, path=f"{path}.max"),
        Rule("min_spend", budget.minimum, period=period, path=f"{path}.min"),
    )


def _scope(rule: Rule, cells: tuple[Cell, ...]) -> tuple[int, ...]:
    names = set(rule.channels) | set(rule.coefficients)
    return tuple(
        position
        for position, cell in enumerate(cells)
        if (not names or cell.channel in names) and rule.period in (None, cell.period)
    )


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


def _revenue_axes(problem, rules, cells, curves, links) -> tuple[tuple[int, float], ...]:
    """Where each cell's revenue comes from; adds an axis for each revenue curve that is needed."""
    needed = problem.objective in ("revenue", "value", "profit", "roas") or any(
        rule.kind in ("min_roas", "min_revenue") for rule in rules
    )
    places = []
    for position, cell in enumerate(cells):
        if cell.revenue_curve is None or not needed:
            places.append((position, cell.value or 0.0))
            continue
        places.append((len(curves), 1.0))
        pair = np.array([position, len(curves)])
        links.append(Row(pair, np.array([1.0, -1.0]), np.zeros(2), 0.0, 0.0))
        curves.append(cell.revenue_curve)
    return tuple(places)


def _domains(problem: Problem, rules, scopes, cells: tuple[Cell, ...]) -> list[Domain]:
    most = problem.total.maximum
    domains: list[Domain] = [((0.0, most),)] * len(cells)
    for rule, scope in zip(rules, scopes, strict=True):
        if rule.kind == "budget":
            continue
        for position in scope:
            cell = cells[position]
            if is_domain_rule(rule, len(scope), cell.curve):
                domains[position] = intersect(domains[position], allowed(rule, cell, most))
    return domains


def _still(rules, scopes, cells: tuple[Cell, ...]) -> tuple[Array, list[Row]]:
    """The unchanged spend of the axes whose changes are counted, and the counting rows."""
    still = np.full(len(cells), np.nan)
    rows = []
    for position, (rule, scope) in enumerate(zip(rules, scopes, strict=True)):
        if rule.kind != "max_changed":
            continue
        still[list(scope)] = [cells[k].current_spend for k in scope]
        channels = dict.fromkeys(cells[k].channel for k in scope)
        first = np.array([_first(cells, scope, channel) for channel in channels])
        none = np.zeros(len(first))
        unchanged = len(channels) - rule.limit
        rows.append(Row(first, none, none, unchanged, np.inf, position, counts_still=True))
    return still, rows


def _first(cells: tuple[Cell, ...], scope: tuple[int, ...], channel: str) -> int:
    return next(k for k in scope if cells[k].channel == channel)


def _rows(position, rule: Rule, scope, cells, revenue_axis, problem: Problem) -> list[Row]:
    if rule.kind == "budget":
        return [_budget_row(position, rule, scope, problem)]
    form_of = KINDS[rule.kind].form
    if form_of is None:
        return []
    rest = [k for k in scope if not is_domain_rule(rule, len(scope), cells[k].curve)]
    if not rest:
        return []
    current = sum(cells[k].current_spend or 0.0 for k in scope)
    observed = sum(cells[k].observed_spend or 0.0 for k in scope)
    form = form_of(rule.limit, current, observed)
    lower, upper = (form.right, np.inf) if KINDS[rule.kind].sense == ">=" else (-np.inf, form.right)
    return [form_row(form, rule, scope, cells, revenue_axis, lower, upper, position)]


def form_row(
    form: Form, rule: Rule, scope, cells, revenue_axis, lower: float, upper: float, position=None
) -> Row:
    """The row of a form over the cells in `scope`."""
    size = max([len(cells), *(axis + 1 for axis, _ in revenue_axis)])
    spend, response = np.zeros(size), np.zeros(size)
    for k in scope:
        spend[k] += form.spend * rule.coefficients.get(cells[k].channel, 1.0)
        response[k] += form.conversions
        axis, value = revenue_axis[k]
        response[axis] += form.revenue * value
    if form.all_spend:
        periods = {cells[k].period for k in scope}
        for k, cell in enumerate(cells):
            if cell.period in periods:
                spend[k] += form.all_spend
    axes = np.flatnonzero((spend != 0) | (response != 0))
    return Row(axes, spend[axes], response[axes], lower, upper, position)


def _budget_row(position: int, rule: Rule, scope, problem: Problem) -> Row:
    if rule.period is None:
        budget = problem.total
    else:
        own = {period.label: period.budget for period in problem.periods}[rule.period]
        assert own is not None
        budget = own
    axes = np.array(scope)
    ones = np.ones(len(axes))
    lower = budget.maximum if budget.is_fixed else -np.inf
    return Row(axes, ones, 0.0 * ones, lower, budget.maximum, position)


def _gains(problem: Problem, cells, revenue_axis, axes: int) -> tuple[Array, Array]:
    """Objective per unit of spend and of response."""
    spend, response = np.zeros(axes), np.zeros(axes)
    objective = problem.objective
    for k, cell in enumerate(cells):
        axis, value = revenue_axis[k]
        if objective == "conversions":
            response[k] = 1.0
        elif objective in ("revenue", "roas"):
            response[axis] = value
            spend[k] = -(problem.target_marginal_roas or 0.0)
        elif objective == "value":
            response[axis] = value * cell.loyalty
        elif objective == "profit":
            response[axis] = value * cell.margin
            spend[k] = -1.0
        else:
            spend[k] = -1.0
    return spend, response


def _starts(cells: tuple[Cell, ...], revenue_axis, axes: int, budget: float) -> tuple[Array, ...]:
    """Today's split, as it is and scaled to the budget."""
    if any(cell.current_spend is None for cell in cells):
        return ()
    now = np.array([cell.current_spend for cell in cells])
    starts = []
    for split in (now, now * budget / now.sum() if now.sum() > 0 else now):
        full = np.zeros(axes)
        full[: len(cells)] = split
        for k, (axis, _) in enumerate(revenue_axis):
            full[axis] = split[k]
        starts.append(full)
    return tuple(starts)
