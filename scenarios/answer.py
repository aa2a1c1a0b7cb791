"""The optimiser's allocation to the Plan document: rounded, scored under the draws, explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.allocation import Allocation, ChannelAllocation, Conflict, Outcome, RuleOutcome
from optimizer.cells import make_cells
from scenarios.breakpoints import plan_curve
from scenarios.cautions import warnings_of
from scenarios.confidence import (
    Figures,
    band,
    figures,
    number_of_draws,
    objective_under_draws,
    quantiles,
)
from scenarios.plan import (
    ChannelPlan,
    Confidence,
    Horizon,
    Interval,
    Plan,
    PlanConflict,
    PlanCurve,
    Proof,
    Provenance,
    Relaxed,
    RiskLine,
    RuleLine,
    Totals,
)
from scenarios.resolve import Question
from scenarios.rounding import apportion, as_money, decimals_of, ratio, significant

CONVERSION_DECIMALS = 4
SIDES = ("current", "proposed")


def plan_of(question: Question, allocation: Allocation, provenance: Provenance) -> Plan:
    """The plan document of an allocation.

    Money is rounded to the currency's cents, the channels' spend so that it still sums to the
    total. What follows from other figures (totals, change, CPA, ROAS) is computed from the
    rounded ones, so that a reader who recomputes it gets the same.
    """
    assert allocation.status != "given", "a hand-made split is no plan"
    span, curves = question.span, question.curves
    rows = _Rows(question, allocation.channels)
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
        current=rows.totals("current") if allocation.current else None,
        proposed=rows.totals("proposed") if allocation.proposed else None,
        unspent=rows.money(allocation.unspent) or 0.0,
        channels=tuple(rows.plans),
        rules=tuple(_rule_line(outcome) for outcome in allocation.rules),
        certificate=_proof(allocation),
        confidence=rows.confidence(),
        risk=_risk(allocation),
        curves=rows.curves(),
        conflict=_conflict(allocation.conflict),
        warnings=tuple(warnings_of(question, allocation)),
        provenance=provenance,
    )


class _Rows:
    """The channels of one horizon, rounded together."""

    def __init__(self, question: Question, rows: Sequence[ChannelAllocation]) -> None:
        self.question, self.rows = question, rows
        self.decimals = decimals_of(question.curves.currency)
        self.periods = question.span.days / question.curves.period_days
        self.entries = [question.curves[row.channel] for row in rows]
        self.draws = number_of_draws(self.entries)
        self.current = [self._figures(i, row.current) for i, row in enumerate(rows)]
        self.proposed = [self._figures(i, row.proposed) for i, row in enumerate(rows)]
        self.spends = apportion([row.proposed.spend for row in rows], self.decimals)
        self.cells = make_cells(question.problem)
        self.plans = [self._plan(i) for i in range(len(rows))]

    def money(self, amount: float | None) -> float | None:
        return None if amount is None else as_money(amount, self.decimals)

    def _figures(self, index: int, outcome: Outcome) -> Figures | None:
        if not self.draws:
            return None
        return figures(self.entries[index], outcome, self.periods, self.draws)

    def _plan(self, index: int) -> ChannelPlan:
        row, entry, spend = self.rows[index], self.entries[index], self.spends[index]
        is_known = row.channel in self.question.problem.current
        today = self._scored(index, as_money(row.current.spend, self.decimals)) if is_known else {}
        then = self._scored(index, spend)
        current_spend = today.get("spend")
        return ChannelPlan(
            channel=row.channel,
            current_spend=current_spend,
            spend=spend,
            change=None if not current_spend else significant(spend / current_spend - 1.0, 7),
            current_conversions=today.get("conversions"),
            conversions=then["conversions"],
            current_revenue=today.get("revenue"),
            revenue=then["revenue"],
            current_profit=today.get("profit"),
            profit=then["profit"],
            cpa=ratio(spend, then["conversions"]),
            roas=ratio(then["revenue"], spend),
            marginal_cpa=significant(row.marginal_cpa, 7),
            marginal_roas=significant(row.marginal_roas, 7),
            min_spend=self.money(significant(row.min_spend, 15)),
            max_spend=self.money(significant(row.max_spend, 15)),
            binding=row.binding,
            evidence=entry.evidence.verdict,
            reasons=entry.evidence.reasons,
            is_extrapolated=row.is_extrapolated,
            interval=self._interval(index),
            margin=entry.margin,
            fit_periods=significant(self.periods, 15) or 1.0,
            season=significant(self.question.problem.factors.get(row.channel, 1.0)) or 1.0,
        )

    def _scored(self, index: int, spend: float) -> dict[str, float | None]:
        """What a spend in whole cents brings, so that whoever recomputes it gets the same."""
        outcome = self.cells[index].outcome(spend)
        conversions, revenue = outcome.conversions, self.money(outcome.revenue)
        margin = self.cells[index].margin
        return {
            "spend": spend,
            "conversions": None if conversions is None else round(conversions, CONVERSION_DECIMALS),
            "revenue": revenue,
            "profit": None if revenue is None else self.money(margin * revenue - spend),
        }

    def _interval(self, index: int) -> Interval | None:
        found = self.proposed[index]
        if found is None or not self.entries[index].draws:
            return None
        return Interval(
            conversions=_rounded_pair(band(found["conversions"]), CONVERSION_DECIMALS),
            revenue=_rounded_pair(band(found["revenue"]), self.decimals),
        )

    def totals(self, side: str) -> Totals | None:
        """Sums of the rounded figures; None for a sum of which a part is not known."""
        prefix = "current_" if side == "current" else ""

        def add(name: str) -> float | None:
            parts = [getattr(plan, prefix + name) for plan in self.plans]
            known = [part for part in parts if part is not None]
            return round(sum(known), CONVERSION_DECIMALS) if len(known) == len(parts) else None

        spend, conversions, revenue = add("spend"), add("conversions"), add("revenue")
        if spend is None:
            return None
        outcomes = [getattr(row, side) for row in self.rows]
        values = [outcome.value for outcome in outcomes if outcome.value is not None]
        return Totals(
            spend=spend,
            conversions=conversions,
            revenue=revenue,
            cpa=ratio(spend, conversions),
            roas=ratio(revenue, spend),
            profit=add("profit"),
            value=self.money(sum(values)) if len(values) == len(outcomes) else None,
        )

    def confidence(self) -> Confidence | None:
        """How often the proposal beats today's split, draw by draw, and by how much."""
        objective = self.question.problem.objective
        current = [found for found in self.current if found is not None]
        proposed = [found for found in self.proposed if found is not None]
        if not current or len(self.question.problem.current) < len(self.rows):
            return None
        before = objective_under_draws(current, objective)
        after = objective_under_draws(proposed, objective)
        if before is None or after is None:
            return None
        uplift = after - before
        if target := self.question.problem.target_marginal_roas:
            money = [sum(getattr(row, side).spend for row in self.rows) for side in SIDES]
            uplift = uplift - target * (money[1] - money[0])
        if not uplift.any():
            return None  # nothing moves: there is nothing to be sure of
        low, middle, high = (significant(value) or 0.0 for value in quantiles(uplift))
        share = round(float((uplift > 0.0).mean()), 6)
        return Confidence(draws=self.draws, beats_current=share, uplift=(low, middle, high))

    def curves(self) -> dict[str, PlanCurve]:
        of_revenue = self.question.curves.kpi == "revenue"
        found: dict[str, PlanCurve] = {}
        for entry, plan in zip(self.entries, self.plans, strict=True):
            spends = [plan.spend, plan.current_spend or 0.0]
            per_period = [spend / plan.fit_periods for spend in spends]
            found[entry.channel] = plan_curve(entry, per_period, of_revenue)
        return found


def _rounded_pair(pair: tuple[float, float] | None, decimals: int) -> tuple[float, float] | None:
    return None if pair is None else (round(pair[0], decimals), round(pair[1], decimals))


def _rule_line(outcome: RuleOutcome) -> RuleLine:
    return RuleLine(
        rule=outcome.rule.path or outcome.rule.kind,
        kind=outcome.rule.kind,
        channels=outcome.rule.channels,
        limit=significant(outcome.limit),
        value=significant(outcome.value),
        slack=significant(outcome.slack),
        is_binding=outcome.is_binding,
        shadow_price=significant(outcome.shadow_price, 7),
        cost=significant(outcome.cost, 7),
    )


def _proof(allocation: Allocation) -> Proof | None:
    found = allocation.certificate
    if found is None:
        return None
    return Proof(
        objective=found.objective,
        value=significant(found.value, 12) or 0.0,
        bound=significant(found.bound, 12) or 0.0,
        gap=significant(found.gap, 4) or 0.0,
        solver=found.solver,
        iterations=found.iterations,
        binaries=found.binaries,
    )


def _risk(allocation: Allocation) -> RiskLine | None:
    found = allocation.risk
    if found is None:
        return None
    return RiskLine(
        draws=found.draws,
        level=significant(found.level, 6) or 0.0,
        expected=significant(found.expected, 12) or 0.0,
        bad_case=significant(found.bad_case, 12) or 0.0,
        probability_of_loss=found.probability_of_loss,
    )


def _conflict(conflict: Conflict | None) -> PlanConflict | None:
    if conflict is None:
        return None
    return PlanConflict(
        rules=tuple(rule.path or rule.kind for rule in conflict.rules),
        message=conflict.message,
        relaxations=tuple(
            Relaxed(
                rule=way.rule.path or way.rule.kind,
                kind=way.rule.kind,
                channels=way.rule.channels,
                **{"from": significant(way.limit) or 0.0},
                to=significant(way.to) or 0.0,
                cost=significant(way.cost, 7),
            )
            for way in conflict.relaxations
        ),
    )


def resolved_document(question: Question) -> Mapping[str, Any]:
    """The scenario as a scenario file would say it with nothing left to defaults or to today."""
    definition, problem = question.scenario.definition, question.problem
    document = definition.model_dump(mode="json", exclude_none=True)
    decimals = decimals_of(question.curves.currency)
    periods = question.span.days / question.curves.period_days
    document["name"] = question.scenario.name
    if problem.objective != "spend":
        document["objective"] = problem.objective
    document["period"] = {"days": question.span.days}
    if question.span.start is not None:
        document["period"] = {
            "start": question.span.start.isoformat(),
            "end": str(question.span.end),
        }
    document["current"] = {
        name: round(amount * periods, decimals) for name, amount in problem.current.items()
    }
    if definition.budget is not None and not isinstance(problem.budget, (int, float)):
        document["budget"] = {
            "min": round(problem.budget.minimum, decimals),
            "max": round(problem.budget.maximum, decimals),
        }
    return document
