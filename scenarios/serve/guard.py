"""Who may ask: this machine's browser on this page, or whoever knows the token."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "budgetopt-token"
LARGEST = 256 * 1024  # bytes of a request
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Refuses other hosts' names (DNS rebinding), other sites' requests, and wrong tokens.

    Parameters
    ----------
    hosts : names with port under which the page is reached, as in the Host header
    token : has to be known, as `?token=` once and as a cookie from then on; None: nobody asks
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], token: str | None = None) -> None:
        self.app, self.hosts, self.token = app, frozenset(hosts), token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        fault = self._fault(scope, headers)
        if fault is not None:
            await PlainTextResponse(fault[1], fault[0])(scope, receive, send)
            return
        is_given = self.token is not None and self._in_query(scope)

        async def sent(message) -> None:
            if message["type"] == "http.response.start":
                extra = list(HEADERS)
                if is_given:
                    text = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
                    extra.append((b"set-cookie", text.encode()))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, sent)

    def _fault(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if self.hosts and host not in self.hosts:
            return 421, "This page is not served under that name."
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "Requests of other sites are refused."
        if headers.get("sec-fetch-site", "same-origin") == "cross-site" and not _is_visit(scope):
            return 403, "Requests of other sites are refused."
        if scope["method"] == "POST":
            if not headers.get("content-type", "").startswith("application/json"):
                return 415, "Requests are JSON."
            length = headers.get("content-length", "")
            if not length.isdigit() or int(length) > LARGEST:
                return 413, "The request is too large."
        if self.token is not None and not (self._in_query(scope) or self._in_cookie(headers)):
            return 401, "The token is missing: open the address that `budgetopt serve` printed."
        return None

    def _in_query(self, scope: Scope) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])
        return self._is_token(given[0])

    def _in_cookie(self, headers: Headers) -> bool:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        return morsel is not None and self._is_token(morsel.value)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.token or "").encode())


def _is_visit(scope: Scope) -> bool:
    """Following a link to the page itself, which asks nothing of it."""
    return scope["method"] == "GET" and scope["path"] == "/"
