"""The optimiser's allocation to the Plan document: rounded, scored under the draws, explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from optimizer.allocation import Allocation, Conflict, Relaxation, RuleOutcome
from optimizer.problem import Budget
from optimizer.rules import Rule
from scenarios.answer.breakpoints import plan_curve
from scenarios.answer.confidence import objective_under_draws, quantiles
from scenarios.answer.plan_rows import CURRENT, PROPOSED, SIDES, Rows
from scenarios.answer.warnings import warnings_of
from scenarios.plan.plan import (
    Confidence,
    Contradiction,
    Horizon,
    Money,
    PeriodPlan,
    Plan,
    PlanConflict,
    PlanCurve,
    Proof,
    Provenance,
    Record,
    Relaxed,
    RiskLine,
    RuleLine,
)
from scenarios.plan.rounding import decimals_of, significant
from scenarios.question.resolve import Question

if TYPE_CHECKING:
    from optimizer.problem import Problem
    from scenarios.answer.plan_rows import Rows

MONEY_DIGITS = 13  # significant digits of a limit: cents of budgets in billions
FIGURES = {  # significant digits, where other than nine
    "limit": MONEY_DIGITS,
    "value": 12, "bound": 12, "gap": 4, "expected": 12, "bad_case": 12, "level": 6,
    "shadow_price": 7, "price_of_less": 7, "cost": 7, "probability_of_loss": 17,
}  # fmt: skip
Recorded = TypeVar("Recorded", bound=Record)
NOTHING = 1e-7  # of the objective: a cent in a hundred thousand


def plan_of(question: Question, allocation: Allocation, provenance: Provenance) -> Plan:
    """The plan document of an allocation.

    Money is rounded to the currency's cents, the channels' spend so that it still sums to the
    total. What follows from other figures (totals, change, CPA, ROAS) is computed from the
    rounded ones, so that a reader who recomputes it gets the same.
    """
    assert allocation.status != "given", "a hand-made split is no plan"
    span, curves = question.calendar.span, question.curves
    rows, found = Rows(question, allocation), allocation.certificate
    return Plan(
        status=allocation.status,
        scenario=resolved_document(question),
        currency=curves.currency,
        kpi=curves.kpi,
        period_days=curves.period_days,
        period=Horizon(
            start=span.start.isoformat() if span.start else None,
            end=span.end.isoformat() if span.end else None,
            days=span.days,
        ),
        current=rows.totals(rows.channels, CURRENT, None) if allocation.current else None,
        proposed=rows.totals(rows.channels, PROPOSED, None) if allocation.proposed else None,
        interval=rows.total_interval() if allocation.proposed else None,
        unspent=rows.money(allocation.unspent) or 0.0,
        channels=rows.channels,
        periods=tuple(_periods(question, rows)),
        tail=rows.tail(),
        rules=tuple(_rule_line(found, rows) for found in allocation.rules),
        certificate=found and _recorded(Proof, found),
        confidence=_confidence(question, rows),
        risk=allocation.risk and _recorded(RiskLine, allocation.risk),
        curves=_curves(question, rows),
        conflict=_conflict(allocation.conflict),
        warnings=tuple(warnings_of(question, allocation)),
        provenance=provenance,
    )


def _periods(question: Question, rows: Rows) -> Iterator[PeriodPlan]:
    """The periods of a plan that has several, or that looks beyond its one."""
    stretches, periods = question.calendar.stretches, question.problem.periods
    if not rows.channels or (len(periods) < 2 and not question.problem.carry_over):
        return
    for stretch, period in zip(stretches, periods, strict=True):
        channels = rows.period(period.label)
        proposed = rows.totals(channels, PROPOSED, period.label)
        assert proposed is not None, "what is proposed is known"
        yield PeriodPlan(
            label=stretch.label,
            start=stretch.start.isoformat(),
            end=stretch.end.isoformat(),
            days=stretch.days,
            budget=Money(**_written(period.budget, rows.decimals)) if period.budget else None,
            current=rows.totals(channels, CURRENT, period.label),
            proposed=proposed,
            channels=channels,
        )


def _curves(question: Question, rows: Rows) -> dict[str, PlanCurve]:
    """Every channel's curve as a table that goes through the plan's own points."""
    of_revenue = question.curves.kpi == "revenue"
    found: dict[str, PlanCurve] = {}
    for entry in question.curves if rows.channels else ():
        curve = plan_curve(entry, rows.levels_of(entry.channel), of_revenue)
        carry_in = rows.carry_in(entry)
        if carry_in is not None:
            curve = curve.model_copy(update={"carry_in": significant(carry_in, 15)})
        found[entry.channel] = curve
    return found


def _confidence(question: Question, rows: Rows) -> Confidence | None:
    """How often the proposal beats today's split, draw by draw, and by how much."""
    problem = question.problem
    if not rows.drawn or any(name not in problem.current for name in question.curves.names):
        return None
    before, after = (objective_under_draws(rows.drawn[side], problem.objective) for side in SIDES)
    if before is None or after is None:
        return None
    uplift = after - before
    if target := problem.target_marginal_roas:
        money = [sum(getattr(row, side).spend for row in rows.allocation.channels)
                 for side in SIDES]  # fmt: skip
        uplift = uplift - target * (money[1] - money[0])
    if abs(uplift).max() <= NOTHING * abs(before).max():
        return None  # nothing moves but a solver's rounding: there is nothing to be sure of
    low, middle, high = (significant(value) or 0.0 for value in quantiles(uplift))
    share = round(float((uplift > 0.0).mean()), 6)
    return Confidence(
        draws=rows.draws, beats_current=share, uplift=(low, middle, high),
        beyond_observed=significant(gain_beyond_observed(problem, rows), 6),
    )  # fmt: skip


def _recorded(kind: type[Recorded], found: Any, /, **own: Any) -> Recorded:
    """What the optimiser found as a record of the same names, figures without noise."""
    figures: dict[str, float | None] = {}
    for name, field in kind.model_fields.items():
        value = getattr(found, name, None)
        if isinstance(value, float):
            rounded = significant(value, FIGURES.get(name, 9))
            figures[name] = 0.0 if rounded is None and field.is_required() else rounded
    return kind.of(found, **(figures | own))


def _rule_line(found: RuleOutcome, rows: Rows) -> RuleLine:
    rule = found.rule
    own = {"period": rule.period, "probability": rule.probability}
    own["value"] = significant(found.value, MONEY_DIGITS)
    own["reached_in"] = significant(rows.kept_in(rule), 6)
    return _recorded(RuleLine, found, **_named(rule), **own)


def _named(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.path or rule.kind, "kind": rule.kind, "channels": rule.channels}


def _conflict(conflict: Conflict | None) -> PlanConflict | None:
    if conflict is None:
        return None
    return PlanConflict(
        **_contradiction(conflict),
        relaxations=tuple(map(_relaxed, conflict.relaxations)),
        parts=tuple(Contradiction(**_contradiction(part)) for part in conflict.parts),
    )


def _contradiction(conflict: Conflict) -> dict[str, Any]:
    rules = tuple(rule.path or rule.kind for rule in conflict.rules)
    return {"rules": rules, "message": conflict.message, "is_smallest": conflict.is_smallest}


def _relaxed(way: Relaxation) -> Relaxed:
    own = {"to": significant(way.to, MONEY_DIGITS), "also": tuple(map(_relaxed, way.also))}
    return _recorded(Relaxed, way, **_named(way.rule), **own)


def resolved_document(question: Question) -> Mapping[str, Any]:
    """The scenario as a scenario file would say it with nothing left to defaults or to today."""
    definition, problem = question.scenario.definition, question.problem
    document = definition.model_dump(mode="json", exclude_none=True)
    decimals = decimals_of(question.curves.currency)
    span, lengths = question.calendar.span, question.calendar.lengths
    document["name"] = question.scenario.name
    if problem.objective != "spend":
        document["objective"] = problem.objective
    document["period"] = {"days": span.days}
    if span.start is not None:
        document["period"] = {"start": span.start.isoformat(), "end": str(span.end)}
    document["current"] = {
        name: round(amount * lengths[name], decimals) for name, amount in problem.current.items()
    }
    if definition.budget is not None and isinstance(problem.budget, Budget):
        document["budget"] = _written(problem.budget, decimals)
    if definition.periods is not None:
        document["periods"]["carry_over"] = problem.carry_over
        document["periods"]["budgets"] = {
            period.label: _written(period.budget, decimals)
            for period in problem.periods
            if period.budget is not None
        }
    return document


def _written(budget: Budget, decimals: int) -> dict[str, float]:
    return {"min": round(budget.minimum, decimals), "max": round(budget.maximum, decimals)}


def gain_beyond_observed(problem: Problem, rows: Rows) -> float | None:
    """How much of a plan's gain is gone if spend above what history shows brings nothing more.

    A fraction, at most 1. The plan is scored again with every channel's response stopped at the
    highest spend observed (or at today's, where that is higher), its money spent all the same.
    None where nothing is gained, or some channel's history is not known.
    """
    from optimizer.evaluate import evaluate

    if problem.objective in ("spend", "roas") or any(
        cell.observed_spend is None for cell in rows.cells
    ):
        return None
    after = rows.allocation.reached(problem.objective)
    before = rows.allocation.reached(problem.objective, "current")
    if after is None or before is None or after <= before:
        return None
    capped: dict[str, list[float]] = {}
    for cell, spend, today in zip(rows.cells, rows.spends["proposed"], rows.spends["current"],
                                  strict=True):  # fmt: skip
        most = max(cell.observed_spend or 0.0, float(today))
        capped.setdefault(cell.channel, []).append(min(float(spend), most))
    scored = evaluate(problem, capped)
    within = scored.reached(problem.objective)
    if within is None or scored.proposed is None or rows.allocation.proposed is None:
        return None
    if problem.objective == "profit":
        within -= rows.allocation.proposed.spend - scored.proposed.spend
    return min(max((after - within) / (after - before), 0.0), 1.0)
