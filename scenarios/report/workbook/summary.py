"""The workbook's first sheet: totals, findings, checks against the plan, and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.phrases import capital, joined, said
from scenarios.plan.plan import Plan
from scenarios.report.prose.findings import STATUS, findings, subtitle_of, title_of
from scenarios.report.prose.glossary import METRIC
from scenarios.report.prose.totals import ratio, sides, total_line
from scenarios.report.workbook.formula_table import ROOM, Column, Placed, Styles, Value, write
from scenarios.report.workbook.sheet import AGREES, DIFFERS, paper
from scenarios.report.workbook.sheets import HEAD, titled

WHEN = (said("Today"), said("Proposed"))
WIDTH = 5  # last column
LETTERS = 115  # of a sentence that fit on one line of the sheet
ON_ONE_PAGE = 12  # channels whose chart still fits on the sheet's one page
BETTER = {"conversions": 1, "revenue": 1, "profit": 1, "roas": 1, "cpa": -1}
SUMMED = ("spend", "conversions", "revenue", "profit")


@dataclass(frozen=True)
class Figure:
    """A line of the summary: today's and the proposed figure, and how they are written."""

    key: str
    title: str
    style: str
    current: float | None
    proposed: float | None


def summary(
    sheet: Worksheet,
    styles: Styles,
    plan: Plan,
    allocation: Placed,
    by_period: str | None,
    book: Workbook,
) -> None:
    """Write the sheet. `by_period` is the cell with the spend of all periods, if there are any."""
    note = joined("; ", [subtitle_of(plan), STATUS[plan.status]])
    titled(sheet, styles, title_of(plan), note)
    sheet.set_column(0, 0, 34)
    figures = [figure for figure in _figures(plan) if figure.key in allocation.columns]
    longest = max(
        styles.length(figure.style, value)
        for figure in figures
        for value in (figure.current, figure.proposed)
    )
    sheet.set_column(1, WIDTH, max(18, longest + ROOM))
    _head(sheet, styles, HEAD, ("", *WHEN, said("Change"), said("Change %")))
    for row, figure in enumerate(figures, start=HEAD + 1):
        _figure_row(sheet, styles, row, figure, allocation)
    row = _sentences(sheet, styles, HEAD + len(figures) + 2, findings(plan))
    row = _checks(sheet, styles, row + 2, _sums(plan, figures, allocation, by_period))
    sheet.insert_chart(row + 2, 0, _chart(book, styles, plan, allocation))
    last = row + 3 + _chart_height(plan) // 20  # pixels of a row
    paper(sheet, last, WIDTH, pages=(1, 1 if len(plan.channels) <= ON_ONE_PAGE else 0))


def _figures(plan: Plan) -> list[Figure]:
    total = total_line(plan)
    sums = (
        ("spend", "money"),
        ("conversions", "number"),
        ("revenue", "money"),
        ("profit", "money"),
    )
    ratios = (
        ("cpa", said("CPA (spend per conversion)"), "cpa", "spend", "conversions"),
        ("roas", said("ROAS (revenue per spend)"), "rate", "revenue", "spend"),
    )
    return [
        *(
            Figure(key, capital(METRIC[key]), style, getattr(total, f"current_{key}"),
                   getattr(total, key))
            for key, style in sums
        ),
        *(
            Figure(key, title, style, total.quotient(f"current_{above}", f"current_{below}"),
                   total.quotient(above, below))
            for key, title, style, above, below in ratios
        ),
    ]  # fmt: skip


def _head(sheet: Worksheet, styles: Styles, row: int, titles: Sequence[str]) -> None:
    for column, title in enumerate(titles):
        sheet.write_string(row, column, title, styles.number_head if column else styles.head)


def _figure_row(
    sheet: Worksheet, styles: Styles, row: int, figure: Figure, allocation: Placed
) -> None:
    now, then = f"B{row + 1}", f"C{row + 1}"
    head = styles.titled(Column(figure.key, figure.title, figure.style, lambda _: None))
    sheet.write_string(row, 0, head, styles("text"))
    for column, key, value in (
        (1, f"current_{figure.key}", figure.current),
        (2, figure.key, figure.proposed),
    ):
        formula = f"={allocation.total(key)}" if key in allocation.columns else None
        write(sheet, (row, column), value, styles.of(figure.style, value), formula)
    change = share = None
    if figure.current is not None and figure.proposed is not None:
        change = figure.proposed - figure.current
        share = ratio(change, abs(figure.current))  # a smaller loss is a gain
    known = f"COUNT({now}:{then})=2"
    better = BETTER.get(figure.key, 0)
    signed = styles.change(figure.style, change, better)
    write(sheet, (row, 3), change, signed, f'=IF({known},{then}-{now},"n/a")')
    formula = f'=IF(IF({known},{now}<>0,FALSE),({then}-{now})/ABS({now}),"n/a")'
    write(sheet, (row, 4), share, styles.change("percent", share, better), formula)


def _sentences(sheet: Worksheet, styles: Styles, row: int, texts: Sequence[str]) -> int:
    """Write the findings below their heading; the last row."""
    sheet.write_string(row, 0, said("What is recommended and why"), styles.section)
    for number, text in enumerate(texts, start=row + 1):
        sheet.merge_range(number, 0, number, WIDTH, "", styles.wrapped)
        sheet.write_string(number, 0, text, styles.wrapped)
        sheet.set_row(number, 15 * (1 + len(styles.spoken.say(text)) // LETTERS))
    return row + len(texts)


@dataclass(frozen=True)
class Sum:
    """A sum of this workbook, its cell, and what the plan says."""

    title: str
    style: str
    cell: str
    planned: Value


def _sums(
    plan: Plan, figures: Sequence[Figure], allocation: Placed, by_period: str | None
) -> list[Sum]:
    sums = [
        Sum(titles[figure.key], figure.style, allocation.total(prefix + figure.key), value)
        for figure in figures
        if figure.key in SUMMED
        for prefix, titles in sides(plan)
        if (value := figure.current if prefix else figure.proposed) is not None
    ]
    if by_period is not None:
        spend = total_line(plan).spend
        sums.append(Sum(said("Spend proposed, sum of periods"), "money", by_period, spend))
    return sums


def _checks(sheet: Worksheet, styles: Styles, row: int, sums: Sequence[Sum]) -> int:
    """Cells that compare this workbook's sums with the plan's figures, to the cent."""
    sheet.write_string(row, 0, said("Checks"), styles.section)
    titles = (said("Sum"), said("Here"), said("In the plan"), said("Difference"))
    _head(sheet, styles, row + 1, (*titles, said("To the cent")))
    first, last = row + 2, row + 1 + len(sums)
    for number, item in enumerate(sums, start=first):
        here, planned, difference = (f"{column}{number + 1}" for column in "BCD")
        title = styles.titled(Column("", item.title, item.style, lambda _: None))
        sheet.write_string(number, 0, title, styles("text"))
        write(sheet, (number, 1), item.planned, styles(item.style), f"={item.cell}")
        write(sheet, (number, 2), item.planned, styles(item.style))
        write(sheet, (number, 3), 0.0, styles("signed_number"), f"=ROUND({here}-{planned},4)")
        verdict = f'=IF(ABS({difference})<0.005,"{AGREES}","{DIFFERS}")'
        write(sheet, (number, 4), AGREES, styles("text", align="right"), verdict)
    red = styles("text", font_color="#C00000", bold=True)
    look = {
        "type": "cell",
        "criteria": "==",
        "value": f'"{styles.spoken.say(DIFFERS)}"',
        "format": red,
    }
    sheet.conditional_format(first, 4, last, 4, look)
    return last


def _chart_height(plan: Plan) -> int:
    return 120 + 26 * len(plan.channels)


def _chart(book: Workbook, styles: Styles, plan: Plan, allocation: Placed):
    """Today's and proposed spend by channel, as bars."""
    chart = book.add_chart({"type": "bar"})
    assert chart is not None
    say = styles.spoken.say
    colors = {"current_": "#9AA5B1", "": "#1F5A99"}
    for prefix, _ in sides(plan):
        chart.add_series(
            {
                "name": say(WHEN[0 if prefix else 1]),
                "categories": f"={allocation.column('channel')}",
                "values": f"={allocation.column(f'{prefix}spend')}",
                "fill": {"color": colors[prefix]},
            }
        )
    title = said("Spend by channel, proposed")
    if plan.current:
        title = said("Spend by channel, today and proposed")
    chart.set_title({"name": say(title), "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis(styles.axis | {"major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 880, "height": _chart_height(plan)})
    return chart
