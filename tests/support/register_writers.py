"""Writers that are killed, and writers at once; run by test_register_crash.py, prints one JSON.

It forks, so that a hundred deaths cost one start of Python.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy import event

from scenarios.plan.plan import Horizon, Plan, Totals, dump
from scenarios.register import book
from scenarios.register.entries import RegisterError
from scenarios.register.store import Register


def plan_text(number: int, size: int = 0) -> str:
    """A plan document as far as the register looks into it; `size` bytes longer."""
    plan = Plan(
        status="optimal",
        scenario={"name": f"scenario-{number}", "filling": "x" * size},
        period=Horizon(start="2026-12-01", end="2026-12-31", days=31),
        proposed=Totals(spend=1000 + number),
    )
    return dump(plan)


def child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def numbers_in(path: str) -> list[int]:
    """Audit the register; the plan numbers it holds, none where nothing was begun."""
    try:
        return [entry.number for entry in book.audit(Register(path))]
    except RegisterError as error:
        if "there is no register here" in str(error):
            return []
        raise


def killed_at_each_statement(folder: str) -> dict:
    """Die before the first, second, ... SQL statement of a submission until one survives."""
    path = f"{folder}/statements.sqlite"
    deaths, counts = 0, []
    for limit in range(1, 200):
        seen = 0

        def strike(statement: str, limit: int = limit) -> None:
            nonlocal seen
            seen += 1
            if seen == limit:
                os.kill(os.getpid(), signal.SIGKILL)

        def work(strike=strike, limit: int = limit) -> None:
            event.listen(sa.Engine, "connect", lambda raw, _: raw.set_trace_callback(strike))
            book.submit(Register(path), plan_text(limit), who="writer")

        _, status = os.waitpid(child(work), 0)
        counts.append(len(numbers_in(path)))
        if not os.WIFSIGNALED(status):
            break
        deaths += 1
    return {"deaths": deaths, "counts": counts}


def killed_at_any_moment(folder: str, deaths: int) -> dict:
    """Kill a writer in full flow again and again; what it reported as written must be there."""
    path, rng = f"{folder}/moments.sqlite", random.Random(6)
    lost, reported = [], 0
    for death in range(deaths):
        reader, writer = os.pipe()

        def work(death: int = death, writer: int = writer) -> None:
            register = Register(path)
            for step in range(10_000):
                text = plan_text(death * 10_000 + step, size=50_000)
                number = book.submit(register, text, who="writer").plan.number
                os.write(writer, f"{number}\n".encode())

        pid = child(work)
        os.close(writer)
        os.read(reader, 1)  # its first entry is in: from here on it may die at any time
        time.sleep(rng.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with os.fdopen(reader) as pipe:
            # The first digit was read above; the last line may be cut off.
            acknowledged = [int(line) for line in pipe.read().split("\n")[1:-1]]
        there = set(numbers_in(path))
        lost += [number for number in acknowledged if number not in there]
        reported += len(acknowledged) + 1
    return {"lost": lost, "reported": reported, "held": len(numbers_in(path))}


def at_once(target: str, writers: int, each: int) -> dict:
    """Several writers submit and approve at the same time."""

    def work(writer: int) -> None:
        register = Register(target, wait=60)
        for step in range(each):
            written = book.submit(register, plan_text(writer * 1000 + step), who=f"w{writer}")
            book.approve(register, written.plan.number, who=f"w{writer}")
            time.sleep(0.01)  # SQLite's lock is not fair: leave the other a chance

    for pid in [child(lambda writer=writer: work(writer)) for writer in range(writers)]:
        os.waitpid(pid, 0)
    entries = book.audit(Register(target))
    by_writer = {f"w{w}": sum(e.who == f"w{w}" for e in entries) for w in range(writers)}
    turns = sum(a.who != b.who for a, b in pairwise(entries))
    return {"by_writer": by_writer, "turns": turns}


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    print(json.dumps(globals()[what](where, *map(int, numbers))))
