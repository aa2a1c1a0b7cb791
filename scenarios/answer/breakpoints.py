"""A curve as a table that a spreadsheet can interpolate and a page can draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve
from models.curves.families import Curve
from scenarios.answer.confidence import responses
from scenarios.plan.plan import CurvePoint, PlanCurve
from scenarios.plan.rounding import significant

TOLERANCE = 0.001  # of the highest response: what a straight line between points may miss
MOST = 64  # breakpoints that refinement may reach, beside the asked-for ones
BAND = (0.05, 0.95)  # quantiles over the draws


def plan_curve(
    entry: ChannelCurve, spends: Iterable[float], of_revenue: bool = False, beyond: float = 1.3
) -> PlanCurve:
    """The breakpoints of one channel's curve, per fit period.

    Between two breakpoints a straight line misses the curve by at most 0.1 % of its highest
    response here, unless it would take more than 64 of them.

    Parameters
    ----------
    entry : the channel and its curve per fit period
    spends : spends per fit period that must be breakpoints (today's, the proposed ones, limits)
    of_revenue : the curve counts revenue, not conversions
    beyond : the last breakpoint is this many times the highest of `spends` and of the history
    """
    current, observed = entry.current_spend, entry.max_observed_spend
    asked = _apart({0.0, *spends}, 1e-9)
    others = {x for x in (current, observed) if x is not None}
    if isinstance(entry.curve, Tabulated):
        others |= {spend for spend, _ in entry.curve.points}
    others.add(max([*asked, *others]) * beyond or _scale(entry.curve))
    # Today's spend comes back from a total in cents: almost the curve's own, but not quite.
    others = {x for x in others if min(abs(x - a) for a in asked) > 1e-6 * x}
    x = _refined([entry.curve, entry.revenue_curve], sorted({*asked, *others}))
    response = entry.curve.response(x)
    conversions = None if of_revenue else response
    revenue = response if of_revenue else _revenue(entry, x, response)
    low, high = _band(entry.draws, x)
    return PlanCurve(
        family=entry.curve.family,
        parameters=entry.curve.parameters if entry.curve.family != "average" else {},
        current=current,
        observed_max=observed,
        carry_over=entry.carry_over,
        season=entry.season,
        noise=noise_of(entry),
        demand_spread=entry.fit.get("demand_spread"),
        points=_points(x, conversions, revenue, low, high),
    )


def noise_of(entry: ChannelCurve) -> float | None:
    """Variance of the response per unit of response, from the mean absolute error of the fit.

    Of normal noise the mean absolute deviation is ``sqrt(2 / pi)`` standard deviations.
    """
    error, expected = entry.fit.get("error"), entry.fit.get("expected")
    if not error or not expected:
        return None
    return significant(math.pi / 2 * error**2 * float(np.mean(expected)), 4)


def _scale(curve: Curve) -> float:
    """A spend at which a curve that nobody has spent on shows its shape."""
    known = [curve.parameters.get(name) for name in ("half_saturation", "scale")]
    return next((2.0 * float(scale) for scale in known if scale is not None), 1.0)


def _revenue(entry: ChannelCurve, x: NDArray, conversions: NDArray) -> NDArray | None:
    if entry.revenue_curve is not None:
        return entry.revenue_curve.response(x)
    if entry.value_per_conversion is not None:
        return entry.value_per_conversion * conversions
    return None


def _apart(spends: Iterable[float], share: float) -> list[float]:
    """Sorted, without those that only floating point tells from the one before."""
    kept: list[float] = []
    for spend in sorted(spends):
        if not kept or spend - kept[-1] > share * spend:
            kept.append(spend)
    return kept


def _refined(curves: Sequence[Curve | None], given: Sequence[float]) -> NDArray:
    """Halve the intervals whose chord misses a curve most, until none misses by much."""
    x = np.array(given)
    known = [curve for curve in curves if curve is not None]
    while len(x) < len(given) + MOST:
        middle = (x[:-1] + x[1:]) / 2
        miss = np.zeros(len(middle))
        for curve in known:
            y = curve.response(x)
            chord = (y[:-1] + y[1:]) / 2
            miss = np.maximum(miss, np.abs(curve.response(middle) - chord) / (y.max() or 1.0))
        worst = np.flatnonzero(miss > TOLERANCE)
        if not worst.size:
            break
        room = len(given) + MOST - len(x)
        # Ties go to the smaller spend, so that the same curve gives the same points.
        worst = worst[np.argsort(-miss[worst], kind="stable")][:room]
        x = np.sort(np.concatenate([x, middle[worst]]))
    return x


def _band(draws: Sequence[Curve], x: NDArray) -> tuple[NDArray | None, NDArray | None]:
    if not draws:
        return None, None
    low, high = np.quantile(responses(draws, x), BAND, axis=0)
    return low, high


def _points(x: NDArray, *columns: NDArray | None) -> tuple[CurvePoint, ...]:
    names = ("conversions", "revenue", "low", "high")
    known = {
        name: values for name, values in zip(names, columns, strict=True) if values is not None
    }
    return tuple(
        CurvePoint(spend=float(spend), **{name: float(v[i]) for name, v in known.items()})
        for i, spend in enumerate(x)
    )
