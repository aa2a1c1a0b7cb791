"""An allocation's channels, period by period and over the horizon, as the rows of a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence

from optimizer.allocation import Allocation
from optimizer.cells import by_channel
from optimizer.rules import Rule
from scenarios.plan import ChannelPlan, ChannelTail, Tail, Totals
from scenarios.resolve import Question
from scenarios.rounding import ratio, significant
from scenarios.scored import CONVERSION_DECIMALS, CURRENT, PROPOSED, Scored

SUMMED = ("spend", "conversions", "revenue", "profit")


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
