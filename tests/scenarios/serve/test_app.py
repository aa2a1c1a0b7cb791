"""The page's server: the command line's figures, its faults, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.curves.file import save_curves
from models.errors import ScenarioError
from scenarios.definition.scenario import Scenario
from scenarios.language.language import Language, language
from scenarios.plan.plan import dump, parse
from scenarios.planning import run
from scenarios.serve.app import app
from scenarios.serve.touches import as_command, as_yaml, checked
from scenarios.serve.workspace import Outdated, Workspace
from tests.support.scenario_examples import CURVES, with_draws

SCENARIO = """\
curves: c.json
period: {days: 28}
budget: current
defaults: {change: [-30%, +30%]}
channels: {search: {min_spend: 30000}, tv: {max_cpa: 60}}
"""
ADDRESS = "set=budget=%2B5%25&set=channels.tv.max_spend=27000"
SETTINGS = ["budget=+5%", "channels.tv.max_spend=27000"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_curves(with_draws(CURVES, draws=40), tmp_path / "c.json")
    (tmp_path / "base.yaml").write_text(SCENARIO)
    return tmp_path


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return Workspace([folder / "base.yaml"])


def asked(
    workspace: Workspace,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    spoken: Language | None = None,
    **guard: Any,
) -> httpx.Response:
    """One request; a POST where there is a body."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app(workspace, spoken or Language(), **guard))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
            if body is None:
                return await client.get(path, headers=headers)
            return await client.post(path, json=body, headers=headers)

    return asyncio.run(send())


def answer(workspace: Workspace, what: str, **body: Any) -> dict[str, Any]:
    message = {"scenario": "base", "settings": SETTINGS, "page": "a", "touch": 1, **body}
    return asked(workspace, f"/api/{what}", message).json()


def test_every_figure_is_that_of_the_command_line(workspace: Workspace, folder: Path) -> None:
    plan = run(Scenario.load(folder / "base.yaml", SETTINGS))
    found = answer(workspace, "explain")
    for row, shown in zip(plan.channels, found["channels"], strict=True):
        assert shown["name"] == row.channel
        assert shown["proposed"] == f"{row.spend:,.0f}"
        assert shown["curve"]["proposed"][0] == row.spend
    assert plan.proposed is not None
    assert f"{plan.proposed.revenue:,.0f}" in found["cards"]
    handed = asked(
        workspace, "/hand-on/base.json?set=budget=%2B5%25&set=channels.tv.max_spend=27000"
    )
    assert parse(handed.text, "plan.json") == parse(dump(plan), "plan.json")


def test_a_plan_comes_before_what_its_rules_cost(workspace: Workspace) -> None:
    quick, explained = (answer(workspace, what) for what in ("plan", "explain"))
    assert quick["channels"] == explained["channels"]
    assert quick["rules"] != explained["rules"]


def test_the_settings_are_a_scenario_file_and_a_command(workspace: Workspace, folder: Path) -> None:
    text = asked(workspace, f"/hand-on/base.yaml?{ADDRESS}")
    (folder / "mine.yaml").write_text(text.text)
    mine, set_ = Scenario.load(folder / "mine.yaml"), Scenario.load(folder / "base.yaml", SETTINGS)
    assert mine.definition.model_dump(exclude={"extends"}) == set_.definition.model_dump(
        exclude={"extends"}
    )
    assert as_yaml("base.yaml", ["channels.tv.max_cpa="]).splitlines() == [
        "extends: base.yaml", "channels:", "  tv:", "    max_cpa:"
    ]  # fmt: skip
    assert as_command("a b.yaml", ["budget=+5%"]) == "budgetopt plan 'a b.yaml' --set budget=+5%"


def test_what_is_impossible_is_said_at_once_and_explained_after(workspace: Workspace) -> None:
    settings = ["channels.tv.max_cpa=1", "channels.tv.min_spend=25000"]
    quick = answer(workspace, "plan", settings=settings)
    assert not quick["possible"]
    assert "No allocation satisfies these rules." in quick["says"]
    found = answer(workspace, "explain", settings=settings)
    assert "channels.tv.max_cpa" in found["says"]
    for way in found["ways"]:
        assert answer(workspace, "plan", settings=[*settings, *way["settings"]])["possible"]
    assert found["ways"]


def test_faults_name_their_setting_and_their_line(workspace: Workspace, folder: Path) -> None:
    found = answer(workspace, "plan", settings=["budget=ten", "channels.tv.max_cpa=-1"])
    assert any("budget" in fault and "ten" in fault for fault in found["faults"])
    assert any("channels.tv.max_cpa" in fault for fault in found["faults"])
    (folder / "base.yaml").write_text(SCENARIO.replace("min_spend", "min_spent"))
    assert "line 5" in answer(workspace, "plan")["faults"][0]
    assert asked(workspace, "/").status_code == 200
    (folder / "base.yaml").write_text(SCENARIO)
    assert answer(workspace, "plan")["possible"]


@pytest.mark.parametrize(
    "settings",
    [
        ["history=/etc/passwd"],
        ["curves=/etc/passwd"],
        ["extends=other.yaml"],
        ["fit.weights=/etc/passwd"],
        ["solver=CBC"],
        ["'history'.url=sqlite:///x.db"],
        ["nothing"],
        ["budget=" + "9" * 3000],
        ["budget=1"] * 400,
        "budget=1",
        [1],
    ],
)
def test_what_the_page_does_not_set_is_refused_and_no_file_is_named(
    workspace: Workspace, settings: Any
) -> None:
    found = answer(workspace, "plan", settings=settings)
    assert found["faults"]
    assert "root:" not in json.dumps(found)
    with pytest.raises(ScenarioError):
        workspace.plan("base", checked(settings))


def test_markup_in_names_and_values_stays_text(workspace: Workspace) -> None:
    found = answer(
        workspace, "plan", settings=["groups={'<b>x</b>': {channels: [tv], max_share: 1%}}"]
    )
    assert "<b>x" not in found["says"] + found["rules"]


def test_other_sites_other_names_and_other_forms_are_refused(workspace: Workspace) -> None:
    body = {"scenario": "base", "settings": []}
    hosts = ["127.0.0.1:1"]

    def status(path: str, body: Any = None, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return asked(workspace, path, body, named, hosts=hosts).status_code

    assert status("/") == 200
    assert status("/", host="rebound.example") == 421
    assert status("/api/plan", body, origin="http://127.0.0.1:1") == 200
    assert status("/api/plan", body, origin="http://other.example") == 403
    assert status("/api/plan", body, origin="null") == 403
    assert status("/hand-on/base.json", sec_fetch_site="cross-site") == 403
    assert status("/api/plan", body, content_type="text/plain") == 415
    assert status("/api/plan", {"settings": ["x" * 300_000]}) == 413
    assert status("/hand-on/other.json") == 404
    assert status("/hand-on/base.exe") == 404
    assert status("/assets/app.py") == 404
    assert status("/assets/..%2Fapp.py") == 404
    assert status("/api/plan", [1]) == 400


def test_a_token_is_asked_of_everyone_and_remembered(workspace: Workspace) -> None:
    assert asked(workspace, "/", token="secret").status_code == 401
    assert asked(workspace, "/?token=wrong", token="secret").status_code == 401
    first = asked(workspace, "/?token=secret", token="secret")
    assert first.status_code == 200
    cookie = first.headers["set-cookie"].partition(";")[0]
    assert asked(workspace, "/", headers={"cookie": cookie}, token="secret").status_code == 200


def test_pages_may_not_be_framed_nor_load_anything_from_elsewhere(workspace: Workspace) -> None:
    headers = asked(workspace, "/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    text = asked(workspace, "/").text
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "https://" not in text


def test_a_later_touch_overtakes_those_that_wait(workspace: Workspace) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        may_end.wait(10.0)
        return "done"

    results: list[Any] = []

    def run_it(number: int, work: Any) -> None:
        try:
            results.append(workspace.in_turn("a", number, work))
        except Outdated:
            results.append("outdated")

    workspace.touch("a", 1)
    first = threading.Thread(target=run_it, args=(1, slow))
    first.start()
    begun.wait(10.0)
    workspace.touch("a", 2)
    second = threading.Thread(target=run_it, args=(2, lambda: "second"))
    second.start()
    workspace.touch("a", 3)
    may_end.set()
    first.join(10.0)
    second.join(10.0)
    assert results == ["done", "outdated"]
    assert workspace.in_turn("a", 3, lambda: "third") == "third"
    assert workspace.in_turn("b", 1, lambda: "another page") == "another page"


def test_a_changed_file_of_curves_is_read_anew(workspace: Workspace, folder: Path) -> None:
    before = answer(workspace, "plan", settings=[])["cards"]
    fewer = with_draws(CURVES, draws=40)
    save_curves(type(fewer)(fewer.channels[:2], provenance=fewer.provenance), folder / "c.json")
    assert answer(workspace, "plan", settings=[])["cards"] != before


def test_a_hand_made_split_variants_and_other_budgets(workspace: Workspace) -> None:
    split = {"search": 36_000, "tv": 28_000, "social": 16_000}
    assert "Rules it breaks" in answer(workspace, "evaluate", split=split)["text"]
    assert answer(workspace, "evaluate", split={"search": "much"})["faults"]
    pins = [{"name": "cheap", "settings": ["budget=-10%"]}, {"name": "", "settings": []}]
    text = answer(workspace, "compare", pins=pins)["text"]
    assert "cheap" in text
    assert "variant 2" in text
    points = answer(workspace, "sweep", settings=["defaults.change=free"])["points"]
    spends = [spend for spend, _ in points if spend is not None]
    assert len(points) == 9
    assert spends == sorted(spends)


def test_files_of_every_kind_and_in_vietnamese(workspace: Workspace) -> None:
    for kind, begin in (("xlsx", b"PK"), ("html", b"<!DOCTYPE html>"), ("md", b"#")):
        assert asked(workspace, f"/hand-on/base.{kind}").content.startswith(begin)
    text = asked(workspace, "/", spoken=language("vi")).text
    assert "Ngân sách" in text
    assert 'lang="vi"' in text


def test_two_scenarios_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="same name"):
        Workspace([folder / "base.yaml", folder / "sub" / "base.yaml"])
