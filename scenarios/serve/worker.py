"""The process that plans: asked over its standard input, answering over its output.

It stands apart from the page so that a plan that never ends, or takes its process down, takes
nothing else with it: the page ends it and starts another. When the page dies, it dies too.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import threading
import traceback
from pathlib import Path
from queue import Queue
from typing import IO

from scenarios.batch.work.frames import read_frame, write_frame

REGISTER = "BUDGETOPT_REGISTER"  # a command line is shown to everybody, an environment is not


def main(code: str, cache: str, *names: str) -> None:
    """Answer questions on scenario files until nobody asks any more.

    Parameters
    ----------
    code : the language
    cache : "cache", or "no-cache" to fit the history anew
    """
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print must not stand between the answers
    asked: Queue[bytes] = Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    from threadpoolctl import threadpool_limits

    from scenarios.language.language import language
    from scenarios.serve.answers import Answers
    from scenarios.serve.workspace import Workspace

    threadpool_limits(1)  # the processes share the cores
    workspace = Workspace([Path(name) for name in names], cache == "cache")
    answers = Answers(workspace, language(code), os.environ.get(REGISTER))
    with contextlib.suppress(Exception):  # what is wrong is said to whoever asks
        workspace.plan(next(iter(workspace.files)), ())
    write_frame(told, {"ready": os.getpid()})
    while True:
        question = pickle.loads(asked.get())
        try:
            answer = answers.answer(question)
        except Exception as error:
            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {error}"}
        write_frame(told, answer)


def _listen(source: IO[bytes], asked: Queue[bytes]) -> None:
    while (frame := read_frame(source)) is not None:
        asked.put(frame)
    os._exit(0)  # the page is gone: nobody needs what is being computed


if __name__ == "__main__":
    main(*sys.argv[1:])
