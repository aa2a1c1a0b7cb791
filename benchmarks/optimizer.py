"""The optimiser against what public tools search with, on one machine in one run.

    python -m benchmarks.optimizer                   15 and 200 channels, 5 seeds: minutes
    python -m benchmarks.optimizer --full            5 to 1,000 channels, 20 seeds: hours
    python -m benchmarks.optimizer --channels 1000 --seeds 3 --alone

Random Hill curves; slopes 0.5 to 1 (concave), 1.5 to 3.5 (shaped) or half of each (mixed); every
channel within 30 % of today (narrow) or between nothing and three times today (wide). Losses are
shares of the optimum's value; times are medians, also as ratios to ours at a gap of 1e-4.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.competitors import COMPETITORS, Task
from benchmarks.referee import referee
from models.curves.families import Hill
from optimizer.program.program import Programme, Row
from optimizer.relaxation.solver import Settings
from optimizer.search.sandwich import sandwich

GAPS = (1e-4, 1e-6)


def random_task(channels: int, slopes: str, width: str, seed: int) -> Task:
    """A random task; the same for the same arguments."""
    rng = np.random.default_rng(seed)
    concave, shaped = rng.uniform(0.5, 1.0, channels), rng.uniform(1.5, 3.5, channels)
    mixed = np.where(rng.random(channels) < 0.5, concave, shaped)
    current = 1000 * rng.lognormal(0.0, 0.8, channels)
    half, ceiling = current * rng.uniform(0.3, 3, channels), current * rng.uniform(1, 5, channels)
    low, high = (0.7, 1.3) if width == "narrow" else (0.0, 3.0)
    slope = {"concave": concave, "shaped": shaped, "mixed": mixed}[slopes]
    return Task(ceiling, half, slope, low * current, high * current, current, float(current.sum()))


def programme_of(task: Task) -> Programme:
    """The same task as the optimiser takes it."""
    n = len(task.low)
    rows = zip(task.ceiling.tolist(), task.half.tolist(), task.slope.tolist(), strict=True)
    curves = tuple(Hill(*row) for row in rows)
    ends = zip(task.low.tolist(), task.high.tolist(), strict=True)
    money = Row(np.arange(n), np.ones(n), np.zeros(n), task.budget, task.budget)
    return Programme(
        curves=curves,
        domains=tuple((pair,) for pair in ends),
        spend_gain=np.zeros(n),
        response_gain=np.ones(n),
        rows=(money,),
        still=np.full(n, np.nan),
        steps=np.zeros(n),
        budget=task.budget,
    )


@dataclass
class Line:
    """What one method did over the seeds of one case."""

    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, loss: float, seconds: float) -> None:
        self.losses.append(loss)
        self.seconds.append(seconds)


@dataclass
class Case:
    """One number of channels, kind of slopes and width of bounds."""

    lines: dict[str, Line] = field(default_factory=dict)
    binaries: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def line(self, name: str) -> Line:
        return self.lines.setdefault(name, Line())


def run_case(channels: int, slopes: str, width: str, seeds: int, alone: bool) -> Case:
    """Every method on every seed, with the claims checked against one another."""
    case = Case()
    for seed in range(seeds):
        task = random_task(channels, slopes, width, seed)
        programme, bounds, best = programme_of(task), [], 0.0
        for gap in GAPS:
            start = time.perf_counter()
            found = sandwich(programme, Settings(gap=gap))
            seconds = time.perf_counter() - start
            bounds.append(found.bound)
            best = max(best, found.value)
            case.line(f"ours, gap {gap:.0e}").add(found.gap, seconds)
            if found.gap > gap:
                case.faults.append(f"seed {seed}: gap {found.gap:.1e} instead of {gap:.0e}")
        case.binaries.append(found.binaries)
        start = time.perf_counter()
        judged = referee(programme.bank, task.low, task.high, task.budget, 1e-6)
        case.line("NumPy referee").add(1 - judged.value / best, time.perf_counter() - start)
        case.nodes.append(judged.nodes)
        if judged.value > min(bounds) * (1 + 1e-9):
            case.faults.append(f"seed {seed}: the referee's plan is above our bound")
        for name, (method, most) in COMPETITORS.items():
            if alone or channels > most:
                continue
            start = time.perf_counter()
            value = task.value(method(task))
            case.line(name).add(1 - value / best, time.perf_counter() - start)
            if value > min(bounds) * (1 + 1e-9):
                case.faults.append(f"seed {seed}: {name} is above our bound")
    return case


def show(channels: int, slopes: str, width: str, case: Case) -> None:
    ours = float(np.median(case.line(f"ours, gap {GAPS[0]:.0e}").seconds))
    print(f"\n{channels} channels, {slopes}, {width}: {max(case.binaries)} binaries at most, "
          f"{max(case.nodes)} nodes at most in the referee")  # fmt: skip
    print(f"{'method':22}{'median s':>10}{'most s':>10}{'x ours':>8}{'mean loss':>11}{'worst':>9}")
    for name, line in case.lines.items():
        median, most = np.median(line.seconds), np.max(line.seconds)
        print(
            f"{name:22}{median:10.4f}{most:10.4f}{median / ours:8.1f}"
            f"{np.mean(line.losses):11.2%}{np.max(line.losses):9.2%}"
        )
    for fault in case.faults:
        print(f"  FAULT {fault}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--channels", type=int, nargs="+", default=[15, 200])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="without the competitors")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    sizes = [5, 15, 50, 200, 1000] if options.full else options.channels
    seeds = 20 if options.full else options.seeds
    run_case(5, "concave", "narrow", 1, options.alone)  # imports and first calls, not timed
    medians: dict[tuple[str, str], list[float]] = {}
    faults = 0
    for channels in sizes:
        for slopes in ("concave", "shaped", "mixed"):
            for width in ("narrow", "wide"):
                case = run_case(channels, slopes, width, seeds, options.alone)
                show(channels, slopes, width, case)
                faults += len(case.faults)
                seconds = case.line(f"ours, gap {GAPS[0]:.0e}").seconds
                medians.setdefault((slopes, width), []).append(float(np.median(seconds)))
    if len(sizes) > 1:
        print("\ntime grows with channels to the power of")
        for (slopes, width), times in medians.items():
            power = np.polyfit(np.log(sizes), np.log(times), 1)[0]
            print(f"  {power:5.2f}  {slopes}, {width}")
    print(f"\n{faults} claims broken")


if __name__ == "__main__":
    main()
