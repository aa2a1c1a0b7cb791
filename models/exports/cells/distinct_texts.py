"""The cells of one report table: each column's distinct texts, and which row holds which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.exports.cells import number_parsing
from models.exports.cells.headers import Wordings, micros, minor_in_one, minor_units, plain
from models.exports.cells.number_parsing import Decimal
from models.phrases import Phrase

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]
MONEY = ("spend", "revenue")


@dataclass(frozen=True)
class Texts:
    """A column of text. Millions of rows hold few distinct texts: each is looked at once.

    Parameters
    ----------
    codes : shape (rows,), the position of each row's text among the distinct ones
    distinct : the texts as written
    """

    codes: NDArray[np.int32]
    distinct: tuple[str, ...]

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """Shape (rows,): where a row's text has a property."""
        return np.fromiter(map(holds, self.distinct), bool, len(self.distinct))[self.codes]

    def used(self, rows: Mask | None = None) -> Iterator[tuple[int, str]]:
        """The distinct texts that these rows hold, and their positions."""
        codes = self.codes if rows is None else self.codes[rows]
        present = np.bincount(codes, minlength=len(self.distinct)) > 0
        return ((int(code), self.distinct[code]) for code in np.flatnonzero(present))

    def mapped(self, to: Callable[[str], str]) -> Texts:
        """The same rows with each distinct text replaced."""
        position: dict[str, int] = {}
        moved = [position.setdefault(to(text), len(position)) for text in self.distinct]
        return Texts(np.array(moved, dtype=np.int32)[self.codes], tuple(position))

    def first_row(self, code: int, rows: Mask) -> int:
        """The first of these rows that holds a text."""
        return int(np.flatnonzero(rows & (self.codes == code))[0])


def category(texts: Texts, rows: Mask | None = None) -> pd.Categorical[str]:
    """The texts of these rows as a category; the names of parts must all be of one type."""
    import pandas as pd

    codes = texts.codes if rows is None else texts.codes[rows]
    return pd.Categorical.from_codes(codes, pd.Index(list(texts.distinct), dtype=str))


@dataclass(frozen=True)
class Exclusion:
    """Rows that are no rows of the report.

    Parameters
    ----------
    rows : shape (rows,)
    reason : in plain words
    label : what they sum up, where they are the file's own totals
    """

    rows: Mask
    reason: Phrase
    label: str | None = None


@dataclass(frozen=True)
class Measures:
    """Our measures, shape (rows,) each; NaN where the file says nothing.

    Parameters
    ----------
    values : by measure
    notices : how they were chosen
    """

    values: Mapping[str, NDArray[np.float64]]
    notices: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Cells:
    """One table of a file.

    Parameters
    ----------
    file : as the person named it
    header : the headers as written
    header_line : where they stand
    where : by field, the position of its column among the headers
    columns : by position, the column's texts
    lines : shape (rows,), the line on which each row ends
    extra : shape (rows,), what stands to the right of the last header ("" almost always)
    decimal : how the file writes numbers, once that is decided
    parsed : columns of numbers that were asked for before
    currency : of its money, where that is known
    minor : headers that the platform counts in the currency's smallest unit
    """

    file: str
    header: tuple[str, ...]
    header_line: int
    where: Mapping[str, int]
    columns: Mapping[int, Texts]
    lines: NDArray[np.int64]
    extra: Texts
    decimal: Decimal = "point"
    parsed: dict[str, NDArray[np.float64]] = field(default_factory=dict, compare=False, repr=False)
    currency: str = ""
    minor: Wordings = ()

    def __len__(self) -> int:
        return len(self.lines)

    def text(self, name: str) -> Texts | None:
        """A field's column; None where the table has none."""
        return self.columns[self.where[name]] if name in self.where else None

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A field's numbers, shape (rows,); NaN where a cell says nothing or is no number."""
        if name not in self.parsed:
            texts = self.columns[self.where[name]]
            found = number_parsing.values(texts.distinct, self.decimal)
            self.parsed[name] = (found / self.units_in_one(name))[texts.codes]
        return self.parsed[name]

    def units_in_one(self, name: str) -> int:
        """How many of a column's units make one of ours: a million where it counts micros."""
        if name not in MONEY:
            return 1
        if micros(self.title(name)):
            return 1_000_000
        return minor_in_one(self.currency) if self.is_minor(name) else 1

    def is_minor(self, name: str) -> bool:
        """Whether a field's column counts in its currency's smallest unit."""
        title = self.title(name)
        is_raw = title == title.lower()  # of an API, not of a screen
        return minor_units(title) or (is_raw and plain(title) in self.minor)

    def is_blank(self, name: str) -> Mask:
        """Where a field's cell says nothing; everywhere, if the table has no such column."""
        texts = self.text(name)
        if texts is None:
            return np.ones(len(self), dtype=bool)
        return texts.where(says_nothing)

    def header_of(self, name: str) -> str | None:
        """A field's header; None where another column stands for it."""
        return self.title(name) if name in self.where else None

    def title(self, name: str) -> str:
        """A field's header as written."""
        return self.header[self.where[name]]


def says_nothing(text: str) -> bool:
    """Whether a cell is blank, or a dash that stands for nothing."""
    return text.strip().casefold() in number_parsing.MISSING
