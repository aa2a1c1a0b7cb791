"""From a file to records of text: encoding, delimiter or sheet; what is no report is refused."""

from __future__ import annotations

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.errors import Fault, HistoryError, nearest

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls)", "Save it as .xlsx or as CSV"),
    (b"\x1f\x8b", "is compressed with gzip", "Unpack it and name the file inside"),
    (b"7z\xbc\xaf", "is a 7z archive", "Unpack it and name the files inside"),
    (b"Rar!", "is a RAR archive", "Unpack it and name the files inside"),
    (b"%PDF", "is a PDF", "Download the report as CSV"),
    (b"PAR1", "is a Parquet file", "Name its folder in a scenario: history: {tables: FOLDER}"),
    (b"\x89PNG", "is a picture", "Download the report as CSV"),
)


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
    """

    path: Path
    name: str
    sha256: str
    encoding: str
    forms: tuple[str, ...]
    ends_with_newline: bool = True

    @contextmanager
    def open(self, form: str) -> Iterator[Records]:
        """Its records, taken apart in one of its forms.

        Raises
        ------
        HistoryError : on reading on, where quotes do not close or a cell runs on without end
        """
        if not self.encoding:
            from models.exports.workbook import open_sheet

            with open_sheet(self.path, self.name, form) as records:
                yield records
            return
        with self.path.open(encoding=self.encoding, newline="") as stream:
            reader = csv.reader(stream, delimiter=form, strict=True)
            try:
                yield reader
            except csv.Error as error:
                raise _not_csv(self.name, reader.line_num, str(error)) from None

    def describe(self, form: str) -> str:
        """``UTF-16, tabs`` or ``workbook, sheet 'Raw data'``."""
        if not self.encoding:
            return f"workbook, sheet '{form}'"
        return f"{self.encoding.upper().replace('-SIG', ' with BOM')}, {NAMES[form]}"


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
    head = _head(path, name)
    if head.startswith(b"PK\x03\x04"):
        from models.exports.workbook import sheets

        return SourceFile(path, name, _sha256(path), "", sheets(path, name))
    for magic, problem, remedy in _KINDS:
        if head.startswith(magic):
            raise _refuse(name, problem, remedy)
    if (
        head.lstrip(b"\xef\xbb\xbf \r\n\t")[:9]
        .lower()
        .startswith((b"<!doctype", b"<html", b"<?xml"))
    ):
        raise _refuse(
            name, "is a web page, not a report", "Download the report again after signing in"
        )
    digest = hashlib.sha256()
    found = _decoded_as(path, name, head, encoding, digest)
    return SourceFile(path, name, digest.hexdigest(), found, DELIMITERS, _ends_with_newline(path))


def _head(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise _refuse(name, "is a folder", "Name the files in it")
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        raise _refuse(name, "there is no such file", f"Did you mean '{near}'?" if near else "")
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise _refuse(name, f"cannot be read: {error.strerror}") from None
    if not head.strip():
        raise _refuse(name, "the file is empty", "Download the report again")
    return head


def _decoded_as(path: Path, name: str, head: bytes, declared: str | None, digest) -> str:
    """The encoding that the whole file is in: its mark's, else UTF-8, else the declared one."""
    marked = next((encoding for bom, encoding in _BOMS if head.startswith(bom)), None)
    if marked is None and declared is not None:
        declared = _known(declared, name)
    if marked is None and b"\0" in head and not (declared or "").startswith(("utf-16", "utf-32")):
        remedy = "If it is text for Excel, declare it: --encoding utf-16-le"
        raise _refuse(name, "is not a text file (it holds zero bytes)", remedy)
    first = marked or ("utf-8" if b"\0" not in head else declared or "utf-8")
    problem = _first_undecodable(path, first, digest)
    if problem is None:
        return first
    if marked is None and declared is not None and declared != first:
        problem = _first_undecodable(path, declared, None)
        if problem is None:
            return declared
    line, byte = problem
    raise _refuse(
        f"{name}, line {line}",
        f"byte 0x{byte:02x} is not {(declared or first).upper()}",
        "Save the file as UTF-8, or declare what it is in, e.g. --encoding cp1252 "
        "(western), cp1258 (Vietnamese)",
    )


def _known(encoding: str, name: str) -> str:
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding:
            raise LookupError
    except LookupError:
        remedy = "Known ones are utf-8, utf-16, utf-16-le, cp1252, cp1258, latin-1"
        raise _refuse(name, f"there is no text encoding {encoding!r}", remedy) from None
    return found.name


def _first_undecodable(path: Path, encoding: str, digest) -> tuple[int, int] | None:
    """Line and value of the first byte that is not in `encoding`; feeds `digest` on the way."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, problem = 1, None
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            if digest is not None:
                digest.update(chunk)
            if problem is None:
                try:
                    line += decoder.decode(chunk, final=not chunk).count("\n")
                except UnicodeDecodeError as error:
                    line += error.object[: error.start].count(b"\n")
                    problem = line, error.object[error.start]
            if not chunk or (problem and digest is None):
                return problem


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-min(4, path.stat().st_size), 2)
        return any(mark in stream.read() for mark in (b"\n", b"\r"))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _not_csv(name: str, line: int, error: str) -> HistoryError:
    if "unexpected end of data" in error or "field larger" in error:
        problem = "a quote opens and never closes: the file is truncated, or a quote is stray"
    else:
        problem = f"cannot be taken apart into cells ({error})"
    return _refuse(f"{name}, line {line}", problem, "Download the report again, and do not edit it")


def _refuse(where: str, problem: str, remedy: str = "") -> HistoryError:
    return HistoryError(Fault(where, problem, remedy))


def not_a_workbook(path: Path, name: str) -> HistoryError:
    """Why a zip file is no workbook: what it holds instead."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return _refuse(name, "is a damaged zip file or workbook", "Download it again")
    shown = ", ".join(f"'{entry[:60]}'" for entry in inside[:5])
    more = f" and {len(inside) - 5} more" if len(inside) > 5 else ""
    problem = f"is a zip archive with {shown}{more}" if inside else "is an empty zip archive"
    return _refuse(name, problem, "Unpack it and name the files inside")
