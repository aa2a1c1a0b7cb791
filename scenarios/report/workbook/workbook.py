"""The plan as a workbook that finance can follow, change and check. Formulas are live."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime

from xlsxwriter.workbook import Workbook

from models.phrases import said
from scenarios.language.language import Language
from scenarios.plan.money import money_of
from scenarios.plan.plan import Plan
from scenarios.report.prose.findings import findings, period_name, subtitle_of
from scenarios.report.prose.performance import TITLE as FARED
from scenarios.report.workbook import lists, performance_sheet, period_sheets, sheets
from scenarios.report.workbook.bridge_sheet import BRIDGES, bridges, has_bridges
from scenarios.report.workbook.formula_table import Styles
from scenarios.report.workbook.sheet import add_sheet
from scenarios.report.workbook.sheets import PERIOD_DETAIL
from scenarios.report.workbook.summary import summary

MARK = 12  # digits of the plan's hash in every printed foot


def workbook(plans: Sequence[Plan], plan_sha256: str = "", spoken: Language | None = None) -> bytes:
    """The XLSX file's bytes; the same plans give the same bytes.

    Parameters
    ----------
    plans : the plan; further ones only appear on the sheet Scenarios
    plan_sha256 : hash of the first plan's file, for the sheet Audit
    spoken : English unless given
    """
    plan, file = plans[0], io.BytesIO()
    # Text stays text: a channel called =1+1 or a link in a name must not come to life.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(file, options)
    book.set_properties(_properties(plan, plan_sha256))
    styles = Styles(book, money_of(plan), spoken)
    if plan.proposed is None:
        _without_allocation(book, styles, plan, plan_sha256)
    else:
        _full(book, styles, plans, plan_sha256)
    book.close()
    return file.getvalue()


def _properties(plan: Plan, plan_sha256: str) -> dict[str, object]:
    """What a file manager shows of the workbook: nothing that is not the plan's own.

    It is dated by the last day that the plan knows of, so that the same plan gives the same bytes.
    """
    last = plan.provenance.last_date
    day = date.fromisoformat(last) if last else date(2000, 1, 1)
    return {
        "title": plan.name,
        "subject": str(subtitle_of(plan)),
        "keywords": f"plan {plan_sha256}" if plan_sha256 else "",
        "comments": f"Made by budgetopt {plan.provenance.version}",
        "created": datetime(day.year, day.month, day.day, tzinfo=UTC),
    }


def _without_allocation(book: Workbook, styles: Styles, plan: Plan, plan_sha256: str) -> None:
    mark = plan_sha256[:MARK]
    first = add_sheet(book, said("Summary"), styles.spoken, mark)
    title = said("{name}: no allocation", name=plan.name)
    sheets.titled(first, styles, title, period_name(plan))
    for row, text in enumerate(findings(plan), start=3):
        first.write_string(row, 0, text, styles("text"))
    if plan.performance is not None:
        performance_sheet.performance(add_sheet(book, FARED, styles.spoken, mark), styles, plan)
    lists.assumptions(
        add_sheet(book, said("Assumptions and warnings"), styles.spoken, mark), styles, plan
    )
    lists.audit(add_sheet(book, said("Audit"), styles.spoken, mark), styles, plan, plan_sha256)


def _full(book: Workbook, styles: Styles, plans: Sequence[Plan], plan_sha256: str) -> None:
    plan = plans[0]
    names = [said("Summary"), said("Allocation"), said("Rules and prices")]
    names[1:1] = [BRIDGES] if has_bridges(plan) else []
    names += [said("Periods"), PERIOD_DETAIL] if plan.periods else []
    names += [FARED] if plan.performance else []
    names += [said("Curves"), *([said("Scenarios")] if len(plans) > 1 else [])]
    names += [said("Assumptions and warnings"), said("Audit")]
    page = {str(name): add_sheet(book, name, styles.spoken, plan_sha256[:MARK]) for name in names}
    curves = sheets.curve_points(page["Curves"], styles, plan)
    detail = by_period = None
    if plan.periods:
        detail = period_sheets.period_detail(page["Period detail"], styles, plan, curves)
        by_period = period_sheets.periods(page["Periods"], styles, plan, detail)
    allocation = sheets.allocation(page["Allocation"], styles, plan, curves, detail)
    if has_bridges(plan):
        bridges(page[str(BRIDGES)], styles, plan, allocation)
    lists.rules(page["Rules and prices"], styles, plan, allocation)
    if plan.performance is not None:
        performance_sheet.performance(page[str(FARED)], styles, plan)
    if len(plans) > 1:
        lists.scenarios(page["Scenarios"], styles, plans)
    lists.assumptions(page["Assumptions and warnings"], styles, plan)
    lists.audit(page["Audit"], styles, plan, plan_sha256)
    summary(page["Summary"], styles, plan, allocation, by_period, book)
