"""Why two plans of one question bring different results: the difference in parts that add up.

Each channel's result is a function of its curve, the horizon it is stretched over, and its spend.
Going from the old plan to the new one, these are exchanged one after the other, and each exchange
has its difference: the curves, the horizon (days and season), the budget (every channel's spend
scaled alike), the split that is best for all of these under the old rules, and the rules. The
parts sum to the whole because every figure in between is added once and taken away once. The order
matters, as in any such account: what is spent is valued on the new curves. Where spend carries
over, the money at work in each period stands in the place of the money spent in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scenarios.plan.plan import ChannelPlan, Plan, PlanCurve

PARTS = ("curves", "horizon", "budget", "split", "rules")


@dataclass(frozen=True)
class Contribution:
    """One channel's share in the difference, by cause, in the result's own unit.

    Parameters
    ----------
    before, after : the channel's result in the old and the new plan
    """

    channel: str
    before: float
    after: float
    curves: float
    horizon: float
    budget: float
    split: float
    rules: float


def measure_of(old: Plan, new: Plan) -> str | None:
    """The result that both plans know: revenue, or conversions."""
    totals = (old.proposed, new.proposed)
    goal = new.certificate.objective if new.certificate else "revenue"
    order = ("conversions", "revenue") if goal == "conversions" else ("revenue", "conversions")
    for name in order:
        if all(total is not None and getattr(total, name) is not None for total in totals):
            return name
    return None


def contributions(
    old: Plan, new: Plan, measure: str, under_old_rules: Mapping[str, float] | None = None
) -> list[Contribution]:
    """Every channel of either plan, with its share in each part; they sum to the difference.

    Parameters
    ----------
    measure : "revenue" or "conversions", which both plans know
    under_old_rules : best spend by channel for the new curves, horizon and budget under the old
        plan's rules; None: not known or the same rules, and all of it counts as split
    """
    assert old.proposed is not None
    assert new.proposed is not None
    scale = new.proposed.spend / old.proposed.spend if old.proposed.spend else 1.0
    names = dict.fromkeys(row.channel for plan in (old, new) for row in plan.channels)
    spends = under_old_rules or {}
    return [_of_channel(old, new, name, measure, scale, spends.get(name)) for name in names]


def _of_channel(
    old: Plan, new: Plan, name: str, measure: str, scale: float, middle: float | None
) -> Contribution:
    """Exchange one cause after the other; a channel that one plan lacks spends nothing there."""
    one, other = _rows(old, name), _rows(new, name)
    curve, new_curve = old.curves.get(name), new.curves.get(name)
    before, after = _total(one, measure), _total(other, measure)
    if not one or not other or curve is None or new_curve is None or len(one) != len(other):
        # Another channel, or another number of periods: nothing to exchange piece by piece.
        return Contribution(name, before, after, 0.0, 0.0, 0.0, after - before, 0.0)
    if is_same_curve(curve, new_curve):
        curve = new_curve = _merged(curve, new_curve)  # exact at the spends of both plans
    pairs = list(zip(one, other, strict=True))
    steps = (
        sum(_result(curve, o, o.working_spend, measure) for o in one),
        sum(_result(new_curve, o, o.working_spend, measure) for o in one),
        sum(_result(new_curve, r, o.working_spend, measure) for o, r in pairs),
        sum(_result(new_curve, r, o.working_spend * scale, measure) for o, r in pairs),
    )
    curves, length, budget = (later - sooner for sooner, later in pairwise(steps))
    rules = 0.0
    if middle is not None:
        rules = sum(
            _result(new_curve, r, r.working_spend, measure) - _result(new_curve, r, middle, measure)
            for r in other
        )
    # What is left is the split, and with it what the plans' figures were rounded by.
    split = after - before - curves - length - budget - rules
    return Contribution(name, before, after, curves, length, budget, split, rules)


def _rows(plan: Plan, channel: str) -> list[ChannelPlan]:
    return [row for _, row in plan.rows() if row.channel == channel]


def _total(rows: Sequence[ChannelPlan], measure: str) -> float:
    return sum(getattr(row, measure) or 0.0 for row in rows)


def _result(curve: PlanCurve, row: ChannelPlan, spend: float, measure: str) -> float:
    """What `spend` brings on a curve over the horizon, or the period, of `row`."""
    if not row.fit_periods:
        return 0.0
    height = interpolate(curve, spend / row.fit_periods, measure)
    return row.fit_periods * row.season * height


def is_same_curve(one: PlanCurve, other: PlanCurve) -> bool:
    """Whether two plans tabulate the same curve, each at spends of its own."""
    if (one.family, one.parameters) != (other.family, other.parameters):
        return False
    heights = {point.spend: point for point in one.points}
    shared = [(heights[p.spend], p) for p in other.points if p.spend in heights and p.spend > 0]
    return bool(shared) and all(
        _near(a.conversions, b.conversions) and _near(a.revenue, b.revenue) for a, b in shared
    )


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-9 * abs(one)


def _merged(one: PlanCurve, other: PlanCurve) -> PlanCurve:
    points = {point.spend: point for point in (*one.points, *other.points)}
    return one.model_copy(update={"points": tuple(points[x] for x in sorted(points))})


def interpolate(curve: PlanCurve, spend: float, measure: str) -> float:
    """Response per fit period on the straight line between breakpoints; flat behind the last."""
    spends = [point.spend for point in curve.points]
    heights = [getattr(point, measure) or 0.0 for point in curve.points]
    if not spends:
        return 0.0
    after = bisect_right(spends, spend)
    if after == len(spends):
        return heights[-1]
    low, high = spends[after - 1], spends[after]
    return heights[after - 1] + (heights[after] - heights[after - 1]) * (spend - low) / (high - low)
