"""How sure a plan is: its figures under every draw of the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.curveset import ChannelCurve
from models.drawn import responses
from optimizer.allocation import Outcome

Array = NDArray[np.floating]
Figures = Mapping[str, Array | None]  # by name, under each draw, shape (draws,); None: unknown
QUANTILES = (0.05, 0.5, 0.95)


def number_of_draws(entries: Sequence[ChannelCurve]) -> int:
    """Draws that all channels with draws have; 0 where none has."""
    return min((len(entry.draws) for entry in entries if entry.draws), default=0)


def figures(entry: ChannelCurve, expected: Outcome, fit_periods: float, draws: int) -> Figures:
    """One channel's conversions, revenue, value and profit under each draw.

    Revenue and lifetime value move with the response; what is spent does not.

    Parameters
    ----------
    expected : what the channel's point curve brings over the horizon
    fit_periods : the horizon's length
    """
    factor = np.ones(draws)
    spend = expected.spend / fit_periods
    at_point = float(entry.curve.response(spend))
    if entry.draws and at_point > 0.0:
        factor = responses(entry.draws[:draws], spend)[:, 0] / at_point

    def scaled(amount: float | None) -> Array | None:
        return None if amount is None else amount * factor

    gross = scaled(None if expected.profit is None else expected.profit + expected.spend)
    return {
        "conversions": scaled(expected.conversions),
        "revenue": scaled(expected.revenue),
        "value": scaled(expected.value),
        "profit": None if gross is None else gross - expected.spend,
        "spend": np.full(draws, expected.spend),
    }


def objective_under_draws(channels: Sequence[Figures], objective: str) -> Array | None:
    """The objective of a whole split under each draw; None where draws say nothing about it."""
    if objective == "spend":
        return None
    name = "revenue" if objective == "roas" else objective
    total, spend = _sum(channels, name), _sum(channels, "spend")
    if objective != "roas" or total is None or spend is None:
        return total
    return total / spend if (spend > 0).all() else None


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
