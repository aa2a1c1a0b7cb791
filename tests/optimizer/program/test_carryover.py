"""Several periods: carry-over, days off, limits on jumps, what still works after the end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from models.transforms.adstock import geometric
from optimizer.allocator import allocate
from optimizer.evaluate import evaluate
from optimizer.problem import Budget, Period, Problem, Risk
from optimizer.program.carryover import mixes
from optimizer.program.cells import make_cells, make_tail, outcomes
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule
from tests.support.problems import money, random_curves

WEEK = 7


def two_channels(carry_over: float = 0.5, slope: float = 1.0) -> CurveSet:
    return CurveSet(
        tuple(
            ChannelCurve(
                name,
                Hill(ceiling, half, slope),
                carry_over=carry_over * share,
                value_per_conversion=50.0,
                current_spend=now,
                max_observed_spend=2 * now,
            )
            for name, ceiling, half, now, share in (
                ("search", 90.0, 900.0, 800.0, 0.6),
                ("tv", 140.0, 2000.0, 1500.0, 1.0),
            )
        )
    )


def factors(curves: CurveSet, season: float) -> dict[str, float]:
    return dict.fromkeys(curves.names, season)


def months(curves: CurveSet, days=(31, 28, 30), season=(1.0, 0.8, 1.3)) -> tuple[Period, ...]:
    return tuple(
        Period(f"month{k}", d, factors(curves, s))
        for k, (d, s) in enumerate(zip(days, season, strict=True))
    )


def quarter(curves: CurveSet, carry_over: bool = True, **more) -> Problem:
    periods = months(curves)
    budget = money(curves, sum(period.days for period in periods))
    return Problem(curves, budget, periods=periods, carry_over=carry_over, **more)


def spends(allocation) -> dict[tuple[str, str], float]:
    return {(row.period, row.channel): row.proposed.spend for row in allocation.channels}


# The mix of money at work


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.8])
def test_whole_periods_work_as_the_fit_has_it(decay):
    lengths, rates, before = [4, 5, 1], [100.0, 300.0, 50.0], 220.0
    weekly = np.repeat(rates, lengths)
    effective = geometric(weekly, decay, before=before)
    found, stock = mixes(decay, [float(n) for n in lengths], [1.0] * 3, before)
    paid = np.multiply(rates, lengths)
    ends = np.cumsum(lengths)
    for k, (mix, end, n) in enumerate(zip(found, ends, lengths, strict=True)):
        works = np.dot(mix.weights, paid[: k + 1]) + mix.carried
        assert works == pytest.approx(effective[end - n : end].sum(), rel=1e-9)
    assert np.dot(stock.weights, paid) + stock.carried == pytest.approx(effective[-1], rel=1e-9)


def test_a_period_cut_in_two_ends_with_the_same_stock():
    whole, after = mixes(0.6, [4.4, 2.0], [1, 1], 100.0)
    parts, then = mixes(0.6, [1.3, 3.1, 2.0], [1, 1, 1], 100.0)
    pace = 250.0
    one = np.dot(after.weights, [4.4 * pace, 2 * pace]) + after.carried
    other = np.dot(then.weights, [1.3 * pace, 3.1 * pace, 2 * pace]) + then.carried
    assert one == pytest.approx(other, rel=1e-9)
    works = np.dot(whole[0].weights, [4.4 * pace]) + whole[0].carried
    cut = sum(
        np.dot(mix.weights, [1.3 * pace, 3.1 * pace][: k + 1]) + mix.carried
        for k, mix in enumerate(parts[:2])
    )
    assert works == pytest.approx(cut, rel=1e-9)


def test_today_kept_up_stays_in_balance():
    curves = two_channels()
    carried = allocate(quarter(curves)).current
    steady = allocate(quarter(curves, carry_over=False)).current
    assert carried is not None
    assert steady is not None
    assert carried.conversions is not None
    assert carried.conversions == pytest.approx(steady.conversions, rel=1e-9)


def test_what_works_after_the_end_is_what_a_longer_look_sees():
    """Weeks without money added behind the horizon bring what the tail says."""
    curves = two_channels()
    problem = replace(quarter(curves), periods=months(curves, season=(1, 1, 1)))
    silent = tuple(Period(f"after{k}", WEEK) for k in range(40))
    longer = replace(problem, periods=(*problem.periods, *silent))
    plan = np.array([3000.0, 7000.0, 2500.0, 6000.0, 4000.0, 5000.0])
    cells, tail = make_cells(problem), make_tail(problem)
    after = sum(row.conversions or 0.0 for row in outcomes(cells, plan, tail)[len(cells) :])
    cells = make_cells(longer)
    seen = outcomes(cells, np.append(plan, np.zeros(80)))[6:]
    assert after == pytest.approx(sum(row.conversions or 0.0 for row in seen), rel=0.02)


# The optimum


def brute_force(problem: Problem, steps: int) -> float:
    """The best objective on a grid of spends: a dynamic programme over all plans and stocks."""
    cells, tail = make_cells(problem), make_tail(problem)
    unit = problem.total.maximum / steps
    channels, periods = len(problem.curves), len(problem.periods)
    best = -np.inf
    # Channels are joined by the budget only: what each can make of each sum over the periods.
    of_channel = []
    for c in range(channels):
        mine = list(range(c, channels * periods, channels))
        table = np.full(steps + 1, -np.inf)
        for split in product(range(steps + 1), repeat=periods):
            if sum(split) > steps:
                continue
            spend = np.zeros(len(cells))
            spend[mine] = np.array(split) * unit
            rows = outcomes(cells, spend, tail)
            own = [
                row.revenue or 0.0
                for row, cell in zip(rows, (*cells, *tail), strict=True)
                if cell.channel == problem.curves.names[c]
            ]
            table[sum(split)] = max(table[sum(split)], sum(own))
        of_channel.append(table)
    for taken in range(steps + 1):
        best = max(best, of_channel[0][taken] + of_channel[1][steps - taken])
    return best


@pytest.mark.parametrize("slope", [0.8, 2.0])
def test_against_a_dynamic_programme(slope):
    problem = quarter(two_channels(slope=slope))
    allocation = allocate(problem, Settings(gap=1e-5))
    grid = brute_force(problem, 24)
    certificate = allocation.certificate
    assert certificate is not None
    assert certificate.gap <= 1e-5
    assert grid <= certificate.bound
    assert grid >= certificate.value * (1 - 0.01)  # the grid is coarse
    revenues = [row.proposed.revenue or 0.0 for row in (*allocation.channels, *allocation.tail)]
    assert sum(revenues) == pytest.approx(certificate.value, rel=1e-9)


def test_without_carry_over_periods_are_independent():
    curves = two_channels(carry_over=0.0)
    joined = quarter(curves)
    own = [money(curves, period.days) for period in joined.periods]
    joined = replace(
        joined,
        periods=tuple(
            replace(period, budget=Budget(amount, amount))
            for period, amount in zip(joined.periods, own, strict=True)
        ),
        budget=sum(own),
    )
    together = allocate(joined, Settings(gap=1e-8))
    assert not together.tail
    for period, amount in zip(joined.periods, own, strict=True):
        alone = allocate(
            Problem(curves, amount, days=period.days, factors=period.factors), Settings(gap=1e-8)
        )
        for row in alone.channels:
            found = spends(together)[period.label, row.channel]
            assert found == pytest.approx(row.proposed.spend, rel=1e-3)


def test_one_period_is_the_plan_of_a_single_one():
    curves = random_curves(np.random.default_rng(5), 5)
    budget = money(curves, 28)
    single = allocate(Problem(curves, budget, days=28))
    one = allocate(Problem(curves, budget, periods=(Period("month", 28),)))
    for row, other in zip(single.channels, one.channels, strict=True):
        assert row.proposed == other.proposed


def test_periods_with_budgets_of_their_own_have_no_price_for_their_sum():
    curves = two_channels()
    problem = quarter(curves)
    own = tuple(replace(p, budget=Budget(5000.0, 5000.0)) for p in problem.periods)
    allocation = allocate(replace(problem, periods=own, budget=15000.0))
    paths = [outcome.rule.path for outcome in allocation.rules]
    assert paths == [f"periods.budgets.month{k}" for k in range(3)]
    assert all((outcome.shadow_price or 0.0) > 0 for outcome in allocation.rules)


@pytest.mark.parametrize("solver", ["HiGHS", "CBC"])
def test_prices_against_finite_differences(solver):
    curves = two_channels()
    rules = (
        Rule("max_change_between_periods", 0.1, ("tv",), path="jumps"),
        Rule("max_cpa", 28.0, ("tv",), period="month1", path="cpa"),
        Rule("max_marginal_cpa", 40.0, ("search",), period="month2", path="marginal"),
    )
    problem = quarter(curves, rules=rules)
    settings = Settings(gap=1e-9, solver=solver)
    allocation = allocate(problem, settings)
    base = allocation.certificate
    assert base is not None

    def optimum(changed: Problem) -> float:
        certificate = allocate(changed, settings).certificate
        assert certificate is not None
        return certificate.value

    binding = 0
    for outcome in allocation.rules:
        rule, step = outcome.rule, 1e-3 * outcome.rule.limit
        if rule.kind == "budget":
            ends = [replace(problem, budget=rule.limit + sign * step) for sign in (1, -1)]
        else:
            ends = [
                replace(
                    problem,
                    rules=tuple(
                        replace(r, limit=r.limit + sign * step) if r is rule else r for r in rules
                    ),
                )
                for sign in (1, -1)
            ]
        slope = (optimum(ends[0]) - optimum(ends[1])) / (2 * step)
        assert outcome.shadow_price == pytest.approx(slope, rel=0.02, abs=1e-3 * base.value / 1e4)
        binding += abs(slope) > 1e-6
    assert binding >= 3


# Rules between and in periods


def test_a_limit_on_jumps_holds_by_pace_and_costs():
    problem = quarter(two_channels(slope=1.8))
    free = allocate(problem)
    rule = Rule("max_change_between_periods", 0.05, ("search",), path="jumps")
    tied = allocate(replace(problem, rules=(rule,)), costs=True)
    days = [period.days for period in problem.periods]

    def paces(allocation) -> list[float]:
        rows = [row for row in allocation.channels if row.channel == "search"]
        return [row.proposed.spend / d for row, d in zip(rows, days, strict=True)]

    def jumps(found: list[float]) -> list[float]:
        return [abs(b / a - 1) for a, b in pairwise(found)]

    assert max(jumps(paces(free))) > 0.05
    assert max(jumps(paces(tied))) <= 0.05 * (1 + 1e-6)
    outcome = tied.rules[-1]
    assert outcome.value == pytest.approx(0.05)
    assert outcome.is_binding
    assert (outcome.cost or 0.0) > 0


def test_days_off():
    curves = two_channels(carry_over=0.0)
    problem = quarter(curves)
    first, second, third = problem.periods
    off = replace(problem, periods=(first, replace(second, active={"tv": 0.0}), third))
    found = spends(allocate(off))
    assert found["month1", "tv"] == 0.0
    assert found["month0", "tv"] > 0
    half = replace(problem, periods=(replace(first, active={"tv": 0.5}), second, third))
    short = replace(
        problem, periods=(replace(first, days=first.days / 2), second, third), budget=1.0
    )
    cell, other = make_cells(half)[1], make_cells(short)[1]
    assert cell.outcome(3000.0) == other.outcome(3000.0)
    assert cell.current_spend == other.current_spend


def test_carried_over_money_works_while_a_channel_is_off():
    problem = quarter(two_channels())
    first, second, third = problem.periods
    off = replace(problem, periods=(first, replace(second, active={"tv": 0.0}), third))
    allocation = allocate(off)
    row = next(r for r in allocation.channels if (r.period, r.channel) == ("month1", "tv"))
    assert row.proposed.spend == 0.0
    assert (row.effective_spend or 0.0) > 0
    assert (row.proposed.conversions or 0.0) > 0


def test_jumps_are_measured_past_the_periods_in_which_a_channel_is_off():
    problem = quarter(two_channels(slope=1.8))
    first, second, third = problem.periods
    rule = Rule("max_change_between_periods", 0.05, ("tv",), path="jumps")
    off = replace(
        problem, periods=(first, replace(second, active={"tv": 0.0}), third), rules=(rule,)
    )
    found = spends(allocate(off))
    assert found["month2", "tv"] / 30 == pytest.approx(found["month0", "tv"] / 31, rel=0.05001)


def test_a_channel_that_does_not_change_stays_in_every_period():
    curves = random_curves(np.random.default_rng(3), 4, "concave")
    periods = months(curves)
    budget = money(curves, sum(period.days for period in periods))
    rules = (Rule("max_changed", 2, path="portfolio.max_changed"),)
    allocation = allocate(Problem(curves, budget, periods=periods, rules=rules))
    changed = {
        row.channel
        for row in allocation.channels
        if abs(row.proposed.spend - row.current.spend) > 1e-4 * row.current.spend
    }
    assert 0 < len(changed) <= 2


def test_a_split_by_hand_is_scored_with_carry_over():
    problem = quarter(two_channels())
    best = allocate(problem)
    by_channel: dict[str, list[float]] = {
        name: [row.proposed.spend for row in best.channels if row.channel == name]
        for name in problem.curves.names
    }
    again = evaluate(problem, by_channel)
    assert again.proposed == best.proposed
    assert [row.proposed for row in again.tail] == [row.proposed for row in best.tail]
    even = evaluate(problem, {name: sum(amounts) for name, amounts in by_channel.items()})
    paces = [r.proposed.spend / d for r, d in zip(even.channels[::2], (31, 28, 30), strict=True)]
    assert paces == pytest.approx([paces[0]] * 3)


def test_carry_in_from_history_counts():
    problem = quarter(two_channels())
    rich = allocate(replace(problem, carry_in={"tv": 9000.0}))
    poor = allocate(replace(problem, carry_in={"tv": 0.0}))
    assert rich.proposed is not None
    assert poor.proposed is not None
    assert (rich.proposed.conversions or 0.0) > (poor.proposed.conversions or 0.0)


def test_sure_plans_over_periods_count_the_draws_of_what_works():
    rng = np.random.default_rng(1)
    drawn = tuple(
        replace(
            entry,
            draws=tuple(
                Hill(
                    entry.curve.parameters["ceiling"] * rng.lognormal(0, 0.2),
                    entry.curve.parameters["half_saturation"] * rng.lognormal(0, 0.2),
                    1.0,
                )
                for _ in range(20)
            ),
        )
        for entry in two_channels()
    )
    curves = CurveSet(drawn)
    problem = quarter(curves, risk=Risk("cvar", 0.8))
    allocation = allocate(problem)
    assert allocation.status == "optimal"
    assert allocation.risk is not None
    cells, tail = make_cells(problem), make_tail(problem)
    spend = np.array([row.proposed.spend for row in allocation.channels])
    totals = []
    for number in range(20):
        one = CurveSet(tuple(replace(e, curve=e.draws[number]) for e in curves))
        posed = replace(problem, curves=one)
        rows = outcomes(make_cells(posed), spend, make_tail(posed))
        totals.append(sum(row.revenue or 0.0 for row in rows))
    assert allocation.risk.expected == pytest.approx(np.mean(totals), rel=1e-9)
    assert allocation.risk.bad_case == pytest.approx(np.sort(totals)[:4].mean(), rel=1e-9)
    assert len(cells) == 6
    assert len(tail) == 2
