"""The process that does the work: asked over its standard input, told on over its output.

It stands apart from the engine's own worker so that an account that never ends or takes the whole
process down takes nothing else with it. When its parent dies it dies too.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import IO, Any

from scenarios.batch.work.frames import read_frame, write_frame

IDLE = 300.0  # seconds without work, then the memory is given back


def main() -> None:
    """Do parts until nobody asks for more."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print must not stand between the answers
    asked: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    _warm()
    write_frame(told, {"ready": os.getpid()})
    while True:
        try:
            frame = asked.get(timeout=IDLE)
        except queue.Empty:
            return
        _answer(pickle.loads(frame), lambda answer: write_frame(told, answer))


def _listen(source: IO[bytes], asked: queue.Queue[bytes]) -> None:
    while (frame := read_frame(source)) is not None:
        asked.put(frame)
    os._exit(0)  # the parent is gone: nobody needs what is being computed


def _answer(part: Any, tell: Callable[[dict[str, Any]], None]) -> None:
    from scenarios.batch.work.part_runner import run_accounts

    try:
        run_accounts(
            part,
            begin=lambda account: tell({"begin": account}),
            end=lambda seen: tell({"end": asdict(seen)}),
        )
    except Exception as error:  # of the store or the engine, not of an account: said to the parent
        tell({"error": f"{type(error).__name__}: {error}"})
    else:
        tell({"done": True})


def _warm() -> None:
    """Load what every account needs, so that no account's time counts it."""
    from threadpoolctl import threadpool_limits

    import scenarios.answer.build_plan
    import scenarios.batch.work.part_runner
    import scenarios.question.resolve  # noqa: F401

    threadpool_limits(1)  # as many processes as there are cores: each takes one


if __name__ == "__main__":
    main()
