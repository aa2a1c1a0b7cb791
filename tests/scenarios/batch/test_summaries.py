"""The summary of many accounts: counted right, and the same on terminal, page and workbook."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from rich.console import Console

from models.errors import Fault
from models.phrases import said
from scenarios.batch.batch_summary import BatchSummary, Tally
from scenarios.batch.one_budget import OneBudget
from scenarios.batch.work.account_result import AccountResult, ChannelLine, failed, told
from scenarios.batch.work.job import Seen
from scenarios.language.language import language
from scenarios.plan.records import Totals
from scenarios.report.batch.accounts_page import accounts_page
from scenarios.report.batch.accounts_terminal import batch_report
from scenarios.report.batch.accounts_workbook import accounts_workbook

pytest.importorskip("pyarrow")


def result(
    name: str, gain: float, currency: str = "EUR", evidence: str = "usable"
) -> AccountResult:
    return AccountResult.model_validate(
        {
            "account": name,
            "key": "k",
            "status": "optimal",
            "currency": currency,
            "objective": "revenue",
            "measure": "revenue",
            "current": Totals(spend=100.0, revenue=1000.0),
            "proposed": Totals(spend=100.0, revenue=1000.0 + gain),
            "channels": [ChannelLine(channel="tv", current=100.0, proposed=100.0).model_dump()
                         | {"evidence": evidence}],
        }
    )  # fmt: skip


def summary() -> BatchSummary:
    """Eleven euro accounts that gain 0 to 10, one in kronor, three that failed."""
    tally = Tally("june")
    results = [result(f"shop {n:02d}", float(n)) for n in range(11)]
    results.append(result("<b>norr</b>", 7.0, "SEK", "unusable"))
    for n in (1, 2):
        fault = Fault(f"h.csv (account x{n})", said("{n:,} rows are odd", n=n), "Mend them")
        results.append(failed(f"x{n}", "k", [told(fault)]))
    results.append(failed("y", "k", [said("it took more than {limit:,g} seconds", limit=5.0)]))
    for one in results:
        tally.add(Seen(one.account, "k", one.status, 2.0, is_new=one.account != "y"), one)
    return tally.summary()


def test_accounts_are_counted_by_currency_rank_and_cause() -> None:
    found = summary()
    assert (found.accounts, found.planned, found.failed, found.kept) == (15, 12, 3, 1)
    assert found.seconds == 28.0
    euros, kronor = found.money
    assert (euros.currency, euros.accounts, euros.gain) == ("EUR", 11, 55.0)
    assert (kronor.currency, kronor.by_evidence) == ("SEK", {"unusable": 100.0})
    assert [one.account for one in found.best] == [f"shop {n:02d}" for n in (10, 9, 8)] + [
        "<b>norr</b>",
        "shop 07",
    ]
    assert [one.figure for one in found.worst] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [(one.account, one.share) for one in found.unknown] == [("<b>norr</b>", 1.0)]
    assert [(cause.count, cause.accounts) for cause in found.causes] == [
        (2, ("x1", "x2")),
        (1, ("y",)),
    ]


def test_the_page_and_the_workbook_show_what_the_terminal_shows() -> None:
    found = summary()
    text = io.StringIO()
    for part in batch_report(found):
        Console(file=text, width=120).print(part)
    for shown in ("june: 15 accounts", "12 planned, 3 failed", "+55", "x1, x2", "Mend them"):
        assert shown in text.getvalue()
    page = accounts_page(found)
    assert "&lt;b&gt;norr" in page
    assert "<b>norr" not in page
    assert len(page) < 100_000  # no library of pictures for a page without any
    sheet = openpyxl.load_workbook(io.BytesIO(accounts_workbook(found))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert 55.0 in cells
    assert "<b>norr</b>" in cells
    assert accounts_workbook(found) == accounts_workbook(found)


def test_one_budget_is_told_in_words_and_in_vietnamese() -> None:
    one = OneBudget(1000.0, 900.0, "EUR", "revenue", 1.5, 5000.0, 5000.25, 12, 1, {"north": 0.8})
    found = replace(summary(), one_budget=one)
    assert one.gap == pytest.approx(5e-5)
    page = accounts_page(found)
    assert "one budget of 1,000 EUR across 12 accounts" in page
    assert "in group north one more brings 0.80" in page
    assert "100 EUR stay unspent" in page
    assert "by more than 0.005 %" in page
    spoken = accounts_page(found, language("vi"))
    for english in ("planned", "one budget", "Gains most", "Without a plan", "Made by"):
        assert english not in spoken
