"""The page on paper, and whose plan every printed page is."""

from __future__ import annotations

import hashlib
import io
import subprocess

import openpyxl
import pytest
from click.testing import CliRunner

from scenarios.cli import main
from scenarios.plan.plan import dump
from scenarios.report import pdf
from scenarios.report.workbook.workbook import workbook
from tests.support.browser import needs_browser
from tests.support.office import PDFTOTEXT
from tests.support.plan_factory import infeasible, make_plan


@needs_browser
def test_the_page_is_printed_with_the_plans_hash_on_every_sheet(tmp_path) -> None:
    path, target = tmp_path / "plan.json", tmp_path / "plan.pdf"
    path.write_text(dump(make_plan(3)), encoding="utf-8")
    result = CliRunner().invoke(main, ["report", str(path), "--pdf", str(target)])
    assert result.exit_code == 0, result.output
    assert target.read_bytes().startswith(b"%PDF")
    if PDFTOTEXT is None:
        return
    command = [PDFTOTEXT, "-layout", str(target), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sheets = text.strip("\f").split("\f")
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert len(sheets) > 1
    assert all(mark in sheet for sheet in sheets)
    assert f"1/{len(sheets)}" in sheets[0].replace(" ", "")
    assert "december-base: recommended budget" in sheets[0]


def test_without_a_browser_the_way_out_is_said(tmp_path, monkeypatch) -> None:
    path, target = tmp_path / "plan.json", tmp_path / "plan.pdf"
    path.write_text(dump(make_plan(2)), encoding="utf-8")
    monkeypatch.setattr(pdf, "NAMES", ())
    monkeypatch.setattr(pdf, "ELSEWHERE", ())
    result = CliRunner().invoke(main, ["report", str(path), "--pdf", str(target)])
    assert result.exit_code == 2
    assert "no Chromium, Chrome or Edge was found" in result.stderr
    assert "BUDGETOPT_BROWSER" in result.stderr
    assert not target.exists()
    monkeypatch.setenv(pdf.VARIABLE, str(tmp_path / "nothing"))
    result = CliRunner().invoke(main, ["report", str(path), "--pdf", str(target)])
    assert result.exit_code == 2
    assert "there is no program" in result.stderr


@pytest.mark.parametrize("plan", [make_plan(3, 2), infeasible()], ids=["quarter", "wish"])
def test_every_sheet_is_footed_and_the_files_properties_are_the_plans(plan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([plan], "ab" * 32)))
    for sheet in book:
        foot = sheet.oddFooter
        assert foot is not None
        footed = foot.center.text
        assert footed == "plan abababababab" or sheet.print_area == "", sheet.title
    assert book.properties.title == plan.name
    assert book.properties.keywords == "plan " + "ab" * 32
    last = plan.provenance.last_date
    assert book.properties.created.date().isoformat() == (last or "2000-01-01")
    assert workbook([plan], "ab" * 32) == workbook([plan], "ab" * 32)
