"""The spends that a rule on one cell allows: unions of intervals.

Most rules leave one interval. A minimum that only holds for an active channel, a CPA cap on an
S-curve (which forbids too little as well as too much), or an unchanged channel leave several.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from models.curves.composed import Tabulated
from models.curves.families import Curve
from optimizer.program.cells import Cell
from optimizer.program.rule_kinds import KINDS
from optimizer.rules import Rule

Interval = tuple[float, float]
Domain = tuple[Interval, ...]

ROUNDING = 1e-13  # relative difference of two amounts that are one
_ON_ONE_CELL = ("min_spend", "max_spend", "change_from", "change_to", "min_conversions")

EVERYTHING: Domain = ((0.0, math.inf),)


def intersect(one: Domain, other: Domain) -> Domain:
    """The spends that lie in both; intervals in rising order.

    Intervals that miss each other by rounding alone meet: an amount that was computed in two ways
    (today's spend, and a budget that is today's) is one amount.
    """
    pairs = [_common(a, b) for a in one for b in other]
    return tuple(sorted({pair for pair in pairs if pair[0] <= pair[1]}))


def _common(one: Interval, other: Interval) -> Interval:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    if high < low <= high + ROUNDING * abs(high):
        point = low if other[0] == other[1] == low else high
        return point, point
    return low, high


def is_domain_rule(rule: Rule, cells: int, cell: Cell) -> bool:
    """Whether a rule over so many cells is kept by the intervals of each, instead of by a row."""
    if rule.probability is not None:
        return False  # kept in draws, not on the curve
    if rule.kind in ("linear_min", "linear_max", "max_changed", "max_change_between_periods"):
        return False
    if KINDS[rule.kind].per_cell:
        return True
    if cell.mix is not None and rule.kind in ("max_cpa", "min_conversions"):
        return False  # what comes of it depends on earlier spend too
    if rule.kind == "max_cpa":
        return cells == 1 and _turns_once(cell.curve)
    return cells == 1 and rule.kind in _ON_ONE_CELL


def _turns_once(curve: Curve) -> bool:
    """Whether the curve is concave, or convex and then concave, for certain."""
    return curve.concave_from == 0.0 or curve.concave_from == curve.convex_until


def allowed(rule: Rule, cell: Cell, most: float) -> Domain:
    """Spends that `rule` leaves to `cell`, up to `most` money."""
    limit, current = rule.limit, cell.current_spend or 0.0
    match rule.kind:
        case "min_spend":
            return ((limit, math.inf),)
        case "max_spend":
            return ((0.0, limit),)
        case "change_from":
            return ((max((1 + limit) * current, 0.0), math.inf),)
        case "change_to":
            return ((0.0, (1 + limit) * current),)
        case "locked" | "hold":
            return ((current, current),)
        case "extrapolation":
            if cell.observed_spend is None:
                return EVERYTHING
            # History may show less than today's own spend: today is never out of reach.
            return ((0.0, max(limit * cell.observed_spend, current)),)
        case "min_if_active":
            return ((0.0, 0.0), (limit, math.inf)) if limit > 0 else EVERYTHING
        case "min_change":
            room = limit * current
            below = ((0.0, current - room),) if room <= current else ()
            return (*below, (current, current), (current + room, math.inf))
        case "step":
            return EVERYTHING
        case "min_conversions":
            return _where_enough(cell.curve, limit, most)
        case "max_cpa":
            return _where_average(cell.curve, 1.0 / limit, most)
        case "max_marginal_cpa":
            return _where_marginal(cell.curve, 1.0 / limit, most)
    raise ValueError(f"{rule.kind} is not a rule on a cell's spend")


def _where_enough(curve: Curve, least: float, most: float) -> Domain:
    """Spends that bring at least so many responses."""

    def keeps(spend: float) -> bool:
        return float(curve.response(spend)) >= least

    if keeps(0.0):
        return EVERYTHING
    if not keeps(most):
        return ()
    return ((_bisect(lambda x: not keeps(x), 0.0, most, outer=True), math.inf),)


def _where_average(curve: Curve, rate: float, most: float) -> Domain:
    """Spends with at least `rate` responses per unit of money, and zero."""

    def keeps(spend: float) -> bool:
        return float(curve.response(spend)) >= rate * spend

    top = most
    if curve.concave_from > 0:
        top = _bisect(lambda x: _average_rises(curve, x), curve.concave_from, most)
    elif float(curve.marginal(0.0)) <= rate:
        # A straight line at exactly the rate keeps the cap wherever it is straight.
        return ((0.0, most),) if keeps(most) else ((0.0, 0.0),)
    else:
        top = 0.0
    if top > 0 and not keeps(top):
        return ((0.0, 0.0),)
    upper = most if keeps(most) else _bisect(keeps, top, most)
    if curve.concave_from == 0:
        return ((0.0, upper),)
    lower = 0.0 if keeps(1e-9 * top) else _bisect(lambda x: not keeps(x), 0.0, top, outer=True)
    return ((0.0, upper),) if lower == 0.0 else ((0.0, 0.0), (lower, upper))


def _average_rises(curve: Curve, spend: float) -> bool:
    """Whether responses per unit of money still rise: before the line from zero touches."""
    return float(curve.marginal(spend)) * spend >= float(curve.response(spend))


def _where_marginal(curve: Curve, rate: float, most: float) -> Domain:
    """Spends at which the last unit of money brings at least `rate` responses, and zero."""
    if isinstance(curve, Tabulated):
        return _steep_pieces(curve, rate)
    steep = _steep_intervals(curve, rate, most)
    # The curve's own rule ends at the money there is: beyond it nothing is asked.
    joined = [(low, math.inf if high >= most else high) for low, high in steep]
    return tuple(joined) if joined and joined[0][0] == 0.0 else ((0.0, 0.0), *joined)


def _steep_intervals(curve: Curve, rate: float, most: float) -> list[Interval]:
    """Where the slope is at least `rate` for certain, up to `most` money; neighbours joined.

    Intervals are halved until the range of slopes on each decides. What is undecided after 50
    halvings, a part in 10^15, is left out: the rule holds wherever the answer says it does.
    """
    ends = np.unique(np.minimum([0.0, curve.convex_until, curve.concave_from, most], most))
    low, high = ends[:-1], ends[1:]
    found: list[Interval] = []
    for _ in range(50):
        least, greatest = curve.marginal_range(low, high)
        is_steep, is_open = least >= rate, (least < rate) & (greatest >= rate)
        found += zip(low[is_steep].tolist(), high[is_steep].tolist(), strict=True)
        low, high = low[is_open], high[is_open]
        middle = 0.5 * (low + high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        if not 0 < low.size <= 20_000:  # a slope that touches the rate: what is open is left out
            break
    joined: list[Interval] = []
    for start, end in sorted(found):
        if joined and joined[-1][1] >= start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _steep_pieces(curve: Tabulated, rate: float) -> Domain:
    """The straight pieces that are steep enough, neighbours joined, and zero."""
    spends, slopes = curve.spends, np.diff(curve.responses) / np.diff(curve.spends)
    pieces: list[Interval] = [(0.0, 0.0)]
    for low, high, slope in zip(spends[:-1], spends[1:], slopes, strict=True):
        if slope >= rate * (1 - 1e-12):
            joined = pieces[-1][1] == low
            pieces[-1:] = [(pieces[-1][0], high)] if joined else [pieces[-1], (low, high)]
    return tuple((float(low), float(high)) for low, high in pieces)


def _bisect(
    holds: Callable[[float], bool], inside: float, outside: float, outer: bool = False
) -> float:
    """Where `holds` stops on the way from `inside` to `outside`, on the side where it holds.

    With `outer`, the first point on the other side.
    """
    if holds(outside):
        return outside
    for _ in range(200):
        middle = 0.5 * (inside + outside)
        if middle in (inside, outside):
            break
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return outside if outer else inside


def bounds(domain: Domain) -> Interval:
    """Lowest and highest spend of a domain; nan where it is empty."""
    if not domain:
        return np.nan, np.nan
    return min(low for low, _ in domain), max(high for _, high in domain)
