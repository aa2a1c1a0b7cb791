"""What a scenario asks that its curves cannot tell: unknown channels, money, revenue, draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import Fault, nearest
from optimizer.problem import Objective
from optimizer.risk.draws import draws_of
from optimizer.rules import Rule
from scenarios.definition.definition import Definition
from scenarios.definition.located_yaml import KeyPath, dotted
from scenarios.definition.period_blocks import Periods
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import amounts_of, budget_written
from scenarios.question.assumptions import assumption_faults
from scenarios.question.budgets import Asked
from scenarios.question.calendar import Calendar
from scenarios.question.calendar_checks import calendar_faults

AGAINST_TODAY = ("change_from", "change_to", "locked", "hold", "min_change", "max_changed")
OF_CONVERSIONS = ("max_cpa", "max_marginal_cpa", "min_conversions")
OF_REVENUE = ("min_roas", "min_revenue")
TODAY = "Add current_spend to the curves, or 'current: {channel: amount}'."
VALUE = "Add a revenue column to the history, or value_per_conversion to the channel."


def source_of(definition: Definition) -> str:
    """The file that the channels come from, for messages."""
    named = definition.curves or (definition.history.file if definition.history else None)
    return named or "the history"


def _named_channels(definition: Definition) -> Iterator[tuple[KeyPath, str]]:
    for channel in definition.channels:
        yield ("channels", channel), channel
    for channel in amounts_of(definition.current):
        yield ("current", channel), channel
    for name, group in definition.groups.items():
        for index, channel in enumerate(group.channels):
            yield ("groups", name, "channels", index), channel
    for index, rule in enumerate(definition.rules):
        for channel in rule.sum:
            yield ("rules", index, "sum", channel), channel
    for channel in definition.assumptions.channels:
        yield ("assumptions", "channels", channel), channel
    for index, event in enumerate(definition.events):
        for position, channel in enumerate(event.channels or ()):
            yield ("events", index, "channels", position), channel
    if definition.periods is not None:
        yield from _named_in_periods(definition.periods)


def _named_in_periods(periods: Periods) -> Iterator[tuple[KeyPath, str]]:
    for name, value in periods.season.items():
        if isinstance(value, dict):
            yield ("periods", "season", name), name
    for label, block in periods.rules.items():
        for channel in block.channels:
            yield ("periods", "rules", label, "channels", channel), channel
        for name, group in block.groups.items():
            for index, channel in enumerate(group.channels or ()):
                yield ("periods", "rules", label, "groups", name, "channels", index), channel


def _unknown_channels(scenario: Scenario, curves: CurveSet) -> Iterator[Fault]:
    source = source_of(scenario.definition)
    for path, channel in _named_channels(scenario.definition):
        if channel in curves.names:
            continue
        near = nearest(channel, curves.names)
        remedy = f"Did you mean '{near}'?" if near else f"It has {', '.join(curves.names)}."
        is_key = isinstance(path[-1], str)
        yield scenario.tree.fault(path, f"{source} has no channel '{channel}'", remedy, key=is_key)
    yield from _unknown_groups(scenario)


def _unknown_groups(scenario: Scenario) -> Iterator[Fault]:
    """Groups of a period that name no channels and that the whole plan does not have."""
    definition = scenario.definition
    known = list(definition.groups)
    for label, block in (definition.periods.rules if definition.periods else {}).items():
        for name, group in block.groups.items():
            if group.channels is None and name not in known:
                near = nearest(name, known)
                remedy = f"Did you mean '{near}'?" if near else "Name its channels: [a, b]."
                path = ("periods", "rules", label, "groups", name)
                yield scenario.tree.fault(path, f"there is no group '{name}'", remedy, key=True)


def faults_of(
    scenario: Scenario,
    curves: CurveSet,
    calendar: Calendar,
    current: Mapping[str, float],
    budgets: Sequence[Asked],
    rules: tuple[Rule, ...],
    objective: Objective,
) -> list[Fault]:
    """Everything that is wrong with a scenario put to these curves, one fault per key."""
    found = [
        *_unknown_channels(scenario, curves),
        *calendar_faults(scenario, calendar),
        *assumption_faults(scenario, curves, calendar.stretches),
        *_unknowable(scenario, curves, current, rules),
        *_risk_faults(scenario, curves, rules),
        *objective_faults(scenario, curves, objective),
        *_budget_faults(scenario, curves, current, budgets),
    ]
    return list(dict.fromkeys(found))


def _unknowable(
    scenario: Scenario, curves: CurveSet, current: Mapping[str, float], rules: tuple[Rule, ...]
) -> Iterator[Fault]:
    """Rules that are asked for but cannot be told from what is known."""
    fault = scenario.tree.fault
    homeless, worthless = _homeless(curves, current), _worthless(curves)
    for rule in rules:
        channels = rule.channels or curves.names
        path = _written_at(scenario, rule)
        lacking = [name for name in channels if name in homeless]
        if rule.kind in AGAINST_TODAY and lacking:
            yield fault(path, f"today's spend of {_listed(lacking)} is not known", TODAY)
        if rule.kind in OF_CONVERSIONS and curves.kpi == "revenue":
            remedy = "Use a limit on ROAS or revenue."
            yield fault(path, "the history counts revenue, not conversions", remedy)
        lacking = [name for name in channels if name in worthless]
        if rule.kind in OF_REVENUE and lacking:
            yield fault(path, f"the revenue of {_listed(lacking)} is not known", VALUE)


def _budget_faults(
    scenario: Scenario, curves: CurveSet, current: Mapping[str, float], budgets: Sequence[Asked]
) -> Iterator[Fault]:
    """Budgets against today's spend where nobody knows it, or that take more than all of it."""
    fault, homeless = scenario.tree.fault, _homeless(curves, current)
    unknown = f"today's spend of {_listed(homeless)} is not known"
    for budget in budgets:
        if budget.is_of_today and homeless:
            yield fault(budget.place, unknown, "Write the budget as an amount.")
        elif budget.leaves_nothing:
            share = budget_written(budget.written.max)
            problem = f"{share} of today's {budget.today:,.2f} leaves nothing to divide"
            yield fault(budget.place, problem, "Take off less, or write the amount.")
    if scenario.definition.within is not None and homeless:
        yield fault(("within",), unknown, TODAY)


def _homeless(curves: CurveSet, current: Mapping[str, float]) -> list[str]:
    """Channels of which nobody knows what is spent today."""
    return [name for name in curves.names if name not in current]


def _worthless(curves: CurveSet) -> list[str]:
    """Channels of which nobody knows the revenue."""
    return [entry.channel for entry in curves if not knows_revenue(entry, curves)]


def _risk_faults(scenario: Scenario, curves: CurveSet, rules: tuple[Rule, ...]) -> Iterator[Fault]:
    """Draws that are missing, and objectives that no draw can weigh."""
    fault, definition = scenario.tree.fault, scenario.definition
    held = {name for rule in rules if rule.kind in ("locked", "hold") for name in rule.channels}
    drawless = [e.channel for e in curves if not draws_of(e) and e.channel not in held]
    remedy = "Fit the curves with `budgetopt fit`, which draws them, or lock these channels."
    for rule in rules:
        if rule.probability is None:
            continue
        lacking = [name for name in drawless if name in (rule.channels or curves.names)]
        place = _written_at(scenario, rule)
        if lacking:
            yield fault(place, f"the curves of {_listed(lacking)} have no draws", remedy)
        if definition.within is not None:
            yield fault(
                ("within",), "the simplest plan is not weighed under draws", "Leave it out."
            )
    if definition.risk is None:
        return
    if definition.minimise is not None:
        yield fault(("risk",), "the least spend is not weighed under draws", "Leave risk out.")
    if definition.within is not None:
        yield fault(("within",), "the simplest plan is not weighed under draws", "Leave it out.")
    if drawless:
        yield fault(("risk",), f"the curves of {_listed(drawless)} have no draws", remedy)


def knows_revenue(entry: ChannelCurve, curves: CurveSet) -> bool:
    return (
        curves.kpi == "revenue"
        or entry.value_per_conversion is not None
        or entry.revenue_curve is not None
    )


def objective_faults(scenario: Scenario, curves: CurveSet, objective: Objective) -> Iterator[Fault]:
    """What the curves lack for an objective."""
    definition, worthless = scenario.definition, _worthless(curves)
    has_target = definition.target_marginal_roas is not None
    fault, path = scenario.tree.fault, ("target_marginal_roas" if has_target else "objective",)
    if objective == "spend" and definition.budget is None:
        lacking = [e.channel for e in curves if not (e.current_spend or e.max_observed_spend)]
        if lacking:
            problem = f"nothing is known of the spend of {_listed(lacking)}"
            yield fault(("minimise",), problem, "Say how far it may go: 'budget: {max: AMOUNT}'.")
    if objective == "conversions" and curves.kpi == "revenue":
        yield fault(path, "the history counts revenue, not conversions", "Maximise revenue.")
    if objective in ("revenue", "profit", "value", "roas") and worthless:
        yield fault(path, f"the revenue of {_listed(worthless)} is not known", VALUE)
    for wanted, key in (("profit", "margin"), ("value", "repeat_rate")):
        lacking = [entry.channel for entry in curves if getattr(entry, key) is None]
        if objective == wanted and lacking:
            remedy = f"Write it, e.g. 'defaults: {{{key}: 40%}}'."
            yield fault(path, f"the {key} of {_listed(lacking)} is not known", remedy)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _written_at(scenario: Scenario, rule: Rule) -> KeyPath:
    """The key path of a rule, as the tree knows it."""
    for path in scenario.tree.values:
        if path and dotted(path) == rule.path:
            return path
    return ()
