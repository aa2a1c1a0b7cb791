"""A comparison in the terminal: one column per scenario, as many tables as the width asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.analyses.compare import Column, Comparison
from scenarios.language.numbers import (
    UNKNOWN,
    amount,
    at_most_percent,
    rate,
    signed,
    signed_percent,
    signed_rate,
)
from scenarios.report.prose import sentences
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from rich.table import Table

FIRST, EACH = 16, 14  # columns of the terminal that a name and a scenario take
FIGURES = {
    "conversions": ("conversions", amount),
    "revenue": ("revenue", amount),
    "profit": ("profit", amount),
    "cpa": ("CPA", rate),
    "roas": ("ROAS", rate),
}


def compare_report(found: Comparison, width: int) -> list[Any]:
    """What to print of a comparison, top to bottom."""
    from rich.padding import Padding
    from rich.text import Text

    fitting = max((width - FIRST) // EACH - (1 if found.today else 0), 1)
    columns = found.columns
    parts: list[Any] = [
        compare_table(found, columns[start : start + fitting])
        for start in range(0, len(columns), fitting)
    ]
    for column in columns:
        said = [f"no plan: {column.reason}"] if column.reason else []
        said += column.differs
        if said:
            parts.append(Text(column.name, style="bold"))
            parts += [Padding(Text(line), (0, 0, 0, 2)) for line in said]
    return parts


def compare_table(found: Comparison, columns: Sequence[Column]) -> Table:
    """Spend by channel, then what comes of it; today's first, where it is the same for all."""
    from rich.text import Text

    table = plain_table("spend")
    if found.today:
        table.add_column("today", justify="right", no_wrap=True)
    for column in columns:
        table.add_column(Text(column.name), justify="right", overflow="fold")
    today = {row.channel: row.current_spend for column in columns for row in column.plan.channels}
    for channel in found.channels:
        cells = [_spend(column, channel) for column in columns]
        first = [amount(today.get(channel))] if found.today else []
        table.add_row(Text(channel), *first, *cells)
    table.add_section()
    for name, cells in _totals(found, columns):
        table.add_row(name, *cells)
    return table


def _spend(column: Column, channel: str) -> str:
    return amount(next((row.spend for row in column.plan.channels if row.channel == channel), None))


def _totals(found: Comparison, columns: Sequence[Column]) -> Iterator[tuple[str, list[str]]]:
    sides = [found.today] if found.today else []
    totals = [*sides, *(column.plan.proposed for column in columns)]
    yield "total", [amount(side.spend if side else None) for side in totals]
    is_asked = any(column.objective == "profit" for column in found.columns)
    for key, (title, show) in FIGURES.items():
        if key == "profit" and not is_asked:
            continue  # without margins it would only be revenue less spend
        values = [getattr(side, key) if side else None for side in totals]
        if any(value is not None for value in values):
            yield title, [show(value) for value in values]
    blank = [""] * len(sides)
    yield "objective", blank + [_objective(column) for column in columns]
    yield "gain", blank + [_gain(column) for column in columns]
    yield "", blank + [_share(column) for column in columns]
    yield "proven to", blank + [_proof(column) for column in columns]


def _objective(column: Column) -> str:
    return sentences.objective_of(column.plan) if column.plan.certificate else "none"


def _gain(column: Column) -> str:
    gain = column.gain
    if gain is None:
        return UNKNOWN
    return signed_rate(gain.change) if gain.objective == "roas" else signed(gain.change)


def _share(column: Column) -> str:
    return signed_percent(column.gain.share if column.gain else None)


def _proof(column: Column) -> str:
    proof = column.plan.certificate
    return at_most_percent(proof.gap) if proof else "-"
