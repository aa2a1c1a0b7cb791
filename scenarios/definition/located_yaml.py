"""YAML to plain data that remembers where each value was written."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError
from models.visible import UNSEEN, visible

KeyPath = tuple[str | int, ...]

MOST_BYTES = 1_000_000
MOST_VALUES = 20_000  # after aliases are followed: a few lines of them can stand for billions
DEEPEST = 40
LARGEST = 1e30  # a number that no amount, share or count comes near
LIKE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Place:
    """A point in a file; line and column count from 1. Without a line: a command-line option."""

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.line is None:
            return self.source
        return f"{self.source}, line {self.line}, column {self.column}"


@dataclass(frozen=True)
class Tree:
    """Mappings, lists and scalars as read, and the place of each key and of each value.

    `files` are the name and the SHA-256 of each file that it was read from.
    """

    data: dict[str, Any]
    keys: Mapping[KeyPath, Place] = field(default_factory=dict)
    values: Mapping[KeyPath, Place] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()

    def at(self, path: KeyPath) -> Any:
        """The value at `path` as written; None where nothing is."""
        found: Any = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def fault(self, path: KeyPath, problem: str, remedy: str = "", *, key: bool = False) -> Fault:
        """A fault at `path`, or at its nearest part that was written down.

        Parameters
        ----------
        key : point at the key rather than at its value
        """
        places = self.keys if key else self.values
        while path and path not in places:
            path = path[:-1]
        if path not in places:
            return Fault("", problem, remedy)
        where = f"{places[path]}, {dotted(path)}" if path else places[path].source
        return Fault(where, problem, remedy)


def dotted(path: KeyPath) -> str:
    """A key path as people write it: ``channels.tv.change[0]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = f"'{step}'" if "." in step else step
            text += f".{name}" if text else name
    return text


def read_tree(path: str | Path, shown_as: str | None = None) -> Tree:
    """Read a YAML file whose top is a mapping.

    Raises
    ------
    ScenarioError : it cannot be read, is not UTF-8, not YAML, or not a mapping
    """
    shown = shown_as or str(path)
    raw = _bytes(Path(path), shown)
    tree = parse_tree(_decoded(raw, shown), shown)
    return replace(tree, files=((shown, hashlib.sha256(raw).hexdigest()),))


def parse_tree(text: str, source: str) -> Tree:
    """Parse YAML whose top is a mapping; see `read_tree`."""
    node = compose(text, source)
    if node is None:
        raise ScenarioError(
            Fault(source, "the file is empty", "`budgetopt init` writes one to start from.")
        )
    walk = _Walk(source)
    data = walk.read(node, (), 0)
    if not isinstance(data, dict):
        walk.faults.append(
            Fault(source, "this is not a scenario: 'key: value' lines are expected at the top")
        )
    if walk.faults:
        raise ScenarioError(walk.faults)
    return Tree(data, walk.keys, walk.values)


def parse_value(text: str, source: str) -> Any:
    """One YAML value from a command line, such as ``5000``, ``+10%`` or ``[-20%, +30%]``."""
    walk = _Walk(source)
    try:
        node = compose(text, source)
        value = None if node is None else walk.read(node, (), 0)
    except ScenarioError as error:
        walk.faults += error.faults
        value = None
    if walk.faults:
        # Lines and columns of so short a text help nobody.
        raise ScenarioError(Fault(source, fault.problem, fault.remedy) for fault in walk.faults)
    return value


def read_text(path: Path) -> str:
    """The text of a small file that a person wrote; ScenarioError as for `read_tree`."""
    return _decoded(_bytes(path, str(path)), str(path))


def _bytes(path: Path, shown: str) -> bytes:
    if path.is_dir():
        raise ScenarioError(Fault(shown, "this is a folder", "Name a file in it."))
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError(Fault(shown, "there is no such file")) from None
    except OSError as error:
        raise ScenarioError(Fault(shown, f"it cannot be read: {error.strerror}")) from None
    if len(raw) > MOST_BYTES:
        raise ScenarioError(Fault(shown, "it is larger than 1 MB", "Is it the history?"))
    return raw


def _decoded(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{raw[error.start]:02x}"
        raise ScenarioError(
            Fault(f"{shown}, line {line}", f"it is not UTF-8 text ({byte})", "Save it as UTF-8.")
        ) from None


def compose(text: str, source: str) -> Any:
    """The nodes of YAML text, which know where they stand; ScenarioError where it is not YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
        problem = error.problem or error.context or "it is not YAML"
        remedy = "A tab cannot indent: use spaces." if "'\\t'" in problem else ""
        raise ScenarioError(Fault(str(place), f"this is not YAML: {problem}", remedy)) from None
    except YAMLError as error:
        raise ScenarioError(Fault(source, f"this is not YAML: {_one_line(error)}")) from None
    except RecursionError:
        raise ScenarioError(Fault(source, "it is nested too deeply")) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    value = int(digits, 0) if digits.lstrip("+-")[:2] in ("0x", "0o", "0b") else int(digits)
    if abs(value) > LARGEST:
        raise ValueError
    return value


def _float(text: str) -> float:
    plain = text.replace("_", "").lower()
    value = float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    if LARGEST < abs(value) < math.inf:
        raise ValueError
    return value


def _text(text: str) -> str:
    """A text of whole characters: YAML can write half of one, which no file can hold."""
    text.encode()
    return text


SCALARS: dict[str, Callable[[str], Any]] = {
    "str": _text,
    "timestamp": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() in ("true", "yes", "on", "y"),
    "int": _integer,
    "float": _float,
}


class _Walk:
    """One pass over the composed nodes, collecting places and faults."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.count = 0

    def read(self, node: Any, path: KeyPath, depth: int) -> Any:
        place = self._place(node)
        self.values[path] = place
        self.count += 1
        if self.count > MOST_VALUES or depth > DEEPEST:
            # Nothing after this is worth reading: the file is a trap or no scenario.
            what = "too many values" if depth <= DEEPEST else "values nested too deeply"
            remedy = "Write out what its aliases (*name) stand for."
            raise ScenarioError(Fault(str(place), f"the file holds {what}", remedy))
        if node.tag == f"{TAG}map":
            return self._mapping(node, path, depth)
        if node.tag == f"{TAG}seq":
            return [self.read(item, (*path, i), depth + 1) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: Any, path: KeyPath, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node.value, str):
                self.faults.append(Fault(str(place), "a key must be a name, not a list"))
                continue
            name = unicodedata.normalize("NFC", key_node.value)
            if UNSEEN.search(name):
                problem = f"the key '{visible(name)}' holds characters that do not show"
                self.faults.append(Fault(str(place), problem, "Write it without them."))
                continue
            below = (*path, name)
            if name in data:
                first = self.keys[below]
                self.faults.append(
                    Fault(f"{place}, {dotted(below)}", f"the key is already in line {first.line}")
                )
                continue
            self.keys[below] = place
            data[name] = self.read(value_node, below, depth + 1)
        return data

    def _scalar(self, node: Any, path: KeyPath) -> Any:
        kind = str(node.tag).removeprefix(TAG)
        problem, remedy = "", "Remove it."
        try:
            if kind != "float" or not LIKE_THOUSANDS.fullmatch(node.value):
                if kind in ("int", "float") and node.value.startswith("+"):
                    return node.value  # a sign that says "more than today" is not lost
                return SCALARS[kind](node.value)
            whole, thousands = node.value.split(".")
            problem = f"{node.value} may mean {whole}{thousands} or {float(node.value):g}"
            remedy = f"Write {whole}{thousands}, or {node.value}0."
        except KeyError:
            problem = f"the tag {node.tag} is not allowed"
        except UnicodeEncodeError:
            problem = "the text holds half a character"
        except ValueError:
            problem = f"'{node.value[:40]}' cannot be read as {kind}"
        self.faults.append(Fault(f"{self._place(node)}, {dotted(path)}", problem, remedy))
        return None

    def _place(self, node: Any) -> Place:
        return Place(self.source, node.start_mark.line + 1, node.start_mark.column + 1)
