"""What needs an extra says so in one way."""

import ast
import re
import tomllib
from pathlib import Path
from typing import TypeGuard

from models.extras import SAVE_AS_CSV, lacking
from models.phrases import said
from tests.support.readme import ROOT

FLOORS = ("models", "optimizer", "scenarios", "budgetopt")


def test_problem_and_remedy() -> None:
    problem, remedy = lacking(said("reading XLSX"), "openpyxl", "excel", SAVE_AS_CSV)
    assert problem == "reading XLSX needs the package openpyxl, which is not installed"
    assert remedy == "Run pip install 'budgetopt[excel]', or save the file as CSV"
    assert lacking(said("drawing"), "x", "pictures")[1] == "Run pip install 'budgetopt[pictures]'"


def test_nothing_else_words_it() -> None:
    wording = re.compile(r"(?:pip install|Install) '?budgetopt\[")
    files = [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")]
    found = {
        str(file.relative_to(ROOT)) for file in files if wording.search(file.read_text("utf-8"))
    }
    assert found == {str(Path("models") / "extras.py")}


def test_every_extra_that_is_named_exists() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    named = set()
    for file in (file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")):
        for call in (n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if _is_call(n)):
            place = {"lacking": 2, "extra": 0}.get(ast.unparse(call.func))
            name = call.args[place] if place is not None else None
            if isinstance(name, ast.Constant):
                named |= set(str(name.value).split(","))
    assert {"excel", "parquet", "report", "team"} <= named <= set(extras)


def _is_call(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call)
