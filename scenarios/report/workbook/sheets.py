"""The sheets with figures: allocation, periods, curves, rules and prices, scenarios."""

from __future__ import annotations

from dataclasses import replace

from xlsxwriter.worksheet import Worksheet

from models.phrases import Phrase, capital, joined, said
from scenarios.plan.plan import CurvePoint, Plan
from scenarios.report.prose.findings import CENT
from scenarios.report.prose.glossary import METRIC
from scenarios.report.prose.totals import Line, total_line
from scenarios.report.workbook.allocation_columns import (
    CurveTable,
    interpolated,
    result_columns,
    share_columns,
    spend_columns,
    stretched,
)
from scenarios.report.workbook.formula_table import Column, Placed, Styles, write_table
from scenarios.report.workbook.sheet import paper

PERIOD_DETAIL = said("Period detail")
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
    note = said(
        "Change a yellow figure and every other one follows; sheet {sheet} compares with the plan.",
        sheet=said("Summary"),
    )
    if detail is not None:
        note = said(
            "Sums of sheet {sheet}, where the proposed spends may be changed.", sheet=PERIOD_DETAIL
        )
    title = said("Allocation by channel")
    titled(sheet, styles, title, note)
    columns = [
        Column("channel", said("Channel"), "text", lambda r: r.channel, total="name", width=22),
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
        working_note(sheet, styles, printed)
    return placed


def working_note(sheet: Worksheet, styles: Styles, column: int) -> None:
    text = said("Working columns: what the formulas need, not printed")
    sheet.write_string(HEAD - 1, column, text, styles.note)


def _summed(column: Column, detail: Placed) -> Column:
    """The column as the sum of a channel's periods, unless it follows from others."""
    key = column.key.removeprefix("current_")
    if key not in ("spend", "conversions", "revenue", "profit"):
        return column
    return replace(column, formula=sum_where(detail, column.key, channel="{channel}"))


def sum_where(detail: Placed, key: str, **cells: str) -> str:
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
    paper(sheet, last, printed - 1, placed.first - 1, pages(printed), title, names)


def pages(columns: int) -> tuple[int, int]:
    """Two pages side by side for more columns than can be read on one."""
    return (1 + columns // 14, 0)


def curve_points(sheet: Worksheet, styles: Styles, plan: Plan) -> CurveTable:
    """Every breakpoint of every channel, with the slope of the line behind it."""
    whole = not plan.periods
    one = {7: said("one week"), 30: said("one month of 30 days")}.get(
        plan.period_days, said("one day")
    )
    note = said(
        "Spend and response of {unit}. Between two points the response is a straight line.",
        unit=said("the whole period") if whole else one,
    )
    title = said("Response curves, point by point")
    titled(sheet, styles, title, note)
    rows, ranges = _breakpoints(plan, whole)
    columns = [
        Column("channel", said("Channel"), "text", lambda r: r.channel, width=22),
        Column("spend", capital(METRIC["spend"]), "money", lambda r: r.point.spend),
    ]
    for key, style in (("conversions", "number"), ("revenue", "money")):
        if any(getattr(row.point, key) is not None for row in rows):
            columns += _height_and_slope(key, style)
    if any(row.point.low is not None for row in rows):
        goal = METRIC["conversions" if plan.kpi == "conversions" else "revenue"]
        columns += [
            Column("low", said("{goal!c}, low (90 % range)", goal=goal), "number",
                   lambda r: r.point.low),
            Column("high", said("{goal!c}, high (90 % range)", goal=goal), "number",
                   lambda r: r.point.high),
        ]  # fmt: skip
    columns.append(Column("mark", said("What is here"), "text", lambda r: r.mark, width=26))
    placed = write_table(sheet, styles, columns, rows, (HEAD, 0))
    finish(sheet, placed, len(columns), title)
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
        marks: dict[Phrase, float | None] = {
            said("highest in history"): (curve.observed_max or -1.0) * n
        }
        if whole:
            marks |= {said("today"): row.current_spend, said("proposed"): row.spend}
        for point, after in zip(points, [*points[1:], None], strict=True):
            here = [
                what for what, x in marks.items() if x is not None and abs(x - point.spend) < CENT
            ]
            rows.append(Breakpoint(channel, point, after, joined(", ", here)))
        ranges[channel] = (first, len(rows) - 1)
    return rows, ranges


def _stretched(point: CurvePoint, n: float, season: float) -> CurvePoint:
    heights = {
        key: None if (y := getattr(point, key)) is None else y * n * season
        for key in ("conversions", "revenue", "low", "high")
    }
    return CurvePoint(spend=stretched(point.spend, n), **heights)


def _height_and_slope(key: str, style: str) -> list[Column]:
    def slope(row: Breakpoint) -> str | None:
        if row.after is None:
            return None
        return f"=({{{key}.next}}-{{{key}}})/({{spend.next}}-{{spend}})"

    return [
        Column(key, capital(METRIC[key]), style, lambda r: getattr(r.point, key)),
        Column(
            f"{key}_slope",
            said("{goal!c} per further 1", goal=METRIC[key]),
            "exact",
            lambda r: r.slope(key),
            slope,
        ),
    ]
