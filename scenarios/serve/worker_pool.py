"""Processes that plan, shared by all browsers: the next touch of a browser overtakes its last."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import struct
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from scenarios.serve.worker import REGISTER

SLOW = 0.7  # seconds after which a plan that nobody waits for any more is ended
PATIENCE = 3.0  # seconds that a page waits for its table before it is shown without
LONGEST = 180.0  # seconds of any question
READY = 600.0  # seconds that a first fit may take
LENGTH = struct.Struct("!Q")


class Overtaken(Exception):
    """A later touch of the same browser made the answer useless."""


class Starting(Exception):
    """No process has read the scenario yet, and the question is not worth waiting for one."""


class Died(Exception):
    """The process ended before it answered."""


@dataclass(eq=False)
class _Asked:
    client: str
    worker: _Worker | None = None
    began: float = 0.0
    is_overtaken: bool = False


class _Worker:
    """One process; it answers one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def started(cls, arguments: Sequence[str], register: str | None) -> _Worker:
        command = [sys.executable, "-m", "scenarios.serve.worker", *arguments]
        found = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
        places = os.pathsep.join([str(Path(__file__).parents[2]), *found])
        others = {key: value for key, value in os.environ.items() if key != REGISTER}
        known = {REGISTER: register} if register else {}
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**others, **known, "PYTHONPATH": places},
        )
        worker = cls(process)
        try:
            await asyncio.wait_for(worker.answer(), READY)
        except BaseException:
            await worker.end()
            raise
        return worker

    async def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        try:
            (length,) = LENGTH.unpack(await self.process.stdout.readexactly(LENGTH.size))
            return pickle.loads(await self.process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            raise Died from None

    async def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        content = pickle.dumps(dict(question))
        with contextlib.suppress(OSError):  # a process that is gone says so when it is read
            self.process.stdin.write(LENGTH.pack(len(content)) + content)
            await self.process.stdin.drain()
        return await self.answer()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def end(self) -> None:
        """End it and wait until it is gone."""
        self.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()
        # What it may still have said is read to its end, so that the pipe is closed.
        assert self.process.stdout is not None
        await self.process.stdout.read()


@dataclass
class WorkerPool:
    """So many processes on the same scenario files.

    Parameters
    ----------
    arguments : of `worker.main`
    register : where plans may be submitted; None: nowhere
    size : processes; the first fits the history, the others find it fitted
    """

    arguments: Sequence[str]
    register: str | None = None
    size: int = 2
    _idle: asyncio.Queue[_Worker] = field(default_factory=asyncio.Queue)
    _alive: set[_Worker] = field(default_factory=set)
    _asked: list[_Asked] = field(default_factory=list)
    _tasks: set[asyncio.Task] = field(default_factory=set)
    _starting: int = 0

    async def start(self) -> None:
        """Start the processes, one after the other; returns at once."""
        self._spawn(self.size)

    def _spawn(self, count: int) -> None:
        self._later(self._started(count))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _started(self, count: int) -> None:
        self._starting += count
        for _ in range(count):
            try:
                worker = await _Worker.started(self.arguments, self.register)
            except (Died, TimeoutError, OSError):
                await asyncio.sleep(1.0)  # whoever waits is served by the next that lives
                self._spawn(1)
            else:
                self._alive.add(worker)
                self._idle.put_nowait(worker)
            finally:
                self._starting -= 1

    async def ask(
        self, question: Mapping[str, Any], client: str = "", is_touch: bool = False
    ) -> dict[str, Any]:
        """The answer of the next free process.

        Parameters
        ----------
        client : a browser
        is_touch : overtakes whatever the same browser asked before

        Raises
        ------
        Starting : it asks for the table's lines only, and the history is still being read
        Overtaken : it was not answered since the client asked again
        Died : the process ended; another one is started
        """
        if question["do"] == "fields":
            await self._ready_soon()
        for other in self._asked:
            other.is_overtaken |= is_touch and other.client == client
        own = _Asked(client)
        self._asked.append(own)
        try:
            self._make_room()
            worker = await self._idle.get()
            if own.is_overtaken:
                self._idle.put_nowait(worker)
                raise Overtaken
            own.worker, own.began = worker, monotonic()
            return await self._answer(worker, question, own)
        finally:
            self._asked.remove(own)

    async def _ready_soon(self) -> None:
        """Wait a moment for the first process; Starting where it still reads."""
        end = monotonic() + PATIENCE
        while not self._alive:
            if monotonic() > end:
                raise Starting
            await asyncio.sleep(0.02)

    async def _answer(
        self, worker: _Worker, question: Mapping[str, Any], own: _Asked
    ) -> dict[str, Any]:
        is_whole = False
        try:
            answer = await asyncio.wait_for(worker.ask(question), LONGEST)
            is_whole = True
        except (Died, TimeoutError):
            if own.is_overtaken:
                raise Overtaken from None
            raise Died from None
        finally:
            if is_whole:
                self._idle.put_nowait(worker)
            else:
                self._alive.discard(worker)
                self._later(worker.end())
                self._spawn(1)
        return answer

    def _make_room(self) -> None:
        """End the oldest slow plan that nobody waits for, where no process is free."""
        if not self._idle.empty() or self._starting:
            return
        late = [one for one in self._asked if one.worker is not None and one.is_overtaken]
        slow = [one for one in late if monotonic() - one.began > SLOW]
        if slow:
            worker = min(slow, key=lambda one: one.began).worker
            assert worker is not None
            worker.kill()

    async def stop(self) -> None:
        """End all processes."""
        for task in self._tasks:
            task.cancel()
        ended = (worker.end() for worker in self._alive)
        await asyncio.gather(*self._tasks, *ended, return_exceptions=True)
