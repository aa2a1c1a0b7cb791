"""From cells to numbers and dates, strictly, with every fault kept for one report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, HistoryError
from models.history.cell_table import Table
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

LISTED = 20  # faults spelled out in one report; the others are counted
ALIKE = 5  # rows with a fault of one cause that are spelled out; of more, the first
OLDEST = 1990  # an earlier year is a slip of the pen

LARGEST = 1e30  # beyond every currency's sums, and far below what overflows when squared
NUMBER = r"[+-]?(?:[0-9]+{mark}?[0-9]*|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
# What stands beside a number of money: a symbol, or a code of three letters.
MONEY = re.compile(r"(?<=\d)\s*[$€£¥₫₹₩฿₱₺₴₪₽đ]$|^([+-]?)\s*[$€£¥₫₹₩฿₱₺₴₪₽]\s*(?=[\d.,-])")
MONTH = re.compile(
    r"(?P<month>0?[1-9]|1[0-2])[/.-](?P<year>\d{4})|(?P<first>\d{4})[/.-](?P<second>0[1-9]|1[0-2])",
    re.ASCII,
)
MARK_WORDS = {".": "point", ",": "comma"}
MARK_NAMES = {".": said("point"), ",": said("comma")}
ISO_DATE = r"(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+]00:00| UTC)?)?"
TOKENS = (("HH:MM", "HH:%M"), ("HH", "%H"), (":SS", ":%S"))
TOKENS += (("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"))


class Faults:
    """Collects what is wrong with one file, and raises it all at once in the file's order."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._found: list[tuple[int, Fault]] = []

    def add(
        self, problem: Phrase, remedy: Phrase | None = None, *, line: int = 0, column: str = ""
    ) -> None:
        """One fault; without a line it speaks of the whole file."""
        where = said("{file}", file=self.table.name)
        if line:
            where = said("{file}, {place}", file=where, place=self._place(line))
        if column:
            where = said("{place}, column {column}", place=where, column=column)
        self._found.append((line, Fault(where, problem, remedy or "")))

    def place(self, row: int) -> Phrase:
        """Where the row at a position stands in the file: ``line 12``."""
        return self._place(int(self.table.lines[row]))

    def _place(self, line: int) -> Phrase:
        if self.table.unit == "line":
            return said("line {line}", line=line)
        if self.table.unit == "iloc":
            return said("row .iloc[{row}]", row=line - 1)
        return said("row {line}", line=line)

    def add_rows(
        self, wrong: pd.Series, problem: Callable[[int], Phrase], remedy: Phrase, column: str = ""
    ) -> None:
        """A fault in each row where `wrong` holds; `problem` words it from the row's position.

        Many of one cause are one fault, with their number.
        """
        rows = [int(row) for row in np.flatnonzero(wrong.to_numpy(dtype=bool))]
        if len(rows) > ALIKE:
            what = said(
                "{problem}, and {n:,} more rows alike",
                problem=problem(rows[0]),
                n=len(rows) - 1,
            )
            self.add(what, remedy, line=int(self.table.lines[rows[0]]), column=column)
            return
        for row in rows:
            self.add(problem(row), remedy, line=int(self.table.lines[row]), column=column)

    def check(self) -> None:
        """Raise what was found, if anything was."""
        if not self._found:
            return
        faults = [fault for _, fault in sorted(self._found, key=lambda found: found[0])]
        more = len(faults) - LISTED
        if more > 0:
            rest = Fault(self.table.name, said("further faults: {n:,}", n=more))
            faults = [*faults[:LISTED], rest]
        raise HistoryError(faults)


def parse_text(column: str, faults: Faults) -> pd.Series:
    """Names; an empty cell is a fault."""
    values = faults.table.frame[column]
    values = values.astype("string").fillna("").astype(str).str.normalize("NFC").str.strip()
    _empty(values == "", column, faults, said("Fill it in, or remove the row"))
    return values


def parse_numbers(
    column: str, faults: Faults, decimal: str = ".", *, may_be_negative: bool = False
) -> pd.Series:
    """Numbers, read strictly: what is not wholly a number is a fault, and so is an empty cell.

    Returns
    -------
    floats, one per row; NaN only where a fault was recorded
    """
    import pandas as pd

    cells = faults.table.frame[column]
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values = cells.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        empty, text = np.isnan(values), np.zeros(len(cells), dtype=bool)
    else:
        words = cells.astype("string").fillna("").astype(str).str.strip()
        empty = (words == "").to_numpy()
        values = _figures(words, decimal)
        text = np.isnan(values) & ~empty
        if text.any() and (other := _other_mark(words, text, decimal)):
            _say_mark(column, faults, text, other)
            text = np.zeros(len(cells), dtype=bool)
    negative = np.zeros(len(cells), dtype=bool) if may_be_negative else values < 0
    large = (np.abs(values) > LARGEST) & ~np.isinf(values)
    none = said("Write 0 where there was none, or remove the row")
    plain = said(
        "Write plain numbers such as {example}, without currency or thousands marks",
        example=f"1234{decimal}56",
    )
    credit = said(
        "Book credits and returns on the day of what they correct, so that each row is a sum"
    )
    _empty(pd.Series(empty), column, faults, none)
    for wrong, what, remedy in (
        (text, lambda value: said("{value} is not a number", value=value), plain),
        (np.isinf(values), lambda v: said("{value} is not a finite number", value=v), plain),
        (large, lambda value: said("{value} is larger than any amount", value=value), plain),
        (negative, lambda value: said("{value} is below zero", value=value), credit),
    ):
        faults.add_rows(
            pd.Series(wrong),
            lambda row, what=what: what(_short(cells.iloc[row])),
            remedy,
            column,
        )
    return pd.Series(values)


def _say_mark(column: str, faults: Faults, wrong: NDArray[np.bool_], mark: str) -> None:
    """One fault for all cells that are numbers only under the other decimal mark."""
    first = int(np.flatnonzero(wrong)[0])
    faults.add(
        said(
            "{value} is a number only with a decimal {mark}; such cells: {n:,}",
            value=_short(faults.table.frame[column].iloc[first]),
            mark=MARK_NAMES[mark],
            n=int(wrong.sum()),
        ),
        said(
            "Declare it: --decimal {mark} (in a scenario's history: decimal: '{sign}')",
            mark=MARK_WORDS[mark],
            sign=mark,
        ),
        line=int(faults.table.lines[first]),
        column=column,
    )


def _figures(words: pd.Series, decimal: str) -> NDArray[np.float64]:
    """The numbers of text cells; NaN where a cell is none.

    Marks of money are no part of a number. Thousands are parted by what is not the decimal mark,
    in groups of three; alone and once (``1,234``) such a group could be a fraction, so that it
    is read only where the column itself tells (``1,234.50``, ``1,234,567``), or under a comma.
    """
    import pandas as pd

    codes, distinct = pd.factorize(words)
    bare = [MONEY.sub(lambda match: match[1] or "", str(word)).strip() for word in distinct]
    plain = re.compile(NUMBER.replace("{mark}", re.escape(decimal)), re.ASCII)
    group = "." if decimal == "," else ","
    grouped = re.compile(
        rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+(?:{re.escape(decimal)}\d*)?", re.ASCII
    )
    hits = [bool(grouped.fullmatch(text)) for text in bare]
    tells = decimal == "," or any(
        text.count(group) > 1 or decimal in text
        for text, hit in zip(bare, hits, strict=True)
        if hit
    )
    values = [
        float(text.replace(group, "").replace(decimal, ".") if hit else text.replace(decimal, "."))
        if (hit and tells) or plain.fullmatch(text)
        else np.nan
        for text, hit in zip(bare, hits, strict=True)
    ]
    return np.array(values, dtype=float)[codes]


def _other_mark(words: pd.Series, wrong: NDArray[np.bool_], decimal: str) -> str | None:
    """The other decimal mark, where all cells that are no numbers under this one are under it."""
    other = "," if decimal == "." else "."
    values = _figures(words, other)
    filled = (words != "").to_numpy()
    if np.isnan(values[filled]).any():
        return None
    # A group of three could be thousands as well: one cell at least must be none.
    group = re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(other)}\d{{3}})+", re.ASCII)
    tells = any(not group.fullmatch(word) for word in words[wrong].unique())
    return other if tells else None


def holds_numbers(cells: pd.Series, decimal: str = ".", *, any_mark: bool = False) -> bool:
    """Whether a column is meant to hold numbers: any of its cells does.

    With `any_mark` for a column that nobody named: both decimal marks count.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells):
        return True
    words = cells.astype("string").fillna("").astype(str).str.strip()
    mark = "[.,]" if any_mark else re.escape(decimal)
    return bool(words.str.fullmatch(NUMBER.replace("{mark}", mark)).any())


def parse_dates(
    column: str, faults: Faults, date_format: str | None = None, today: date | None = None
) -> pd.Series:
    """Days, read strictly by one form; a date after `today` is a fault."""
    import pandas as pd

    cells = faults.table.frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells):
        stamps = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        words = stamps.dt.strftime("%Y-%m-%d %H:%M:%S").fillna("").astype(str)
        date_format = None
    else:
        words = cells.astype("string").fillna("").astype(str).str.strip()
    # A file has few distinct dates: parse each once.
    codes, distinct = pd.factorize(words)
    if date_format is None and (months := _as_months(distinct)) is not None:
        distinct = months
    known = [_one_date(str(word), date_format) for word in distinct]
    days = pd.Series(pd.to_datetime(pd.Series(known, dtype=object)).to_numpy()[codes])
    days = days.dt.normalize()  # hours are summed to their day
    empty = words == ""
    _empty(empty, column, faults, said("Fill it in, or remove the row"))
    form = date_format or "YYYY-MM-DD"
    correct = remedy = said("Correct it")
    if date_format is None:
        remedy = said(
            "Where all dates have another form, declare it, e.g. --date-format DD/MM/YYYY "
            "(in a scenario's history: date_format: DD/MM/YYYY)"
        )
    last = today or date.today()

    def no_day(value: str) -> Phrase:
        return said("{value} is not a day of the form {form}", value=value, form=form)

    def too_late(value: str) -> Phrase:
        return said("{value} lies in the future (today is {today})", value=value, today=last)

    def too_early(value: str) -> Phrase:
        return said("{value} lies before {year}", value=value, year=OLDEST)

    for wrong, what, how in (
        (days.isna() & ~empty, no_day, remedy),
        (days > pd.Timestamp(last), too_late, correct),
        (days < pd.Timestamp(OLDEST, 1, 1), too_early, correct),
    ):
        faults.add_rows(wrong, lambda row, what=what: what(_short(words.iloc[row])), how, column)
    return days.astype("datetime64[s]")


def _as_months(words: Iterable[object]) -> list[str] | None:
    """``11/2024`` and ``2024-11`` as the first day of the month, where all words are so."""
    found = [MONTH.fullmatch(str(word)) for word in words if str(word)]
    if not found or not all(found):
        return None
    hits = [(str(word), MONTH.fullmatch(str(word))) for word in words]
    return [
        f"{hit['year'] or hit['first']}-{int(hit['month'] or hit['second']):02}-01" if hit else word
        for word, hit in hits
    ]


def _one_date(word: str, date_format: str | None) -> object:
    from datetime import datetime

    if date_format is None:
        match = re.fullmatch(ISO_DATE, word, re.ASCII)
        if not match:
            return None
        word, date_format = match[1], "%Y-%m-%d"
    try:
        # Years outside what timestamps hold cannot occur: a year has four digits.
        return datetime.strptime(word, strptime_form(date_format))
    except ValueError:
        return None


def strptime_form(date_format: str) -> str:
    """``DD/MM/YYYY`` or ``%d/%m/%Y`` as strptime wants it.

    Raises
    ------
    HistoryError : the form names no day, month or year
    """
    form = date_format
    if "%" not in form:
        for token, code in TOKENS:
            form = form.replace(token, code)
    codes = set(re.findall(r"%.", form))
    if not ({"%d"} <= codes and codes & {"%m", "%b", "%B"} and codes & {"%Y", "%y"}):
        raise HistoryError(
            Fault(
                "date_format",
                said("{form!r} does not say where day, month and year stand", form=date_format),
                said("Write it as in DD/MM/YYYY or %d/%m/%Y"),
            )
        )
    return form


def _empty(wrong: pd.Series, column: str, faults: Faults, remedy: Phrase) -> None:
    faults.add_rows(wrong, lambda row: said("the cell is empty"), remedy, column)


def _short(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")
