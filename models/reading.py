"""From a file to a table of cells: CSV as text, Parquet and XLSX; nothing is interpreted yet."""

from __future__ import annotations

import codecs
import csv
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError, nearest

if TYPE_CHECKING:
    import pandas as pd

    Rows = tuple[pd.DataFrame, NDArray[np.int64], tuple[str, ...]]  # cells, lines, notices

CHUNK = 1 << 20  # bytes
SUPPORTED = "Histories are CSV, Parquet or XLSX files"


@dataclass(frozen=True)
class Table:
    """The cells of a file, as they stand there.

    Parameters
    ----------
    name : the file, as the person named it
    frame : one column per header; text from CSV and XLSX, as typed from Parquet
    lines : where each row stands in the file, counted from 1
    unit : what `lines` counts, "line" or "row"
    sha256 : of the file's bytes
    notices : what was left out
    """

    name: str
    frame: pd.DataFrame
    lines: NDArray[np.int64]
    unit: Literal["line", "row"]
    sha256: str
    notices: tuple[str, ...] = ()


def read_table(file: str | Path, sheet: str | None = None, encoding: str | None = None) -> Table:
    """Read a file's cells.

    Parameters
    ----------
    file : CSV (comma, semicolon or tab), Parquet or XLSX; told apart by content
    sheet : of an XLSX; default the first
    encoding : of a CSV; default by its byte order mark, else UTF-8

    Raises
    ------
    HistoryError : the file is missing, empty, a directory, of another kind, in another
        encoding, or its rows do not fit its headers
    """
    path, name = Path(file), str(file)
    head = _first_bytes(path, name)
    if head.startswith(b"PAR1"):
        frame, lines, notices = _parquet(path, name)
    elif head.startswith(b"PK\x03\x04"):
        frame, lines, notices = _excel(path, name, sheet)
    else:
        frame, lines, notices = _csv(path, name, _encoding(head, encoding, name))
    unit = "row" if head.startswith((b"PAR1", b"PK\x03\x04")) else "line"
    _check_headers(frame, name)
    return Table(name, frame, lines, unit, file_sha256(path), notices)


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, without holding the file in memory."""
    digest = hashlib.sha256()
    for chunk in _chunks(Path(path)):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _refuse(name: str, problem: str, remedy: str = SUPPORTED) -> HistoryError:
    return HistoryError(Fault(name, problem, remedy))


def _first_bytes(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise _refuse(name, "is a directory, not a file", "Name the file in it")
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        raise _refuse(name, "there is no such file", f"Did you mean '{near}'?" if near else "")
    if not path.is_file():
        raise _refuse(name, "is not a regular file")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except PermissionError:
        raise _refuse(name, "may not be read", "Ask for permission to read it") from None
    if not head:
        raise _refuse(name, "the file is empty")
    known = {
        b"\xd0\xcf\x11\xe0": ("is an old Excel file (.xls)", "Save it as .xlsx or as CSV"),
        b"\x1f\x8b": ("is compressed", "Unpack it first"),
        b"%PDF": ("is a PDF", SUPPORTED),
    }
    for magic, (problem, remedy) in known.items():
        if head.startswith(magic):
            raise _refuse(name, problem, remedy)
    return head


def _encoding(head: bytes, declared: str | None, name: str) -> str:
    if declared:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            remedy = "Known ones are utf-8, utf-16, cp1252, latin-1, cp1258, gbk, shift_jis"
            raise _refuse(name, f"there is no encoding {declared!r}", remedy) from None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def _check_encoding(path: Path, name: str, encoding: str) -> None:
    """Decode the whole file once, to say where it fails."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, line = 0, 1
    for chunk in itertools.chain(_chunks(path), [b""]):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            byte = error.object[error.start]
            raise _refuse(
                f"{name}, line {line}",
                f"byte {done - held + error.start + 1} of the file, 0x{byte:02x}, is not "
                + ("UTF-8" if encoding.startswith("utf-8") else encoding),
                "Save the file as UTF-8, or declare what it is in, e.g. --encoding cp1252 "
                "(in a scenario's history: encoding: cp1252)",
            ) from None
        if "\0" in text:
            raise _refuse(name, "is not a text file")
        line += text.count("\n")
        done += len(chunk)


def _csv(path: Path, name: str, encoding: str) -> Rows:
    import pandas as pd

    _check_encoding(path, name, encoding)
    with path.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
    separator = max(",;\t", key=first.count)
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            header=None,  # so that a row longer than the headers is an error, not an index
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            encoding=encoding,
        )
    except pd.errors.EmptyDataError:
        raise _refuse(name, "the file is empty") from None
    except pd.errors.ParserError as error:
        raise HistoryError(_ragged(path, name, encoding, separator, str(error))) from None
    lines = _line_numbers(frame)
    return _split_headers(frame, lines, name)


def _line_numbers(frame: pd.DataFrame) -> NDArray[np.int64]:
    """The line on which each row starts; a quoted cell may hold several."""
    extra = np.zeros(len(frame), dtype=np.int64)
    for column in frame:
        extra += frame[column].str.count("\n").to_numpy(dtype=np.int64)
    return np.arange(1, len(frame) + 1) + np.concatenate([[0], np.cumsum(extra)[:-1]])


def _ragged(path: Path, name: str, encoding: str, separator: str, error: str) -> list[Fault]:
    """Every row that is longer than the headers; only called when there is one."""
    faults: list[Fault] = []
    with path.open(encoding=encoding, newline="") as stream:
        rows = csv.reader(stream, delimiter=separator)
        try:
            width = len(next(rows))
            before = rows.line_num
            for row in rows:
                if len(row) > width:
                    problem = f"the row has {len(row)} cells, the headers are {width}"
                    remedy = 'Quote text that holds the separator, e.g. "Shoes, red"'
                    faults.append(Fault(f"{name}, line {before + 1}", problem, remedy))
                before = rows.line_num
        except csv.Error as problem:
            faults.append(Fault(f"{name}, line {rows.line_num}", str(problem)))
    unclosed = Fault(name, f"cannot be taken apart into rows ({error.strip()})", "Close the quotes")
    return faults or [unclosed]


def _excel(path: Path, name: str, sheet: str | None) -> Rows:
    import zipfile

    try:
        import openpyxl
    except ImportError:
        raise _refuse(
            name,
            "reading XLSX needs the package openpyxl",
            "Install budgetopt[excel], or save the file as CSV",
        ) from None
    import pandas as pd

    try:
        with path.open("rb") as stream:  # by its content: the suffix may say anything
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            pages = {page.title: page for page in book.worksheets}
            page = pages.get(sheet or next(iter(pages)))
            rows = page.iter_rows(values_only=True) if page is not None else ()
            cells = [[_cell(value) for value in row] for row in rows]
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, SyntaxError):
        raise _refuse(name, "is a ZIP file but not an Excel workbook") from None
    if page is None:
        raise _refuse(name, f"there is no sheet {sheet!r}", _there_are(list(pages)))
    if not cells:
        raise _refuse(name, "the sheet is empty")
    width = max(map(len, cells))
    frame = pd.DataFrame([row + [""] * (width - len(row)) for row in cells], dtype=str)
    used = (frame != "").any(axis="index")
    frame = frame[frame.columns[used]]
    return _split_headers(frame, np.arange(1, len(frame) + 1), name)


def _cell(value: object) -> str:
    """A workbook's cell as the text that a CSV would hold."""
    from datetime import date, datetime

    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _there_are(names: list[str]) -> str:
    return "There are " + ", ".join(f"'{name}'" for name in names)


def _split_headers(frame: pd.DataFrame, lines: NDArray[np.int64], name: str) -> Rows:
    """Take the first row as headers, strip the cells, leave blank rows out."""
    frame = frame.apply(lambda column: column.str.strip())
    headers = frame.iloc[0].tolist()
    body = frame.iloc[1:].reset_index(drop=True)
    body.columns = [text or f"(column {i})" for i, text in enumerate(headers, start=1)]
    filled = (body != "").any(axis="columns").to_numpy()
    if not filled.any():
        raise _refuse(name, "there are headers but no rows", "Add one row per date and channel")
    inner = int((~filled[: np.flatnonzero(filled)[-1]]).sum())
    notices = (f"{name}: {inner} blank rows left out",) if inner else ()
    if not filled.all():
        body = body[filled].reset_index(drop=True)
    return body, lines[1:][filled], notices


def _parquet(path: Path, name: str) -> Rows:
    import pandas as pd

    try:
        import pyarrow as arrow
    except ImportError:
        raise _refuse(
            name,
            "reading Parquet needs the package pyarrow",
            "Install budgetopt[parquet], or save the file as CSV",
        ) from None
    try:
        frame = pd.read_parquet(path).reset_index(drop=True)
    except (arrow.ArrowException, OSError) as error:
        problem = f"the Parquet file is damaged ({str(error).splitlines()[0]})"
        raise _refuse(name, problem, "Write it again") from None
    if frame.empty:
        raise _refuse(name, "there are headers but no rows", "Add one row per date and channel")
    frame.columns = [str(header).strip() for header in frame.columns]
    return frame, np.arange(1, len(frame) + 1), ()


def _check_headers(frame: pd.DataFrame, name: str) -> None:
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        remedy = "Rename one of them"
        raise HistoryError(
            [Fault(name, f"two columns are called '{header}'", remedy) for header in twice]
        )
