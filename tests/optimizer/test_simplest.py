"""Simple plans against brute force over sets of changed channels and a grid of spends."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models.errors import ScenarioError
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from optimizer.simplest import simplest
from tests.optimizer.test_allocate import split_of, value_of
from tests.support.oracle import broken, current, grid_splits, objective
from tests.support.problems import money, random_curves, random_problem

FINE = Settings(gap=1e-6)


def changed(problem: Problem, split: dict[str, float]) -> set[str]:
    room = 1e-5 * sum(split.values())
    return {name for name, x in split.items() if abs(x - current(problem, name)) > room}


def moved(problem: Problem, split: dict[str, float]) -> float:
    return sum(abs(x - current(problem, name)) for name, x in split.items())


def best_with(problem: Problem, channels: tuple[str, ...]) -> float | None:
    """The optimum when only these channels may change, by locking each of the others."""
    others = tuple(
        Rule("locked", channels=(name,)) for name in problem.curves.names if name not in channels
    )
    found = allocate(
        replace(problem, rules=(*problem.rules, *others)), FINE, conflicts=False
    ).certificate
    return None if found is None else found.value


def fewest(problem: Problem, threshold: float) -> int:
    """By trying every set of channels, the small ones first."""
    for size in range(len(problem.curves) + 1):
        for channels in itertools.combinations(problem.curves.names, size):
            value = best_with(problem, channels)
            if value is not None and value >= threshold:
                return size
    raise AssertionError("not even all channels are enough")


@pytest.mark.parametrize("seed", range(6))
def test_no_set_of_fewer_channels_is_good_enough(seed: int) -> None:
    curves = random_curves(np.random.default_rng(seed), 4)
    rules = (Rule("locked", channels=("tv",)),) if seed % 3 == 0 else ()
    factor = (1.0, 1.1)[seed % 2]
    problem = Problem(curves, factor * money(curves, 28), 28, rules=rules)
    best, simple = allocate(problem, FINE), simplest(problem, 0.02, FINE)
    threshold = value_of(best) - 0.02 * abs(value_of(best))
    split = split_of(simple)
    assert broken(problem, split) == []
    assert objective(problem, split) == pytest.approx(value_of(simple), rel=1e-9)
    assert value_of(simple) >= threshold * (1 - 1e-9)
    assert len(changed(problem, split)) == fewest(problem, threshold)
    assert simple.certificate is not None
    assert best.certificate is not None
    assert simple.certificate.bound >= best.certificate.value
    assert simple.certificate.gap <= 0.02 / 0.98 + 1e-5


@pytest.mark.parametrize("seed", range(12))
def test_no_grid_split_with_as_few_changes_moves_less(seed: int) -> None:
    """Under random rules, and for every objective of random problems."""
    problem = random_problem(seed, channels=3, rules=2)
    simple = simplest(problem, 0.05)
    if simple.status == "infeasible":
        assert simple.conflict is not None
        return
    split = split_of(simple)
    assert broken(problem, split) == []
    best = value_of(allocate(problem, FINE))
    threshold = best - 0.05 * abs(best)
    assert objective(problem, split) >= threshold - 1e-4 * abs(best)
    count, amount = len(changed(problem, split)), moved(problem, split)
    for other in grid_splits(problem, 24):
        if objective(problem, other) < threshold + 1e-4 * abs(best) or broken(problem, other):
            continue
        size = len(changed(problem, other))
        assert size >= count
        assert size > count or moved(problem, other) >= amount - 1e-3 * sum(split.values())


@pytest.mark.parametrize("seed", range(6))
def test_two_channels_meet_the_threshold_exactly(seed: int) -> None:
    """With two channels and a fixed budget one number is free: bisection finds the least move."""
    curves = random_curves(np.random.default_rng(seed), 2, "concave")
    problem = Problem(curves, money(curves, 28), 28)
    simple = simplest(problem, 0.01, FINE)
    best = allocate(problem, FINE)
    one, other = curves.names
    now, then = current(problem, one), split_of(best)[one]

    def value(x: float) -> float:
        return objective(problem, {one: x, other: problem.total.maximum - x})

    threshold = 0.99 * value_of(best)
    if value(now) >= threshold:
        assert changed(problem, split_of(simple)) == set()
        return
    for _ in range(100):
        middle = 0.5 * (now + then)
        now, then = (now, middle) if value(middle) >= threshold else (middle, then)
    tolerance = 1e-4 * problem.total.maximum
    assert split_of(simple)[one] == pytest.approx(then, abs=tolerance)


@pytest.mark.parametrize("goal", ["profit", "roas", "spend"])
def test_other_objectives_keep_their_threshold(goal) -> None:
    curves = random_curves(np.random.default_rng(5), 4)
    most = money(curves, 28)
    rules = (Rule("min_conversions", 250.0),) if goal == "spend" else ()
    problem = Problem(curves, Budget(0.5 * most, most), 28, goal, rules)
    best, simple = allocate(problem, FINE), simplest(problem, 0.03, FINE)
    assert broken(problem, split_of(simple)) == []
    best_value = objective(problem, split_of(best))
    reached = objective(problem, split_of(simple))
    assert best_value >= reached >= best_value - 0.03 * abs(best_value) - 1e-6 * abs(best_value)
    before, after = (moved(problem, split_of(plan)) for plan in (best, simple))
    assert after < before


def test_nothing_given_up_is_the_best_plan_and_it_is_said_what_is() -> None:
    curves = random_curves(np.random.default_rng(3), 5)
    problem = Problem(curves, money(curves, 28), 28)
    best, same, simple = allocate(problem), simplest(problem, 0.0), simplest(problem, 0.05)
    assert value_of(same) == pytest.approx(value_of(best), rel=1e-4)
    few, many = (len(changed(problem, split_of(plan))) for plan in (simple, best))
    assert few < many
    (said,) = simple.warnings
    assert said.startswith(f"kept simple: {few} of 5 channels change, ")
    assert f"the best plan changes {many}, " in said
    assert all(outcome.shadow_price is None for outcome in simple.rules)


def test_an_unknown_current_spend_is_refused_with_the_key() -> None:
    curves = random_curves(np.random.default_rng(3), 2)
    entries = (replace(curves.channels[0], current_spend=None), *curves.channels[1:])
    with pytest.raises(ScenarioError, match=r"^within: the current spend of search is not known"):
        simplest(Problem(replace(curves, channels=entries), 10_000, 28), 0.01)


def test_a_locked_channel_is_not_counted_as_changed() -> None:
    curves = random_curves(np.random.default_rng(1), 4)
    locked = Rule("locked", channels=("tv",))
    problem = Problem(curves, money(curves, 28), 28, rules=(locked,))
    capped = replace(problem, rules=(locked, Rule("max_changed", 3)))
    assert value_of(allocate(capped, FINE)) == pytest.approx(
        value_of(allocate(problem, FINE)), rel=1e-5
    )
