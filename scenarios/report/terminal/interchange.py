"""What an import of curves was checked by, for the terminal."""

from __future__ import annotations

from typing import Any

from models.interchange.reproduction import Imported
from scenarios.report.terminal.table_style import plain_table


def referee_report(imported: Imported) -> list[Any]:
    """One row per figure of the source that the curves were held against."""
    from rich.text import Text

    table = plain_table("channel")
    table.add_column("rebuilt", overflow="fold")
    for title in (imported.tool, "curves", "difference"):
        table.add_column(title, justify="right", no_wrap=True)
    for check in imported.checks:
        table.add_row(
            Text(check.channel),
            Text(check.figure),
            f"{check.theirs:,.2f}",
            f"{check.ours:,.2f}",
            _difference(check.difference),
        )
    count = len(imported.curves)
    return [Text(f"{count} curves of {imported.tool}, rebuilt from them:"), table]


def _difference(value: float) -> str:
    """Rounding is not shown as a difference."""
    return "none" if abs(value) < 1e-9 else f"{value:+.0e}"
