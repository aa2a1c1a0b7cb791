"""From what the books say to today, and from there to the plan: steps that add up."""

from __future__ import annotations

import io
import math

import openpyxl
import pytest

from scenarios.report.page.page import page
from scenarios.report.prose.bridge import books_of, from_books, to_plan
from scenarios.report.workbook.workbook import workbook
from tests.support.plan_factory import make_plan, without_today


def test_the_books_lead_to_today_step_by_step(plan) -> None:
    """By hand, from the plan's own figures."""
    books = books_of(plan)
    assert books is not None
    fares = plan.performance
    booked, stretched, season, curves, today = from_books(books)
    for key in ("conversions", "revenue"):
        sum_ = fares.total.now[key]
        assert booked.values[key] == sum_
        whole = sum_ * plan.period.days / fares.days
        assert stretched.values[key] == pytest.approx(whole - sum_)
        scored = [getattr(row, f"current_{key}") for row in plan.channels]
        plain = [value / row.season for value, row in zip(scored, plan.channels, strict=True)]
        factor = math.fsum(scored) / math.fsum(plain)
        assert season.values[key] == pytest.approx(whole * (factor - 1.0))
        assert today.values[key] == getattr(plan.current, key)
        steps = (booked, stretched, season, curves)
        assert math.fsum(step.values[key] for step in steps) == pytest.approx(today.values[key])


def test_todays_revenue_and_what_channels_add_is_the_plans() -> None:
    plan = make_plan(6)
    first, *steps, last = to_plan(plan)
    assert plan.current is not None
    assert plan.proposed is not None
    assert first.values["revenue"] == plan.current.revenue
    assert last.values["revenue"] == plan.proposed.revenue
    sums = math.fsum(step.values["revenue"] for step in (first, *steps))
    assert sums == pytest.approx(plan.proposed.revenue, abs=0.05)
    changes = [step.values["revenue"] for step in steps]
    assert changes == sorted(changes)


def test_what_is_not_known_has_no_bridge() -> None:
    assert books_of(make_plan(3)) is None
    assert to_plan(without_today(make_plan(3))) == []
    assert (
        "Bridges"
        not in openpyxl.load_workbook(
            io.BytesIO(workbook([without_today(make_plan(3))]))
        ).sheetnames
    )


def test_page_and_workbook_tell_both(plan) -> None:
    text = page([plan])
    assert '<section id="books">' in text
    assert '<section id="gain">' in text
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([plan])), data_only=True)["Bridges"]
    rows = {row[0].value: [cell.value for cell in row[1:3]] for row in sheet.iter_rows(max_col=3)}
    assert rows["Today, as scored"] == [plan.current.conversions, plan.current.revenue]
    assert rows["Proposed"][1] == plan.proposed.revenue
    formulas = openpyxl.load_workbook(io.BytesIO(workbook([plan])))["Bridges"]
    assert str(formulas["B10"].value).startswith("=")
