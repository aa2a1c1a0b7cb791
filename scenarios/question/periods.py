"""A scenario's months or weeks as the optimiser's periods: season, events, budgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import Fault, ScenarioError, nearest
from models.phrases import said
from models.transforms.season import daily_factors
from optimizer.problem import Budget, Period
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Stretch, called, covered_until, horizon, stretches
from scenarios.definition.located_yaml import KeyPath
from scenarios.definition.period_blocks import Periods
from scenarios.definition.rule_blocks import BudgetRange
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import OfCurrent, Span, budget_written
from scenarios.question.assumptions import period_factor

Array = NDArray[np.floating]
DATES = "Write the period with its dates, as in {start: 2026-10-01, end: 2026-12-31}."


def timeline(definition: Definition, span: Span) -> tuple[Stretch, ...]:
    """The stretches that a plan is made in; a plan that names none is made in one.

    Without dates there are none: `timeline_faults` says whether the scenario needs them.
    """
    if span.start is None:
        return ()
    if definition.periods is not None:
        return stretches(span, definition.periods.by)
    return (Stretch("", span.start, span.days, span.start),)


def periods_of(scenario: Scenario, curves: CurveSet) -> tuple[Stretch, ...]:
    """The months or weeks of a scenario; none where it does not ask for any."""
    definition = scenario.definition
    if definition.periods is None:
        return ()
    return timeline(definition, horizon(definition.period, covered_until(curves)))


def timeline_faults(scenario: Scenario, span: Span, known: Sequence[Stretch]) -> Iterator[Fault]:
    """Dates that are missing, periods that the horizon lacks or has twice, budgets left out."""
    definition, fault = scenario.definition, scenario.tree.fault
    if span.start is None:
        dated: dict[KeyPath, object] = {
            ("periods",): definition.periods,
            ("events",): definition.events,
            ("assumptions", "periods"): definition.assumptions.periods,
        }
        for path in (path for path, block in dated.items() if block):
            yield fault(path, "nobody knows on which dates the plan begins", DATES, key=True)
        return
    periods = definition.periods
    if periods is None:
        return
    for path, name in _named_periods(periods):
        if called(name, known) is None:
            yield fault(
                path, f"the plan has no {periods.by} '{name}'", _near(name, known), key=True
            )
    for path, names in _named_twice(periods, known):
        yield fault(path, f"{' and '.join(names)} are the same {periods.by}", "Keep one of them.")
    budgeted = {stretch.label for name in periods.budgets if (stretch := called(name, known))}
    missing = [stretch.label for stretch in known if stretch.label not in budgeted]
    if definition.budget is None and definition.minimise is None and missing:
        problem = f"there is no budget for {', '.join(missing)}, and none for the whole plan"
        yield fault(("periods", "budgets"), problem, "Write them, or 'budget' for the whole.")


def _named_periods(periods: Periods) -> Iterator[tuple[KeyPath, str]]:
    """Every period that the scenario names, with its place."""
    for key in ("budgets", "rules"):
        for name in getattr(periods, key):
            yield ("periods", key, name), name
    for name, value in periods.season.items():
        if not isinstance(value, dict):
            yield ("periods", "season", name), name
        else:
            for inner in value:
                yield ("periods", "season", name, inner), inner


def _named_twice(
    periods: Periods, known: Sequence[Stretch]
) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    """One period by two of its names under the same key."""
    by_channel = {name: value for name, value in periods.season.items() if isinstance(value, dict)}
    whole = [name for name in periods.season if name not in by_channel]
    blocks: list[tuple[KeyPath, Sequence[str]]] = [
        (("periods", "budgets"), list(periods.budgets)),
        (("periods", "rules"), list(periods.rules)),
        (("periods", "season"), whole),
        *((("periods", "season", name), list(value)) for name, value in by_channel.items()),
    ]
    for path, names in blocks:
        for stretch in known:
            same = tuple(name for name in names if stretch.is_called(name))
            if len(same) > 1:
                yield path, same


def _near(name: str, known: Sequence[Stretch]) -> str:
    near = nearest(name, [stretch.label for stretch in known if len(stretch.label) == len(name)])
    if near:
        return f"Did you mean '{near}'?"
    return f"It has {known[0].label} to {known[-1].label}."


def plan_periods(
    definition: Definition, curves: CurveSet, known: Sequence[Stretch], pace: Mapping[str, float]
) -> tuple[Period, ...]:
    """The optimiser's periods.

    Parameters
    ----------
    pace : today's spend per fit period by channel, money
    """
    return tuple(_period(definition, curves, stretch, pace) for stretch in known)


def _period(
    definition: Definition, curves: CurveSet, stretch: Stretch, pace: Mapping[str, float]
) -> Period:
    factors, active = {}, {}
    for entry in curves:
        factors[entry.channel], share = _working(definition, entry, stretch)
        if share < 1.0:
            active[entry.channel] = share
    today = sum(
        pace.get(name, 0.0) * stretch.days / curves.period_days * active.get(name, 1.0)
        for name in curves.names
    )
    return Period(
        stretch.label, float(stretch.days), factors, _own_budget(definition, stretch, today), active
    )


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


def _own_budget(definition: Definition, stretch: Stretch, today: float) -> Budget | None:
    if definition.periods is None:
        return None
    for name, budget in definition.periods.budgets.items():
        if stretch.is_called(name):
            return budget_of(budget, today, f"periods.budgets.{name}")
    return None


def budget_of(asked: BudgetRange, today: float, place: str = "budget") -> Budget:
    """A budget in money.

    Parameters
    ----------
    today : what is spent today in the same time, money
    place : where it is written

    Raises
    ------
    ScenarioError : it takes more from today's spend than there is
    """
    low, high = (
        end.against(today) if isinstance(end, OfCurrent) else end for end in (asked.min, asked.max)
    )
    if high <= 0.0 < today:
        problem = f"{budget_written(asked.max)} of today's {today:,.2f} leaves nothing to divide"
        raise ScenarioError(Fault(place, problem))
    return Budget(max(low, 0.0), max(high, 0.0))


def eventless(definition: Definition, span: Span) -> Iterator[str]:
    """Events that lie outside of the plan, in words."""
    if span.start is None or span.end is None:
        return
    for event in definition.events:
        if event.end < span.start or event.start > span.end:
            yield said(
                "the event {event} lies outside of the plan's days: it changes nothing.",
                event=event.title,
            )


def running_lengths(periods: Sequence[Period], curves: CurveSet, span: Span) -> dict[str, float]:
    """For how many fit periods each channel may run; of one that never may, the whole plan."""
    whole = span.days / curves.period_days
    if not periods:
        return dict.fromkeys(curves.names, whole)
    found = {
        name: sum(p.days * p.active.get(name, 1.0) for p in periods) / curves.period_days
        for name in curves.names
    }
    return {name: length or whole for name, length in found.items()}
