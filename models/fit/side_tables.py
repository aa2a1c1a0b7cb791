"""The small tables that may stand beside a history: events, lift tests, weights. CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.diagnostics.day_weights import Trust
from models.errors import Fault, HistoryError, nearest
from models.files import read_small
from models.fit.calibration import LiftTest
from models.history.limits import read_as
from models.transforms.design_matrix import Spans

EVENT_COLUMNS = ("event", "start", "end")
LIFT_COLUMNS = (
    "channel",
    "start",
    "end",
    "spend",
    "spend_without",
    "incremental",
    "standard_error",
)
WEIGHT_COLUMNS = ("channel", "start", "end", "weight")


def read_events(path: str | Path) -> Mapping[str, Spans]:
    """Events by name, each with the first and last day of every time it happened.

    Columns: event, start, end (ISO dates; an empty end is the start). An event that returns has
    one row per time and the same name, and moves conversions by the same share each time.

    Raises
    ------
    HistoryError : everything that is wrong with the file
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(Path(path), EVENT_COLUMNS, {"start": _day, "end": _day_or_none}):
        last = row.values["end"] or row.values["start"]
        row.expect(last >= row.values["start"], "end", "lies before the start", "Swap them.")
        found.setdefault(row.values["event"], []).append((str(row.values["start"]), str(last)))
    return {name: tuple(spans) for name, spans in found.items()}


def read_lift_tests(path: str | Path) -> tuple[LiftTest, ...]:
    """Experiments, one per row; columns as the fields of `LiftTest`.

    Raises
    ------
    HistoryError : everything that is wrong with the file
    """
    kinds = dict.fromkeys(LIFT_COLUMNS[3:], _number)
    rows = _rows(Path(path), LIFT_COLUMNS, {"start": _day, "end": _day, **kinds})
    return tuple(LiftTest(**row.values) for row in rows)


def read_weights(path: str | Path) -> tuple[Trust, ...]:
    """How much a fit should trust some days, as `budgetopt check --weights` writes it.

    Columns: channel (empty for all), start, end (ISO dates, both included), weight (0 to 1);
    others, such as a reason, are for people.

    Raises
    ------
    HistoryError : everything that is wrong with the file
    """
    kinds = {"channel": str, "start": _day, "end": _day, "weight": _share}
    found = []
    for row in _rows(Path(path), WEIGHT_COLUMNS, kinds, least=0):
        channel, first, last, weight = (row.values[column] for column in WEIGHT_COLUMNS)
        row.expect(last >= first, "end", "lies before the start", "Swap them.")
        found.append(Trust(channel or None, first, last, weight))
    return tuple(found)


@dataclass(frozen=True)
class _Row:
    """One row's values by column, and where it stands."""

    where: str
    values: dict[str, Any]

    def expect(self, holds: bool, column: str, problem: str, remedy: str) -> None:
        if not holds:
            raise HistoryError(Fault(f"{self.where}, column {column}", problem, remedy))


def _rows(
    path: Path, columns: tuple[str, ...], kinds: Mapping[str, Callable[[str], Any]], least: int = 1
) -> list[_Row]:
    """The table's rows, at least so many; all faults of the file at once."""
    text = _text(path)
    reader = csv.DictReader(text.splitlines())
    with read_as("CSV", str(path)):
        rows = [(reader.line_num, row) for row in reader]
    faults = _missing(path, reader.fieldnames or [], columns)
    if faults:
        raise HistoryError(faults)
    found = []
    for line, raw in rows:
        where, values = f"{path}, line {line}", {}
        for column in columns:
            cell = (raw[column] or "").strip()
            try:
                values[column] = kinds.get(column, _word)(cell)
            except ValueError as error:
                faults.append(Fault(f"{where}, column {column}", f"{cell!r} {error}", ""))
        found.append(_Row(where, values))
    if len(found) < least:
        faults.append(Fault(str(path), "holds no row", f"Columns: {', '.join(columns)}."))
    if faults:
        raise HistoryError(faults)
    return found


def _text(path: Path) -> str:
    try:
        return read_small(path).decode("utf-8-sig")
    except FileNotFoundError:
        fault = Fault(str(path), "there is no such file", "Check the path.")
    except IsADirectoryError:
        fault = Fault(str(path), "is a directory, not a file", "Name the file itself.")
    except UnicodeDecodeError:
        fault = Fault(str(path), "is not UTF-8 text", "Save it as UTF-8.")
    raise HistoryError(fault)


def _missing(path: Path, have: Any, columns: tuple[str, ...]) -> list[Fault]:
    faults = []
    for column in columns:
        if column not in have:
            guess = nearest(column, have)
            remedy = f"Rename {guess!r}." if guess else f"Columns: {', '.join(columns)}."
            faults.append(Fault(str(path), f"the column {column!r} is missing", remedy))
    return faults


def _word(cell: str) -> str:
    if not cell:
        raise ValueError("is empty")
    return cell


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError("is not a date of the form 2026-11-27") from None


def _day_or_none(cell: str) -> date | None:
    return _day(cell) if cell else None


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    return value


def _share(cell: str) -> float:
    value = _number(cell)
    if not 0 <= value <= 1:
        raise ValueError("is not between 0 and 1")
    return value
