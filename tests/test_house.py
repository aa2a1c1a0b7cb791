"""The house: imports only point down, two files know the solver, and the wheel stands alone."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("models", "optimizer", "scenarios")


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


def test_only_two_files_know_the_solver() -> None:
    knowing = [file for file in sources(*FLOORS) if "pulp" in imported(file)]
    assert {file.parent.name for file in knowing} == {"optimizer"}
    assert len(knowing) == 2


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom scenarios.cli import main\nmain(['--help'], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = _run([sys.executable, "-c", script], ROOT).splitlines()[-1].split()
    heavy = "numpy pandas scipy sklearn pulp pydantic ruamel rich plotly sqlalchemy duckdb babel"
    assert set(loaded) & set(heavy.split()) == set()


def test_every_command_explains_itself() -> None:
    from click.testing import CliRunner

    from scenarios.cli import COMMANDS, main

    for name in COMMANDS:
        done = CliRunner().invoke(main, [name, "--help"])
        assert done.exit_code == 0
        assert done.output.startswith(f"Usage: main {name}")


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
