"""From plan files to the files that people are given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, InputError
from scenarios.language import Language
from scenarios.plan import Plan, load

if TYPE_CHECKING:
    from scenarios.report.frontier import SweepDocument


@dataclass(frozen=True)
class PlanFile:
    """A plan, and the hash of the file it was read from."""

    plan: Plan
    sha256: str


def read_plans(paths: Iterable[Path]) -> list[PlanFile]:
    """All plans; PlanError with the faults of all that cannot be read."""
    found, faults = [], []
    for path in paths:
        try:
            plan = load(path)
        except InputError as error:
            faults += error.faults
        else:
            found.append(PlanFile(plan, hashlib.sha256(path.read_bytes()).hexdigest()))
    if faults:
        raise InputError(faults)
    return found


def deliver(
    files: Sequence[PlanFile],
    targets: Mapping[str, Path | None],
    force: bool = False,
    sweep: SweepDocument | None = None,
    spoken: Language | None = None,
) -> list[Path]:
    """Write the reports that were asked for; none of them if one may not be written.

    Parameters
    ----------
    targets : file by kind, "xlsx", "html", "markdown"; None: not asked for
    force : replace files that exist
    sweep : drawn on the page
    spoken : English unless given

    Raises
    ------
    InputError : a target exists, or its folder does not
    OSError : the machine cannot write it; what was there stays as it was
    """
    wanted = {kind: path for kind, path in targets.items() if path is not None}
    free_to_write(wanted.values(), force)
    contents = {path: MAKERS[kind](files, sweep, spoken) for kind, path in wanted.items()}
    from models.files import write_whole

    for path, content in contents.items():
        write_whole(path, content)
    return list(contents)


def free_to_write(paths: Iterable[Path], force: bool) -> None:
    """Refuse targets that exist, all at once, before any work is done."""
    faults = []
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            faults.append(Fault(str(path), "this is a folder", "Name a file in it."))
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
        problem = f"this needs the package {error.name}, which is not installed"
        raise InputError(Fault("", problem, f"pip install 'budgetopt[{name}]'.")) from None


Files = Sequence[PlanFile]
Maker = Callable[[Files, "SweepDocument | None", Language | None], str | bytes]


def _workbook(files: Files, _: SweepDocument | None, spoken: Language | None) -> bytes:
    with extra("report"):
        from scenarios.report.workbook import workbook

        return workbook([file.plan for file in files], files[0].sha256, spoken)


def _page(files: Files, sweep: SweepDocument | None, spoken: Language | None) -> str:
    with extra("report"):
        from scenarios.report.page import page

        return page([file.plan for file in files], files[0].sha256, sweep, spoken)


def _markdown(files: Files, _: SweepDocument | None, spoken: Language | None) -> str:
    """The plans as Markdown, one below the other."""
    from scenarios.report.text import markdown

    return "\n".join(markdown(file.plan, spoken) for file in files)


MAKERS: dict[str, Maker] = {"xlsx": _workbook, "html": _page, "markdown": _markdown}
