"""From a file to a table of cells: CSV as text, Parquet and XLSX; nothing is interpreted yet."""

from __future__ import annotations

import codecs
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError, nearest
from models.formats import SUPPORTED, chunks, read_csv, read_excel, read_parquet, refuse
from models.wording import Phrase, said

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
    encoding : of a CSV; default by its byte order mark, else UTF-8

    Raises
    ------
    HistoryError : the file is missing, empty, a directory, of another kind, in another
        encoding, or its rows do not fit its headers
    """
    path, name = Path(file), str(file)
    head = _first_bytes(path, name)
    if head.startswith(b"PAR1"):
        frame, lines, notices = read_parquet(path, name)
    elif head.startswith(b"PK\x03\x04"):
        frame, lines, notices = read_excel(path, name, sheet)
    else:
        frame, lines, notices = read_csv(path, name, _encoding(head, encoding, name))
    unit = "row" if head.startswith((b"PAR1", b"PK\x03\x04")) else "line"
    _check_headers(frame, name)
    return Table(name, frame, lines, unit, file_sha256(path), notices)


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, without holding the file in memory."""
    digest = hashlib.sha256()
    for chunk in chunks(Path(path)):
        digest.update(chunk)
    return digest.hexdigest()


def _first_bytes(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise refuse(name, said("is a directory, not a file"), said("Name the file in it"))
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        remedy = said("Did you mean '{near}'?", near=near) if near else SUPPORTED
        raise refuse(name, said("there is no such file"), remedy)
    if not path.is_file():
        raise refuse(name, said("is not a regular file"))
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except PermissionError:
        raise refuse(name, said("may not be read"), said("Ask for permission to read it")) from None
    if not head:
        raise refuse(name, said("the file is empty"))
    known = {
        b"\xd0\xcf\x11\xe0": (
            said("is an old Excel file (.xls)"),
            said("Save it as .xlsx or as CSV"),
        ),
        b"\x1f\x8b": (said("is compressed"), said("Unpack it first")),
        b"%PDF": (said("is a PDF"), SUPPORTED),
    }
    for magic, (problem, remedy) in known.items():
        if head.startswith(magic):
            raise refuse(name, problem, remedy)
    return head


def _encoding(head: bytes, declared: str | None, name: str) -> str:
    if declared:
        try:
            io.TextIOWrapper(io.BytesIO(), declared)  # refuses codecs not of text, such as hex
            return codecs.lookup(declared).name
        except LookupError:
            remedy = said("Known ones are utf-8, utf-16, cp1252, latin-1, cp1258, gbk, shift_jis")
            problem = said("there is no encoding {name!r}", name=declared)
            raise refuse(name, problem, remedy) from None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


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
