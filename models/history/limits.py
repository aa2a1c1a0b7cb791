"""How much a file may hold: looked at before it is taken in, so that no small file fills a machine.

A compressed file may stand for a thousand times its size, and one long header row for a column in
every row below it.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import Fault, HistoryError, InputError
from models.phrases import said

CELLS_VARIABLE = "BUDGETOPT_MAX_CELLS"
MOST_CELLS = 20_000_000  # about 2 GB as text
BYTES_PER_CELL = 100  # that a file may hold unpacked for each cell that it may have


def most_cells() -> int:
    """How many cells a file may have: 20 million, or $BUDGETOPT_MAX_CELLS.

    Raises
    ------
    HistoryError : the variable holds no number of cells
    """
    told = os.environ.get(CELLS_VARIABLE, "")
    if not told:
        return MOST_CELLS
    if not (told.isascii() and told.isdigit() and 0 < len(told) < 13):
        problem = said("'{told}' is no number of cells", told=told)
        raise HistoryError(Fault(f"${CELLS_VARIABLE}", problem))
    return int(told)


def check_cells(name: str, rows: int, columns: int) -> None:
    """Refuse a table with more cells than may be taken in."""
    if rows * columns > most_cells():
        problem = said("holds {rows:,} rows of {columns:,} columns", rows=rows, columns=columns)
        raise _too_large(name, problem)


def check_bytes(name: str, size: int) -> None:
    """Refuse a file that is larger, or becomes larger unpacked, than may be taken in."""
    if size > BYTES_PER_CELL * most_cells():
        raise _too_large(name, said("holds {size:,} MB", size=round(size / 1e6)))


def check_zip(path: Path, name: str) -> None:
    """Refuse a workbook whose parts become too large; their sizes stand in the archive's list."""
    with zipfile.ZipFile(path) as archive:
        check_bytes(name, sum(part.file_size for part in archive.infolist()))


def _too_large(name: str, problem: str) -> HistoryError:
    remedy = said(
        "If that is meant, allow more cells than {n:,} in the variable {variable}, or name its "
        "folder as a scenario's history: {{tables: FOLDER}}",
        n=most_cells(),
        variable=CELLS_VARIABLE,
    )
    return HistoryError(Fault(name, problem, remedy))


@contextmanager
def read_as(kind: str, name: str) -> Iterator[None]:
    """Whatever a library raises on a file of its format becomes an error of that file.

    Parameters
    ----------
    kind : of file, as people call it: XLSX, Parquet, CSV
    """
    try:
        yield
    except InputError:
        raise
    except MemoryError:
        raise _too_large(name, said("does not fit into memory")) from None
    except Exception as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        problem = said("cannot be read as {kind}: {why}", kind=kind, why=why)
        raise HistoryError(Fault(name, problem, said("Write or download it again"))) from None
