"""The page's server: stateless, every request carries the settings it is about.

The state of a page is its list of ``--set`` settings: it stands in the address, so that undo, redo,
a bookmark, a second browser and a restarted server need nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from models.errors import Fault, InputError, ScenarioError
from scenarios.language.language import Language
from scenarios.plan.plan import Plan, dump
from scenarios.report.templates import rendered
from scenarios.serve import words
from scenarios.serve.analysed import compared, evaluated, swept
from scenarios.serve.grid import fields_of
from scenarios.serve.guard import Guard
from scenarios.serve.shown import shown
from scenarios.serve.touches import as_command, as_yaml, checked
from scenarios.serve.workspace import Outdated, Workspace

KINDS = {
    "yaml": "application/yaml",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "md": "text/markdown",
}
ASSETS = {"serve.css": "text/css", "serve.js": "text/javascript"}


def app(
    workspace: Workspace, spoken: Language, hosts: Sequence[str] = (), token: str | None = None
) -> Starlette:
    """The page of a workspace as an ASGI application.

    Parameters
    ----------
    hosts : names with port under which it is reached; empty: any (of tests)
    token : as `Guard`
    """
    desk = _Desk(workspace, spoken)
    routes = [
        Route("/", desk.home),
        Route("/assets/{name}", _asset),
        Route("/api/plan", desk.answering(desk.plan), methods=["POST"]),
        Route("/api/explain", desk.answering(desk.explain), methods=["POST"]),
        Route("/api/evaluate", desk.answering(desk.evaluate), methods=["POST"]),
        Route("/api/compare", desk.answering(desk.compare), methods=["POST"]),
        Route("/api/sweep", desk.answering(desk.sweep), methods=["POST"]),
        Route("/hand-on/{name}.{kind}", desk.hand_on),
    ]
    guard = Middleware(Guard, hosts=hosts, token=token)
    return Starlette(routes=routes, middleware=[guard])


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        return PlainTextResponse("There is no such file.", 404)
    text = files("scenarios.serve").joinpath(name).read_text(encoding="utf-8")
    return Response(text, media_type=ASSETS[name])


class _Desk:
    """Answers the page's requests."""

    def __init__(self, workspace: Workspace, spoken: Language) -> None:
        self.workspace, self.spoken = workspace, spoken

    async def home(self, request: Request) -> Response:
        names = list(self.workspace.files)
        name = request.query_params.get("scenario", names[0])
        if name not in names:
            return PlainTextResponse("There is no such scenario.", 404)
        fields = await run_in_threadpool(self._fields, name)
        page = rendered(
            "live.html.j2",
            self.spoken,
            "scenarios.serve",
            names=names,
            name=name,
            fields=fields,
            words=words.WORDS,
            objectives=words.OBJECTIVES,
            start=json.dumps({"scenario": name, "words": self._spoken(words.SCRIPT)}),
        )
        return HTMLResponse(page)

    def _fields(self, name: str) -> list[dict[str, Any]]:
        """The lines of the table; none as long as the file has faults."""
        with suppress(InputError):
            scenario = self.workspace.scenario(name)
            return fields_of(scenario, self.workspace.evidence(scenario).curves)
        return []

    def _spoken(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {key: self.spoken.say(text) for key, text in texts.items()}

    def answering(self, work: Callable[[dict[str, Any]], Any]) -> Callable:
        """A handler of one kind of request: its answer, or its faults, or that it is overtaken."""

        async def handler(request: Request) -> Response:
            try:
                asked = await request.json()
                if not isinstance(asked, dict):
                    raise ValueError
                page, number = str(asked.get("page", ""))[:64], int(asked.get("touch", 0))
            except (ValueError, TypeError, RecursionError):
                return JSONResponse({"faults": ["the request is no JSON object"]}, 400)
            is_touch = bool(asked.get("supersedes", True))
            if is_touch:
                self.workspace.touch(page, number)
            try:
                found = await run_in_threadpool(
                    self.workspace.in_turn, page, number, lambda: work(asked), is_touch
                )
            except Outdated:
                return JSONResponse({"outdated": True})
            except InputError as error:
                return JSONResponse(
                    {"faults": [self.spoken.say(str(f)) for f in error.faults]}, 422
                )
            return JSONResponse(found)

        return handler

    def plan(self, asked: dict[str, Any], explained: bool = False) -> dict[str, Any]:
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        plan = self.workspace.plan(name, settings, explained)
        file = str(self.workspace.files[name])
        scenario = self.workspace.scenario(name, settings)
        return {
            **shown(plan, scenario, self.spoken),
            "command": as_command(file, settings),
            "fields": fields_of(scenario, self.workspace.evidence(scenario).curves),
        }

    def explain(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self.plan(asked, explained=True)

    def evaluate(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, settings = str(asked.get("scenario")), checked(asked.get("settings"))
        scenario = self.workspace.scenario(name, settings)
        return {"text": evaluated(scenario, self.workspace.evidence(scenario), asked.get("split"))}

    def compare(self, asked: dict[str, Any]) -> dict[str, Any]:
        pins = asked.get("pins")
        if not isinstance(pins, list) or not all(isinstance(pin, dict) for pin in pins):
            raise ScenarioError(Fault("pins", "they are no list"))
        named = [(str(pin.get("name"))[:60], checked(pin.get("settings"))) for pin in pins[:8]]
        base = self.workspace.scenario(str(asked.get("scenario")))
        return {"text": compared(base, named, self.workspace.evidence(base))}

    def sweep(self, asked: dict[str, Any]) -> dict[str, Any]:
        scenario = self.workspace.scenario(
            str(asked.get("scenario")), checked(asked.get("settings"))
        )
        return swept(scenario, self.workspace.evidence(scenario))

    async def hand_on(self, request: Request) -> Response:
        name, kind = request.path_params["name"], request.path_params["kind"]
        if name not in self.workspace.files or kind not in KINDS:
            return PlainTextResponse("There is no such file.", 404)
        try:
            settings = checked(request.query_params.getlist("set"))
            content = await run_in_threadpool(self._file, name, kind, settings)
        except InputError as error:
            return PlainTextResponse("\n".join(map(str, error.faults)), 422)
        head = {"content-disposition": f"attachment; filename*=UTF-8''plan.{kind}"}
        return Response(content, media_type=KINDS[kind], headers=head)

    def _file(self, name: str, kind: str, settings: tuple[str, ...]) -> str | bytes:
        from hashlib import sha256

        from scenarios.report.deliver import MAKERS, PlanFile

        if kind == "yaml":
            return as_yaml(self.workspace.files[name].name, settings)

        def solve() -> Plan:
            return self.workspace.plan(name, settings, explained=True)

        plan = self.workspace.in_turn("", 0, solve, is_touch=False)
        text = dump(plan)
        if kind == "json":
            return text
        files = [PlanFile(plan, sha256(text.encode()).hexdigest())]
        return MAKERS["markdown" if kind == "md" else kind](files, None, self.spoken)
