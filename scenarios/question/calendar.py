"""The calendar of a question: which days a plan covers, and what each channel does on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from models.curves.curveset import ChannelCurve, CurveSet
from models.phrases import said
from models.transforms.season import daily_factors
from optimizer.problem import Period
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Span, Stretch, covered_until, horizon, stretches
from scenarios.definition.period_blocks import Periods
from scenarios.question.assumptions import period_factor


@dataclass(frozen=True)
class Calendar:
    """The days of a plan, made once and asked by everything that puts the question.

    Parameters
    ----------
    span : the days that the plan covers; without dates only their number
    stretches : the months or weeks that it is made in; one without a name where it asks for none;
        none where its dates are not known
    periods : the same for the optimiser, as yet without money: each channel's factor by season and
        events, and the share of the days on which it may run
    lengths : for how many fit periods each channel may run; of one that never may, the whole plan
    period_days : the fit's
    """

    span: Span
    stretches: tuple[Stretch, ...]
    periods: tuple[Period, ...]
    lengths: Mapping[str, float]
    period_days: int

    @classmethod
    def of(cls, definition: Definition, curves: CurveSet) -> Calendar:
        """The calendar of a scenario on the channels of its curves."""
        span = horizon(definition.period, covered_until(curves))
        known = _stretches(definition, span)
        periods = tuple(_period(definition, curves, stretch) for stretch in known)
        lengths = {name: _length(name, periods, span) / curves.period_days for name in curves.names}
        return cls(span, known, periods, lengths, curves.period_days)

    @property
    def named(self) -> tuple[Stretch, ...]:
        """The months or weeks that the scenario asks for."""
        return tuple(stretch for stretch in self.stretches if stretch.label)

    @property
    def is_laid_out(self) -> bool:
        """Whether it matters when money is spent: in months or weeks, or around days off."""
        return any(period.label or period.active for period in self.periods)

    def spent(self, pace: Mapping[str, float], period: Period | None = None) -> float:
        """What a pace by channel (money per fit period) comes to in a period, or in the whole."""
        if period is None:
            return sum(pace[name] * self.lengths[name] for name in pace)
        return sum(
            pace.get(name, 0.0) * period.days / self.period_days * period.active.get(name, 1.0)
            for name in self.lengths
        )

    def outside(self, definition: Definition) -> Iterator[str]:
        """Events that lie outside of the plan, in words."""
        if self.span.start is None or self.span.end is None:
            return
        for event in definition.events:
            if event.end < self.span.start or event.start > self.span.end:
                yield said(
                    "the event {event} lies outside of the plan's days: it changes nothing.",
                    event=event.title,
                )


def _stretches(definition: Definition, span: Span) -> tuple[Stretch, ...]:
    if span.start is None:
        return ()
    if definition.periods is not None:
        return stretches(span, definition.periods.by)
    return (Stretch("", span.start, span.days, span.start),)


def _length(name: str, periods: tuple[Period, ...], span: Span) -> float:
    """The days on which a channel may run; of one that never may, or without dates, all."""
    return sum(period.days * period.active.get(name, 1.0) for period in periods) or span.days


def _period(definition: Definition, curves: CurveSet, stretch: Stretch) -> Period:
    factors, active = {}, {}
    for entry in curves:
        factors[entry.channel], share = _working(definition, entry, stretch)
        if share < 1.0:
            active[entry.channel] = share
    return Period(stretch.label, float(stretch.days), factors, active=active)


def _working(definition: Definition, entry: ChannelCurve, stretch: Stretch) -> tuple[float, float]:
    """A channel's mean factor over the days on which it may run, and their share of all days."""
    given = _given_season(definition.periods, entry.channel, stretch)
    if given is None:
        factors = daily_factors(entry.season, stretch.start, stretch.days)
    else:
        factors = np.full(stretch.days, given)
    days = [stretch.start + timedelta(days=i) for i in range(stretch.days)]
    is_on = np.ones(stretch.days, dtype=bool)
    for event in definition.events:
        touched = np.array([event.touches(entry.channel, day) for day in days])
        if event.lift is not None:
            factors = np.where(touched, factors * (1.0 + event.lift), factors)
        else:
            is_on &= ~touched
    factor = float((factors[is_on] if is_on.any() else factors).mean())
    return factor * period_factor(definition, stretch), float(is_on.mean())


def _given_season(periods: Periods | None, channel: str, stretch: Stretch) -> float | None:
    """The index that the scenario gives: the channel's own before that of all channels."""
    if periods is None:
        return None
    own = periods.season.get(channel)
    blocks = [own] if isinstance(own, dict) else []
    for block in (*blocks, periods.season):
        for name, value in block.items():
            if stretch.is_called(name) and not isinstance(value, dict):
                return value
    return None
