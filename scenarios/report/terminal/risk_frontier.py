"""The frontier between the expected and the bad case, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.analyses.risk_frontier import Tradeoff
from scenarios.language.numbers import amount, percent, rate
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
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
