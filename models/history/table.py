"""From a file to a table of cells: CSV as text, Parquet and XLSX; nothing is interpreted yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.history.formats import SUPPORTED, read_csv, read_excel, read_parquet
from models.history.rawfile import PARQUET, ZIP, file_sha256, first_bytes, text_encoding
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd


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
