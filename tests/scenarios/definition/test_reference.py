"""The scenario file described: it says what the models read, and editors are told the same."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic import BaseModel

from scenarios import demo
from scenarios.definition.definition import Definition
from scenarios.definition.faults import block_in
from scenarios.definition.located_yaml import parse_tree
from scenarios.definition.reference import commented, json_schema
from scenarios.definition.scenario import Scenario
from tests.scenarios.definition.test_scenario import FAULTS, LEAST
from tests.support.scenario_examples import write


@pytest.fixture(scope="module")
def editor() -> Draft202012Validator:
    schema = json.loads(json_schema())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def blocks(model: type[BaseModel] = Definition) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        if inner := block_in(field.annotation):
            found |= blocks(inner)
    return found


def test_the_commented_file_is_a_scenario(tmp_path) -> None:
    write(tmp_path, LEAST, "base.yaml")
    found = Scenario.load(write(tmp_path, commented())).definition
    assert found.name == "december"
    assert found.channels["tv"].change == (-0.2, 0.3)
    assert found.defaults.extrapolation == 1.25


def test_it_shows_every_key_of_every_block() -> None:
    text = commented()
    for block in blocks():
        for name, field in block.model_fields.items():
            assert f"{name}:" in text
            assert " ".join((field.description or "?").split()[:3]) in text
    assert max(len(line) for line in text.splitlines()) <= 104


def test_what_is_commented_out_may_be_put_in_its_neighbours_place(tmp_path) -> None:
    lines = commented().splitlines()
    without = [line for line in lines if not line.startswith(("objective", "target_marg"))]
    opened = [
        line.removeprefix("# ") if line.startswith(("# minimise", "# target", "#   conv")) else line
        for line in without
    ]
    write(tmp_path, LEAST, "base.yaml")
    found = Scenario.load(write(tmp_path, "\n".join(opened))).definition
    assert found.minimise == "spend"
    assert found.target is not None
    assert found.target.conversions == 6500


@pytest.mark.parametrize("name", [name for name in demo.FILES if name.endswith(".yaml")])
def test_an_editor_accepts_the_sample(editor, name: str) -> None:
    editor.validate(parse_tree(demo.content(name), name).data)


def test_an_editor_accepts_the_commented_file_and_every_short_form(editor) -> None:
    editor.validate(parse_tree(commented(), "f.yaml").data)
    for budget in ("5", "current", "+10%", "{min: 5, max: +10%}"):
        for period in ("2026-12", "2026-Q4", "{days: 5}", "{start: 2026-12-01, end: 2026-12-02}"):
            text = f"history: h.csv\nbudget: {budget}\nperiod: {period}\n"
            editor.validate(parse_tree(text, "f.yaml").data)


# What only the whole of the file tells, or its numbers against each other.
BEYOND_A_SCHEMA = (
    "neither", "both", "does nothing", "is above", "below its start", "names no amount",
    "ends (", "maximises revenue", "budget is fixed", "not between", "'110%'", "'-120%'", "'100%'",
    "nan", "1e+20",
)  # fmt: skip


@pytest.mark.parametrize(
    "line", [line for line, said in FAULTS.items() if not any(b in said for b in BEYOND_A_SCHEMA)]
)
def test_an_editor_marks_what_the_program_refuses(editor, line: str) -> None:
    if line == "period: 2026-13":
        return  # a month is two digits to an editor
    with pytest.raises(ValidationError):
        editor.validate(parse_tree(LEAST + line, "f.yaml").data)
