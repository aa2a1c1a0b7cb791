"""A file before anything in it is read: its kind, the encoding of its text, its hash."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from models.errors import Fault, HistoryError, nearest
from models.phrases import Phrase, said

CHUNK = 1 << 20  # bytes
HEAD = 4096  # bytes
PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
_BOMS = (  # the longer first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNPACK, _AS_CSV = said("Unpack it and name the files inside"), said("Download it as CSV")
_OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", said("is an old Excel file (.xls)"), said("Save it as .xlsx or as CSV")),
    (b"\x1f\x8b", said("is compressed with gzip"), _UNPACK),
    (b"7z\xbc\xaf", said("is a 7z archive"), _UNPACK),
    (b"Rar!", said("is a RAR archive"), _UNPACK),
    (b"%PDF", said("is a PDF"), _AS_CSV),
    (b"\x89PNG", said("is a picture"), _AS_CSV),
)
_WEB = (b"<!doctype", b"<html", b"<?xml")


class Digest(Protocol):
    """What bytes are fed to, as `hashlib.sha256()`."""

    def update(self, data: bytes, /) -> None: ...


def refuse(where: str, problem: str, remedy: str = "") -> HistoryError:
    """The error for a file that is wrong as a whole."""
    return HistoryError(Fault(where, problem, remedy))


def chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, a piece at a time."""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, without holding the file in memory."""
    digest = hashlib.sha256()
    for chunk in chunks(Path(path)):
        digest.update(chunk)
    return digest.hexdigest()


def first_bytes(path: Path, name: str, otherwise: Phrase) -> bytes:
    """The head of a file of text, of a workbook or of Parquet.

    Parameters
    ----------
    name : the file, as the person named it
    otherwise : what to do about a file that is missing or empty

    Raises
    ------
    HistoryError : it is missing, empty, a folder, may not be read, or is of another kind
    """
    if path.is_dir():
        raise refuse(name, said("is a directory, not a file"), said("Name the file in it"))
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        remedy = said("Did you mean '{near}'?", near=near) if near else otherwise
        raise refuse(name, said("there is no such file"), remedy)
    if not path.is_file():
        raise refuse(name, said("is not a regular file"), otherwise)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except PermissionError:
        raise refuse(name, said("may not be read"), said("Ask for permission to read it")) from None
    if not head.strip():
        raise refuse(name, said("the file is empty"), otherwise)
    for magic, problem, remedy in _OTHER_KINDS:
        if head.startswith(magic):
            raise refuse(name, problem, remedy)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:9].lower().startswith(_WEB):
        problem = said("is a web page, not a table")
        raise refuse(name, problem, said("Download it again after signing in"))
    return head


def text_encoding(path: Path, name: str, head: bytes, declared: str | None, digest: Digest) -> str:
    """The encoding that a whole file is in: its byte order mark's, else UTF-8, else the declared.

    Parameters
    ----------
    digest : is fed the file's bytes on the way

    Raises
    ------
    HistoryError : it is in another encoding, or no text, or there is no encoding as declared
    """
    known = _known(declared, name) if declared else None
    marked = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    found = marked or "utf-8"
    fault = _undecodable(path, name, found, digest)
    if fault is not None and marked is None and known not in (None, "utf-8"):
        found = str(known)
        fault = _undecodable(path, name, found, hashlib.sha256())
    if fault is not None:
        raise HistoryError(fault)
    return found


def _known(declared: str, name: str) -> str:
    try:
        io.TextIOWrapper(io.BytesIO(), declared)  # refuses codecs not of text, such as hex
        return codecs.lookup(declared).name
    except LookupError:
        remedy = said("Known ones are utf-8, utf-16, cp1252, latin-1, cp1258, gbk, shift_jis")
        problem = said("there is no encoding {name!r}", name=declared)
        raise refuse(name, problem, remedy) from None


def _undecodable(path: Path, name: str, encoding: str, digest: Digest) -> Fault | None:
    """The first place of a file that is no text in an encoding; reads to the end all the same."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, line, fault = 0, 1, None
    for chunk in _with_end(chunks(path)):
        digest.update(chunk)
        if fault is not None:
            continue
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            byte, place = error.object[error.start], done - held + error.start + 1
            fault = _not_in(
                encoding, said("{file}, line {line}", file=name, line=line), byte, place
            )
            continue
        except UnicodeError as error:  # of a codec that does not say where
            problem = said("is not {encoding} ({why})", encoding=encoding, why=str(error))
            fault = Fault(name, problem, said("Declare another encoding"))
            continue
        if "\0" in text:
            problem = said("is not a text file (it holds zero bytes)")
            remedy = said("If it is text for Excel, declare it: --encoding utf-16-le")
            fault = Fault(name, problem, remedy)
        line += text.count("\n")
        done += len(chunk)
    return fault


def _with_end(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b""


def _not_in(encoding: str, where: Phrase, byte: int, place: int) -> Fault:
    return Fault(
        where,
        said(
            "byte {place} of the file, 0x{byte:02x}, is not {encoding}",
            place=place,
            byte=byte,
            encoding="UTF-8" if encoding.startswith("utf-8") else encoding,
        ),
        said(
            "Save the file as UTF-8, or declare what it is in, e.g. --encoding cp1252 (western) "
            "or cp1258 (Vietnamese)"
        ),
    )
