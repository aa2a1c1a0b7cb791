"""A plan's totals, as one line beside its channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.phrases import Phrase, said
from scenarios.plan.plan import ChannelPlan, PeriodPlan, Plan
from scenarios.report.prose.glossary import PROPOSED, TODAY


@dataclass(frozen=True)
class Line:
    """A channel's figures, of the horizon or of one period, with the plan they belong to.

    What follows from other figures is computed from them, as the formulas will.
    """

    plan: Plan
    row: ChannelPlan
    period: PeriodPlan | None = None

    def __getattr__(self, key: str):
        return getattr(self.row, key)

    def quotient(self, above: str, below: str) -> float | None:
        return ratio(getattr(self.row, above), getattr(self.row, below))


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient; None where it cannot be known."""
    return above / below if above is not None and below else None


def total_line(plan: Plan) -> Line:
    """The totals as a line of their own; what nobody knows of every channel is unknown."""
    now, then = plan.current, plan.proposed
    assert then is not None, "a plan without an allocation has no totals"
    row = ChannelPlan(
        channel="",
        current_spend=now.spend if now else None,
        spend=then.spend,
        current_conversions=now.conversions if now else None,
        conversions=then.conversions,
        current_revenue=now.revenue if now else None,
        revenue=then.revenue,
        current_profit=now.profit if now else None,
        profit=then.profit,
    )
    # A copy is not validated, which would leave of the phrase its English words only.
    return Line(plan, row.model_copy(update={"channel": said("Total")}))


def has(plan: Plan, key: str) -> bool:
    """Whether the plan knows this figure for any channel."""
    return any(getattr(row, key) is not None for row in plan.channels)


def has_carry_over(plan: Plan) -> bool:
    """Whether spend works beyond its period in this plan."""
    return any(row.effective_spend is not None for _, row in plan.rows())


def sides(plan: Plan) -> tuple[tuple[str, Mapping[str, Phrase]], ...]:
    """Prefix and titles of what is compared; only the proposal where today is not known."""
    return (("current_", TODAY), ("", PROPOSED))[0 if plan.current else 1 :]
