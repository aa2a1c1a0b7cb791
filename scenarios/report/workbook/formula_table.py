"""Tables in a workbook: columns that hold figures, or formulas over the other columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.phrases import said
from scenarios.language.language import Language
from scenarios.report.workbook.sheet import UNKNOWN

Value = float | str | None
REFERENCE = re.compile(r"\{(\w+)(\.total|\.next|\.earlier)?\}")
HEAD_LOOK = {"bold": True, "text_wrap": True, "bg_color": "#DDE6EF", "bottom": 1}


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    key : how formulas call it: ``{key}`` is its cell in the same row, ``{key.next}`` the one
        below, ``{key.earlier}`` that of the same channel one period before, ``{key.total}`` the
        column's total
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
    width: float = 14.5

    def formula_for(self, row: Any) -> str | None:
        return self.formula(row) if callable(self.formula) else self.formula


class Styles:
    """The workbook's formats by name; each is made once.

    Parameters
    ----------
    unit : what stands before an amount of money, e.g. "€"; empty where no currency is known
    decimals : digits of an amount behind the point
    spoken : what the workbook is written in
    """

    def __init__(
        self, book: Workbook, unit: str = "", decimals: int = 2, spoken: Language | None = None
    ) -> None:
        self.book = book
        self.spoken = spoken or Language()
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
            "tiny_percent": "0.0####%",
        }
        self._made: dict[tuple, Format] = {}

    def __call__(self, name: str, **more: Any) -> Format:
        """The format `name` with further xlsxwriter properties."""
        key = (name, *sorted(more.items()))
        if key not in self._made:
            base = {"num_format": self._numbers[name], "valign": "top"}
            base["align"] = "left" if name == "text" else "right"
            self._made[key] = self.book.add_format(base | more)
        return self._made[key]

    @property
    def head(self) -> Format:
        return self("text", **HEAD_LOOK)

    @property
    def number_head(self) -> Format:
        return self("text", **HEAD_LOOK, align="right")

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


def quoted(sheet: str) -> str:
    """A sheet's name as formulas call it."""
    name = sheet.replace("'", "''")
    return f"'{name}'"


@dataclass(frozen=True)
class Placed:
    """Where a table stands, so that other sheets can refer to its cells and check its figures.

    Parameters
    ----------
    first, last : its first and last row of figures, counted from 0
    columns : column number by key
    totals : the figure of each total by key, as far as the plan knows it
    rows_per_period : of a table with every channel of every period
    """

    sheet: str
    first: int
    last: int
    columns: Mapping[str, int]
    totals: Mapping[str, Value] = field(default_factory=dict)
    rows_per_period: int = 0

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
        return "" if here else f"{quoted(self.sheet)}!"

    def filled(self, template: str, index: int | None) -> str:
        """A formula for row `index`, or for the totals (None), from its template."""

        def reference(match: re.Match) -> str:
            key, what = match[1], match[2]
            if what == ".next" and index is not None:
                return self.cell(key, index + 1, here=True)
            if what == ".earlier" and index is not None:
                return self.cell(key, index - self.rows_per_period, here=True)
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
    rows_per_period: int = 0,
) -> Placed:
    """Write head, rows and (with `totals`, a row of figures for it) the row of totals.

    Parameters
    ----------
    at : row and column of its top left cell, from 0
    inputs : keys of the columns that the reader may change
    rows_per_period : how many rows further up the same channel stands one period before
    """
    top, left = at
    figures = {} if totals is None else {c.key: c.value(totals) for c in columns if c.total}
    numbers = {column.key: left + i for i, column in enumerate(columns)}
    last = top + len(rows)
    placed = Placed(str(sheet.get_name()), top + 1, last, numbers, figures, rows_per_period)
    titles = [styles.spoken.say(column.title) for column in columns]
    lines = max(
        1 + len(title) // int(c.width - 1) for c, title in zip(columns, titles, strict=True)
    )
    sheet.set_row(top, 15 * lines)
    for column in columns:
        number = numbers[column.key]
        beside = {"indent": 1} if column.style == "text" and number > left else {}
        head = styles("text", **HEAD_LOOK, **(beside or _right(column)))
        sheet.write_string(top, number, column.title, head)
        sheet.set_column(number, number, column.width)
        more = {"bg_color": "#FFF8D6"} if column.key in inputs else {}
        for index, row in enumerate(rows):
            place, template = (placed.first + index, number), column.formula_for(row)
            formula = placed.filled(template, index) if template else None
            write(sheet, place, column.value(row), styles(column.style, **more, **beside), formula)
        if column.key in inputs and rows:
            allowed = NOT_NEGATIVE | {key: styles.spoken.say(text) for key, text in REFUSED.items()}
            sheet.data_validation(placed.first, number, placed.last, number, allowed)
        if totals is not None:
            _write_total(sheet, styles, placed, column, totals)
    return placed


def _right(column: Column) -> dict[str, str]:
    return {} if column.style == "text" else {"align": "right"}


NOT_NEGATIVE: dict[str, Any] = {"validate": "decimal", "criteria": ">=", "value": 0}
REFUSED = {
    "error_title": said("Not a spend"),
    "error_message": said("A spend is a number, 0 or more."),
}


def _write_total(sheet: Worksheet, styles: Styles, placed: Placed, column: Column, totals) -> None:
    style = styles(column.style, bold=True, top=1)
    formula = None
    value = column.value(totals) if column.total else ""
    if column.total == "sum" and value is not None:
        formula = f"=SUM({placed.column(column.key, here=True)})"
    elif column.total == "same" and isinstance(column.formula, str):
        formula = placed.filled(column.formula, None)
    write(sheet, (placed.last + 1, placed.columns[column.key]), value, style, formula)


def write_lines(
    sheet: Worksheet,
    styles: Styles,
    lines: Sequence[Column],
    subjects: Sequence[Any],
    names: Sequence[str],
    top: int,
) -> Placed:
    """A table the other way round: a column per subject, a row per line.

    In a line's formula ``{key}`` is the cell of that line in the same column, ``{name}`` the
    column's head and ``{before}`` the cells to its left in the same row.
    """
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(subjects), 23)
    sheet.write_string(top, 0, "", styles.head)
    for column, name in enumerate(names, start=1):
        sheet.write_string(top, column, name, styles.number_head)
    row_of = {line.key: top + 1 + i for i, line in enumerate(lines)}
    for line, row in zip(lines, row_of.values(), strict=True):
        bold = {"bold": True, "top": 1} if line.total else {}
        sheet.write_string(row, 0, line.title, styles("text", **bold))
        style = styles(line.style, align="right", **bold)
        for column, subject in enumerate(subjects, start=1):
            cells = {key: xl_rowcol_to_cell(at, column) for key, at in row_of.items()}
            cells["name"] = xl_rowcol_to_cell(top, column, row_abs=True)
            cells["before"] = xl_range(row, 1, row, column - 1) if column > 1 else ""
            template = line.formula_for(subject)
            formula = template.format(**cells) if template else None
            write(sheet, (row, column), line.value(subject), style, formula)
    sheet.freeze_panes(top + 1, 1)
    return Placed(str(sheet.get_name()), top + 1, top + len(lines), {line.key: 0 for line in lines})


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
        shown: Any = UNKNOWN if value is None else value  # xlsxwriter's stub knows only integers
        sheet.write_formula(row, column, formula, style, shown)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif value is None:
        sheet.write_string(row, column, UNKNOWN, style)
    else:
        sheet.write_number(row, column, value, style)
