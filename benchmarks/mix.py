"""Mix fits on simulated histories of known truth: is the recommended split any good?

    python -m benchmarks.mix [--seeds 40] [--first 5000] [--spread 0.9] [--workers 2]

Five channels, 130 weeks, one KPI with 4 % noise over a seasonal, trending baseline one to two
times as large as all channels together; two channels dark a quarter of the weeks. Every split
has today's budget and leaves each channel within +-50 % of today.

*Captured gain* is (true value of a split - today's) / (true value of the best split - today's).
It is compared for: the mean of the draws' curves (what `fit_mix` gives, as the
nearest Hill curve), the curve of the draws'
mean parameters, a plain maximum-a-posteriori fit, and the rule of thumb "money to the best
average ROAS". Coverage is that of the 90 % interval of a channel's response at 0.5 to 1.5 times
today's spend, and of its share of the KPI.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.splits import best_roas_split, best_split
from models.adstock import geometric
from models.curves import Curve, Hill
from models.curveset import CurveSet
from models.history import History
from models.mix import fit_mix
from models.mix_design import baseline_terms
from models.simulate_mix import RETURN_SPREAD, SimulatedMix, simulate_mix

Array = NDArray[np.floating]
WAYS = ("mean of the draws' curves", "curve of the mean parameters", "plain MAP", "best ROAS rule")
MULTIPLES = (0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True)
class Result:
    """One seed: captured gain by way, what there was to gain, coverages, seconds of one fit."""

    captured: tuple[float, ...]
    potential: float
    coverage: float
    share_coverage: float
    seconds: float


def true_value(truth: CurveSet, split: Array) -> float:
    """KPI per period that a split really brings."""
    return sum(float(entry.curve.response(x)) for entry, x in zip(truth, split, strict=True))


def with_curves(curves: CurveSet, new: Sequence[Curve]) -> CurveSet:
    pairs = zip(curves, new, strict=True)
    return replace(curves, channels=tuple(replace(e, curve=c, draws=()) for e, c in pairs))


def mean_of_parameters(draws: Sequence[Curve]) -> Curve:
    """The one Hill curve whose parameters are the means of the draws'."""
    return Hill(*np.mean([list(draw.parameters.values()) for draw in draws], axis=0).tolist())


def plain_map(history: History) -> list[Curve]:
    """The single most likely fit under the same kind of weak priors, Hill with slope 1."""
    from scipy.optimize import least_squares

    spend = history.spend.to_numpy(float)
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    level, channels = kpi.mean(), spend.shape[1]
    usual = np.array([column[column > 0].mean() for column in spend.T])
    baseline = baseline_terms(history.dates, history.period_days, history.controls, level)
    terms = baseline.terms * baseline.sd
    prior = np.concatenate(
        [
            np.full(channels, np.log(0.4 * level / channels)),
            np.zeros(channels),
            np.full(channels, -0.8),
        ]
    )
    spread = np.repeat([1.0, 0.8, 1.0], channels)

    def curves(theta: Array) -> list[Curve]:
        amount, scale = np.exp(theta[:channels]), usual * np.exp(theta[channels : 2 * channels])
        return [Hill(2 * a, k, 1.0) for a, k in zip(amount, scale, strict=True)]

    def residuals(theta: Array) -> Array:
        decays = 1.0 / (1.0 + np.exp(-theta[2 * channels : 3 * channels]))
        media = sum(
            curve.response(geometric(column, decay))
            for curve, column, decay in zip(curves(theta), spend.T, decays, strict=True)
        )
        rest = theta[3 * channels :]
        error = (kpi - media - terms @ rest) / (0.04 * level)
        return np.concatenate([error, (theta[: 3 * channels] - prior) / spread, rest])

    start = np.concatenate([prior, np.zeros(terms.shape[1])])
    start[3 * channels] = 0.6 * level / baseline.sd[0]
    return curves(least_squares(residuals, start, max_nfev=60).x)


def coverage(simulated: SimulatedMix, curves: CurveSet) -> tuple[float, float]:
    """How often the 90 % intervals hold the truth: responses, shares of the KPI."""
    kpi = simulated.history.metrics["conversions"]["total"].mean()
    responses, shares = [], []
    for true, entry in zip(simulated.truth, curves, strict=True):
        assert true.current_spend is not None
        at = np.array(MULTIPLES) * true.current_spend
        low, high = np.quantile([draw.response(at) for draw in entry.draws], [0.05, 0.95], axis=0)
        truth = true.curve.response(at)
        responses.append((low <= truth) & (truth <= high))
        low, _, high = entry.fit["share_of_kpi"]
        shares.append(low <= simulated.contributions[true.channel].mean() / kpi <= high)
    return float(np.mean(responses)), float(np.mean(shares))


def measure(seed: int, spread: float) -> Result:
    """One history, fitted and judged in every way."""
    simulated = simulate_mix(seed, return_spread=spread)
    truth = simulated.truth
    today = np.array([entry.current_spend for entry in truth], dtype=float)
    started = time.perf_counter()
    curves = fit_mix(simulated.history, check=False)
    seconds = time.perf_counter() - started
    means = with_curves(curves, [mean_of_parameters(entry.draws) for entry in curves])
    plain = with_curves(curves, plain_map(simulated.history))
    splits = [best_split(one, today, "conversions") for one in (curves, means, plain)]
    returns = [float(e.curve.response(x)) / x for e, x in zip(curves, today, strict=True)]
    splits.append(best_roas_split(np.array(returns), today))
    base = true_value(truth, today)
    best = best_split(truth, today, "conversions")
    gain = true_value(truth, best) - base
    captured = tuple((true_value(truth, split) - base) / gain for split in splits)
    return Result(captured, gain / base, *coverage(simulated, curves), seconds)


def main() -> None:
    from joblib import Parallel, delayed

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=40)
    options.add_argument("--first", type=int, default=5000)
    options.add_argument("--spread", type=float, default=RETURN_SPREAD)
    options.add_argument("--workers", type=int, default=2)
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    jobs = (delayed(measure)(seed, chosen.spread) for seed in seeds)
    results = cast(list[Result], Parallel(chosen.workers)(jobs))
    captured = np.array([result.captured for result in results])
    print(f"captured gain, {chosen.seeds} seeds          median   10th percentile   mean")
    for name, column in zip(WAYS, captured.T, strict=True):
        low, median = np.quantile(column, [0.1, 0.5])
        print(f"{name:32} {median:10.2f} {low:17.2f} {column.mean():6.2f}")
    for name, key in (
        ("there was to gain, median", "potential"),
        ("90 % interval of responses holds", "coverage"),
        ("90 % interval of shares holds", "share_coverage"),
    ):
        values = [getattr(result, key) for result in results]
        value = np.median(values) if key == "potential" else np.mean(values)
        print(f"{name:34} {value:8.1%}")
    print(f"{'one fit with 200 draws, median':34} {np.median([r.seconds for r in results]):6.2f} s")


if __name__ == "__main__":
    main()
