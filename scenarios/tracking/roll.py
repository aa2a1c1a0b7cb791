"""Next month's scenario from this one: the period moved on, everything else as it was written.

Only the values that change are replaced in the file's text, so comments, order and layout stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError
from scenarios.definition.definition import Definition
from scenarios.definition.extends import FILE_KEYS, relative_file
from scenarios.definition.horizon import MONTH, Span, span
from scenarios.definition.located_yaml import KeyPath, compose, dotted, read_text
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import Today
from scenarios.tracking.next_period import next_period, renamed, written
from scenarios.tracking.remaining import AMOUNTS

PLAIN = re.compile(r"[\w./][\w./ -]*[\w./-]|[\w./]")  # what YAML reads as a text without quotes
LIKE_A_VALUE = re.compile(r"[\d.+-]+|true|false|null|yes|no|on|off", re.IGNORECASE)
MODELINE = re.compile(r"(?<=\$schema=)\S+")
MONTH_LABEL = re.compile(r"\d{4}-\d{2}")
WEEK_LABEL = re.compile(r"\d{4}-W\d{2}")
BY_HAND = "Write the new history into the new scenario by hand, and roll without --history."


@dataclass(frozen=True)
class Rolled:
    """The new scenario's text, and what was changed and what was not, in words."""

    text: str
    changes: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """A stretch of the text, by character, and what stands there instead."""

    start: int
    end: int
    text: str


def roll(path: Path, target: Path, history: Path | None = None) -> Rolled:
    """The text of the scenario that follows the one in `path`.

    Parameters
    ----------
    target : where it will be written: the files that it names are found from there
    history : a file to take instead of the scenario's history

    Raises
    ------
    ScenarioError : the scenario is wrong, or the file is written in a way that cannot be edited
    """
    scenario = Scenario.load(path)
    text = _Text(path, target)
    settings = []
    if (moved := next_period(scenario.definition.period)) is not None:
        settings += text.set_period(scenario.definition.period, moved)
        text.set_labels(scenario.definition.period, moved)
    text.set_name(scenario.definition.period, moved)
    if history is not None:
        settings += text.set_history(history)
    text.rebase(set() if history is None else {"history", "curves"})
    after = scenario.changed(*settings)  # refuses what would not load
    notices = (*_notices(scenario.definition, after.definition), *_uncovered(scenario, after))
    return Rolled(text.result(), tuple(text.changes), notices)


class _Text:
    """A scenario file's text and the edits to it."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path, self.folder, self.target = path, path.parent, target.parent
        self.text = read_text(path)
        self.nodes = dict(_nodes(compose(self.text, str(path)), ()))
        self.edits: list[Edit] = []
        self.changes: list[str] = []

    def result(self) -> str:
        text, end = "", 0
        for edit in sorted(self.edits, key=lambda edit: edit.start):
            text += self.text[end : edit.start] + edit.text
            end = edit.end
        text += self.text[end:]
        if self.target.resolve() != self.folder.resolve():
            text = MODELINE.sub(lambda found: self._moved(found[0]), text, count=1)
        return text

    def set_period(self, old: Span | None, new: Span) -> list[str]:
        """Move the period on, where this file says it; else say it in this file."""
        assert old is not None
        path: KeyPath = ("period",)
        block = f"{{start: {new.start}, end: {new.end}}}"
        if ("period", "start") in self.nodes:
            for end in ("start", "end"):
                self._replace(("period", end), str(getattr(new, end)))
        elif path in self.nodes:
            self._replace(path, written(new, self.nodes[path].value))
        else:
            assert new.start is not None
            is_month = span(f"{new.start.year}-{new.start.month}") == new
            self._insert("period", written(new, "") if is_month else block)
        return [f"period={block}"]

    def set_labels(self, old: Span | None, new: Span) -> None:
        """Move what is written by month as many months on as the plan."""
        assert old is not None
        assert old.start is not None
        assert new.start is not None
        months = 12 * (new.start.year - old.start.year) + new.start.month - old.start.month
        for path, node in _labels(compose(self.text, str(self.path)), ()):
            label = _later(node.value, months)
            self.edits.append(Edit(node.start_mark.index, node.end_mark.index, label))
            self.changes.append(f"{dotted(path)}: {label} (was {node.value})")

    def set_name(self, old: Span | None, new: Span | None) -> None:
        """Rename what is called after its period: december becomes january."""
        node = self.nodes.get(("name",))
        if node is None or old is None or new is None:
            return
        name = renamed(node.value, old, new)
        if name != node.value:
            self._replace(("name",), name)

    def set_history(self, history: Path) -> list[str]:
        """Name another history: in its own line, in its block, or instead of curves."""
        name = relative_file(history, self.target)
        node = self.nodes.get(("history",))
        if ("history", "file") in self.nodes:
            self._replace(("history", "file"), name)
        elif node is not None and isinstance(node.value, str):
            self._replace(("history",), name)
        elif node is not None:
            place = f"{self.path}, line {node.start_mark.line + 1}, history"
            raise ScenarioError(Fault(place, "it is made of several files, or a table", BY_HAND))
        elif ("curves",) in self.nodes:
            curves = self.nodes[("curves",)]
            start = self.text.rindex("curves", 0, curves.start_mark.index)
            self.edits.append(Edit(start, curves.end_mark.index, f"history: {_quoted(name)}"))
            self.changes.append(f"history: {name}, instead of curves: {curves.value}")
        else:
            self._insert("history", f"{{file: {_quoted(name)}}}")
        return [f"history.file='{relative_file(history, Path.cwd())}'"]

    def rebase(self, but: set[str]) -> None:
        """Name the same files from the new folder."""
        if self.target.resolve() == self.folder.resolve():
            return
        for path, node in self.nodes.items():
            of_list = path[:-1] if path and isinstance(path[-1], int) else path
            is_file = of_list in FILE_KEYS or path == ("extends",)
            if is_file and isinstance(node.value, str) and node.value and path[0] not in but:
                self._replace(path, self._moved(node.value))

    def _moved(self, name: str) -> str:
        return relative_file(self.folder / name, self.target)

    def _replace(self, path: KeyPath, value: str) -> None:
        node = self.nodes[path]
        self.edits.append(Edit(node.start_mark.index, node.end_mark.index, _quoted(value)))
        self.changes.append(f"{dotted(path)}: {value} (was {node.value})")

    def _insert(self, key: str, value: str) -> None:
        """A line below the one that names what the scenario extends."""
        node = self.nodes[("extends",)]
        end = self.text.find("\n", node.end_mark.index)
        line = f"\n{key}: {value}"
        if self.nodes[()].flow_style:
            place = f"{self.path}, line {node.start_mark.line + 1}"
            raise ScenarioError(
                Fault(place, "keys are not on lines of their own", "Write them so.")
            )
        end = len(self.text) if end < 0 else end
        self.edits.append(Edit(end, end, line))
        self.changes.append(f"{key}: {value} (was in the file that it extends)")


def _nodes(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every value of a file by its key path."""
    yield path, node
    if node.id == "mapping":
        for key_node, value in node.value:
            yield from _nodes(value, (*path, key_node.value))
    elif node.id == "sequence":
        for index, value in enumerate(node.value):
            yield from _nodes(value, (*path, index))


def _labels(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every month that is a key under `periods`."""
    for key, value in node.value if node.id == "mapping" else ():
        if path[:1] == ("periods",) and MONTH_LABEL.fullmatch(str(key.value)):
            yield path, key
        elif path or key.value == "periods":
            yield from _labels(value, (*path, key.value))


def _later(label: str, months: int) -> str:
    """The label of a month so many months later."""
    year, month = map(int, label.split("-"))
    years, rest = divmod(12 * year + month - 1 + months, 12)
    return f"{years}-{rest + 1:02d}"


def _quoted(value: str) -> str:
    """A text as YAML reads it back."""
    is_plain = PLAIN.fullmatch(value) and not LIKE_A_VALUE.fullmatch(value.replace("-", ""))
    if is_plain or MONTH.fullmatch(value) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return value
    return "'" + value.replace("'", "''") + "'"


def _notices(before: Definition, after: Definition) -> Iterator[str]:
    """What was not changed, and might have to be."""
    old, new = before.period, after.period
    amounts = list(_amounts(after))
    if old is not None and new is not None and old.days != new.days and amounts:
        yield (
            f"amounts stay as they are, for {new.days} days instead of {old.days}:"
            f" {', '.join(amounts)}"
        )
    if after.events:
        named = ", ".join(event.name or str(event.start) for event in after.events)
        yield f"events keep their dates: {named}"
    if WEEK_LABEL.search(repr(after.periods)):
        yield "periods: what is written for single weeks keeps its week"
    if not isinstance(after.current, Today):
        yield "current is written as amounts: 'last 28 days' would follow the history"


def _uncovered(before: Scenario, after: Scenario) -> Iterator[str]:
    """Where the history does not know the period that passed."""
    passed, declared = before.definition.period, after.definition.history
    if passed is None or passed.end is None or declared is None or declared.url or declared.tables:
        return
    from models.history.read import read_history
    from scenarios.sources.named_history import named_history

    history = read_history(named_history(after).spec)
    last = history.last_day
    if (passed.end - last).days >= history.period_days:
        name = history.source.file
        yield f"{name} ends on {last}: it does not know all of the period that passed"


def _amounts(definition: Definition) -> Iterator[str]:
    """The keys that hold an amount for the whole period."""
    budget = definition.budget
    if budget is not None and any(
        isinstance(end, float) and end for end in (budget.min, budget.max)
    ):
        yield "budget"
    blocks: list[tuple[str, Any]] = [("defaults", definition.defaults)]
    blocks += [(f"channels.{name}", rules) for name, rules in definition.channels.items()]
    blocks += [(f"groups.{name}", rules) for name, rules in definition.groups.items()]
    blocks += [("portfolio", definition.portfolio), ("target", definition.target)]
    for place, block in blocks:
        for key in (*AMOUNTS, "conversions", "revenue"):
            if getattr(block, key, None) is not None:
                yield f"{place}.{key}"
