"""Time of plans over a year: months and weeks of many channels, with carry-over.

    python -m benchmarks.periods              whole plans, from the scenario file to the document
    python -m benchmarks.periods --search     the search alone, beside the rounds it replaced

Claimed, after the fit: 12 months x 20 channels within 3 s, 52 weeks x 20 channels within 15 s.
The curves are given, half of them S-shaped, half of them concave, all with draws; the scenario has
a budget, limits on change and on jumps, a season, and an event. What is timed is everything from
the scenario file to the plan document, and then the document's text.

`--search` solves the same instances (half of the channels S-shaped) block by block, and once more
by rounds of programmes with binaries alone, the search before; bound, value, gap and CPU seconds of
both are printed. Aims: 12 months x 20 channels, a gap of 1e-3 in 5 s and 1e-4 in 20 s; 26 weeks x
8, 1e-3 in 5 s; 52 weeks x 10, 2e-3 in 20 s.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from optimizer.program.compile import compile_problem
from optimizer.program.program import Programme
from optimizer.relaxation.solver import Clock, Settings
from optimizer.search.incumbent import Sandwich
from optimizer.search.refine_grid import first_grid
from optimizer.search.sandwich import by_rounds, sandwich
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, dump
from scenarios.planning import Evidence, plan_on
from scenarios.question.resolve import resolve

SEEDS = range(5)
CLAIMED = {"month": 3.0, "week": 15.0}
DRAWS = 100
SCENARIO = """
curves: curves.json
period: 2027
budget: +5%
defaults: {{change: [-30%, +30%]}}
periods: {{by: {by}, max_change_between_periods: 30%}}
events: [{{start: 2027-11-22, end: 2027-11-28, lift: +25%}}]
"""


def curves_of(channels: int, seed: int, s_shaped: float) -> CurveSet:
    """Random channels with carry-over, a season and draws; a share of them S-shaped."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi)
    season = 1.0 + 0.2 * np.sin(2 * np.pi * np.arange(53) / 53 + phase)
    return CurveSet(tuple(_channel(i, rng, season, i < s_shaped * channels)
                          for i in range(channels)), period_days=7, currency="EUR")  # fmt: skip


def _channel(i: int, rng: np.random.Generator, season: np.ndarray, is_s: bool) -> ChannelCurve:
    slope = rng.uniform(1.3, 2.5) if is_s else rng.uniform(0.6, 1.0)
    ceiling, half = rng.uniform(200, 2_000), rng.uniform(3_000, 30_000)
    draws = tuple(Hill(ceiling * a, half * b, slope) for a, b in rng.lognormal(0, 0.1, (DRAWS, 2)))
    spend = half * rng.uniform(0.4, 1.2)
    return ChannelCurve(
        f"channel {i + 1}", Hill(ceiling, half, slope), carry_over=rng.uniform(0.1, 0.7),
        value_per_conversion=rng.uniform(50, 120), current_spend=spend, carried_spend=spend,
        max_observed_spend=1.5 * spend, draws=draws, season=tuple(season),
    )  # fmt: skip


def solved(folder: Path, by: str, channels: int, seed: int, s_shaped: float) -> tuple[float, Plan]:
    """Seconds from the scenario file to the plan's text, and the plan."""
    curves = curves_of(channels, seed, s_shaped)
    path = folder / "year.yaml"
    path.write_text(SCENARIO.format(by=by))
    start = time.perf_counter()
    plan = plan_on(Scenario.load(path), Evidence(curves, None, ()), costs=False)
    dump(plan)
    return time.perf_counter() - start, plan


@dataclass(frozen=True)
class Instance:
    """What `--search` solves, to which gap, and the CPU seconds aimed at."""

    name: str
    by: str
    channels: int
    gap: float
    aim: float


INSTANCES = (
    Instance("12 months x 20", "month", 20, 1e-3, 5.0),
    Instance("12 months x 20", "month", 20, 1e-4, 20.0),
    Instance("26 weeks x 8", "half", 8, 1e-3, 5.0),
    Instance("52 weeks x 10", "week", 10, 2e-3, 20.0),
)
HALF = "period: {start: 2027-01-04, end: 2027-07-04}"


def programme_of(folder: Path, by: str, channels: int, seed: int) -> Programme:
    """The programme of an instance, half of its channels S-shaped."""
    text = SCENARIO.format(by="month" if by == "month" else "week")
    if by == "half":
        text = text.replace("period: 2027", HALF).replace("2027-11-2", "2027-05-2")
    path = folder / "search.yaml"
    path.write_text(text)
    question = resolve(Scenario.load(path), curves_of(channels, seed, 0.5), None)
    return compile_problem(question.problem).programme


def searched(programme: Programme, settings: Settings, is_new: bool) -> tuple[Sandwich, float]:
    """What a search finds, and its CPU seconds."""
    start = time.process_time()
    if is_new:
        return sandwich(programme, settings), time.process_time() - start
    known = Sandwich("round_limit", np.empty(0), bound=programme.ceiling)
    grid = first_grid(programme)
    found = by_rounds(programme, grid, grid, known, settings, Clock(settings.time_limit))
    return found, time.process_time() - start


def search(seeds: int, limit: float, is_alone: bool) -> None:
    """Print bound, value, gap and CPU of each instance, beside those of the search before."""
    print(f"{'instance':16}{'seed':>5}{'aim':>8}{'s':>4}  {'search':10}{'bound':>14}{'value':>14}"
          f"{'gap':>9}{'CPU s':>8}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for each in INSTANCES:
            for seed in range(seeds):
                programme = programme_of(Path(name), each.by, each.channels, seed)
                asked = Settings(gap=each.gap, time_limit=limit)
                for label in ("by block",) if is_alone else ("by block", "by rounds"):
                    found, seconds = searched(programme, asked, label == "by block")
                    print(f"{each.name:16}{seed:5}{each.gap:8.0e}{each.aim:4.0f}  {label:10}"
                          f"{found.bound:14,.0f}{found.value:14,.0f}{found.gap:9.1e}"
                          f"{seconds:8.1f}", flush=True)  # fmt: skip


def main() -> None:
    """Print the table; each line is the slowest of the seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--search", action="store_true", help="bound, value, gap and CPU alone")
    parser.add_argument("--alone", action="store_true", help="without the search before")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each search")
    asked = parser.parse_args()
    if asked.search:
        search(asked.seeds, asked.limit, asked.alone)
        return
    print(f"{'periods':>10} {'S-shaped':>9} {'slowest s':>10} {'median s':>9} {'claimed':>8}"
          f" {'worst gap':>10} {'binaries':>9}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for by, claimed in CLAIMED.items():
            for s_shaped in (0.0, 0.5):
                runs = [
                    solved(Path(name), by, asked.channels, seed, s_shaped)
                    for seed in range(asked.seeds)
                ]
                times = [seconds for seconds, _ in runs]
                proofs = [plan.certificate for _, plan in runs if plan.certificate is not None]
                print(f"{len(runs[0][1].periods):>4} {by:<5} {s_shaped:9.0%} {max(times):10.2f}"
                      f" {np.median(times):9.2f} {claimed:8.0f}"
                      f" {max(proof.gap for proof in proofs):10.1e}"
                      f" {max(proof.binaries for proof in proofs):9d}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
