"""Channels in the plan's units: what money in one channel and one period of the plan brings.

A curve holds per fit period; a plan spends over n of them. The response of the whole stretch is
``n * factor * g(X / n)``: every curve is stretched once, here, and nowhere else. X is the money
spent in the stretch, or with carry-over the money that works in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import ChannelCurve
from models.curves.families import Curve, Linear
from models.errors import CurvesError, Fault
from optimizer.allocation import Outcome
from optimizer.problem import Period, Problem
from optimizer.program.carryover import Mix, mixes, tail_curve

Array = NDArray[np.floating]

AFTER = "after the end"  # the period of a tail


@dataclass(frozen=True)
class Stretch:
    """From a curve of one fit period to the curve of a stretch of the plan.

    Parameters
    ----------
    length : fit periods in which money works
    factor : on the response (season, events)
    decay : of what still works after the end, the share that carries over; None: of a period
    """

    length: float
    factor: float
    decay: float | None = None

    def __call__(self, curve: Curve) -> Curve:
        if self.decay is not None:
            return tail_curve(curve, self.decay, self.factor)
        return curve.stretched(self.length, self.factor) if self.length > 0 else Linear(0.0)


@dataclass(frozen=True)
class Cell:
    """One channel in one period.

    Parameters
    ----------
    channel, period : names
    length : the days on which the channel may run, in fit periods
    stretch : how a curve of one fit period becomes the cell's
    curve : KPI (conversions, or revenue where history counts no conversions) over the period by
        the money that works in it
    counts_conversions : whether the curve counts conversions
    value : revenue per unit of the curve's response; None: unknown
    revenue_curve : revenue over the period, where it does not follow conversions
    margin : profit share of revenue; None: unknown, and so is profit
    loyalty : lifetime value per revenue of the first purchase, ``1 / (1 - repeat_rate)``
    current_spend : today's spend, for the period's length; None: unknown
    observed_spend : highest spend that history shows, for the period's length; None: unknown
    mix : the money that works in the period, where spend carries over; None: its own spend
    """

    channel: str
    period: str
    length: float
    stretch: Stretch
    curve: Curve
    counts_conversions: bool
    value: float | None
    revenue_curve: Curve | None
    margin: float | None
    loyalty: float
    current_spend: float | None
    observed_spend: float | None
    mix: Mix | None = None

    def outcome(
        self, spend: float, curve: Curve | None = None, working: float | None = None
    ) -> Outcome:
        """What `spend` brings; the one function that scores today's split and the proposal.

        Parameters
        ----------
        curve : another curve in place of the cell's own (a draw), in plan units
        working : the money that works, where that is not the spend
        """
        working = spend if working is None else working
        response = float((curve or self.curve).response(working))
        if self.revenue_curve is not None:
            revenue = float(self.revenue_curve.response(working))
        else:
            revenue = None if self.value is None else response * self.value
        return Outcome(
            spend=spend,
            conversions=response if self.counts_conversions else None,
            revenue=revenue,
            value=None if revenue is None else revenue * self.loyalty,
            profit=self.profit(revenue, spend),
        )

    def profit(self, revenue: float | None, spend: float) -> float | None:
        """What is left of the revenue's margin after the spend, money; None: unknown."""
        if revenue is None or self.margin is None:
            return None
        return revenue * self.margin - spend

    def marginals(self, working: float) -> tuple[float | None, float | None]:
        """Conversions and revenue per further unit of money at work."""
        slope = float(self.curve.marginal(working))
        conversions = slope if self.counts_conversions else None
        if self.revenue_curve is not None:
            return conversions, float(self.revenue_curve.marginal(working))
        return conversions, None if self.value is None else slope * self.value


def by_channel(cells: Sequence[Cell]) -> dict[str, list[int]]:
    """Positions of each channel's cells, in order of time."""
    places: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        places.setdefault(cell.channel, []).append(position)
    return places


def working_money(cells: Sequence[Cell], spend: Array, tail: Sequence[Cell] = ()) -> Array:
    """The money that works in each cell of `cells` and of `tail`, given the spend of `cells`."""
    places = by_channel(cells)
    working = np.append(np.asarray(spend, dtype=float), np.zeros(len(tail)))
    for position, cell in enumerate((*cells, *tail)):
        if cell.mix is not None:
            paid = spend[places[cell.channel][: len(cell.mix.weights)]]
            working[position] = cell.mix.weights @ paid + cell.mix.carried
    return working


def outcomes(cells: Sequence[Cell], spend: Array, tail: Sequence[Cell] = ()) -> list[Outcome]:
    """What a split brings in each cell of `cells`, and after the end in each cell of `tail`."""
    working = working_money(cells, spend, tail)
    paid = np.append(spend, np.zeros(len(tail)))
    return [
        cell.outcome(float(x), working=float(works))
        for cell, x, works in zip((*cells, *tail), paid, working, strict=True)
    ]


def total_marginals(
    cells: Sequence[Cell], spend: Array, tail: Sequence[Cell] = ()
) -> list[tuple[float | None, float | None]]:
    """Conversions and revenue per further unit of money in each of `cells`, whenever they come."""
    working = working_money(cells, spend, tail)
    places = by_channel(cells)
    own = [cell.marginals(float(x)) for cell, x in zip((*cells, *tail), working, strict=True)]
    sums = np.zeros((len(cells), 2))
    for position, (cell, pair) in enumerate(zip((*cells, *tail), own, strict=True)):
        rates = np.array([np.nan if rate is None else rate for rate in pair])
        if cell.mix is None:
            sums[position] = rates
            continue
        paid = places[cell.channel][: len(cell.mix.weights)]
        sums[paid] += np.outer(cell.mix.weights, rates)
    return [(_known(conversions), _known(revenue)) for conversions, revenue in sums]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def total(outcomes: list[Outcome]) -> Outcome:
    """Sum of outcomes; what is unknown for one is unknown for the sum."""
    if len(outcomes) == 1:
        return outcomes[0]

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
    periods = horizon(problem)
    mix_of = {entry.channel: _mixes(problem, entry)[0] for entry in problem.curves}
    cells = tuple(
        _period_cell(problem, period, entry, mix_of[entry.channel][number])
        for number, period in enumerate(periods)
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


def make_tail(problem: Problem) -> tuple[Cell, ...]:
    """What is still at work after the end: one cell per channel that carries over."""
    if not problem.carry_over:
        return ()
    last = horizon(problem)[-1]
    return tuple(
        _make_cell(
            problem, AFTER, 0.0, entry, _mixes(problem, entry)[1],
            Stretch(0.0, last.factors.get(entry.channel, 1.0), entry.carry_over),
        )
        for entry in problem.curves
        if entry.carry_over > 0
    )  # fmt: skip


def _lacks_value(cell: Cell) -> bool:
    return cell.value is None and cell.revenue_curve is None


def _mixes(problem: Problem, entry: ChannelCurve) -> tuple[Sequence[Mix | None], Mix | None]:
    """The mix of each period and of the stock at the end; None where nothing carries over."""
    periods = horizon(problem)
    if not problem.carry_over or entry.carry_over == 0:
        return [None] * len(periods), None
    stock = problem.carry_in.get(entry.channel)
    if stock is None:
        stock = _today(problem, entry) or 0.0
    lengths = [period.days / problem.curves.period_days for period in periods]
    active = [period.active.get(entry.channel, 1.0) for period in periods]
    return mixes(entry.carry_over, lengths, active, stock)


def _margin(problem: Problem, entry: ChannelCurve) -> float | None:
    """The channel's margin; who asks for profit and names none means revenue less spend."""
    if entry.margin is None and problem.objective == "profit":
        return 1.0
    return entry.margin


def _today(problem: Problem, entry: ChannelCurve) -> float | None:
    return problem.current.get(entry.channel, entry.current_spend)


def _period_cell(problem: Problem, period: Period, entry: ChannelCurve, mix: Mix | None) -> Cell:
    length = period.days / problem.curves.period_days
    runs = period.active.get(entry.channel, 1.0)
    works = length * (runs if mix is None else mix.days)
    stretch = Stretch(works, period.factors.get(entry.channel, 1.0))
    return _make_cell(problem, period.label, length * runs, entry, mix, stretch)


def _make_cell(
    problem: Problem, period: str, length: float, entry: ChannelCurve, mix: Mix | None,
    stretch: Stretch,
) -> Cell:  # fmt: skip
    current, observed = _today(problem, entry), entry.max_observed_spend
    counts = problem.curves.kpi == "conversions"
    return Cell(
        channel=entry.channel,
        period=period,
        length=length,
        stretch=stretch,
        curve=stretch(entry.curve),
        counts_conversions=counts,
        value=entry.value_per_conversion if counts else 1.0,
        revenue_curve=None if entry.revenue_curve is None else stretch(entry.revenue_curve),
        margin=_margin(problem, entry),
        loyalty=1.0 / (1.0 - (entry.repeat_rate or 0.0)),
        current_spend=None if current is None else current * length,
        observed_spend=None if observed is None else observed * length,
        mix=mix,
    )
