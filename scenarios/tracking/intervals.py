"""A plan's days in stretches, and what each channel was to bring, should bring and brought in each.

Curves hold for steady spend: they are taken fit period by fit period, at the spend that carry-over
makes effective (geometric, as in `models.transforms.adstock`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from models.curves.curveset import ChannelCurve
from models.transforms.season import factor_between
from scenarios.plan.plan import ChannelPlan, Plan
from scenarios.tracking.actuals import Actuals, span_of

State = Literal["settled", "waiting", "ahead"]
NOW: tuple[State, ...] = ("settled", "waiting")
ALL: tuple[State, ...] = (*NOW, "ahead")


@dataclass(frozen=True)
class Stretch:
    """Days of the plan within one of its periods, one fit period, and one state.

    Parameters
    ----------
    first, days : counted from the plan's first day
    length : in fit periods
    rows : the plan of the period that they are in, by channel
    part : the days' share in that period's days
    factors : season (and events) of these days by channel; their mean over the period is the row's
    state : "settled"; "waiting" for late conversions; "ahead" of what is counted
    """

    first: int
    days: int
    length: float
    rows: Mapping[str, ChannelPlan]
    part: float
    factors: Mapping[str, float]
    state: State


def stretches_of(plan: Plan, days: int, settled: int) -> Iterator[Stretch]:
    """The plan's days, cut where a period, a fit period or a state ends.

    Parameters
    ----------
    days, settled : how many days are counted, and of how many of them the conversions are in
    """
    start, end = span_of(plan)
    periods = [
        (date.fromisoformat(p.start), round(p.days), p.channels) for p in plan.periods if p.start
    ]
    for first_day, length, rows in periods or [(start, (end - start).days + 1, plan.channels)]:
        first = (first_day - start).days
        last = first + length
        cuts = {last, *range(first, last, plan.period_days)}
        cuts |= {cut for cut in (settled, days) if first <= cut <= last}
        for one, other in pairwise(sorted(cuts)):
            days_from = start + timedelta(days=one)
            yield Stretch(
                one,
                other - one,
                (other - one) / plan.period_days,
                {row.channel: row for row in rows},
                (other - one) / length,
                {
                    row.channel: row.season
                    * factor_between(plan.curves[row.channel].season, days_from, other - one)
                    / factor_between(plan.curves[row.channel].season, first_day, length)
                    for row in rows
                },
                "settled" if other <= settled else "waiting" if other <= days else "ahead",
            )


def effective(
    spends: Sequence[float], lengths: Sequence[float], carry_over: float, before: float
) -> list[float]:
    """Spend per fit period that the response follows, stretch by stretch.

    Parameters
    ----------
    spends : money in each stretch
    lengths : of the stretches, in fit periods
    carry_over : share of the effect that a whole fit period leaves to the next
    before : effective spend per fit period when the first stretch begins
    """
    found, level = [], before
    for spend, length in zip(spends, lengths, strict=True):
        kept = carry_over**length
        level = (1.0 - kept) * spend / length + kept * level
        found.append(level)
    return found


class Levels:
    """One channel, stretch by stretch: planned, paced, expected, actual.

    Parameters
    ----------
    entry : its curve
    actuals : what happened
    stretches : all of the plan's days
    kpi : what the curve counts, "conversions" or "revenue"
    """

    def __init__(
        self, entry: ChannelCurve, actuals: Actuals, stretches: Sequence[Stretch], kpi: str
    ) -> None:
        self.entry, self.actuals, self.stretches, self.kpi = entry, actuals, stretches, kpi
        name = entry.channel
        self.rows = [stretch.rows[name] for stretch in stretches]
        self.factors = [stretch.factors[name] for stretch in stretches]
        self.lengths = [stretch.length for stretch in stretches]
        self.planned_spends = [stretch.rows[name].spend * stretch.part for stretch in stretches]
        daily = actuals.spend[name]
        by_now = self.sum(self.planned_spends, *NOW)
        # The rest runs as far over or under the plan as what is known.
        pace = sum(daily) / by_now if by_now > 0 else 1.0
        self.spends = [
            planned * pace if stretch.state == "ahead" else _within(daily, stretch)
            for stretch, planned in zip(stretches, self.planned_spends, strict=True)
        ]
        known = (entry.carried_spend, entry.current_spend)
        steady = self.planned_spends[0] / self.lengths[0]
        before = next((spend for spend in known if spend is not None), steady)
        self.paced_at = effective(self.planned_spends, self.lengths, entry.carry_over, before)
        self.spent_at = effective(self.spends, self.lengths, entry.carry_over, before)

    def sum(self, values: Sequence[float], *states: State) -> float:
        """Sum over the stretches of some states."""
        pairs = zip(values, self.stretches, strict=True)
        return sum(value for value, stretch in pairs if stretch.state in states)

    def planned(self, measure: str) -> list[float] | None:
        """The plan's own result, each day with its season's weight; None: the plan knows none."""
        found = [getattr(row, measure) for row in self.rows]
        if None in found:
            return None
        weights = (
            stretch.part * factor / row.season
            for stretch, factor, row in zip(self.stretches, self.factors, self.rows, strict=True)
        )
        return [result * weight for result, weight in zip(found, weights, strict=True)]

    def responses(self, measure: str, spends: Sequence[float]) -> list[float] | None:
        """What effective spends bring on the curve; None where the curve knows no such result."""
        curve, value = self.entry.curve, 1.0
        if measure != self.kpi:
            if measure == "conversions":
                return None
            if self.entry.revenue_curve is not None:
                curve = self.entry.revenue_curve
            elif self.entry.value_per_conversion is not None:
                value = self.entry.value_per_conversion
            else:
                return None
        return self.stretched([value * float(height) for height in curve.response(spends)])

    def stretched(self, heights: Sequence[float]) -> list[float]:
        """Responses per fit period as those of the stretches."""
        pairs = zip(self.lengths, self.factors, heights, strict=True)
        return [length * factor * height for length, factor, height in pairs]

    def actual(self, measure: str) -> list[float] | None:
        """What came back; None where nobody can tell for this channel."""
        daily = self.actuals.brought.get(measure, {}).get(self.entry.channel)
        return None if daily is None else [_within(daily, stretch) for stretch in self.stretches]


def _within(daily: Sequence[float], stretch: Stretch) -> float:
    return sum(daily[stretch.first : stretch.first + stretch.days])
