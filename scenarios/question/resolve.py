"""A scenario and the curves of its history to the question put to the optimiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import ScenarioError
from models.phrases import said
from optimizer.problem import Objective, Problem, Risk
from optimizer.relaxation.solver import Settings
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Span, covered_until
from scenarios.definition.rule_blocks import ChannelRules
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import amounts_of
from scenarios.question.assumptions import assumptions_said, under_assumptions
from scenarios.question.budgets import budgets_asked, whole_budget
from scenarios.question.calendar import Calendar
from scenarios.question.checks import faults_of, knows_revenue
from scenarios.question.scenario_rules import rules_of

HARD_GAP = 1e-3  # of plans that take long to prove: under draws, or many S-curves that carry over
MANY = 120  # channels times periods
TIME_LIMIT = 60.0  # seconds: a planning meeting waits no longer for the last digits of a proof


@dataclass(frozen=True)
class Question:
    """A scenario with everything decided.

    Parameters
    ----------
    curves : with the values, margins and repeat rates that the scenario sets
    calendar : the days that the plan covers, and its months or weeks
    problem : what the optimiser is asked
    settings : how it is to be solved
    notices : what was decided on the way, in plain words
    """

    scenario: Scenario
    curves: CurveSet
    calendar: Calendar
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
    curves = replace(curves, channels=tuple(_with_values(definition, entry) for entry in curves))
    curves = under_assumptions(definition, curves)
    calendar = Calendar.of(definition, curves)
    current = _current(definition, curves, calendar, today)
    budgets = tuple(budgets_asked(definition, calendar, current))
    objective, notices = _objective(definition, curves)
    rules = rules_of(definition, curves, calendar.named)
    if faults := faults_of(scenario, curves, calendar, current, budgets, rules, objective):
        raise ScenarioError(faults)
    money = {budget.label: budget.money for budget in budgets}
    periods = tuple(
        replace(period, budget=money.get(period.label) if period.label else None)
        for period in calendar.periods
    )
    is_laid_out = calendar.is_laid_out
    problem = Problem(
        curves=curves,
        budget=whole_budget(money, periods, curves, calendar.lengths, current),
        days=calendar.span.days,
        objective=objective,
        rules=rules,
        factors=periods[0].factors if periods and not is_laid_out else {},
        current=current,
        periods=periods if is_laid_out else (),
        carry_over=_carries_over(definition, calendar),
        carry_in=_carry_in(curves, current, calendar.span),
        risk=_risk(definition),
        target_marginal_roas=definition.target_marginal_roas,
    )
    settings = Settings(
        gap=HARD_GAP if _is_hard(problem) else Settings().gap,
        solver=definition.solver or "HiGHS",
        time_limit=definition.time_limit or TIME_LIMIT,
    )
    notices += [*assumptions_said(definition), *calendar.outside(definition)]
    return Question(scenario, curves, calendar, problem, settings, tuple(notices))


def _is_hard(problem: Problem) -> bool:
    is_shaped = any(entry.curve.concave_from > 0 for entry in problem.curves)
    is_large = len(problem.curves) * len(problem.periods) > MANY
    return problem.is_drawn or (problem.carry_over and is_shaped and is_large)


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
    definition: Definition,
    curves: CurveSet,
    calendar: Calendar,
    today: Mapping[str, float] | None,
) -> dict[str, float]:
    """Today's spend per fit period by channel; a channel of which nobody knows it is left out."""
    known = {e.channel: e.current_spend for e in curves if e.current_spend is not None}
    if today is not None:
        known.update(today)
    amounts = amounts_of(definition.current)
    lengths = calendar.lengths
    known.update({name: amounts[name] / lengths[name] for name in amounts if name in lengths})
    return known


def _carries_over(definition: Definition, calendar: Calendar) -> bool:
    """Whether spend works beyond its period: where the scenario says so, or has several."""
    said = definition.periods.carry_over if definition.periods else None
    return len(calendar.stretches) > 1 if said is None else said


def _carry_in(curves: CurveSet, current: Mapping[str, float], span: Span) -> dict[str, float]:
    """Effective spend per fit period before the plan's first day.

    History's end carries it; between then and the plan, today's spend goes on.
    """
    end = covered_until(curves)
    gap = max((span.start - end).days - 1, 0) if span.start and end else 0
    found = {}
    for entry in curves:
        if entry.carried_spend is not None:
            left = entry.carry_over ** (gap / curves.period_days)
            pace = current.get(entry.channel, entry.carried_spend)
            found[entry.channel] = left * entry.carried_spend + (1.0 - left) * pace
    return found


def _risk(definition: Definition) -> Risk | None:
    asked = definition.risk
    if asked is None:
        return None
    if asked.measure is not None and asked.level is not None:
        return Risk("cvar", asked.level)
    return Risk("probability_of_loss", asked.probability_of_loss or 0.0)


def _objective(definition: Definition, curves: CurveSet) -> tuple[Objective, list[str]]:
    if definition.minimise is not None:
        return "spend", []
    if definition.objective is not None:
        return definition.objective, []
    if definition.target_marginal_roas is not None:
        return "revenue", []
    if all(knows_revenue(entry, curves) for entry in curves):
        return "revenue", []
    return "conversions", [said("the objective is conversions, because revenue is not known")]
