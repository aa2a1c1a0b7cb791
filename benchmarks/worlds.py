"""Plans on worlds whose truth was made in other ways: what do the defaults really earn?

    python -m benchmarks.worlds [--set judged|tuned] [--seeds 8] [--workers 1] [--kinds short,thin]
        [--unusable hold,free] [--foreign FOLDER]

Every history is fitted and planned as a user would: today's budget, each channel within +-50 % of
today, everything else by default; and once more for every other `unusable` named. Kinds and seeds
are of two sets, fixed before any tuning: `TUNED` is for choosing, `JUDGED` for reporting.

- *captured*: (true value of a plan - today's) / (true value of the best split - today's), median
  and 10th percentile; *money*: all gains of the kind over all that was to be gained.
- *negative*: share of plans that lose, and the worst loss as a share of the KPI.
- *return*: fitted over true return by channel, median.
- *holds*: how often 90 % intervals hold the truth: return, response at 0.5 to 1.5 times today's
  spend, marginal return today, and what all media bring together.
- *promised*: promised over true gain, summed; *Brier* of "better than today in x % of draws".
- *sorted*: root mean square error of the log marginal return of usable, weak and unusable channels.

`--foreign` reads a folder of histories made elsewhere: ``NAME.csv`` (date, kpi, ``X_spend`` by
channel, controls) beside ``NAME.json`` (``ch``, ``controls``, ``roi`` by channel).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.curves.bank import marginals, responses
from models.curves.curveset import CurveSet
from models.curves.file import save_curves
from models.datasets.mix_worlds import KINDS, simulate_world
from models.datasets.simulated_channels import Simulated, simulate_history
from models.fit.entry import fit_curves
from models.fit.request import FitRequest, fit_as_asked
from models.history.history import History
from models.history.read import HistorySpec, read_history
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence, plan_on

Array = NDArray[np.floating]
Response = Callable[[Array], Array]
CHANGE = 0.5
STEPS = 400  # of today's budget, in which the best split is sought
MULTIPLES = np.array([0.5, 0.75, 1.0, 1.25, 1.5])
# Named before anything was tuned on them. Kinds that begin with nothing have no signal.
# Seeds 100 and 700 onwards were used up for the choices and the table of the first time.
TUNED = {
    "kinds": (
        *("noisy_prices", "bursts", "promotions", "follows_sales", "slow_errors"),
        *("unseen_demand", "nothing_white"),
    ),
    "channels": ("steady", "thin"),
    "first": 300,
}
JUDGED = {
    "kinds": (
        *("delayed", "weibull", "christmas", "multiplicative", "slow_errors", "level_shift"),
        *("short", "unseen_demand", "search_follows", "slow_weibull", "reach_bursts"),
        *("nothing_slow", "nothing_promotions", "nothing_shift", "nothing_unseen"),
    ),
    "channels": ("s_shaped", "carry_over", "confounded", "outages", "weekdays", "thin"),
    "first": 1700,
}
COLUMNS = (
    "{:20}{:>6}{:>6}{:>6}{:>6}{:>7}{:>7}  {:>5}{:>5}{:>5}{:>6}{:>8}{:>6}  {:>4}/{:>4}/{:>4}{:>6}"
)
HEADINGS = (
    *("kind", "capt.", "p10", "money", "neg.", "worst", "return"),
    *("ret", "resp", "marg", "media", "promised", "Brier", "u", "w", "un", "s"),
)


@dataclass(frozen=True)
class World:
    """A history and its truth, KPI or revenue per fit period.

    Parameters
    ----------
    response : of each channel to a steady spend
    returns : KPI that each channel brought per money it spent; None: as `response` says today
    media : what all media brought in an average period; None: as `response` says today
    """

    history: History
    response: Mapping[str, Response]
    returns: Mapping[str, float] | None = None
    media: float | None = None


@dataclass(frozen=True)
class Outcome:
    """One plan: its gain and the promised one, per fit period; how often it was to beat today."""

    gain: float
    promised: float
    odds: float
    moved: float


@dataclass(frozen=True)
class Judged:
    """One world, fitted and planned.

    Parameters
    ----------
    base, best : what today's split and the best one truly bring, per fit period
    plans : by what `unusable` said
    returns : fitted over true, by channel
    holds : by what an interval is of, whether it holds the truth
    errors : log of fitted over true marginal return, by verdict
    """

    kind: str
    base: float
    best: float
    plans: Mapping[str, Outcome]
    returns: Sequence[float]
    holds: Mapping[str, Sequence[bool]]
    errors: Mapping[str, Sequence[float]]
    seconds: float


def world_of(kind: str, seed: int) -> World:
    """A world of a kind of mix, or of a kind of per-channel history."""
    if kind in KINDS:
        made = simulate_world(kind, seed)
        spend = made.history.spend.mean()
        returns = {name: brought / spend[name] for name, brought in made.contributions.items()}
        responses_of = {name: true.response for name, true in made.truth.items()}
        return World(made.history, responses_of, returns, sum(made.contributions.values()))
    weeks = 60 if kind == "thin" else 104
    tidy = simulate_history(kind, weeks=weeks, seed=seed)  # type: ignore[arg-type]
    return World(tidy.history, {name: _earning(tidy, name) for name in tidy.truth.curves})


def _earning(made: Simulated, name: str) -> Response:
    curve, value = made.truth.curves[name], made.truth.values[name]
    return lambda spend: value * curve.response(spend)


def best_gain(world: World, today: Mapping[str, float]) -> tuple[float, float]:
    """True value of today's split and of the best within the limits, by dynamic programming."""
    unit = sum(today.values()) / STEPS
    reach = np.full(STEPS + 1, -np.inf)
    reach[0] = 0.0
    base = 0.0
    for name, money in today.items():
        base += float(world.response[name](np.array([money]))[0])
        low, high = (1 - CHANGE) * money, (1 + CHANGE) * money
        steps = np.arange(int(low // unit), int(np.ceil(high / unit)) + 1)
        worth = world.response[name](np.clip(steps * unit, low, high))
        ahead = np.full(STEPS + 1, -np.inf)
        for step, value in zip(steps, worth, strict=True):
            if step <= STEPS:
                ahead[step:] = np.maximum(ahead[step:], reach[: STEPS + 1 - step] + value)
        reach = ahead
    return base, max(base, float(reach[-1]))


def planned(curves: CurveSet, world: World, unusable: str, base: float) -> Outcome:
    """The plan that a scenario file of five lines makes on these curves."""
    with tempfile.TemporaryDirectory() as folder:
        save_curves(curves, Path(folder) / "curves.json")
        path = Path(folder) / "plan.yaml"
        rules = f"{{change: [-{CHANGE:.0%}, +{CHANGE:.0%}], unusable: {unusable}}}"
        text = "curves: curves.json\nbudget: current\nperiod: {days: 364}\n"
        path.write_text(f"{text}defaults: {rules}\n", encoding="utf-8")
        plan = plan_on(Scenario.load(path), Evidence(curves, None, ()), costs=False)
    assert plan.current is not None
    assert plan.proposed is not None
    measure = "revenue" if plan.current.revenue is not None else "conversions"
    periods = plan.period.days / curves.period_days
    split = {row.channel: row.spend / periods for row in plan.channels}
    value = sum(float(world.response[n](np.array([x]))[0]) for n, x in split.items())
    promised = (getattr(plan.proposed, measure) - getattr(plan.current, measure)) / periods
    odds = plan.confidence.beats_current if plan.confidence else 1.0
    moved = sum(abs(row.spend - (row.current_spend or 0.0)) for row in plan.channels) / 2.0
    return Outcome(value - base, promised, odds, moved / plan.current.spend)


def judge(kind: str, seed: int, ways: Sequence[str], world: World | None = None) -> Judged:
    """Fit one world and plan on it."""
    world = world or world_of(kind, seed)
    started = time.process_time()
    curves = fit_as_asked(world.history, world.history, FitRequest())
    seconds = time.process_time() - started
    today = {entry.channel: entry.current_spend or 0.0 for entry in curves}
    base, best = best_gain(world, today)
    plans = {way: planned(curves, world, way, base) for way in ways}
    returns, errors = [], {"usable": [], "weak": [], "unusable": []}
    holds: dict[str, list[bool]] = {"return": [], "response": [], "marginal": [], "media": []}
    together, has_signal = np.zeros(FitOptions().draws), best > base
    for entry in curves if has_signal else ():
        value, money = entry.value_per_conversion or 1.0, today[entry.channel]
        true = world.response[entry.channel]
        at = np.concatenate([MULTIPLES, [0.999, 1.001]]) * money
        *truth, below, above = true(at)
        marginal = (above - below) / (0.002 * money)
        drawn = value * responses(entry.draws, at[:5])
        slopes = value * marginals(entry.draws, [money])[:, 0]
        if world.returns is None:
            own = np.quantile(drawn[:, 2], [0.05, 0.5, 0.95]) / money
            expected = truth[2] / money
        else:
            own, expected = entry.fit["return"], world.returns[entry.channel]
        together += drawn[:, 2]
        returns.append(own[1] / expected)
        holds["return"].append(own[0] <= expected <= own[2])
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        holds["response"].extend((low <= truth) & (truth <= high))
        low, high = np.quantile(slopes, [0.05, 0.95])
        holds["marginal"].append(low <= marginal <= high)
        found = value * float(entry.curve.marginal(money))
        errors[entry.evidence.verdict].append(float(np.log(found / marginal)))
    if has_signal:
        holds["media"].append(_holds_media(world, curves, together, base))
    return Judged(kind, base, best, plans, returns, holds, errors, seconds)


def _holds_media(world: World, curves: CurveSet, together: Array, base: float) -> bool:
    """Whether the interval of what all media bring holds the truth."""
    if world.media is None:
        low, high = np.quantile(together, [0.05, 0.95])
        return bool(low <= base <= high)
    kpi = world.history.metrics[world.history.kpi]["total"].mean()
    low, _, high = curves.channels[0].fit["baseline_share"]
    return bool(low <= 1.0 - world.media / kpi <= high)


def row_of(kind: str, found: Sequence[Judged], way: str) -> str:
    """One line of the table."""
    plans = [one.plans[way] for one in found]
    gains = np.array([plan.gain for plan in plans])
    bases = np.array([one.base for one in found])
    if kind.startswith("nothing"):
        moved = np.array([plan.moved for plan in plans])
        return f"{kind:20} moves in {np.mean(moved > 1e-4):.0%}, {moved.mean():.1%} of the budget"
    ahead = np.array([one.best - one.base for one in found])
    captured = gains / ahead
    promised = sum(plan.promised for plan in plans) / gains.sum() if gains.sum() else np.nan
    went = [(plan.odds, plan.gain > 0) for plan in plans if plan.moved > 1e-4]
    brier = np.mean([(odds - won) ** 2 for odds, won in went]) if went else np.nan
    spread = [_root_mean_square(_of_all(one.errors[v] for one in found)) for v in found[0].errors]
    held = [np.mean(_of_all(one.holds[key] for one in found)) for key in found[0].holds]
    losses = (gains / bases).min()
    returns = np.median(_of_all(one.returns for one in found))
    return COLUMNS.format(
        kind,
        *(f"{np.median(captured):.2f}", f"{np.quantile(captured, 0.1):.2f}"),
        *(f"{gains.sum() / ahead.sum():.2f}", f"{np.mean(gains < -1e-9 * bases):.0%}"),
        *(f"{min(0.0, losses):.1%}", f"{returns:.2f}"),
        *(f"{share:.2f}" for share in held),
        f"{promised:.2f}",
        f"{brier:.2f}",
        *(f"{error:.2f}" for error in spread),
        f"{np.median([one.seconds for one in found]):.1f}",
    )


def _of_all(lists: Iterable[Sequence[float]]) -> list[float]:
    return list(chain.from_iterable(lists))


def _root_mean_square(errors: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else np.nan


def print_table(found: Sequence[Judged], ways: Sequence[str]) -> None:
    for way in ways:
        print(f"\nunusable: {way}\n" + COLUMNS.format(*HEADINGS))
        for kind in dict.fromkeys(one.kind for one in found):
            print(row_of(kind, [one for one in found if one.kind == kind], way))
        signal = [o for o in found if not o.kind.startswith("nothing")]
        print(row_of("all with a signal", signal, way), flush=True)


@dataclass(frozen=True)
class Foreign:
    """Of one history made elsewhere: fitted over true return, whether intervals hold the truth."""

    name: str
    returns: Mapping[str, float]
    holds: Mapping[str, bool]
    verdicts: Mapping[str, str] = field(default_factory=dict)


def judge_foreign(path: Path) -> Foreign:
    """Fit one history of a foreign set."""
    known: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    spend = {name: f"{name}_spend" for name in known["ch"]}
    controls = tuple(known.get("controls", ()))
    spec = HistorySpec(
        file=path, shape="mix", date="date", kpi="kpi", spend=spend, controls=controls
    )
    curves = fit_curves(read_history(spec))
    pairs = [
        (known["roi"][entry.channel], entry) for entry in curves if known["roi"][entry.channel]
    ]
    return Foreign(
        path.stem,
        {e.channel: e.fit["return"][1] / true for true, e in pairs},
        {e.channel: e.fit["return"][0] <= true <= e.fit["return"][2] for true, e in pairs},
        {e.channel: e.evidence.verdict for _, e in pairs},
    )


def print_foreign(folder: Path) -> None:
    found = [judge_foreign(path) for path in sorted(folder.glob("*.csv"))]
    for one in found:
        words = (f"{n} {r:.2f} {one.verdicts[n]}" for n, r in one.returns.items())
        print(f"{one.name:32}", ", ".join(words))
    ratios = [ratio for one in found for ratio in one.returns.values()]
    held = [holds for one in found for holds in one.holds.values()]
    print(
        f"return over truth {np.median(ratios):.2f} at the median; 90 % intervals hold "
        f"{sum(held)} of {len(held)}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", choices=("judged", "tuned"), default="judged")
    options.add_argument("--seeds", type=int, default=8)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--kinds")
    options.add_argument("--unusable", default="hold,free")
    options.add_argument("--foreign", type=Path)
    chosen = options.parse_args()
    if chosen.foreign:
        print_foreign(chosen.foreign)
        return
    which = TUNED if chosen.set == "tuned" else JUDGED
    kinds = chosen.kinds.split(",") if chosen.kinds else (*which["kinds"], *which["channels"])
    ways = chosen.unusable.split(",")
    first = which["first"]
    jobs = [(kind, seed) for kind in kinds for seed in range(first, first + chosen.seeds)]
    found: Any = Parallel(chosen.workers)(delayed(judge)(k, s, ways) for k, s in jobs)
    print_table(found, ways)


if __name__ == "__main__":
    main()
