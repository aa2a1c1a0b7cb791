"""The page's server: stateless, every request carries the settings it is about.

The state of a page is its list of ``--set`` settings: it stands in the address, so that undo, redo,
a bookmark, a second browser and a restarted server need nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from scenarios.language.language import Language
from scenarios.report.templates import rendered
from scenarios.serve import words
from scenarios.serve.guard import Guard
from scenarios.serve.worker_pool import Died, Overtaken, Starting
from scenarios.serve.workspace import stamp_of

Ask = Callable[[Mapping[str, Any], str, bool], Awaitable[dict[str, Any]]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]
Handler = Callable[[Request], Awaitable[Response]]
KINDS = {
    "yaml": "application/yaml",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "md": "text/markdown",
}
ASKED = ("scenario", "settings", "split", "pins", "who", "comment")
QUESTIONS = ("plan", "explain", "break_even", "evaluate", "compare", "sweep", "submit")
ASSETS = {"serve.css": "text/css", "serve.js": "text/javascript"}


def app(
    ask: Ask,
    names: Sequence[str],
    spoken: Language,
    hosts: Sequence[str] = (),
    token: str | None = None,
    watch: Lifespan | None = None,
    may_submit: bool = False,
) -> Starlette:
    """The page as an ASGI application.

    Parameters
    ----------
    ask : answers a question of `scenarios.serve.answers`
    names : of the scenarios, the first is shown unless the address names another
    hosts : names with port under which it is reached; empty: any (of tests)
    token : as `Guard`
    watch : begins and ends what answers
    may_submit : the page offers to submit its plan to the register
    """
    desk = _Desk(ask, names, spoken, may_submit)
    routes = [
        Route("/", desk.home),
        Route("/assets/{name}", _asset),
        *(Route(f"/api/{what}", desk.answering(what), methods=["POST"]) for what in QUESTIONS),
        Route("/api/stamp", desk.stamp),
        Route("/hand-on/{name}.{kind}", desk.hand_on),
    ]
    guard = Middleware(Guard, hosts=hosts, token=token)
    return Starlette(routes=routes, middleware=[guard], lifespan=watch)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        return PlainTextResponse("There is no such file.", 404)
    text = files("scenarios.serve").joinpath(name).read_text(encoding="utf-8")
    return Response(text, media_type=ASSETS[name])


class _Desk:
    """Answers the page's requests."""

    def __init__(self, ask: Ask, names: Sequence[str], spoken: Language, may_submit: bool) -> None:
        self.ask, self.names, self.spoken, self.may_submit = ask, list(names), spoken, may_submit
        self._files: dict[str, list[Path]] = {}

    async def home(self, request: Request) -> Response:
        name = request.query_params.get("scenario", self.names[0])
        if name not in self.names:
            return PlainTextResponse("There is no such scenario.", 404)
        page = rendered(
            "live.html.j2",
            self.spoken,
            "scenarios.serve",
            names=self.names,
            name=name,
            fields=await self._fields(name),
            words=words.WORDS,
            may_submit=self.may_submit,
            objectives=words.OBJECTIVES,
            start=json.dumps({"scenario": name, "words": self._spoken(words.SCRIPT)}),
        )
        return HTMLResponse(page)

    async def _fields(self, name: str) -> list[dict[str, Any]]:
        """The lines of the table; none as long as the file has faults or is being read."""
        with suppress(Starting, Died):
            found = await self.ask({"do": "fields", "scenario": name, "settings": []}, "", False)
            return found.get("fields", [])
        return []

    def _spoken(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {key: self.spoken.say(text) for key, text in texts.items()}

    def answering(self, what: str) -> Handler:
        """A handler of one kind of question: its answer, or its faults, or that it is overtaken."""

        async def handler(request: Request) -> Response:
            try:
                asked = await request.json()
                if not isinstance(asked, dict):
                    raise ValueError
                page = str(asked.get("page", ""))[:64]
            except (ValueError, TypeError, RecursionError):
                return JSONResponse({"faults": ["the request is no JSON object"]}, 400)
            known = {key: asked.get(key) for key in ASKED}
            is_touch = bool(asked.get("supersedes", True))
            try:
                found = await self.ask({**known, "do": what}, page, is_touch)
            except Overtaken:
                return JSONResponse({"outdated": True})
            except Died:
                said = self.spoken.say(words.SCRIPT["died"])
                return JSONResponse({"faults": [said], "died": True}, 503)
            if "failed" in found:
                return JSONResponse({"faults": [found["failed"]]}, 500)
            self._files[str(asked.get("scenario"))] = list(map(Path, found.pop("files", ())))
            stamp = _opaque(self._files[str(asked.get("scenario"))])
            return JSONResponse({**found, "stamp": stamp}, 422 if "faults" in found else 200)

        return handler

    async def stamp(self, request: Request) -> Response:
        """What tells a browser that a file behind its plan has changed."""
        files = self._files.get(request.query_params.get("scenario", ""))
        return JSONResponse({"stamp": _opaque(files) if files else None})

    async def hand_on(self, request: Request) -> Response:
        name, kind = request.path_params["name"], request.path_params["kind"]
        if name not in self.names or kind not in KINDS:
            return PlainTextResponse("There is no such file.", 404)
        settings = request.query_params.getlist("set")
        asked = {"do": "file", "scenario": name, "kind": kind, "settings": settings}
        try:
            found = await self.ask(asked, "", False)
        except Died:
            return PlainTextResponse(self.spoken.say(words.SCRIPT["died"]), 503)
        if "content" not in found:
            return PlainTextResponse("\n".join(found.get("faults", [found.get("failed")])), 422)
        head = {"content-disposition": f"attachment; filename*=UTF-8''plan.{kind}"}
        return Response(found["content"], media_type=KINDS[kind], headers=head)


def _opaque(files: Sequence[Path]) -> str:
    """The state of files, without their names."""
    return sha256(repr(stamp_of(files)).encode()).hexdigest()[:16]
