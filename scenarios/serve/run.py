"""Listens, opens the browser, and serves until it is stopped."""

from __future__ import annotations

import socket as sockets
import threading
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from models.errors import Fault, InputError
from scenarios.language.language import Language
from scenarios.serve.app import app
from scenarios.serve.worker_pool import WorkerPool
from scenarios.serve.workspace import Workspace


def listen(host: str, port: int) -> sockets.socket:
    """A socket that waits; InputError where the port is taken or the host is not this machine's."""
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    made = sockets.socket(family, sockets.SOCK_STREAM)
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        problem = f"cannot be listened on ({error.strerror})"
        remedy = "Another program may listen there: choose another --port."
        raise InputError(Fault(f"{host}:{port}", problem, remedy)) from None
    made.listen(128)  # whoever comes before the page is ready waits
    return made


def address_of(socket: sockets.socket, host: str, token: str | None) -> str:
    """Where the page is, with its token."""
    end = f"/?token={token}" if token else "/"
    return f"http://{_named(host)}:{socket.getsockname()[1]}{end}"


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def page_of(
    paths: Sequence[Path],
    spoken: Language,
    hosts: Sequence[str] = (),
    token: str | None = None,
    use_cache: bool = True,
    register: str | None = None,
    processes: int = 2,
) -> Starlette:
    """The page of scenario files, with the processes that plan them.

    Raises
    ------
    ScenarioError : two files have the same name
    """
    names = list(Workspace(paths).files)
    cache = "cache" if use_cache else "no-cache"
    pool = WorkerPool([spoken.code, cache, *map(str, paths)], register, processes)

    @asynccontextmanager
    async def watch(_: Starlette) -> AsyncIterator[None]:
        await pool.start()
        yield
        await pool.stop()

    return app(pool.ask, names, spoken, hosts, token, watch, register is not None)


def serve(
    paths: Sequence[Path],
    spoken: Language,
    socket: sockets.socket,
    host: str,
    token: str | None = None,
    opened: str | None = None,
    use_cache: bool = True,
    register: str | None = None,
) -> None:
    """Serve scenario files until it is stopped.

    Parameters
    ----------
    paths : scenario files
    use_cache : take a fit of the same history from the cache, where there is one
    register : where plans may be submitted; None: nowhere
    opened : address that the browser is sent to; None: no browser
    """
    port = socket.getsockname()[1]
    names = {_named(host), "127.0.0.1", "localhost"}
    # Where everybody may come under any name of the machine, only the token tells.
    hosts = () if host in ("0.0.0.0", "::") else [f"{name}:{port}" for name in names]
    made = page_of(paths, spoken, hosts, token, use_cache, register)
    config = uvicorn.Config(made, log_level="warning", ws="none", server_header=False)
    if opened is not None:
        threading.Timer(0.5, webbrowser.open, (opened,)).start()
    uvicorn.Server(config).run(sockets=[socket])
