"""Shadow prices: what one more unit of a limit adds to the objective, and what one less costs.

A positive price means that raising the limit's number helps. Prices are marginal and hold for the
convex programme around the plan: the same channels active, the same pieces of S-curves, the same
draws excused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.cells import Cell
from optimizer.program.compile import Compiled
from optimizer.program.domains import allowed, is_domain_rule
from optimizer.program.program import Row, times
from optimizer.program.rule_rows import outcome_row, rows_of
from optimizer.relaxation.solver import Settings
from optimizer.risk.measures import make_aim
from optimizer.rules import Rule
from optimizer.search.incumbent import Sandwich
from optimizer.search.rounds import local_prices
from optimizer.sensitivity.multipliers import Limit, Multipliers

Array = NDArray[np.floating]

TOUCH = 1e-7  # distance to a limit, relative to an axis' money, that counts as touching
AT_A_LIMIT = 1e-6  # relative distance of a row to its limit that counts as touching
AT_A_DRAWN_LIMIT = 1e-5  # likewise of a limit in one draw
WITHOUT_PRICE = ("step", "min_change", "max_changed")  # yes-or-no rules have a cost, no price
TWO_SIDES = 0.005  # relative difference of the two sides of a price that are two
HARDLY_FITS = 1e-3  # misfit of slopes and multipliers with which more rows may be in force


@dataclass(frozen=True)
class Price:
    """Objective units per unit of a limit.

    Parameters
    ----------
    more : what one more unit brings
    less : what one less unit costs; the same but where the plan stands on a kink
    """

    more: float
    less: float


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Slopes of the curves at a plan, of the next and of the last unit of money, shape (axes,).

    Parameters
    ----------
    gain_up, gain_down : of what the objective counts, the curves or a mean of their draws
    """

    up: Array
    down: Array
    gain_up: Array
    gain_down: Array


@dataclass(frozen=True, eq=False)
class _Stop:
    """A limit that stops the plan, and how a rule's number moves it.

    Parameters
    ----------
    rule : position of the rule; None for links between axes
    per_limit : by how much the limit moves per unit of the rule's own limit
    axis : the one axis that it speaks of; None: a row
    """

    limit: Limit
    rule: int | None
    per_limit: float
    axis: int | None = None


def shadow_prices(
    compiled: Compiled, result: Sandwich, settings: Settings
) -> tuple[Price | None, ...]:
    """Objective units per unit of each rule's limit; None where a rule has no such price.

    Money per money for spend limits; per 1.0 (100 %) for shares and changes; per unit of CPA or
    ROAS for those.
    """
    nothing = (None,) * len(compiled.rules)
    slopes = _slopes(compiled, result)
    if slopes is None:
        return nothing
    compiled, unit = _linearised(_open_ended(compiled), result)
    rows, ends = _stops(compiled, result.spend, slopes, frozenset()), _ends(compiled, result.spend)
    found = _multipliers(compiled, result.spend, slopes, rows)
    if found.misfit > HARDLY_FITS and not compiled.problem.is_drawn:
        # A plan short of its optimum may not quite touch what stops it: a programme on lines
        # around it tells which rows do.
        prices = local_prices(compiled.programme, result.spend, settings)
        if prices is not None:
            in_force = frozenset(np.flatnonzero(np.abs(prices) > 1e-9 * np.abs(prices).max()))
            rows = _stops(compiled, result.spend, slopes, in_force)
            found = _multipliers(compiled, result.spend, slopes, rows)

    def ends_of(k: int, rule: Rule) -> tuple[float, float] | None:
        if rule.kind in WITHOUT_PRICE:
            return None
        if k in ends:
            return _sum(_price_on_cell(found, stop, ends, rows) for stop in ends[k])
        return found.range_of(_combination(rows, k))

    return tuple(
        _price(ends_of(k, rule), unit, found.misfit) for k, rule in enumerate(compiled.rules)
    )


def _combination(stops: list[_Stop], k: int) -> Array:
    """How the limit of the rule at position `k` moves every stop."""
    return np.array([stop.per_limit if stop.rule == k else 0.0 for stop in stops])


def _sum(
    parts: Iterable[tuple[float, float] | None],
) -> tuple[float, float] | None:
    more = less = 0.0
    for part in parts:
        if part is None:
            return None
        more, less = more + part[0], less + part[1]
    return more, less


def _price(ends: tuple[float, float] | None, unit: float, misfit: float) -> Price | None:
    if ends is None or not np.isfinite(ends).all():
        return None
    more, less = unit * ends[0], unit * ends[1]
    if abs(more - less) <= max(TWO_SIDES, 10 * misfit) * max(abs(more), abs(less)):
        more = less = 0.5 * (more + less)
    return Price(more + 0.0, less + 0.0)


def _price_on_cell(
    found: Multipliers, stop: _Stop, ends: dict[int, list[_Stop]], rows: list[_Stop]
) -> tuple[float, float] | None:
    """What a limit on one axis is worth on both sides, alone there or beside others."""
    assert stop.axis is not None
    here = [other for of in ends.values() for other in of if other.axis == stop.axis]
    left = found.left(stop.axis)
    if left is None or len(here) > 1:
        opened = found.with_limits(
            tuple(other.limit for other in here), stop.axis,
            any(other.limit.most > 0 for other in here),
            any(other.limit.least < 0 for other in here),
        )  # fmt: skip
        combination = np.zeros(len(rows) + len(here))
        combination[len(rows) + next(n for n, o in enumerate(here) if o is stop)] = stop.per_limit
        return opened.range_of(combination)
    up, down = left
    if stop.limit.least == 0.0:
        up, down = max(up, 0.0), max(down, 0.0)
    elif stop.limit.most == 0.0:
        up, down = min(up, 0.0), min(down, 0.0)
    more, less = (up, down) if stop.per_limit > 0 else (down, up)
    return stop.per_limit * more, stop.per_limit * less


def _slopes(compiled: Compiled, result: Sandwich) -> _Slopes | None:
    """The slopes at a plan; None where nothing says how the draws count."""
    programme, spend = compiled.programme, result.spend
    bank, index = programme.bank, np.arange(len(programme.curves))
    beside = TOUCH * programme.scale
    at = bank.marginal(index, spend[:, None])[:, 0]
    is_table = np.isfinite(bank.straight_around(spend)[0])
    around = np.column_stack([np.maximum(spend - beside, 0.0), spend + beside])
    ends = bank.marginal(index, around)
    down, up = (np.where(is_table, ends[:, side], at) for side in (0, 1))
    if compiled.problem.risk is None:
        return _Slopes(up, down, up, down)
    aim = make_aim(compiled)
    weights = result.mixture
    if compiled.problem.risk.measure == "probability_of_loss":
        weights = np.full(aim.drawn.draws, 1.0 / aim.drawn.draws)
    if weights is None:
        return None
    drawn = aim.drawn.slopes(spend) @ weights
    return _Slopes(up, down, drawn, drawn)


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


def _multipliers(
    compiled: Compiled, spend: Array, slopes: _Slopes, rows: list[_Stop]
) -> Multipliers:
    programme = compiled.programme
    room = TOUCH * programme.scale
    low, high = _interval(compiled, spend)
    may_move = ~(programme.steps > 0)
    return Multipliers(
        programme.gradient(slopes.gain_up), programme.gradient(slopes.gain_down),
        may_move & (spend < high - room), may_move & (spend > low + room),
        tuple(stop.limit for stop in rows),
    )  # fmt: skip


def _interval(compiled: Compiled, spend: Array) -> tuple[Array, Array]:
    """The interval that each axis' spend lies in; one that leaves it no room comes first."""
    ends = [
        min(domain, key=lambda pair: (max(pair[0] - x, x - pair[1], 0.0), pair[1] - pair[0]))
        for x, domain in zip(spend, compiled.programme.domains, strict=True)
    ]
    low, high = np.array(ends).T
    return low, high


def _stops(compiled: Compiled, spend: Array, slopes: _Slopes, in_force: frozenset) -> list[_Stop]:
    """The rows that touch the plan, and the limits in draws."""
    programme, found = compiled.programme, []
    response, _ = programme.bank.at(spend)
    for number, row in enumerate(programme.rows):
        if row.counts_still:
            continue
        ends = _touched(row, spend, response, number in in_force)
        if ends is not None:
            limit = Limit(_on(row, slopes.up), _on(row, slopes.down), *ends)
            found.append(_Stop(limit, row.rule, _room_per_limit(compiled, row, spend, response)))
    return [*found, *(_in_draws(compiled, spend) if compiled.problem.is_drawn else ())]


def _ends(compiled: Compiled, spend: Array) -> dict[int, list[_Stop]]:
    """By rule on single cells, where it stops the plan."""
    return {
        k: [
            stop
            for j in scope
            if is_domain_rule(rule, len(scope), compiled.cells[j])
            for stop in _end_of(compiled, k, j, spend)
        ]
        for k, (rule, scope) in enumerate(zip(compiled.rules, compiled.scopes, strict=True))
        if rule.kind not in ("budget", *WITHOUT_PRICE)
        and any(is_domain_rule(rule, len(scope), compiled.cells[j]) for j in scope)
    }


def _on(row: Row, slope: Array) -> Array:
    """What one more unit of spend on each of all axes adds to a row."""
    found = np.zeros(len(slope))
    np.add.at(found, row.axes, row.gradient(slope))
    return found


def _touched(
    row: Row, spend: Array, response: Array, is_in_force: bool
) -> tuple[float, float] | None:
    """The range of the row's multiplier; None where it does not touch the plan."""
    if row.lower == row.upper:
        return -np.inf, np.inf
    activity, room = row.activity(spend, response), AT_A_LIMIT * row.size(spend, response)
    is_low = np.isfinite(row.lower) and (activity - row.lower <= room or is_in_force)
    is_high = np.isfinite(row.upper) and (row.upper - activity <= room or is_in_force)
    if not (is_low or is_high):
        return None
    return (-np.inf if is_low else 0.0), (np.inf if is_high else 0.0)


def _room_per_limit(compiled: Compiled, row: Row, spend: Array, response: Array) -> float:
    """By how much a row's room grows per unit of its rule's limit."""
    if row.rule is None:
        return 0.0
    rule, scope = compiled.rules[row.rule], compiled.scopes[row.rule]
    # Rows are affine in the limit, that on jumps up to a limit of 100 %.
    unit = {"max_cpa": rule.limit or 1.0, "max_change_between_periods": 1e-3}.get(rule.kind, 1.0)
    raised = replace(rule, limit=rule.limit + unit)
    own = [other for other in compiled.programme.rows if other.rule == row.rule]
    there = rows_of(raised, scope, compiled.problem, compiled.cells, compiled.axes)
    moved = there[next(n for n, other in enumerate(own) if other is row)]
    return (_room(moved, spend, response) - _room(row, spend, response)) / unit


def _room(row: Row, spend: Array, response: Array) -> float:
    """What a row's limit leaves beyond its left side."""
    limit = row.lower if np.isfinite(row.lower) else row.upper
    return limit - row.activity(spend, response)


def _end_of(compiled: Compiled, k: int, j: int, plan: Array) -> Iterator[_Stop]:
    """The rule at position `k` as a limit on cell `j`, where it stops the plan there."""
    rule, cell = compiled.rules[k], compiled.cells[j]
    axis = compiled.limited_axis(rule, j)
    spend, room = float(plan[axis]), TOUCH * compiled.programme.scale
    if rule.kind in ("max_cpa", "max_marginal_cpa", "min_if_active") and spend <= room:
        return
    if rule.kind in ("locked", "hold"):
        least, most = -np.inf, np.inf
    else:
        ends = allowed(rule, cell, compiled.programme.budget)
        # Zero is everyone's lower end, not this rule's doing.
        is_low = any(abs(low - spend) <= room for low, _ in ends if low > 0.0)
        is_high = any(abs(high - spend) <= room for _, high in ends)
        if not (is_low or is_high):
            return
        least, most = (-np.inf if is_low else 0.0), (np.inf if is_high else 0.0)
    only = np.zeros(len(plan))
    only[axis] = 1.0
    yield _Stop(Limit(only, only, least, most), k, _bound_per_limit(rule, cell, spend), axis)


def _in_draws(compiled: Compiled, spend: Array) -> Iterator[_Stop]:
    """The limits that hold in most draws, under each draw that the plan keeps and touches."""
    aim = make_aim(compiled)
    responses, slopes = aim.drawn.responses(spend), aim.drawn.slopes(spend)
    own = [k for k, rule in enumerate(compiled.rules) if rule.probability is not None]
    of_rule: list[int | None] = [*([None] * (len(aim.chances) - len(own))), *own]
    for k, chance in zip(of_rule, aim.chances, strict=True):
        left = float(chance.spend @ spend) + chance.response @ responses
        size = np.abs(chance.floors) + float(np.abs(chance.spend) @ np.abs(spend))
        touched = np.abs(left - chance.floors) <= AT_A_DRAWN_LIMIT * size
        for draw in np.flatnonzero(touched):
            slope = chance.spend + times(chance.response, slopes[:, draw])
            per = 0.0 if k is None else _chance_per_limit(compiled, k, spend, responses[:, draw])
            yield _Stop(Limit(slope, slope, -np.inf, 0.0), k, per)


def _chance_per_limit(compiled: Compiled, k: int, spend: Array, responses: Array) -> float:
    """By how much a limit in one draw moves per unit of its rule's limit."""
    rule = compiled.rules[k]
    unit = rule.limit or 1.0
    rooms = []
    for limit in (rule.limit, rule.limit + unit):
        posed = replace(rule, limit=limit)
        row = outcome_row(posed, compiled.scopes[k], compiled.cells, compiled.axes)
        sign = 1.0 if np.isfinite(row.lower) else -1.0
        rooms.append(sign * _room(row, spend, responses))
    return (rooms[1] - rooms[0]) / unit


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
