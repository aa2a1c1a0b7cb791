"""Workbooks (.xlsx) as records of text, so that everything after reads one kind of cell."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.errors import HistoryError
from models.exports.cells.places import listed
from models.extras import SAVE_AS_CSV, lacking
from models.history.formats import cell_text
from models.history.limits import check_zip
from models.history.raw_file import refuse
from models.phrases import said

_AGAIN = said("Download it again")


def sheets(path: Path, name: str) -> tuple[str, ...]:
    """The names of a workbook's sheets.

    Raises
    ------
    HistoryError : it is another kind of zip file, or openpyxl is not installed
    """
    with _load(path, name) as book:
        return tuple(book.sheetnames)


@contextmanager
def open_sheet(path: Path, name: str, sheet: str) -> Iterator[SheetRecords]:
    """The records of one sheet."""
    with _load(path, name) as book:
        page = book[sheet]
        if hasattr(page, "reset_dimensions"):  # what the sheet states of its size may be wrong
            page.reset_dimensions()
        yield SheetRecords(page.iter_rows(values_only=True), name)


class SheetRecords:
    """A sheet's rows as lists of text; numbers with a decimal point, dates as ISO dates."""

    def __init__(self, rows: Iterator[tuple[Any, ...]], name: str) -> None:
        self._rows = rows
        self._name = name
        self.line_num = 0
        self._width = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        try:
            row = next(self._rows)
        except StopIteration:
            raise
        except Exception as error:  # whatever openpyxl meets in a damaged sheet
            problem = said(
                "the workbook is damaged after row {row} ({why})",
                row=self.line_num,
                why=type(error).__name__,
            )
            raise refuse(self._name, problem, _AGAIN) from None
        self.line_num += 1
        cells = [_text(value) for value in row]
        if not any(cells):
            return []
        self._width = max(self._width, len(cells))  # rows may end where their last value stands
        return cells + [""] * (self._width - len(cells))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = cell_text(value)
    # A number needs no guess at its decimal mark: 1.234 must not look like 1,234.
    is_thousand_like = isinstance(value, float) and len(text.rpartition(".")[2]) == 3
    return f"{text}0" if is_thousand_like else text


@contextmanager
def _load(path: Path, name: str) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError:
        lacks = lacking(said("reading XLSX"), "openpyxl", "excel", SAVE_AS_CSV)
        raise refuse(name, *lacks) from None
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise _no_workbook(path, name)
        check_zip(path, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles that nobody asked for
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except HistoryError:
        raise
    except Exception:  # whatever openpyxl and zipfile meet in a damaged file
        raise _no_workbook(path, name) from None
    try:
        yield book
    finally:
        book.close()


def _no_workbook(path: Path, name: str) -> HistoryError:
    """Why a zip file is no workbook: what it holds instead."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return refuse(name, said("is a damaged zip file or workbook"), _AGAIN)
    problem = said("is an empty zip archive")
    if inside:
        problem = said("is a zip archive with {files}", files=listed(inside, most=5))
    return refuse(name, problem, said("Unpack it and name the files inside"))
