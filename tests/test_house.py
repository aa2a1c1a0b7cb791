"""The house: imports only point down, two files know the solver, and the wheel stands alone."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("models", "optimizer", "scenarios", "budgetopt")

# The rooms from the ground up. A file may import from its own room and from what stands before it.
# Files at the root of a floor are named one by one where the floor's rooms stand between them.
ORDER = (
    *("models", "models.history", "models.curves", "models.transforms", "models.diagnostics"),
    *("models.channel_fit", "models.mix_fit", "models.fit", "models.datasets"),
    *("models.exports.cells", "models.exports", "models.exports.platforms"),
    *("models.exports.records", "models.exports.report", "models.exports.combine"),
    *("models.interchange",),
    *("optimizer.rules", "optimizer.problem", "optimizer.allocation", "optimizer.program"),
    *("optimizer.relaxation", "optimizer.search", "optimizer.risk", "optimizer.objective"),
    *("optimizer.sensitivity", "optimizer.infeasibility", "optimizer.scoring"),
    *("optimizer.allocator", "optimizer.simplest", "optimizer.evaluate", "optimizer.across"),
    "optimizer.pareto",
    *("scenarios.definition", "scenarios.language", "scenarios.plan", "scenarios.sources"),
    *("scenarios.question", "scenarios.answer", "scenarios.planning", "scenarios.analyses"),
    *(
        "scenarios.tracking",
        "scenarios.batch.work",
        "scenarios.batch",
        "scenarios.register",
        "scenarios.report.prose",
    ),
    *("scenarios.report", "scenarios.report.terminal", "scenarios.report.page"),
    *("scenarios.report.workbook", "scenarios.report.pictures", "scenarios.report.deliver"),
    "scenarios.report.batch",
    *("scenarios.serve", "scenarios.demo", "scenarios.cli.options", "scenarios.cli"),
    *("budgetopt.floors", "budgetopt.figures", "budgetopt.curves", "budgetopt.plans"),
    *("budgetopt.accounts", "budgetopt"),
)
CROWDED = {"scenarios.cli": 30}  # one file a command; elsewhere a room holds at most 16

# One name, one thing. A name that several modules bear says one thing on several floors: it is
# made here, shown there, asked for at the command line. Every other name is its module's alone.
SHARED = {
    "a command, what it computes, and how that is shown": (
        *("backtest", "check", "compare", "diff", "evaluate", "explain", "plan", "roll", "sweep"),
        *("track", "verify"),
    ),
    "made in one room, shown in another": (
        *("carryover", "next_money", "performance", "promises", "reconciliation", "risk_frontier"),
    ),
    "the curves: as files and tables, on the terminal, in notebooks": ("curves",),
    "what may be asked of a fit, and the options that ask it": ("fit_options",),
    "how a package is run": ("__main__",),
}


def unit_of(module: str) -> str:
    """The room of ORDER that a module stands in, or the module itself where it is named there."""
    while module not in ORDER:
        module = module.rpartition(".")[0]
        assert module, "a module of no room"
    return module


def modules_imported(file: Path) -> set[str]:
    """Our modules that a file imports anywhere, inside functions and for types only too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = ROOT / Path(*node.module.split("."))
            for name in node.names:
                is_module = (inside / f"{name.name}.py").exists() or (inside / name.name).is_dir()
                found.add(f"{node.module}.{name.name}" if is_module else node.module)
    return {name for name in found if name.partition(".")[0] in FLOORS}


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rooms() -> list[Path]:
    return [
        folder
        for floor in FLOORS
        for folder in sorted({file.parent for file in (ROOT / floor).rglob("*.py")})
    ]


def imported(file: Path) -> set[str]:
    """Top-level packages that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide their floor"
            found.add((node.module or "").partition(".")[0])
    return found


def sources(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def test_the_reader_of_imports_sees_them_all(tmp_path) -> None:
    file = tmp_path / "sample.py"
    file.write_text("import a.b, c\ndef f():\n    from d.e import g\nif x:\n    import h as i\n")
    assert imported(file) == {"a", "c", "d", "h"}


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_imports_only_point_down(floor: int) -> None:
    files = sources(FLOORS[floor])
    assert files
    higher = set(FLOORS[floor + 1 :]) | {"tests", "benchmarks"}
    assert {str(file): imported(file) & higher for file in files if imported(file) & higher} == {}


def test_every_unit_of_the_order_exists() -> None:
    there = {module_of(file) for file in sources(*FLOORS)}
    assert set(ORDER) - there == set()
    assert len(ORDER) == len(set(ORDER))


def test_imports_between_rooms_only_point_down() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, other in arrows()
        if ORDER.index(unit_of(module)) < ORDER.index(unit_of(other))
    ]
    assert wrong == []


def test_modules_form_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for module, other in arrows():
        below.setdefault(module, set()).add(other)
    while free := [module for module, others in below.items() if not others & set(below)]:
        for module in free:
            del below[module]
    assert sorted(below) == []


def arrows() -> list[tuple[str, str]]:
    return [
        (module_of(file), other)
        for file in sources(*FLOORS)
        for other in sorted(modules_imported(file) - {module_of(file)})
    ]


def test_a_room_has_a_face_that_lists_what_others_may_use() -> None:
    for folder in rooms():
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        assert first.endswith("."), f"{folder}: no idea is said"
    closed = []
    for module, other in arrows():
        room, _, name = other.rpartition(".")
        if (
            not room
            or room in FLOORS
            or module == room
            or module.startswith(f"{room}.")
            or room == module.rpartition(".")[0]
        ):
            continue
        if name not in face_of(room):
            closed.append(f"{module} imports {other}, which {room}.__all__ does not list")
    assert closed == []


def face_of(room: str) -> list[str]:
    tree = ast.parse((ROOT / Path(*room.split(".")) / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []


def test_no_room_is_crowded() -> None:
    crowded = {
        module: count
        for folder in rooms()
        if (count := len(list(folder.glob("*.py"))))
        > CROWDED.get(module := module_of(folder / "__init__.py"), 16)
    }
    assert crowded == {}


def test_one_name_means_one_thing() -> None:
    bearers: dict[str, list[str]] = {}
    for file in sources(*FLOORS):
        if file.stem != "__init__":
            bearers.setdefault(file.stem, []).append(module_of(file))
    shared = {name: modules for name, modules in bearers.items() if len(modules) > 1}
    allowed = [name for names in SHARED.values() for name in names]
    assert len(allowed) == len(set(allowed))
    assert {name: modules for name, modules in shared.items() if name not in allowed} == {}
    assert set(allowed) - set(shared) == set()  # a name that is shared no more leaves the list


def test_a_benchmark_bears_its_own_name_or_that_of_what_it_measures() -> None:
    ours = {file.stem for file in sources(*FLOORS)}
    measured = {"batch", "exports", "fit", "history", "periods", "segments", "warehouse"}
    benchmarks = {file.stem for file in sources("benchmarks")} - {"__init__"}
    assert benchmarks & ours == measured


def test_no_module_bears_the_name_of_something_its_package_hands_on() -> None:
    """`import optimizer.allocate` would put the module where `optimizer.allocate` is expected."""
    hidden = []
    for folder in rooms():
        modules = {file.stem for file in folder.glob("*.py")} | {
            inner.name for inner in folder.iterdir() if (inner / "__init__.py").exists()
        }
        handed = set(face_of("budgetopt")) if folder.name == "budgetopt" else set()
        for node in ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                handed.add(node.name)
            elif isinstance(node, ast.ImportFrom):
                handed |= {name.asname or name.name for name in node.names}
        hidden += [f"{folder.name}.{name}" for name in handed & modules]
    assert hidden == []


def test_tests_mirror_the_rooms() -> None:
    """A folder of tests is a room, or lies in that of a room."""
    folders = {
        test.parent.relative_to(ROOT / "tests")
        for floor in FLOORS
        for test in (ROOT / "tests" / floor).rglob("test_*.py")
    }
    here = {folder for room in rooms() for folder in [room.relative_to(ROOT)]}
    assert {str(folder) for folder in folders if not {folder, folder.parent} & here} == set()


def test_only_two_files_know_the_solver() -> None:
    knowing = [file for file in sources(*FLOORS) if "pulp" in imported(file)]
    assert {str(file.relative_to(ROOT)) for file in knowing} == {
        "optimizer/relaxation/formulate.py",
        "optimizer/relaxation/solver.py",
    }


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom scenarios.cli import main\nmain(['--help'], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = _run([sys.executable, "-c", script], ROOT).splitlines()[-1].split()
    heavy = (
        "numpy pandas scipy sklearn pulp pydantic ruamel rich jinja2 plotly sqlalchemy duckdb babel"
    )
    assert set(loaded) & set(heavy.split()) == set()


def test_every_command_explains_itself() -> None:
    """And its line in `scenarios/cli/contents.py` is the first paragraph of its help."""
    import click
    from click.testing import CliRunner

    from scenarios.cli import COMMANDS, main

    for name in COMMANDS:
        done = CliRunner().invoke(main, [name, "--help"])
        assert done.exit_code == 0
        assert done.output.startswith(f"Usage: main {name}")
        command = main.get_command(click.Context(main), name)
        said = inspect.cleandoc(command.help or "") if command else ""
        assert COMMANDS[name] == said.partition("\n\n")[0].replace("\n", " ")


def test_no_file_names_a_machine_or_a_registry() -> None:
    forbidden = re.compile(r"/(work|home|root|Users)/|pypi\.org|files\.pythonhosted|/opt/")
    known = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    text = (".py", ".md", ".toml", ".yaml", ".txt", "run")
    checked = [ROOT / name for name in known if name.endswith(text)] or sources(*FLOORS)
    found = [
        str(file)
        for file in checked
        if file.exists()
        and file != Path(__file__)
        and forbidden.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


NAMED = re.compile(
    r"(?<![\w./-])(?:models|optimizer|scenarios|benchmarks|tests)"
    r"(?:(?:/\w+)+(?:\.py)?|(?:\.(?!md\b|csv\b)\w+)+)(?![\w/-])"
)


def test_the_docs_name_only_what_is_there() -> None:
    """Modules, folders and files of ours, as paths or dotted; names may follow their module."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    gone = [
        f"{page.name}: {name}"
        for page in pages
        for name in NAMED.findall(page.read_text(encoding="utf-8"))
        if not _is_ours(name)
    ]
    assert gone == []


def _is_ours(name: str) -> bool:
    place = ROOT.joinpath(*re.split(r"[./]", name.removesuffix(".py")))
    if place.exists():
        return True
    module = place.with_suffix(".py")
    while not module.exists() and module.parent != ROOT:
        module = module.parent.with_suffix(".py")
    return module.exists()


def test_the_wheel_stands_alone(tmp_path) -> None:
    """Built, installed into an empty environment outside the checkout, it plans the sample."""
    wheels, home, away = tmp_path / "wheels", tmp_path / "venv", tmp_path / "away"
    away.mkdir()
    copy = tmp_path / "source"  # building leaves files behind, and old ones slip into wheels
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info"))
    _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, copy], away)
    (wheel,) = wheels.glob("*.whl")
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ["install", "-q", "--no-compile", "--disable-pip-version-check"]
    _run([python, "-m", "pip", *options, wheel], away)
    budgetopt = python.with_name("budgetopt")
    assert "Usage: budgetopt" in _run([budgetopt, "--help"], away)
    assert "Proof: no plan under these rules can beat this" in _run([budgetopt, "demo"], away)


def _run(command: list, folder: Path) -> str:
    outside = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
