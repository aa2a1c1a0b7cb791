"""The workbook's sheet of how the channels fared: figures to work with, findings to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from models.diagnostics.metrics import Metric
from models.phrases import capital, said
from scenarios.plan.performance import Performance
from scenarios.plan.plan import Plan
from scenarios.report.prose.glossary import METRICS
from scenarios.report.prose.movement import goodness
from scenarios.report.prose.performance import (
    CHANNEL,
    NOTHING,
    TITLE,
    Row,
    findings_of,
    known_metrics,
    label,
    note_of,
    rows_of,
    total_of,
)
from scenarios.report.workbook.formula_table import (
    Column,
    Placed,
    Styles,
    places,
    write,
    write_table,
)
from scenarios.report.workbook.sheet import paper
from scenarios.report.workbook.sheets import HEAD, finish, pages, titled

UNITS = {
    "count": said("number"),
    "money": said("money"),
    "rate": "%",
    "ratio": said("revenue per spend"),
}
STYLE = {"count": "count", "money": "number", "ratio": "number", "rate": "percent"}
LOOK = {
    1: {"font_color": "#1E6B34", "bg_color": "#E3F2E6", "bold": True},
    -1: {"font_color": "#A3241C", "bg_color": "#FBE9E7", "bold": True},
    0: {"bold": True},
}
STILL, ROUNDED_AWAY = "0.0%;0.0%;0.0%", 0.0005
PLAIN, MARKED = "+0.0%;-0.0%;0.0%", '"▲"0.0%;"▼"0.0%;0.0%'
TEXT_COLUMNS = 10  # beside the names: as wide as a finding is written
LETTERS = 145  # of a text that fit on one line of them


def performance(sheet: Worksheet, styles: Styles, plan: Plan) -> None:
    """Every metric and its change by channel, and below what was found in plain words."""
    found = plan.performance
    assert found is not None, "the sheet is for a plan that tells it"
    titled(sheet, styles, TITLE, note_of(found))
    metrics = known_metrics(found)
    columns = _columns(found, metrics, plan.currency)
    rows, total = rows_of(found), total_of(found)
    placed = write_table(sheet, styles, columns, rows, (HEAD, 0), total)
    _dress(sheet, styles, placed, metrics, [*rows, total])
    finish(sheet, placed, len(columns), TITLE)
    last = _findings(sheet, styles, placed.last + 3, found)
    width = max(len(columns) - 1, TEXT_COLUMNS)
    paper(sheet, last, width, HEAD, pages(len(columns)), TITLE)


def _columns(found: Performance, metrics: Sequence[Metric], currency: str | None) -> list[Column]:
    """A column per metric, and one for its change where any is known."""
    columns = [
        Column("channel", capital(CHANNEL), "text", lambda r: r.name, total="name", width=22)
    ]
    fares = (found.total, *found.channels)
    for metric in metrics:
        heading = said("{metric} ({unit})", metric=label(metric), unit=_unit(metric, currency))
        columns.append(
            Column(metric.name, heading, STYLE[metric.unit],
                   lambda r, key=metric.name: r.fares.now.get(key), total="name", width=13)
        )  # fmt: skip
        if any(one.movement(metric.name).change is not None for one in fares):
            change = capital(said("change of {metric} (%)", metric=METRICS[metric.name][0]))
            columns.append(
                Column(_change(metric), change, "signed_percent",
                       lambda r, key=metric.name: r.fares.movement(key).change, total="name",
                       width=12)
            )  # fmt: skip
    return columns


def _unit(metric: Metric, currency: str | None) -> str:
    """What a column's figures are counted in."""
    if metric.unit == "money" and currency:
        return currency
    return UNITS[metric.unit]


def _change(metric: Metric) -> str:
    return f"{metric.name}_change"


def _dress(
    sheet: Worksheet, styles: Styles, placed: Placed, metrics: Sequence[Metric], rows: Sequence[Row]
) -> None:
    """Give every figure the digits of its column, and mark the changes that are not usual."""
    for metric in metrics:
        figures = [row.fares.now.get(metric.name) for row in rows]
        digits = _digits(metric, [abs(figure) for figure in figures if figure])
        for number, (row, figure) in enumerate(zip(rows, figures, strict=True)):
            last = {"bold": True, "top": 1} if number == len(rows) - 1 else {}
            at, style = placed.first + number, STYLE[metric.unit]
            shown = styles(style, num_format=digits, **last)
            write(sheet, (at, placed.columns[metric.name]), figure, shown)
            if _change(metric) in placed.columns:
                place = (at, placed.columns[_change(metric)])
                change = row.fares.movement(metric.name).change
                write(sheet, place, change, _look(styles, metric, row, last))


def _digits(metric: Metric, sizes: Sequence[float]) -> str:
    """Number format of a column: as many digits as its middle figure deserves."""
    usual = median(sizes) if sizes else 1.0
    if metric.unit == "rate":
        return "0.0%" if usual >= 0.1 else "0.00%"
    if metric.unit == "count":
        return "#,##0"
    if usual >= 1000:
        return "#,##0"
    return "#,##0.00" if usual >= 0.1 else "#,##0" + places(2 - math.floor(math.log10(usual)))


def _look(styles: Styles, metric: Metric, row: Row, last: dict) -> Format:
    movement = row.fares.movement(metric.name)
    if not movement.is_notable:
        plain = STILL if abs(movement.change or 0.0) < ROUNDED_AWAY else PLAIN
        return styles("signed_percent", num_format=plain, **last)
    look = LOOK[goodness(movement, metric)]
    return styles("signed_percent", num_format=MARKED, **(last | look))


def _findings(sheet: Worksheet, styles: Styles, row: int, found: Performance) -> int:
    """Write the findings below the table; the last row.

    Beside the column of names, which is repeated on every page of a wide table.
    """
    parts = list(findings_of(found, styles.spoken))
    if not parts:
        sheet.write_string(row, 1, NOTHING, styles("text"))
        return row
    last = row
    for title, lines in parts:
        sheet.write_string(row, 1, title, styles.section)
        for number, line in enumerate(lines, start=row + 1):
            sheet.merge_range(number, 1, number, TEXT_COLUMNS, "", styles.wrapped)
            sheet.write_string(number, 1, line, styles.wrapped)
            sheet.set_row(number, 15 * (1 + len(line) // LETTERS))
        last = row + len(lines)
        row = last + 2
    return last
