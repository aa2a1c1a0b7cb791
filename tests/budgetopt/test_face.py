"""The public face: its names, what importing it loads, and what it says where ours are shadowed."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import budgetopt as bo

ROOT = Path(bo.__file__).parents[1]
NAMES = {
    *("read_history", "fit_curves", "load_curves", "save_curves", "History", "CurveSet"),
    *("ResponseCurve", "Problem", "Rule", "Budget", "allocate", "Scenario", "run", "Plan"),
    *("load_plan", "plan_many", "BudgetoptError", "__version__"),
}


def python(*arguments: str, path: list[Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python with these folders before all others."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_names_are_those_promised_and_all_are_there() -> None:
    assert set(dir(bo)) == set(bo.__all__) == NAMES
    for name in NAMES:
        assert getattr(bo, name) is getattr(importlib.import_module(bo._HOMES[name]), name)


def test_what_type_checkers_read_is_what_is_loaded() -> None:
    found = {}
    for node in ast.walk(ast.parse(Path(bo.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {name.asname: node.module for name in node.names if name.asname}
    assert found == bo._HOMES
    assert Path(bo.__file__).with_name("py.typed").exists()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'budgetopt' has no attribute 'fit_curve'"):
        _ = bo.fit_curve  # type: ignore[attr-defined]


def test_every_error_of_ours_is_caught_by_one_name(tmp_path) -> None:
    for refused in (bo.load_curves, bo.load_plan, bo.Scenario.load, bo.read_history):
        with pytest.raises(bo.BudgetoptError, match=r"no\.file"):
            refused(tmp_path / "no.file")


def test_importing_loads_nothing_but_the_face_itself(tmp_path) -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\nimport budgetopt\n"
        "print(*sorted(name for name in set(sys.modules) - before"
        " if name.partition('.')[0] not in sys.stdlib_module_names))"
    )
    done = python("-c", script, path=[ROOT], cwd=tmp_path)
    assert done.stdout.split() == ["budgetopt", "budgetopt.floors"], done.stderr


@pytest.mark.parametrize("what", ["module", "package", "already imported"])
def test_a_shadow_is_named_with_its_place_and_what_to_do(tmp_path, what) -> None:
    file = tmp_path / "models.py"
    if what == "package":
        file = tmp_path / "models" / "__init__.py"
        file.parent.mkdir()
    file.write_text("")
    script = "import models, budgetopt" if what == "already imported" else "import budgetopt"
    done = python("-c", script, path=[tmp_path, ROOT], cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: budgetopt needs its own package 'models', but Python finds another one: "
        f"{file}. Rename that one, or keep its folder off Python's path (start Python elsewhere, "
        "take the folder out of PYTHONPATH, or give budgetopt an environment of its own); then "
        "start Python anew."
    )


def test_all_shadows_are_named_at_once_and_the_command_says_so_too(tmp_path) -> None:
    for name in ("optimizer.py", "scenarios.py"):
        (tmp_path / name).write_text("")
    done = python("-m", "budgetopt", "--help", path=[tmp_path, ROOT], cwd=tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / "optimizer.py") in done.stderr
    assert str(tmp_path / "scenarios.py") in done.stderr


def test_a_folder_of_files_called_models_is_no_shadow(tmp_path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "weights.txt").write_text("")
    done = python("-c", "import budgetopt", path=[tmp_path, ROOT], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_floor_is_said_to_be_missing(tmp_path) -> None:
    """As where only a part of what belongs together was copied."""
    (tmp_path / "budgetopt").symlink_to(ROOT / "budgetopt", target_is_directory=True)
    script = "import sys; sys.path[:] = [p for p in sys.path if p != sys.argv[1]]; import budgetopt"
    done = python("-S", "-c", script, str(ROOT), path=[tmp_path], cwd=tmp_path)
    assert done.returncode == 1
    assert "budgetopt lacks its own package 'models': install budgetopt anew." in done.stderr


def test_the_package_is_the_command_too(tmp_path) -> None:
    done = python("-m", "budgetopt", "--version", path=[ROOT], cwd=tmp_path)
    assert done.stdout == f"budgetopt, version {bo.__version__}\n"
