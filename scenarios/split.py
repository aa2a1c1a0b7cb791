"""A hand-made split as people write it: a CSV, a YAML file, a plan, or pairs on a command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError, nearest
from scenarios.yamltree import parse_tree, read_text

CHANNEL_COLUMNS = ("channel", "name")
SPEND_COLUMNS = ("spend", "amount", "budget")


def read_split(text: str, channels: Iterable[str]) -> dict[str, float]:
    """A split from ``search=40000,tv=20000`` or from a file of it.

    Parameters
    ----------
    text : the pairs, or the name of a CSV (columns `channel` and `spend`), a YAML file
        (`channel: amount`) or a plan
    channels : every channel must have an amount, if only 0

    Raises
    ------
    ScenarioError : with everything that is wrong with it
    """
    if "=" in text and not Path(text).exists():
        source, pairs = "--allocation", _pairs(text)
    else:
        source, pairs = text, _from_file(Path(text))
    return _checked(source, pairs, tuple(channels))


def _pairs(text: str) -> list[tuple[str, str, Any]]:
    found = []
    for part in text.split(","):
        name, _, amount = part.partition("=")
        found.append((f"--allocation {part.strip()}", name.strip(), amount.strip()))
    return found


def _from_file(path: Path) -> list[tuple[str, str, Any]]:
    """Place, channel and amount of each line."""
    content = read_text(path)
    if path.suffix.lower() == ".csv":
        return _from_csv(content, str(path))
    if path.suffix.lower() == ".json":
        return _from_json(content, str(path))
    tree = parse_tree(content, str(path))
    return [(str(tree.values[(name,)]), name, amount) for name, amount in tree.data.items()]


def _from_csv(content: str, source: str) -> list[tuple[str, str, Any]]:
    lines = list(csv.reader(io.StringIO(content)))
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    channel = next((header.index(name) for name in CHANNEL_COLUMNS if name in header), None)
    spend = next((header.index(name) for name in SPEND_COLUMNS if name in header), None)
    if channel is None or spend is None:
        problem = "its first line does not name the columns 'channel' and 'spend'"
        raise ScenarioError(Fault(source, problem, "Write it as: channel,spend"))
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line):
            cells = [*line, *[""] * len(header)]
            found.append((f"{source}, line {number}", cells[channel].strip(), cells[spend].strip()))
    return found


def _from_json(content: str, source: str) -> list[tuple[str, str, Any]]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise ScenarioError(Fault(source, f"this is not JSON: {error}")) from None
    if isinstance(document, Mapping) and isinstance(document.get("channels"), list):
        rows = [row for row in document["channels"] if isinstance(row, Mapping)]
        return [(source, str(row.get("channel")), row.get("spend")) for row in rows]
    if isinstance(document, Mapping):
        return [(f"{source}, {name}", str(name), amount) for name, amount in document.items()]
    raise ScenarioError(Fault(source, "this is neither a plan nor channel: amount"))


def _checked(
    source: str, pairs: list[tuple[str, str, Any]], channels: tuple[str, ...]
) -> dict[str, float]:
    found: dict[str, float] = {}
    faults: list[Fault] = []
    for place, name, amount in pairs:
        if name not in channels:
            near = nearest(name, channels)
            remedy = f"Did you mean '{near}'?" if near else f"There are {', '.join(channels)}."
            faults.append(Fault(place, f"there is no channel '{name}'", remedy))
        elif name in found:
            faults.append(Fault(place, f"'{name}' has an amount already"))
        else:
            found[name] = _amount(place, amount, faults)
    missing = [name for name in channels if name not in found]
    if missing and not faults:
        problem = f"there is no amount for {', '.join(missing)}"
        faults.append(Fault(source, problem, "Write 0 where nothing is spent."))
    if faults:
        raise ScenarioError(faults)
    return found


def _amount(place: str, written: Any, faults: list[Fault]) -> float:
    from pydantic_core import PydanticCustomError

    from scenarios.values import number
    from scenarios.yamltree import parse_value

    try:
        return number(parse_value(written, place) if isinstance(written, str) else written)
    except PydanticCustomError as error:
        context = error.context or {}
        faults.append(Fault(place, context["problem"], context["remedy"]))
    except ScenarioError as error:
        faults += error.faults
    return 0.0
