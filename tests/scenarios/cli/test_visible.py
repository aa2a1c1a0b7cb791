"""Names of strangers' files, on a terminal, in a CSV and on streams that lack our characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.visible import PLAIN, UNSEEN, folded, visible
from scenarios.plan.csv_text import csv_text
from scenarios.plan.plan import dump
from tests.support.commands import budgetopt, refused
from tests.support.plan_factory import make_plan

KINDS = ("html", "markdown", "xlsx")
ROOT = Path(__file__).parents[3]
HIDDEN = ["\x1b]0;owned\x07", "tv\u202e100", "t\u200bv", "tv\ufeff", "t\x9bv", "tv\U000e0041"]


@given(st.text())
def test_what_is_visible_holds_nothing_unseen(text: str) -> None:
    shown = visible(text)
    assert UNSEEN.search(shown) is None
    assert visible(shown) == shown
    shown.encode()


def test_names_that_look_alike_fold_to_one() -> None:
    assert len({folded(name) for name in ("TikTok", "tik\u200btok", "\uff34ikTok", "tiktok ")}) == 1
    assert folded("e\u0301t\u00e9") == folded("\u00e9te\u0301")


@pytest.mark.parametrize("name", HIDDEN)
def test_a_history_whose_names_hide_something_is_refused_in_visible_words(tmp_path, name) -> None:
    path = tmp_path / "h.csv"
    rows = [f"2026-01-{day:02},{name},10,1\n" for day in range(1, 29)]
    path.write_text("date,channel,spend,conversions\n" + "".join(rows), encoding="utf-8")
    said = "\n".join(refused("check", str(path)))
    assert "holds characters that do not show" in said
    assert UNSEEN.search(said.replace("\n", "")) is None


def test_look_alikes_are_one_channel_or_a_fault(tmp_path) -> None:
    path = tmp_path / "h.csv"

    def said(one: str, other: str) -> str:
        rows = [f"2026-01-{d:02},{n},10,1\n" for d in range(1, 29) for n in (one, other)]
        path.write_text("date,channel,spend,conversions\n" + "".join(rows), encoding="utf-8")
        found = budgetopt("check", str(path))
        return found.stderr or found.stdout

    assert said("caf\u00e9", "cafe\u0301").count("caf\u00e9") == said("caf\u00e9", "x").count(
        "caf\u00e9"
    )
    assert "differ only in capitals" in said("TV", "tv")
    assert "look the same" in said("\uff34V", "tv")


@pytest.mark.parametrize("name", HIDDEN)
def test_mixes_and_curves_whose_names_hide_something_are_refused(tmp_path, name) -> None:
    mix, curves = tmp_path / "m.csv", tmp_path / "c.json"
    days = [f"2026-01-{day:02},10,5,9\n" for day in range(1, 29)]
    mix.write_text("date,a,b,sales\n" + "".join(days), encoding="utf-8")
    told = ("--shape", "mix", "--kpi", "sales", "--spend", "b=b", "--spend", f"{name}=a")
    one = {"family": "linear", "parameters": {"rate": 1.0}}
    document = {"schema": "budgetopt/curves/1", "period_days": 7, "channels": {name: one}}
    curves.write_text(json.dumps(document), encoding="utf-8")
    for words in (("check", str(mix), *told), ("curves", "export", str(curves))):
        said = "\n".join(refused(*words))
        assert "holds characters that do not show" in said
        assert UNSEEN.search(said.replace("\n", "")) is None


def test_look_alikes_of_curves_and_mixes_are_a_fault(tmp_path) -> None:
    one = {"family": "linear", "parameters": {"rate": 1.0}}
    document = {"schema": "budgetopt/curves/1", "period_days": 7}
    curves = tmp_path / "c.json"
    curves.write_text(json.dumps({**document, "channels": {"TV": one, "tv": one}}))
    assert "channels.tv: looks like 'TV'" in refused("curves", "export", str(curves))[0]
    mix = tmp_path / "m.csv"
    days = [f"2026-01-{day:02},10,5,9\n" for day in range(1, 29)]
    mix.write_text("date,a,b,sales\n" + "".join(days), encoding="utf-8")
    told = ("--shape", "mix", "--kpi", "sales", "--spend", "TV=b", "--spend", "tv=a")
    assert "'tv' and 'TV' look the same" in refused("check", str(mix), *told)[0]


def test_no_report_of_a_strangers_plan_hides_anything(tmp_path) -> None:
    name = "".join(HIDDEN[1:4])
    plan = make_plan(channels=2, names=[name, "search"])
    (tmp_path / "p.json").write_text(dump(plan), encoding="utf-8")
    files = [tmp_path / f"p.{suffix}" for suffix in ("html", "md", "xlsx")]
    options = [f"--{kind}={file}" for kind, file in zip(KINDS, files, strict=True)]
    result = budgetopt("report", str(tmp_path / "p.json"), *options)
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(files[2]) as book:
        parts = [book.read(part).decode() for part in book.namelist()]
    for shown in (*parts, *(file.read_text(encoding="utf-8") for file in files[:2])):
        assert UNSEEN.search(shown) is None


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("a\n-1+cmd", '"a\n\'-1+cmd"'),
        ("up, +5 %", '"up, \'+5 %"'),
        ("a\u202eb", "a\\u202eb"),
        ("plain-name, 2nd", '"plain-name, 2nd"'),
    ],
)
def test_no_spreadsheet_runs_a_cell(cell: str, written: str) -> None:
    assert csv_text([[cell]]) == f"{written}\n"


def test_figures_are_left_as_they_are() -> None:
    assert csv_text([[-5, 1.5, None]]) == "-5,1.5,\n"


def test_what_an_encoding_lacks_is_written_plainly() -> None:
    assert "\u2500 3 \u2192 5 \u00d7 \u1ebf".encode("ascii", PLAIN) == b"- 3 -> 5 x e"


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_commands_work_where_the_output_is_not_utf8(tmp_path, encoding: str) -> None:
    words = [sys.executable, "-m", "scenarios.cli", "register", "--help"]
    script = (
        "import sys; from scenarios.cli.options.output import echo, plain_where_needed as plain; "
        "plain(); echo('\\u2500 K\\u1ebf ho\\u1ea1ch \\u2192 \\u6f22')"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    for command in (words, [sys.executable, "-c", script]):
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).rstrip().endswith("?")
