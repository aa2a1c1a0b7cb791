"""A sheet that says what is written on it in the language of those who will read it."""

from __future__ import annotations

import re
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.phrases import formed, said
from models.visible import visible
from scenarios.language.language import Language

UNKNOWN = said("n/a")
AGREES, DIFFERS = said("agrees"), said("differs")
BELOW, ABOVE, WITHIN = said("below"), said("above"), said("yes")
# What formulas answer in words; nothing that people named stands in a formula.
ANSWERS = {str(word): word for word in (UNKNOWN, AGREES, DIFFERS, BELOW, ABOVE, WITHIN)}
QUOTED = re.compile(r'"([^"]*)"')


class Sheet(Worksheet):
    """Its phrases are said, also those in formulas; of all else every character shows."""

    spoken = Language()
    mark = ""  # of the plan, for every printed foot
    widest: dict[int, float]

    def set_column(
        self, first_col: int, last_col: int, width: Any = None, *more: Any, **options: Any
    ) -> Any:
        """Columns are as wide as the widest of the tables that stand in them."""
        widest = self.__dict__.setdefault("widest", {})
        for number in range(first_col, last_col + 1):
            widest[number] = max(widest.get(number, 0.0), width or 0.0)
            super().set_column(number, number, widest[number], *more, **options)

    def write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        return super().write_string(row, col, visible(self.spoken.say(string)), cell_format)

    def write_formula(
        self, row: int, col: int, formula: str, cell_format: Any = None, value: Any = 0
    ) -> Any:
        # xlsxwriter's stub knows only integers.
        shown: Any = self.spoken.say(value) if isinstance(value, str) else value
        return super().write_formula(row, col, self.answering(formula), cell_format, shown)

    def set_header(self, header: str = "", options: Any = None, margin: Any = None) -> Any:
        return super().set_header(visible(self.spoken.say(header)), options, margin)

    def set_footer(self, footer: str = "", options: Any = None, margin: Any = None) -> Any:
        return super().set_footer(self.spoken.say(footer), options, margin)

    def answering(self, formula: str) -> str:
        """The formula with its answers in the language."""

        def answer(match: re.Match[str]) -> str:
            return f'"{self.spoken.say(ANSWERS.get(match[1], match[1]))}"'

        return QUOTED.sub(answer, formula)


def add_sheet(book: Workbook, name: str, spoken: Language, mark: str = "") -> Sheet:
    """A further sheet of the workbook; `mark` is the first digits of the plan's hash."""
    sheet = book.add_worksheet(spoken.say(name), Sheet)
    assert isinstance(sheet, Sheet)
    sheet.spoken, sheet.mark = spoken, mark
    return sheet


def paper(
    sheet: Worksheet,
    last_row: int,
    last_column: int,
    head: int | None = None,
    pages: tuple[int, int] = (1, 0),
    title: str = "",
    names: int = 1,
) -> None:
    """Print on A4 landscape.

    Parameters
    ----------
    head : the row that heads every page
    pages : how many pages wide and high at most; 0: as many as it takes
    title : what stands above each of several pages side by side, instead of the rows above
        `head`; nothing that people named, since a & would begin a code
    names : how many columns are repeated on each of several pages side by side
    """
    sheet.set_landscape()
    sheet.set_paper(9)
    side_by_side = pages[0] > 1 and head is not None
    sheet.set_margins(left=0.5, right=0.5, top=0.9 if side_by_side else 0.6, bottom=0.6)
    sheet.fit_to_pages(*pages)
    sheet.print_area(head if head and side_by_side else 0, 0, last_row, last_column)
    mark = sheet.mark if isinstance(sheet, Sheet) else ""
    plan = said("plan {hash}", hash=mark) if mark else ""
    sheet.set_footer(said("&L&A&C{plan}&RPage &P of &N", plan=plan))
    if head is not None:
        sheet.repeat_rows(head)
    if side_by_side:
        sheet.repeat_columns(0, names - 1)
        sheet.set_header(formed("&L&14&B{title}", title=title))
