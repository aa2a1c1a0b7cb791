"""A scenario file on top of those it extends, and the command line on top of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError, nearest
from models.passwords import without_passwords
from scenarios.definition.located_yaml import KeyPath, Place, Tree, parse_value, read_tree

LONGEST_CHAIN = 20
FILE_KEYS: tuple[KeyPath, ...] = (
    *(("history",), ("history", "file"), ("history", "files"), ("history", "tables")),
    *(("history", "exports", "channels"), ("curves",)),
    *(("fit", "weights"), ("fit", "lift_tests")),
)


def load_layers(path: Path, settings: Sequence[str]) -> Tree:
    """The tree of a scenario file with everything it extends and every `key=value` setting.

    Files that it names are relative to the file that names them, and come out relative to the
    folder of `path`; those in settings are relative to the working folder.

    Raises
    ------
    ScenarioError : a file cannot be read, extends itself, or a setting is malformed
    """
    layers = _chain(path)
    tree = layers.pop()
    while layers:
        tree = merge(tree, layers.pop())
    tree = with_settings(tree, settings, path.parent)
    return replace(tree, data={k: v for k, v in tree.data.items() if k != "extends"})


def with_settings(tree: Tree, settings: Sequence[str], folder: Path) -> Tree:
    """The tree with ``key=value`` settings on top, the later over the earlier.

    Raises
    ------
    ScenarioError : with every malformed setting
    """
    faults: list[Fault] = []
    for setting in settings:
        try:
            tree = merge(tree, _setting(setting, folder))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return tree


def _chain(path: Path) -> list[Tree]:
    """The scenario's own tree, then the one it extends, and so on."""
    layers: list[Tree] = []
    seen: list[Path] = []
    file, shown = path, str(path)
    while True:
        real = file.resolve()
        if real in seen:
            names = " -> ".join(step.name for step in [*seen[seen.index(real) :], real])
            raise ScenarioError(layers[-1].fault(("extends",), f"it extends itself: {names}"))
        if len(seen) == LONGEST_CHAIN:
            raise ScenarioError(
                layers[-1].fault(("extends",), f"the chain is longer than {LONGEST_CHAIN} files")
            )
        tree = read_tree(file, shown) if not layers else _read_base(file, shown, layers[-1])
        seen.append(real)
        layers.append(_relative_to(tree, file.parent, path.parent))
        base = tree.data.get("extends")
        if base is None:
            return layers
        if not isinstance(base, str):
            raise ScenarioError(tree.fault(("extends",), "it does not name a file"))
        file = file.parent / base
        shown = os.path.normpath(file)


def _read_base(file: Path, shown: str, child: Tree) -> Tree:
    if not file.is_file():
        siblings = [other.name for other in file.parent.glob("*.y*ml")]
        near = nearest(file.name, siblings)
        hint = f"Did you mean '{near}'?" if near else ""
        raise ScenarioError(child.fault(("extends",), f"there is no file {shown}", hint))
    return read_tree(file, shown)


def _setting(text: str, folder: Path) -> Tree:
    """A tree of one value, from ``channels.tv.min_spend=5000``."""
    source = without_passwords(f"--set {text}")
    key, equals, value = text.partition("=")
    path = split_key(key)
    if not equals or not all(path):
        raise ScenarioError(
            Fault(source, "this is not key=value", "Write it as channels.tv.min_spend=5000.")
        )
    place = Place(source)
    data: Any = parse_value(value, source)
    for step in reversed(path):
        data = {step: data}
    steps = [tuple(path[:n]) for n in range(1, len(path) + 1)]
    tree = Tree(data, dict.fromkeys(steps, place), {**dict.fromkeys(steps, place), (): place})
    return _relative_to(tree, Path.cwd(), folder)


def split_key(key: str) -> list[str]:
    """``channels.tv.min_spend`` in steps; a name that has a dot in it stands in quotes."""
    steps, step, quote = [], "", ""
    for character in key.strip():
        if quote:
            quote, step = ("", step) if character == quote else (quote, step + character)
        elif character in "'\"":
            quote = character
        elif character == ".":
            steps.append(step)
            step = ""
        else:
            step += character
    return [*steps, step]


def _relative_to(tree: Tree, written_in: Path, folder: Path) -> Tree:
    """The tree with the files that it names relative to `folder`."""
    data = tree.data
    for path in FILE_KEYS:
        name = tree.at(path)
        if isinstance(name, str) and name:
            data = _replaced(data, path, relative_file(written_in / name, folder))
        elif isinstance(name, list):
            files = [relative_file(written_in / str(one), folder) for one in name]
            data = _replaced(data, path, files)
    files = tuple((relative_file(Path(name), folder), digest) for name, digest in tree.files)
    return replace(tree, data=data, files=files)


def relative_file(file: Path, folder: Path) -> str:
    """How `file` is called from `folder`; a file of another drive keeps its full name."""
    try:
        name = os.path.relpath(file, folder)
    except ValueError:
        name = str(file.resolve())
    return Path(name).as_posix()


def _replaced(data: dict[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    step, *below = path
    if not below:
        return {**data, str(step): value}
    return {**data, str(step): _replaced(data[str(step)], tuple(below), value)}


def merge(base: Tree, top: Tree) -> Tree:
    """`top` over `base`: blocks key by key, anything else as a whole; an empty value removes."""
    replaced: list[KeyPath] = []
    data = _merged(base.data, top.data, (), replaced)

    def kept(places: Mapping[KeyPath, Place]) -> dict[KeyPath, Place]:
        return {
            path: place
            for path, place in places.items()
            if not any(path[: len(gone)] == gone for gone in replaced)
        }

    keys, values = kept(base.keys), kept(base.values)
    return Tree(data, {**keys, **top.keys}, {**values, **top.values}, (*base.files, *top.files))


def _merged(base: dict, top: dict, path: KeyPath, replaced: list[KeyPath]) -> dict[str, Any]:
    data = dict(base)
    for key, value in top.items():
        here = (*path, key)
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            data[key] = _merged(base[key], value, here, replaced)
            continue
        replaced.append(here)
        data[key] = value
        if value is None and key in base:
            del data[key]
    # What replaces one way to say a thing replaces the other way too.
    for one, other in (("history", "curves"), ("curves", "history")):
        if not path and one in top and one in data and other not in top:
            data.pop(other, None)
            replaced.append((other,))
    return data
