"""Where results may go: never over what a command reads, nor over a file without being told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.commands import budgetopt, refused

CURVES = """{"schema": "budgetopt/curves/1", "period_days": 7, "channels": {
 "tv": {"family": "hill", "parameters": {"ceiling": 900, "half_saturation": 9000, "slope": 1},
        "current_spend": 5000, "value_per_conversion": 50},
 "ads": {"family": "hill", "parameters": {"ceiling": 600, "half_saturation": 5000, "slope": 1},
        "current_spend": 4000, "value_per_conversion": 50}}}"""
SCENARIO = "curves: curves.json\nbudget: current\nperiod: {days: 7}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("curves.json").write_text(CURVES)
    Path("base.yaml").write_text(SCENARIO)
    Path("child.yaml").write_text("extends: base.yaml\nbudget: +10%\n")
    Path("split.csv").write_text("channel,spend\ntv,5000\nads,4000\n")
    Path("link.json").symlink_to("curves.json")
    os.link("curves.json", "hard.json")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "plan base.yaml -o curves.json",
        "plan base.yaml -o ./curves.json",
        "plan child.yaml -o hard.json",
        "plan child.yaml -o link.json",
        "next base.yaml -o curves.json",
        "evaluate base.yaml --allocation split.csv -o split.csv",
        "compare base.yaml child.yaml -o curves.json",
        "sweep base.yaml --budget 8k:10k:2 -o curves.json",
        "explain base.yaml -o curves.json",
        "roll child.yaml -o base.yaml",
    ],
)
def test_nothing_is_written_over_what_the_command_reads(folder: Path, command: str) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    target = Path(command.split()[-1])
    assert refused(*command.split()) == [f"error: {target}: this file exists. --force replaces it."]
    forced = refused(*command.split(), "--force")
    problem = "this command reads this file. Name another file to write."
    assert forced == [f"error: {target}: {problem}"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_exists_is_replaced_when_told_so(folder: Path) -> None:
    assert budgetopt("plan", "base.yaml", "-o", "plan.json").exit_code == 0
    first = Path("plan.json").read_bytes()
    assert refused("plan", "child.yaml", "-o", "plan.json") == [
        "error: plan.json: this file exists. --force replaces it."
    ]
    assert Path("plan.json").read_bytes() == first
    assert budgetopt("plan", "child.yaml", "-o", "plan.json", "--force").exit_code == 0
    assert Path("plan.json").read_bytes() != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-o plan.xlsx", "plan.xlsx: a result is not written as .xlsx. Name it .txt, .json, .csv"),
        ("-o plan.xlsx --format json", "plan.xlsx: a result is not written as .xlsx."),
        ("-o plan.csv --format json", "plan.csv: .csv is not what --format json writes."),
        ("-o /dev/null", "/dev/null: this is no regular file."),
        ("-o no/such.json", "no/such.json: the folder no does not exist."),
    ],
)
def test_a_suffix_says_the_form_or_is_refused(folder: Path, options: str, message: str) -> None:
    before = sorted(folder.iterdir())
    assert refused("plan", "base.yaml", *options.split())[0].startswith(f"error: {message}")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "start"), [("plan.txt", "base - 7 days"), ("plan.JSON", "{"), ("plan.csv", "channel,")]
)
def test_a_suffix_chooses_the_form(folder: Path, name: str, start: str) -> None:
    assert budgetopt("plan", "base.yaml", "-o", name).exit_code == 0
    assert Path(name).read_text().startswith(start)
