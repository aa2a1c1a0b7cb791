"""Workbooks read as their CSV does."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from models.errors import HistoryError
from models.exports.combine.combine import read_exports
from models.exports.records import xlsx_records
from models.exports.records.xlsx_shape import is_plain
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


def both(path: Path, sheet: str, monkeypatch: pytest.MonkeyPatch) -> list[list[list[str]]]:
    """A sheet's records by the fast reader and by the careful one."""
    assert xlsx_records._fast_rows(path, sheet) is not None
    with xlsx_records.open_sheet(path, path.name, sheet) as records:
        fast = list(records)
    monkeypatch.setattr(xlsx_records, "_fast", lambda _: None)
    with xlsx_records.open_sheet(path, path.name, sheet) as records:
        return [fast, list(records)]


def test_both_readers_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list] = [[], [], [None, None, "Name", "  ä", "1.5", 5, 5.0, 1.25, 1.234, -3e-7]]
    rows += [[], [True, datetime(2026, 3, 4), datetime(2026, 3, 4, 5, 6, 7), time(3, 4), 1e22]]
    rows += [[timedelta(hours=30), "=1+1", 123456789012345, 0.1 + 0.2, "x\ny"], [], ["last"]]
    fast, careful = both(workbook(tmp_path / "v.xlsx", rows), "Sheet", monkeypatch)
    assert fast == careful
    assert len(fast) == 8


def _edited(path: Path, old: bytes, new: bytes, part: str = "xl/worksheets/sheet1.xml") -> Path:
    """The workbook with one piece of its XML replaced."""
    edited = path.with_name(f"edited-{path.name}")
    with zipfile.ZipFile(path) as inside, zipfile.ZipFile(edited, "w") as outside:
        for name in inside.namelist():
            text = inside.read(name)
            if name == part:
                assert old in text
                text = text.replace(old, new)
            outside.writestr(name, text)
    return edited


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'r="B2"', b'r="XFD1048576"'),  # a cell far away: a grid of 17 billion
        (b'r="B2"', b"r='XFD1048576'"),
        (b'r="B2"', b'r="&#88;FD1"'),
        (b'<c r="B2"', b"<c"),
        (b'<c r="B2"', b'<c x="a>b" r="B2"'),
        (b"<v>11</v>", b"<v>12345678901234567</v>"),  # more digits than a float holds
        (b' t="n"><v>11</v>', b' t="e"><v>#N/A</v>'),  # an error is not blank
    ],
)
def test_what_the_fast_reader_cannot_be_trusted_with(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    path = workbook(tmp_path / "plain.xlsx", [["a", "b"], [10, 11]])
    assert is_plain(path)
    assert not is_plain(_edited(path, old, new))


def test_an_archive_whose_list_lies_is_left_to_the_careful_reader(tmp_path: Path) -> None:
    """A part that unpacks to more than the list states: its checksum does not fit."""
    path = workbook(tmp_path / "plain.xlsx", [["a", "b"], *([n, n] for n in range(500))])
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    at = data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02")) - 46 + 24
    assert int.from_bytes(data[at : at + 4], "little") == part.file_size
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(zipfile.BadZipFile):
        is_plain(path)
    assert xlsx_records._fast(path) is None


def test_ids_of_eighteen_digits_stay(tmp_path: Path) -> None:
    path = workbook(tmp_path / "ids.xlsx", [["Campaign ID"], [11]])
    path = _edited(path, b"<v>11</v>", b"<v>238512345678901237</v>")
    with xlsx_records.open_sheet(path, "g", "Sheet") as records:
        assert [row[0] for row in records] == ["Campaign ID", "238512345678901237"]
