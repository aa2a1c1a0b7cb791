"""Curves for a future that is not the past: dearer reach, another response, another value.

Where the same reach costs ``c`` times as much and a reach brings ``r`` times as much, a spend ``x``
brings ``r * g(x / c)``: the curve is stretched, not merely scaled, so that the next unit of money
is worth ``r / c`` times as much where the curve is straight and less elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve
from models.curves.file import edited_channels, sealed

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Factors:
    """What is assumed of one channel.

    Parameters
    ----------
    cost : price of the same reach, as a factor on today's; above 0
    response : what the same reach brings, as a factor; above 0
    value : revenue of a conversion, as a factor; above 0
    costs, responses : `cost` and `response` of each draw where they are known as ranges only;
        empty: the same in all
    """

    cost: float = 1.0
    response: float = 1.0
    value: float = 1.0
    costs: tuple[float, ...] = ()
    responses: tuple[float, ...] = ()


def assumed(curves: CurveSet, factors: dict[str, Factors]) -> CurveSet:
    """The curves as they are under what is assumed of single channels.

    Parameters
    ----------
    factors : by channel; a channel that is not named stays as it is

    Examples
    --------
    >>> from models.curves.families import Hill
    >>> curves = CurveSet((ChannelCurve("search", Hill(1200.0, 9000.0)),))
    >>> dear = assumed(curves, {"search": Factors(cost=1.1)})
    >>> float(dear["search"].curve.response(9900.0))
    600.0
    """
    edited = edited_channels(curves)
    entries = tuple(
        _entry(entry, factors[entry.channel], curves.kpi) if entry.channel in factors else entry
        for entry in curves
    )
    found = replace(curves, channels=entries)
    if "seals" not in curves.provenance:
        return found
    # What a scenario assumes is no edit by hand; an edit by hand stays one.
    seals = {**sealed(found).provenance["seals"], **dict.fromkeys(edited, "")}
    return replace(found, provenance={**curves.provenance, "seals": seals})


def _entry(entry: ChannelCurve, known: Factors, kpi: str) -> ChannelCurve:
    worth = known.value if kpi == "revenue" else 1.0
    count = len(entry.draws)
    costs = known.costs or (known.cost,) * count
    responses = known.responses or (known.response,) * count
    draws = tuple(
        _stretched(draw, cost, response * worth)
        for draw, cost, response in zip(entry.draws, costs, responses, strict=True)
    )
    revenue, value = entry.revenue_curve, entry.value_per_conversion
    return replace(
        entry,
        curve=_curve(entry, draws, known.cost, known.response * worth),
        draws=draws,
        revenue_curve=revenue and _stretched(revenue, known.cost, known.response * known.value),
        value_per_conversion=value if value is None or kpi == "revenue" else value * known.value,
        max_observed_spend=_times(entry.max_observed_spend, known.cost),
        carried_spend=_times(entry.carried_spend, known.cost),
    )


def _curve(entry: ChannelCurve, draws: Sequence[Curve], cost: float, response: float) -> Curve:
    """The channel's own curve: the mean of its draws where it was that before."""
    curve = entry.curve
    if isinstance(curve, Average) and len(curve.draws) == len(draws):
        return Average(curve.of, np.array([draw.values() for draw in draws]))
    return _stretched(curve, cost, response)


def _stretched(curve: Curve, cost: float, response: float) -> Curve:
    return curve.stretched(cost, response / cost)


def _times(amount: float | None, factor: float) -> float | None:
    return None if amount is None else amount * factor
