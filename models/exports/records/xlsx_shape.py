"""What a workbook's XML holds, looked at before a fast reader takes in the whole of it.

The fast reader (calamine) lays a sheet out from its first cell to its last, unpacks what the
archive holds whatever its list states, and reads every number as a float. A workbook that would
cost more memory than its cells are worth, whose list lies, or whose numbers have more digits than
a float, or that holds errors such as #N/A (which the fast one takes for blank), is left to the
careful reader.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 20  # bytes
EMPTY_CELLS = 1_000_000  # that a sheet may span beside four times those that it has
_NOT_XML = (".bin", ".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".vml")
# Every start of a cell, and those of the plain form in which all writers write them.
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_PLACED = re.compile(
    rb"<(?:[\w.-]+:)?c\s+r=\"([A-Z]{1,3})([0-9]{1,7})\"(?:\s+[a-z]+=\"[\w.-]*\")*\s*/?>"
)
_ERROR = b' t="e"'
_LONG = re.compile(rb"<(?:[\w.-]+:)?v\b[^>]*>\s*-?[0-9]{16,}")
_ASCII = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml(?![^>]*encoding=[\"'](?!utf-8|us-ascii))|[^?])", re.I
)


def is_plain(path: Path) -> bool:
    """Whether a fast reader reads a workbook as a careful one would, in the memory of its cells.

    Every part is unpacked once, a piece at a time, within the size that the archive's list states
    and against its checksum.

    Raises
    ------
    zipfile.BadZipFile, OSError, ... : whatever the archive's own reader meets in a damaged one
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len({part.filename for part in parts}) < len(parts):
            return False
        return all(_is_plain(archive, part) for part in parts)


def _is_plain(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    if part.filename.lower().endswith(_NOT_XML):
        return not any(False for _ in _pieces(archive, part))
    cells, rows, columns = 0, 0, 0
    for number, piece in enumerate(_tags(archive, part)):
        if piece is None or (number == 0 and not _ASCII.match(piece)) or _LONG.search(piece):
            return False
        if _ERROR in piece:
            return False
        places = _PLACED.findall(piece)
        if len(places) != len(_CELL.findall(piece)):
            return False
        cells += len(places)
        columns = max([columns, *map(_column, {letters for letters, _ in places})])
        rows = max([rows, *(int(row) for _, row in places)])
    return rows * columns <= 4 * cells + EMPTY_CELLS


def _tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes | None]:
    """Pieces that end with a tag; None where one does not end."""
    rest = b""
    for piece in _pieces(archive, part):
        rest += piece
        end = rest.rfind(b">") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > 2 * CHUNK:
            yield None
            return
    if rest:
        yield rest


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
