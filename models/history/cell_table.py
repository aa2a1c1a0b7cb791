"""From a file to a table of cells: CSV as text, Parquet and XLSX; nothing is interpreted yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.history.formats import SUPPORTED, no_rows, read_csv, read_excel, read_parquet, refuse
from models.history.raw_file import PARQUET, ZIP, file_sha256, first_bytes, text_encoding
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

COMPLEX_OR_SPAN = "cm"  # kinds that pandas counts among the numbers, or nearly


@dataclass(frozen=True)
class Table:
    """The cells of a file, as they stand there.

    Parameters
    ----------
    name : the file, as the person named it
    frame : one column per header; text from CSV and XLSX, as typed from Parquet or a DataFrame
    lines : where each row stands in the file, counted from 1
    unit : what `lines` counts, "line" or "row"; "iloc" of a DataFrame, whose rows people count
        from 0
    sha256 : of the file's bytes; of a DataFrame, of those that it would be as a CSV
    notices : what was left out
    """

    name: str
    frame: pd.DataFrame
    lines: NDArray[np.int64]
    unit: Literal["line", "row", "iloc"]
    sha256: str
    notices: tuple[Phrase, ...] = ()


def read_table(file: str | Path, sheet: str | None = None, encoding: str | None = None) -> Table:
    """Read a file's cells.

    Parameters
    ----------
    file : CSV (comma, semicolon or tab), Parquet or XLSX; told apart by content
    sheet : of an XLSX; default the first
    encoding : of a CSV that has no byte order mark and is not UTF-8

    Raises
    ------
    HistoryError : the file is missing, empty, a directory, of another kind, in another
        encoding, or its rows do not fit its headers
    """
    path, name = Path(file), str(file)
    head = first_bytes(path, name, SUPPORTED)
    digest = hashlib.sha256()
    if head.startswith(PARQUET):
        frame, lines, notices = read_parquet(path, name)
    elif head.startswith(ZIP):
        frame, lines, notices = read_excel(path, name, sheet)
    else:
        in_encoding = text_encoding(path, name, head, encoding, digest)
        frame, lines, notices = read_csv(path, name, in_encoding)
    is_text = not head.startswith((PARQUET, ZIP))
    _check_headers(frame, name)
    sha256 = digest.hexdigest() if is_text else file_sha256(path)
    return Table(name, frame, lines, "line" if is_text else "row", sha256, notices)


def table_of(given: pd.DataFrame) -> Table:
    """A DataFrame's cells, as if they had been read from a file; named indexes are columns.

    Raises
    ------
    HistoryError : it holds nothing, or its headers cannot be those of a file
    """
    import pandas as pd

    name = "DataFrame"
    if given.columns.nlevels > 1:
        problem = said("the columns have {n} levels", n=given.columns.nlevels)
        raise refuse(name, problem, said("Give each column one name"))
    frame = given.reset_index(drop=all(level is None for level in given.index.names))
    if frame.empty:
        raise no_rows(name)
    frame.columns = pd.Index([str(header).strip() for header in frame.columns], dtype=object)
    _check_headers(frame, name)
    sha256 = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
    frame = frame.apply(_plain)
    return Table(name, frame, np.arange(1, len(frame) + 1), "iloc", sha256)


def _plain(column: pd.Series) -> pd.Series:
    """A column in a form that files have too: of periods their first days, of codes the values."""
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.start_time
    if isinstance(column.dtype, pd.SparseDtype):
        return column.sparse.to_dense()
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype.kind in COMPLEX_OR_SPAN:
        return column.astype(object)
    return column


def _check_headers(frame: pd.DataFrame, name: str) -> None:
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise HistoryError(
            Fault(
                name,
                said("two columns are called '{header}'", header=header),
                said("Rename one of them"),
            )
            for header in twice
        )
