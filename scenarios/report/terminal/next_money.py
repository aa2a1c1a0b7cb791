"""Where the next money would go, in the terminal."""

from __future__ import annotations

from typing import Any

from optimizer.allocation import Allocation
from scenarios.analyses.next_money import Increment
from scenarios.language.numbers import amount, rate, signed
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

SMALL = 0.005  # money: less than this is no move


def increment_report(found: Increment) -> list[Any]:
    """A column for the cut, one for the plan, one for the addition; then what it comes to."""
    from rich.text import Text

    if not found.base.channels:
        reason = found.base.conflict.message if found.base.conflict else found.base.status
        return [Text(f"There is no plan to add to: {reason}")]
    money = amount(found.amount)
    name = OBJECTIVES[found.objective]
    total = found.base.reached(found.objective)
    table = plain_table("channel", name)
    footers = (signed(found.gain(found.less)), amount(total), signed(found.gain(found.more)))
    titles = (f"a cut of {money}", "plan", f"the next {money}")
    for title, footer in zip(titles, footers, strict=True):
        table.add_column(title, footer, justify="right", no_wrap=True)
    less, more = found.moved(found.less), found.moved(found.more)
    for channel, spend in found.base.spend().items():
        table.add_row(Text(channel), _moved(less[channel]), amount(spend), _moved(more[channel]))
    lines = [
        _sentence(found, found.more, f"The next {money} would go to", "bring", 1.0),
        _sentence(found, found.less, f"A cut of {money} would come from", "cost", -1.0),
    ]
    return [table, *(Text(line) for line in lines)]


def _moved(change: float | None) -> str:
    if change is None:
        return "-"
    return signed(change) if abs(change) >= SMALL else ""


def _sentence(found: Increment, other: Allocation, start: str, verb: str, sign: float) -> str:
    if not other.channels:
        reason = other.conflict.message if other.conflict else other.status
        return f"{start.partition(' would')[0]}: no plan, {reason}."
    moved = {name: sign * change for name, change in found.moved(other).items() if change}
    ordered = sorted(
        (name for name, change in moved.items() if change >= SMALL), key=lambda n: -moved[n]
    )
    where = ", ".join(f"{name} ({amount(moved[name])})" for name in ordered)
    gain = found.gain(other)
    if gain is None or found.objective == "spend":
        return f"{start} {where}."
    per_unit = rate(abs(gain) / found.amount)
    unit = OBJECTIVES[found.objective]
    return f"{start} {where} and {verb} {amount(abs(gain))} of {unit}, {per_unit} for each unit."
