"""Shadow prices: what one more unit of a limit adds to the objective.

A positive price means that raising the limit's number helps. Prices are marginal and hold for the
convex programme around the plan: the same channels active, the same pieces of S-curves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.cells import Cell
from optimizer.program.compile import Compiled
from optimizer.program.domains import allowed, is_domain_rule
from optimizer.program.program import Row
from optimizer.program.rule_rows import rows_of
from optimizer.relaxation.solver import Settings
from optimizer.risk.draws import draw_curves, mixed
from optimizer.rules import Rule
from optimizer.search.incumbent import Sandwich
from optimizer.search.rounds import local_prices

Array = NDArray[np.floating]

TOUCH = 1e-7  # distance to a limit, relative to an axis' money, that counts as touching


def shadow_prices(
    compiled: Compiled, result: Sandwich, settings: Settings
) -> tuple[float | None, ...]:
    """Objective units per unit of each rule's limit; None where a rule has no such price.

    Money per money for spend limits; per 1.0 (100 %) for shares and changes; per unit of CPA or
    ROAS for those.
    """
    if compiled.problem.is_drawn:
        weighted = _weighted(compiled, result)
        if weighted is None:
            return (None,) * len(compiled.rules)
        compiled = weighted
    compiled, unit = _linearised(_open_ended(compiled), result)
    programme = compiled.programme
    prices = local_prices(programme, result.spend, settings)
    if prices is None:
        return (None,) * len(compiled.rules)
    prices = _polished(compiled, result.spend, prices)
    gradient = _reduced_gradient(compiled, result.spend, prices)
    of_rule: list[list[tuple[float, Row]]] = [[] for _ in compiled.rules]
    for price, row in zip(prices, programme.rows, strict=True):
        if row.rule is not None and not row.counts_still:
            of_rule[row.rule].append((float(price), row))
    found = tuple(
        _price(compiled, k, rule, result.spend, of_rule[k], gradient)
        for k, rule in enumerate(compiled.rules)
    )
    return tuple(None if price is None else unit * price for price in found)


def _weighted(compiled: Compiled, result: Sandwich) -> Compiled | None:
    """The problem whose optimum and prices are those of a sure plan; None where there is none.

    At the saddle point of a mean of the worst draws the plan is the best under fixed weights of
    the draws (von Neumann's minimax theorem): what a limit is worth there, it is worth here. A
    probability of loss is a yes-or-no of every draw; rules on what comes of money are kept on the
    channels' own curves: both have costs, but no such prices.
    """
    if result.mixture is None or compiled.programme.has_response_rows:
        return None
    curves = mixed(draw_curves(compiled), result.mixture)
    if curves is None:
        return None
    return replace(compiled, programme=replace(compiled.programme, curves=curves))


def _open_ended(compiled: Compiled) -> Compiled:
    """The same with room beyond the budget on every axis.

    As an end of an axis the budget would hide its price from its own row, where one channel
    takes all of it.
    """
    programme = compiled.programme
    most = programme.budget
    domains = tuple(
        tuple((low, 2 * most if high == most else high) for low, high in domain)
        for domain in programme.domains
    )
    return replace(compiled, programme=replace(programme, domains=domains))


def _linearised(compiled: Compiled, result: Sandwich) -> tuple[Compiled, float]:
    """The problem with a linear objective that has the same prices, and their unit.

    A ratio R / X moves like (R - ratio * X) / X. A minimised spend is the negated objective.
    """
    if compiled.problem.objective == "spend":
        return compiled, -1.0
    if compiled.problem.objective != "roas":
        return compiled, 1.0
    programme, cells = compiled.programme, len(compiled.cells)
    gains = programme.spend_gain.copy()
    gains[:cells] -= result.value
    linear = programme.with_gains(gains, programme.response_gain)
    return replace(compiled, programme=linear), 1.0 / float(result.spend[:cells].sum())


def _polished(compiled: Compiled, spend: Array, prices: Array) -> Array:
    """Prices that satisfy stationarity on the true curves.

    Between breakpoints a linear programme's prices are any value between two slopes. Axes that
    lie inside their interval must have a reduced gradient of zero: that determines the prices
    of the rows in force, by least squares.
    """
    programme = compiled.programme
    active = np.flatnonzero(np.abs(prices) > 1e-12 * max(np.abs(prices).max(initial=0.0), 1e-300))
    inside = _inside(compiled, spend)
    if not active.size or not inside.size:
        return prices
    _, slope = programme.bank.at(spend)
    matrix = np.zeros((len(spend), len(active)))
    for column, number in enumerate(active):
        row = programme.rows[number]
        np.add.at(matrix[:, column], row.axes, row.gradient(slope))
    gain = programme.gradient(slope)
    solution, _, rank, _ = np.linalg.lstsq(matrix[inside], gain[inside], rcond=1e-9)
    if rank < len(active):
        return prices
    polished = prices.copy()
    polished[active] = solution
    return polished


def _inside(compiled: Compiled, spend: Array) -> NDArray[np.integer]:
    """Axes whose spend lies strictly inside an interval and may move freely."""
    programme = compiled.programme
    room = TOUCH * programme.scale
    free = [
        any(low + room < amount < high - room for low, high in intervals) and not step
        for amount, intervals, step in zip(spend, programme.domains, programme.steps, strict=True)
    ]
    return np.flatnonzero(free)


def _reduced_gradient(compiled: Compiled, spend: Array, prices: Array) -> Array:
    """Objective per further unit of spend on each axis, what it takes from the rows deducted."""
    programme = compiled.programme
    _, slope = programme.bank.at(spend)
    gradient = programme.gradient(slope)
    for price, row in zip(prices, programme.rows, strict=True):
        if price and not row.counts_still:
            np.subtract.at(gradient, row.axes, price * row.gradient(slope))
    return gradient


def _price(
    compiled: Compiled, k: int, rule: Rule, spend: Array, rows: list[tuple[float, Row]],
    gradient: Array,
) -> float | None:  # fmt: skip
    scope, cells = compiled.scopes[k], compiled.cells
    if rule.kind in ("step", "min_change", "max_changed"):
        return None  # yes-or-no rules have a cost, not a price
    inside = [j for j in scope if is_domain_rule(rule, len(scope), cells[j])]
    if rule.kind != "budget" and inside:
        return sum(_bound_price(compiled, j, rule, spend, gradient) for j in inside)
    # Rows are affine in the limit, that on jumps up to a limit of 100 %.
    unit = {"max_cpa": rule.limit or 1.0, "max_change_between_periods": 1e-3}.get(rule.kind, 1.0)
    raised = replace(rule, limit=rule.limit + unit)
    response, _ = compiled.programme.bank.at(spend)
    there = rows_of(raised, scope, compiled.problem, cells, compiled.axes)
    return sum(
        price * (_room(moved, spend, response) - _room(row, spend, response)) / unit
        for (price, row), moved in zip(rows, there, strict=True)
    )


def _room(row: Row, spend: Array, response: Array) -> float:
    """What a row's limit leaves beyond its left side."""
    limit = row.lower if np.isfinite(row.lower) else row.upper
    return limit - row.activity(spend, response)


def _bound_price(compiled: Compiled, j: int, rule: Rule, plan: Array, gradient: Array) -> float:
    """Price of a rule that limits one cell: its gradient where this rule alone stops it."""
    cell, axis = compiled.cells[j], compiled.limited_axis(rule, j)
    spend = float(plan[axis])
    room = TOUCH * compiled.programme.scale
    most = compiled.programme.budget
    # Zero is everyone's lower end, not this rule's doing.
    ends = {end for interval in allowed(rule, cell, most) for end in interval} - {0.0}
    if rule.kind not in ("locked", "hold") and not any(abs(end - spend) <= room for end in ends):
        return 0.0
    if rule.kind in ("max_cpa", "max_marginal_cpa", "min_if_active") and spend <= room:
        return 0.0
    others = [
        other
        for number, other in enumerate(compiled.rules)
        if other is not rule
        and j in compiled.scopes[number]
        and compiled.limited_axis(other, j) == axis
        and _also_stops(compiled, other, number, cell, spend, gradient[axis], room)
    ]
    return 0.0 if others else float(gradient[axis]) * _bound_per_limit(rule, cell, spend)


def _also_stops(compiled, other: Rule, number: int, cell: Cell, spend, gradient, room) -> bool:
    """Whether another rule would stop the cell at the same spend, in the same direction."""
    if other.kind == "budget" or not is_domain_rule(other, len(compiled.scopes[number]), cell):
        return False
    moved = spend + 10 * room * np.sign(gradient)
    return not any(
        low <= moved <= high for low, high in allowed(other, cell, compiled.programme.budget)
    )


def _bound_per_limit(rule: Rule, cell: Cell, spend: float) -> float:
    """Money by which the bound moves per unit of the limit."""
    match rule.kind:
        case "change_from" | "change_to":
            return cell.current_spend or 0.0
        case "extrapolation":
            reach = cell.observed_spend or 0.0
            return reach if rule.limit * reach > (cell.current_spend or 0.0) else 0.0
        case "max_cpa":
            # x = cap * f(x), differentiated.
            response, slope = float(cell.curve.response(spend)), float(cell.curve.marginal(spend))
            return response / (1.0 - rule.limit * slope)
        case "min_conversions":
            slope = float(cell.curve.marginal(spend))
            return 1.0 / slope if slope else 0.0
        case "max_marginal_cpa":
            # f'(x) = 1 / cap, differentiated; f'' by a central difference.
            step = 1e-4 * max(spend, 1e-9)
            bend = float(cell.curve.marginal(spend + step) - cell.curve.marginal(spend - step))
            return -1.0 / rule.limit**2 / (bend / (2 * step)) if bend else 0.0
    return 1.0
