"""A scenario and the curves of its history to the question put to the optimiser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from models.curveset import ChannelCurve, CurveSet
from models.errors import Fault, ScenarioError, nearest
from optimizer.draws import draws_of
from optimizer.problem import Budget, Objective, Problem, Risk
from optimizer.rules import Rule
from optimizer.solve import Settings
from scenarios.blocks import ChannelRules
from scenarios.calendar import covered_until, horizon, season_factors
from scenarios.definition import Definition
from scenarios.rulebook import rules_of
from scenarios.scenario import Scenario
from scenarios.values import OfCurrent, Span
from scenarios.yamltree import KeyPath, dotted

AGAINST_TODAY = ("change_from", "change_to", "locked", "hold", "min_change", "max_changed")
OF_CONVERSIONS = ("max_cpa", "max_marginal_cpa", "min_conversions")
SURE_GAP = 1e-3  # of plans weighed under draws, which take longer to prove
MOST_TIMES_OBSERVED = 10.0
OF_REVENUE = ("min_roas", "min_revenue")


@dataclass(frozen=True)
class Question:
    """A scenario with everything decided.

    Parameters
    ----------
    curves : with the values, margins and repeat rates that the scenario sets
    span : the days the plan covers
    problem : what the optimiser is asked
    settings : how it is to be solved
    notices : what was decided on the way, in plain words
    """

    scenario: Scenario
    curves: CurveSet
    span: Span
    problem: Problem
    settings: Settings
    notices: tuple[str, ...]


def resolve(
    scenario: Scenario, curves: CurveSet, today: Mapping[str, float] | None = None
) -> Question:
    """Put a scenario to the curves of its history.

    Parameters
    ----------
    today : current spend per fit period by channel, money, where it is not the curves' own

    Raises
    ------
    ScenarioError : a channel that the history lacks, a rule that needs what is not known
    """
    definition = scenario.definition
    faults = list(_unknown_channels(scenario, curves))
    if faults:
        raise ScenarioError(faults)
    curves = replace(curves, channels=tuple(_with_values(definition, entry) for entry in curves))
    span = horizon(definition.period, covered_until(curves))
    current = _current(definition, curves, span, today)
    objective, notices = _objective(definition, curves)
    rules = rules_of(definition, curves)
    faults += _unknowable(scenario, curves, current, rules, objective)
    if faults:
        raise ScenarioError(faults)
    periods = span.days / curves.period_days
    total = sum(current.values()) * periods
    most = periods * sum(
        max(current.get(entry.channel, 0.0), entry.max_observed_spend or 0.0) for entry in curves
    )
    problem = Problem(
        curves=curves,
        budget=_budget(definition, total, most),
        days=span.days,
        objective=objective,
        rules=rules,
        factors=season_factors(curves, span),
        current=current,
        risk=_risk(definition),
        target_marginal_roas=definition.target_marginal_roas,
    )
    settings = Settings(
        gap=SURE_GAP if definition.risk else Settings().gap,
        solver=definition.solver or "HiGHS",
        time_limit=definition.time_limit,
    )
    return Question(scenario, curves, span, problem, settings, tuple(notices))


def source_of(definition: Definition) -> str:
    """The file that the channels come from, for messages."""
    named = definition.curves or (definition.history.file if definition.history else None)
    return named or "the history"


def _named_channels(definition: Definition) -> Iterator[tuple[KeyPath, str]]:
    for channel in definition.channels:
        yield ("channels", channel), channel
    if isinstance(definition.current, dict):
        for channel in definition.current:
            yield ("current", channel), channel
    for name, group in definition.groups.items():
        for index, channel in enumerate(group.channels):
            yield ("groups", name, "channels", index), channel
    for index, rule in enumerate(definition.rules):
        for channel in rule.sum:
            yield ("rules", index, "sum", channel), channel


def _unknown_channels(scenario: Scenario, curves: CurveSet) -> Iterator[Fault]:
    source = source_of(scenario.definition)
    for path, channel in _named_channels(scenario.definition):
        if channel in curves.names:
            continue
        near = nearest(channel, curves.names)
        remedy = f"Did you mean '{near}'?" if near else f"It has {', '.join(curves.names)}."
        is_key = isinstance(path[-1], str)
        yield scenario.tree.fault(path, f"{source} has no channel '{channel}'", remedy, key=is_key)


def _with_values(definition: Definition, entry: ChannelCurve) -> ChannelCurve:
    """The channel with the values that the scenario sets instead of history's."""
    own = definition.channels.get(entry.channel, ChannelRules())
    given = {}
    for key in ("value_per_conversion", "margin", "repeat_rate"):
        value = getattr(own, key)
        value = getattr(definition.defaults, key) if value is None else value
        if value is not None:
            given[key] = value
    if "value_per_conversion" in given:
        # Revenue then follows conversions, whatever history's own revenue did.
        given["revenue_curve"] = None
    return replace(entry, **given)


def _current(
    definition: Definition, curves: CurveSet, span: Span, today: Mapping[str, float] | None
) -> dict[str, float]:
    """Today's spend per fit period by channel; a channel of which nobody knows it is left out."""
    known = {e.channel: e.current_spend for e in curves if e.current_spend is not None}
    if today is not None:
        known.update(today)
    if isinstance(definition.current, dict):
        periods = span.days / curves.period_days
        known.update({name: amount / periods for name, amount in definition.current.items()})
    return known


def _budget(definition: Definition, today: float, most: float) -> Budget:
    if definition.budget is None:
        # Only with `minimise: spend`. The solver needs an end; no target is worth more than this.
        return Budget(0.0, MOST_TIMES_OBSERVED * most)
    low, high = (
        today * (1.0 + end.change) if isinstance(end, OfCurrent) else end
        for end in (definition.budget.min, definition.budget.max)
    )
    return Budget(low, high)


def _risk(definition: Definition) -> Risk | None:
    asked = definition.risk
    if asked is None:
        return None
    if asked.measure is not None and asked.level is not None:
        return Risk("cvar", asked.level)
    return Risk("probability_of_loss", asked.probability_of_loss or 0.0)


def _risk_faults(scenario: Scenario, curves: CurveSet, rules: tuple[Rule, ...]) -> Iterator[Fault]:
    """Draws that are missing, and objectives that no draw can weigh."""
    fault, definition = scenario.tree.fault, scenario.definition
    if definition.risk is None:
        return
    if definition.minimise is not None:
        yield fault(("risk",), "the least spend is not weighed under draws", "Leave risk out.")
    if definition.within is not None:
        yield fault(("within",), "the simplest plan is not weighed under draws", "Leave it out.")
    held = {name for rule in rules if rule.kind in ("locked", "hold") for name in rule.channels}
    lacking = [e.channel for e in curves if not draws_of(e) and e.channel not in held]
    if lacking:
        remedy = "Fit the curves with `budgetopt fit`, which draws them, or lock these channels."
        yield fault(("risk",), f"the curves of {_listed(lacking)} have no draws", remedy)


def _knows_revenue(entry: ChannelCurve, curves: CurveSet) -> bool:
    return (
        curves.kpi == "revenue"
        or entry.value_per_conversion is not None
        or entry.revenue_curve is not None
    )


def _objective(definition: Definition, curves: CurveSet) -> tuple[Objective, list[str]]:
    if definition.minimise is not None:
        return "spend", []
    if definition.objective is not None:
        return definition.objective, []
    if definition.target_marginal_roas is not None:
        return "revenue", []
    if all(_knows_revenue(entry, curves) for entry in curves):
        return "revenue", []
    return "conversions", ["the objective is conversions, because revenue is not known"]


def _unknowable(
    scenario: Scenario,
    curves: CurveSet,
    current: Mapping[str, float],
    rules: tuple[Rule, ...],
    objective: Objective,
) -> list[Fault]:
    """What is asked for but cannot be told from what is known, one fault per key."""
    fault = scenario.tree.fault
    found: list[Fault] = []
    homeless = [name for name in curves.names if name not in current]
    worthless = [e.channel for e in curves if not _knows_revenue(e, curves)]
    for rule in rules:
        channels = rule.channels or curves.names
        path = _written_at(scenario, rule)
        lacking = [name for name in channels if name in homeless]
        if rule.kind in AGAINST_TODAY and lacking:
            remedy = "Add current_spend to the curves, or 'current: {channel: amount}'."
            found.append(fault(path, f"today's spend of {_listed(lacking)} is not known", remedy))
        if rule.kind in OF_CONVERSIONS and curves.kpi == "revenue":
            remedy = "Use a limit on ROAS or revenue."
            found.append(fault(path, "the history counts revenue, not conversions", remedy))
        lacking = [name for name in channels if name in worthless]
        if rule.kind in OF_REVENUE and lacking:
            found.append(fault(path, f"the revenue of {_listed(lacking)} is not known", VALUE))
    found += _risk_faults(scenario, curves, rules)
    found += _objective_faults(scenario, curves, worthless, objective)
    budget = scenario.definition.budget
    if budget and homeless and any(isinstance(end, OfCurrent) for end in (budget.min, budget.max)):
        remedy = "Write the budget as an amount."
        problem = f"today's spend of {_listed(homeless)} is not known"
        found.append(fault(("budget",), problem, remedy))
    if scenario.definition.within is not None and homeless:
        remedy = "Add current_spend to the curves, or 'current: {channel: amount}'."
        problem = f"today's spend of {_listed(homeless)} is not known"
        found.append(fault(("within",), problem, remedy))
    return list(dict.fromkeys(found))


VALUE = "Add a revenue column to the history, or value_per_conversion to the channel."


def _objective_faults(
    scenario: Scenario, curves: CurveSet, worthless: list[str], objective: Objective
) -> Iterator[Fault]:
    definition = scenario.definition
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
