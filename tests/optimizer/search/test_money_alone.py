"""Many problems at one price of money each, against the general search and against any split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power
from optimizer.allocator import allocate, allocate_many
from optimizer.problem import Budget, Objective, Problem
from optimizer.program.compile import compile_problem
from optimizer.program.program import Programme
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from optimizer.search import money_alone
from optimizer.search.money_alone import best_splits
from optimizer.search.sandwich import sandwich

GAP = 1e-5
OBJECTIVES: tuple[Objective, ...] = ("revenue", "conversions", "profit")


def curve(rng: np.random.Generator, now: float) -> Curve:
    half, top = now * rng.uniform(0.3, 3), now * rng.uniform(0.03, 0.1)
    bends = np.cumsum([0.0, *rng.uniform(0.3, 0.8, 4)]) * now
    rises = np.sort(rng.uniform(0.01, 0.1, 4))[::-1] * np.diff(bends)
    table = np.column_stack([bends, np.append(0.0, np.cumsum(rises))])
    makers = (
        lambda: Hill(top, half, float(rng.uniform(0.5, 1.0))),
        lambda: Hill(top, half, float(rng.uniform(1.2, 9.0))),
        lambda: Hill(top, half, float(rng.uniform(1.2, 3.0))),
        lambda: Exponential(top, half),
        lambda: Logarithmic(top / 2, half),
        lambda: Power(top / now**0.5, 0.5),
        lambda: Linear(top / now / 3),
        lambda: Tabulated(tuple((float(x), float(y)) for x, y in table)),
    )
    return makers[int(rng.integers(len(makers)))]()


def account(seed: int) -> Problem:
    rng = np.random.default_rng([seed, 3])
    entries, rules = [], []
    for k in range(int(rng.integers(2, 13))):
        now = float(1000 * rng.lognormal(0, 0.7))
        entries.append(
            ChannelCurve(
                f"channel{k}", curve(rng, now), value_per_conversion=float(rng.uniform(20, 90)),
                margin=float(rng.uniform(0.2, 0.9)), current_spend=now, max_observed_spend=2 * now,
            )
        )  # fmt: skip
        if rng.uniform() < 0.6:
            name = (f"channel{k}",)
            rules.append(Rule("change_from", -float(rng.uniform(0.2, 1.0)), name, path="change"))
            rules.append(Rule("change_to", float(rng.uniform(0.2, 2.0)), name, path="change"))
    most = sum(entry.current_spend or 0.0 for entry in entries) * 4
    least = float(rng.choice([1.0, 0.0, 0.8])) * most
    goal = OBJECTIVES[int(rng.integers(3))]
    curves = CurveSet(tuple(entries), period_days=7)
    return Problem(curves, Budget(least, most), 28, goal, tuple(rules))


def programme_of(seed: int) -> Programme:
    return compile_problem(account(seed)).programme


@pytest.fixture(scope="module")
def programmes() -> list[Programme]:
    found = [programme_of(seed) for seed in range(60)]
    assert all(map(money_alone.is_for, found))
    return found


def test_plans_and_bounds_agree_with_the_general_search(programmes, monkeypatch) -> None:
    sizes = [each.negligible for each in programmes]
    found = best_splits(programmes, GAP, sizes)
    monkeypatch.setattr(money_alone, "is_for", lambda programme: False)
    for own, programme, size in zip(found, programmes, sizes, strict=True):
        other = sandwich(programme, Settings(gap=GAP), size)
        assert own.status == "optimal"
        assert programme.violation(own.spend) <= 1e-9
        assert programme.allows(own.spend)
        assert own.value == pytest.approx(programme.value(own.spend), rel=1e-12)
        room = 1e-9 * max(abs(other.value), size)
        assert other.value <= own.bound + room
        assert own.value <= other.bound + room


def test_no_split_is_worth_more_than_the_bound(programmes) -> None:
    rng = np.random.default_rng(5)
    for own, programme in zip(best_splits(programmes, 1e-3, [0.0] * 60), programmes, strict=True):
        row = programme.rows[0]
        for _ in range(40):
            low, high = programme.low, programme.high
            spend = low + (high - low) * rng.uniform(0, 1, len(low)) ** rng.uniform(0.3, 3)
            target = np.clip(spend.sum(), max(row.lower, 0.0), row.upper)
            end = high if target > spend.sum() else low
            reach = abs(float((end - spend).sum()))
            spend = spend + (end - spend) * min(abs(target - spend.sum()) / (reach or 1.0), 1.0)
            if programme.violation(spend) <= 1e-12:
                assert programme.value(spend) <= own.bound + 1e-9 * abs(own.bound)


def test_together_as_alone(programmes) -> None:
    sizes = [each.negligible for each in programmes]
    together = best_splits(programmes, GAP, sizes)
    for own, programme, size in zip(together[:20], programmes, sizes, strict=False):
        (alone,) = best_splits([programme], GAP, [size])
        assert alone.value == pytest.approx(own.value, rel=1e-9)
        assert alone.bound == pytest.approx(own.bound, rel=1e-9)


def test_many_accounts_are_allocated_as_each_by_itself() -> None:
    problems = [account(seed) for seed in range(60, 72)]
    few = Budget(0.0, 1.0)
    problems.append(replace(problems[0], budget=few, rules=(Rule("min_spend", 2.0, path="much"),)))
    problems.append(replace(problems[1], rules=(Rule("min_share", 0.4, ("channel0",)),)))
    for together, problem in zip(allocate_many(problems), problems, strict=True):
        alone = allocate(problem)
        assert together.status == alone.status
        assert (together.conflict is None) == (alone.conflict is None)
        if alone.certificate is not None and together.certificate is not None:
            assert together.certificate.value == pytest.approx(alone.certificate.value, rel=1e-9)
            prices = [(a.shadow_price, b.shadow_price) for a, b in zip(
                together.rules, alone.rules, strict=True)]  # fmt: skip
            for one, other in prices:
                assert one == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_what_cannot_be_spent_is_impossible() -> None:
    problem = replace(account(0), budget=Budget(1e9, 1e9))
    capped = tuple(Rule("change_to", 0.5, (name,), path="c") for name in problem.curves.names)
    (found,) = best_splits([compile_problem(replace(problem, rules=capped)).programme], GAP, [0.0])
    assert found.status == "infeasible"
