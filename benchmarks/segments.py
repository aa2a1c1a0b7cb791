"""Tidy segments drawn together or each fitted alone: which is nearer the truth?

    python -m benchmarks.segments [--seeds 20] [--first 0] [--workers 2]

Six segments of four channels over two years, conversions counted per channel; the same channel
works nearly alike in all segments (`models.datasets.simulated_mix.simulate_segments`), its return
differing by 20 % or by 50 %. In a second run the first two segments began only half a year ago.

*Slope* is the mean absolute error of the logarithm of a curve's slope at today's spend, *interval*
how often the 90 % interval of conversions at 0.5 to 1.5 times today's spend holds the truth,
*captured gain* as in `benchmarks.mix`, over all segments and channels at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.splits import best_split
from models.curves.curveset import CurveSet
from models.datasets.simulated_mix import attributed, simulate_segments
from models.fit.entry import fit_curves
from models.fit.segments import fit_segments, joined
from models.history.history import History

Array = NDArray[np.floating]
MULTIPLES = np.array([0.5, 0.75, 1.0, 1.25, 1.5])
SHORT, WEEKS, SHORT_WEEKS = 2, 104, 26


def judged(truth: CurveSet, curves: CurveSet, count: int) -> tuple[Array, Array]:
    """Error of the slope and share of intervals that hold, of the first `count` curves."""
    slopes, held = [], []
    for true, entry in list(zip(truth, curves, strict=True))[:count]:
        assert true.current_spend is not None
        found, known = (one.curve.marginal(true.current_spend) for one in (entry, true))
        slopes.append(abs(np.log(found / known)))
        at = MULTIPLES * true.current_spend
        low, high = np.quantile([draw.response(at) for draw in entry.draws], [0.05, 0.95], axis=0)
        held.append((low <= true.curve.response(at)) & (true.curve.response(at) <= high))
    return np.array(slopes), np.array(held)


def value(truth: CurveSet, split: Array) -> float:
    return sum(float(entry.curve.response(x)) for entry, x in zip(truth, split, strict=True))


def measure(seed: int, spread: float, short: int) -> Array:
    """For alone and together: slope error, interval, captured gain."""
    made = simulate_segments(seed, segments=6, channels=4, weeks=WEEKS, spread=spread)
    rng = np.random.default_rng([seed, 1])
    histories = {
        name: attributed(one, SHORT_WEEKS if number < short else WEEKS, rng)
        for number, (name, one) in enumerate(made.items())
    }
    truth = joined({name: one.truth for name, one in made.items()})
    count = 4 * short if short else len(truth.channels)
    today = np.array([entry.current_spend for entry in truth], dtype=float)
    base = value(truth, today)
    gain = value(truth, best_split(truth, today, "conversions")) - base
    rows = []
    for found in (_alone(histories), joined(fit_segments(histories))):
        slopes, held = judged(truth, found, count)
        split = best_split(found, today, "conversions")
        rows.append([slopes.mean(), held.mean(), (value(truth, split) - base) / gain])
    return np.array(rows)


def _alone(histories: Mapping[str, History]) -> CurveSet:
    return joined({name: fit_curves(history) for name, history in histories.items()})


def main() -> None:
    from joblib import Parallel, delayed

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--workers", type=int, default=2)
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    print(f"{chosen.seeds} seeds from {chosen.first}    slope  interval  captured: median   10th")
    for spread in (0.2, 0.5):
        for short in (0, SHORT):
            jobs = (delayed(measure)(seed, spread, short) for seed in seeds)
            found: Any = Parallel(chosen.workers)(jobs)
            for way, rows in zip(
                ("alone", "together"), np.array(found).swapaxes(0, 1), strict=True
            ):
                slope, held = rows[:, 0].mean(), rows[:, 1].mean()
                low, median = np.quantile(rows[:, 2], [0.1, 0.5])
                print(
                    f"returns differ by {spread:.0%}, {short} short, {way:9}"
                    f"{slope:7.3f}{held:9.1%}{median:14.3f}{low:8.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
