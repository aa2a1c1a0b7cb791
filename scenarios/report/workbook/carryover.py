"""Carry-over in a workbook: the money that works in a period, from its own and earlier spend.

The formulas are those of `optimizer.program.carryover`: a channel's stock moves from one period's
end to the next, and what works in a period is a fixed mix of its own spend and of the stock
before it.
"""

from __future__ import annotations

from models.phrases import said
from scenarios.plan.plan import Plan
from scenarios.report.prose.totals import Line, sides
from scenarios.report.workbook.formula_table import Column

UNITS = {
    1: (said("day"), said("Days")),
    7: (said("week"), said("Weeks")),
    30: (said("month"), said("Months")),
}
Key = tuple[str, str]  # period and channel


def effective_columns(plan: Plan) -> list[Column]:
    """Money at work, today and proposed."""
    return [
        Column(
            f"{prefix}effective_spend",
            said("At work today") if prefix else said("At work proposed"),
            "money",
            lambda r, prefix=prefix: getattr(r, f"{prefix}working_spend"),
            f"=(1-{{share}})*{{{prefix}spend}}+{{length}}*{{share}}*{{{prefix}stock}}",
        )
        for prefix, _ in sides(plan)
    ]


def carry_columns(plan: Plan) -> list[Column]:
    """What the money at work is made of: decay, what a period keeps of it, and the stock."""
    unit, units = UNITS.get(plan.period_days, UNITS[1])
    columns = [
        Column("length", units, "exact",
               lambda r: _length(plan, r)),
        Column("decay", said("Carries over to the next {unit}", unit=unit), "exact",
               lambda r: _decay(plan, r)),
        Column("kept", said("Kept over the period"), "exact",
               lambda r: _decay(plan, r) ** _length(plan, r), "={decay}^{length}"),
        Column("share", said("Share of the stock at work"), "exact", lambda r: _share(plan, r),
               "={decay}*(1-{kept})/({length}*(1-{decay}))"),
    ]  # fmt: skip
    for prefix, _ in sides(plan):
        title = (
            said("Stock before, today, per {unit}", unit=unit)
            if prefix
            else said("Stock before, proposed, per {unit}", unit=unit)
        )
        stocks = _stocks(plan, prefix)
        columns.append(
            Column(
                f"{prefix}stock",
                title,
                "money",
                lambda r, stocks=stocks: stocks[r.period.label, r.channel],
                lambda r, prefix=prefix: _carried(plan, r, prefix),
            )
        )
    return columns


def _carried(plan: Plan, line: Line, prefix: str) -> str | None:
    """Formula of a stock from the period before; None in the first, which history decides."""
    if line.period is None or line.period.label == plan.periods[0].label:
        return None
    earlier, paid = f"{{{prefix}stock.earlier}}", f"{{{prefix}spend.earlier}}"
    return f"={{kept.earlier}}*{earlier}+(1-{{kept.earlier}})*{paid}/{{length.earlier}}"


def _length(plan: Plan, line: Line) -> float:
    assert line.period is not None, "a row of a period"
    return line.period.days / plan.period_days


def _decay(plan: Plan, line: Line) -> float:
    curve = plan.curves.get(line.channel)
    return curve.carry_over if curve and curve.carry_in is not None else 0.0


def _share(plan: Plan, line: Line) -> float:
    decay, length = _decay(plan, line), _length(plan, line)
    return decay * (1.0 - decay**length) / (length * (1.0 - decay))


def _stocks(plan: Plan, prefix: str) -> dict[Key, float]:
    """Every channel's stock before every period."""
    found: dict[Key, float] = {}
    now: dict[str, float] = {}
    for period, row in plan.rows():
        line = Line(plan, row, period)
        curve = plan.curves.get(row.channel)
        stock = now.get(row.channel, (curve.carry_in if curve else None) or 0.0)
        assert period is not None, "carry-over is a matter of periods"
        found[period.label, row.channel] = stock
        kept, spend = _decay(plan, line) ** _length(plan, line), getattr(row, f"{prefix}spend")
        now[row.channel] = kept * stock + (1.0 - kept) * (spend or 0.0) / _length(plan, line)
    return found
