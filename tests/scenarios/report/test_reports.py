"""The commands that hand a plan on: report, diff, verify and register, as they are typed."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from models.errors import InputError
from scenarios.analyses.contribution import PARTS
from scenarios.cli import main
from scenarios.plan.plan import Plan, dump
from scenarios.register.export import period_label
from scenarios.report.markdown import markdown
from scenarios.report.output_paths import extra
from tests.support.plan_factory import make_plan

ROOT = Path(__file__).parents[3]


@pytest.fixture
def plans(tmp_path, monkeypatch) -> Path:
    """A folder with two plans, which is where the commands are typed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BUDGETOPT_USER", "ann")
    (tmp_path / "old.json").write_text(dump(make_plan(3)), encoding="utf-8")
    (tmp_path / "new.json").write_text(dump(make_plan(3, 2, name="=new")), encoding="utf-8")
    return tmp_path


def typed(*words: str, code: int = 0):
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def test_a_plan_becomes_the_three_files_at_once(plans):
    files = ("--xlsx", "p.xlsx", "--html", "p.html", "--markdown", "p.md")
    result = typed("report", "old.json", "new.json", *files)
    assert result.stderr == "wrote p.xlsx\nwrote p.html\nwrote p.md\n"
    assert result.stdout == ""
    book = openpyxl.load_workbook("p.xlsx")
    assert "Scenarios" in book.sheetnames
    digest = hashlib.sha256((plans / "old.json").read_bytes()).hexdigest()
    assert digest in [cell.value for row in book["Audit"].iter_rows() for cell in row]
    assert digest in Path("p.html").read_text(encoding="utf-8")
    assert Path("p.md").read_text(encoding="utf-8").count("## ") == 2


def test_without_a_file_the_text_is_printed(plans):
    assert typed("report", "old.json").stdout == markdown(make_plan(3))


def test_nothing_is_replaced_without_force_and_nothing_is_written_by_halves(plans):
    Path("p.xlsx").write_text("mine")
    call = ("report", "old.json", "--html", "p.html", "--xlsx", "p.xlsx")
    result = typed(*call, "--markdown", "no/p.md", code=2)
    assert result.stderr == (
        "error: p.xlsx: this file exists. --force replaces it.\n"
        "error: no/p.md: the folder no does not exist. Create it first.\n"
    )
    assert Path("p.xlsx").read_text() == "mine"
    assert not Path("p.html").exists()
    typed(*call, "--force")
    assert openpyxl.load_workbook("p.xlsx").sheetnames[0] == "Summary"


def test_one_file_cannot_hold_two_reports(plans):
    result = typed("report", "old.json", "--html", "p", "--xlsx", "./p", code=2)
    assert "two reports cannot be one file" in result.stderr


def damaged(text: str) -> dict[str, str]:
    return {
        "truncated": text[: len(text) // 2],
        "empty": "",
        "edited": text.replace('"spend": ', '"spend": 1', 1),
        "newer": text.replace("budgetopt/plan/1", "budgetopt/plan/2", 1),
        "other": '{"schema": "budgetopt/curves/1"}',
        "unknown": text.replace('"status"', '"staus"', 1),
    }


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("truncated", "the file ends too early: it is truncated. Make the plan again."),
        ("empty", "the file ends too early: it is truncated. Make the plan again."),
        ("edited", "its content does not match the hash that `budgetopt plan` wrote into it."),
        ("newer", "its schema is budgetopt/plan/2, this version knows budgetopt/plan/1."),
        ("other", "this is not a plan: it has no schema 'budgetopt/plan/...'."),
        ("unknown", "bad.json, status: Field required. A plan is not to be edited by hand"),
    ],
)
@pytest.mark.parametrize("command", ["report", "diff", "verify", "register"])
def test_a_plan_file_that_is_none_is_refused_by_every_command(plans, kind, message, command):
    Path("bad.json").write_text(damaged(dump(make_plan(1)))[kind])
    words = {
        "report": ("report", "bad.json", "--xlsx", "p.xlsx"),
        "diff": ("diff", "old.json", "bad.json"),
        "verify": ("verify", "bad.json"),
        "register": ("register", "submit", "bad.json"),
    }[command]
    result = typed(*words, code=2)
    assert message in result.stderr
    assert "error: bad.json" in result.stderr
    assert not Path("p.xlsx").exists()
    assert not Path("register.sqlite").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", "none.json: there is no such file. `budgetopt plan` writes one"),
        (".", ".: this is a folder. Name a plan file."),
        ("binary", "binary: it is not UTF-8 text (byte 0)."),
    ],
)
def test_what_cannot_be_read_is_named(plans, name, message):
    Path("binary").write_bytes(b"\xff\xfe\x00")
    assert message in typed("report", name, code=2).stderr


FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
from scenarios.cli import main
from scenarios.analyses.contribution import PARTS
main(["report", "old.json", "--xlsx", "p.xlsx", "--force"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits on file sizes")
def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(plans):
    Path("p.xlsx").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "File too large" in done.stderr
    assert Path("p.xlsx").read_text() == "mine"
    assert sorted(p.name for p in plans.iterdir()) == ["new.json", "old.json", "p.xlsx"]


def test_markdown_keeps_names_as_they_are():
    text = markdown(make_plan(2, names=("a|b", "<b>*c*</b>"), name="[x](y)"))
    assert "| a\\|b | " in text
    assert "\\<b\\>\\*c\\*\\</b\\>" in text
    assert "## \\[x\\](y): recommended budget" in text
    cells = [line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"]
    assert len(set(cells)) == 1  # every row has as many cells as the head


def test_diff_prints_the_causes(plans):
    result = typed("diff", "old.json", "old.json")
    assert result.stdout == "The two plans say the same.\n"
    shown = typed("diff", "old.json", "new.json").stdout
    for title in ("Scenario", "Allocation", "Result", "Why revenue changes"):
        assert title in shown
    rows = list(csv.DictReader(io.StringIO(
        typed("diff", "old.json", "new.json", "--format", "csv").stdout)))  # fmt: skip
    assert [row["channel"] for row in rows] == ["search", "tv", "display"]
    for row in rows:
        parts = sum(float(row[part]) for part in PARTS)
        assert parts == pytest.approx(float(row["new"]) - float(row["old"]))


# --- the register, as typed -----------------------------------------------------------------


def test_a_plan_is_submitted_approved_and_exported(plans):
    result = typed("register", "submit", "old.json", "--comment", "for December")
    assert result.stdout == ("plan 1 (december-base, 2026-12-01 to 2026-12-31): submitted by ann\n")
    refused = typed("register", "export", "1", code=2)
    assert "is submitted, and only what is approved is exported" in refused.stderr
    approved = typed("register", "approve", "1", "--by", "cfo", "--comment", "fine")
    assert approved.stdout.endswith("approved by cfo\n")
    head = approved.stderr.removeprefix("head: ").strip()
    assert typed("register", "audit", "--head", head[:16]).stdout == (
        f"register.sqlite: 2 entries, none altered.\nhead: {head}\n"
    )
    listed = list(csv.DictReader(io.StringIO(typed("register", "list", "--format", "csv").stdout)))
    assert [(row["scenario"], row["state"], row["by"]) for row in listed] == [
        ("december-base", "approved", "cfo")
    ]
    assert "december" in typed("register", "list").stdout
    assert "for December" in typed("register", "history", "1").stdout
    typed("register", "show", "1", "--document", "kept.json")
    assert Path("kept.json").read_bytes() == Path("old.json").read_bytes()
    exported = list(csv.reader(io.StringIO(typed("register", "export", "1").stdout)))
    expected = [[r.channel, "2026-12", f"{r.spend:.2f}"] for r in make_plan(3).channels]
    assert exported == [["channel", "period", "amount"], *expected]


def test_an_export_by_period_runs_no_formula(plans):
    plan = make_plan(2, 3, names=("=1+1", "tv"))
    Path("risky.json").write_text(dump(plan))
    typed("register", "submit", "risky.json")
    typed("register", "approve", "1")
    typed("register", "export", "1", "--output", "out.csv")
    rows = list(csv.reader(Path("out.csv").read_text().splitlines()))[1:]
    assert [row[0] for row in rows] == ["'=1+1", "tv"] * 3
    assert [row[1] for row in rows] == [p.label for p in plan.periods for _ in range(2)]
    total = sum(float(row[2]) for row in rows)
    assert plan.proposed is not None
    assert total == pytest.approx(plan.proposed.spend, abs=0.001)
    assert "this file exists" in typed(
        "register", "export", "1", "--output", "out.csv", code=2
    ).stderr  # fmt: skip


def test_what_the_register_cannot_do_is_said(plans):
    assert "there is no register here" in typed("register", "list", code=2).stderr
    typed("register", "submit", "old.json")
    assert "already submitted as plan 1" in typed("register", "submit", "old.json", code=2).stderr
    assert "it has: 1" in typed("register", "approve", "9", code=2).stderr
    assert "a rejection needs a reason" in typed("register", "reject", "1", code=2).stderr
    wrong = typed("register", "list", "--register", "mysql://u@h/d", code=2).stderr
    assert "cannot live in 'mysql'" in wrong
    assert "pw" not in wrong


def test_a_held_register_is_the_machines_failure(plans):
    import sqlite3

    typed("register", "submit", "old.json")
    holder = sqlite3.connect("register.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    result = typed("register", "approve", "1", "--wait", "0.1", code=1)
    holder.close()
    assert result.stderr == (
        "error: register.sqlite: another process holds the register (waited 0.1 s). Try again\n"
    )


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("2026-12-01", "2026-12-31", "2026-12"),
        ("2028-02-01", "2028-02-29", "2028-02"),
        ("2026-02-01", "2026-03-31", "2026-02-01/2026-03-31"),
        ("2026-12-02", "2026-12-31", "2026-12-02/2026-12-31"),
        (None, None, "28 days"),
    ],
)
def test_a_month_is_called_by_its_name(start, end, label):
    plan: Plan = make_plan(1)
    span = plan.period.model_copy(update={"start": start, "end": end, "days": 28.0})
    assert period_label(span) == label


def test_a_missing_extra_is_named():
    with pytest.raises(InputError) as refused, extra("report"):
        import no_such_package  # noqa: F401  # pyright: ignore[reportMissingImports]
    assert str(refused.value) == (
        "this needs the package no_such_package, which is not installed. "
        "Run pip install 'budgetopt[report]'"
    )
