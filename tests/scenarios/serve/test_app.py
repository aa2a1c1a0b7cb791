"""The page's server: the command line's figures, its faults, and what it refuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
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
from scenarios.register.store import Register
from scenarios.serve.answers import Answers
from scenarios.serve.app import app
from scenarios.serve.touches import as_command, as_yaml, checked
from scenarios.serve.workspace import Workspace
from tests.support.commands import budgetopt, refused
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
    register: str | None = None,
    **guard: Any,
) -> httpx.Response:
    """One request; a POST where there is a body."""

    async def send() -> httpx.Response:
        answers = Answers(workspace, spoken or Language(), register)

        async def answer(question: Mapping[str, Any], page: str, is_touch: bool) -> dict[str, Any]:
            return answers.answer(dict(question))

        made = app(answer, list(workspace.files), spoken or Language(), **guard)
        transport = httpx.ASGITransport(made)
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


def test_the_command_says_where_plans_go_and_who_may_come(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr("scenarios.serve.run.serve", lambda *given: served.append(given))
    command = ["serve", str(folder / "base.yaml"), "--port", "0", "--no-browser"]
    for more, register in (
        ([], None),
        (["--register", "r.sqlite"], "r.sqlite"),
        (["--register", "r.sqlite", "--read-only"], None),
    ):
        assert budgetopt(*command, *more).exit_code == 0
        assert served[-1][-1] == register
        served[-1][2].close()
    monkeypatch.setenv("BUDGETOPT_REGISTER", "of-the-team.sqlite")
    assert budgetopt(*command).exit_code == 0
    assert served[-1][-1] == "of-the-team.sqlite"
    served[-1][2].close()
    for more, why in (
        (["--host", "0.0.0.0"], "give a --token"),
        (["--token", "short"], "at least 16"),
        (["--token", "with a blank in it ..."], "at least 16"),
        (["--register", "postgresql://me:secret@host/db"], "password"),
    ):
        assert why in " ".join(refused(*command, *more))


def test_two_scenarios_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="same name"):
        Workspace([folder / "base.yaml", folder / "sub" / "base.yaml"])


FREE = ["defaults.change=free", "defaults.extrapolation=free", "channels.search.min_spend="]


def test_the_break_even_is_where_the_next_unit_brings_what_it_costs(
    workspace: Workspace, folder: Path
) -> None:
    settings = [*FREE, "channels.tv.max_cpa="]
    found = answer(workspace, "break_even", settings=settings)
    plan = run(Scenario.load(folder / "base.yaml", found["settings"]))
    assert plan.proposed is not None
    assert found["even"] == plan.proposed.spend
    # An oracle of its own: at the best point of a free budget every next unit brings one.
    for row in plan.channels:
        assert row.marginal_roas == pytest.approx(1.0, rel=0.02)


def test_every_way_out_of_an_impossible_wish_leads_to_a_plan(workspace: Workspace) -> None:
    wishes = (
        ["channels.search.min_spend=48000"],
        ["budget=80000", "channels.search.max_spend=31000", "channels.tv.locked=true"],
        ["budget=200000", "channels.social.locked=true"],
        ["channels.tv.max_share=5%", "channels.tv.min_spend=20000"],
    )
    for wish in wishes:
        found = answer(workspace, "explain", settings=wish)
        assert not found["possible"]
        ways = [way["settings"] for way in found["ways"] if way["settings"]]
        assert ways, wish
        for way in ways:
            assert answer(workspace, "plan", settings=[*wish, *way])["possible"], way


def test_a_plan_is_submitted_under_a_name_as_the_command_would(
    workspace: Workspace, folder: Path
) -> None:
    target = str(folder / "register.sqlite")
    message = {"scenario": "base", "settings": SETTINGS, "who": " Mai ", "comment": "as agreed"}

    def submitted(register: str | None = target, **more: Any) -> dict[str, Any]:
        return asked(workspace, "/api/submit", {**message, **more}, register=register).json()

    assert submitted()["text"].startswith("plan 1 (base,")
    (entry,) = Register(target).entries()
    assert (entry.who, entry.comment) == ("Mai", "as agreed")
    plan = dump(run(Scenario.load(folder / "base.yaml", SETTINGS)))
    assert Register(target).document(hashlib.sha256(plan.encode()).hexdigest()) == plan
    assert submitted()["faults"]  # the same plan waits already
    assert submitted(who="  ")["faults"]
    assert submitted(settings=["budget=1"])["faults"]
    assert submitted(register=None)["faults"]
    assert len(Register(target).entries()) == 1
