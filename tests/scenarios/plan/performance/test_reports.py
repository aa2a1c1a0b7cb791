"""How the channels fared, in workbook, page and Markdown: what `budgetopt check` shows."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest

from models.diagnostics.metrics import CATALOGUE
from models.history.history import HistorySpec
from models.history.read import read_history_with_days
from scenarios.language.language import Language, language
from scenarios.plan.plan import Plan
from scenarios.report.markdown import SPECIAL, markdown
from scenarios.report.page.markup import Page
from scenarios.report.page.page import page
from scenarios.report.page.performance import performance
from scenarios.report.prose.data_findings import flag_lines, leak_lines
from scenarios.report.prose.glossary import METRICS
from scenarios.report.prose.movement import change_text, figure_text
from scenarios.report.prose.performance import NOTHING
from scenarios.report.workbook.workbook import workbook
from scenarios.sources.channel_performance import performance_of
from tests.scenarios.plan.performance.examples import same
from tests.support.browser import chromium, needs_browser
from tests.support.office import needs_office, recalculated
from tests.support.plan_factory import infeasible, make_plan

SHEET = "How channels fared"
ENGLISH = Language()


def sheet_rows(content: bytes) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return [[cell.value for cell in row] for row in book[SHEET].iter_rows()]


def test_the_sheet_holds_checks_figures_as_numbers(plan, checked):
    rows = sheet_rows(workbook([plan]))
    heads = rows[3]
    assert heads[:3] == ["Channel", "Clicks (number)", "Change of clicks (%)"]
    units = {"clicks": "number", "conversions": "number", "conversion_rate": "%", "cpc": "EUR",
             "cpa": "EUR", "revenue": "EUR", "roas": "revenue per spend", "roi": "%"}  # fmt: skip
    lines = {row[0]: dict(zip(heads, row, strict=True)) for row in rows[4:9]}
    expected = {entry.channel: entry.metrics for entry in checked.channels}
    expected["All channels"] = checked.metrics
    assert set(lines) == set(expected)
    for name, movements in expected.items():
        assert set(movements) == set(units)
        for metric, movement in movements.items():
            label = METRICS[metric][0]
            title = f"{label[0].upper()}{label[1:]} ({units[metric]})"
            assert lines[name][title] == pytest.approx(movement.now, rel=1e-9)
            changed = lines[name][f"Change of {label} (%)"]
            assert same(None if changed == "n/a" else changed, movement.change)
    assert not [head for head in heads if head and head.startswith(("Impressions", "CTR", "LTV"))]
    below = {cell for row in rows[9:] for cell in row if cell}
    assert set(leak_lines(checked.leaks, ENGLISH)) <= below
    assert set(flag_lines(checked.flags, {}, ENGLISH)) <= below


def test_the_sheet_marks_what_is_unusual_and_shows_per_cents(plan):
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([plan])))[SHEET]
    heads = [cell.value for cell in sheet[4]]
    line = next(row for row in sheet.iter_rows(min_row=5) if row[0].value == "email | x")
    clicks = line[heads.index("Change of clicks (%)")]
    assert "▲" in clicks.number_format
    assert line[heads.index("Conv. rate (%)")].number_format == "0.00%"
    rate = line[heads.index("Change of conv. rate (%)")]
    assert "▼" in rate.number_format
    assert rate.font.color.rgb == "FFA3241C"
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref.startswith("A4:")


class Tables(HTMLParser):
    """The cells of every table, row by row, and all list items; refuses a script of its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.items: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert tag != "script"
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self.inside = "cell"
        elif tag == "li":
            self.items.append("")
            self.inside = "item"

    def handle_endtag(self, tag):
        if tag in ("th", "td", "li"):
            self.inside = ""

    def handle_data(self, data):
        if self.inside == "cell":
            self.rows[-1][-1] += data
        elif self.inside == "item":
            self.items[-1] += data


def shown(movements) -> dict[str, str]:
    """Every metric as `budgetopt check --metrics` writes it, by name."""
    return {
        metric.name: f"{figure_text(movement.now, metric.unit, ENGLISH)} "
        f"{change_text(movement, ENGLISH)}".strip()
        for metric in CATALOGUE
        if (movement := movements.get(metric.name)) is not None and movement.now is not None
    }


def test_the_page_shows_checks_figures_and_findings(plan, checked):
    found = Tables(section_of(plan))
    seen: dict[str, list[str]] = {}
    for row in found.rows:
        seen.setdefault(row[0], []).extend(cell.strip() for cell in row[1:])
    assert seen.pop("Channel") == ["Clicks", "Conversions", "Conv. rate", "CPC, EUR",
                                   "CPA, EUR", "Revenue, EUR", "ROAS", "ROI"]  # fmt: skip
    assert seen.pop("All channels") == list(shown(checked.metrics).values())
    assert seen == {one.channel: list(shown(one.metrics).values()) for one in checked.channels}
    assert set(leak_lines(checked.leaks, ENGLISH)) <= set(found.items)
    assert set(flag_lines(checked.flags, {}, ENGLISH)) <= set(found.items)
    assert '<small class="bad">▼' in section_of(plan)
    assert section_of(plan) in page([plan])


def section_of(plan: Plan, spoken: Language | None = None) -> str:
    """The page's section on how the channels fared."""
    found = performance(plan, Page(spoken))
    assert found is not None
    return str(found.html)


def escaped(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return SPECIAL.sub(r"\\\1", text)


def test_markdown_shows_checks_figures_and_findings(plan, checked):
    text = markdown(plan)
    for entry in checked.channels:
        cells = map(escaped, (entry.channel, *shown(entry.metrics).values()))
        assert f"| {' | '.join(cells)} |" in text
    assert f"| All channels | {' | '.join(shown(checked.metrics).values())} |" in text
    findings = leak_lines(checked.leaks, ENGLISH) + flag_lines(checked.flags, {}, ENGLISH)
    for line in findings:
        assert f"- {escaped(line)}" in text


def test_names_of_ill_will_stay_text(plan):
    assert "<script>alert" not in page([plan])
    assert "\n| \\<script\\>alert(1)\\</script\\> |" in markdown(plan)
    assert "| email \\| x |" in markdown(plan)
    content = workbook([plan])
    sheets = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        own = archive.read(f"xl/worksheets/sheet{sheets.index(SHEET) + 1}.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in own
    assert re.search(r"<t[^>]*>=1\+1</t>", texts)


def test_a_plan_without_an_allocation_tells_it_too(plan):
    wish = infeasible().model_copy(
        update={"performance": plan.performance, "currency": plan.currency}
    )
    assert SHEET in openpyxl.load_workbook(io.BytesIO(workbook([wish]))).sheetnames
    assert section_of(plan) in page([wish])
    assert f"**{SHEET}**" in markdown(wish)


def test_where_nothing_was_found_that_is_said(plan):
    calm = plan.performance.model_copy(update={"leaks": (), "suspicious": (), "further": ()})
    quiet = plan.model_copy(update={"performance": calm})
    assert NOTHING in section_of(quiet)
    assert NOTHING in [cell for row in sheet_rows(workbook([quiet])) for cell in row]


def test_it_can_be_said_in_vietnamese(plan, checked):
    spoken = language("vi")
    text = section_of(plan, spoken)
    assert spoken.say(METRICS["conversions"][0]) in text.lower()
    items = Tables(text).items
    assert set(leak_lines(checked.leaks, spoken)) <= set(items)
    assert set(flag_lines(checked.flags, {}, spoken)) <= set(items)
    assert not set(leak_lines(checked.leaks, ENGLISH)) & set(items)


@needs_office
def test_libreoffice_finds_the_same_figures_and_no_error(plan, tmp_path):
    content = workbook([plan])
    calculated = recalculated(tmp_path, {"fared": content})["fared"].read_bytes()
    before, after = sheet_rows(content), sheet_rows(calculated)
    for old, new in zip(before, after, strict=False):
        for one, other in zip(old, new, strict=False):
            if isinstance(one, float | int):
                assert other == pytest.approx(one, rel=1e-9)
            else:
                assert other == one
    texts = [str(cell) for row in after for cell in row if cell is not None]
    assert not [text for text in texts if text.startswith(("#", "Err:"))]
    assert len(texts) > 80


@needs_browser
def test_the_section_fits_a_phone(plan, tmp_path):
    (tmp_path / "plan.html").write_text(page([plan]), encoding="utf-8")
    with chromium() as browser:
        browser.open(tmp_path / "plan.html", width=390)
        assert browser.evaluate("document.documentElement.scrollWidth") <= 390
        # Names and figures of every table are in sight without scrolling it.
        tables = "[...document.querySelectorAll('#fared .scroll')]"
        assert browser.evaluate(f"{tables}.length") == 4
        assert browser.evaluate(f"{tables}.every(t => t.scrollWidth <= t.clientWidth)")
        assert browser.complaints == []


def test_a_mix_knows_results_for_all_channels_together_only(tmp_path):
    weeks = pd.date_range("2022-01-03", periods=104, freq="7D")
    wave = 100 + 50 * np.sin(np.arange(104))
    table = pd.DataFrame({"date": weeks, "sales": 3 * wave, "tv_S": wave, "search_S": wave[::-1]})
    table.to_csv(tmp_path / "mix.csv", index=False)
    spec = HistorySpec(
        tmp_path / "mix.csv", shape="mix", kpi="sales", spend={"tv": "tv_S", "search": "search_S"}
    )
    found = performance_of(*read_history_with_days(spec))
    assert found.channels == ()
    assert found.leaks == ()
    plan = make_plan(2, performance=found)
    rows = sheet_rows(workbook([plan]))
    assert [row[0] for row in rows[3:5]] == ["Channel", "All channels"]
    assert "| All channels |" in markdown(plan)
    assert "<h2>How channels fared</h2>" in page([plan])
