"""Whole plans, from the problem to the priced allocation: how time grows with channels and rules.

    python -m benchmarks.growth                      all cases, about two minutes
    python -m benchmarks.growth --cases size --most 1000

Aims, CPU seconds on two cores: S-shaped channels between two bounds and a budget, 1,000 in 0.3 s
and 10,000 in 4 s; 1,000 channels in 100 groups with CPA caps in 10 s; 100 channels on the means of
200 draws in 1 s; accounts of 5 to 20 channels whose budget and bounds alone bind in 2 ms each.
`x referee` is the ratio to a branch and bound in plain NumPy that knows a budget and bounds alone
and neither reads rules nor prices anything (benchmarks/referee.py).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.referee import referee
from models.curves.bank import Bank
from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Hill
from optimizer.allocation import Allocation
from optimizer.allocator import allocate, allocate_many
from optimizer.objective import optimise_many
from optimizer.problem import Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule

SIZES, DAYS, GAP = (10, 100, 1_000, 10_000), 28.0, 1e-4
AIMS = {1_000: 0.3, 10_000: 4.0}


def bounded(channels: int, seed: int, draws: int = 0) -> Problem:
    """S-shaped channels, each within half of today's spend; curves are means of so many draws."""
    rng = np.random.default_rng(seed)
    entries, rules = [], []
    for k in range(channels):
        now = float(1000 * rng.lognormal(0, 0.8))
        curve = _curve(rng, now, draws)
        name = f"channel{k}"
        entries.append(
            ChannelCurve(
                name, curve, current_spend=now, max_observed_spend=2 * now,
                value_per_conversion=float(rng.uniform(40, 120)),
            )
        )  # fmt: skip
        rules.append(Rule("change_from", -0.5, (name,), path=f"{name}.change"))
        rules.append(Rule("change_to", 0.5, (name,), path=f"{name}.change"))
    curves = CurveSet(tuple(entries), period_days=7)
    return Problem(curves, _today(entries), DAYS, "revenue", tuple(rules))


def _curve(rng: np.random.Generator, now: float, draws: int) -> Curve:
    slope = rng.uniform(1.5, 3.5)
    ceiling, half = now * rng.uniform(0.02, 0.1), now * rng.uniform(0.3, 3)
    if not draws:
        return Hill(ceiling, half, slope)
    doubts = rng.lognormal(0, 0.2, (draws, 2)) * [ceiling, half]
    return Average(Hill, np.column_stack([doubts, np.full(draws, slope)]))


def _today(entries: Sequence[ChannelCurve]) -> float:
    return sum(entry.current_spend or 0.0 for entry in entries) * DAYS / 7


def grouped(channels: int, groups: int, seed: int) -> Problem:
    """The same with a CPA cap on each of the groups that the channels fall into."""
    problem = bounded(channels, seed)
    rng = np.random.default_rng(seed + 1)
    rules = list(problem.rules)
    for number in range(groups):
        members = problem.curves.channels[number::groups]
        spend = sum(entry.current_spend or 0.0 for entry in members)
        conversions = sum(
            float(entry.curve.response(entry.current_spend or 0.0)) for entry in members
        )
        cap = spend / conversions * float(rng.uniform(0.85, 1.2))
        names = tuple(entry.channel for entry in members)
        rules.append(Rule("max_cpa", cap, names, path=f"groups.g{number}.max_cpa"))
    return Problem(problem.curves, problem.budget, DAYS, "revenue", tuple(rules))


def timed(problem: Problem) -> tuple[float, Allocation]:
    """CPU seconds of a whole plan, and the plan."""
    start = time.process_time()
    found = allocate(problem, Settings(gap=GAP, time_limit=60))
    return time.process_time() - start, found


def refereed(problem: Problem) -> float:
    """CPU seconds that the referee takes for the same budget and bounds."""
    programme = compile_problem(problem).programme
    gains = programme.response_gain.tolist()
    bank = Bank([c.stretched(1.0, gain) for c, gain in zip(programme.curves, gains, strict=True)])
    start = time.process_time()
    referee(bank, programme.low, programme.high, programme.budget, GAP)
    return time.process_time() - start


def _line(name: str, runs: list[tuple[float, Allocation]], aim: float, ratio: str = "") -> None:
    seconds = [taken for taken, _ in runs]
    gaps = [found.certificate.gap if found.certificate else np.inf for _, found in runs]
    print(f"{name:38}{np.median(seconds):10.4f}{max(seconds):10.4f}"
          f"{aim or '':>8}{max(gaps):10.1e}{ratio:>11}", flush=True)  # fmt: skip


def size(seeds: int, most: int) -> None:
    """Channels between bounds, from ten to the most asked for."""
    medians = []
    sizes = [each for each in SIZES if each <= most]
    for channels in sizes:
        runs = [timed(bounded(channels, seed)) for seed in range(seeds)]
        theirs = [refereed(bounded(channels, seed)) for seed in range(seeds)]
        medians.append(float(np.median([taken for taken, _ in runs])))
        ratio = f"{medians[-1] / float(np.median(theirs)):.2f}"
        _line(f"{channels:,} S-shaped channels", runs, AIMS.get(channels, 0.0), ratio)
    for k in range(1, len(sizes)):
        power = np.log(medians[k] / medians[k - 1]) / np.log(sizes[k] / sizes[k - 1])
        print(f"  {sizes[k - 1]:,} to {sizes[k]:,}: time grows to the power of {power:.2f}")


def accounts(seeds: int, most: int) -> None:
    """Many small accounts: splits with their proof, and whole priced plans, solved together."""
    rng = np.random.default_rng(0)
    problems = [bounded(int(rng.integers(5, 21)), seed) for seed in range(100 * seeds)]
    theirs = sum(refereed(problem) for problem in problems)
    start = time.process_time()
    compiled = [compile_problem(problem) for problem in problems]
    gaps = [found.gap for found in optimise_many(compiled, Settings(gap=GAP))]
    split = time.process_time() - start
    start = time.process_time()
    allocate_many(problems, Settings(gap=GAP))
    whole = time.process_time() - start
    for name, taken in (("split and proof", split), ("whole plan", whole)):
        each = taken / len(problems)
        print(f"{len(problems)} accounts of 5 to 20, {name:16}{1e3 * each:8.2f} ms each"
              f"{'2 ms':>12}{max(gaps):10.1e}{taken / theirs:11.2f}", flush=True)  # fmt: skip


def groups(seeds: int, most: int) -> None:
    """CPA caps on groups."""
    for channels, count in ((100, 10), (1_000, 100)):
        if channels <= most:
            runs = [timed(grouped(channels, count, seed)) for seed in range(seeds)]
            _line(f"{channels:,} channels, {count} groups with CPA caps", runs, 10.0)


def draws(seeds: int, most: int) -> None:
    """Curves that are means of draws."""
    runs = [timed(bounded(min(100, most), seed, draws=200)) for seed in range(seeds)]
    _line("100 channels on means of 200 draws", runs, 1.0)


CASES = {"size": size, "accounts": accounts, "groups": groups, "draws": draws}


def main() -> None:
    """Print the table: a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="channels")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    options = parser.parse_args()
    timed(bounded(5, 0))  # imports, not timed
    print(f"{'CPU seconds':38}{'median':>10}{'most':>10}{'aim':>8}{'gap':>10}{'x referee':>11}")
    for name in options.cases:
        CASES[name](options.seeds, options.most)


if __name__ == "__main__":
    main()
