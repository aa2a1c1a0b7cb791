"""A plan in the terminal: the table for the meeting, and what must be known beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.plan import ChannelPlan, PeriodPlan, Plan, Totals
from scenarios.report import sentences
from scenarios.report.numbers import amount, rate, signed_percent
from scenarios.report.tables import plain_table

if TYPE_CHECKING:
    from rich.table import Table

PERIOD_WIDTH = 11  # columns that a period takes, with the space before it
WIDE = 110  # columns from which the binding rules fit into the table
FIGURES = ("conversions", "cpa", "roas", "marginal_roas", "marginal_cpa")
TITLES = {
    "conversions": "conv.",
    "cpa": "CPA",
    "roas": "ROAS",
    "marginal_roas": "next ROAS",
    "marginal_cpa": "next CPA",
}


def plan_report(plan: Plan, width: int) -> list[Any]:
    """What to print of a plan, top to bottom."""
    from rich.text import Text

    parts: list[Any] = [Text(sentences.headline(plan), style="bold")]
    if plan.status == "infeasible":
        parts += [Text(line) for line in (*sentences.conflict(plan), "")]
        return parts + list(_listed("Mind", plan.warnings))
    parts.append(allocation_table(plan, width >= WIDE))
    parts += period_tables(plan, width)
    said = (
        sentences.gain(plan),
        sentences.tail(plan),
        sentences.proof(plan),
        sentences.confidence(plan),
        sentences.risk(plan),
        sentences.unspent(plan),
    )
    parts += [Text(line) for line in said if line]
    if any(rule.is_binding for rule in plan.rules):
        parts += [Text(""), Text("Rules that bind", style="bold"), rules_table(plan)]
    elif plan.warnings:
        parts.append(Text(""))
    return parts + list(_listed("Mind", plan.warnings))


def allocation_table(plan: Plan, is_wide: bool) -> Table:
    """Channel by channel today's spend, the proposed one, and what comes of it."""
    from rich.text import Text

    shown = [name for name in FIGURES if _is_known(plan, name)]
    if "marginal_roas" in shown and "marginal_cpa" in shown:
        shown.remove("marginal_cpa")
    totals = _total_cells(plan.current, plan.proposed, shown)
    table = plain_table("channel", "total")
    titles = ("today", "proposed", "change", *(TITLES[name] for name in shown))
    for title, footer in zip(titles, totals, strict=True):
        table.add_column(title, footer, justify="right", no_wrap=True)
    if is_wide:
        table.add_column("limited by", overflow="fold")
    for row in plan.channels:
        cells = [
            amount(row.current_spend),
            amount(row.spend),
            _change(row.current_spend, row.spend),
            *(_figure(row, name) for name in shown),
        ]
        limits = [Text(", ".join(row.binding))] if is_wide else []
        table.add_row(Text(row.channel), *cells, *limits)
    return table


def period_tables(plan: Plan, width: int) -> Iterator[Any]:
    """Proposed spend by channel and period, as many periods side by side as there is room for."""
    from rich.text import Text

    names = max(len(row.channel) for row in plan.channels) if plan.channels else 0
    columns = max((width - min(names, 20) - 2) // PERIOD_WIDTH, 2)
    for start in range(0, len(plan.periods), columns):
        if not start:
            yield Text("By period", style="bold")
        yield _period_table(plan, plan.periods[start : start + columns])


def _period_table(plan: Plan, periods: Sequence[PeriodPlan]) -> Table:
    from rich.text import Text

    table = plain_table("channel")
    for period in periods:
        table.add_column(period.label, justify="right", no_wrap=True)
    for number, row in enumerate(plan.channels):
        spends = [amount(period.channels[number].spend) for period in periods]
        table.add_row(Text(row.channel), *spends)
    table.add_section()
    table.add_row("total", *(amount(period.proposed.spend) for period in periods))
    if plan.current is not None:
        today = (period.current.spend if period.current else None for period in periods)
        table.add_row("today", *map(amount, today))
    for name in ("conversions", "revenue", "cpa", "roas"):
        values = [getattr(period.proposed, name) for period in periods]
        if any(value is not None for value in values):
            show = rate if name in ("cpa", "roas") else amount
            table.add_row(TITLES.get(name, name), *map(show, values))
    return table


def rules_table(plan: Plan) -> Table:
    """The rules that stop the plan, the dearest first, with what they cost."""
    from rich.text import Text

    table = plain_table("rule", least=20)
    is_spend = sentences.objective_of(plan) == "spend"
    for title in ("limit", "value", "one more " + ("costs" if is_spend else "brings")):
        table.add_column(title, justify="right", no_wrap=True)
    has_costs = any(rule.cost is not None for rule in plan.rules)
    if has_costs:
        table.add_column("rule costs", justify="right", no_wrap=True)
    binding = [rule for rule in plan.rules if rule.is_binding]
    for rule in sorted(binding, key=lambda rule: -(rule.cost or 0.0)):
        cells = [
            sentences.limit_of(rule, rule.limit),
            sentences.limit_of(rule, rule.value),
            sentences.price_of(rule),
        ]
        table.add_row(
            Text(sentences.name_of(rule)), *cells, *([amount(rule.cost)] if has_costs else [])
        )
    return table


def _is_known(plan: Plan, name: str) -> bool:
    return any(getattr(row, name) is not None for row in plan.channels)


def _figure(row: ChannelPlan, name: str) -> str:
    value = getattr(row, name)
    return amount(value) if name == "conversions" else rate(value)


def _change(before: float | None, after: float) -> str:
    if before is None:
        return "-"
    if not before:
        return "new" if after else "0 %"
    return signed_percent(after / before - 1.0)


def _total_cells(before: Totals | None, after: Totals | None, shown: Iterable[str]) -> list[str]:
    if after is None:
        return ["-"] * (3 + len(list(shown)))
    cells = [
        amount(before.spend if before else None),
        amount(after.spend),
        _change(before.spend if before else None, after.spend),
    ]
    for name in shown:
        value = getattr(after, name, None)
        cells.append(
            ""
            if name.startswith("marginal")
            else amount(value)
            if name == "conversions"
            else rate(value)
        )
    return cells


def _listed(title: str, lines: Iterable[str]) -> Iterator[Any]:
    """A heading and indented lines; nothing at all without lines."""
    from rich.padding import Padding
    from rich.text import Text

    for index, line in enumerate(lines):
        if not index:
            yield Text(title, style="bold")
        yield Padding(Text(line), (0, 0, 0, 2))
