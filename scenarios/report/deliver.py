"""From plan files to the files that people are given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import InputError
from models.visible import visible
from scenarios.language.language import Language
from scenarios.plan.plan import Plan, load
from scenarios.report.output_paths import extra, free_to_write

if TYPE_CHECKING:
    from scenarios.report.page.sweep import SweepDocument


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
    targets : file by kind, "xlsx", "html", "pdf", "markdown"; None: not asked for
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
        # A plan file may come from a stranger: whatever it calls things, nothing of it hides.
        write_whole(path, visible(content) if isinstance(content, str) else content)
    return list(contents)


Files = Sequence[PlanFile]
Maker = Callable[[Files, "SweepDocument | None", Language | None], str | bytes]


def _workbook(files: Files, _: SweepDocument | None, spoken: Language | None) -> bytes:
    with extra("report"):
        from scenarios.report.workbook.workbook import workbook

        return workbook([file.plan for file in files], files[0].sha256, spoken)


def _page(files: Files, sweep: SweepDocument | None, spoken: Language | None) -> str:
    with extra("report"):
        from scenarios.report.page.page import page

        return page([file.plan for file in files], files[0].sha256, sweep, spoken)


def _markdown(files: Files, _: SweepDocument | None, spoken: Language | None) -> str:
    """The plans as Markdown, one below the other."""
    from scenarios.report.markdown import markdown

    return "\n".join(markdown(file.plan, spoken) for file in files)


def _pdf(files: Files, sweep: SweepDocument | None, spoken: Language | None) -> bytes:
    from scenarios.report.pdf import pdf

    return pdf(_page(files, sweep, spoken))


MAKERS: dict[str, Maker] = {"xlsx": _workbook, "html": _page, "pdf": _pdf, "markdown": _markdown}
