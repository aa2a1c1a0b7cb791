"""A backtest, for the terminal and as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from models.fit.backtest import BASELINES, Backtest, Score
from scenarios.language.numbers import percent, plural

SCHEMA = "budgetopt/backtest/1"


def backtest_report(result: Backtest) -> list[Any]:
    """One row per channel: the curves' error beside the baselines', and who wins."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("channel", overflow="fold")
    for title in ("curves", *BASELINES):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    for name, score in result.scores.items():
        errors = (percent(score.baselines[way]) for way in BASELINES)
        table.add_row(Text(name), percent(score.error), *errors, _verdict(score))
    folds, weeks = plural(len(result.origins), "past date"), plural(result.weeks, "week")
    head = f"Mean error of a predicted week, from {folds}, {weeks} ahead each:"
    return [Text(head), table]


def _verdict(score: Score) -> str:
    best = score.best_baseline
    if best is None:
        return ""
    if score.loses:
        return f"loses to {best[0]}"
    return "best" if score.error <= best[1] else "as good as the best"


def backtest_rows(result: Backtest) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel; errors as fractions."""
    yield ("channel", "error", *(way.replace(" ", "_") for way in BASELINES), "loses")
    for name, score in result.scores.items():
        yield (name, score.error, *(score.baselines[way] for way in BASELINES), score.loses)


def backtest_json(result: Backtest) -> str:
    """The whole backtest; the same backtest gives the same bytes."""
    channels = {
        name: {
            "error": score.error,
            "baselines": dict(score.baselines),
            "loses": score.loses,
            "seen": result.seen[name].tolist(),
            "predicted": [round(value, 4) for value in result.predicted[name].tolist()],
        }
        for name, score in result.scores.items()
    }
    document = {
        "schema": SCHEMA,
        "origins": list(result.origins),
        "weeks": result.weeks,
        "dates": list(result.dates),
        "channels": channels,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
