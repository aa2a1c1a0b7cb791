"""From a file to records of text: encoding, delimiter or sheet; what is no report is refused."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.errors import HistoryError
from models.exports.records.json_records import (
    FlatRecords,
    csv_rows,
    is_nested,
    json_rows,
    looks_like_json,
)
from models.history.limits import check_bytes
from models.history.raw_file import (
    HEAD,
    PARQUET,
    ZIP,
    file_sha256,
    first_bytes,
    refuse,
    text_encoding,
)
from models.phrases import Phrase, said

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": said("commas"), ";": said("semicolons"), "\t": said("tabs"), "|": said("bars")}
JSON = "JSON"
AGAIN = said("Download the report again")


class Records(Protocol):
    """Rows of cells, and the line (of a workbook: the row) where the last one ended."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class SourceFile:
    """A file whose bytes have been looked at once.

    Parameters
    ----------
    name : as the person named it
    sha256 : of its bytes
    encoding : "" for a workbook
    forms : in which its records may be read: delimiters, or the sheets of a workbook
    ends_with_newline : False may mean that the file breaks off
    is_nested : whether columns of a CSV hold JSON
    """

    path: Path
    name: str
    sha256: str
    encoding: str
    forms: tuple[str, ...]
    ends_with_newline: bool = True
    is_nested: bool = False

    @contextmanager
    def open(self, form: str) -> Iterator[Records]:
        """Its records, taken apart in one of its forms.

        Raises
        ------
        HistoryError : on reading on, where quotes do not close or a cell runs on without end
        """
        if not self.encoding:
            from models.exports.records.xlsx_records import open_sheet

            with open_sheet(self.path, self.name, form) as records:
                yield records
            return
        with self.path.open(encoding=self.encoding, newline="") as stream:
            if form == JSON:
                yield FlatRecords(json_rows(stream, self.name))
                return
            reader = csv.reader(stream, delimiter=form, strict=True)
            try:
                yield FlatRecords(csv_rows(reader, reader)) if self.is_nested else reader
            except csv.Error as error:
                raise _not_csv(self.name, reader.line_num, str(error)) from None

    def describe(self, form: str) -> Phrase:
        """``UTF-16, tabs`` or ``workbook, sheet 'Raw data'``."""
        if not self.encoding:
            return said("workbook, sheet '{sheet}'", sheet=form)
        encoding = self.encoding.upper()
        if form == JSON:
            return said("{encoding}, {delimiter}", encoding=encoding, delimiter=JSON)
        if encoding == "UTF-8-SIG":
            return said("UTF-8 with BOM, {delimiter}", delimiter=NAMES[form])
        return said("{encoding}, {delimiter}", encoding=encoding, delimiter=NAMES[form])


def open_source(path: Path, name: str, encoding: str | None = None) -> SourceFile:
    """Look at a file's bytes once: what it is, how it is encoded, its hash.

    Parameters
    ----------
    encoding : what the person declares; asked only of a text that has no byte order mark
        and is not UTF-8

    Raises
    ------
    HistoryError : there is no such file, it is empty, an archive or another kind of file, or
        its text is in an encoding that was not declared
    """
    head = first_bytes(path, name, AGAIN)
    if head.startswith(ZIP):
        from models.exports.records.xlsx_records import sheets

        return SourceFile(path, name, file_sha256(path), "", sheets(path, name))
    if head.startswith(PARQUET):
        remedy = said("Name its folder in a scenario: history: {{tables: FOLDER}}")
        raise refuse(name, said("is a Parquet file"), remedy)
    check_bytes(name, path.stat().st_size)
    digest = hashlib.sha256()
    found = text_encoding(path, name, head, encoding, digest)
    with path.open(encoding=found, newline="") as stream:
        first = stream.read(HEAD)
    if looks_like_json(first):
        return SourceFile(path, name, digest.hexdigest(), found, (JSON,))
    nested = is_nested(re.split(r"[,;\t|\"]+", first.partition("\n")[0].strip()))
    whole = _ends_with_newline(path)
    return SourceFile(path, name, digest.hexdigest(), found, DELIMITERS, whole, nested)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-min(4, path.stat().st_size), 2)
        tail = stream.read()
    return b"\n" in tail or b"\r" in tail


def _not_csv(name: str, line: int, error: str) -> HistoryError:
    if "unexpected end of data" in error or "field larger" in error:
        problem = said("a quote opens and never closes: the file is truncated, or a quote is stray")
    else:
        problem = said("cannot be taken apart into cells ({error})", error=error)
    where = said("{file}, line {line}", file=name, line=line)
    return refuse(where, problem, said("Download the report again, and do not edit it"))
