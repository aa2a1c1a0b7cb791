"""Frontiers in the terminal: between the expected and the bad case, and between two objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.analyses.risk_frontier import Tradeoff
from scenarios.analyses.two_objectives import Between
from scenarios.language.numbers import amount, at_most_percent, percent, rate
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from optimizer.pareto import ParetoPlan
    from optimizer.risk.measures import FrontierPoint


def tradeoff_report(found: Tradeoff) -> list[Any]:
    """A row for today and for each plan; then what the surest plan costs on average."""
    from rich.text import Text

    if not found.points:
        return [Text("No allocation keeps these rules: `budgetopt plan` says why.")]
    worst = percent(1.0 - found.level, 0)
    goal = OBJECTIVES[found.objective]
    table = plain_table("weight of the bad case", least=22)
    for title in (f"{goal} expected", f"in the worst {worst}", "worse than today in"):
        table.add_column(title, justify="right", no_wrap=True)
    for point in found.all_points:
        table.add_row(*_cells(point, found))
    draws = found.points[0].outcome.draws
    lines = [_price(found, worst), f"Each figure is a mean over {draws} draws of the curves."]
    return [table, *(Text(line) for line in lines), Text("\nSpend along it"), _spends(found)]


def _name(point: FrontierPoint) -> str:
    return "today" if point.weight is None else percent(point.weight, 0)


def _cells(point: FrontierPoint, found: Tradeoff) -> list[str]:
    show = rate if found.objective == "roas" else amount
    loss = point.outcome.probability_of_loss
    return [
        _name(point),
        show(point.outcome.expected),
        show(point.outcome.bad_case),
        "" if loss is None or point.weight is None else percent(loss, 0),
    ]


def _spends(found: Tradeoff) -> Any:
    """A row for each channel, a column for today and for each plan."""
    from rich.text import Text

    table = plain_table("channel")
    for point in found.all_points:
        table.add_column(_name(point), justify="right", no_wrap=True)
    for name in found.channels:
        spends = (amount(point.spend.get(name, 0.0)) for point in found.all_points)
        table.add_row(Text(name), *spends)
    return table


def _price(found: Tradeoff, worst: str) -> str:
    """What the best plan of the bad case gives up on average, and what it wins."""
    first, last = found.points[0].outcome, found.points[-1].outcome
    lost, won = first.expected - last.expected, last.bad_case - first.bad_case
    show = rate if found.objective == "roas" else amount
    goal = OBJECTIVES[found.objective]
    if max(lost, won) <= 1e-3 * abs(first.expected):
        return "The best plan on average is also the best in the bad case, within the proof."
    return (
        f"The surest plan gives up {show(max(lost, 0.0))} of expected {goal} and wins"
        f" {show(max(won, 0.0))} in the worst {worst}."
    )


def between_report(found: Between) -> list[Any]:
    """A row for today and for each plan; then what all of one objective costs of the other."""
    from rich.text import Text

    if not found.points:
        return [Text("No allocation keeps these rules: `budgetopt plan` says why.")]
    first, second = (OBJECTIVES[name] for name in found.names)
    table = plain_table("plan", least=5)
    for title in (first, second, f"{first} proven within"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, point in _named_between(found):
        proof = "" if point.gap is None else at_most_percent(point.gap)
        table.add_row(name, *(amount(value) for value in point.values), proof)
    return [table, Text(_price_between(found)), Text("\nSpend along it"), _spends_between(found)]


def _named_between(found: Between) -> list[tuple[str, ParetoPlan]]:
    """Today and the plans, with what to call them."""
    names = [] if found.today is None else ["today"]
    names += [str(number) for number in range(1, len(found.points) + 1)]
    return list(zip(names, found.all_points, strict=True))


def _spends_between(found: Between) -> Any:
    """A row for each channel, a column for today and for each plan."""
    from rich.text import Text

    table, named = plain_table("channel"), _named_between(found)
    for name, _ in named:
        table.add_column(name, justify="right", no_wrap=True)
    for channel in found.channels:
        spends = (amount(point.spend.get(channel, 0.0)) for _, point in named)
        table.add_row(Text(channel), *spends)
    return table


def _price_between(found: Between) -> str:
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
