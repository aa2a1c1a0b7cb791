"""The plan as a workbook that finance can follow, change and check. Formulas are live."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from scenarios.plan import Plan, Totals
from scenarios.report import lists, sheets
from scenarios.report.figures import ratio
from scenarios.report.table import Placed, Styles, Value, paper, write
from scenarios.report.words import findings, period_name, totals_of

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
WITHOUT_CENTS = {"JPY", "KRW", "VND", "CLP", "ISK", "HUF"}
AGREES, DIFFERS = "agrees", "differs"


def workbook(plans: Sequence[Plan], plan_sha256: str = "") -> bytes:
    """The XLSX file's bytes; the same plans give the same bytes.

    Parameters
    ----------
    plans : the plan; further ones only appear on the sheet Scenarios
    plan_sha256 : hash of the first plan's file, for the sheet Audit
    """
    plan, file = plans[0], io.BytesIO()
    # Text stays text: a channel called =1+1 or a link in a name must not come to life.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(file, options)
    book.set_properties({"title": plan.name, "created": datetime(2000, 1, 1, tzinfo=UTC)})
    unit = SYMBOLS.get(plan.currency or "", plan.currency or "")
    styles = Styles(book, unit, 0 if plan.currency in WITHOUT_CENTS else 2)
    if plan.current is None or plan.proposed is None:
        _without_allocation(book, styles, plan, plan_sha256)
    else:
        _full(book, styles, plans, plan_sha256)
    book.close()
    return file.getvalue()


def _without_allocation(book: Workbook, styles: Styles, plan: Plan, plan_sha256: str) -> None:
    summary = book.add_worksheet("Summary")
    sheets.titled(summary, styles, f"{plan.name}: no allocation", period_name(plan))
    for row, text in enumerate(findings(plan), start=3):
        summary.write_string(row, 0, text, styles("text"))
    lists.assumptions(book.add_worksheet("Assumptions and warnings"), styles, plan)
    lists.audit(book.add_worksheet("Audit"), styles, plan, plan_sha256)


def _full(book: Workbook, styles: Styles, plans: Sequence[Plan], plan_sha256: str) -> None:
    plan = plans[0]
    names = ["Summary", "Allocation", "Rules and prices"]
    names += ["Periods", "Period detail"] if plan.periods else []
    names += ["Curves"] + (["Scenarios"] if len(plans) > 1 else [])
    names += ["Assumptions and warnings", "Audit"]
    page = {name: book.add_worksheet(name) for name in names}
    curves = sheets.curve_points(page["Curves"], styles, plan)
    detail = by_period = None
    if plan.periods:
        detail = sheets.period_detail(page["Period detail"], styles, plan, curves)
        by_period = sheets.periods(page["Periods"], styles, plan, detail)
    allocation = sheets.allocation(page["Allocation"], styles, plan, curves, detail)
    lists.rules(page["Rules and prices"], styles, plan, allocation)
    if len(plans) > 1:
        lists.scenarios(page["Scenarios"], styles, plans)
    lists.assumptions(page["Assumptions and warnings"], styles, plan)
    lists.audit(page["Audit"], styles, plan, plan_sha256)
    _summary(page["Summary"], styles, plan, allocation, by_period, book)


@dataclass(frozen=True)
class Figure:
    """A line of the summary: today's and the proposed figure, and where they are calculated."""

    key: str
    title: str
    style: str
    signed: str
    current: Value
    proposed: Value


def _figures(current: Totals, proposed: Totals) -> list[Figure]:
    kinds = (
        ("spend", "Spend", "money", "signed_money"),
        ("conversions", "Conversions", "number", "signed_number"),
        ("revenue", "Revenue", "money", "signed_money"),
        ("profit", "Profit", "money", "signed_money"),
        ("cpa", "CPA (spend per conversion)", "money", "signed_money"),
        ("roas", "ROAS (revenue per spend)", "number", "signed_number"),
    )
    return [
        Figure(key, title, style, signed, getattr(current, key), getattr(proposed, key))
        for key, title, style, signed in kinds
    ]


def _summary(
    sheet: Worksheet,
    styles: Styles,
    plan: Plan,
    allocation: Placed,
    by_period: str | None,
    book: Workbook,
) -> None:
    currency = f", amounts in {plan.currency}" if plan.currency else ""
    note = f"{period_name(plan)}{currency}; {plan.status.replace('_', ' ')}"
    sheets.titled(sheet, styles, f"{plan.name}: recommended budget", note)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 5, 18)
    shown = [f for f in _figures(*totals_of(plan)) if f.key in allocation.columns]
    for column, title in enumerate(("", "Today", "Proposed", "Change", "Change %")):
        sheet.write_string(sheets.HEAD, column, title, styles.number_head)
    for row, figure in enumerate(shown, start=sheets.HEAD + 1):
        _figure_row(sheet, styles, row, figure, allocation)
    row = sheets.HEAD + len(shown) + 2
    sheet.write_string(row, 0, "What is recommended and why", styles.section)
    for text in findings(plan):
        row += 1
        sheet.merge_range(row, 0, row, 5, "", styles.wrapped)
        sheet.write_string(row, 0, text, styles.wrapped)
        sheet.set_row(row, 15 * (1 + len(text) // 115))
    row = _checks(sheet, styles, row + 2, plan, shown, allocation, by_period)
    chart = _chart(book, plan, allocation)
    sheet.insert_chart(row + 2, 0, chart)
    rows_of_chart = 1 + _chart_height(plan) // 20
    few = len(plan.channels) <= 12
    paper(sheet, row + 2 + rows_of_chart, 5, pages=(1, 1 if few else 0))


def _figure_row(
    sheet: Worksheet, styles: Styles, row: int, figure: Figure, allocation: Placed
) -> None:
    now, then = f"B{row + 1}", f"C{row + 1}"
    sheet.write_string(row, 0, figure.title, styles("text"))
    style = styles(figure.style)
    write(sheet, (row, 1), figure.current, style, f"={allocation.total('current_' + figure.key)}")
    write(sheet, (row, 2), figure.proposed, style, f"={allocation.total(figure.key)}")
    change = relative = None
    if isinstance(figure.current, float) and isinstance(figure.proposed, float):
        change = figure.proposed - figure.current
        relative = ratio(change, figure.current)
    known = f"COUNT({now}:{then})=2"
    write(sheet, (row, 3), change, styles(figure.signed), f'=IF({known},{then}-{now},"n/a")')
    guard = f"IF({known},{now}<>0,FALSE)"
    formula = f'=IF({guard},({then}-{now})/{now},"n/a")'
    write(sheet, (row, 4), relative, styles("signed_percent"), formula)


def _checks(
    sheet: Worksheet,
    styles: Styles,
    row: int,
    plan: Plan,
    figures: Sequence[Figure],
    allocation: Placed,
    by_period: str | None,
) -> int:
    """Cells that compare this workbook's sums with the plan's figures, to the cent."""
    checks = []
    for figure in figures:
        if figure.key in ("spend", "conversions", "revenue", "profit"):
            for prefix, when, value in (
                ("current_", "today", figure.current),
                ("", "proposed", figure.proposed),
            ):
                title = f"{figure.title} {when}"
                checks.append((title, figure.style, allocation.total(prefix + figure.key), value))
    if by_period is not None:
        spend = totals_of(plan)[1].spend
        checks.append(("Spend proposed, sum of periods", "money", by_period, spend))
    sheet.write_string(row, 0, "Checks", styles.section)
    for column, title in enumerate(("Sum", "Here", "In the plan", "Difference", "To the cent")):
        head = styles.number_head if column else styles.head
        sheet.write_string(row + 1, column, title, head)
    for number, (title, style, cell, value) in enumerate(checks, start=row + 2):
        sheet.write_string(number, 0, title, styles("text"))
        write(sheet, (number, 1), value, styles(style), f"={cell}")
        write(sheet, (number, 2), value, styles(style))
        difference = f"=IF(COUNT(B{number + 1}:C{number + 1})=2,B{number + 1}-C{number + 1},0)"
        write(sheet, (number, 3), 0.0, styles("signed_number"), difference)
        verdict = f'=IF(ABS(D{number + 1})<0.005,"{AGREES}","{DIFFERS}")'
        write(sheet, (number, 4), AGREES, styles("text", align="right"), verdict)
    last = row + 1 + len(checks)
    red = {"type": "cell", "criteria": "==", "value": f'"{DIFFERS}"',
           "format": styles("text", font_color="#C00000", bold=True)}  # fmt: skip
    sheet.conditional_format(row + 2, 4, last, 4, red)
    return last


def _chart_height(plan: Plan) -> int:
    """In pixels; a row of the sheet has 20."""
    return 120 + 26 * len(plan.channels)


def _chart(book: Workbook, plan: Plan, allocation: Placed):
    """Today's and proposed spend by channel, as bars."""
    chart = book.add_chart({"type": "bar"})
    assert chart is not None
    for key, title, color in (
        ("current_spend", "Today", "#9AA5B1"),
        ("spend", "Proposed", "#1F5A99"),
    ):
        chart.add_series(
            {
                "name": title,
                "categories": f"={allocation.column('channel')}",
                "values": f"={allocation.column(key)}",
                "fill": {"color": color},
            }
        )
    chart.set_title({"name": "Spend by channel, today and proposed", "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 880, "height": _chart_height(plan)})
    return chart
