"""Both sides of a price against solving again on both sides of the limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill, Logarithmic
from optimizer.allocation import RuleOutcome
from optimizer.allocator import allocate
from optimizer.problem import Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule, RuleKind

FINE = Settings(gap=1e-9)
STEP = 2e-4  # of a limit
NAMES = ("search", "social", "tv", "radio")
# Kinds of rules with channels and a limit that often binds, from the plan without the rule.
MAKERS: tuple[tuple[RuleKind, int, float, float], ...] = (
    ("min_spend", 1, 1.05, 1.4), ("max_spend", 1, 0.6, 0.95), ("min_spend", 2, 1.02, 1.2),
    ("max_spend", 2, 0.7, 0.98), ("min_share", 2, 1.02, 1.2), ("max_share", 2, 0.7, 0.98),
    ("max_cpa", 2, 0.85, 0.99), ("min_roas", 2, 1.01, 1.15), ("min_conversions", 2, 1.01, 1.1),
    ("change_from", 2, 1.02, 1.2), ("change_to", 2, 0.7, 0.98), ("extrapolation", 1, 0.6, 0.95),
    ("max_cpa", 1, 0.85, 0.99), ("min_conversions", 1, 1.02, 1.2),
)  # fmt: skip


def concave(rng: np.random.Generator, size: float) -> Curve:
    half, top = size * rng.uniform(0.4, 3), size * rng.uniform(0.03, 0.1)
    rows = np.column_stack([top * rng.lognormal(0, 0.3, 6), half * rng.lognormal(0, 0.3, 6)])
    steps = np.sort(rng.uniform(0.2, 1.0, 4))[::-1]
    bends = np.cumsum([0.0, *rng.uniform(0.3, 0.8, 4)]) * size
    table = np.column_stack([bends, np.concatenate([[0.0], np.cumsum(steps * np.diff(bends))])])
    makers = (
        lambda: Hill(top, half, float(rng.uniform(0.5, 1.0))),
        lambda: Exponential(top, half),
        lambda: Logarithmic(top / 2, half),
        lambda: Tabulated(tuple((x, 0.05 * y) for x, y in table.tolist())),
        lambda: Tabulated(tuple((x, 0.05 * y) for x, y in table.tolist())),
        lambda: Average(Exponential, rows),
        lambda: Average(Hill, np.column_stack([rows, rng.uniform(0.5, 1.0, 6)])),
    )
    return makers[int(rng.integers(len(makers)))]()


def problem_of(seed: int) -> Problem:
    """Four channels with one or two rules that bind for the most part."""
    rng = np.random.default_rng([seed, 5])
    entries = []
    for name in NAMES:
        now = float(1000 * rng.lognormal(0, 0.4))
        entries.append(
            ChannelCurve(
                name, concave(rng, now), value_per_conversion=float(rng.uniform(40, 80)),
                current_spend=now, max_observed_spend=now,
            )
        )  # fmt: skip
    curves = CurveSet(tuple(entries), period_days=28)
    total = sum(entry.current_spend or 0.0 for entry in entries)
    free = Problem(curves, total * float(rng.uniform(0.5, 1.2)), 28)
    plan = {row.channel: row.proposed for row in allocate(free).channels}
    rules = []
    for _ in range(int(rng.integers(1, 3))):
        kind, count, low, high = MAKERS[int(rng.integers(len(MAKERS)))]
        of = tuple(sorted(map(str, rng.choice(NAMES, count, replace=False))))
        spend = sum(plan[name].spend for name in of)
        conversions = sum(plan[name].conversions or 0.0 for name in of)
        revenue = sum(plan[name].revenue or 0.0 for name in of)
        now = sum(entry.current_spend or 0.0 for entry in entries if entry.channel in of)
        if spend <= 1e-3 * total:
            continue
        base = {
            "min_share": spend / free.total.maximum, "max_share": spend / free.total.maximum,
            "max_cpa": spend / conversions, "min_roas": revenue / spend,
            "min_conversions": conversions, "extrapolation": spend / now,
        }.get(kind, spend)  # fmt: skip
        limit = base * float(rng.uniform(low, high))
        if kind.startswith("change"):
            limit = limit / now - 1.0
        rules.append(Rule(kind, limit, of, path=f"{kind}-{len(rules)}"))
    return replace(free, rules=tuple(rules))


def on_a_kink(seed: int) -> Problem:
    """Tables alone, money that takes every channel just to a bend, and a rule that just touches."""
    rng = np.random.default_rng([seed, 6])
    entries = []
    for name in NAMES:
        bends = np.cumsum([0.0, *rng.uniform(200, 1500, 4)])
        slopes = np.sort(rng.uniform(0.01, 0.06, 4))[::-1]
        heights = np.concatenate([[0.0], np.cumsum(slopes * np.diff(bends))])
        table = Tabulated(tuple((x, y) for x, y in np.column_stack([bends, heights]).tolist()))
        entries.append(ChannelCurve(name, table, value_per_conversion=50.0, current_spend=500.0))
    curves = CurveSet(tuple(entries), period_days=28)
    taken = int(rng.integers(3, 12))
    steps = sorted(
        (-float(e.curve.marginal(low)), float(high - low), e.channel)
        for e in entries
        if isinstance(e.curve, Tabulated)
        for low, high in zip(e.curve.spends[:-1], e.curve.spends[1:], strict=True)
    )[:taken]
    budget = sum(length for _, length, _ in steps)
    name = str(rng.choice([name for *_, name in steps]))
    own = sum(length for _, length, of in steps if of == name)
    touching = Rule("max_spend", own, (name,), path="max_spend")
    pair = Rule("max_share", own / budget, (name,), path="max_share")
    return Problem(curves, budget, 28, rules=((), (touching,), (pair,))[seed % 3])


def value(problem: Problem) -> float | None:
    certificate = allocate(problem, FINE, conflicts=False).certificate
    return None if certificate is None else certificate.value


def moved(problem: Problem, position: int, by: float) -> Problem:
    """The problem with another limit of an allocation's rule at `position`."""
    if position == 0:
        return replace(problem, budget=problem.total.maximum + by)
    rules = list(problem.rules)
    rules[position - 1] = replace(rules[position - 1], limit=rules[position - 1].limit + by)
    return replace(problem, rules=tuple(rules))


def sides(problem: Problem, outcome: RuleOutcome, position: int, here: float) -> tuple | None:
    """What one more brings and what one less costs, by solving again."""
    step = STEP * max(abs(outcome.limit), 0.1)
    more, less = (value(moved(problem, position, sign * step)) for sign in (1.0, -1.0))
    return None if more is None or less is None else ((more - here) / step, (here - less) / step)


def disagreements(problem: Problem) -> tuple[int, int, list[str]]:
    """How many prices were compared, how many have two sides, and which are wrong."""
    allocation = allocate(problem, FINE, conflicts=False)
    if allocation.certificate is None:
        return 0, 0, []
    here, compared, kinks, wrong = allocation.certificate.value, 0, 0, []
    for position, outcome in enumerate(allocation.rules):
        price = outcome.shadow_price
        if not outcome.is_binding or price is None:
            continue
        known = sides(problem, outcome, position, here)
        if known is None:
            continue
        compared += 1
        kinks += outcome.price_of_less is not None
        told = price, price if outcome.price_of_less is None else outcome.price_of_less
        size = max(*map(abs, known), here / max(abs(outcome.limit), 0.1) * 1e-3)
        if max(abs(a - b) for a, b in zip(told, known, strict=True)) > 0.01 * size:
            wrong.append(f"{outcome.rule.path}: {told} for {known}")
    return compared, kinks, wrong


@pytest.mark.parametrize("block", range(3))
def test_both_sides_of_a_price_are_what_solving_again_says(block: int) -> None:
    """Over tables, averages and formulas; 80 seeds have 155 such prices."""
    known = 0
    for seed in range(8 * block, 8 * block + 8):
        compared, _, wrong = disagreements(problem_of(seed))
        assert not wrong, f"seed {seed}: {wrong}"
        known += compared
    assert known >= 8


def test_on_a_kink_both_sides_are_told_apart() -> None:
    kinks = 0
    for seed in range(9):
        _, two, wrong = disagreements(on_a_kink(seed))
        assert not wrong, f"seed {seed}: {wrong}"
        kinks += two
    assert kinks >= 6
