"""A plan against what happened, month to date: pace, result, and why it is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scenarios.analyses.contribution import interpolate
from scenarios.plan.plan import Plan, PlanCurve
from scenarios.question.replay import curves_of
from scenarios.tracking.actuals import Actuals, refuse_untrackable, span_of
from scenarios.tracking.intervals import ALL, NOW, Levels, stretches_of
from scenarios.tracking.variance import (
    DECIMALS,
    REACH,
    Expectation,
    Judgement,
    Variance,
    known_sum,
    together,
    variance_of,
)

MEASURES = ("conversions", "revenue")
LAG = 7  # days at the end whose conversions may still be arriving, as in a fit


@dataclass(frozen=True)
class Track:
    """One channel, or the total.

    Parameters
    ----------
    planned_spend, expected_spend : of the whole plan, and up to now
    projected_spend : at the end, if the rest runs as far over or under the plan as until now
    planned_kpi, projected_kpi : the plan's result, and what is to be expected at the end
    variances : by measure, "conversions" and "revenue", as far as both sides know them
    planned_cpa, cpa, planned_roas, roas : the plan's, and those of the settled days
    """

    channel: str
    planned_spend: float
    expected_spend: float
    spent: float
    projected_spend: float
    planned_kpi: float | None
    projected_kpi: float | None
    variances: Mapping[str, Variance]
    judgement: Judgement
    planned_cpa: float | None
    cpa: float | None
    planned_roas: float | None
    roas: float | None


@dataclass(frozen=True)
class Tracking:
    """A plan, month to date.

    Parameters
    ----------
    days, settled : counted days, and those of them whose conversions are in
    of_days : the plan's
    """

    plan: Plan
    name: str
    until: date
    days: int
    settled: int
    of_days: int
    channels: tuple[Track, ...]
    total: Track
    notices: tuple[str, ...] = ()

    @property
    def measure(self) -> str | None:
        """The result that is explained: the objective's, where both sides know it."""
        goal = self.plan.certificate.objective if self.plan.certificate else "revenue"
        order = MEASURES if goal == "conversions" else MEASURES[::-1]
        return next((name for name in order if name in self.total.variances), None)


def track(plan: Plan, actuals: Actuals, lag: int = LAG) -> Tracking:
    """Hold a plan against what happened.

    Parameters
    ----------
    lag : days at the end of the actuals' file whose conversions may still be arriving

    Raises
    ------
    InputError : the plan holds no allocation, no dates or no curves
    """
    refuse_untrackable(plan)
    start, end = span_of(plan)
    complete = (actuals.known_until - timedelta(days=lag) - start).days + 1
    settled = max(min(actuals.days, complete), 0)
    stretches = list(stretches_of(plan, actuals.days, settled))
    found = [
        _Channel(Levels(entry, actuals, stretches, plan.kpi), plan.curves[entry.channel])
        for entry in curves_of(plan)
    ]
    channels = tuple(
        channel.track(row.cpa, row.roas) for channel, row in zip(found, plan.channels, strict=True)
    )
    of_days = (end - start).days + 1
    total = _total(plan, channels, found)
    return Tracking(
        plan, actuals.name, actuals.end, actuals.days, settled, of_days, channels, total,
        actuals.notices,
    )  # fmt: skip


class _Channel:
    """One channel's levels, summed and judged."""

    def __init__(self, levels: Levels, curve: PlanCurve) -> None:
        self.levels = levels
        responses = levels.responses(levels.kpi, levels.spent_at)
        assert responses is not None
        self.responses = responses
        self.expectation = self._expectation(curve)

    def _expectation(self, curve: PlanCurve) -> Expectation:
        levels = self.levels
        mean = levels.sum(self.responses, "settled")
        of_curve = None
        if any(point.low is not None for point in curve.points):
            deviations = levels.stretched([_deviation(curve, x) for x in levels.spent_at])
            of_curve = levels.sum(deviations, "settled") ** 2
        noise = curve.noise
        if levels.kpi == "conversions":
            noise = max(noise or 1.0, 1.0)  # counts scatter at least as Poisson's do
        of_noise = None if noise is None else noise * mean
        return Expectation(mean, of_curve, of_noise, (curve.demand_spread or 0.0) * mean)

    def settled(self, measure: str) -> float | None:
        """What came back on the settled days."""
        actual = self.levels.actual(measure)
        return None if actual is None else self.levels.sum(actual, "settled")

    @property
    def settled_spend(self) -> float:
        return self.levels.sum(self.levels.spends, "settled")

    def track(self, planned_cpa: float | None, planned_roas: float | None) -> Track:
        levels = self.levels
        variances = {name: self._variance(name) for name in MEASURES}
        planned = levels.planned(levels.kpi)
        actual = self.settled(levels.kpi)
        projected = None
        if actual is not None:
            rest = levels.sum(self.responses, "waiting", "ahead")
            projected = round(actual + self.expectation.level(actual) * rest, DECIMALS)
        return Track(
            channel=levels.entry.channel,
            planned_spend=round(levels.sum(levels.planned_spends, *ALL), 2),
            expected_spend=round(levels.sum(levels.planned_spends, *NOW), 2),
            spent=round(levels.sum(levels.spends, *NOW), 2),
            projected_spend=round(sum(levels.spends), 2),
            planned_kpi=None if planned is None else round(sum(planned), DECIMALS),
            projected_kpi=projected,
            variances={name: found for name, found in variances.items() if found},
            judgement=self.expectation.judged(actual),
            planned_cpa=planned_cpa,
            cpa=_ratio(self.settled_spend, self.settled("conversions")),
            planned_roas=planned_roas,
            roas=_ratio(self.settled("revenue"), self.settled_spend),
        )

    def _variance(self, measure: str) -> Variance | None:
        levels = self.levels
        planned = levels.planned(measure)
        paced = levels.responses(measure, levels.paced_at)
        expected = levels.responses(measure, levels.spent_at)
        if planned is None or paced is None or expected is None:
            return None
        if measure not in levels.actuals.brought:
            return None
        actual = levels.actual(measure)
        return variance_of(
            levels.sum(planned, *NOW),
            levels.sum(paced, *NOW),
            (levels.sum(expected, "settled"), levels.sum(expected, "waiting")),
            None if actual is None else (levels.sum(actual, "settled"),
                                         levels.sum(actual, "waiting")),
        )  # fmt: skip


def _deviation(curve: PlanCurve, spend: float) -> float:
    """Standard deviation of a curve's draws at a spend, per fit period."""
    low, high = (interpolate(curve, spend, side) for side in ("low", "high"))
    return (high - low) / (2 * REACH)


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def _total(plan: Plan, channels: Sequence[Track], found: Sequence[_Channel]) -> Track:
    """Sums over the channels."""
    assert plan.proposed is not None
    settled = {name: known_sum(channel.settled(name) for channel in found) for name in MEASURES}
    spent = sum(channel.settled_spend for channel in found)
    expectation = Expectation.together([channel.expectation for channel in found])

    def money(name: str) -> float:
        return round(sum(getattr(channel, name) for channel in channels), 2)

    return Track(
        channel="total",
        planned_spend=money("planned_spend"),
        expected_spend=money("expected_spend"),
        spent=money("spent"),
        projected_spend=money("projected_spend"),
        planned_kpi=known_sum(channel.planned_kpi for channel in channels),
        projected_kpi=known_sum(channel.projected_kpi for channel in channels),
        variances={
            name: together([channel.variances[name] for channel in channels])
            for name in MEASURES
            if all(name in channel.variances for channel in channels)
        },
        judgement=expectation.judged(settled[plan.kpi]),
        planned_cpa=plan.proposed.cpa,
        cpa=_ratio(spent, settled["conversions"]),
        planned_roas=plan.proposed.roas,
        roas=_ratio(settled["revenue"], spent),
    )
