"""The page of the house, from the imports: its rooms, what each is for, and what it rests on.

python -m tests.support.architecture          writes docs/explanation/architecture.md
python -m tests.support.architecture sizes    prints every room's files and lines
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tests.test_house import FLOORS, ORDER, ROOT, arrows, module_of, sources, unit_of

PAGE = ROOT / "docs" / "explanation" / "architecture.md"
HEAD = """\
# The house

`models` (what history says) <- `optimizer` (curves and rules to a proven optimum) <- `scenarios`
(questions, answers, reports, commands) <- `budgetopt` (the face for those who import). Rooms stand
from the ground up: a room imports only from rooms above it in these tables, and only what they list
in `__all__`; `tests/test_house.py` holds that. Written from the imports by
`python -m tests.support.architecture`.
"""


def page() -> str:
    """The whole page."""
    below: dict[str, set[str]] = {unit: set() for unit in ORDER}
    for module, other in arrows():
        below[unit_of(module)].add(unit_of(other))
    parts = [HEAD]
    for floor in FLOORS:
        units = [unit for unit in ORDER if unit.split(".")[0] == floor]
        rows = [f"| `{unit}` | {_idea(unit)} | {_nearest(below, unit)} |" for unit in units]
        head = ["| room | what it is | rests on |", "|---|---|---|"]
        parts.append("\n".join([f"## {floor}\n", *head, *rows]) + "\n")
    return "\n".join(parts)


def sizes() -> str:
    """Every room with its files and lines."""
    files: dict[str, list[Path]] = {unit: [] for unit in ORDER}
    for file in sources(*FLOORS):
        module = module_of(file)
        if module in ORDER or module not in FLOORS:  # a floor's own face may be in no room
            files[unit_of(module)].append(file)
    return "\n".join(
        f"{unit:<28} {len(found):>3} {sum(map(_lines, found)):>6,}" for unit, found in files.items()
    )


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _idea(unit: str) -> str:
    """The first line of a room's or a module's docstring."""
    path = ROOT / Path(*unit.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ").rstrip(".").replace("|", "\\|")


def _nearest(below: dict[str, set[str]], unit: str) -> str:
    """What a room imports from, but for what one of those rooms rests on by itself."""
    direct = below[unit] - {unit}
    deeper = set().union(*(_all_below(below, other) for other in direct))
    return ", ".join(f"`{other}`" for other in ORDER if other in direct - deeper)


def _all_below(below: dict[str, set[str]], unit: str) -> set[str]:
    found = below[unit] - {unit}
    return found.union(*(_all_below(below, other) for other in found))


if __name__ == "__main__":
    if sys.argv[1:] == ["sizes"]:
        print(sizes())
    else:
        PAGE.write_text(page(), encoding="utf-8")
