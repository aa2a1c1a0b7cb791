"""Random problems with every kind of rule and of curve, at extremes of scale, from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power
from optimizer.problem import Budget, Problem
from optimizer.rules import Rule
from tests.support.problems import NAMES, money, random_rule

MONEY, COUNT = (1e-6, 1e-3, 1.0, 1.0, 1.0, 1e3, 1e6, 1e9), (1e-6, 1.0, 1.0, 1.0, 1e6, 1e12)


def _table(rng: np.random.Generator, size: float, top: float) -> Tabulated:
    """Points that rise, with dents and now and then a cliff."""
    spends = np.sort(rng.uniform(0.02, 3.0, int(rng.integers(2, 7)))) * size
    heights = np.sort(rng.uniform(0.0, 1.0, len(spends))) * top
    if rng.uniform() < 0.25:  # nearly vertical
        spends[0] = 1e-6 * size
    points = np.column_stack([np.append(0.0, spends), np.append(0.0, heights)]).tolist()
    return Tabulated(tuple((float(x), float(y)) for x, y in points))


def hard_curve(rng: np.random.Generator, size: float) -> Curve:
    """A curve of any kind around a spend of `size` per period."""
    half, top = size * rng.uniform(0.2, 4), size * rng.uniform(0.01, 0.1)
    slope, draws = float(rng.uniform(0.4, 4.0)), int(rng.integers(2, 9))
    rows = np.column_stack(
        [top * rng.lognormal(0, 0.3, draws), half * rng.lognormal(0, 0.3, draws)]
    )
    slopes = slope * rng.lognormal(0, 0.25, draws)
    makers = (
        lambda: Hill(top, half, min(slope, 1.0)),
        lambda: Hill(top, half, 1.0 + slope),
        lambda: Hill(top, half, float(rng.uniform(5.0, 12.0))),
        lambda: Exponential(top, half),
        lambda: Logarithmic(top / 2, half),
        lambda: Power(top / size**0.5, float(rng.choice([0.2, 0.5, 0.9]))),
        lambda: Linear(top / size / 3),
        lambda: _table(rng, size, top),
        lambda: Average(Hill, np.column_stack([rows, slopes])),
        lambda: Average(Exponential, rows),
    )
    return makers[int(rng.integers(len(makers)))]()


def hard_problem(seed: int, channels: int | None = None, rules: int = 4) -> Problem:
    """A problem with up to `rules` rules, not always feasible; one to three channels by default."""
    rng = np.random.default_rng([seed, 17])
    count = channels or int(rng.integers(1, 4))
    entries = []
    apart = float(rng.choice([0.6, 0.6, 3.0]))  # how much channels differ in size
    for name in (*NAMES, *(f"channel{k}" for k in range(count)))[:count]:
        now = float(1000 * rng.lognormal(0, apart))
        entries.append(
            ChannelCurve(
                name, hard_curve(rng, now), value_per_conversion=float(rng.uniform(20, 120)),
                current_spend=now, max_observed_spend=now * float(rng.uniform(0.9, 2.5)),
            )
        )  # fmt: skip
    curves = CurveSet(tuple(entries), period_days=7)
    days = float(rng.choice([7, 28, 31]))
    most = money(curves, days) * float(rng.choice([0.05, 0.8, 1.0, 1.2, 5.0]))
    kinds = int(rng.integers(3))
    total = (Budget(most, most), Budget(0.0, most), Budget(most * rng.uniform(0.2, 0.9), most))[
        kinds
    ]
    goals = ["revenue", "conversions", "profit", "value", "spend"]
    goals += ["roas"] if total.minimum > 0 else []
    goal = str(rng.choice(goals))
    drawn = [_rule(rng, curves, most, days) for _ in range(int(rng.integers(0, rules + 1)))]
    if goal == "spend":
        reach = sum(
            float(e.curve.response(most / len(entries) * 7 / days)) * days / 7 for e in entries
        )
        drawn.append(Rule("min_conversions", float(rng.uniform(0.1, 1.1)) * reach, path="target"))
    problem = Problem(curves, total, days, goal, tuple(drawn))  # type: ignore[arg-type]
    return in_units(problem, float(rng.choice(MONEY)), float(rng.choice(COUNT)))


def _rule(rng: np.random.Generator, curves: CurveSet, budget: float, days: float) -> Rule:
    kind = int(rng.integers(8))
    name = (str(rng.choice(curves.names)),)
    if kind == 0:
        return Rule("step", budget / float(rng.integers(3, 40)), name, path="step")
    if kind == 1:
        return Rule("hold", 0.0, name, path="hold")
    if len(curves.names) > 1:
        return random_rule(rng, curves, budget, days)
    while True:  # of one channel there is no pair
        pair = replace(curves, channels=(*curves, replace(next(iter(curves)), channel="other")))
        rule = random_rule(rng, pair, budget, days)
        if not rule.coefficients and set(rule.channels) <= set(curves.names):
            return rule


OF_MONEY = ("min_spend", "max_spend", "min_if_active", "step", "linear_min", "linear_max",
            "min_revenue")  # fmt: skip


def in_units(problem: Problem, money: float, conversions: float) -> Problem:
    """The same problem with money and conversions counted in other units."""
    entries = tuple(
        replace(
            entry, curve=entry.curve.stretched(money, conversions / money),
            value_per_conversion=money / conversions * (entry.value_per_conversion or 0.0),
            current_spend=money * (entry.current_spend or 0.0),
            max_observed_spend=money * (entry.max_observed_spend or 0.0),
        )
        for entry in problem.curves
    )  # fmt: skip
    cost = money / conversions
    by = {"max_cpa": cost, "max_marginal_cpa": cost, "min_conversions": conversions}
    by |= dict.fromkeys(OF_MONEY, money)
    rules = tuple(
        replace(rule, limit=rule.limit * by.get(rule.kind, 1.0)) for rule in problem.rules
    )
    total = Budget(money * problem.total.minimum, money * problem.total.maximum)
    return replace(
        problem, curves=replace(problem.curves, channels=entries), rules=rules, budget=total
    )
