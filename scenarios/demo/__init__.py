"""The sample workspace: a simulated history and scenarios to start from.

`history.csv` is the table of `models.datasets.simulated_channels.sample_history()`, stored so that
it is the same on every machine. `python -m scenarios.demo` prints it anew; a test compares the two.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from models.errors import Fault, InputError
from models.files import write_whole

SCHEMA = "scenario.schema.json"
FILES = ("history.csv", "base.yaml", "growth.yaml", "efficiency.yaml", "quarter.yaml", SCHEMA)
START = "base.yaml"


def write(folder: Path, replace: bool = False) -> tuple[str, ...]:
    """Write the workspace into a folder, which is made if need be; returns the files' names.

    Raises
    ------
    InputError : the folder is a file, or holds a file of one of these names and `replace` is off
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(Fault(str(folder), "this is a file, not a folder", "Name a new folder."))
    if not replace:
        remedy = "Name another folder, or use --force to replace it."
        there = [folder / name for name in FILES if (folder / name).exists()]
        if there:
            raise InputError(Fault(str(path), "it exists already", remedy) for path in there)
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        write_whole(folder / name, content(name))
    return FILES


def content(name: str) -> str:
    """The text of one of `FILES`."""
    if name == SCHEMA:
        from scenarios.definition.reference import json_schema

        return json_schema()
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
