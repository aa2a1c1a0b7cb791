"""The sheets of a plan of several periods: every channel in every period, and their sums."""

from __future__ import annotations

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from models.phrases import joined, said
from scenarios.plan.plan import PeriodPlan, Plan
from scenarios.report.prose.glossary import PROPOSED, TODAY
from scenarios.report.prose.totals import Line, has_carry_over, ratio, sides, total_line
from scenarios.report.workbook.allocation_columns import (
    CurveTable,
    interpolated,
    result_columns,
    spend_columns,
)
from scenarios.report.workbook.carryover import carry_columns, effective_columns
from scenarios.report.workbook.formula_table import (
    Column,
    Placed,
    Styles,
    quoted,
    write,
    write_lines,
    write_table,
)
from scenarios.report.workbook.sheet import paper
from scenarios.report.workbook.sheets import (
    HEAD,
    PERIOD_DETAIL,
    finish,
    pages,
    sum_where,
    titled,
    working_note,
)

WHOLE = said("All periods")
MOST_STACKED = 12  # channels that a stacked chart can tell apart
STACKED_HEIGHT = 320


def period_detail(sheet: Worksheet, styles: Styles, plan: Plan, curves: CurveTable) -> Placed:
    """Every channel of every period; here the proposed spend may be changed."""
    notes = [said("Change a yellow figure and every other one follows, on all sheets.")]
    if has_carry_over(plan):
        notes.append(
            said("What works in a period is its own spend and what earlier spend left behind.")
        )
    note = joined(" ", notes)
    title = said("Every channel in every period")
    titled(sheet, styles, title, note)
    columns = [
        Column("period", said("Period"), "text",
               lambda r: r.period.label if r.period else said("Total"),
               total="name"),
        Column("channel", said("Channel"), "text", lambda r: r.channel if r.period else "",
               total="name", width=22),
        *spend_columns(plan),
        *(effective_columns(plan) if has_carry_over(plan) else ()),
        *result_columns(plan),
    ]  # fmt: skip
    printed = len(columns)
    columns = interpolated(columns, plan, curves)
    columns += carry_columns(plan) if has_carry_over(plan) else []
    rows = [Line(plan, row, period) for period, row in plan.rows()]
    placed = write_table(sheet, styles, columns, rows, (HEAD, 0), total_line(plan), ("spend",),
                         len(plan.channels))  # fmt: skip
    finish(sheet, placed, printed, title, names=2)
    working_note(sheet, styles, printed)
    return placed


def periods(sheet: Worksheet, styles: Styles, plan: Plan, detail: Placed) -> str:
    """Proposed spend of every channel, and what comes of it, a column per period.

    Returns the cell with the spend of all channels in all periods.
    """
    title = said("By period")
    note = said("Sums of sheet {sheet}, where the spends may be changed.", sheet=PERIOD_DETAIL)
    titled(sheet, styles, title, note)
    assert plan.proposed is not None
    whole = PeriodPlan(label=WHOLE, days=plan.period.days, current=plan.current,
                       proposed=plan.proposed, channels=plan.channels)  # fmt: skip
    subjects = [*plan.periods, whole]
    names = [*(period.label for period in plan.periods), WHOLE]
    placed = write_lines(sheet, styles, _period_lines(plan, detail), subjects, names, HEAD)
    columns = len(subjects)
    last = _after_the_end(sheet, styles, plan, placed.last + 3)
    wide, high = pages(columns)
    if len(plan.channels) <= MOST_STACKED:
        sheet.insert_chart(last + 2, 0, _stacked(styles, plan, placed))
        last += 3 + STACKED_HEIGHT // 20
        high = 1  # the chart is not cut in two
    paper(sheet, last, columns, HEAD, (wide, high), title)
    name = quoted(str(sheet.get_name()))
    return f"{name}!{xl_rowcol_to_cell(placed.first + len(plan.channels), columns)}"


def _stacked(styles: Styles, plan: Plan, placed: Placed):
    """Proposed spend by period, the channels on top of each other."""
    chart = styles.book.add_chart({"type": "column", "subtype": "stacked"})
    assert chart is not None
    columns = (1, len(plan.periods))
    for number in range(len(plan.channels)):
        row = placed.first + number
        chart.add_series(
            {
                "name": [placed.sheet, row, 0],
                "categories": [placed.sheet, HEAD, columns[0], HEAD, columns[1]],
                "values": [placed.sheet, row, columns[0], row, columns[1]],
                "gap": 60,
            }
        )
    title = styles.spoken.say(said("Proposed spend by period"))
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_y_axis(styles.axis | {"major_gridlines": {"visible": True}})
    chart.set_legend({"position": "right"})
    chart.set_size({"width": 880, "height": STACKED_HEIGHT})
    return chart


def _after_the_end(sheet: Worksheet, styles: Styles, plan: Plan, top: int) -> int:
    """What spend within the plan still brings after it, as solved; the last row written."""
    if plan.tail is None:
        return top - 3
    sheet.write_string(top, 0, said("After the end of the plan"), styles.section)
    note = said(
        "What was spent until then still brings this. As solved; in no sum of this workbook."
    )
    sheet.write_string(top + 1, 0, note, styles.note)
    keys = [(prefix + key, titles[key], style)
            for key, style in (("conversions", "number"), ("revenue", "money"))
            for prefix, titles in sides(plan)
            if getattr(plan.tail.proposed, key) is not None]  # fmt: skip
    for column, (_, title, style) in enumerate(keys, start=1):
        heading = styles.titled(Column(title, title, style, lambda _: None))
        sheet.write_string(top + 2, column, heading, styles.number_head)
    sheet.write_string(top + 2, 0, "", styles.head)
    rows = list(plan.tail.channels)
    for number, row in enumerate(rows, start=top + 3):
        sheet.write_string(number, 0, row.channel, styles("text"))
        for column, (key, _, style) in enumerate(keys, start=1):
            write(sheet, (number, column), getattr(row, key), styles(style))
    last = top + 3 + len(rows)
    sheet.write_string(last, 0, said("Total"), styles("text", bold=True, top=1))
    for column, (key, _, style) in enumerate(keys, start=1):
        side = plan.tail.current if key.startswith("current_") else plan.tail.proposed
        value = getattr(side, key.removeprefix("current_")) if side else None
        cells = xl_range(top + 3, column, last - 1, column)
        write(sheet, (last, column), value, styles(style, bold=True, top=1), f"=SUM({cells})")
    return last


def _period_lines(plan: Plan, detail: Placed) -> list[Column]:
    lines = [_channel_line(plan, i, detail) for i in range(len(plan.channels))]
    total = f"=SUM({{c0}}:{{c{len(lines) - 1}}})"
    lines.append(Column("spend", PROPOSED["spend"], "money", lambda p: p.proposed.spend, total,
                        "sum"))  # fmt: skip
    if any(period.budget for period in plan.periods):
        lines += [
            _budget_line("min", said("Budget at least")),
            _budget_line("max", said("Budget at most")),
        ]
    for key, style in (("conversions", "number"), ("revenue", "money"), ("profit", "money")):
        if key in detail.columns:
            lines += [_period_sum(plan, key, PROPOSED[key], style, detail)]
    for key, style, above, below in (
        ("cpa", "cpa", "spend", "conversions"),
        ("roas", "rate", "revenue", "spend"),
    ):
        if key in detail.columns:
            formula = f'=IF({{{below}}}=0,"n/a",{{{above}}}/{{{below}}})'
            lines.append(Column(key, PROPOSED[key], style, lambda p, a=above, b=below: ratio(
                getattr(p.proposed, a), getattr(p.proposed, b)), formula))  # fmt: skip
    if plan.current is not None:
        lines.append(_period_sum(plan, "current_spend", TODAY["spend"], "money", detail))
    return lines


def _budget_line(end: str, title: str) -> Column:
    def value(period: PeriodPlan) -> float | str:
        return getattr(period.budget, end) if period.budget else ""

    return Column(f"budget_{end}", title, "money", value)


def _channel_line(plan: Plan, index: int, detail: Placed) -> Column:
    channel = plan.channels[index].channel

    def spend(period: PeriodPlan) -> float:
        return next(row.spend for row in period.channels if row.channel == channel)

    def formula(period: PeriodPlan) -> str:
        name = f"$A${HEAD + 2 + index}"
        return _by_period(period, "spend", detail, channel=name)

    return Column(f"c{index}", channel, "money", spend, formula)


def _period_sum(plan: Plan, key: str, title: str, style: str, detail: Placed) -> Column:
    def value(period: PeriodPlan) -> float | None:
        side = period.current if key.startswith("current_") else period.proposed
        return getattr(side, key.removeprefix("current_")) if side else None

    return Column(key, title, style, value, lambda period: _by_period(period, key, detail))


def _by_period(period: PeriodPlan, key: str, detail: Placed, **cells: str) -> str:
    if period.label == WHOLE:
        return "=SUM({before})"
    return sum_where(detail, key, **cells, period="{name}")
