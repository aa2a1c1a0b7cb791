"""The workbook: LibreOffice recalculates it, and every formula gives the plan's figure."""

from __future__ import annotations

import html
import io
import re
import tempfile
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scenarios.plan.plan import Plan
from scenarios.report.workbook.workbook import workbook
from tests.support.office import needs_office, recalculated
from tests.support.plan_factory import (
    infeasible,
    make_plan,
    solved_plan,
    solved_quarter,
    with_idle_channel,
    without_today,
)

NASTY = ("=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "<b>tv</b>", 'say "hi"', "tv*", "TV*")


def without_conversions(plan: Plan) -> Plan:
    """The plan as of a history that only knows revenue, without margins or a currency."""
    per_channel = "conversions current_conversions cpa marginal_cpa margin profit current_profit"
    gone: dict[str, Any] = dict.fromkeys([*per_channel.split(), "interval"])
    totals: dict[str, Any] = dict.fromkeys(("conversions", "cpa", "profit"))
    assert plan.current is not None
    assert plan.proposed is not None
    curves = {
        name: curve.model_copy(
            update={"points": tuple(p.model_copy(update={"conversions": None, "low": None,
                                                         "high": None}) for p in curve.points)}
        )
        for name, curve in plan.curves.items()
    }  # fmt: skip
    return plan.model_copy(
        update={
            "kpi": "revenue", "currency": None, "curves": curves,
            "current": plan.current.model_copy(update=totals),
            "proposed": plan.proposed.model_copy(update=totals),
            "channels": tuple(row.model_copy(update=gone) for row in plan.channels),
        }
    )  # fmt: skip


PLANS = {
    "plain": [make_plan()],
    "periods": [make_plan(5, 3)],
    "several": [make_plan(3), make_plan(4, seed=2, name="=HYPERLINK(1)")],
    "revenue": [without_conversions(make_plan(4))],
    "nasty": [make_plan(8, names=NASTY, name="=cmd")],
    "nasty_periods": [make_plan(8, 2, names=NASTY)],
    "yen": [make_plan(2, currency="JPY")],
    "fresh": [without_today(make_plan(3))],
    "bare": [make_plan(2, curves={})],
    "idle": [with_idle_channel(make_plan(3))],
    "one_period": [make_plan(2, 1)],
    "impossible_beside": [make_plan(3), infeasible()],
}
with tempfile.TemporaryDirectory() as _folder:
    PLANS["solved"] = [solved_plan(Path(_folder))]
    PLANS["quarter"] = [solved_quarter(Path(_folder))]


def loaded(content: bytes | Path, values: bool):
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    return openpyxl.load_workbook(file, data_only=values)


def cells(book) -> dict[str, object]:
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@dataclass(frozen=True)
class Office:
    """What was written, and what LibreOffice made of it; "edited" has one spend changed."""

    written: dict[str, bytes]
    calculated: dict[str, Path]


EDITED_SPEND = 12_345.67


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    written = {name: workbook(plans) for name, plans in PLANS.items()}
    edits = (
        ("plain", "Allocation", "C6"),
        ("periods", "Period detail", "D7"),
        ("quarter", "Period detail", "D6"),
    )
    for source, sheet, cell in edits:
        book = loaded(written[source], values=False)
        book[sheet][cell] = EDITED_SPEND
        file = io.BytesIO()
        book.save(file)  # openpyxl keeps no calculated values: LibreOffice must find them all
        written[f"edited_{source}"] = file.getvalue()
    return Office(written, recalculated(tmp_path_factory.mktemp("office"), written))


@needs_office
@pytest.mark.parametrize("name", PLANS)
def test_every_formula_recalculated_equals_the_plans_figure(office, name):
    formulas = {
        place: value
        for place, value in cells(loaded(office.written[name], values=False)).items()
        if isinstance(value, str) and value.startswith("=")
    }
    shown = cells(loaded(office.written[name], values=True))
    calculated = cells(loaded(office.calculated[name], values=True))
    real = {place for place, value in formulas.items() if shown.get(place) != value}
    assert len(real) > 40
    differing = {
        place: (formulas[place], shown[place], calculated.get(place))
        for place in real
        if not same(shown[place], calculated.get(place))
    }
    assert not differing


def same(shown: object, calculated: object) -> bool:
    if isinstance(shown, str) or isinstance(calculated, str):
        return shown == calculated
    return calculated == pytest.approx(shown, rel=1e-9, abs=1e-6)


@needs_office
def test_a_changed_spend_moves_along_the_curve_and_everything_follows(office):
    plan = PLANS["plain"][0]
    book = loaded(office.calculated["edited_plain"], values=True)
    sheet, row = book["Allocation"], plan.channels[1]
    head = {sheet.cell(4, column).value: column for column in range(1, sheet.max_column + 1)}

    def figure(title: str, line: int = 6) -> Any:
        return sheet.cell(line, head[title]).value

    assert figure("Channel") == row.channel
    conversions = interpolated(plan, row.channel, EDITED_SPEND, row.fit_periods)
    assert figure("Conversions proposed") == round(conversions, 4)
    assert figure("CPA proposed") == pytest.approx(EDITED_SPEND / conversions, rel=1e-6)
    assert figure("Change") == pytest.approx(EDITED_SPEND - (row.current_spend or 0.0))
    total = sum(r.spend for r in plan.channels) - row.spend + EDITED_SPEND
    assert figure("Spend proposed", 13) == pytest.approx(total)
    assert figure("Share proposed") == pytest.approx(EDITED_SPEND / total)
    revenue = figure("Revenue proposed")
    assert figure("Profit proposed") == round((row.margin or 0) * revenue - EDITED_SPEND, 2)
    verdicts = checks(book["Summary"])
    assert verdicts["Spend today"] == "agrees"
    assert verdicts["Spend proposed"] == verdicts["Conversions proposed"] == "differs"


@needs_office
def test_a_spend_changed_in_one_period_reaches_every_sheet(office):
    plan = PLANS["periods"][0]
    book = loaded(office.calculated["edited_periods"], values=True)
    row = plan.periods[0].channels[2]
    season = plan.periods[0].channels[2].season
    conversions = season * interpolated(plan, row.channel, EDITED_SPEND, row.fit_periods)
    assert row.conversions is not None
    assert plan.proposed is not None
    assert plan.proposed.conversions is not None
    summary = {line[0].value: line[2].value for line in book["Summary"].iter_rows(5, 10)}
    assert summary["Spend"] == pytest.approx(plan.proposed.spend - row.spend + EDITED_SPEND)
    expected = plan.proposed.conversions - row.conversions + conversions
    assert summary["Conversions"] == pytest.approx(expected, abs=1e-4)
    # The grid of sheet Periods: the third channel's first period.
    assert book["Periods"]["B7"].value == EDITED_SPEND


@needs_office
def test_a_spend_changed_in_one_month_works_in_the_next(office):
    """By hand: the stock moves on from January, and February's response is read at what works."""
    plan = PLANS["quarter"][0]
    sheet = loaded(office.calculated["edited_quarter"], values=True)["Period detail"]
    head = {sheet.cell(4, column).value: column for column in range(1, sheet.max_column + 1)}
    january, february = (period.channels[1] for period in plan.periods[:2])
    curve = plan.curves["tv"]
    decay, stock = curve.carry_over or 0.0, curve.carry_in or 0.0
    before, weeks = plan.periods[0].days / 7, plan.periods[1].days / 7
    assert january.spend != EDITED_SPEND
    stock = decay**before * stock + (1 - decay**before) * EDITED_SPEND / before
    share = decay * (1 - decay**weeks) / (weeks * (1 - decay))
    works = (1 - share) * february.spend + weeks * share * stock
    line = 5 + len(plan.channels) + 1
    assert (sheet.cell(line, 1).value, sheet.cell(line, 2).value) == ("2027-02", "tv")
    assert sheet.cell(line, head["At work proposed"]).value == pytest.approx(works)
    conversions = february.season * interpolated(plan, "tv", works, february.fit_periods)
    found = sheet.cell(line, head["Conversions proposed"]).value
    assert found == pytest.approx(conversions, abs=1e-4)
    assert found != pytest.approx(february.conversions, abs=0.1)
    # A channel that is off, and does not carry over, brings nothing.
    off = plan.periods[1].channels[0]
    assert (off.channel, off.spend, sheet.cell(line - 1, head["Conversions proposed"]).value) == (
        "search", 0.0, 0,
    )  # fmt: skip


def interpolated(plan: Plan, channel: str, spend: float, periods: float) -> float:
    """By hand: the straight line between the two breakpoints around a spend."""
    points = plan.curves[channel].points
    x = spend / periods
    for one, two in pairwise(points):
        if one.spend <= x <= two.spend:
            assert one.conversions is not None
            assert two.conversions is not None
            part = (x - one.spend) / (two.spend - one.spend)
            return periods * (one.conversions + part * (two.conversions - one.conversions))
    raise AssertionError(f"{spend} is outside the curve")


def checks(summary) -> dict[str, str]:
    """The verdicts of the check cells by what they check."""
    lines = [[cell.value for cell in row] for row in summary.iter_rows()]
    start = next(i for i, line in enumerate(lines) if line[0] == "Checks")
    return {line[0]: line[4] for line in lines[start + 2 :] if line[4]}


@pytest.mark.parametrize("name", PLANS)
def test_the_figures_shown_before_any_recalculation_are_the_plans(name):
    plan = PLANS[name][0]
    book = loaded(workbook(PLANS[name]), values=True)
    sheet = book["Allocation"]
    titles = {sheet.cell(4, c).value: c for c in range(1, sheet.max_column + 1)}
    for line, row in enumerate(plan.channels, start=5):
        for title, figure in (
            ("Channel", row.channel),
            ("Spend today", row.current_spend),
            ("Spend proposed", row.spend),
            ("Conversions proposed", row.conversions),
            ("Revenue today", row.current_revenue),
            ("CPA proposed", row.cpa),
            ("ROAS proposed", row.roas),
            ("Profit proposed", row.profit),
        ):
            if title in titles and figure is None:
                assert sheet.cell(line, titles[title]).value == "n/a"
            elif title in titles:
                assert sheet.cell(line, titles[title]).value == pytest.approx(figure, abs=0.0051)
            else:
                assert figure is None
    assert set(checks(book["Summary"]).values()) == {"agrees"}


@pytest.mark.parametrize("name", ["nasty", "nasty_periods", "several"])
def test_names_that_look_like_formulas_stay_text(name):
    """Read from the file itself: openpyxl takes any text that begins with = for a formula."""
    with zipfile.ZipFile(io.BytesIO(workbook(PLANS[name]))) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        xml = [html.unescape(archive.read(sheet).decode()) for sheet in sheets]
        texts = html.unescape(archive.read("xl/sharedStrings.xml").decode())
    formulas = [formula for page in xml for formula in re.findall(r"<f>(.*?)</f>", page)]
    assert len(formulas) > 100
    for plan in PLANS[name]:
        for text in (plan.name, *(row.channel for row in plan.channels)):
            assert f"{text}<" in texts
            assert not [f for f in formulas if f in (text, text.lstrip("=+-@"))]
    assert not [f for f in formulas if re.search(r"cmd|HYPERLINK|SUM\(A1\)|^1\+1", f)]


@pytest.mark.parametrize("name", PLANS)
def test_every_sheet_prints_on_a4_landscape_and_keeps_its_head(name):
    book = loaded(workbook(PLANS[name]), values=False)
    expected = ["Summary", *(["Bridges"] if PLANS[name][0].current else []), "Allocation"]
    expected.append("Rules and prices")
    expected += ["Periods", "Period detail"] if PLANS[name][0].periods else []
    expected += ["Curves"] + (["Scenarios"] if len(PLANS[name]) > 1 else [])
    assert book.sheetnames == [*expected, "Assumptions and warnings", "Audit"]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.print_area
    for title in expected[1:]:
        assert book[title].freeze_panes is not None
    for title in {"Allocation", "Curves", "Period detail"} & set(expected):
        assert book[title].auto_filter.ref


def test_money_carries_the_currency_and_its_own_number_of_decimals():
    def style(name: str) -> str:
        return loaded(workbook(PLANS[name]), values=False)["Allocation"]["C5"].number_format

    assert style("plain") == '"€" #,##0.00;[Red]-"€" #,##0.00'
    assert style("yen") == '"¥" #,##0;[Red]-"¥" #,##0'
    assert style("revenue") == "#,##0.00;[Red]-#,##0.00"


def test_the_same_plan_gives_the_same_bytes():
    assert workbook([make_plan(3)], "a" * 64) == workbook([make_plan(3)], "a" * 64)


def test_a_plan_without_an_allocation_still_makes_a_workbook():
    book = loaded(workbook([infeasible()]), values=True)
    assert book.sheetnames == ["Summary", "Assumptions and warnings", "Audit"]
    assert book["Summary"]["A4"].value == "No allocation satisfies these rules."
    assert book["Summary"]["A5"].value == "The minimums add up to 132,000."
