"""The page: complete in itself, readable by eye, by ear and on paper; it runs nobody's markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from models.errors import InputError
from scenarios.language.language import language
from scenarios.report.page.page import page
from scenarios.report.page.periods import stacked
from scenarios.report.page.sweep import frontier_chart, read_sweep
from tests.support.browser import Browser, chromium, needs_browser
from tests.support.plan_factory import (
    infeasible,
    make_plan,
    solved_quarter,
    with_idle_channel,
    without_today,
)

NASTY = ("<img src=x onerror=alert(1)>", "</script><b>tv", "a & b", '"quoted"', "=1+1", "%{x}")
LARGE = 6_000_000  # bytes: what can be mailed

PLANS = {
    "plain": [make_plan(4)],
    "periods": [make_plan(3, 4)],
    "several": [make_plan(3), make_plan(4, seed=2, name="more")],
    "fresh": [without_today(make_plan(2)), infeasible()],
    "idle": [with_idle_channel(make_plan(2))],
    "nasty": [make_plan(6, names=NASTY, name="<script>alert(2)</script>")],
}
with tempfile.TemporaryDirectory() as _folder:
    PLANS["quarter"] = [solved_quarter(Path(_folder))]
EMPTY = {"meta", "br", "img", "link", "input"}


class Reader(HTMLParser):
    """Checks that elements close in order; collects texts, tables and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style") and data.strip():
            self.texts.append(data.strip())


def read(name: str) -> tuple[str, Reader]:
    text, reader = page(PLANS[name], "f" * 64), Reader()
    reader.feed(text.replace("<wbr>", ""))
    assert reader.open == []
    return text, reader


def figures_in(text: str) -> dict:
    data = re.search(r'<script type="application/json" id="charts">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    return json.loads(data[1])


@pytest.mark.parametrize("name", PLANS)
def test_a_page_holds_everything_once_and_asks_for_nothing(name):
    text, reader = read(name)
    assert len(text.encode()) < LARGE
    assert text.count("plotly.js v") == 1
    for tag, attributes in reader.elements:
        assert tag not in ("link", "img", "iframe", "object", "base", "form")
        assert "src" not in attributes
        assert str(attributes.get("href", "#")).startswith("#")
        assert not [key for key in attributes if key.startswith("on")]


def test_only_the_pages_own_two_scripts_may_run():
    text, _ = read("nasty")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    allowed = re.search(r"script-src ([^;]*);", policy[1])
    assert allowed is not None
    assert allowed[1].split() == [
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    ]


@pytest.mark.parametrize("name", PLANS)
def test_every_picture_has_words_and_every_table_a_caption(name):
    _, reader = read(name)
    pictures = [a for _, a in reader.elements if a.get("role") == "img"]
    assert len(pictures) >= 1 + len(PLANS[name][0].channels)
    assert all(picture["aria-label"] for picture in pictures)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("table") == tags.count("caption") >= 5
    assert ("html", {"lang": "en"}) in reader.elements
    links = {a["href"] for tag, a in reader.elements if tag == "a"}
    assert links <= {f"#{a['id']}" for _, a in reader.elements if "id" in a}


@pytest.mark.parametrize("name", PLANS)
def test_plotly_itself_accepts_every_picture(name):
    graphs = pytest.importorskip("plotly.graph_objects")
    text, _ = read(name)
    for figure in figures_in(text).values():
        graphs.Figure(figure)  # validates every key and value


@pytest.mark.parametrize("name", PLANS)
def test_the_tables_hold_the_plans_figures_and_the_names_as_they_are(name):
    _, reader = read(name)
    plan = PLANS[name][0]
    assert plan.proposed is not None
    for row in plan.channels:
        assert row.channel in reader.texts
        assert f"{row.spend:,.0f}" in reader.texts
    assert f"{plan.proposed.spend:,.0f}" in reader.texts
    assert f"{plan.name}: recommended budget" in reader.texts
    assert set(plan.warnings) <= set(reader.texts)
    assert "f" * 64 in reader.texts


def test_the_curves_drawn_go_through_todays_and_the_proposed_point():
    text, _ = read("plain")
    plan = PLANS["plain"][0]
    drawn = [f for f in figures_in(text).values() if "shapes" in f["layout"]]
    assert len(drawn) == len(plan.channels)
    for figure, row in zip(drawn, plan.channels, strict=True):
        traces = {trace["name"]: trace for trace in figure["data"] if "name" in trace}
        line = dict(zip(traces["expected"]["x"], traces["expected"]["y"], strict=True))
        for mark, spend in (("today", row.current_spend), ("proposed", row.spend)):
            assert traces[mark]["x"] == [pytest.approx(spend, rel=1e-5)]
            nearest = min(line, key=lambda x, spend=spend: abs(x - spend))
            assert traces[mark]["y"] == [pytest.approx(line[nearest], rel=1e-4)]
        low, high = figure["data"][0]["y"], figure["data"][1]["y"]
        assert all(a <= b for a, b in zip(low, high, strict=True))


def test_of_a_plan_of_months_the_marks_lie_on_the_curve_where_money_works():
    """The curve of a week: read at the money at work, not at the money spent."""
    plan = PLANS["quarter"][0]
    pictures = [figure for figure in figures_in(page(PLANS["quarter"])).values()
                if figure["data"][-1].get("name") == "proposed" and
                figure["data"][-1].get("mode") == "markers"]  # fmt: skip
    assert len(pictures) == len(plan.channels)
    for picture, row in zip(pictures, plan.channels, strict=True):
        line = next(trace for trace in picture["data"] if trace.get("name") == "expected")
        marks = picture["data"][-1]
        running = [p for p in plan.periods for r in p.channels
                   if r.channel == row.channel and r.fit_periods]  # fmt: skip
        assert len(marks["x"]) == len(running)
        for x, y in zip(marks["x"], marks["y"], strict=True):
            assert y == pytest.approx(np.interp(x, line["x"], line["y"]), rel=1e-3)


def test_the_stacked_bars_add_up_to_every_periods_spend():
    plan = make_plan(12, 4)
    traces = stacked(plan)["data"]
    bars = [trace for trace in traces if trace["type"] == "bar"]
    assert bars[-1]["name"] == "4 others"
    for number, period in enumerate(plan.periods):
        assert sum(bar["y"][number] for bar in bars) == pytest.approx(
            period.proposed.spend, rel=1e-4
        )
        assert period.current is not None
        assert traces[-1]["y"][number] == pytest.approx(period.current.spend, rel=1e-5)


def test_the_waterfall_adds_up_to_the_net_change():
    text, _ = read("plain")
    plan = PLANS["plain"][0]
    steps = figures_in(text)["picture-1"]["data"][0]
    assert steps["measure"][-1] == "total"
    changes = {r.channel: r.spend - (r.current_spend or 0) for r in plan.channels}
    shown = dict(zip(steps["y"][:-1], steps["x"][:-1], strict=True))
    assert shown == {name: pytest.approx(x, rel=1e-5) for name, x in changes.items()}


SWEEP = {
    "schema": "budgetopt/sweep/1",
    "objective": "revenue",
    "axes": [{"key": "budget", "values": [1000.0, 2000.0, 9000.0]}],
    "points": [
        {"at": [1000.0], "status": "optimal", "spend": 1000.0, "revenue": 5000.0, "price": 2.5},
        {"at": [2000.0], "status": "optimal", "spend": 2000.0, "revenue": 7000.0, "price": 1.5},
        {"at": [9000.0], "status": "infeasible", "reason": "the maximums add up to 3,000"},
    ],
}


def test_a_sweep_is_drawn_as_a_frontier_with_the_plan_on_it(tmp_path):
    graphs = pytest.importorskip("plotly.graph_objects")
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps(SWEEP))
    plan = make_plan(2)
    assert plan.proposed is not None
    sweep = read_sweep(file)
    text = page([plan], sweep=sweep)
    assert "<h2>Frontier</h2>" in text
    assert "the maximums add up to 3,000" in text
    line, mark = next(f for f in figures_in(text).values() if f["layout"]["height"] == 360)["data"]
    assert (line["x"], line["y"]) == ([1000.0, 2000.0], [5000.0, 7000.0])
    assert mark["x"] == [pytest.approx(plan.proposed.spend, rel=1e-5)]
    graphs.Figure(frontier_chart(sweep, plan))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "budgetopt/plan/1"}, "its schema is budgetopt/plan/1"),
        ({"points": [{"at": ["x"], "status": "optimal"}]}, "points.0.at.0: Input should be a"),
        ({"axes": [{"key": "a"}, {"key": "b"}]}, "it varies 2 numbers"),
    ],
)
def test_what_is_no_frontier_is_refused(tmp_path, change, message):
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps(SWEEP | change))
    with pytest.raises(InputError, match=message):
        read_sweep(file)
    file.write_text("{")
    with pytest.raises(InputError, match="it is not JSON"):
        read_sweep(file)


def test_a_plan_without_an_allocation_says_why():
    text = page([infeasible()])
    assert "The minimums add up to 132,000" in text
    assert figures_in(text) == {}


# --- in a browser ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with chromium() as driven:
        yield driven


def opened(browser: Browser, folder: Path, name: str) -> None:
    file = folder / "plan.html"
    file.write_text(page(PLANS[name]), encoding="utf-8")
    browser.open(file, width=1280)


PICTURES = "[...document.querySelectorAll('.picture')]"
WIDEST = "Math.max(...[...document.querySelectorAll('.picture .main-svg')].map(s => s.clientWidth))"


@needs_browser
@pytest.mark.parametrize("name", ["plain", "periods", "quarter", "several", "idle"])
def test_the_page_opens_without_complaint_and_fits_wide_and_narrow(browser, tmp_path, name):
    opened(browser, tmp_path, name)
    assert browser.evaluate(f"{PICTURES}.every(p => p.querySelector('svg.main-svg'))")
    text = browser.evaluate("document.body.innerText")
    plan = PLANS[name][0]
    for row in plan.channels:
        assert row.channel in text
        assert f"{row.spend:,.0f}" in text
    for width in (1280, 390):
        browser.resize(width, 900)
        browser.wait(f"document.documentElement.scrollWidth <= {width} && {WIDEST} <= {width}")
    assert browser.complaints == []
    outside = [url for url in browser.requests if not url.startswith("data:")]
    assert outside == [(tmp_path / "plan.html").as_uri()]


@needs_browser
def test_a_vietnamese_page_fits_too_and_its_pictures_write_numbers_its_way(browser, tmp_path):
    file = tmp_path / "plan.html"
    file.write_text(page(PLANS["quarter"], spoken=language("vi")), encoding="utf-8")
    browser.open(file, width=1280)
    assert browser.evaluate("document.querySelector('h2').textContent") == "Đề xuất và lý do"
    assert "chi tiêu" in browser.evaluate(f"{PICTURES}.map(p => p.textContent).join(' ')")
    layout = "document.querySelector('.picture')._fullLayout.separators"
    assert browser.evaluate(layout) == ",."
    for width in (1280, 390):
        browser.resize(width, 900)
        browser.wait(f"document.documentElement.scrollWidth <= {width} && {WIDEST} <= {width}")
    assert browser.complaints == []


@needs_browser
def test_names_with_markup_stay_text_in_pictures_too(browser, tmp_path):
    opened(browser, tmp_path, "nasty")
    assert browser.evaluate("document.querySelectorAll('img, b').length") == 0
    drawn = browser.evaluate(
        "[...document.querySelectorAll('#picture-3 .ytick text')].map(t => t.textContent)"
    )
    assert set(drawn) == set(NASTY)


@needs_browser
def test_on_paper_the_pictures_are_as_wide_as_the_sheet(browser, tmp_path):
    opened(browser, tmp_path, "plain")
    before = browser.evaluate(WIDEST)
    assert before > 700
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate(WIDEST) <= 700
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    browser.wait(f"{WIDEST} === {before}")
    assert browser.printed().startswith(b"%PDF")
    assert browser.complaints == []
