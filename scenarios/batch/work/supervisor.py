"""A part done in a process of its own, which is watched: the one function that engines map.

An account that takes too long, too much memory or its process down is recorded as failed, and the
others go on. Nothing heavy is imported here: the watching costs a worker next to nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models.phrases import Phrase, said
from scenarios.batch.work.frames import read_frame, write_frame
from scenarios.batch.work.job import ATTEMPTS, Part, Seen
from scenarios.batch.work.results_store import log_name, store_at

STARTING = 120.0  # seconds that a process may take to load the program
READING = 3600.0  # and to read a part's rows: databases have limits of their own


class BatchError(Exception):
    """A part could not be done, for a reason that is no account's: a full disk, no program."""


class Died(Exception):
    """The process ended in the middle."""


class TookTooLong(Exception):
    """The account that is at work has had its time."""


def run_part(part: Part) -> int:
    """Do a part and write what was made of it into the results; gives the number of accounts.

    Raises
    ------
    BatchError : results cannot be written, or no process can be started
    """
    seen: dict[str, Seen] = {}
    fell: Counter[str] = Counter()
    worker = _of_this_thread()
    while True:
        at_work = _AtWork()
        try:
            worker.run(part, at_work, seen)
            break
        except TookTooLong:
            if not at_work.account:
                raise BatchError("reading the rows took more than an hour") from None
            limit = part.job.timeout
            fell[at_work.account] += 1
            why: Phrase = said("it took more than {limit:,g} seconds (--timeout)", limit=limit)
        except Died as death:
            if not at_work.account:
                raise BatchError(str(death)) from None
            fell[at_work.account] += 1
            if fell[at_work.account] < ATTEMPTS:
                continue
            why = said("its process died {n} times: {how}", n=ATTEMPTS, how=str(death))
        given_up = {at_work.account: (why, fell[at_work.account])}
        part = replace(part, given_up={**part.given_up, **given_up})
    listed = [
        asdict(replace(one, attempts=fell[one.account] + (one.account not in part.given_up)))
        for one in seen.values()
    ]
    name = log_name(part.job.run, part.name)
    try:
        store_at(part.job.results).write(name, json.dumps(listed).encode())
    except OSError as error:
        raise BatchError(_os_error(error)) from None
    return len(listed)


class _AtWork:
    """Which account is being done."""

    account = ""


class _Worker:
    """A process that does parts, started when it is needed and again when it is gone."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: Any = None

    def __del__(self) -> None:
        self.stop()

    def run(self, part: Part, at_work: _AtWork, seen: dict[str, Seen]) -> None:
        self._started()
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            write_frame(self.process.stdin, part)
        except OSError:
            raise self._death() from None
        limit = READING
        while True:
            answer = self._next(limit)
            if "begin" in answer:
                at_work.account, limit = answer["begin"], part.job.timeout
            elif "end" in answer:
                one, limit = Seen(**answer["end"]), part.job.timeout
                at_work.account = ""
                # One that was done before its process died is met again, and is not new then.
                seen.setdefault(one.account, one)
                if one.account in part.given_up:
                    seen[one.account] = one
            elif "error" in answer:
                raise BatchError(answer["error"])
            else:
                return

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            answer = self.answers.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise TookTooLong from None
        if answer is None:
            raise self._death()
        return answer

    def _started(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        self._close()
        self.answers = queue.Queue()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        known = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scenarios.batch.work.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, "PYTHONPATH": known, **ONE_THREAD},
            start_new_session=True,  # Ctrl-C is for us: it ends when we do
        )
        threading.Thread(target=_listen, args=(self.process, self.answers), daemon=True).start()
        try:
            self._next(STARTING)
        except (Died, TookTooLong) as error:
            raise BatchError(f"no process could be started: {error}") from None

    def _death(self) -> Died:
        assert self.process is not None
        code = self.process.wait()
        self.errors.seek(0)
        last = self.errors.read().decode(errors="replace").strip().splitlines()[-1:]
        self._close()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Died(": ".join([how, *last]))

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self._close()

    def _close(self) -> None:
        """Let go of a process that is dead, its pipes and its last words."""
        process, self.process = self.process, None
        if process is not None:
            process.wait()
            for stream in (process.stdin, process.stdout, self.errors):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()


# Sums must not depend on how many cores there are, and as many processes run as there are cores.
ONE_THREAD: Mapping[str, str] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
_WORKERS = threading.local()


def stop_own() -> None:
    """End the process of this thread, if it has one: its work is over."""
    if hasattr(_WORKERS, "own"):
        _WORKERS.own.stop()


atexit.register(stop_own)


def _of_this_thread() -> _Worker:
    """Every thread that does parts has a process of its own, which it keeps."""
    if not hasattr(_WORKERS, "own"):
        _WORKERS.own = _Worker()
    return _WORKERS.own


def _listen(process: subprocess.Popen[bytes], answers: queue.Queue[dict[str, Any] | None]) -> None:
    assert process.stdout is not None
    while (frame := read_frame(process.stdout)) is not None:
        answers.put(pickle.loads(frame))
    answers.put(None)


def _os_error(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"
