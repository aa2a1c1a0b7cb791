"""Tables in a workbook: columns that hold figures, or formulas over the other columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Value = float | str | None
REFERENCE = re.compile(r"\{(\w+)(\.total|\.next)?\}")
UNKNOWN = "n/a"


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    key : how formulas call it: ``{key}`` is its cell in the same row, ``{key.next}`` the one
        below, ``{key.total}`` the column's total
    style : name of the number format
    value : a row's figure; also the result that a formula shows until it is recalculated
    formula : for cells that follow from others; a text, or made for each row; None: a figure
    total : "sum", "same" (the formula, on the totals), "name" (the value), "" for nothing
    """

    key: str
    title: str
    style: str
    value: Callable[[Any], Value]
    formula: str | Callable[[Any], str | None] | None = None
    total: str = ""
    width: float = 13.0

    def formula_for(self, row: Any) -> str | None:
        return self.formula(row) if callable(self.formula) else self.formula


class Styles:
    """The workbook's formats by name; each is made once.

    Parameters
    ----------
    unit : what stands before an amount of money, e.g. "€"; empty where no currency is known
    decimals : digits of an amount behind the point
    """

    def __init__(self, book: Workbook, unit: str = "", decimals: int = 2) -> None:
        self.book = book
        digits = "#,##0" + ("." + "0" * decimals if decimals else "")
        amount = '"' + unit.replace('"', "") + '" ' + digits if unit else digits
        signed = f"+{amount};[Red]-{amount};{amount}"
        self._numbers = {
            "text": "@",
            "money": f"{amount};[Red]-{amount}",
            "signed_money": signed,
            "number": "#,##0.00;[Red]-#,##0.00",
            "signed_number": "+#,##0.00;[Red]-#,##0.00;0.00",
            "exact": "0.000000;[Red]-0.000000",
            "count": "#,##0;[Red]-#,##0",
            "percent": "0.0%;[Red]-0.0%",
            "signed_percent": "+0.0%;[Red]-0.0%;0.0%",
            "tiny_percent": "0.0000%;[Red]-0.0000%",
        }
        self._made: dict[tuple, Format] = {}

    def __call__(self, name: str, **more: Any) -> Format:
        """The format `name` with further xlsxwriter properties."""
        key = (name, *sorted(more.items()))
        if key not in self._made:
            base = {"num_format": self._numbers[name], "valign": "top"}
            self._made[key] = self.book.add_format(base | more)
        return self._made[key]

    @property
    def head(self) -> Format:
        return self("text", bold=True, text_wrap=True, bg_color="#DDE6EF", bottom=1)

    @property
    def number_head(self) -> Format:
        return self("text", bold=True, text_wrap=True, bg_color="#DDE6EF", bottom=1, align="right")

    @property
    def title(self) -> Format:
        return self("text", bold=True, font_size=16)

    @property
    def section(self) -> Format:
        return self("text", bold=True, font_size=12)

    @property
    def note(self) -> Format:
        return self("text", italic=True, font_color="#555555")

    @property
    def wrapped(self) -> Format:
        return self("text", text_wrap=True)


@dataclass(frozen=True)
class Placed:
    """Where a table stands, so that other sheets can refer to its cells and check its figures.

    Parameters
    ----------
    first, last : its first and last row of figures, counted from 0
    columns : column number by key
    totals : the figure of each total by key, as far as the plan knows it
    """

    sheet: str
    first: int
    last: int
    columns: Mapping[str, int]
    totals: Mapping[str, Value] = field(default_factory=dict)

    def cell(self, key: str, index: int, here: bool = False) -> str:
        """Cell of row `index` (from 0)."""
        return self._prefix(here) + xl_rowcol_to_cell(self.first + index, self.columns[key])

    def total(self, key: str, here: bool = False) -> str:
        """Cell of a column's total."""
        cell = xl_rowcol_to_cell(self.last + 1, self.columns[key], row_abs=True)
        return self._prefix(here) + cell

    def column(self, key: str, here: bool = False, rows: tuple[int, int] | None = None) -> str:
        """Absolute range of a column's figures, or of `rows` (first and last, from 0) of it."""
        first, last = rows or (0, self.last - self.first)
        name = xl_col_to_name(self.columns[key], col_abs=True)
        return f"{self._prefix(here)}{name}${self.first + first + 1}:{name}${self.first + last + 1}"

    def _prefix(self, here: bool) -> str:
        return "" if here else f"'{self.sheet}'!"

    def filled(self, template: str, index: int | None) -> str:
        """A formula for row `index`, or for the totals (None), from its template."""

        def reference(match: re.Match) -> str:
            key, what = match[1], match[2]
            if what == ".next" and index is not None:
                return self.cell(key, index + 1, here=True)
            if what == ".total" or index is None:
                return self.total(key, here=True)
            return self.cell(key, index, here=True)

        return REFERENCE.sub(reference, template)


def write_table(
    sheet: Worksheet,
    styles: Styles,
    columns: Sequence[Column],
    rows: Sequence[Any],
    at: tuple[int, int] = (0, 0),
    totals: Any = None,
    inputs: Sequence[str] = (),
) -> Placed:
    """Write head, rows and (with `totals`, a row of figures for it) the row of totals.

    Parameters
    ----------
    at : row and column of its top left cell, from 0
    inputs : keys of the columns that the reader may change
    """
    top, left = at
    figures = {} if totals is None else {c.key: c.value(totals) for c in columns if c.total}
    numbers = {column.key: left + i for i, column in enumerate(columns)}
    placed = Placed(sheet.name, top + 1, top + len(rows), numbers, figures)
    lines = max(1 + len(column.title) // int(column.width - 1) for column in columns)
    sheet.set_row(top, 15 * lines)
    for column in columns:
        number = numbers[column.key]
        head = styles.head if column.style == "text" else styles.number_head
        sheet.write_string(top, number, column.title, head)
        sheet.set_column(number, number, column.width)
        more = {"bg_color": "#FFF8D6"} if column.key in inputs else {}
        for index, row in enumerate(rows):
            place, template = (placed.first + index, number), column.formula_for(row)
            formula = placed.filled(template, index) if template else None
            write(sheet, place, column.value(row), styles(column.style, **more), formula)
        if column.key in inputs and rows:
            sheet.data_validation(placed.first, number, placed.last, number, NOT_NEGATIVE)
        if totals is not None:
            _write_total(sheet, styles, placed, column, totals)
    return placed


NOT_NEGATIVE = {
    "validate": "decimal",
    "criteria": ">=",
    "value": 0,
    "error_title": "Not a spend",
    "error_message": "A spend is a number, 0 or more.",
}


def _write_total(sheet: Worksheet, styles: Styles, placed: Placed, column: Column, totals) -> None:
    style = styles(column.style, bold=True, top=1)
    formula = None
    if column.total == "sum":
        formula = f"=SUM({placed.column(column.key, here=True)})"
    elif column.total == "same" and isinstance(column.formula, str):
        formula = placed.filled(column.formula, None)
    value = column.value(totals) if column.total else ""
    write(sheet, (placed.last + 1, placed.columns[column.key]), value, style, formula)


def write(
    sheet: Worksheet,
    place: tuple[int, int],
    value: Value,
    style: Format,
    formula: str | None = None,
) -> None:
    """Write one cell. Text stays text whatever it begins with; a formula shows `value` at first."""
    row, column = place
    if formula is not None:
        sheet.write_formula(row, column, formula, style, UNKNOWN if value is None else value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif value is None:
        sheet.write_string(row, column, UNKNOWN, style)
    else:
        sheet.write_number(row, column, value, style)


def paper(
    sheet: Worksheet,
    last_row: int,
    last_column: int,
    repeat: int | None = None,
    pages: tuple[int, int] = (1, 0),
) -> None:
    """Print on A4 landscape.

    Parameters
    ----------
    repeat : the row that heads every page; with several pages side by side, so does column A
    pages : how many pages wide and high at most; 0: as many as it takes
    """
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(*pages)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_footer("&L&A&RPage &P of &N")
    if repeat is not None:
        sheet.repeat_rows(repeat)
    if pages[0] > 1:
        sheet.repeat_columns(0)
