"""What the advertising platforms are given of an approved plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from models.errors import Fault
from scenarios.plan.plan import Horizon, PeriodPlan, Plan
from scenarios.plan.rounding import decimals_of
from scenarios.register.decisions import find
from scenarios.register.entries import Entry, RegisterError


def approved(entries: Sequence[Entry], number: int) -> str:
    """Hash of an approved plan's document; RegisterError where it is not approved (any more)."""
    plan = find(entries, number)
    if plan.state != "approved":
        problem = f"is {plan.state}, and only what is approved is exported"
        raise RegisterError(Fault(plan.title, problem))
    return plan.submission.plan_sha256


def export_rows(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Channel, period and amount, a line for each; the amounts are the plan's to the cent."""
    decimals = decimals_of(plan.currency)
    yield ("channel", "period", "amount")
    for period, row in plan.rows():
        label = period.label if period is not None else period_label(plan.period)
        yield (row.channel, label, f"{row.spend:.{decimals}f}")


def period_label(span: Horizon | PeriodPlan) -> str:
    """``2026-12`` for a month, its days for anything else."""
    if not span.start or not span.end:
        return f"{span.days:g} days"
    first, last = date.fromisoformat(span.start), date.fromisoformat(span.end)
    next_month = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    if first.day == 1 and last == next_month - timedelta(days=1):
        return f"{first:%Y-%m}"
    return f"{span.start}/{span.end}"
