"""Workbooks (.xlsx) as records of text, so that everything after reads one kind of cell."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.errors import HistoryError
from models.exports.cells.places import listed
from models.exports.records.xlsx_shape import is_plain
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
    _check(path, name)
    fast = _fast(path)
    if fast is not None:
        with fast as book:
            return tuple(book.sheet_names)
    with _load(path, name) as book:
        return tuple(book.sheetnames)


@contextmanager
def open_sheet(path: Path, name: str, sheet: str) -> Iterator[SheetRecords]:
    """The records of one sheet; a damaged workbook is read to where the damage is."""
    _check(path, name)
    rows = _fast_rows(path, sheet)
    if rows is not None:
        yield SheetRecords(rows, name)
        return
    with _load(path, name) as book:
        page = _sheet_of(book, sheet, name)
        if hasattr(page, "reset_dimensions"):  # what the sheet states of its size may be wrong
            page.reset_dimensions()
        yield SheetRecords(page.iter_rows(values_only=True), name)


def _sheet_of(book: Any, sheet: str, name: str) -> Any:
    """A sheet of cells; the fast reader may know of one that this one does not find."""
    page = next((page for page in book.worksheets if page.title == sheet), None)
    if page is None:
        problem = said("the workbook is damaged after row {row} ({why})", row=0, why="KeyError")
        raise refuse(name, problem, _AGAIN)
    return page


def _fast(path: Path) -> Any:
    """A workbook in the hands of the fast reader; None where that is not to be trusted with it."""
    try:
        import python_calamine
    except ImportError:
        return None
    stat = path.stat()
    if not _is_plain(path, stat.st_mtime_ns, stat.st_size):
        return None
    return _unless_broken(lambda: python_calamine.CalamineWorkbook.from_path(str(path)))


def _fast_rows(path: Path, sheet: str) -> Iterator[Any] | None:
    book = _fast(path)
    if book is None:
        return None
    with book:
        page = _unless_broken(lambda: book.get_sheet_by_name(sheet))
    return None if page is None else page.iter_rows()


@lru_cache(maxsize=64)
def _is_plain(path: Path, _changed: int, _size: int) -> bool:
    return bool(_unless_broken(lambda: is_plain(path)))


def _unless_broken(read: Callable[[], Any]) -> Any:
    """What a reader gives; None where it fails: the careful one then says where the damage is."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of compiled code is no Exception
        return None


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
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.isoformat()} 00:00:00"  # in a workbook a day is its midnight
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = cell_text(value)
    # A number needs no guess at its decimal mark: 1.234 must not look like 1,234.
    is_thousand_like = isinstance(value, float) and len(text.rpartition(".")[2]) == 3
    return f"{text}0" if is_thousand_like else text


def _check(path: Path, name: str) -> None:
    """Refuse what is no workbook, or one too large.

    Raises
    ------
    HistoryError : that is what it is
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise _no_workbook(path, name)
        check_zip(path, name)
    except HistoryError:
        raise
    except Exception:  # whatever zipfile meets in a damaged file
        raise _no_workbook(path, name) from None


@contextmanager
def _load(path: Path, name: str) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError:
        lacks = lacking(said("reading XLSX"), "openpyxl", "excel", SAVE_AS_CSV)
        raise refuse(name, *lacks) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles that nobody asked for
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
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
