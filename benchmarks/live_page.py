"""The live page: from a touch to the plan on the screen, many at once, and for a long time.

python -m benchmarks.live_page [--touches 200] [--sessions 20] [--soak 10000]

Needs `budgetopt[page]`, playwright and Chromium. Each figure is printed as measured, with the load
of the machine beside it: another program's work counts as the page's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DEMO = Path(__file__).parents[1] / "scenarios" / "demo"
CHANNELS = ("display", "search", "shopping", "social", "tiktok", "video")
QUARTER = "period: 2026-Q1\nperiods: {by: month}\n"


@contextmanager
def served(scenario: Path) -> Iterator[tuple[str, int, float]]:
    """The page's address, its process, and the seconds until it answered and until it planned."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "scenarios.cli", "serve", str(scenario), "--port", "0"]
    process = subprocess.Popen([*command, "--no-browser"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = re.search(r"http://\S+", process.stderr.readline())
    assert found
    urllib.request.urlopen(found[0], timeout=60).read()
    started = time.perf_counter() - began
    try:
        yield found[0], process.pid, started
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def touch(rng: random.Random) -> list[str]:
    """The settings of a random touch; some are impossible."""
    channel = rng.choice(CHANNELS)
    touches = (
        f"budget={rng.randrange(200_000, 300_000, 500)}",
        f"channels.{channel}.locked=true",
        f"channels.{channel}.max_spend={rng.randrange(60_000, 90_000, 100)}",
        f"channels.{channel}.change=[-{rng.randrange(5, 50)}%, +{rng.randrange(5, 50)}%]",
        f"objective={rng.choice(['revenue', 'conversions'])}",
    )
    return rng.sample(touches, rng.randint(1, 3))


def ask(address: str, do: str, settings: list[str], page: str, scenario: str) -> dict[str, Any]:
    body = json.dumps({"scenario": scenario, "settings": settings, "page": page})
    head = {"content-type": "application/json"}
    request = urllib.request.Request(f"{address}api/{do}", body.encode(), head, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def memory(root: int) -> float:
    """MB that a process and all below it hold by themselves (PSS: shared pages once)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    total, waiting = 0.0, [root]
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, [])
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.M)
        total += int(found[1]) / 1024 if found else 0.0
    return total


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(int(share * len(times)), len(times) - 1)]


def line(what: str, times: list[float]) -> None:
    middle, high = statistics.median(times), percentile(times, 0.95)
    print(f"{what:<44} {len(times):>6} {middle:>8.0f} {high:>8.0f} {max(times):>8.0f}", flush=True)


def on_screen(scenario: Path, touches: int, what: str) -> None:
    """From a touch to the new plan painted, in headless Chromium; and until the costs are there."""
    from playwright.sync_api import sync_playwright

    rng = random.Random(1)
    with served(scenario) as (address, _, started), sync_playwright() as driver:
        print(f"{what}: answers after {started:.1f} s")
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("body[data-planned]")
        page.wait_for_timeout(3000)
        times = [page.evaluate(TOUCH, touch(rng)) for _ in range(touches)]
        line(f"{what}: touch to plan on the screen, ms", times)
        costs = [page.evaluate(COSTS, touch(rng)) for _ in range(max(touches // 10, 5))]
        line(f"{what}: touch to the costs of rules, ms", costs)
        browser.close()


# Settings become the page's own, as a touch makes them; the time ends with the painted frame.
TOUCH = """async (asked) => {
  const began = performance.now();
  const cut = (one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)];
  settings = new Map(asked.map(cut));
  renew();
  const mine = String(touch);
  while (document.body.dataset.planned !== mine) await new Promise((next) => setTimeout(next, 1));
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  return performance.now() - began;
}"""
COSTS = """async (asked) => {
  const began = performance.now();
  const cut = (one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)];
  settings = new Map(asked.map(cut));
  renew();
  const state = document.getElementById("state");
  while (state.textContent !== say.solved) await new Promise((next) => setTimeout(next, 2));
  return performance.now() - began;
}"""


def at_once(scenario: Path, sessions: int, each: int) -> None:
    """Sessions that touch every two seconds or so, each its own; nobody gets another's answer."""
    with served(scenario) as (address, pid, _):
        ask(address, "plan", [], "warm", scenario.stem)
        times: list[float] = []
        foreign: list[str] = []

        def session(number: int) -> None:
            rng = random.Random(number)
            for _ in range(each):
                time.sleep(rng.uniform(1.0, 3.0))
                settings = [f"budget={rng.randrange(230_000, 280_000, 10)}"]
                began = time.perf_counter()
                found = ask(address, "plan", settings, f"session {number}", scenario.stem)
                times.append(1000 * (time.perf_counter() - began))
                if f"--set {settings[0]}" not in found.get("command", ""):
                    foreign.append(settings[0])

        threads = [threading.Thread(target=session, args=(n,)) for n in range(sessions)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        line(f"{sessions} sessions at once, ms", times)
        print(f"answers of another session or none: {len(foreign)}; memory {memory(pid):.0f} MB")


def soak(scenario: Path, touches: int) -> None:
    """Touches one after the other; what the processes hold after a tenth, and at the end."""
    rng, failed = random.Random(3), 0
    with served(scenario) as (address, pid, _):
        early = times = 0.0
        for number in range(touches):
            began = time.perf_counter()
            found = ask(address, "plan", touch(rng), "soak", scenario.stem)
            times += time.perf_counter() - began
            failed += "possible" not in found
            if number == touches // 10:
                early = memory(pid)
        late = memory(pid)
        print(f"soak of {touches}: {1000 * times / touches:.0f} ms each, {failed} unanswered;"
              f" memory {early:.0f} MB -> {late:.0f} MB ({late / early - 1:+.1%})")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    for name, default in (("touches", 200), ("sessions", 20), ("soak", 10_000)):
        options.add_argument(f"--{name}", type=int, default=default)
    chosen = options.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<44} {'n':>6} {'median':>8} {'95 %':>8} {'worst':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("base.yaml", "history.csv"):
            shutil.copy(DEMO / file, folder / file)
        months = folder / "quarter.yaml"
        months.write_text("extends: base.yaml\nname: quarter\nbudget: 760000\n" + QUARTER)
        if chosen.touches:
            on_screen(folder / "base.yaml", chosen.touches, "8 channels")
            on_screen(months, max(chosen.touches // 10, 5), "a quarter by month")
        if chosen.sessions:
            at_once(folder / "base.yaml", chosen.sessions, 10)
        if chosen.soak:
            soak(folder / "base.yaml", chosen.soak)


if __name__ == "__main__":
    main()
