"""Fitted curves on simulated histories of known truth: are they good to decide by?

    python -m benchmarks.fit [--seeds 20] [--first 0] [--workers 2] [--kinds steady,outages]
        [--parts captured,verdicts,sample,speed]

Six channels over two years of each kind of `models.datasets.simulated_channels`. Every split has
today's budget and leaves each channel within +-50 % of today, whatever its evidence says.

*Captured gain* is (true value of a split - today's) / (true value of the best split - today's),
as median and 10th percentile over the seeds, for

- default: what `fit_curves` gives: the Hill curve nearest to the mean of all draws;
- mean curve: the mean of the draws' curves itself;
- mean parameters: the one curve whose parameters are the draws' means;
- most likely: the curve at the posterior's mode;
- auto: families averaged by rolling-origin validation, the curve nearest to the mean of all draws;
- simplest: the simplest family that validation does not clearly rule out;
- best ROAS: the rule 'move money to the best average ROAS'.

*Interval* is how often the 90 % interval of conversions at 0.5 to 1.5 times today's spend holds
the truth. The default was chosen on seeds 2000 to 2019: judge it on others. Then: how much of the
budget moves where nothing is to be known (evidence obeyed), how straight lines are judged; on
histories made like the sample workspace's, how often the interval of the plan's uplift holds the
truth; and the time and memory of fits.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from benchmarks.splits import best_roas_split, best_split, hold_rules, share_moved
from models.channel_fit.fit_options import FitOptions
from models.curves.bank import responses
from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Hill
from models.datasets.simulated_channels import (
    KINDS,
    Kind,
    Simulated,
    panels,
    sample_history,
    simulate_history,
)
from models.fit.entry import fit_curves
from optimizer.rules import Rule

Array = NDArray[np.floating]
WAYS = (
    "default",
    "mean curve",
    "mean parameters",
    "most likely",
    "auto",
    "simplest",
    "best ROAS",
)
MULTIPLES = np.array([0.5, 0.75, 1.0, 1.25, 1.5])
JUDGED: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in ("no_signal", "linear"))


@dataclass(frozen=True)
class Result:
    """One history: captured gain by way, what there was to gain, share of intervals that hold."""

    captured: tuple[float, ...]
    potential: float
    covered: float


def today_of(curves: CurveSet) -> Array:
    return np.array([entry.current_spend for entry in curves], dtype=float)


def true_value(made: Simulated, split: Array) -> float:
    """Revenue per period that a split really brings in an average season."""
    truth = made.truth
    pairs = zip(truth.curves.items(), split, strict=True)
    return sum(truth.values[name] * float(curve.response(x)) for (name, curve), x in pairs)


def true_best(made: Simulated, like: CurveSet) -> Array:
    """The best split of all, found by the optimiser on the true curves."""
    entries = [
        ChannelCurve(name, curve, value_per_conversion=made.truth.values[name])
        for name, curve in made.truth.curves.items()
    ]
    return best_split(CurveSet(tuple(entries), like.period_days), today_of(like))


def with_curves(curves: CurveSet, new: Sequence[Curve]) -> CurveSet:
    pairs = zip(curves, new, strict=True)
    return replace(curves, channels=tuple(replace(e, curve=c, draws=()) for e, c in pairs))


def _rows(entry: ChannelCurve) -> Array:
    return np.array([list(draw.parameters.values()) for draw in entry.draws])


def measure(kind: Kind, seed: int) -> Result:
    """One history, fitted and judged in every way."""
    made = simulate_history(kind, seed=seed)
    history = made.history
    hill = fit_curves(history)
    rivals = [
        hill,
        with_curves(hill, [Average(Hill, _rows(entry)) for entry in hill]),
        with_curves(hill, [Hill(*map(float, _rows(entry).mean(axis=0))) for entry in hill]),
        with_curves(hill, [_most_likely(entry) for entry in hill]),
        fit_curves(history, FitOptions(family="auto")),
        fit_curves(history, FitOptions(family="simplest")),
    ]
    today = today_of(hill)
    splits = [best_split(curves, today) for curves in rivals]
    revenue, spend = history.metrics["revenue"].to_numpy(), history.spend.to_numpy()
    splits.append(best_roas_split(revenue.sum(axis=0) / spend.sum(axis=0), today))
    base = true_value(made, today)
    gain = true_value(made, true_best(made, hill)) - base
    captured = tuple((true_value(made, split) - base) / gain for split in splits)
    return Result(captured, gain / base, covered(made, hill))


def _most_likely(entry: ChannelCurve) -> Curve:
    said = dict(entry.fit["most_likely"])
    assert said.pop("family") == "hill"
    return Hill(**said)


def covered(made: Simulated, curves: CurveSet) -> float:
    """How often the 90 % interval of conversions holds the truth."""
    held = []
    for entry in curves:
        at = MULTIPLES * (entry.current_spend or 0.0)
        low, high = np.quantile([draw.response(at) for draw in entry.draws], [0.05, 0.95], axis=0)
        truth = made.truth.curves[entry.channel].response(at)
        held.append((low <= truth) & (truth <= high))
    return float(np.mean(held))


def moved_without_signal(seed: int) -> float:
    """Share of the budget that moves where conversions do not care about spend."""
    curves = fit_curves(simulate_history("no_signal", seed=seed).history)
    today = today_of(curves)
    return share_moved(best_split(curves, today, rules=hold_rules(curves)), today)


def judged_straight(seed: int) -> tuple[float, float]:
    """Of straight lines: share told as such, and the farthest spend over the highest observed."""
    curves = fit_curves(simulate_history("linear", seed=seed).history)
    told = [entry.evidence.within_observed for entry in curves]
    limits = [
        Rule(
            "extrapolation",
            1.0 if entry.evidence.within_observed else 1.25,
            (entry.channel,),
            path=f"extrapolation.{entry.channel}",
        )
        for entry in curves
    ]
    split = best_split(curves, today_of(curves), rules=limits)
    observed = np.array([entry.max_observed_spend for entry in curves], dtype=float)
    return float(np.mean(told)), float((split / observed).max())


def speed(series: int, workers: int) -> tuple[float, float]:
    """Seconds for a history of many channels of 104 weeks, and MB of all processes at their peaks.

    Imports are not counted: a small fit goes before.
    """
    import pandas as pd

    frames = []
    for number in range(-(-series // 20)):
        frame = simulate_history("steady", channels=min(series, 20), seed=number).frame
        frames.append(frame.assign(channel=frame["channel"] + f"_{number}"))
    history = panels(pd.concat(frames), 7)
    fit_curves(simulate_history("steady", channels=3).history)
    started = time.perf_counter()
    fit_curves(history, FitOptions(workers=workers))
    seconds = time.perf_counter() - started
    return seconds, _peaks()


def _peaks() -> float:
    """MB of this process and of those that it started, each at its own peak (Linux)."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if str(os.getpid()) in (said["Pid"].strip(), said["PPid"].strip()):
                total += float(said.get("VmHWM", "0 kB").split()[0]) / 1024
    return total


def sample_uplift(seed: int) -> tuple[bool, float]:
    """A sample history's plan: whether the interval of its uplift holds the truth, and its odds.

    Returns
    -------
    whether the 90 % interval of revenue's uplift holds what the plan truly brings, and the share
    of draws in which it is better than today
    """
    made = sample_history(seed=seed)
    curves = fit_curves(made.history)
    today = today_of(curves)
    split = best_split(curves, today, rules=hold_rules(curves))
    gain = np.zeros(FitOptions.draws)
    for entry, before, after in zip(curves, today, split, strict=True):
        at_draws = responses(entry.draws, [before, after])
        gain += (at_draws[:, 1] - at_draws[:, 0]) * (entry.value_per_conversion or 0.0)
    truly = true_value(made, split) - true_value(made, today)
    low, high = np.quantile(gain, [0.05, 0.95])
    return bool(low <= truly <= high), float((gain > 0).mean())


def print_captured(pool: Any, kinds: Sequence[str], seeds: range) -> None:
    print(f"captured gain: median / 10th percentile, {len(seeds)} seeds from {seeds[0]}")
    print(f"{'kind':11}" + "".join(f"{way:>17}" for way in WAYS) + "  to gain  interval")
    for kind in kinds:
        results: Any = pool(delayed(measure)(kind, seed) for seed in seeds)
        columns = np.array([result.captured for result in results]).T
        figures = "".join(
            f"{np.median(column):9.3f} / {np.quantile(column, 0.1):5.3f}" for column in columns
        )
        potential = np.median([result.potential for result in results])
        interval = np.mean([result.covered for result in results])
        print(f"{kind:11}{figures}{potential:9.1%}{interval:10.1%}", flush=True)


def print_verdicts(pool: Any, seeds: range) -> None:
    moved: Any = pool(delayed(moved_without_signal)(seed) for seed in seeds)
    most, mean = max(moved), np.mean(moved)
    print(f"no signal: at most {most:.1%} of the budget moves, {mean:.1%} on average")
    straight: Any = pool(delayed(judged_straight)(seed) for seed in seeds)
    told, farthest = np.array(straight).T
    print(
        f"linear: 'no saturation seen' for {told.mean():.1%} of channels; "
        f"farthest {farthest.max():.2f} of the highest observed spend"
    )


def print_sample(pool: Any, seeds: range) -> None:
    found: Any = pool(delayed(sample_uplift)(seed) for seed in seeds)
    held, odds = np.array(found).T
    print(
        f"sample histories: the 90 % interval of the plan's uplift holds the truth in "
        f"{held.mean():.1%}; better than today in {odds.mean():.1%} of the draws"
    )


def print_speed(series: int, workers: int) -> None:
    for count, shared in ((8, 1), (series, workers)):
        seconds, memory = speed(count, shared)
        print(
            f"{count} series of 104 weeks, 200 draws, {shared} workers: {seconds:.1f} s "
            f"({seconds / count * 1000:.0f} ms each), at most {memory:.0f} MB"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--kinds", default=",".join(JUDGED))
    options.add_argument("--series", type=int, default=1000)
    options.add_argument("--parts", default="captured,verdicts,sample,speed")
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    pool = Parallel(chosen.workers)
    parts = {
        "captured": lambda: print_captured(pool, chosen.kinds.split(","), seeds),
        "verdicts": lambda: print_verdicts(pool, seeds),
        "sample": lambda: print_sample(pool, seeds),
        "speed": lambda: print_speed(chosen.series, chosen.workers),
    }
    for part in chosen.parts.split(","):
        parts[part]()


if __name__ == "__main__":
    main()
