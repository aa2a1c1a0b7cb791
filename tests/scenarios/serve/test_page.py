"""The page in a browser: typed, clicked, dragged, undone; by keyboard alone; after a restart."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from models.curves.file import save_curves
from scenarios.definition.scenario import Scenario
from scenarios.language.language import language
from scenarios.planning import run
from scenarios.serve.run import listen, page_of
from tests.support.browser import CHROMIUM, needs_browser
from tests.support.scenario_examples import CURVES, with_draws

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser
SCENARIO = """\
curves: c.json
period: {days: 28}
budget: current
defaults: {change: [-30%, +30%]}
channels: {search: {min_spend: 30000}}
"""


@contextmanager
def served(folder: Path, port: int = 0, lang: str = "en") -> Iterator[int]:
    """The page on this machine, in a thread of its own."""
    socket = listen("127.0.0.1", port)
    number = socket.getsockname()[1]
    hosts = [f"127.0.0.1:{number}"]
    made = page_of([folder / "base.yaml"], language(lang), hosts, processes=1)
    server = uvicorn.Server(uvicorn.Config(made, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        yield number
    finally:
        server.should_exit = True
        thread.join(10.0)
        socket.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_curves(with_draws(CURVES, draws=40), tmp_path / "c.json")
    (tmp_path / "base.yaml").write_text(SCENARIO)
    return tmp_path


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as made:
        opened = made.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def shown(browser, port: int, path: str = "/", **context) -> Iterator[Page]:
    """A page of its own session, once its first plan stands; nothing may go wrong on it."""
    session = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
    page = session.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"http://127.0.0.1:{port}{path}")
    page.locator("#cards dl").wait_for()
    yield page
    session.close()
    assert wrong == []


def proposed(folder: Path, *settings: str) -> dict[str, str]:
    plan = run(Scenario.load(folder / "base.yaml", settings))
    return {row.channel: f"{row.spend:,.0f}" for row in plan.channels}


def on_screen(page: Page) -> dict[str, str]:
    rows = page.locator("#grid tr[data-name]")
    return {
        row.get_attribute("data-name") or "": row.locator("[data-out=proposed]").inner_text()
        for row in rows.all()
    }


def waits_for(page: Page, wanted: dict[str, str]) -> None:
    deadline = time.monotonic() + 15.0
    while on_screen(page) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(30)
    assert on_screen(page) == wanted


def test_a_meeting_on_the_page(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        first = proposed(folder)
        waits_for(page, first)
        page.fill("tr[data-name=tv] [data-key=max_spend]", "24000")
        page.keyboard.press("Tab")
        capped = proposed(folder, "channels.tv.max_spend=24000")
        assert capped != first
        waits_for(page, capped)
        assert "set=channels.tv.max_spend%3D24000" in page.url
        page.check("tr[data-name=search] [data-key=locked]")
        both = proposed(folder, "channels.tv.max_spend=24000", "channels.search.locked=true")
        waits_for(page, both)
        page.click("#tab-hand_on")
        assert "--set channels.search.locked=true" in page.inner_text("#command")
        page.click("#undo")
        waits_for(page, capped)
        page.click("#undo")
        waits_for(page, first)
        page.click("#redo")
        waits_for(page, capped)
        page.click("#reset")
        waits_for(page, first)


def test_two_sessions_and_a_bookmark_after_a_restart(browser, folder: Path) -> None:
    address = "/?scenario=base&set=budget%3D%2B5%25"
    with served(folder) as port, shown(browser, port) as one, shown(browser, port, address) as two:
        waits_for(one, proposed(folder))
        waits_for(two, proposed(folder, "budget=+5%"))
    with served(folder, port), shown(browser, port, address) as again:
        waits_for(again, proposed(folder, "budget=+5%"))


def test_a_lost_server_is_waited_for(browser, folder: Path) -> None:
    with served(folder) as port:
        session = browser.new_context()
        page = session.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("#cards dl").wait_for()
    page.select_option("#objective", "conversions")
    page.locator("#state", has_text="Trying again").wait_for()
    with served(folder, port):
        waits_for(page, proposed(folder, "objective=conversions"))
    session.close()


def test_what_is_wrong_is_shown_at_its_cell_and_in_the_file(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        page.fill("tr[data-name=tv] [data-key=max_cpa]", "cheap")
        page.keyboard.press("Tab")
        page.locator("#faults", has_text="'cheap' is not a number").wait_for()
        assert page.get_attribute("tr[data-name=tv] [data-key=max_cpa]", "aria-invalid") == "true"
        page.fill("tr[data-name=tv] [data-key=max_cpa]", "")
        page.keyboard.press("Tab")
        page.locator("#faults:empty").wait_for(state="attached")
        waits_for(page, proposed(folder))
        (folder / "base.yaml").write_text(SCENARIO.replace("min_spend", "min_spent"))
        page.select_option("#objective", "conversions")
        page.locator("#faults", has_text="line 5").wait_for()
        (folder / "base.yaml").write_text(SCENARIO)
        waits_for(page, proposed(folder, "objective=conversions"))


def test_a_wish_that_contradicts_a_range_is_left_by_a_button(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        page.fill("tr[data-name=search] [data-key=min_spend]", "48000")
        page.keyboard.press("Tab")
        page.locator("#ways button", has_text="defaults.change").click()
        wish = ["channels.search.min_spend=48000", "channels.search.change=[-30%, +33.4%]"]
        waits_for(page, proposed(folder, *wish))


def test_what_could_be_read_in_two_ways_is_refused(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        before = on_screen(page)
        page.fill("tr[data-name=tv] [data-key=max_spend]", "24.000")
        page.keyboard.press("Tab")
        page.locator("#faults", has_text="as 60000").wait_for()
        assert "24" not in page.url.partition("?")[2]
        assert on_screen(page) == before


def test_a_file_that_is_saved_is_taken_up_without_a_touch(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        (folder / "base.yaml").write_text(SCENARIO + "bugdet: 3\n")
        page.locator("#faults", has_text="line 6").wait_for()
        (folder / "base.yaml").write_text(SCENARIO.replace("30000", "45000"))
        waits_for(page, proposed(folder))
        assert "saved" in page.inner_text("#note")
        assert page.inner_text("#faults") == ""


def test_by_keyboard_alone(browser, folder: Path) -> None:
    with served(folder) as port, shown(browser, port) as page:
        page.focus("#tab-plan")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("() => document.activeElement.id") == "tab-curves"
        page.focus("#curves .proposed >> nth=0")
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        page.locator("#judged", has_text="Rules it breaks").wait_for()
        page.focus("#tab-curves")
        page.keyboard.press("ArrowRight")
        page.focus("#pin")
        page.keyboard.press("Enter")
        page.locator("#compared", has_text="variant 1").wait_for()


def test_nothing_overflows_and_every_field_has_a_name(browser, folder: Path) -> None:
    with served(folder, lang="vi") as port, shown(browser, port, color_scheme="dark") as page:
        waits_for(page, {k: v.replace(",", ".") for k, v in proposed(folder).items()})
        for width in (390, 768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            wider = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, width
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('input, select, button')].filter(one =>
               !one.labels?.length && !one.getAttribute('aria-label') && !one.textContent.trim())
               .map(one => one.outerHTML)"""
        )
        assert nameless == []
        english = re.findall(r"\b(Budget|Proposed|Channel|Today)\b", page.inner_text("body"))
        assert english == []
