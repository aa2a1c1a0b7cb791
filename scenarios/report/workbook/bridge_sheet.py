"""The workbook's sheet of bridges: from the books to today, and from there to the plan."""

from __future__ import annotations

import math
from itertools import accumulate

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from models.phrases import capital, said
from scenarios.plan.plan import Plan
from scenarios.report.prose.bridge import GAIN, NOTE, TITLE, Books, books_of, from_books, result_of
from scenarios.report.prose.glossary import METRIC
from scenarios.report.workbook.formula_table import ROOM, Column, Placed, Styles, quoted, write
from scenarios.report.workbook.sheet import paper
from scenarios.report.workbook.sheets import HEAD, titled

BRIDGES = said("Bridges")
STYLE = {"spend": "money", "conversions": "number", "revenue": "money"}
HEIGHT = 340  # pixels of the chart
WIDTH = 6  # last column


def has_bridges(plan: Plan) -> bool:
    """Whether there is anything to go on the sheet."""
    return books_of(plan) is not None or result_of(plan) is not None


def bridges(sheet: Worksheet, styles: Styles, plan: Plan, allocation: Placed) -> None:
    """Both bridges; they follow the spends that are changed elsewhere."""
    titled(sheet, styles, BRIDGES, NOTE)
    sheet.set_column(0, 0, 44)
    row, books, now = HEAD, books_of(plan), plan.current
    sums = [now.spend, now.revenue] if now else []
    longest = max((styles.length("money", value) for value in sums), default=0)
    sheet.set_column(1, WIDTH, max(18, longest + ROOM))
    if books is not None:
        row = _from_books(sheet, styles, books, allocation, row) + 2
    key = result_of(plan)
    if key is not None:
        row = _to_plan(sheet, styles, plan, key, allocation, row)
    sheet.freeze_panes(HEAD, 1)
    paper(sheet, row, WIDTH, pages=(1, 1))


def _from_books(
    sheet: Worksheet, styles: Styles, books: Books, allocation: Placed, top: int
) -> int:
    """What was booked, how it is stretched, and what stands as today; the last row."""
    keys, steps = list(books.booked), from_books(books)
    sheet.write_string(top, 0, TITLE, styles.head)
    given = (
        (said("Days that were booked"), dict.fromkeys(keys, float(books.days))),
        (said("Days of the plan"), dict.fromkeys(keys, books.plan_days)),
        (said("Season and events: times an average day"), books.factor),
    )
    for number, (title, values) in enumerate(given, start=top + 1):
        sheet.write_string(number, 0, title, styles("text"))
        for column, key in enumerate(keys, start=1):
            write(sheet, (number, column), values[key], styles.of("exact", values[key]))
    first = top + 1 + len(given)
    for number, step in enumerate(steps, start=first):
        bold = {"bold": True, "top": 1} if step.is_level else {}
        sheet.write_string(number, 0, step.title, styles("text", **bold))
    for column, key in enumerate(keys, start=1):
        head = styles.titled(Column(key, capital(METRIC[key]), STYLE[key], lambda _: None))
        sheet.write_string(top, column, head, styles.number_head)
        days, plan_days, factor = (xl_rowcol_to_cell(top + k, column) for k in (1, 2, 3))
        booked, stretched, season, _, today = (
            xl_rowcol_to_cell(first + k, column) for k in range(len(steps))
        )
        formulas = (
            None,
            f"={booked}*{plan_days}/{days}-{booked}",
            f"=({booked}+{stretched})*({factor}-1)",
            f"={today}-{booked}-{stretched}-{season}",
            f"={allocation.total(f'current_{key}')}",
        )
        for number, (step, formula) in enumerate(zip(steps, formulas, strict=True), start=first):
            bold = {"bold": True, "top": 1} if step.is_level else {}
            style = styles(STYLE[key] if step.is_level else f"signed_{STYLE[key]}", **bold)
            write(sheet, (number, column), step.values[key], style, formula)
    return first + len(steps) - 1


def _to_plan(
    sheet: Worksheet, styles: Styles, plan: Plan, key: str, allocation: Placed, top: int
) -> int:
    """A line per channel with what it adds, and the waterfall of them; the last row."""
    style, signed = STYLE[key], f"signed_{STYLE[key]}"
    head = styles.titled(Column(key, capital(METRIC[key]), style, lambda _: None))
    titles = (head, said("Reached"), said("Below the bar"), said("Level"), said("More"),
              said("Less"))  # fmt: skip
    sheet.write_string(top, 0, GAIN, styles.head)
    for column, title in enumerate(titles, start=1):
        sheet.write_string(top, column, title, styles.number_head)
    assert plan.current is not None
    assert plan.proposed is not None
    now, then = (getattr(side, key) for side in (plan.current, plan.proposed))
    changes = [getattr(r, key) - getattr(r, f"current_{key}") for r in plan.channels]
    reached = list(accumulate(changes, initial=now))
    last = top + 2 + len(changes)

    def line(row: int, name: str, cells: list[tuple[float, str, str]]) -> None:
        sheet.write_string(row, 0, name, styles("text"))
        for column, (value, look, formula) in enumerate(cells, start=1):
            write(sheet, (row, column), value, styles(look), formula)

    def level(row: int, name: str, value: float, cell: str) -> None:
        here = f"=B{row + 1}"
        line(row, name, [(value, style, f"={cell}"), (value, style, here), (0.0, style, "=0"),
                         (value, style, here), (0.0, style, "=0"), (0.0, style, "=0")])  # fmt: skip

    level(top + 1, said("Today"), now, allocation.total(f"current_{key}"))
    for index, (row, change) in enumerate(zip(plan.channels, changes, strict=True)):
        at = top + 3 + index  # as a sheet counts its rows
        before, after = reached[index], reached[index + 1]
        change_of = f"={allocation.cell(key, index)}-{allocation.cell(f'current_{key}', index)}"
        line(at - 1, row.channel, [
            (change, signed, change_of), (after, style, f"=C{at - 1}+B{at}"),
            (min(before, after), style, f"=MIN(C{at - 1},C{at})"), (0.0, style, "=0"),
            (max(change, 0.0), style, f"=MAX(B{at},0)"),
            (max(-change, 0.0), style, f"=MAX(-B{at},0)"),
        ])  # fmt: skip
    level(last, said("Proposed"), then, allocation.total(key))
    sheet.insert_chart(last + 2, 0, _chart(sheet, styles, (top + 1, last), min(reached), key))
    return last + 3 + HEIGHT // 20


def _chart(sheet: Worksheet, styles: Styles, rows: tuple[int, int], least: float, key: str):
    """Stacked columns, the lowest of them unseen: a waterfall that every spreadsheet draws."""
    chart = styles.book.add_chart({"type": "column", "subtype": "stacked"})
    assert chart is not None
    name, (first, last) = quoted(str(sheet.get_name())), rows
    fills = ((3, None), (4, "#7A8793"), (5, "#1F5A99"), (6, "#B5502B"))
    for column, color in fills:
        letter = "ABCDEFG"[column]
        chart.add_series(
            {
                "name": f"={name}!${letter}${first}",
                "categories": f"={name}!$A${first + 1}:$A${last + 1}",
                "values": f"={name}!${letter}${first + 1}:${letter}${last + 1}",
                "fill": {"color": color} if color else {"none": True},
                "gap": 40,
            }
        )
    title = styles.spoken.say(GAIN)
    chart.set_title({"name": title, "name_font": {"size": 11}})
    axis = styles.axis if STYLE[key] == "money" else {"num_format": "#,##0"}
    if least > 0:
        axis = axis | {"min": _round_below(0.95 * least)}
    chart.set_y_axis(axis | {"major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    chart.set_size({"width": 880, "height": HEIGHT})
    return chart


def _round_below(value: float) -> float:
    """The number of two digits next below a positive one."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return unit * math.floor(value / unit)
