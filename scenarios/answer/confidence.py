"""How sure a plan is: its figures under every draw of the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import responses
from models.curves.curveset import ChannelCurve
from optimizer.allocation import Outcome

if TYPE_CHECKING:
    pass

Array = NDArray[np.floating]
Figures = Mapping[str, Array | None]  # by name, under each draw, shape (draws,); None: unknown
TOLERANCE = 1e-9  # a plan that stands on its limit keeps it
QUANTILES = (0.05, 0.5, 0.95)


def number_of_draws(entries: Sequence[ChannelCurve]) -> int:
    """Draws that all channels with draws have; 0 where none has."""
    return min((len(entry.draws) for entry in entries if entry.draws), default=0)


def response_factors(entry: ChannelCurve, levels: Sequence[Array], draws: int) -> Array:
    """Response under each draw over that of the point curve, shape (parts, draws).

    Parameters
    ----------
    levels : of each part (a period; what works after the end) the spends at work per fit period,
        in each of its fit periods or, once for all of them, on average
    """
    factors = np.ones((len(levels), draws))
    if not entry.draws or not levels:
        return factors
    every = np.concatenate(levels)
    drawn, expected = responses(entry.draws[:draws], every), entry.curve.response(every)
    start = 0
    for part, own in enumerate(levels):
        here = slice(start, start + len(own))
        if (at_point := expected[here].sum()) > 0.0:
            factors[part] = drawn[:, here].sum(axis=1) / at_point
        start += len(own)
    return factors


def figures(expected: Outcome, factor: Array) -> Figures:
    """Conversions, revenue, value and profit of one channel under each draw.

    Revenue and lifetime value move with the response; what is spent does not.

    Parameters
    ----------
    expected : what the point curve brings
    factor : response under each draw over that of the point curve, shape (draws,)
    """

    def scaled(amount: float | None) -> Array | None:
        return None if amount is None else amount * factor

    gross = scaled(None if expected.profit is None else expected.profit + expected.spend)
    return {
        "conversions": scaled(expected.conversions),
        "revenue": scaled(expected.revenue),
        "value": scaled(expected.value),
        "profit": None if gross is None else gross - expected.spend,
        "spend": np.full(len(factor), expected.spend),
    }


def added(parts: Sequence[Figures]) -> Figures:
    """Figures of several periods together."""
    return {name: _sum(parts, name) for name in parts[0]}


def objective_under_draws(channels: Sequence[Figures], objective: str) -> Array | None:
    """The objective of a whole split under each draw; None where draws say nothing about it."""
    if objective == "spend":
        return None
    name = "revenue" if objective == "roas" else objective
    total, spend = _sum(channels, name), _sum(channels, "spend")
    if objective != "roas" or total is None or spend is None:
        return total
    return total / spend if (spend > 0).all() else None


def kept_under_draws(channels: Sequence[Figures], kind: str, limit: float) -> float | None:
    """The share of draws in which a split keeps a limit on what comes of it.

    None where the limit is none on an outcome, or draws say nothing about it.
    """
    conversions, revenue, spend = (
        _sum(channels, name) for name in ("conversions", "revenue", "spend")
    )
    ends: Mapping[str, tuple[Array | None, Array | float]] = {
        "min_conversions": (conversions, limit),
        "min_revenue": (revenue, limit),
        "min_roas": (revenue, limit * (0.0 if spend is None else spend)),
        "max_cpa": (conversions, (0.0 if spend is None else spend) / limit if limit else np.inf),
    }
    reached, needed = ends.get(kind, (None, 0.0))
    if reached is None:
        return None
    return float((reached >= needed * (1.0 - TOLERANCE)).mean())


def _sum(channels: Sequence[Figures], name: str) -> Array | None:
    parts = [part for figures in channels if (part := figures[name]) is not None]
    return np.sum(parts, axis=0) if len(parts) == len(channels) else None


def quantiles(values: Array) -> tuple[float, float, float]:
    """5th, 50th and 95th percentile."""
    low, middle, high = np.quantile(values, QUANTILES)
    return float(low), float(middle), float(high)


def band(values: Array | None) -> tuple[float, float] | None:
    """5th and 95th percentile."""
    if values is None:
        return None
    low, _, high = quantiles(values)
    return low, high
