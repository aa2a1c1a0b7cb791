"""The processes that plan: overtaken, ended, died, and started anew."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from models.curves.file import save_curves
from scenarios.serve.worker_pool import SLOW, Died, Overtaken, WorkerPool
from tests.support.scenario_examples import CURVES

QUICK = {"do": "plan", "scenario": "base", "settings": []}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    save_curves(CURVES, tmp_path / "c.json")
    path = tmp_path / "base.yaml"
    path.write_text("curves: c.json\nperiod: {days: 28}\nbudget: current\n")
    return path


def with_pool(scenario: Path, size: int, work: Callable[[WorkerPool], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        pool = WorkerPool(["en", "cache", str(scenario)], size=size)
        await pool.start()
        try:
            return await asyncio.wait_for(work(pool), 60.0)
        finally:
            await pool.stop()

    return asyncio.run(run())


def test_of_touches_that_wait_only_the_last_is_answered(scenario: Path) -> None:
    async def touches(pool: WorkerPool) -> list[Any]:
        asked = []
        for _ in range(4):
            asked.append(asyncio.create_task(pool.ask(QUICK, "a", True)))
            await asyncio.sleep(0)
        asked.append(asyncio.create_task(pool.ask(QUICK, "b", True)))
        return await asyncio.gather(*asked, return_exceptions=True)

    *overtaken, last, other = with_pool(scenario, 1, touches)
    assert [type(one) for one in overtaken] == [Overtaken] * 3
    assert last["possible"]
    assert other["possible"]


def test_a_slow_plan_is_ended_by_the_next_touch(scenario: Path) -> None:
    async def touches(pool: WorkerPool) -> tuple[Any, Any, int, int]:
        await pool.ask(QUICK, "a", True)
        (worker,) = pool._alive
        before = worker.process.pid
        worker.process.send_signal(signal.SIGSTOP)  # SIGSTOP: a plan that never ends
        slow = asyncio.create_task(pool.ask(QUICK, "a", True))
        await asyncio.sleep(SLOW + 0.1)
        quick = await pool.ask(QUICK, "a", True)
        (worker,) = pool._alive
        return (
            (await asyncio.gather(slow, return_exceptions=True))[0],
            quick,
            before,
            (worker.process.pid),
        )

    slow, quick, before, after = with_pool(scenario, 1, touches)
    assert isinstance(slow, Overtaken)
    assert quick["possible"]
    assert before != after


def test_a_process_that_dies_is_said_and_replaced(scenario: Path) -> None:
    async def touches(pool: WorkerPool) -> tuple[Any, Any]:
        await pool.ask(QUICK, "a", True)
        (worker,) = pool._alive
        worker.process.send_signal(signal.SIGSTOP)
        asked = asyncio.create_task(pool.ask(QUICK, "a"))
        await asyncio.sleep(0.1)
        worker.kill()
        died = (await asyncio.gather(asked, return_exceptions=True))[0]
        return died, await pool.ask(QUICK, "a")

    died, next_one = with_pool(scenario, 1, touches)
    assert isinstance(died, Died)
    assert next_one["possible"]


def test_what_explains_a_plan_overtakes_no_touch(scenario: Path) -> None:
    async def touches(pool: WorkerPool) -> list[Any]:
        plan = asyncio.create_task(pool.ask(QUICK, "a", True))
        await asyncio.sleep(0)
        explained = asyncio.create_task(pool.ask({**QUICK, "do": "explain"}, "a"))
        return list(await asyncio.gather(plan, explained))

    plan, explained = with_pool(scenario, 1, touches)
    assert plan["channels"] == explained["channels"]
