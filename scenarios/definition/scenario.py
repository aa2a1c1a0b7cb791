"""A scenario: what its file and the command line say, checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from models.errors import Fault, ScenarioError
from scenarios.definition.definition import Definition
from scenarios.definition.extends import load_layers, with_settings
from scenarios.definition.faults import faults_of
from scenarios.definition.located_yaml import Tree


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


def _checked(tree: Tree, folder: Path, name: str, settings: tuple[str, ...]) -> Scenario:
    try:
        definition = Definition.model_validate(tree.data)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, tree, Definition)) from None
    return Scenario(definition, tree, folder, definition.name or name, settings)
