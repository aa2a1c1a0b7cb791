"""Mix fits on simulated histories of known truth: is the recommended split any good?

    python -m benchmarks.mix [--seeds 40] [--first 5000] [--spread 0.9] [--workers 2] [--ceiling]
    python -m benchmarks.mix --no-signal [--seeds 20] [--first 6000]

Five channels, 130 weeks, one KPI with 4 % noise over a seasonal, trending baseline one to two
times as large as all channels together; two channels dark a quarter of the weeks. Every split
has today's budget and leaves each channel within +-50 % of today.

*Captured gain* is (true value of a split - today's) / (true value of the best split - today's).
It is compared for: the mean of the draws' curves (what `fit_mix` gives, as the nearest Hill
curve), the curve of the draws' mean parameters, a plain maximum-a-posteriori fit, and the rule of
thumb "money to the best average ROAS". `--ceiling` adds what one would capture who knows the
simulator and every distribution that it draws from (`benchmarks.mix_ceiling`, some ten seconds a
seed): no fit of the same histories can gain more on average. Coverage is that of the 90 % interval
of a channel's response at 0.5 to 1.5 times today's spend, and of its share of the KPI.

`--no-signal` asks instead how much of the budget moves, under the rules of a plan, where no
channel brings anything.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.mix_ceiling import Oracle
from benchmarks.splits import best_roas_split, best_split, hold_rules, share_moved
from models.curves.composed import Tabulated
from models.curves.curveset import CurveSet
from models.curves.families import Curve, Hill
from models.datasets.simulated_mix import RETURN_SPREAD, SimulatedMix, simulate_mix
from models.history.history import History
from models.mix_fit.media_mix import fit_mix
from models.mix_fit.priors import baseline_terms
from models.transforms.adstock import geometric

Array = NDArray[np.floating]
WAYS = ("mean of the draws' curves", "curve of the mean parameters", "plain MAP", "best ROAS rule")
CEILING = "who knows the simulator"
NOISE = 0.04
MULTIPLES = (0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True)
class Result:
    """One seed: captured gain by way, what there was to gain, coverages, seconds of one fit."""

    captured: tuple[float, ...]
    potential: float
    coverage: float
    share_coverage: float
    seconds: float
    ceiling_coverage: float | None = None


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
        error = (kpi - media - terms @ rest) / (NOISE * level)
        return np.concatenate([error, (theta[: 3 * channels] - prior) / spread, rest])

    start = np.concatenate([prior, np.zeros(terms.shape[1])])
    start[3 * channels] = 0.6 * level / baseline.sd[0]
    return curves(least_squares(residuals, start, max_nfev=60).x)


def oracle_curves(simulated: SimulatedMix, spread: float) -> tuple[list[Curve], float]:
    """The mean curves of one who knows the simulator, and how often 90 % intervals hold."""
    today = np.array([entry.current_spend for entry in simulated.truth], dtype=float)
    spend = np.linspace(0.5, 1.5, 51)[:, None] * today
    draws = Oracle(simulated, spread).responses(spend, seed=0)
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    pairs = zip(simulated.truth, spend.T, strict=True)
    truth = np.stack([entry.curve.response(x) for entry, x in pairs], axis=1)
    covered = float(np.mean((low <= truth) & (truth <= high)))
    points = np.concatenate(
        [np.zeros((1, len(today), 2)), np.stack([spend, draws.mean(axis=0)], 2)]
    )
    tables = [Tabulated(tuple(map(tuple, own))) for own in points.swapaxes(0, 1).tolist()]
    return list(tables), covered


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


def moved_without_signal(seed: int) -> float:
    """Share of the budget that moves where the KPI is nothing but its baseline and noise."""
    made = simulate_mix(seed)
    rng = np.random.default_rng(seed)
    kpi = made.baseline * (1.0 + NOISE * rng.standard_normal(len(made.baseline)))
    panel = made.history.metrics["conversions"].assign(total=kpi)
    curves = fit_mix(replace(made.history, metrics={"conversions": panel}), check=False)
    today = np.array([entry.current_spend for entry in curves], dtype=float)
    return share_moved(best_split(curves, today, "conversions", hold_rules(curves)), today)


def measure(seed: int, spread: float, ceiling: bool = False) -> Result:
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
    ceiling_coverage = None
    if ceiling:
        known, ceiling_coverage = oracle_curves(simulated, spread)
        splits.append(best_split(with_curves(curves, known), today, "conversions"))
    base = true_value(truth, today)
    best = best_split(truth, today, "conversions")
    gain = true_value(truth, best) - base
    captured = tuple((true_value(truth, split) - base) / gain for split in splits)
    return Result(captured, gain / base, *coverage(simulated, curves), seconds, ceiling_coverage)


def print_results(results: Sequence[Result]) -> None:
    """Captured gain by way, coverages, seconds."""
    captured = np.array([result.captured for result in results])
    print(f"captured gain, {len(results)} seeds          median   10th percentile   mean")
    for name, column in zip((*WAYS, CEILING), captured.T, strict=False):
        low, median = np.quantile(column, [0.1, 0.5])
        print(f"{name:32} {median:10.2f} {low:17.2f} {column.mean():6.2f}")
    for name, key in (
        ("there was to gain, median", "potential"),
        ("90 % interval of responses holds", "coverage"),
        ("90 % interval of shares holds", "share_coverage"),
        ("that of who knows the simulator", "ceiling_coverage"),
    ):
        values = [getattr(result, key) for result in results]
        if None in values:
            continue
        value = np.median(values) if key == "potential" else np.mean(values)
        print(f"{name:34} {value:8.1%}")
    print(f"{'one fit with 200 draws, median':34} {np.median([r.seconds for r in results]):6.2f} s")


def main() -> None:
    from joblib import Parallel, delayed

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=40)
    options.add_argument("--first", type=int, default=5000)
    options.add_argument("--spread", type=float, default=RETURN_SPREAD)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--ceiling", action="store_true")
    options.add_argument("--no-signal", action="store_true")
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    pool = Parallel(chosen.workers)
    if chosen.no_signal:
        moved = cast(list[float], pool(delayed(moved_without_signal)(seed) for seed in seeds))
        print(
            f"no signal, {chosen.seeds} seeds: at most {max(moved):.1%} of the budget moves, "
            f"{np.mean(moved):.1%} on average"
        )
        return
    jobs = (delayed(measure)(seed, chosen.spread, chosen.ceiling) for seed in seeds)
    print_results(cast(list[Result], pool(jobs)))


if __name__ == "__main__":
    main()
