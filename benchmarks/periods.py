"""Time of plans over a year: months and weeks of many channels, with carry-over.

    python -m benchmarks.periods

Claimed, after the fit: 12 months x 20 channels within 3 s, 52 weeks x 20 channels within 15 s.
The curves are given, half of them S-shaped, half of them concave, all with draws; the scenario has
a budget, limits on change and on jumps, a season, and an event. What is timed is everything from
the scenario file to the plan document, and then the document's text.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, dump
from scenarios.planning import Evidence, plan_on

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


def main() -> None:
    """Print the table; each line is the slowest of the seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--channels", type=int, default=20)
    asked = parser.parse_args()
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
