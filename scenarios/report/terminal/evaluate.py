"""A hand-made split in the terminal, beside today's and the best one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optimizer.allocation import RuleOutcome
from scenarios.analyses.evaluate import Evaluation, Move
from scenarios.language.numbers import amount, percent, rate, signed
from scenarios.plan.labels import OF_RATES, limit_of, name_of
from scenarios.plan.plan import RuleLine
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table

FIGURES = ("conversions", "revenue", "profit", "cpa", "roas")
TITLES = {"cpa": "CPA", "roas": "ROAS"}


def evaluate_report(found: Evaluation) -> list[Any]:
    """The three splits, what the given one breaks, what it costs, what would close the gap."""
    from rich.text import Text

    parts: list[Any] = [_table(found)]
    parts += [Text(line) for line in _cost(found)]
    if found.broken:
        parts += [Text(""), Text("Rules it breaks", style="bold")]
        parts += [Text(f"  {_broken(rule)}") for rule in found.broken]
    if found.moves:
        parts += [Text(""), Text("Moves that close most of it", style="bold")]
        parts += [Text(f"  {_move(found, move)}") for move in found.moves]
        if found.closed is not None:
            verb = "recover" if len(found.moves) > 1 else "recovers"
            together = "Together they" if len(found.moves) > 1 else "It"
            parts.append(Text(f"  {together} {verb} {percent(min(found.closed, 1.0), 0)} of it."))
    return parts


def _table(found: Evaluation) -> Any:
    from rich.text import Text

    table = plain_table("channel")
    for title in ("today", "given", "best", "given less best"):
        table.add_column(title, justify="right", no_wrap=True)
    best, today = found.best.spend(), found.given.spend("current")
    for channel, given in found.given.spend().items():
        there = best.get(channel)
        difference = None if there is None else given - there
        cells = (today[channel], given, there)
        table.add_row(Text(channel), *(amount(cell) for cell in cells), signed(difference))
    table.add_section()
    sides = (found.given.current, found.given.proposed, found.best.proposed)
    for name in ("spend", *FIGURES):
        values = [getattr(side, name) if side else None for side in sides]
        is_asked = name != "profit" or found.objective == name
        if is_asked and any(value is not None for value in values):
            title = "total" if name == "spend" else TITLES.get(name, name)
            table.add_row(title, *_cells(name, values))
    if found.given.tail:
        name = "revenue" if found.objective in ("roas", "spend") else found.objective
        splits = (found.given.after_the_end(name, "current"), found.given.after_the_end(name),
                  found.best.after_the_end(name) if found.best.tail else None)  # fmt: skip
        table.add_row(f"{name} after the end", *_cells(name, list(splits)))
    return table


def _cells(name: str, values: list[float | None]) -> list[str]:
    show = rate if name in TITLES else amount
    _, given, best = values
    difference = None if given is None or best is None else given - best
    last = (
        "-"
        if difference is None
        else f"{difference:+,.2f}"
        if name in TITLES
        else (signed(difference))
    )
    return [*(show(value) for value in values), last]


def _cost(found: Evaluation) -> Iterator[str]:
    name = OBJECTIVES[found.objective]
    if not found.best.channels:
        reason = found.best.conflict.message if found.best.conflict else found.best.status
        yield f"There is no best split to hold it against: {reason}."
        return
    cost, best = found.cost, found.best.proposed
    if cost is None or best is None:
        return
    whole = found.best.reached(found.objective)
    share = f" ({percent(abs(cost) / abs(whole))})" if whole else ""
    show = rate if found.objective == "roas" else amount
    size = f"{show(abs(cost))}{share}"
    if cost < 0:
        yield f"It brings {size} more {name} than the best split that keeps the rules."
    elif found.objective == "spend":
        yield f"It takes {size} more spend than the best split."
    else:
        yield f"It brings {size} less {name} than the best split."


def _broken(rule: RuleOutcome) -> str:
    line = RuleLine(rule=rule.rule.path or rule.rule.kind, kind=rule.rule.kind,
                    channels=rule.rule.channels)  # fmt: skip
    by = -(rule.slack or 0.0)
    if rule.rule.kind in ("locked", "hold", "min_if_active", "min_change", "step"):
        return f"{name_of(line)}: {amount(rule.value)}, the nearest allowed is {amount(rule.limit)}"
    miss = rate(by) if rule.rule.kind in OF_RATES else limit_of(line, by).lstrip("+")
    value, limit = limit_of(line, rule.value), limit_of(line, rule.limit)
    return f"{name_of(line)}: {value}, the limit is {limit}; missed by {miss}"


def _move(found: Evaluation, move: Move) -> str:
    money, name = amount(move.amount), OBJECTIVES[found.objective]
    if move.source is None:
        what = f"add {money} to {move.target}"
    elif move.target is None:
        what = f"take {money} from {move.source}"
    else:
        what = f"move {money} from {move.source} to {move.target}"
    if move.gain is None or found.objective == "spend":
        return what
    return f"{what}: {(rate if found.objective == 'roas' else signed)(move.gain)} {name}"
