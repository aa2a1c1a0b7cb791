"""The sheets with figures: allocation, periods, curves, rules and prices, scenarios."""

from __future__ import annotations

from dataclasses import replace

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from scenarios.plan import CurvePoint, PeriodPlan, Plan
from scenarios.report.carryover import carry_columns, effective_columns
from scenarios.report.figures import (
    CurveTable,
    Line,
    has_carry_over,
    interpolated,
    result_columns,
    share_columns,
    sides,
    spend_columns,
    stretched,
    total_line,
)
from scenarios.report.table import Column, Placed, Styles, paper, write, write_lines, write_table
from scenarios.report.words import CENT

WHOLE = "All periods"
MOST_STACKED = 12  # channels that a stacked chart can tell apart
STACKED_HEIGHT = 320
HEAD = 3  # row of a table's head, below the sheet's title and note


def titled(sheet: Worksheet, styles: Styles, title: str, note: str) -> None:
    """The sheet's first rows."""
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, title, styles.title)
    sheet.write_string(1, 0, note, styles.note)


def allocation(
    sheet: Worksheet, styles: Styles, plan: Plan, curves: CurveTable, detail: Placed | None
) -> Placed:
    """Channel by channel; the proposed spend may be changed, and everything follows.

    `detail` is the table by period of a horizon that has several: then this sheet sums it up.
    """
    note = (
        "Change a yellow figure and every other one follows; sheet Summary compares with the plan."
    )
    if detail is not None:
        note = "Sums of sheet Period detail, where the proposed spends may be changed."
    title = "Allocation by channel"
    titled(sheet, styles, title, note)
    columns = [
        Column("channel", "Channel", "text", lambda r: r.channel, total="name", width=22),
        *spend_columns(plan),
        *share_columns(plan),
        *result_columns(plan),
    ]
    printed = len(columns)
    if detail is None:
        columns = interpolated(columns, plan, curves)
    else:
        columns = [_summed(column, detail) for column in columns]
    rows = [Line(plan, row) for row in plan.channels]
    totals = total_line(plan)
    placed = write_table(
        sheet, styles, columns, rows, (HEAD, 0), totals, () if detail else ("spend",)
    )
    finish(sheet, placed, printed, title)
    if len(columns) > printed:
        _working_note(sheet, styles, printed)
    return placed


def _working_note(sheet: Worksheet, styles: Styles, column: int) -> None:
    text = "Working columns: what the formulas need, not printed"
    sheet.write_string(HEAD - 1, column, text, styles.note)


def _summed(column: Column, detail: Placed) -> Column:
    """The column as the sum of a channel's periods, unless it follows from others."""
    key = column.key.removeprefix("current_")
    if key not in ("spend", "conversions", "revenue", "profit"):
        return column
    return replace(column, formula=_sum_where(detail, column.key, channel="{channel}"))


def _sum_where(detail: Placed, key: str, **cells: str) -> str:
    """Formula: sum of a column's rows whose texts equal those in `cells`, by column.

    Not SUMIFS: it would take a name that begins with = or holds a * for a condition.
    """
    equal = [f"--EXACT({detail.column(name)},{cell})" for name, cell in cells.items()]
    return f"=SUMPRODUCT({','.join(equal)},{detail.column(key)})"


def finish(sheet: Worksheet, placed: Placed, printed: int, title: str, names: int = 1) -> None:
    """Freeze head and names, set filters and paper for the first `printed` columns."""
    sheet.freeze_panes(placed.first, names)
    sheet.autofilter(placed.first - 1, 0, placed.last, printed - 1)
    last = placed.last + (1 if placed.totals else 0)
    paper(sheet, last, printed - 1, placed.first - 1, _pages(printed), title, names)


def _pages(columns: int) -> tuple[int, int]:
    """Two pages side by side for more columns than can be read on one."""
    return (1 + columns // 14, 0)


def period_detail(sheet: Worksheet, styles: Styles, plan: Plan, curves: CurveTable) -> Placed:
    """Every channel of every period; here the proposed spend may be changed."""
    note = "Change a yellow figure and every other one follows, on all sheets."
    if has_carry_over(plan):
        note += " What works in a period is its own spend and what earlier spend left behind."
    title = "Every channel in every period"
    titled(sheet, styles, title, note)
    columns = [
        Column("period", "Period", "text", lambda r: r.period.label if r.period else "Total",
               total="name"),
        Column("channel", "Channel", "text", lambda r: r.channel if r.period else "", total="name",
               width=22),
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
    _working_note(sheet, styles, printed)
    return placed


def periods(sheet: Worksheet, styles: Styles, plan: Plan, detail: Placed) -> str:
    """Proposed spend of every channel, and what comes of it, a column per period.

    Returns the cell with the spend of all channels in all periods.
    """
    title = "By period"
    titled(sheet, styles, title, "Sums of sheet Period detail, where the spends may be changed.")
    assert plan.proposed is not None
    whole = PeriodPlan(label=WHOLE, days=plan.period.days, current=plan.current,
                       proposed=plan.proposed, channels=plan.channels)  # fmt: skip
    subjects = [*plan.periods, whole]
    names = [period.label for period in subjects]
    placed = write_lines(sheet, styles, _period_lines(plan, detail), subjects, names, HEAD)
    columns = len(subjects)
    last = _after_the_end(sheet, styles, plan, placed.last + 3)
    if len(plan.channels) <= MOST_STACKED:
        sheet.insert_chart(last + 2, 0, _stacked(styles, plan, placed))
        last += 3 + STACKED_HEIGHT // 20
    paper(sheet, last, columns, HEAD, _pages(columns), title)
    return f"'{sheet.name}'!{xl_rowcol_to_cell(placed.first + len(plan.channels), columns)}"


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
    chart.set_title({"name": "Proposed spend by period", "name_font": {"size": 11}})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "right"})
    chart.set_size({"width": 880, "height": STACKED_HEIGHT})
    return chart


def _after_the_end(sheet: Worksheet, styles: Styles, plan: Plan, top: int) -> int:
    """What spend within the plan still brings after it, as solved; the last row written."""
    if plan.tail is None:
        return top - 3
    sheet.write_string(top, 0, "After the end of the plan", styles.section)
    note = "What was spent until then still brings this. As solved; in no sum of this workbook."
    sheet.write_string(top + 1, 0, note, styles.note)
    keys = [(prefix + key, f"{key.capitalize()} {when}", style)
            for key, style in (("conversions", "number"), ("revenue", "money"))
            for prefix, when in sides(plan)
            if getattr(plan.tail.proposed, key) is not None]  # fmt: skip
    for column, (_, title, _) in enumerate(keys, start=1):
        sheet.write_string(top + 2, column, title, styles.number_head)
    sheet.write_string(top + 2, 0, "", styles.head)
    rows = list(plan.tail.channels)
    for number, row in enumerate(rows, start=top + 3):
        sheet.write_string(number, 0, row.channel, styles("text"))
        for column, (key, _, style) in enumerate(keys, start=1):
            write(sheet, (number, column), getattr(row, key), styles(style))
    last = top + 3 + len(rows)
    sheet.write_string(last, 0, "Total", styles("text", bold=True, top=1))
    for column, (key, _, style) in enumerate(keys, start=1):
        side = plan.tail.current if key.startswith("current_") else plan.tail.proposed
        value = getattr(side, key.removeprefix("current_")) if side else None
        cells = xl_range(top + 3, column, last - 1, column)
        write(sheet, (last, column), value, styles(style, bold=True, top=1), f"=SUM({cells})")
    return last


def _period_lines(plan: Plan, detail: Placed) -> list[Column]:
    lines = [_channel_line(plan, i, detail) for i in range(len(plan.channels))]
    total = f"=SUM({{c0}}:{{c{len(lines) - 1}}})"
    lines.append(Column("spend", "Spend proposed", "money", lambda p: p.proposed.spend, total,
                        "sum"))  # fmt: skip
    if any(period.budget for period in plan.periods):
        lines += [_budget_line(end, title) for end, title in (("min", "least"), ("max", "most"))]
    for key, title, style in (
        ("conversions", "Conversions", "number"),
        ("revenue", "Revenue", "money"),
        ("profit", "Profit", "money"),
    ):
        if key in detail.columns:
            lines += [_period_sum(plan, key, f"{title} proposed", style, detail)]
    for key, title, style, above, below in (
        ("cpa", "CPA proposed", "money", "spend", "conversions"),
        ("roas", "ROAS proposed", "number", "revenue", "spend"),
    ):
        if key in detail.columns:
            formula = f'=IF({{{below}}}=0,"n/a",{{{above}}}/{{{below}}})'
            lines.append(
                Column(key, title, style, lambda p, key=key: getattr(p.proposed, key), formula)
            )
    if plan.current is not None:
        lines.append(_period_sum(plan, "current_spend", "Spend today", "money", detail))
    return lines


def _budget_line(end: str, title: str) -> Column:
    def value(period: PeriodPlan) -> float | str:
        return getattr(period.budget, end) if period.budget else ""

    return Column(f"budget_{end}", f"Budget at {title}", "money", value)


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
    return _sum_where(detail, key, **cells, period="{name}")


def curve_points(sheet: Worksheet, styles: Styles, plan: Plan) -> CurveTable:
    """Every breakpoint of every channel, with the slope of the line behind it."""
    whole = not plan.periods
    unit = "the whole period" if whole else "one week" if plan.period_days == 7 else "one day"
    note = f"Spend and response of {unit}. Between two points the response is a straight line."
    titled(sheet, styles, "Response curves, point by point", note)
    rows, ranges = _breakpoints(plan, whole)
    columns = [
        Column("channel", "Channel", "text", lambda r: r.channel, width=22),
        Column("spend", "Spend", "money", lambda r: r.point.spend),
    ]
    for key, title, style in (
        ("conversions", "Conversions", "number"),
        ("revenue", "Revenue", "money"),
    ):
        if any(getattr(row.point, key) is not None for row in rows):
            columns += _height_and_slope(key, title, style)
    if any(row.point.low is not None for row in rows):
        what = "conversions" if plan.kpi == "conversions" else "revenue"
        columns += [
            Column(end, f"{what.capitalize()}, {word} (90 % range)", "number",
                   lambda r, end=end: getattr(r.point, end))
            for end, word in (("low", "low"), ("high", "high"))
        ]  # fmt: skip
    columns.append(Column("mark", "What is here", "text", lambda r: r.mark, width=26))
    placed = write_table(sheet, styles, columns, rows, (HEAD, 0))
    finish(sheet, placed, len(columns), "Response curves, point by point")
    return CurveTable(placed, ranges, whole)


class Breakpoint:
    """A point of a curve, the next one of the same channel, and what stands at it."""

    def __init__(
        self, channel: str, point: CurvePoint, after: CurvePoint | None, mark: str
    ) -> None:
        self.channel, self.point, self.after, self.mark = channel, point, after, mark

    def slope(self, key: str) -> float | None:
        here = getattr(self.point, key)
        if here is None:
            return None
        if self.after is None:
            return 0.0
        return (getattr(self.after, key) - here) / (self.after.spend - self.point.spend)


def _breakpoints(plan: Plan, whole: bool) -> tuple[list[Breakpoint], dict[str, tuple[int, int]]]:
    rows: list[Breakpoint] = []
    ranges = {}
    by_channel = {row.channel: row for row in plan.channels}
    for channel, curve in plan.curves.items():
        row, first = by_channel[channel], len(rows)
        n, season = (row.fit_periods, row.season) if whole else (1.0, 1.0)
        points = [_stretched(point, n, season) for point in curve.points]
        marks: dict[str, float | None] = {"highest in history": (curve.observed_max or -1.0) * n}
        if whole:
            marks |= {"today": row.current_spend, "proposed": row.spend}
        for point, after in zip(points, [*points[1:], None], strict=True):
            here = [
                what for what, x in marks.items() if x is not None and abs(x - point.spend) < CENT
            ]
            rows.append(Breakpoint(channel, point, after, ", ".join(here)))
        ranges[channel] = (first, len(rows) - 1)
    return rows, ranges


def _stretched(point: CurvePoint, n: float, season: float) -> CurvePoint:
    heights = {
        key: None if (y := getattr(point, key)) is None else y * n * season
        for key in ("conversions", "revenue", "low", "high")
    }
    return CurvePoint(spend=stretched(point.spend, n), **heights)


def _height_and_slope(key: str, title: str, style: str) -> list[Column]:
    def slope(row: Breakpoint) -> str | None:
        if row.after is None:
            return None
        return f"=({{{key}.next}}-{{{key}}})/({{spend.next}}-{{spend}})"

    return [
        Column(key, title, style, lambda r: getattr(r.point, key)),
        Column(f"{key}_slope", f"{title} per further 1", "exact", lambda r: r.slope(key), slope),
    ]
