"""Problems with many rules, sure plans, contradictions, and very many channels: time and proof.

    python -m benchmarks.ruled              all cases, 5 seeds: minutes
    python -m benchmarks.ruled --seeds 20 --cases groups

Claimed: 20 groups, CPA caps on half the channels and `max_changed` at 50 channels within 5 s; CVaR
over 200 draws at 50 channels within 3 s; 10,000 concave channels within 5 s and 1 GB. How long a
contradiction among 100 rules takes to explain is printed beside them; nothing is claimed of it.
Curves are Hill curves, half of them S-shaped where not said otherwise.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.optimizer import programme_of, random_task
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from optimizer.allocation import Allocation
from optimizer.allocator import allocate
from optimizer.problem import Problem, Risk
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule, RuleKind
from optimizer.search.sandwich import sandwich

CHANNELS, GROUPS, DRAWS, DAYS = 50, 20, 200, 28.0


CHANGES: tuple[tuple[RuleKind, float], ...] = (("change_from", -0.5), ("change_to", 0.5))


@dataclass(frozen=True)
class Case:
    """What is solved, and what is claimed of its time in seconds; None: nothing is."""

    name: str
    run: Callable[[int], str]
    claimed: float | None


def curves_of(seed: int, s_shaped: float, draws: int = 0) -> CurveSet:
    """Random channels around today's spend, a share of them S-shaped."""
    rng = np.random.default_rng(seed)
    entries = []
    for k in range(CHANNELS):
        now = float(1000 * rng.lognormal(0, 0.8))
        slope = rng.uniform(1.5, 3.5) if k < s_shaped * CHANNELS else rng.uniform(0.5, 1.0)
        ceiling, half = now * rng.uniform(0.02, 0.1), now * rng.uniform(0.3, 3)
        doubts = rng.lognormal(0, 0.2, (draws, 2))
        entries.append(
            ChannelCurve(
                f"channel{k}", Hill(ceiling, half, slope), current_spend=now,
                value_per_conversion=float(rng.uniform(40, 120)),
                max_observed_spend=2 * now,
                draws=tuple(Hill(ceiling * a, half * b, slope) for a, b in doubts.tolist()),
            )
        )  # fmt: skip
    return CurveSet(tuple(entries), period_days=7)


def money(curves: CurveSet) -> float:
    """Today's spend over the horizon."""
    return sum(entry.current_spend or 0.0 for entry in curves) * DAYS / curves.period_days


def grouped(seed: int, most_changed: int = 20) -> Problem:
    """Overlapping groups with shares and minimums, CPA caps on every other channel."""
    curves, rng = curves_of(seed, 0.5), np.random.default_rng(seed + 1)
    budget, periods = money(curves), DAYS / curves.period_days
    rules = [Rule("max_changed", float(most_changed), (), path="portfolio.max_changed")]
    for name in curves.names:
        rules.append(Rule("change_from", -0.6, (name,), path=f"{name}.change"))
        rules.append(Rule("change_to", 1.0, (name,), path=f"{name}.change"))
    for name in curves.names[::2]:
        entry = curves[name]
        spend = entry.current_spend or 0.0
        cpa = spend / float(entry.curve.response(spend))
        rules.append(Rule("max_cpa", cpa * rng.uniform(1.0, 1.5), (name,), path=f"{name}.max_cpa"))
    for k in range(GROUPS):
        members = tuple(sorted(map(str, rng.choice(curves.names, 5, replace=False))))
        today = sum(curves[name].current_spend or 0.0 for name in members) * periods
        share = today / budget
        rules.append(Rule("min_share", share * rng.uniform(0.6, 0.9), members, path=f"g{k}.min"))
        rules.append(Rule("max_share", share * rng.uniform(1.1, 1.6), members, path=f"g{k}.max"))
    return Problem(curves, budget, DAYS, "revenue", tuple(rules))


def _proof(found: Allocation) -> str:
    if found.certificate is None:
        return found.status
    proof = found.certificate
    return f"{found.status}, gap {proof.gap:.1e}, {proof.binaries} binaries"


def groups(seed: int) -> str:
    return _proof(allocate(grouped(seed), Settings(time_limit=60)))


def cvar(seed: int, s_shaped: float) -> str:
    curves = curves_of(seed, s_shaped, DRAWS)
    rules = tuple(
        Rule(kind, limit, (name,), path=f"{name}.change")
        for name in curves.names
        for kind, limit in CHANGES
    )
    problem = Problem(curves, money(curves), DAYS, "revenue", rules, risk=Risk("cvar", 0.9))
    return _proof(allocate(problem, Settings(gap=1e-3, time_limit=60)))


def contradiction(seed: int) -> str:
    """The grouped problem with a minimum that its own maximum share forbids."""
    problem = grouped(seed)
    share = next(rule for rule in problem.rules if rule.kind == "max_share")
    least = Rule(
        "min_spend", 1.05 * share.limit * problem.total.maximum, share.channels, path="g0.min_spend"
    )
    wish = Problem(problem.curves, problem.budget, DAYS, "revenue", (*problem.rules, least))
    conflict = allocate(wish, Settings(time_limit=60)).conflict
    assert conflict is not None
    ways = len(conflict.relaxations)
    return f"{len(wish.rules)} rules, {len(conflict.rules)} contradict, {ways} ways out"


def many(seed: int, gap: float) -> str:
    found = sandwich(programme_of(random_task(10_000, "concave", "wide", seed)), Settings(gap=gap))
    return f"{found.status}, gap {found.gap:.1e}"


CASES = {
    "groups": (Case("20 groups, caps, max_changed", groups, 5.0),),
    "cvar": (
        Case("CVaR, 200 draws, concave", lambda seed: cvar(seed, 0.0), 3.0),
        Case("CVaR, 200 draws, half S", lambda seed: cvar(seed, 0.5), 3.0),
    ),
    "conflict": (Case("a contradiction explained", contradiction, None),),
    "many": (
        Case("10,000 concave, gap 1e-4", lambda seed: many(seed, 1e-4), 5.0),
        Case("10,000 concave, gap 1e-6", lambda seed: many(seed, 1e-6), 5.0),
    ),
}


def main() -> None:
    """Print the table: a line for each case, with the proof of its slowest seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    options = parser.parse_args()
    sandwich(programme_of(random_task(5, "mixed", "wide", 0)))  # imports, not timed
    print(f"{'case':30}{'median s':>10}{'most s':>9}{'claimed':>9}{'MB':>7}  slowest seed")
    for case in (case for name in options.cases for case in CASES[name]):
        runs = []
        for seed in range(options.seeds):
            start = time.perf_counter()
            outcome = case.run(seed)
            runs.append((time.perf_counter() - start, outcome))
        seconds = [taken for taken, _ in runs]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        claimed = "" if case.claimed is None else f"{case.claimed:.0f}"
        print(
            f"{case.name:30}{np.median(seconds):10.2f}{max(seconds):9.2f}{claimed:>9}"
            f"{memory:7.0f}  {max(runs)[1]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
