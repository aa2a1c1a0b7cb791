"""An allocation's channels, period by period and over the horizon, as the rows of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import ChannelCurve
from optimizer.allocation import Allocation, ChannelAllocation
from optimizer.program.carryover import tail_lags
from optimizer.program.cells import Cell, by_channel, make_cells, make_tail, outcomes, working_money
from optimizer.rules import Rule
from scenarios.answer.confidence import (
    Figures,
    added,
    band,
    figures,
    kept_under_draws,
    number_of_draws,
    response_factors,
)
from scenarios.plan.plan import ChannelPlan, ChannelTail, Interval, Tail, Totals
from scenarios.plan.rounding import apportion, as_money, decimals_of, ratio, significant
from scenarios.question.resolve import Question

SUMMED = ("spend", "conversions", "revenue", "profit")


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
        outcome, cell = self.scored[side][k], self.every[k]
        conversions, revenue = outcome.conversions, self.money(outcome.revenue)
        return {
            "spend": outcome.spend,
            "conversions": None if conversions is None else round(conversions, CONVERSION_DECIMALS),
            "revenue": revenue,
            "profit": self.money(cell.profit(revenue, outcome.spend)),
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
        return self._interval(places)

    def total_interval(self) -> Interval | None:
        """What the whole proposal brings in 90 % of the draws; None where a channel has none."""
        if not self.drawn or not all(entry.draws for entry in self.entries):
            return None
        return self._interval(range(len(self.cells)))

    def drawn_of(self, side: str) -> list[Figures] | None:
        """Figures of every channel in every period under each draw; None where one has none."""
        if not self.drawn or not all(entry.draws for entry in self.entries):
            return None
        return self.drawn[side][: len(self.cells)]

    def kept_in(self, rule: Rule) -> float | None:
        """The share of draws in which the proposal keeps a limit; None where none can say it."""
        if not self.drawn or rule.period is not None:
            return None
        spoken_of = [
            under
            for cell, under in zip(self.cells, self.drawn[PROPOSED], strict=False)
            if not rule.channels or cell.channel in rule.channels
        ]
        if rule.channels and not any(self.question.curves[name].draws for name in rule.channels):
            return None
        return kept_under_draws(spoken_of, rule.kind, rule.limit)

    def _interval(self, places: Sequence[int]) -> Interval:
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


class Rows(Scored):
    """Every channel of every period, and of the horizon, rounded together."""

    def __init__(self, question: Question, allocation: Allocation) -> None:
        super().__init__(question, allocation)
        self.by_cell = [self._plan(k) for k in range(len(self.cells))]
        self.channels = tuple(map(self._over_horizon, by_channel(self.cells).values()))

    def period(self, label: str) -> tuple[ChannelPlan, ...]:
        """The channels of one period."""
        pairs = zip(self.cells, self.by_cell, strict=True)
        return tuple(plan for cell, plan in pairs if cell.period == label)

    # One cell

    def _plan(self, k: int) -> ChannelPlan:
        row, entry, cell = self.given[k], self.entries[k], self.cells[k]
        today = self.brings(k, CURRENT) if self.is_known(row.channel) else {}
        then = self.brings(k, PROPOSED)
        spend, current_spend = float(self.spends[PROPOSED][k]), today.get("spend")
        carries = cell.mix is not None
        return ChannelPlan(
            channel=row.channel,
            current_spend=current_spend,
            spend=spend,
            change=_change(current_spend, spend),
            current_conversions=today.get("conversions"),
            conversions=then["conversions"],
            current_revenue=today.get("revenue"),
            revenue=then["revenue"],
            current_profit=today.get("profit"),
            profit=then["profit"],
            cpa=ratio(spend, then["conversions"]),
            roas=ratio(then["revenue"], spend),
            marginal_cpa=significant(row.marginal_cpa, 7),
            marginal_roas=significant(row.marginal_roas, 7),
            min_spend=self.money(significant(row.min_spend, 15)),
            max_spend=self.money(significant(row.max_spend, 15)),
            binding=row.binding,
            evidence=entry.evidence.verdict,
            reasons=entry.evidence.reasons,
            is_extrapolated=row.is_extrapolated,
            interval=self.interval([k]),
            margin=entry.margin,
            fit_periods=significant(cell.stretch.length, 15) or 0.0,
            season=significant(cell.stretch.factor) or 0.0,
            effective_spend=float(self.working[PROPOSED][k]) if carries else None,
            current_effective_spend=(
                float(self.working[CURRENT][k]) if carries and current_spend is not None else None
            ),
        )

    # The horizon

    def _over_horizon(self, places: Sequence[int]) -> ChannelPlan:
        """A channel's periods together: the row itself where there is only one."""
        rows = [self.by_cell[k] for k in places]
        if len(rows) == 1:
            return rows[0]
        sums = {
            prefix + name: self._sum(rows, prefix + name)
            for name in SUMMED
            for prefix in ("current_", "")
        }
        spend, length = sums["spend"] or 0.0, sum(row.fit_periods for row in rows)
        season = sum(row.season * row.fit_periods for row in rows) / length if length else 1.0
        low, high = self._limits(rows)
        known = [row.marginal_cpa for row in rows if row.marginal_cpa is not None]
        worth = [row.marginal_roas for row in rows if row.marginal_roas is not None]
        return rows[0].model_copy(
            update={
                **sums,
                "change": _change(sums["current_spend"], spend),
                "cpa": ratio(spend, sums["conversions"]),
                "roas": ratio(sums["revenue"], spend),
                # Of the next unit of money in the period in which it brings most.
                "marginal_cpa": min(known, default=None),
                "marginal_roas": max(worth, default=None),
                "min_spend": low,
                "max_spend": high,
                "binding": tuple(dict.fromkeys(path for row in rows for path in row.binding)),
                "is_extrapolated": any(row.is_extrapolated for row in rows),
                "interval": self.interval(places),
                "fit_periods": significant(length, 15),
                "season": significant(season),
                "effective_spend": None,
                "current_effective_spend": None,
            }
        )

    def _sum(self, rows: Sequence[ChannelPlan], name: str) -> float | None:
        parts = [getattr(row, name) for row in rows]
        if None in parts:
            return None
        digits = CONVERSION_DECIMALS if name.endswith("conversions") else self.decimals
        return round(math.fsum(parts), digits)

    def _limits(self, rows: Sequence[ChannelPlan]) -> tuple[float | None, float | None]:
        """What a channel may spend in all: its periods' limits, and its own over the horizon."""
        ends = [
            None if None in (parts := [getattr(row, name) for row in rows]) else math.fsum(parts)
            for name in ("min_spend", "max_spend")
        ]
        low, high = ends[0] or 0.0, math.inf if ends[1] is None else ends[1]
        today = self._sum(rows, "current_spend")
        for rule in self.question.problem.rules:
            if rule.channels == (rows[0].channel,) and rule.period is None:
                least, most = _of_horizon(rule, today)
                low, high = max(low, least), min(high, most)
        return self.money(low), self.money(significant(high, 15))

    def totals(self, rows: Sequence[ChannelPlan], side: str, label: str | None) -> Totals | None:
        """Sums of the rounded figures; None for a sum of which a part is not known.

        Parameters
        ----------
        label : of the period that the rows are of; None: the horizon
        """
        prefix = "current_" if side == CURRENT else ""

        def add(name: str) -> float | None:
            parts = [getattr(row, prefix + name) for row in rows]
            return None if None in parts else round(sum(parts), CONVERSION_DECIMALS)

        spend, conversions, revenue = add("spend"), add("conversions"), add("revenue")
        if spend is None:
            return None
        values = [
            self.scored[side][k].value
            for k, cell in enumerate(self.cells)
            if label is None or cell.period == label
        ]
        return Totals(
            spend=spend,
            conversions=conversions,
            revenue=revenue,
            cpa=ratio(spend, conversions),
            roas=ratio(revenue, spend),
            profit=add("profit"),
            value=self.money(_sum_known(values)),
        )

    def tail(self) -> Tail | None:
        """What works after the end; None where nothing carries over."""
        numbers = range(len(self.cells), len(self.every))
        if not numbers:
            return None
        rows = []
        for k in numbers:
            name = self.every[k].channel
            today = self.brings(k, CURRENT) if self.is_known(name) else {}
            then = self.brings(k, PROPOSED)
            rows.append(
                ChannelTail(
                    channel=name,
                    current_conversions=today.get("conversions"),
                    conversions=then["conversions"],
                    current_revenue=today.get("revenue"),
                    revenue=then["revenue"],
                )
            )
        is_known = all(self.is_known(row.channel) for row in rows)
        return Tail(
            current=self._tail_totals(rows, CURRENT) if is_known else None,
            proposed=self._tail_totals(rows, PROPOSED),
            channels=tuple(rows),
        )

    def _tail_totals(self, rows: Sequence[ChannelTail], side: str) -> Totals:
        prefix = "current_" if side == CURRENT else ""
        outcome = self.scored[side][len(self.cells) :]
        conversions = _sum_known([getattr(row, f"{prefix}conversions") for row in rows])
        return Totals(
            spend=0.0,
            conversions=None if conversions is None else round(conversions, CONVERSION_DECIMALS),
            revenue=self.money(_sum_known([getattr(row, f"{prefix}revenue") for row in rows])),
            profit=self.money(_sum_known([each.profit for each in outcome])),
            value=self.money(_sum_known([each.value for each in outcome])),
        )

    # What drawing and recomputing need

    def levels_of(self, channel: str) -> list[float]:
        """Every spend at work per fit period at which a channel's curve is read."""
        return [
            level
            for row in self.by_cell
            if row.channel == channel
            for is_current in (False, True)
            if (level := row.level(is_current)) is not None
        ]


def _of_horizon(rule: Rule, today: float | None) -> tuple[float, float]:
    """What a rule on a channel's spend over the horizon leaves it."""
    limit = rule.limit
    if rule.kind.startswith("change_"):
        if today is None:
            return 0.0, math.inf
        limit = (1.0 + limit) * today
    if rule.kind in ("min_spend", "change_from"):
        return limit, math.inf
    return (0.0, limit) if rule.kind in ("max_spend", "change_to") else (0.0, math.inf)


def _change(before: float | None, after: float) -> float | None:
    return significant(after / before - 1.0, 7) if before else None


def _sum_known(parts: Sequence[float | None]) -> float | None:
    return None if None in parts else math.fsum(part for part in parts if part is not None)
