"""From records to tables: where the header stands, which rows are its rows, what lies between."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.dates import FORMS, parse
from models.exports.cells.distinct_texts import Cells, Texts, says_nothing
from models.exports.cells.headers import find
from models.exports.cells.places import at_most, place
from models.exports.platforms.platform import Platform
from models.exports.records.text_records import Records, SourceFile
from models.exports.report.partial import breakdown_columns
from models.exports.report.stated_totals import is_total
from models.exports.report.unread import suspects
from models.phrases import said

_BATCH = 5_000  # rows whose cells are held as Python text at a time
_MOST_ODD = 100_000  # rows that do not fit their header; more of them is another kind of file


@dataclass(frozen=True)
class Odd:
    """A record that is no row of a table: a footer, a comment, a row of another width."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One header with its rows.

    Parameters
    ----------
    cells : the columns of the fields, and the first two, where totals have their label
    odd : records after the header that have another number of cells
    is_last_odd : the last record of the file is among them
    """

    cells: Cells
    odd: tuple[Odd, ...]
    is_last_odd: bool


@dataclass(frozen=True)
class Contents:
    """All that a file holds.

    Parameters
    ----------
    preamble : the text before the first header, one per record
    tables : those with a known header, in order
    other_rows : rows of tables with another header, by that header
    """

    preamble: tuple[str, ...]
    tables: tuple[Table, ...]
    other_rows: Mapping[str, int] = field(default_factory=dict)


class _Columns:
    """Collects the wanted columns of one table, a batch of rows at a time."""

    def __init__(self, header: Sequence[str], line: int, wanted: Iterable[int]) -> None:
        self.header = tuple(header)
        self.line = line
        self.lines = array("q")
        self.odd: list[Odd] = []
        self._rows: list[list[str]] = []
        self._position: dict[int, defaultdict[str, int]] = {}
        self._codes: dict[int, list[np.ndarray]] = {}
        for column in (*wanted, -1):
            texts: defaultdict[str, int] = defaultdict()
            texts.default_factory = texts.__len__
            self._position[column], self._codes[column] = texts, []
        self._position[-1][""] = 0  # nothing, in almost every row

    def add(self, row: list[str], line: int) -> None:
        self._rows.append(row)
        self.lines.append(line)
        if len(self._rows) == _BATCH:
            self._flush()

    def add_with_extra(self, row: list[str], line: int) -> None:
        """A row with one more cell than headers: GA4 labels its totals so."""
        self.add(row[:-1], line)
        self._flush()
        self._codes[-1][-1][-1] = self._position[-1][row[-1]]

    def _flush(self) -> None:
        if not self._rows:
            return
        count = len(self._rows)
        for column, texts in zip(
            range(len(self.header)), zip(*self._rows, strict=True), strict=True
        ):
            if column in self._codes:
                code = self._position[column].__getitem__
                if texts.count(texts[0]) == count:  # comparing is cheaper than hashing
                    codes = np.full(count, code(texts[0]), dtype=np.int32)
                else:
                    codes = np.fromiter(map(code, texts), np.int32, count)
                self._codes[column].append(codes)
        self._codes[-1].append(np.zeros(count, dtype=np.int32))
        self._rows = []

    def cells(self, file: str, where: Mapping[str, int]) -> Cells:
        self._flush()
        none = np.empty(0, dtype=np.int32)
        texts = {
            column: Texts(np.concatenate([none, *codes]), tuple(self._position[column]))
            for column, codes in self._codes.items()
        }
        lines = np.array(self.lines, dtype=np.int64)
        return Cells(file, self.header, self.line, where, texts, lines, texts.pop(-1))


def read_contents(source: SourceFile, form: str, header_at: int, platform: Platform) -> Contents:
    """Read a file whose header, form and platform are known.

    Parameters
    ----------
    header_at : which record is the first header, counted from 0

    Raises
    ------
    HistoryError : the file cannot be taken apart, or most of its records do not fit the header
    """
    with source.open(form) as records:
        above = [(next(records), records.line_num) for _ in range(header_at)]
        reader = _Reader(source.name, platform)
        reader.start(_without_tail(next(records)), records.line_num)
        _check_above(above, reader.width, source.name)
        reader.read(records)
    preamble = tuple(" ".join(filter(None, record)) for record, _ in above)
    return Contents(preamble, tuple(reader.tables()), reader.other_rows)


def _check_above(above: Sequence[tuple[list[str], int]], width: int, name: str) -> None:
    """A row above the header, as after sorting in a spreadsheet, must not pass for preamble."""
    faults = [
        Fault(
            place(name, line),
            said("stands above the header and looks like one of its rows"),
            said("Download the report again, and do not edit it"),
        )
        for record, line in above
        if len(_without_tail(record)) == width
        and any(parse(cell, form) for cell in record for form in FORMS)
    ]
    if faults:
        raise HistoryError(at_most(faults, name))


class _Reader:
    """Walks over the records after the first header."""

    def __init__(self, name: str, platform: Platform) -> None:
        self.name = name
        self.platform = platform
        self.other_rows: dict[str, int] = {}
        self._tables: list[_Columns] = []
        self._other: str | None = None
        self._last_is_odd = False
        self._odd = 0

    @property
    def width(self) -> int:
        return len(self._tables[-1].header)

    def start(self, header: list[str], line: int) -> None:
        found = find(header, self.platform.fields)
        # Beside the fields: the first two, where totals have their label, and what is asked about.
        wanted = {*found.values(), *range(min(2, len(header))), *suspects(header, found)}
        wanted |= breakdown_columns(header)
        self._tables.append(_Columns(header, line, wanted))
        self._other = None

    def read(self, records: Records) -> None:
        columns = self._tables[-1]
        width, first = len(columns.header), columns.header[0]
        after_gap = False
        for row in records:
            # The ordinary row, before anything that costs time.
            if len(row) == width and not after_gap and row[0] != first and self._other is None:
                columns.add(row, records.line_num)
                self._last_is_odd = False
                continue
            if not any(row) or (row[0].lstrip().startswith("#") and len(row) != width):
                after_gap = True
                continue
            cut = _without_tail(row)
            if cut == list(columns.header) or (after_gap and self._is_header(cut)):
                self._next_table(cut, records.line_num)
                columns = self._tables[-1]
                width, first = len(columns.header), columns.header[0]
            elif self._other is not None:
                self.other_rows[self._other] += 1
            else:
                self._add(columns, row, cut, width, records.line_num)
            after_gap = False

    def _is_header(self, cells: list[str]) -> bool:
        """After a gap: words in every cell, and no figure, start another table."""
        filled = [cell for cell in cells if not says_nothing(cell)]
        figures = any(character.isdigit() for cell in filled for character in cell)
        return len(filled) > 1 and not figures and not any(map(is_total, filled))

    def _next_table(self, header: list[str], line: int) -> None:
        known = find(header, self.platform.fields)
        if len(known) > 1 and {"date", "week", "start"} & set(known):
            self.start(header, line)
        else:
            self._other = ", ".join(header)[:60]
            self.other_rows.setdefault(self._other, 0)

    def _add(
        self, columns: _Columns, row: list[str], cut: list[str], width: int, line: int
    ) -> None:
        self._last_is_odd = False
        if len(cut) <= width <= len(row):
            columns.add(row[:width], line)
        elif len(cut) == width + 1 and not any(c.isdigit() for c in cut[-1]):
            columns.add_with_extra(cut, line)
        elif len(cut) < width and any(map(is_total, cut)):
            columns.add(cut + [""] * (width - len(cut)), line)
        else:
            columns.odd.append(Odd(line, tuple(row)))
            self._last_is_odd = True
            self._odd += 1
            if self._odd > _MOST_ODD:
                raise HistoryError(
                    Fault(
                        place(self.name, line),
                        said(
                            "over {n:,} rows have another number of cells than the header",
                            n=_MOST_ODD,
                        ),
                        said("Check the delimiter, and download the report again"),
                    )
                )

    def tables(self) -> Iterable[Table]:
        for index, columns in enumerate(self._tables):
            if index and not (columns.lines or columns.odd):
                continue  # a header at the end, with nothing below it
            where = find(columns.header, self.platform.fields)
            last = index == len(self._tables) - 1
            cells = columns.cells(self.name, where)
            yield Table(cells, tuple(columns.odd), last and self._last_is_odd)


def _without_tail(row: list[str]) -> list[str]:
    """A record without the empty cells at its end."""
    while row and not row[-1].strip():
        row = row[:-1]
    return row
