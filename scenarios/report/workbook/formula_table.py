"""Tables in a workbook: columns that hold figures, or formulas over the other columns."""

from __future__ import annotations

import math
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
from scenarios.plan.money import Money
from scenarios.plan.rounding import decimals_of
from scenarios.report.workbook.sheet import UNKNOWN

Value = float | str | None
REFERENCE = re.compile(r"\{(\w+)(\.total|\.next|\.earlier)?\}")
SYMBOLS = {
    "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "VND": "₫", "KRW": "₩", "IDR": "Rp",
    "PLN": "zł", "CHF": "CHF", "THB": "฿", "PHP": "₱", "ILS": "₪", "UAH": "₴", "NGN": "₦",
}  # fmt: skip
OF_MONEY = ("money", "signed_money")  # amounts that are counted in the plan's unit
# Least decimals, and significant digits below a tenth.
SIGNIFICANT = {"rate": (2, 3), "cpa": (2, 3), "exact": (6, 4)}
MOST_DIGITS = 12
ROOM = 2.5  # characters of a column beside its longest figure: the margins, and a digit more
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


def places(decimals: int) -> str:
    """Decimals of a number format."""
    return "." + "0" * decimals if decimals else ""


class Styles:
    """The workbook's formats by name; each is made once.

    Parameters
    ----------
    money : how amounts are written: long ones in thousands, millions or billions, which the heads
        then say; the cells hold them in full
    spoken : what the workbook is written in
    """

    def __init__(
        self, book: Workbook, money: Money | None = None, spoken: Language | None = None
    ) -> None:
        self.book = book
        self.money = money or Money()
        self.spoken = spoken or Language()
        self.sign = SYMBOLS.get(self.money.currency or "", self.money.currency or "")
        self.decimals = decimals_of(self.money.currency)
        self.commas = "," * round(math.log10(self.money.factor) / 3)
        whole = self._amount("#,##0" + places(self.decimals))
        amount = "#,##0.00" + self.commas if self.commas else whole
        # A figure below zero is red; a change is not: less of something may be what is wanted.
        self._digits = {
            "money": amount, "full_money": whole, "number": "#,##0.00", "count": "#,##0",
            "percent": "0.0%",
        }  # fmt: skip
        self._numbers = {"text": "@", "tiny_percent": "0.0####%"}
        for name, digits in self._digits.items():
            self._numbers[name] = f"{digits};[Red]-{digits}"
            self._numbers[f"signed_{name}"] = f"+{digits};-{digits};{digits}"
        self._made: dict[tuple, Format] = {}

    def _amount(self, digits: str) -> str:
        return '"' + self.sign.replace('"', "") + '" ' + digits if self.sign else digits

    def __call__(self, name: str, **more: Any) -> Format:
        """The format `name` with further xlsxwriter properties."""
        key = (name, *sorted(more.items()))
        if key not in self._made:
            base: dict[str, Any] = {"valign": "top"}
            if "num_format" not in more:
                base["num_format"] = self._number_format(name)
            base["align"] = "left" if name == "text" else "right"
            self._made[key] = self.book.add_format(base | more)
        return self._made[key]

    def _number_format(self, name: str) -> str:
        kind, _, digits = name.partition(":")
        if not digits:
            return self._numbers[name]
        number = self._rate(kind, int(digits))
        return f"{number};[Red]-{number}"

    def of(self, name: str, value: Value, **more: Any) -> Format:
        """The format of one figure: a rate has the digits that its size deserves."""
        return self(self._sized(name, value), **more)

    def change(self, name: str, value: Value, better: int) -> Format:
        """The format of a change: red where it is bad.

        Parameters
        ----------
        name : style of what changes
        better : +1 where more is better, -1 where less is, else 0
        """
        kind, _, digits = self._sized(name, value).partition(":")
        shown = self._digits.get(name) or self._rate(kind, int(digits))
        more, less = ("[Red]" if better == sign else "" for sign in (-1, 1))
        return self(name, num_format=f"{more}+{shown};{less}-{shown};{shown}")

    def _rate(self, kind: str, digits: int) -> str:
        number = "#,##0" + places(digits)
        return self._amount(number) if kind == "cpa" else number

    def _sized(self, name: str, value: Value) -> str:
        if name not in SIGNIFICANT:
            return name
        least, significant = SIGNIFICANT[name]
        size = abs(value) if isinstance(value, (int, float)) else 1.0
        if size >= 1000 and name != "exact":
            return f"{name}:0"
        small = math.floor(math.log10(size)) if 0 < size < 0.1 else 0
        digits = max(least, significant - 1 - small) if small else least
        return f"{name}:{min(digits, MOST_DIGITS)}"

    def length(self, name: str, value: Value) -> int:
        """How many characters a figure takes in its format."""
        if not isinstance(value, (int, float)):
            return 0
        kind, _, digits = self._sized(name, value).partition(":")
        if "percent" in name:
            return len(f"{value:+,.1%}") + (4 if name == "tiny_percent" else 0)
        number = value / self.money.factor if name in OF_MONEY else value
        is_whole = name.endswith("full_money") or (name in OF_MONEY and self.money.factor == 1.0)
        shown = self.decimals if is_whole else int(digits or (0 if name == "count" else 2))
        sign = len(self.sign) + 1 if is_whole or kind == "cpa" else 0
        return len(f"{number:+,.{shown}f}") + sign

    def titled(self, column: Column) -> str:
        """A column's title, with what its amounts are counted in where they are long."""
        if column.style in OF_MONEY and self.money.factor != 1.0:
            return self.money.head(column.title)
        return column.title

    @property
    def axis(self) -> dict[str, Any]:
        """How an axis of amounts is written."""
        axis: dict[str, Any] = {"num_format": "#,##0" + self.commas}
        if unit := self.spoken.say(self.money.unit):
            axis |= {"name": unit, "name_font": {"bold": False, "size": 9}}
        return axis

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
    widths = [_width(styles, column, rows, totals) for column in columns]
    titles = [styles.spoken.say(styles.titled(column)) for column in columns]
    lines = max(
        1 + len(title) // int(width - 1) for width, title in zip(widths, titles, strict=True)
    )
    sheet.set_row(top, 15 * lines)
    for column, width in zip(columns, widths, strict=True):
        number = numbers[column.key]
        beside = {"indent": 1} if column.style == "text" and number > left else {}
        head = styles("text", **HEAD_LOOK, **(beside or _right(column)))
        sheet.write_string(top, number, styles.titled(column), head)
        sheet.set_column(number, number, width)
        more = {"bg_color": "#FFF8D6"} if column.key in inputs else {}
        for index, row in enumerate(rows):
            place, template = (placed.first + index, number), column.formula_for(row)
            formula = placed.filled(template, index) if template else None
            value = column.value(row)
            write(sheet, place, value, styles.of(column.style, value, **more, **beside), formula)
        if column.key in inputs and rows:
            allowed = NOT_NEGATIVE | {key: styles.spoken.say(text) for key, text in REFUSED.items()}
            sheet.data_validation(placed.first, number, placed.last, number, allowed)
        if totals is not None:
            _write_total(sheet, styles, placed, column, totals)
    return placed


def _width(styles: Styles, column: Column, rows: Sequence[Any], totals: Any) -> float:
    """As wide as its longest figure, so that none shows as ###."""
    figures = [column.value(row) for row in rows]
    if totals is not None and column.total:
        figures.append(column.value(totals))
    longest = max((styles.length(column.style, figure) for figure in figures), default=0)
    return max(column.width, longest + ROOM)


def _right(column: Column) -> dict[str, str]:
    return {} if column.style == "text" else {"align": "right"}


NOT_NEGATIVE: dict[str, Any] = {"validate": "decimal", "criteria": ">=", "value": 0}
REFUSED = {
    "error_title": said("Not a spend"),
    "error_message": said("A spend is a number, 0 or more."),
}


def _write_total(sheet: Worksheet, styles: Styles, placed: Placed, column: Column, totals) -> None:
    formula = None
    value = column.value(totals) if column.total else ""
    style = styles.of(column.style, value, bold=True, top=1)
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
    longest = max(
        styles.length(line.style, line.value(subject)) for line in lines for subject in subjects
    )
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(subjects), max(23, longest + ROOM))
    sheet.write_string(top, 0, "", styles.head)
    for column, name in enumerate(names, start=1):
        sheet.write_string(top, column, name, styles.number_head)
    row_of = {line.key: top + 1 + i for i, line in enumerate(lines)}
    for line, row in zip(lines, row_of.values(), strict=True):
        bold = {"bold": True, "top": 1} if line.total else {}
        sheet.write_string(row, 0, styles.titled(line), styles("text", **bold))
        for column, subject in enumerate(subjects, start=1):
            cells = {key: xl_rowcol_to_cell(at, column) for key, at in row_of.items()}
            cells["name"] = xl_rowcol_to_cell(top, column, row_abs=True)
            cells["before"] = xl_range(row, 1, row, column - 1) if column > 1 else ""
            template = line.formula_for(subject)
            formula = template.format(**cells) if template else None
            value = line.value(subject)
            style = styles.of(line.style, value, align="right", **bold)
            write(sheet, (row, column), value, style, formula)
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
