"""What an allocation brings, cell by cell, with its spends in whole cents."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.curveset import ChannelCurve
from optimizer.allocation import Allocation, ChannelAllocation
from optimizer.carryover import tail_lags
from optimizer.cells import Cell, by_channel, make_cells, make_tail, outcomes, working_money
from scenarios.confidence import Figures, added, band, figures, number_of_draws, response_factors
from scenarios.plan import Interval
from scenarios.resolve import Question
from scenarios.rounding import apportion, as_money, decimals_of

Array = NDArray[np.floating]
CONVERSION_DECIMALS = 4
SAME = 1e-9  # relative difference of a spend that has not moved
CURRENT, PROPOSED = "current", "proposed"
SIDES = (CURRENT, PROPOSED)


class Scored:
    """Every channel of every period, a cell, at today's and at the proposed spend.

    Money is rounded so that a period's channels sum to the period and the periods to the whole.
    What follows from a spend is scored at the rounded spends of both sides, by the function that
    scored the optimiser's, so that whoever recomputes it gets the same.
    """

    def __init__(self, question: Question, allocation: Allocation) -> None:
        self.question, self.allocation = question, allocation
        self.decimals = decimals_of(question.curves.currency)
        has_plan = bool(allocation.channels)
        self.cells = make_cells(question.problem) if has_plan else ()
        self.tail_cells = make_tail(question.problem) if has_plan else ()
        self.every = (*self.cells, *self.tail_cells)
        self.entries = [question.curves[cell.channel] for cell in self.every]
        self.draws = number_of_draws(self.entries)
        self.spends = dict(zip(SIDES, in_cents(allocation.channels, self.decimals), strict=True))
        self.scored = {
            side: outcomes(self.cells, spend, self.tail_cells)
            for side, spend in self.spends.items()
        }
        self.working = {
            side: working_money(self.cells, spend, self.tail_cells)
            for side, spend in self.spends.items()
        }
        self.drawn = {side: self._drawn(side) for side in SIDES} if self.draws else {}

    @property
    def given(self) -> tuple[ChannelAllocation, ...]:
        return self.allocation.channels

    def money(self, amount: float | None) -> float | None:
        return None if amount is None else as_money(amount, self.decimals)

    def is_known(self, channel: str) -> bool:
        """Whether today's spend is."""
        return channel in self.question.problem.current

    def brings(self, k: int, side: str) -> dict[str, float | None]:
        """What a cell's spend in whole cents brings."""
        outcome, margin = self.scored[side][k], self.every[k].margin
        conversions, revenue = outcome.conversions, self.money(outcome.revenue)
        return {
            "spend": outcome.spend,
            "conversions": None if conversions is None else round(conversions, CONVERSION_DECIMALS),
            "revenue": revenue,
            "profit": None if revenue is None else self.money(margin * revenue - outcome.spend),
        }

    def carry_in(self, entry: ChannelCurve) -> float | None:
        """Effective spend per fit period before the first day; None where nothing carries over."""
        if not any(cell.channel == entry.channel for cell in self.tail_cells):
            return None
        problem = self.question.problem
        today = problem.current.get(entry.channel, 0.0)
        return problem.carry_in.get(entry.channel, today)

    # Under the draws

    def _drawn(self, side: str) -> list[Figures]:
        """Every cell's figures, and those of what works after the end, under each draw."""
        unrounded = [getattr(row, side) for row in (*self.given, *self.allocation.tail)]
        factors: Mapping[int, Array] = {}
        for places in by_channel(self.every).values():
            levels = [self._levels(self.every[k], float(self.working[side][k])) for k in places]
            found = response_factors(self.entries[places[0]], levels, self.draws)
            factors = {**factors, **dict(zip(places, found, strict=True))}
        return [figures(unrounded[k], factors[k]) for k in range(len(self.every))]

    def _levels(self, cell: Cell, working: float) -> Array:
        """Where the curve of a fit period is read; of a tail, once in each of its fit periods."""
        if cell.stretch.decay is not None:
            lags = np.arange(1, tail_lags(cell.stretch.decay) + 1)
            return working * cell.stretch.decay**lags
        return np.array([working / cell.stretch.length if cell.stretch.length else 0.0])

    def interval(self, places: Sequence[int]) -> Interval | None:
        """What cells together bring in 90 % of the draws; None where the channel has no draws."""
        if not self.drawn or not self.entries[places[0]].draws:
            return None
        found = added([self.drawn[PROPOSED][k] for k in places])
        return Interval(
            conversions=_rounded_pair(band(found["conversions"]), CONVERSION_DECIMALS),
            revenue=_rounded_pair(band(found["revenue"]), self.decimals),
        )


def in_cents(rows: Sequence[ChannelAllocation], decimals: int) -> tuple[Array, Array]:
    """Today's and the proposed spends in whole cents, by cell.

    The periods sum to the whole and the channels to their period; what does not move is the same
    on both sides.
    """
    now, then = (np.array([getattr(row, side).spend for row in rows]) for side in SIDES)
    labels = np.array([row.period for row in rows])
    parts = [np.flatnonzero(labels == label) for label in dict.fromkeys(labels.tolist())]
    found = []
    for spends in (now, then):
        cents = np.zeros(len(rows))
        wholes = apportion([math.fsum(spends[part]) for part in parts], decimals)
        for part, whole in zip(parts, wholes, strict=True):
            # Today's cents are known by the second round.
            stays = (
                part[np.abs(spends[part] - now[part]) <= SAME * now[part]] if found else part[:0]
            )
            moves = np.setdiff1d(part, stays)
            cents[stays] = found[0][stays] if found else 0.0
            rest = round(whole - math.fsum(cents[stays]), decimals)
            cents[moves] = apportion(spends[moves].tolist(), decimals, rest) if moves.size else 0.0
        found.append(cents)
    return found[0], found[1]


def _rounded_pair(pair: tuple[float, float] | None, decimals: int) -> tuple[float, float] | None:
    return None if pair is None else (round(pair[0], decimals), round(pair[1], decimals))
