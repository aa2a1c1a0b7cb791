"""Many accounts: how fast, in how much memory, and whether anything that dies changes a result.

    python -m benchmarks.batch speed [--accounts 60] [--channels 8] [--weeks 104] [--draws 200]
    python -m benchmarks.batch slope [--sizes 100 200 400]
    python -m benchmarks.batch kill [--accounts 500] [--every 5]
    python -m benchmarks.batch divide [--accounts 1000 20000]

`speed` plans the same accounts with processes of this machine and on a Dask cluster of two workers,
compares the results byte for byte, and plans them again with another budget, curves at hand.
`slope` does that with small accounts of several numbers. `kill` runs a scheduler and two workers of
their own, kills a worker every few seconds and the scheduler once, starts them again, and compares
with an undisturbed run. `divide` shares one budget out and compares with one programme of all.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from models.datasets.simulated_channels import simulate_history
from optimizer.across.budget_response import respond
from optimizer.across.shares import Shares, share_out
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from scenarios.batch.engines import Engine, LocalEngine
from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.definition.scenario import Scenario

HISTORIES = 20  # that are simulated; more accounts have one of them, in another size


def accounts_file(folder: Path, count: int, channels: int, weeks: int) -> Path:
    """A Parquet file of accounts, written a piece at a time."""
    import pyarrow
    from pyarrow import parquet

    known = [simulate_history("steady", channels, weeks, seed).frame for seed in range(HISTORIES)]
    file = folder / f"accounts-{count}.parquet"
    writer = None
    for number in range(count):
        frame = known[number % HISTORIES].copy()
        size = 1.0 + 0.5 * (number // HISTORIES) / max(count // HISTORIES, 1)
        for column in ("spend", "revenue"):
            frame[column] = (frame[column] * size).round(2)
        table = pyarrow.Table.from_pandas(frame.assign(account=f"shop {number:06d}"))
        writer = writer or parquet.ParquetWriter(file, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return file


def template(draws: int, **keys: Any) -> Scenario:
    return Scenario.template({"name": "all", "budget": "current", "fit": {"draws": draws}, **keys})


def timed(file: Path, results: Path, engine: Engine, scenario: Scenario) -> float:
    """Seconds that a run takes."""
    begun = time.perf_counter()
    asked = Asked(str(file), scenario, str(results), keep_curves=True, force=True)
    found = plan_accounts(asked, engine)
    assert found.is_whole, found.causes
    return time.perf_counter() - begun


def spent() -> float:
    """CPU seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def written(results: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (results / "accounts").rglob("*.json")}


def memory() -> float:
    """MB at most of this process, the client; its workers are others."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def cluster(workers: int) -> Iterator[Engine]:
    from scenarios.batch.dask_engine import dask_engine

    with dask_engine(None, workers) as engine:
        yield engine


def speed(count: int, channels: int, weeks: int, draws: int) -> None:
    """Local against Dask, fits and plans; then plans alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = accounts_file(folder, count, channels, weeks)
        print(f"{count} accounts x {channels} channels x {weeks} weeks, {draws} draws, 2 workers")
        local, kinds = 0.0, {"fits and plans": {}, "curves at hand": {"budget": "+5%"}}
        for kind, keys in (kinds | {"nothing to do": {"budget": "+5%"}}).items():
            before = spent()
            seconds = timed(file, folder / "local", LocalEngine(2), template(draws, **keys))
            local = local or seconds
            each = 1e3 * (spent() - before) / count
            print(f"  local, {kind}  {count / seconds:7.1f} accounts/s, {each:.0f} ms of CPU each")
        print(f"  client at most          {memory():7.0f} MB")
        with cluster(2) as engine:
            dask = timed(file, folder / "dask", engine, template(draws))
            share = f"{local / dask:.2f} of local"
            print(f"  Dask, fits and plans    {count / dask:7.1f} accounts/s, {share}")
        timed(file, folder / "same", LocalEngine(2), template(draws))
        assert written(folder / "same") == written(folder / "dask")
        print("  local and Dask: the same bytes")


def slope(sizes: Sequence[int]) -> None:
    """Small accounts in several numbers: seconds an account should not grow."""
    with tempfile.TemporaryDirectory() as name:
        folder, seconds = Path(name), []
        for count in sizes:
            file = accounts_file(folder, count, 2, 60)
            first = timed(file, folder / f"r{count}", LocalEngine(2), template(20))
            begun = time.perf_counter()
            timed(file, folder / f"r{count}", LocalEngine(2), template(20))
            again = time.perf_counter() - begun
            seconds.append(first)
            print(f"  {count:7,} accounts  {first:7.1f} s, {count / first:6.1f}/s")
            print(f"    again {again:5.1f} s; client {memory():.0f} MB")
        if len(sizes) > 1:
            rise = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
            print(f"  exponent {rise:.2f} (1: linear)")


class Machines:
    """A scheduler and two workers as processes of their own, which can be killed."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("scheduler", "worker 1", "worker 2"):
            self.start(name)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "dask"]
        if name == "scheduler":
            command += [
                "scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--no-dashboard",
            ]
        else:
            command += ["worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        nowhere = subprocess.DEVNULL
        self.running[name] = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)

    def restart(self, name: str) -> None:
        """Kill without warning, and start again, as a service manager does."""
        os.kill(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        self.start(name)

    def revive(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


def kill(count: int, every: float) -> None:
    """Kill a worker every few seconds and the scheduler once: no byte changes."""
    from scenarios.batch.dask_engine import dask_engine

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = accounts_file(folder, count, 2, 60)
        timed(file, folder / "plain", LocalEngine(2), template(20))
        machines, over, kills = Machines(), threading.Event(), {"worker": 0, "scheduler": 0}

        def harm() -> None:
            for turn in range(1, 10_000):
                if over.wait(every):
                    return
                machines.revive()
                victim = "scheduler" if turn == 3 else f"worker {1 + turn % 2}"
                kills[victim.split()[0]] += 1
                machines.restart(victim)

        thread = threading.Thread(target=harm)
        try:
            with dask_engine(machines.address, None) as engine:
                thread.start()
                seconds = timed(file, folder / "harmed", engine, template(20))
        finally:
            over.set()
            thread.join()
            machines.stop()
        plain, harmed = written(folder / "plain"), written(folder / "harmed")
        rows = pd.read_parquet(folder / "harmed" / "accounts.parquet")
        print(f"{count} accounts in {seconds:.0f} s; killed: {kills}")
        print(f"  results the same byte for byte: {plain == harmed} ({len(harmed)} files)")
        print(f"  rows: {len(rows)}, accounts: {rows['account'].nunique()}")
        tables = [(folder / run / "plans.parquet").read_bytes() for run in ("plain", "harmed")]
        print(f"  plans.parquet the same: {tables[0] == tables[1]}")


def account(seed: int, channels: int = 8) -> Problem:
    """A concave account: limits by channel, no rule that joins any."""
    chance = np.random.default_rng(seed)
    curves = CurveSet(
        tuple(
            ChannelCurve(
                f"{seed}/{number}",
                Hill(float(chance.uniform(20, 90)), float(chance.uniform(500, 4000)), 0.9),
            )
            for number in range(channels)
        ),
        period_days=1,
    )
    rules = [Rule("max_spend", float(chance.uniform(1500, 6000)), (e.channel,)) for e in curves]
    most = sum(rule.limit for rule in rules)
    return Problem(curves, Budget(0.0, most), 1.0, "conversions", tuple(rules))


def divide(sizes: Sequence[int]) -> None:
    """One budget across many accounts, and one programme of all their channels; CPU seconds."""
    for count in sizes:
        problems = [account(seed) for seed in range(min(count, 2000))]
        begun = time.process_time()
        answers = [one for problem in problems if (one := respond(problem)) is not None]
        each = (time.process_time() - begun) / len(problems)
        answers = (answers * (-(-count // len(answers))))[:count]
        problems = (problems * (-(-count // len(problems))))[:count]
        total = 0.4 * sum(one.high for one in answers)
        begun = time.process_time()
        shares = share_out(answers, total)
        master = time.process_time() - begun
        assert isinstance(shares, Shares)
        begun, bounds = time.process_time(), []
        tried = problems[:2000]
        for problem, price in zip(tried, shares.price_of, strict=False):
            exact = respond(problem, prices=[float(price)])
            assert exact is not None
            bounds.append(float(exact.bound[0]))
        proof = (time.process_time() - begun) / len(tried) * count
        bounds = (bounds * (-(-count // len(bounds))))[:count]
        gap = (shares.bound(bounds) - shares.value) / shares.value
        print(f"{count:,} accounts x 8 channels: an answer {1e3 * each:.1f} ms")
        print(f"  master {master:.2f} s, proof {proof:.1f} s on one core, gap {gap:.1e}")
        if count <= 1000:
            entries = [entry for problem in problems for entry in problem.curves]
            rules = tuple(rule for problem in problems for rule in problem.rules)
            whole = replace(
                problems[0],
                curves=CurveSet(tuple(entries), period_days=1),
                budget=total,
                rules=rules,
            )
            begun = time.process_time()
            found = allocate(whole, Settings(gap=1e-4)).certificate
            assert found is not None
            taken = time.process_time() - begun
            print(f"  one programme: {taken:.1f} s, value {found.value:,.1f}, gap {found.gap:.1e}")
            print(f"  the shares' value {shares.value:,.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["speed", "slope", "kill", "divide"])
    parser.add_argument("--accounts", type=int, nargs="*", default=[])
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 200, 400])
    parser.add_argument("--every", type=float, default=5.0)
    asked = parser.parse_args()
    if asked.what == "speed":
        speed((asked.accounts or [60])[0], asked.channels, asked.weeks, asked.draws)
    elif asked.what == "slope":
        slope(asked.sizes)
    elif asked.what == "kill":
        kill((asked.accounts or [500])[0], asked.every)
    else:
        divide(asked.accounts or [1000, 20_000])


if __name__ == "__main__":
    main()
