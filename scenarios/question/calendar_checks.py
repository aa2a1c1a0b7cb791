"""Whether a scenario's months, weeks and dates fit the days that its plan covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.errors import Fault, nearest
from scenarios.definition.horizon import Stretch, called
from scenarios.definition.located_yaml import KeyPath
from scenarios.definition.period_blocks import Periods
from scenarios.definition.scenario import Scenario
from scenarios.question.calendar import Calendar

DATES = "Write the period with its dates, as in {start: 2026-10-01, end: 2026-12-31}."


def calendar_faults(scenario: Scenario, calendar: Calendar) -> Iterator[Fault]:
    """Dates that are missing, periods that the horizon lacks or has twice, budgets left out."""
    definition, fault, known = scenario.definition, scenario.tree.fault, calendar.named
    if calendar.span.start is None:
        dated: dict[KeyPath, object] = {
            ("periods",): definition.periods,
            ("events",): definition.events,
            ("assumptions", "periods"): definition.assumptions.periods,
            ("goals",): [goal for goal in definition.goals if goal.by],
        }
        for path in (path for path, block in dated.items() if block):
            yield fault(path, "nobody knows on which dates the plan begins", DATES, key=True)
        return
    yield from _goals_between(scenario, calendar)
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


def _goals_between(scenario: Scenario, calendar: Calendar) -> Iterator[Fault]:
    """Goals by a day on which nothing of the plan ends."""
    ends = [stretch.end for stretch in calendar.stretches]
    for index, goal in enumerate(scenario.definition.goals):
        if goal.by is not None and goal.by not in ends:
            days = ", ".join(map(str, ends[:6])) + (" ..." if len(ends) > 6 else "")
            problem = f"no period of the plan ends on {goal.by}"
            yield scenario.tree.fault(("goals", index, "by"), problem, f"They end on {days}.")


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
