"""One budget across many problems: as good as all of them as one problem, and proven so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Hill, Logarithmic, Power
from optimizer.across.budget_response import BudgetResponse, answers_by_channel, respond
from optimizer.across.shares import Pool, Shares, Unreachable, share_out
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from optimizer.program.compile import compile_problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule


def curve_of(chance: np.random.Generator, is_shaped: bool) -> Curve:
    scale = float(chance.uniform(500, 4000))
    if is_shaped:
        return Hill(float(chance.uniform(20, 90)), scale, float(chance.uniform(1.5, 3)))
    kind = chance.integers(3)
    if kind == 0:
        return Hill(float(chance.uniform(20, 90)), scale, float(chance.uniform(0.6, 1.0)))
    if kind == 1:
        return Power(float(chance.uniform(0.2, 0.9)), float(chance.uniform(0.4, 0.7)))
    return Logarithmic(float(chance.uniform(10, 40)), scale)


def account(seed: int, is_shaped: bool = False, joined: bool = False) -> Problem:
    """Three or four channels with limits of their own, perhaps a rule on two of them together."""
    chance = np.random.default_rng(seed)
    names = [f"c{n}" for n in range(chance.integers(3, 5))]
    curves = CurveSet(
        tuple(ChannelCurve(name, curve_of(chance, is_shaped)) for name in names), period_days=1
    )
    rules = [Rule("max_spend", float(chance.uniform(1500, 6000)), (name,)) for name in names]
    rules.append(Rule("min_spend", float(chance.uniform(0, 300)), (names[0],)))
    if joined:
        rules.append(Rule("max_spend", 2500.0, tuple(names[:2]), path="groups.g.max_spend"))
    most = sum(rule.limit for rule in rules[: len(names)])
    return Problem(curves, Budget(0.0, most), 1.0, "conversions", tuple(rules))


def together(problems: Sequence[Problem], total: float, rules: Sequence[Rule] = ()) -> Problem:
    """All of them as one problem, its channels called by their problem's number."""
    entries, found = [], list(rules)
    for number, problem in enumerate(problems):
        entries += [replace(e, channel=f"{number}/{e.channel}") for e in problem.curves]
        found += [
            replace(rule, channels=tuple(f"{number}/{name}" for name in rule.channels))
            for rule in problem.rules
        ]
    curves = CurveSet(tuple(entries), period_days=1)
    return Problem(curves, total, 1.0, "conversions", tuple(found))


def answered(problems: Sequence[Problem]) -> list[BudgetResponse]:
    found = [respond(problem) for problem in problems]
    assert all(one is not None for one in found)
    return [one for one in found if one is not None]


def divided(
    problems: Sequence[Problem], total: float, pools: Sequence[Pool] = (), rounds: int = 3
) -> tuple[Shares, float, float]:
    """The shares, what the problems reach with them, and a bound from exact answers.

    Answers at the price that was found make the next round's responses finer.
    """
    responses = answered(problems)
    value, bound, shares = -np.inf, np.inf, None
    for _ in range(rounds):
        found = share_out(responses, total, pools)
        assert isinstance(found, Shares)
        exact = [
            respond(problem, prices=[float(price)])
            for problem, price in zip(problems, found.price_of, strict=True)
        ]
        bound = min(bound, found.bound([float(one.bound[0]) for one in exact if one is not None]))
        reached = 0.0
        for problem, budget in zip(problems, found.budget, strict=True):
            best = allocate(replace(problem, budget=float(budget)), Settings(gap=1e-6)).certificate
            assert best is not None
            reached += best.value
        if reached > value:
            value, shares = reached, found
        responses = [
            one.with_answers(more)
            for one, more in zip(responses, exact, strict=True)
            if more is not None
        ]
    assert shares is not None
    return shares, value, bound


@pytest.mark.parametrize(("is_shaped", "joined"), [(False, False), (False, True), (True, False)])
def test_what_each_gets_is_as_good_as_one_problem_of_all(is_shaped, joined) -> None:
    problems = [
        account(seed, is_shaped and seed % 3 == 0, joined and seed % 2 == 0) for seed in range(8)
    ]
    total = 0.4 * sum(problem.total.maximum for problem in problems)
    shares, value, bound = divided(problems, total)
    assert shares.budget.sum() == pytest.approx(total, rel=1e-9)
    whole = allocate(together(problems, total), Settings(gap=1e-6)).certificate
    assert whole is not None
    gap = 2e-3 if is_shaped else 1e-4
    assert value <= whole.bound * (1 + 1e-9)
    assert bound >= whole.value * (1 - 1e-9)
    assert value == pytest.approx(whole.value, rel=gap)
    assert bound - value <= gap * value


def test_groups_have_prices_of_their_own() -> None:
    """A least amount costs, a most amount keeps money out: as rules of one problem of all."""
    problems = [account(seed) for seed in range(9)]
    total = 0.4 * sum(problem.total.maximum for problem in problems)
    free = share_out(answered(problems), total)
    assert isinstance(free, Shares)
    firsts, seconds = free.budget[:3].sum(), free.budget[3:6].sum()
    pools = [Pool((0, 1, 2), least=1.2 * firsts), Pool((3, 4, 5), most=0.7 * seconds)]
    shares, value, bound = divided(problems, total, pools, rounds=1)
    assert shares.budget[:3].sum() == pytest.approx(1.2 * firsts)
    assert shares.budget[3:6].sum() == pytest.approx(0.7 * seconds)
    assert shares.price_of[0] < shares.price < shares.price_of[3]

    def channels(numbers: range) -> tuple[str, ...]:
        return tuple(f"{n}/{entry.channel}" for n in numbers for entry in problems[n].curves)

    rules = [
        Rule("min_spend", 1.2 * firsts, channels(range(3))),
        Rule("max_spend", 0.7 * seconds, channels(range(3, 6))),
    ]
    whole = allocate(together(problems, total, rules), Settings(gap=1e-6)).certificate
    assert whole is not None
    assert value == pytest.approx(whole.value, rel=1e-4)
    assert whole.value * (1 - 1e-9) <= bound <= whole.value * (1 + 2e-4)


def test_a_response_lies_between_what_budgets_bring_and_what_none_exceeds() -> None:
    for problem in (account(3), account(5, is_shaped=True), account(4, joined=True)):
        response = respond(problem)
        assert response is not None
        assert (np.diff(response.spend) >= -1e-6).all()
        for share in (0.1, 0.35, 0.7):
            budget = response.low + share * (response.high - response.low)
            best = allocate(replace(problem, budget=budget), Settings(gap=1e-7)).certificate
            assert best is not None
            assert response.above(budget) >= best.value * (1 - 1e-9)
            price = float(np.median(response.price))
            assert response.bound_at(price) >= best.value - price * budget - 1e-9 * best.value


def test_channels_answer_by_themselves_where_no_rule_joins_them() -> None:
    alone, joined = account(2), account(2, joined=True)
    assert answers_by_channel(compile_problem(alone))
    assert not answers_by_channel(compile_problem(joined))
    # The same answer comes from the search that rules ask for.
    price = 0.01
    quick = respond(alone, prices=[price])
    idle = Rule("max_spend", 1e6, tuple(e.channel for e in alone.curves)[:2], path="groups.g")
    searched = respond(replace(alone, rules=(*alone.rules, idle)), prices=[price])
    assert quick is not None
    assert searched is not None
    assert quick.value - price * quick.spend == pytest.approx(
        searched.value - price * searched.spend, rel=1e-4
    )


def test_money_that_cannot_be_divided_so_is_told_with_its_ends() -> None:
    responses = answered([account(seed) for seed in range(4)])
    most = sum(one.high for one in responses)
    found = share_out(responses, 1.1 * most)
    assert isinstance(found, Unreachable)
    assert found.most == pytest.approx(most)
    found = share_out(responses, 0.5 * most, [Pool((0, 1), least=most)])
    assert isinstance(found, Unreachable)
    assert found.pool == 0
