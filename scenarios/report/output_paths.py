"""Writing files that people are given: whole or not at all, and over nothing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from models.errors import Fault, InputError
from models.extras import lacking
from models.phrases import said


def free_to_write(paths: Iterable[Path], force: bool) -> None:
    """Refuse targets that exist, all at once, before any work is done."""
    faults = []
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            faults.append(Fault(str(path), "this is a folder", "Name a file in it."))
        elif path.exists() and not path.is_file():
            faults.append(Fault(str(path), "this is no regular file", "Name another file."))
        elif path.exists() and not force:
            faults.append(Fault(str(path), "this file exists", "--force replaces it."))
        elif not path.parent.is_dir():
            problem = f"the folder {path.parent} does not exist"
            faults.append(Fault(str(path), problem, "Create it first."))
        elif path.resolve() in seen:
            faults.append(Fault(str(path), "two reports cannot be one file", "Name another."))
        seen.add(path.resolve())
    if faults:
        raise InputError(faults)


@contextmanager
def extra(name: str):
    """What is in this block needs the packages of one of the distribution's extras."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(Fault("", *lacking(said("this"), error.name, name))) from None
