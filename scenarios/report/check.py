"""The check of a history, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.check import ChannelCheck, Check, Totals

if TYPE_CHECKING:
    from rich.table import Table

UNIT = {1: "day", 7: "week"}
COLOUR = {"usable": "green", "weak": "yellow", "unusable": "red"}


def check_report(result: Check) -> list[Any]:
    """What to print, top to bottom: what was read, the channels, reasons, notices."""
    from rich.text import Text

    unit = UNIT[result.period_days]
    money = result.currency or "currency not named"
    parts: list[Any] = [
        Text(f"{result.file}: {result.rows:,} rows, {result.shape} shape, {money}"),
        Text(f"{result.first} to {result.last}: {result.periods:,} {unit}s"),
        _channel_table(result, unit),
    ]
    held = [entry for entry in result.channels if entry.reasons]
    for entry in held:
        parts.append(Text(f"{entry.channel}: {entry.verdict}", style=COLOUR[entry.verdict]))
        parts += [Text(f"  - {reason}") for reason in entry.reasons]
    if result.notices:
        parts.append(Text("What was understood:"))
        parts += [Text(f"  - {notice}") for notice in result.notices]
    return parts


def _channel_table(result: Check, unit: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    outcome = _outcome_columns(result)
    table = Table(show_footer=True, pad_edge=False)
    table.add_column("channel", "total", overflow="fold")
    table.add_column("spend", _amount(result.totals.spend), justify="right")
    table.add_column("share", "100 %", justify="right")
    for name in outcome:
        table.add_column(name, _outcome(result.totals, name), justify="right")
    table.add_column(f"{unit}s with spend", justify="right")
    table.add_column("spend varies by", justify="right")
    table.add_column("verdict")
    for entry in result.channels:
        table.add_row(
            Text(entry.channel),
            _amount(entry.totals.spend),
            f"{entry.totals.spend / result.totals.spend:.1%}".replace("%", " %"),
            *(_outcome(entry.totals, name) for name in outcome),
            f"{entry.active:,} of {result.periods:,}",
            f"± {entry.variation:.0%}".replace("%", " %"),
            _verdict(entry),
        )
    return table


def _outcome_columns(result: Check) -> list[str]:
    totals = result.totals
    names = []
    if totals.conversions is not None:
        names += ["conversions", "CPA"]
    if totals.revenue is not None:
        names += ["revenue", "ROAS"]
    return names


def _outcome(totals: Totals, name: str) -> str:
    value = getattr(totals, name.lower())
    if value is None:
        return "-"  # a mix has no conversions of one channel
    return f"{value:,.2f}" if name in ("CPA", "ROAS") else _amount(value)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}".removesuffix(".00")


def _verdict(entry: ChannelCheck) -> Any:
    from rich.text import Text

    return Text(entry.verdict, style=COLOUR[entry.verdict])
