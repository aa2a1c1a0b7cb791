"""What is shown of every fitted curve, whatever draws it: the numbers behind the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import marginals, responses
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import FAMILIES
from models.fit.backtest import TOTAL, Backtest
from models.history.history import History
from models.transforms.adstock import effective_spend
from scenarios.report.prose.curve_facts import UNITS

Array = NDArray[np.floating]
Dates = NDArray[np.datetime64]
BAND = (0.05, 0.95)
POINTS = 120
NO_FIGURES = "no figures of this channel's own: a mix has one KPI for all"
NO_HOLDOUT = "too little history to hold weeks out"


@dataclass(frozen=True)
class Seen:
    """A series of periods: what was seen, what was expected, and what was counted little."""

    dates: Dates
    seen: Array
    expected: Array
    outlier: NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """Held-out weeks of all folds, one after the other: what was seen and predicted."""

    dates: Dates
    seen: Array
    predicted: Array
    weeks_per_fold: int

    def folds(self) -> Iterator[slice]:
        for start in range(0, len(self.dates), self.weeks_per_fold):
            yield slice(start, start + self.weeks_per_fold)


@dataclass(frozen=True)
class CurveView:
    """One channel's curve beside its data.

    Parameters
    ----------
    spend : money per period, from 0 to beyond what was observed, shape (points,)
    response : there
    cost : what one more of the KPI costs at `spend[1:]`; infinite where nothing comes of it
    response_band, cost_band : their 5th and 95th percentile under the draws, shape (2, ...); None
        without draws
    cost_top : cost beyond which nothing need be shown
    points : carried-over spend, and what was seen with season, trend and demand taken out,
        shape (2, periods); None where nobody saw what the channel brought (a mix)
    periods : None likewise
    held_out : of the channel, or of a mix's KPI
    """

    entry: ChannelCurve
    spend: Array
    response: Array
    cost: Array
    response_band: Array | None
    cost_band: Array | None
    cost_top: float
    points: Array | None
    periods: Seen | None
    held_out: HeldOut | None


def view(history: History | None, entry: ChannelCurve, backtested: Backtest | None) -> CurveView:
    """All that is shown of one channel; of its curve alone, where the history is not at hand."""
    curve = entry.curve
    spend = np.linspace(0.0, _farthest(entry), POINTS)
    bands = None, None
    with np.errstate(divide="ignore"):
        cost = 1.0 / curve.marginal(spend[1:])
        if entry.draws:
            slopes = np.quantile(marginals(entry.draws, spend[1:]), BAND, axis=0)
            bands = np.quantile(responses(entry.draws, spend), BAND, axis=0), 1.0 / slopes[::-1]
    at = entry.max_observed_spend or entry.current_spend or spend[-1]
    top = 3.0 / max(float(curve.marginal(at)), 1e-12)
    return CurveView(
        entry=entry,
        spend=spend,
        response=curve.response(spend),
        cost=cost,
        response_band=bands[0],
        cost_band=bands[1],
        cost_top=min(top, 1.1 * float(cost[np.isfinite(cost)].max())),
        points=_points(history, entry) if history else None,
        periods=_periods(history, entry) if history else None,
        held_out=_held_out(history, entry.channel, backtested) if history else None,
    )


def per_period(what: str, curves: CurveSet) -> str:
    """``spend per week``."""
    return f"{what} per {UNITS.get(curves.period_days, 'period')}"


def next_costs(curves: CurveSet) -> str:
    """What the cost of the next one is called."""
    return f"Cost of the next {'conversion' if curves.kpi == 'conversions' else 'unit of revenue'}"


def _farthest(entry: ChannelCurve) -> float:
    return 1.4 * max(entry.max_observed_spend or 0.0, entry.current_spend or 0.0) or 1.0


def _points(history: History, entry: ChannelCurve) -> Array | None:
    expected, likely = entry.fit.get("expected"), entry.fit.get("most_likely")
    if history.shape != "tidy" or not expected or not likely:
        return None
    parameters = {name: value for name, value in likely.items() if name != "family"}
    curve = FAMILIES[likely["family"]](**parameters)
    spend = history.spend[entry.channel].to_numpy(dtype=float)
    effective = effective_spend(spend, entry.carry_over, entry.fit)
    seen = history.metrics[history.kpi][entry.channel].to_numpy(dtype=float)
    alone = curve.response(effective)
    return np.stack([effective, seen * alone / np.maximum(expected, 1e-9)])


def _periods(history: History, entry: ChannelCurve) -> Seen | None:
    expected = entry.fit.get("expected")
    if history.shape != "tidy" or not expected:
        return None
    dates = history.dates.to_numpy().astype("datetime64[D]")
    far = [outlier["date"] for outlier in entry.fit.get("outliers", [])]
    return Seen(
        dates,
        history.metrics[history.kpi][entry.channel].to_numpy(dtype=float),
        np.array(expected, dtype=float),
        np.isin(dates, np.array(far, dtype="datetime64[D]")),
    )


def _held_out(history: History, channel: str, backtested: Backtest | None) -> HeldOut | None:
    name = channel if history.shape == "tidy" else TOTAL
    if backtested is None or name not in backtested.seen:
        return None
    seen = backtested.seen[name]
    dates = np.array(backtested.dates[-len(seen) :], dtype="datetime64[D]")
    return HeldOut(dates, seen, backtested.predicted[name], backtested.weeks)
