"""Random problems and rule sets, from a seed."""

from __future__ import annotations

import numpy as np

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power
from optimizer.problem import Problem
from optimizer.rules import Rule

NAMES = ("search", "social", "tv", "video", "display", "radio", "print", "email")


def random_curve(rng: np.random.Generator, size: float, kinds: str = "all") -> Curve:
    """A curve that matters around a spend of `size` per period."""
    k, a = size * rng.uniform(0.3, 3), size * rng.uniform(0.02, 0.1)
    concave = [
        Hill(a, k, rng.uniform(0.5, 1.0)),
        Exponential(a, k),
        Logarithmic(a / 2, k),
        Power(a / size**0.6, 0.6),
    ]
    shaped = [Hill(a, k, rng.uniform(1.3, 3.5))]
    odd = [
        Linear(a / size / 3),
        Tabulated(((0.0, 0.0), (0.4 * size, 0.2 * a), (size, 0.7 * a), (2.5 * size, a))),
    ]
    pool = {"concave": concave, "shaped": shaped, "all": concave + shaped * 2 + odd}[kinds]
    return pool[rng.integers(len(pool))]


def random_curves(rng: np.random.Generator, channels: int, kinds: str = "all") -> CurveSet:
    """Channels with a current spend, a highest observed spend and a value per conversion."""
    entries = []
    for name in (*NAMES, *(f"channel{k}" for k in range(channels)))[:channels]:
        now = float(1000 * rng.lognormal(0, 0.6))
        entries.append(
            ChannelCurve(
                name,
                random_curve(rng, now, kinds),
                value_per_conversion=float(rng.uniform(40, 120)),
                current_spend=now,
                max_observed_spend=now * float(rng.uniform(1.1, 2.0)),
            )
        )
    return CurveSet(tuple(entries), period_days=7)


def money(curves: CurveSet, days: float) -> float:
    """Today's spend over a horizon."""
    return sum((entry.current_spend or 0.0) for entry in curves) * days / curves.period_days


def random_rule(rng: np.random.Generator, curves: CurveSet, budget: float, days: float) -> Rule:
    """One rule of any kind, as often in force as not."""
    names = curves.names
    one = (str(rng.choice(names)),)
    some = tuple(sorted(map(str, rng.choice(names, size=2, replace=False))))
    now = (curves[one[0]].current_spend or 0.0) * days / curves.period_days
    cpa = budget / max(
        sum(
            float(entry.curve.response(entry.current_spend or 0.0)) for entry in curves
        ) * days / curves.period_days, 1e-9,
    )  # fmt: skip
    scope = [one, some, ()][rng.integers(3)]
    group = [one, some][rng.integers(2)]
    makers = [
        lambda: Rule("min_spend", rng.uniform(0.2, 1.2) * now, one),
        lambda: Rule("min_spend", rng.uniform(0.1, 0.6) * budget, some),
        lambda: Rule("max_spend", rng.uniform(0.5, 1.5) * now, one),
        lambda: Rule("max_spend", rng.uniform(0.3, 0.8) * budget, some),
        lambda: Rule("min_share", rng.uniform(0.1, 0.5), group),
        lambda: Rule("max_share", rng.uniform(0.3, 0.8), group),
        lambda: Rule("change_from", -rng.uniform(0.1, 0.6), one),
        lambda: Rule("change_to", rng.uniform(0.1, 0.8), one),
        lambda: Rule("locked", 0.0, one),
        lambda: Rule("extrapolation", 1.25, one),
        lambda: Rule("max_cpa", cpa * rng.uniform(0.6, 2.0), scope),
        lambda: Rule("min_roas", rng.uniform(0.5, 4.0), scope),
        lambda: Rule("min_conversions", budget / cpa * rng.uniform(0.1, 0.6), scope),
        lambda: Rule("max_marginal_cpa", cpa * rng.uniform(0.8, 5.0), one),
        lambda: Rule("min_if_active", rng.uniform(0.3, 1.5) * now, one),
        lambda: Rule("max_changed", float(rng.integers(1, len(names))), ()),
        lambda: Rule("min_change", rng.uniform(0.1, 0.5), one),
        lambda: Rule("linear_max", rng.uniform(-0.2, 0.3) * budget, some,
                     coefficients={some[0]: 1.0, some[1]: -0.5}),
        lambda: Rule("linear_min", rng.uniform(-0.3, 0.3) * budget, some,
                     coefficients={some[0]: 1.0, some[1]: -0.5}),
    ]  # fmt: skip
    rule = makers[rng.integers(len(makers))]()
    return Rule(rule.kind, float(rule.limit), rule.channels, path=rule.kind,
                coefficients=rule.coefficients)  # fmt: skip


def random_problem(seed: int, channels: int = 3, rules: int = 3, kinds: str = "all") -> Problem:
    """A problem of today's money with random rules, not always feasible."""
    rng = np.random.default_rng(seed)
    curves = random_curves(rng, channels, kinds)
    days = float(rng.choice([7, 28, 31]))
    budget = money(curves, days) * float(rng.uniform(0.8, 1.2))
    drawn = tuple(
        random_rule(rng, curves, budget, days) for _ in range(int(rng.integers(0, rules + 1)))
    )
    goal = ("revenue", "conversions", "profit")[int(rng.integers(3))]
    return Problem(curves, budget, days, goal, drawn)  # type: ignore[arg-type]
