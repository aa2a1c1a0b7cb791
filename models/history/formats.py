"""The cells of each kind of file, with the line or row on which they stand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.extras import SAVE_AS_CSV, lacking
from models.history.limits import check_bytes, check_cells, check_zip, most_cells, read_as
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
    check_cells(name, _newlines(path), first.count(separator) + 1)
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


def _newlines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


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
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        inside = []
    if "[Content_Types].xml" not in inside:
        raise refuse(name, said("is a ZIP file but not an Excel workbook"))
    check_zip(path, name)
    # By its content: the suffix may say anything.
    with read_as("XLSX", name), path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        pages = {page.title: page for page in book.worksheets}
        if not pages:
            raise refuse(name, said("the workbook has no sheet"))
        page = pages.get(sheet or next(iter(pages)))
        if page is not None and hasattr(page, "reset_dimensions"):
            page.reset_dimensions()  # what the sheet states of its size may be wrong
        rows = page.iter_rows(values_only=True) if page is not None else ()
        cells, most = [], most_cells()
        for row in rows:
            cells.append([cell_text(value) for value in row])
            most -= len(row)
            if most < 0:
                check_cells(name, len(cells), most_cells() + 1)
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


def cell_text(value: object) -> str:
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
        from pyarrow import parquet
    except ImportError:
        lacks = lacking(said("reading Parquet"), "pyarrow", "parquet", SAVE_AS_CSV)
        raise refuse(name, *lacks) from None
    with read_as("Parquet", name):
        about = parquet.ParquetFile(path).metadata
        groups = [about.row_group(i) for i in range(about.num_row_groups)]
        check_bytes(name, sum(group.total_byte_size for group in groups))
        check_cells(name, max(about.num_rows, _values(groups)), about.num_columns)
        frame = pd.read_parquet(path).apply(_decoded)
    return _as_table(frame, name)


def _decoded(column: pd.Series) -> pd.Series:
    """A column of bytes, as some writers leave texts, as the texts that they are."""
    if column.dtype != object:
        return column
    return column.map(lambda cell: cell.decode() if isinstance(cell, bytes) else cell)


def _values(groups: list[Any]) -> int:
    """The most values that a column holds; of lists, those within them count."""
    if not groups:
        return 0
    columns = range(groups[0].num_columns)
    return max((sum(g.column(i).num_values for g in groups) for i in columns), default=0)


def _as_table(frame: pd.DataFrame, name: str) -> Rows:
    # A named index was a column once; pandas keeps it apart.
    frame = frame.reset_index(drop=all(level is None for level in frame.index.names))
    if frame.empty:
        raise no_rows(name)
    frame.columns = [str(header).strip() for header in frame.columns]
    return frame, np.arange(1, len(frame) + 1), ()
