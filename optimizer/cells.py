"""Channels in the plan's units: what money in one channel and one period of the plan brings.

A curve holds per fit period; a plan spends over n of them. The response of the whole stretch is
``n * factor * g(X / n)``: every curve is stretched once, here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves import Curve
from models.curveset import ChannelCurve
from models.errors import CurvesError, Fault
from optimizer.allocation import Outcome
from optimizer.problem import Period, Problem

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Cell:
    """One channel in one period.

    Parameters
    ----------
    channel, period : names
    length : the period in fit periods
    curve : KPI (conversions, or revenue where history counts no conversions) over the period by
        spend over the period
    counts_conversions : whether the curve counts conversions
    value : revenue per unit of the curve's response; None: unknown
    revenue_curve : revenue over the period, where it does not follow conversions
    margin : profit share of revenue, 1 where none is given
    loyalty : lifetime value per revenue of the first purchase, ``1 / (1 - repeat_rate)``
    current_spend : today's spend, for the period's length; None: unknown
    observed_spend : highest spend that history shows, for the period's length; None: unknown
    """

    channel: str
    period: str
    length: float
    curve: Curve
    counts_conversions: bool
    value: float | None
    revenue_curve: Curve | None
    margin: float
    loyalty: float
    current_spend: float | None
    observed_spend: float | None

    def outcome(self, spend: float, curve: Curve | None = None) -> Outcome:
        """What `spend` brings; the one function that scores today's split and the proposal.

        Parameters
        ----------
        curve : another curve in place of the cell's own (a draw), in plan units
        """
        response = float((curve or self.curve).response(spend))
        if self.revenue_curve is not None:
            revenue = float(self.revenue_curve.response(spend))
        else:
            revenue = None if self.value is None else response * self.value
        return Outcome(
            spend=spend,
            conversions=response if self.counts_conversions else None,
            revenue=revenue,
            value=None if revenue is None else revenue * self.loyalty,
            profit=None if revenue is None else revenue * self.margin - spend,
        )

    def marginals(self, spend: float) -> tuple[float | None, float | None]:
        """Conversions and revenue per further unit of money at `spend`."""
        slope = float(self.curve.marginal(spend))
        conversions = slope if self.counts_conversions else None
        if self.revenue_curve is not None:
            return conversions, float(self.revenue_curve.marginal(spend))
        return conversions, None if self.value is None else slope * self.value


def total(outcomes: list[Outcome]) -> Outcome:
    """Sum of outcomes; what is unknown for one is unknown for the sum."""

    def add(name: str) -> float | None:
        parts = [getattr(outcome, name) for outcome in outcomes]
        return None if None in parts else float(sum(parts))

    spend = float(sum(outcome.spend for outcome in outcomes))
    return Outcome(spend, add("conversions"), add("revenue"), add("value"), add("profit"))


def horizon(problem: Problem) -> tuple[Period, ...]:
    """The plan's periods; one period for a problem that names only `days`."""
    if problem.periods:
        return problem.periods
    return (Period("", problem.days, problem.factors),)


def make_cells(problem: Problem) -> tuple[Cell, ...]:
    """All cells of a problem, period by period, channels in the curves' order.

    Raises
    ------
    CurvesError : the objective or a rule needs a value per conversion that a channel lacks
    """
    cells = tuple(
        _make_cell(problem, period, entry)
        for period in horizon(problem)
        for entry in problem.curves
    )
    if problem.objective in ("revenue", "value", "profit", "roas"):
        missing = dict.fromkeys(cell.channel for cell in cells if _lacks_value(cell))
        faults = [
            Fault(
                f"channel {name}",
                f"has no value per conversion, which objective {problem.objective} needs",
                "Give value_per_conversion, or use objective: conversions",
            )
            for name in missing
        ]
        if faults:
            raise CurvesError(faults)
    return cells


def _lacks_value(cell: Cell) -> bool:
    return cell.value is None and cell.revenue_curve is None


def _make_cell(problem: Problem, period: Period, entry: ChannelCurve) -> Cell:
    length = period.days / problem.curves.period_days
    factor = period.factors.get(entry.channel, 1.0)
    current = problem.current.get(entry.channel, entry.current_spend)
    observed = entry.max_observed_spend
    counts = problem.curves.kpi == "conversions"
    revenue_curve = entry.revenue_curve
    return Cell(
        channel=entry.channel,
        period=period.label,
        length=length,
        curve=entry.curve.stretched(length, factor),
        counts_conversions=counts,
        value=entry.value_per_conversion if counts else 1.0,
        revenue_curve=None if revenue_curve is None else revenue_curve.stretched(length, factor),
        margin=1.0 if entry.margin is None else entry.margin,
        loyalty=1.0 / (1.0 - (entry.repeat_rate or 0.0)),
        current_spend=None if current is None else current * length,
        observed_spend=None if observed is None else observed * length,
    )
