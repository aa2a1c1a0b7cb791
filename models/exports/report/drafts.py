"""A table of a report: which of its rows count, which do not and why, and whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import Cells, Exclusion, Mask
from models.exports.cells.places import at_most, place
from models.exports.platforms.platform import Platform
from models.exports.records.text_records import SourceFile
from models.exports.report.stated_totals import find_totals
from models.exports.report.table_detection import Odd, Table
from models.phrases import said

_FOOTER = re.compile("©|copyright|all rights reserved", re.IGNORECASE)
_ROWS = re.compile(r"rows:\s*(\d+)", re.IGNORECASE)
_AGAIN = said("Download the report again, and do not edit it")


@dataclass(frozen=True)
class Draft:
    """A table, which of its rows are of the report, and why the others are not."""

    cells: Cells
    kept: Mask
    excluded: tuple[Exclusion, ...]
    notes: tuple[str, ...]  # lines of text among the rows


def draft_of(table: Table, platform: Platform, source: SourceFile) -> Draft:
    """A table with its rows told apart.

    Raises
    ------
    HistoryError : a row of another width than the header is no line of text
    """
    cells = table.cells
    notes = _notes(table, source)
    kept = np.ones(len(cells), dtype=bool)
    excluded = []
    for exclusion in (*find_totals(cells), *platform.exclude(cells)):
        rows = exclusion.rows & kept
        if rows.any():
            excluded.append(replace(exclusion, rows=rows))
            kept &= ~rows
    return Draft(cells, kept, tuple(excluded), notes)


def _notes(table: Table, source: SourceFile) -> tuple[str, ...]:
    """Lines of text among the rows; a row of another width than the header is a fault."""
    width = len(table.cells.header)
    faults, notes = [], []
    for odd in table.odd:
        is_last = odd is table.odd[-1] and table.is_last_odd
        if _is_text(odd, is_cut=is_last and not source.ends_with_newline):
            notes.append(" ".join(odd.cells).strip())
            continue
        where = place(source.name, odd.line)
        many = said(
            "the row has {n} cells, the headers are {headers}", n=len(odd.cells), headers=width
        )
        if is_last and len(odd.cells) < width:
            faults.append(Fault(where, said("the file breaks off: {how}", how=many), _AGAIN))
        else:
            remedy = said("{again}; or quote what holds the delimiter", again=_AGAIN)
            faults.append(Fault(where, many, remedy))
    if faults:
        raise HistoryError(at_most(faults, source.name))
    return tuple(notes)


def _is_text(odd: Odd, is_cut: bool) -> bool:
    filled = [cell for cell in odd.cells if cell.strip()]
    text = " ".join(filled)
    if _FOOTER.search(text):
        return True
    return len(filled) == 1 and len(text.split()) >= 3 and not is_cut


def check_count(drafts: Sequence[Draft], preamble: Sequence[str], source: SourceFile) -> None:
    """Microsoft states how many rows follow: fewer is a file that was cut off.

    Raises
    ------
    HistoryError : there are fewer
    """
    stated = next((int(m[1]) for text in preamble if (m := _ROWS.fullmatch(text.strip()))), None)
    there = sum(len(draft.cells) for draft in drafts)
    if stated is not None and there < stated:
        problem = said(
            "states {stated:,} rows and holds {there:,}: it breaks off", stated=stated, there=there
        )
        raise HistoryError(Fault(source.name, problem, _AGAIN))


def totals_of(draft: Draft) -> Mask:
    """Rows that a label marks as sums of others."""
    rows = np.zeros(len(draft.cells), dtype=bool)
    for exclusion in draft.excluded:
        if exclusion.label:
            rows |= exclusion.rows
    return rows
