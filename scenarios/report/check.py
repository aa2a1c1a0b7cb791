"""The check of a history, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from scenarios.check import ChannelCheck, Check, Totals

if TYPE_CHECKING:
    from rich.table import Table

OUTCOMES = ("conversions", "CPA", "revenue", "ROAS")
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
    ]
    if result.shape == "mix":
        parts.append(Text(f"all channels together: {_together(result.totals)}"))
    parts.append(_channel_table(result, unit))
    for entry in result.channels:
        if entry.reasons:
            parts.append(_verdict(entry, f"{entry.channel}: {entry.verdict}"))
            parts += _items(entry.reasons)
    if result.notices:
        parts.append(Text("What was understood:"))
        parts += _items(result.notices)
    return parts


def _items(lines: Iterable[str]) -> list[Any]:
    from rich.padding import Padding
    from rich.text import Text

    return [Padding(Text(line), (0, 0, 0, 4)) for line in lines]


def _together(totals: Totals) -> str:
    names = [name for name in OUTCOMES if getattr(totals, name.lower()) is not None]
    return ", ".join(f"{name} {_outcome(totals, name)}" for name in ("spend", *names))


def _channel_table(result: Check, unit: str) -> Table:
    """One row per channel; what came of the spend only where it is known by channel."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    by_channel = result.shape == "tidy"
    outcome = [
        name for name in OUTCOMES if by_channel and getattr(result.totals, name.lower()) is not None
    ]
    table = Table(show_footer=True, box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("channel", "total", overflow="fold", min_width=12)
    for name, footer in (
        ("spend", _amount(result.totals.spend)),
        ("share", "100 %"),
        *((name, _outcome(result.totals, name)) for name in outcome),
        (f"{unit}s", ""),
        ("varies", ""),
    ):
        table.add_column(name, footer, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for entry in result.channels:
        table.add_row(
            Text(entry.channel),
            _amount(entry.totals.spend),
            _percent(entry.totals.spend / result.totals.spend, 1),
            *(_outcome(entry.totals, name) for name in outcome),
            f"{entry.active:,}/{result.periods:,}",
            _percent(entry.variation),
            _verdict(entry, entry.verdict),
        )
    return table


def _outcome(totals: Totals, name: str) -> str:
    value = getattr(totals, name.lower())
    if value is None:
        return "-"
    if name in ("CPA", "ROAS"):
        return f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:.3g}"
    return _amount(value)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}".removesuffix(".00")


def _percent(fraction: float, digits: int = 0) -> str:
    return f"{100 * fraction:.{digits}f} %"


def _verdict(entry: ChannelCheck, text: str) -> Any:
    from rich.text import Text

    return Text(text, style=COLOUR[entry.verdict])
