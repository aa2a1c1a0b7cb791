"""A plan's question rebuilt from its document alone, to be asked again with other rules."""

from __future__ import annotations

from pydantic import ValidationError

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import FAMILIES, Curve
from models.errors import InputError
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from scenarios.definition.definition import Definition
from scenarios.plan.plan import ChannelPlan, Plan, PlanCurve
from scenarios.question.scenario_rules import rules_of

FAITHFUL = 1e-3  # relative: how near a replay must come to the plan's own objective


def spends_under(rules_of_plan: Plan, plan: Plan) -> dict[str, float] | None:
    """Best spend by channel on `plan`'s curves, horizon and budget, under another plan's rules.

    None where that cannot be told from the documents: several periods, rules that leave nothing,
    or a plan whose own question, asked again, does not give its own result.
    """
    try:
        own = _solved(plan, plan)
        other = _solved(rules_of_plan, plan)
    except (InputError, ValidationError):
        return None
    if own is None or other is None or plan.certificate is None:
        return None
    value, again = plan.certificate.value, own[1]
    if abs(again - value) > FAITHFUL * max(abs(value), 1.0):
        return None
    return other[0]


def _solved(rules: Plan, plan: Plan) -> tuple[dict[str, float], float] | None:
    """Spends and objective of `plan`'s question under the rules of another."""
    if plan.periods or plan.proposed is None:
        return None
    definition = Definition.model_validate(dict(rules.scenario))
    budget = Definition.model_validate(dict(plan.scenario)).budget
    curves = curves_of(plan)
    if budget is None or not (isinstance(budget.min, float) and isinstance(budget.max, float)):
        return None
    objective = definition.objective or "revenue"
    problem = Problem(
        curves=curves,
        budget=Budget(budget.min, budget.max),
        days=plan.period.days,
        objective=objective,
        rules=rules_of(definition, curves),
        factors={row.channel: row.season for row in plan.channels},
    )
    found = allocate(problem)
    if found.certificate is None:
        return None
    return {row.channel: row.proposed.spend for row in found.channels}, found.certificate.value


def curves_of(plan: Plan) -> CurveSet:
    """The curves that a plan's document holds, per fit period."""
    return CurveSet(
        channels=tuple(_entry(plan, row) for row in plan.channels if row.channel in plan.curves),
        period_days=plan.period_days,
        currency=plan.currency,
        kpi=plan.kpi,
    )


def _entry(plan: Plan, row: ChannelPlan) -> ChannelCurve:
    curve = plan.curves[row.channel]
    value, revenue_curve = _revenue(plan, curve)
    current = row.current_spend
    return ChannelCurve(
        channel=row.channel,
        curve=_curve(curve, "conversions" if plan.kpi == "conversions" else "revenue"),
        carry_over=curve.carry_over,
        carried_spend=curve.carry_in,
        season=curve.season,
        value_per_conversion=value,
        revenue_curve=revenue_curve,
        margin=row.margin,
        current_spend=None if current is None else current / row.fit_periods,
        max_observed_spend=curve.observed_max,
        evidence=Evidence(row.evidence, row.reasons),
    )


def _curve(curve: PlanCurve, measure: str) -> Curve:
    """The curve itself where its parameters are written down, else its breakpoints."""
    family = FAMILIES.get(curve.family)
    if family is not None and curve.parameters:
        return family(**curve.parameters)
    return _tabulated(curve, measure)


def _tabulated(curve: PlanCurve, measure: str) -> Tabulated:
    return Tabulated(tuple((p.spend, getattr(p, measure) or 0.0) for p in curve.points))


def _revenue(plan: Plan, curve: PlanCurve) -> tuple[float | None, Curve | None]:
    """Value per conversion, or a curve of its own where revenue does not follow conversions."""
    if plan.kpi == "revenue" or any(point.revenue is None for point in curve.points):
        return None, None
    values = [p.revenue / p.conversions for p in curve.points if p.revenue and p.conversions]
    if not values:
        return None, None
    if max(values) - min(values) > 1e-6 * max(values):
        return None, _tabulated(curve, "revenue")
    return values[-1], None
