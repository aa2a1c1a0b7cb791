"""The summary of many accounts as a workbook."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from xlsxwriter.workbook import Workbook

from models.phrases import said
from scenarios.batch.batch_summary import BatchSummary
from scenarios.language.language import Language
from scenarios.report.batch.summary_tables import Cell, SummaryTable, sentences, tables, title_of
from scenarios.report.workbook.formula_table import Styles
from scenarios.report.workbook.sheet import Sheet, add_sheet, paper

FORMATS = {"rate": "number", "money": "count", "signed_money": "signed_number"}
WIDTHS = (34, 14)  # characters of the first column and of the others


def accounts_workbook(found: BatchSummary, spoken: Language | None = None) -> bytes:
    """The XLSX file's bytes; the same summary gives the same bytes."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(file, options)
    book.set_properties({"title": found.name, "created": datetime(2000, 1, 1, tzinfo=UTC)})
    styles = Styles(book, spoken=spoken)
    sheet = add_sheet(book, said("Summary"), styles.spoken)
    sheet.set_column(0, 0, WIDTHS[0])
    sheet.set_column(1, 8, WIDTHS[1])
    sheet.write_string(0, 0, title_of(found), styles.title)
    row = 2
    for sentence in sentences(found):
        sheet.write_string(row, 0, sentence, styles("text"))
        row += 1
    for table in tables(found):
        row = _table(sheet, styles, table, row + 1)
    paper(sheet, row, 8)
    book.close()
    return file.getvalue()


def _table(sheet: Sheet, styles: Styles, table: SummaryTable, row: int) -> int:
    """Write a table; the row below it."""
    sheet.write_string(row, 0, table.title, styles.section)
    for column, head in enumerate(table.heads):
        is_text = all(cells[column].style == "text" for cells in table.rows)
        sheet.write_string(row + 1, column, head, styles.head if is_text else styles.number_head)
    for number, cells in enumerate(table.rows, start=row + 2):
        for column, cell in enumerate(cells):
            _write(sheet, styles, number, column, cell)
    return row + 2 + len(table.rows)


def _write(sheet: Sheet, styles: Styles, row: int, column: int, cell: Cell) -> None:
    if cell.value is None or isinstance(cell.value, str):
        sheet.write_string(row, column, cell.value or "-", styles("text"))
    else:
        sheet.write_number(row, column, cell.value, styles(FORMATS.get(cell.style, cell.style)))
