"""Workbooks read as their CSV does."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from models.errors import HistoryError
from models.exports.combine.combine import read_exports
from models.history.cell_table import read_table

GOLDEN = Path(__file__).parent / "golden"


def workbook(path: Path, rows: list[list], cover: bool = False) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if cover:
        sheet.append(["Monthly report"])
        sheet = book.create_sheet("Raw data")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def typed(cell: str) -> object:
    """As a platform's own workbook holds it: numbers and dates, not their text."""
    try:
        return datetime.strptime(cell, "%Y-%m-%d") if cell.count("-") == 2 else float(cell)
    except ValueError:
        return cell or None


@pytest.mark.parametrize("cover", [False, True])
def test_a_workbook_reads_as_its_csv(tmp_path: Path, cover: bool) -> None:
    source = GOLDEN / "meta" / "en.csv"
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[typed(cell) for cell in row] for row in csv.reader(stream)]
    imported = read_exports([workbook(tmp_path / "meta.xlsx", rows, cover)])
    assert imported.frame.equals(read_exports([source]).frame)
    sheet = "Raw data" if cover else "Sheet"
    form = f"workbook, sheet '{sheet}', decimal point, dates YMD"
    assert imported.reconciliation.files[0].form == form


def test_a_typed_number_is_not_ambiguous(tmp_path: Path) -> None:
    header = ["Day", "Campaign", "Cost", "Impr.", "Clicks", "Conversions"]
    rows = [header, [datetime(2026, 8, 13), "A", 1.234, 1000, 10, 2]]
    frame = read_exports([workbook(tmp_path / "google.xlsx", rows)]).frame
    assert frame["spend"].to_list() == [1.234]


def test_a_damaged_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "google.xlsx", [["Day", "Cost"]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(HistoryError, match="is a damaged zip file or workbook"):
        read_exports([path])


@pytest.mark.parametrize("stated", ["A1", "A1:G3", "A1:XFD1048576"])
def test_what_a_sheet_states_of_its_size_is_not_trusted(tmp_path: Path, stated: str) -> None:
    """Amazon's reports say A1; others are too short."""
    rows = [["Day", "Campaign", "Cost", "Impr.", "Conversions"]]
    rows += [[f"2026-08-{day:02}", "Brand", "10.5", "100", "1"] for day in range(1, 29)]
    written = workbook(tmp_path / "right.xlsx", rows)
    path = tmp_path / "stated.xlsx"
    with zipfile.ZipFile(written) as inside, zipfile.ZipFile(path, "w") as outside:
        for name in inside.namelist():
            text = inside.read(name)
            if name.endswith("sheet1.xml"):
                text = re.sub(rb'dimension ref="[^"]*"', f'dimension ref="{stated}"'.encode(), text)
                assert stated.encode() in text
            outside.writestr(name, text)
    imported = read_exports([path])
    assert imported.frame["spend"].sum() == 28 * 10.5
    assert imported.reconciliation.files[0].rows_read == 28
    tidy = [["date", "channel", "spend", "conversions"]]
    tidy += [[row[0], "a", row[2], row[4]] for row in rows[1:]]
    for source in (path, workbook(tmp_path / "tidy.xlsx", tidy)):
        assert len(read_table(source).frame) == 28
