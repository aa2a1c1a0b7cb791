"""The cells of each kind of file, with the line or row on which they stand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.extras import SAVE_AS_CSV, lacking
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

    Rows = tuple[pd.DataFrame, NDArray[np.int64], tuple[Phrase, ...]]  # cells, lines, notices

SUPPORTED = said("Histories are CSV, Parquet or XLSX files")


def refuse(name: str, problem: str, remedy: str = SUPPORTED) -> HistoryError:
    """The error for a file that is no history."""
    return HistoryError(Fault(name, problem, remedy))


def no_rows(name: str) -> HistoryError:
    """The error for a history without any."""
    return refuse(
        name, said("there are headers but no rows"), said("Add one row per date and channel")
    )


def read_csv(path: Path, name: str, encoding: str) -> Rows:
    """Text cells of a file with commas, semicolons or tabs; lines count from 1."""
    import pandas as pd

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
        raise refuse(name, said("the file is empty")) from None
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
                    where = said("{file}, line {line}", file=name, line=before + 1)
                    problem = said(
                        "the row has {n} cells, the headers are {headers}",
                        n=len(row),
                        headers=width,
                    )
                    remedy = said('Quote text that holds the separator, e.g. "Shoes, red"')
                    faults.append(Fault(where, problem, remedy))
                before = rows.line_num
        except csv.Error as problem:
            where = said("{file}, line {line}", file=name, line=rows.line_num)
            faults.append(Fault(where, str(problem)))
    problem = said("cannot be taken apart into rows ({error})", error=error.strip())
    return faults or [Fault(name, problem, said("Close the quotes"))]


def read_excel(path: Path, name: str, sheet: str | None) -> Rows:
    """Cells of one sheet as the text that a CSV would hold."""
    import zipfile

    try:
        import openpyxl
    except ImportError:
        lacks = lacking(said("reading XLSX"), "openpyxl", "excel", SAVE_AS_CSV)
        raise refuse(name, *lacks) from None
    import pandas as pd

    try:
        with path.open("rb") as stream:  # by its content: the suffix may say anything
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            pages = {page.title: page for page in book.worksheets}
            page = pages.get(sheet or next(iter(pages)))
            if page is not None and hasattr(page, "reset_dimensions"):
                page.reset_dimensions()  # what the sheet states of its size may be wrong
            rows = page.iter_rows(values_only=True) if page is not None else ()
            cells = [[_cell(value) for value in row] for row in rows]
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, SyntaxError):
        raise refuse(name, said("is a ZIP file but not an Excel workbook")) from None
    if page is None:
        raise refuse(
            name,
            said("there is no sheet {sheet!r}", sheet=sheet),
            said("There are {sheets}", sheets=[f"'{title}'" for title in pages]),
        )
    if not cells:
        raise refuse(name, said("the sheet is empty"))
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


def _split_headers(frame: pd.DataFrame, lines: NDArray[np.int64], name: str) -> Rows:
    """Take the first row as headers, strip the cells, leave blank rows out."""
    frame = frame.apply(lambda column: column.str.strip())
    headers = frame.iloc[0].tolist()
    body = frame.iloc[1:].reset_index(drop=True)
    body.columns = [text or f"(column {i})" for i, text in enumerate(headers, start=1)]
    filled = (body != "").any(axis="columns").to_numpy()
    if not filled.any():
        raise no_rows(name)
    inner = int((~filled[: np.flatnonzero(filled)[-1]]).sum())
    notices = (said("{file}: {n} blank rows left out", file=name, n=inner),) if inner else ()
    if not filled.all():
        body = body[filled].reset_index(drop=True)
    return body, lines[1:][filled], notices


def read_parquet(path: Path, name: str) -> Rows:
    """Columns with their types; rows count from 1."""
    import pandas as pd

    try:
        import pyarrow as arrow
    except ImportError:
        lacks = lacking(said("reading Parquet"), "pyarrow", "parquet", SAVE_AS_CSV)
        raise refuse(name, *lacks) from None
    try:
        frame = pd.read_parquet(path)
    except (arrow.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        problem = said("the Parquet file is damaged ({why})", why=why)
        raise refuse(name, problem, said("Write it again")) from None
    # A named index was a column once; pandas keeps it apart.
    frame = frame.reset_index(drop=all(level is None for level in frame.index.names))
    if frame.empty:
        raise no_rows(name)
    frame.columns = [str(header).strip() for header in frame.columns]
    return frame, np.arange(1, len(frame) + 1), ()
