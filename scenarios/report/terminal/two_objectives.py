"""The frontier between two objectives, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.analyses.two_objectives import Between
from scenarios.language.numbers import amount, at_most_percent
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from optimizer.pareto import ParetoPlan


def between_report(found: Between) -> list[Any]:
    """A row for today and for each plan; then what all of one objective costs of the other."""
    from rich.text import Text

    if not found.points:
        return [Text("No allocation keeps these rules: `budgetopt plan` says why.")]
    first, second = (OBJECTIVES[name] for name in found.names)
    table = plain_table("plan", least=5)
    for title in (first, second, f"{first} proven within"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, point in _named(found):
        proof = "" if point.gap is None else at_most_percent(point.gap)
        table.add_row(name, *(amount(value) for value in point.values), proof)
    return [table, Text(_price(found)), Text("\nSpend along it"), _spends(found)]


def _named(found: Between) -> list[tuple[str, ParetoPlan]]:
    """Today and the plans, with what to call them."""
    names = [] if found.today is None else ["today"]
    names += [str(number) for number in range(1, len(found.points) + 1)]
    return list(zip(names, found.all_points, strict=True))


def _spends(found: Between) -> Any:
    """A row for each channel, a column for today and for each plan."""
    from rich.text import Text

    table, named = plain_table("channel"), _named(found)
    for name, _ in named:
        table.add_column(name, justify="right", no_wrap=True)
    for channel in found.channels:
        spends = (amount(point.spend.get(channel, 0.0)) for _, point in named)
        table.add_row(Text(channel), *spends)
    return table


def _price(found: Between) -> str:
    """What the last plan gives up of the first objective, and what it wins of the second."""
    first, last = found.points[0].values, found.points[-1].values
    names = [str(OBJECTIVES[name]) for name in found.names]
    moves = [abs(b - a) for a, b in zip(first, last, strict=True)]
    if all(move <= 1e-4 * abs(value) for move, value in zip(moves, first, strict=True)):
        return f"The best plan for {names[0]} is also the best for {names[1]}, within the proof."
    said = [
        f"{amount(move)} {'more' if b > a else 'less'} {name}"
        for move, a, b, name in zip(moves, first, last, names, strict=True)
    ]
    return f"From the first plan to the last: {said[0]} for {said[1]}."
