"""A sweep in the terminal: the frontier, each channel's share along it, and where rules bind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scenarios.analyses.sweep import Axis, Point, Sweep
from scenarios.language.numbers import amount, percent, rate, signed, signed_percent
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from rich.table import Table

TITLES = {
    "spend": "spend",
    "conversions": "conv.",
    "revenue": "revenue",
    "profit": "profit",
    "cpa": "CPA",
    "roas": "ROAS",
}
RATES = ("cpa", "roas")


def sweep_report(found: Sweep) -> list[Any]:
    """What to print of a sweep, top to bottom."""
    from rich.text import Text

    if len(found.axes) == 2:
        name = OBJECTIVES[found.objective]
        title = f"{name}, with {found.axes[0].key} down and {found.axes[1].key} across"
        return [Text(title, style="bold"), grid_table(found), *_reasons(found)]
    parts: list[Any] = [frontier_table(found), Text("Shares of spend", style="bold")]
    parts.append(share_table(found))
    changes = found.changes()
    if changes:
        parts.append(Text("Rules along the way", style="bold"))
        parts += [Text(f"  {line}") for line in _bindings(found.axes[0], changes)]
    return [*parts, *_reasons(found)]


def value_of(axis: Axis, value: float) -> str:
    """A value of an axis as people read it."""
    if axis.is_percent:
        return signed_percent(value)
    return signed(value) if axis.is_change else amount(value)


def _table(first: str) -> Table:
    """A table whose first column holds the numbers of an axis."""
    table = plain_table(first, least=7)
    table.columns[0].justify = "right"
    return table


def frontier_table(found: Sweep) -> Table:
    """A row for each point: what the optimum brings, and what one more unit would."""
    axis = found.axes[0]
    table = _table(axis.key)
    shown = [
        name
        for name in TITLES
        if any(point.figure(name) is not None for point in found.points)
        and (name != "profit" or found.objective == name)
        and not (name == "spend" and axis.key == "budget" and axis.is_absolute)
    ]
    for title in (*(TITLES[name] for name in shown), "one more brings"):
        table.add_column(title, justify="right", no_wrap=True)
    for point in found.points:
        cells = [_figure(point, name) for name in shown]
        table.add_row(value_of(axis, point.at[0]), *cells, rate(point.price))
    return table


def _figure(point: Point, name: str) -> str:
    return (rate if name in RATES else amount)(point.figure(name))


def share_table(found: Sweep) -> Table:
    """A row for each point: each channel's share of the spend."""
    from rich.text import Text

    axis = found.axes[0]
    table = _table(axis.key)
    for channel in found.channels:
        table.add_column(Text(channel), justify="right", overflow="fold")
    for point in found.points:
        spend = point.spend
        total = sum(spend.values())
        cells = [
            percent(spend[name] / total if total else None, 0) if spend else "-"
            for name in found.channels
        ]
        table.add_row(value_of(axis, point.at[0]), *cells)
    return table


def grid_table(found: Sweep) -> Table:
    """The objective over a grid of two numbers; a dash where there is no plan."""
    table = _table("")
    down, across = found.axes
    show = rate if found.objective == "roas" else amount
    by_place = {point.at: point.figure(found.objective) for point in found.points}
    for value in across.values:
        table.add_column(value_of(across, value), justify="right", no_wrap=True)
    for value in down.values:
        cells = [show(by_place[value, other]) for other in across.values]
        table.add_row(value_of(down, value), *cells)
    return table


def _bindings(axis: Axis, changes: list) -> Iterator[str]:
    for rule, first, last in changes:
        ends = []
        if first is not None:
            ends.append(f"from {value_of(axis, first)}")
        if last is not None:
            ends.append(f"up to {value_of(axis, last)}")
        yield f"{rule} binds {' '.join(ends)}"


def _reasons(found: Sweep) -> Iterator[Any]:
    """At how many points there is no plan, and why at the first of them."""
    from rich.text import Text

    without = [point for point in found.points if not point.spend]
    if without:
        title = f"No plan at {len(without)} of {len(found.points)} points"
        yield Text(title, style="bold")
    for reason in dict.fromkeys(point.reason for point in without if point.reason):
        yield Text(f"  {reason}")
