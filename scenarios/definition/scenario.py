"""A scenario: what its file and the command line say, checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from models.errors import Fault, ScenarioError
from scenarios.definition.definition import Definition
from scenarios.definition.extends import load_layers, with_settings
from scenarios.definition.faults import faults_of
from scenarios.definition.history_blocks import SOURCES
from scenarios.definition.located_yaml import KeyPath, Place, Tree

AT_HAND = "account"  # what a template calls the history that each account has of its own


@dataclass(frozen=True)
class Scenario:
    """A question, as written.

    Parameters
    ----------
    definition : what was written, in the program's terms
    tree : where each part of it was written, for messages
    folder : the files that it names are relative to this
    name : what answers call it
    settings : the ``key=value`` settings on top of the files
    """

    definition: Definition
    tree: Tree
    folder: Path
    name: str
    settings: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path, settings: Sequence[str] = ()) -> Scenario:
        """Read a scenario file, the files it extends, and ``key=value`` settings on top.

        Raises
        ------
        ScenarioError : with every fault, each with its file, line and column
        """
        path = Path(path)
        return _checked(load_layers(path, settings), path.parent, path.stem, tuple(settings))

    @classmethod
    def of(cls, keys: Mapping[str, Any], folder: str | Path = ".") -> Scenario:
        """A scenario from the keys of its file, written in Python.

        Without `history` and `curves` it is meant for curves at hand.

        Parameters
        ----------
        keys : as in the file, e.g. ``{"budget": 120_000, "channels": {"tv": {"locked": True}}}``
        folder : the files that it names are relative to this

        Raises
        ------
        ScenarioError : with every fault, each with its key
        """
        places: dict[KeyPath, Place] = {}
        data = _plain(dict(keys), (), places)
        if "history" not in data and "curves" not in data:
            data["curves"] = "curves at hand"
        return _checked(Tree(data, places, places), Path(folder), "scenario", ())

    @classmethod
    def template(
        cls,
        source: str | Path | Mapping[str, Any],
        settings: Sequence[str] = (),
        total: float | None = None,
    ) -> Scenario:
        """A scenario without a history of its own, to be asked of many accounts.

        Its `history` may say what the columns mean, but names no file.

        Parameters
        ----------
        source : a scenario file, or its keys, written in Python
        settings : ``key=value``, on top
        total : one budget of all accounts: then a budget is a range, by default up to all of it

        Raises
        ------
        ScenarioError : as `load`; also where it names a history or curves, or an amount as budget
            where there is one budget of all
        """
        if isinstance(source, Mapping):
            places: dict[KeyPath, Place] = {}
            tree = Tree(_plain(dict(source), (), places), places, places)
            tree, folder, name = with_settings(tree, settings, Path()), Path(), "template"
        else:
            path = Path(source)
            tree, folder, name = load_layers(path, settings), path.parent, path.stem
        columns = tree.data.get("history") or {}
        named = [] if isinstance(columns, Mapping) else [("history",)]
        named += [("history", key) for key in (*SOURCES, "query", "exports") if key in columns]
        named += [("curves",)] if "curves" in tree.data else []
        if named:
            remedy = "The accounts' histories stand in its place: remove it."
            raise ScenarioError(
                tree.fault(path, "a template names no history of its own", remedy) for path in named
            )
        data = {**tree.data, "history": {**columns, "file": AT_HAND}}
        if total is not None:
            data.setdefault("budget", {"min": 0.0, "max": total})
        found = _checked(replace(tree, data=data), folder.absolute(), name, tuple(settings))
        budget = found.definition.budget
        if total is not None and (budget is None or budget.min == budget.max):
            problem = "with one budget for all accounts (--total), that of each is a range"
            remedy = "Leave 'budget' out, or write budget: {min: ..., max: ...}."
            raise ScenarioError(tree.fault(("budget",), problem, remedy))
        return found

    def changed(self, *settings: str) -> Scenario:
        """The same scenario with further ``key=value`` settings.

        Raises
        ------
        ScenarioError : as `load`
        """
        tree = with_settings(self.tree, settings, self.folder)
        return _checked(tree, self.folder, self.name, (*self.settings, *settings))

    @property
    def sha256(self) -> str:
        """Hash of what it says; comments, order of keys and extended files do not matter."""
        text = json.dumps(self.tree.data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def with_variants(base: Scenario, variants: Sequence[tuple[str, Sequence[str]]]) -> list[Scenario]:
    """A scenario, and its variants by name, each with its ``key=value`` settings on top.

    Raises
    ------
    ScenarioError : with the faults of all the variants
    """
    found, faults = [base], list[Fault]()
    for name, settings in variants:
        try:
            found.append(replace(base.changed(*settings), name=name))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(dict.fromkeys(faults))
    return found


def load_all(paths: Sequence[Path], settings: Sequence[str] = ()) -> list[Scenario]:
    """Several scenario files with the same settings on top.

    Raises
    ------
    ScenarioError : with the faults of all the files
    """
    found: list[Scenario] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(Scenario.load(path, settings))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(dict.fromkeys(faults))
    return found


def _plain(value: Any, path: KeyPath, places: dict[KeyPath, Place]) -> Any:
    """A Python value as a file would hold it; the place of everything in it is the scenario."""
    places[path] = Place("scenario")
    if isinstance(value, Mapping):
        return {str(key): _plain(one, (*path, str(key)), places) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, (*path, number), places) for number, one in enumerate(value)]
    if hasattr(value, "item"):  # a number of NumPy's
        return value.item()
    return str(value) if isinstance(value, date | PurePath) else value


def _checked(tree: Tree, folder: Path, name: str, settings: tuple[str, ...]) -> Scenario:
    try:
        definition = Definition.model_validate(tree.data)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, tree, Definition)) from None
    return Scenario(definition, tree, folder, definition.name or name, settings)
