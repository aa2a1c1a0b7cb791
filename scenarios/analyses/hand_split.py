"""A hand-made split as people write it: a CSV, a YAML file, a plan, or pairs on a command line.

Amounts are for the whole plan, or for its periods one by one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError, nearest
from scenarios.definition.horizon import Stretch, called
from scenarios.definition.located_yaml import parse_tree, read_text
from scenarios.definition.values import OfCurrent

CHANNEL_COLUMNS = ("channel", "name")
PERIOD_COLUMNS = ("period", "month", "week")
SPEND_COLUMNS = ("spend", "amount", "budget")
Amount = float | OfCurrent
Split = dict[str, Amount | list[Amount]]


@dataclass(frozen=True)
class Line:
    """An amount as somebody wrote it; `period` where it is for one period alone."""

    place: str
    channel: str
    written: Any
    period: str | None = None


def read_split(text: str, channels: Iterable[str], periods: Sequence[Stretch] = ()) -> Split:
    """A split from ``search=40000,tv=20000`` or from a file of it.

    Parameters
    ----------
    text : the pairs, or the name of a CSV (columns `channel`, `spend` and perhaps `period`), a
        YAML file (`channel: amount`, or `channel: {period: amount}`) or a plan
    channels : every channel must have an amount, if only 0; where all that is written are changes
        against today (``search=+20000,tv=-15%``), those that are not named keep today's spend
    periods : those of the plan, where it has several

    Returns
    -------
    By channel its amount for the whole plan, or its amounts for all periods; changes against
    today as they are.

    Raises
    ------
    ScenarioError : with everything that is wrong with it
    """
    if "=" in text and not Path(text).exists():
        source, lines = "--allocation", _pairs(text)
    else:
        source, lines = text, _from_file(Path(text))
    return _checked(source, lines, tuple(channels), periods)


def _pairs(text: str) -> list[Line]:
    found = []
    for part in text.split(","):
        name, _, amount = part.partition("=")
        found.append(Line(f"--allocation {part.strip()}", name.strip(), amount.strip()))
    return found


def _from_file(path: Path) -> list[Line]:
    content = read_text(path)
    if path.suffix.lower() == ".csv":
        return _from_csv(content, str(path))
    if path.suffix.lower() == ".json":
        return _from_json(content, str(path))
    tree = parse_tree(content, str(path))
    return [
        Line(str(tree.values[(name, *inner)]), name, amount, *inner)
        for name, value in tree.data.items()
        for inner, amount in _by_period(value)
    ]


def _by_period(value: Any) -> list[tuple[tuple[str, ...], Any]]:
    """An amount, or one for each period by its name."""
    return [((name,), amount) for name, amount in value.items()] if isinstance(
        value, Mapping) else [((), value)]  # fmt: skip


def _from_csv(content: str, source: str) -> list[Line]:
    lines = list(csv.reader(io.StringIO(content)))
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    channel = next((header.index(name) for name in CHANNEL_COLUMNS if name in header), None)
    spend = next((header.index(name) for name in SPEND_COLUMNS if name in header), None)
    period = next((header.index(name) for name in PERIOD_COLUMNS if name in header), None)
    if channel is None or spend is None:
        problem = "its first line does not name the columns 'channel' and 'spend'"
        raise ScenarioError(Fault(source, problem, "Write it as: channel,spend"))
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line):
            cells = [cell.strip() for cell in (*line, *[""] * len(header))]
            when = None if period is None else cells[period] or None
            found.append(Line(f"{source}, line {number}", cells[channel], cells[spend], when))
    return found


def _from_json(content: str, source: str) -> list[Line]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise ScenarioError(Fault(source, f"this is not JSON: {error}")) from None
    if not isinstance(document, Mapping):
        raise ScenarioError(Fault(source, "this is neither a plan nor channel: amount"))
    if isinstance(document.get("channels"), list):
        return _from_plan(document, source)
    return [
        Line(f"{source}, {'.'.join((str(name), *inner))}", str(name), amount, *inner)
        for name, value in document.items()
        for inner, amount in _by_period(value)
    ]


def _from_plan(document: Mapping[str, Any], source: str) -> list[Line]:
    """A plan's channels; of one of several periods, period by period."""
    found = []
    for block in document.get("periods") or [document]:
        label = block.get("label") if isinstance(block, Mapping) else None
        rows = block.get("channels", []) if isinstance(block, Mapping) else []
        for row in rows:
            if isinstance(row, Mapping):
                found.append(Line(source, str(row.get("channel")), row.get("spend"), label))
    return found


def _checked(
    source: str, lines: list[Line], channels: tuple[str, ...], periods: Sequence[Stretch]
) -> Split:
    """Amounts by channel and period; a whole plan's amount stands by itself."""
    found: dict[tuple[str, str | None], Amount] = {}
    faults: list[Fault] = []
    for line in lines:
        stretch = None if line.period is None else called(line.period, periods)
        key = (line.channel, stretch.label if stretch else None)
        others = {when for channel, when in found if channel == line.channel}
        if line.channel not in channels:
            near = nearest(line.channel, channels)
            remedy = f"Did you mean '{near}'?" if near else f"There are {', '.join(channels)}."
            faults.append(Fault(line.place, f"there is no channel '{line.channel}'", remedy))
        elif line.period is not None and stretch is None:
            labels = ", ".join(stretch.label for stretch in periods)
            remedy = f"It has {labels}." if labels else "Leave the period out."
            faults.append(Fault(line.place, f"the plan has no period '{line.period}'", remedy))
        elif key[1] in others or None in others or (others and stretch is None):
            when = f" in {stretch.label}" if stretch else ""
            faults.append(Fault(line.place, f"'{line.channel}' has an amount already{when}"))
        else:
            found[key] = _amount(line.place, line.written, faults)
    if found and all(isinstance(amount, OfCurrent) for amount in found.values()):
        named = {channel for channel, _ in found}
        found |= {(name, None): OfCurrent() for name in channels if name not in named}
    if not faults:
        faults += _missing(source, found, channels, periods)
    if faults:
        raise ScenarioError(faults)
    return {
        name: found[name, None]
        if (name, None) in found
        else [found[name, stretch.label] for stretch in periods]
        for name in channels
    }


def _missing(
    source: str,
    found: Mapping[tuple[str, str | None], Amount],
    channels: tuple[str, ...],
    periods: Sequence[Stretch],
) -> Iterator[Fault]:
    nowhere = [name for name in channels if not any(name == channel for channel, _ in found)]
    lacking = [
        f"{name} in {stretch.label}"
        for name in channels
        if name not in nowhere and (name, None) not in found
        for stretch in periods
        if (name, stretch.label) not in found
    ]
    if nowhere or lacking:
        problem = f"there is no amount for {', '.join([*nowhere, *lacking])}"
        yield Fault(source, problem, "Write 0 where nothing is spent.")


def _amount(place: str, written: Any, faults: list[Fault]) -> Amount:
    from pydantic_core import PydanticCustomError

    from scenarios.definition.located_yaml import parse_value
    from scenarios.definition.values import budget_amount

    try:
        return budget_amount(parse_value(written, place) if isinstance(written, str) else written)
    except PydanticCustomError as error:
        context = error.context or {}
        faults.append(Fault(place, context["problem"], context["remedy"]))
    except ScenarioError as error:
        faults += error.faults
    return 0.0
