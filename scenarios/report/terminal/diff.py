"""The difference between two plans, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.analyses.contribution import PARTS
from scenarios.analyses.diff import Change, Difference
from scenarios.language.numbers import amount, rate, signed, signed_percent

if TYPE_CHECKING:
    from rich.table import Table

CAUSES = {
    "curves": "what history now says of the channels",
    "horizon": "other days or season",
    "budget": "more or less money, every channel alike",
    "split": "money divided otherwise, under the old rules",
    "rules": "rules added, dropped or changed",
}
NOT_APART = "The rules changed too; what they contribute is counted with the split."
RATES = {"cpa", "roas"}


def diff_report(found: Difference) -> list[Any]:
    """What to print, top to bottom."""
    from rich.text import Text

    if found.is_empty:
        return [Text("The two plans say the same.")]
    parts: list[Any] = []
    for title, changes in (
        ("Inputs", found.inputs),
        ("Scenario", found.scenario),
        ("Curves (response per fit period at the old spend)", found.curves),
        ("Rules", found.rules),
        ("Allocation", found.allocation),
        ("Result", found.result),
    ):
        if changes:
            parts += [Text(title, style="bold"), _changes(changes), Text("")]
    if found.contributions:
        goal = found.measure or ""
        parts += [Text(f"Why {goal} changes", style="bold"), _causes(found), Text("")]
        if not found.are_rules_apart:
            parts += [Text(NOT_APART), Text("")]
        parts += [Text(f"The same by channel ({goal})", style="bold"), _by_channel(found)]
    return parts


def _changes(changes: Sequence[Change]) -> Table:
    table = _table("", "old", "new", "change")
    for change in changes:
        table.add_row(*_cells(change))
    return table


def _cells(change: Change) -> Iterator[Any]:
    from rich.text import Text

    show = rate if change.name in RATES else amount
    yield Text(change.name)
    for value in (change.before, change.after):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        yield Text(show(value) if is_number or value is None else str(value))
    numbers = isinstance(change.before, float) and isinstance(change.after, float)
    yield Text(_moved(change.before, change.after) if numbers else "")


def _moved(before: float, after: float) -> str:
    if not before:
        return signed(after)
    return f"{signed(after - before)} ({signed_percent((after - before) / abs(before))})"


def _causes(found: Difference) -> Table:
    table = _table("cause", "contributes", left=("cause", "what it is"))
    table.add_column("what it is", overflow="fold")
    for part, value in found.parts().items():
        table.add_row(part, signed(value), CAUSES[part])
    table.add_section()
    table.add_row("total", signed(sum(found.parts().values())), "")
    return table


def _by_channel(found: Difference) -> Table:
    from rich.text import Text

    table = _table("channel", "old", "new", *PARTS, left=("channel",))
    for one in found.contributions:
        cells = [signed(getattr(one, part)) for part in PARTS]
        table.add_row(Text(one.channel), amount(one.before), amount(one.after), *cells)
    return table


def _table(*heads: str, left: Sequence[str] = ("",)) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for head in heads:
        table.add_column(head, justify="left" if head in left else "right", overflow="fold")
    return table
