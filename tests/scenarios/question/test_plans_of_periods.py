"""Plans of several periods: against plans of single ones, against the curves, and to the cent."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.curves.curveset import CurveSet
from models.transforms.adstock import geometric
from optimizer.allocator import allocate
from scenarios.answer.build_plan import plan_of
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, Provenance, dump, parse
from scenarios.question.resolve import resolve
from tests.support.scenario_examples import CURVES, with_draws, write

HEAD = "curves: c.json\nname: quarter\n"
QUARTER = HEAD + "period: 2027-Q1\n"
RULES = "defaults: {change: [-40%, +40%], margin: 40%}\n"
WAVE = tuple(1.0 + 0.4 * np.sin(2 * np.pi * np.arange(53) / 53))


def carrying(decay: float = 0.5, curves: CurveSet = CURVES) -> CurveSet:
    """The same curves, of which all carry over, with a season."""
    return replace(
        curves,
        channels=tuple(
            replace(entry, carry_over=decay, carried_spend=entry.current_spend, season=WAVE)
            for entry in curves
        ),
    )


def plan(folder: Path, text: str, curves: CurveSet = CURVES) -> Plan:
    question = resolve(Scenario.load(write(folder, text)), curves)
    return plan_of(question, allocate(question.problem), Provenance())


@pytest.mark.parametrize("by", ["month", "week"])
@pytest.mark.parametrize("carries", ["true", "false"])
def test_periods_sum_to_the_whole_to_the_cent(tmp_path, by: str, carries: str) -> None:
    text = f"{QUARTER}{RULES}budget: 251234.57\nperiods: {{by: {by}, carry_over: {carries}}}\n"
    found = plan(tmp_path, text, carrying())
    assert found.proposed is not None
    assert found.current is not None
    assert found.proposed.spend == 251_234.57
    for side, prefix in (("current", "current_"), ("proposed", "")):
        whole = getattr(found, side)
        for name in ("spend", "conversions", "revenue", "profit"):
            by_channel = [getattr(row, prefix + name) for row in found.channels]
            by_period = [getattr(getattr(period, side), name) for period in found.periods]
            assert math.fsum(by_channel) == pytest.approx(getattr(whole, name), abs=1e-6)
            assert math.fsum(by_period) == pytest.approx(getattr(whole, name), abs=1e-6)
            for number, row in enumerate(found.channels):
                parts = [getattr(p.channels[number], prefix + name) for p in found.periods]
                assert math.fsum(parts) == pytest.approx(getattr(row, prefix + name), abs=1e-6)
    for period in found.periods:
        assert all(row.spend == round(row.spend, 2) for row in period.channels)


def test_a_fixed_budget_of_a_period_is_met_to_the_cent(tmp_path) -> None:
    text = (
        f"{QUARTER}budget: 250000.01\n"
        "periods: {by: month, budgets: {2027-01: 90000.33, 2027-02: {min: 70000, max: 70000.77}}}\n"
    )
    found = plan(tmp_path, text, carrying())
    january, february, march = (period.proposed.spend for period in found.periods)
    assert january == 90_000.33
    assert 70_000 <= february <= 70_000.77
    assert january + february + march == pytest.approx(250_000.01, abs=1e-6)
    assert found.periods[0].budget is not None
    assert found.periods[0].budget.max == 90_000.33


@pytest.mark.parametrize("extra", ["", "carry_over: false, "])
def test_one_period_is_the_same_plan_whichever_way_it_is_written(tmp_path, extra: str) -> None:
    month = f"{HEAD}period: 2027-01\nbudget: 80000\n{RULES}"
    curves = with_draws(carrying())
    plain = plan(tmp_path, month, curves)
    laid_out = plan(tmp_path, f"{month}periods: {{by: month, {extra}}}\n", curves)
    given = plan(tmp_path, f"{month}periods: {{by: month, budgets: {{2027-01: 80000}}}}\n", curves)
    assert laid_out.scenario != plain.scenario
    for other in (laid_out, given):
        same = other.model_copy(update={"scenario": plain.scenario, "rules": plain.rules})
        assert dump(same) == dump(plain)
    assert laid_out.rules == plain.rules


def test_rules_of_the_only_period_are_those_of_the_plan(tmp_path) -> None:
    month = f"{HEAD}period: 2027-01\nbudget: 80000\n"
    rules = "channels: {tv: {min_spend: 35000}}"
    plain = plan(tmp_path, f"{month}{rules}\n")
    laid_out = plan(tmp_path, f"{month}periods: {{by: month, rules: {{2027-01: {{{rules}}}}}}}\n")
    assert [row.spend for row in laid_out.channels] == [row.spend for row in plain.channels]
    assert laid_out.certificate == plain.certificate
    assert laid_out.channels[1].binding == ("periods.rules.2027-01.channels.tv.min_spend",)


def test_without_carry_over_each_month_with_its_own_budget_is_a_plan_by_itself(tmp_path) -> None:
    budgets = {"2027-01": 80_000.0, "2027-02": 60_000.0, "2027-03": 95_000.0}
    laid_out = plan(
        tmp_path,
        f"{QUARTER}periods: {{by: month, budgets: {json.dumps(budgets)}}}\n",
        carrying(decay=0.0),
    )
    for period in laid_out.periods:
        text = f"{HEAD}period: {period.label}\nbudget: {budgets[period.label]}\n"
        alone = plan(tmp_path, text, carrying(decay=0.0))
        assert alone.proposed is not None
        assert period.proposed.revenue == pytest.approx(alone.proposed.revenue, rel=2e-4)
        for one, other in zip(period.channels, alone.channels, strict=True):
            assert one.spend == pytest.approx(other.spend, abs=0.02 * budgets[period.label])
            assert one.current_revenue == pytest.approx(other.current_revenue, abs=0.02)
    assert laid_out.tail is None


def test_carry_over_switched_off_is_no_carry_over(tmp_path) -> None:
    text = f"{QUARTER}budget: 200000\nperiods: {{by: month, carry_over: false}}\n"
    off, none = plan(tmp_path, text, carrying(0.5)), plan(tmp_path, text, carrying(0.0))
    assert off.channels == none.channels
    assert off.tail is none.tail is None


def test_figures_follow_the_carry_over_of_every_week(tmp_path) -> None:
    """The money at work is the mean, over a period's weeks, of the stock that each week has."""
    weeks = "period: {start: 2027-01-04, end: 2027-03-28}\n"
    text = f"{HEAD}{weeks}budget: 260000\nperiods: {{by: week}}\n"
    curves = carrying(0.6)
    found = plan(tmp_path, text, curves)
    for number, row in enumerate(found.channels):
        entry = curves[row.channel]
        for side, prefix in (("effective_spend", ""), ("current_effective_spend", "current_")):
            rows = [period.channels[number] for period in found.periods]
            spends = [getattr(each, f"{prefix}spend") for each in rows]
            expected = geometric(spends, 0.6, before=entry.current_spend)
            assert [getattr(each, side) for each in rows] == pytest.approx(expected, rel=1e-6)
            for each, working in zip(rows, expected, strict=True):
                conversions = each.season * float(entry.curve.response(working))
                assert getattr(each, f"{prefix}conversions") == pytest.approx(conversions, abs=1e-3)


def test_what_comes_after_the_end_is_told_apart(tmp_path) -> None:
    curves = carrying(0.6)
    text = f"{QUARTER}budget: 260000\nperiods: {{by: month}}\n"
    found = plan(tmp_path, text, curves)
    assert found.tail is not None
    assert found.certificate is not None
    assert found.proposed is not None
    revenue = (found.proposed.revenue or 0.0) + (found.tail.proposed.revenue or 0.0)
    assert found.certificate.value == pytest.approx(revenue, rel=1e-6)
    for row in found.tail.channels:
        entry = curves[row.channel]
        stock = entry.current_spend or 0.0
        for period in found.periods:
            (each,) = (r for r in period.channels if r.channel == row.channel)
            for _ in range(10_000):
                kept = 0.6 ** (period.days / 7 / 10_000)
                stock = kept * stock + (1 - kept) * each.spend * 7 / period.days
        last = found.periods[-1].channels[found.channels.index(
            next(r for r in found.channels if r.channel == row.channel))].season  # fmt: skip
        fading = sum(last * float(entry.curve.response(stock * 0.6**j)) for j in range(1, 60))
        # The last hundredth of the stock is left out: of a concave curve at most so much.
        assert row.conversions == pytest.approx(fading, rel=0.05)
        assert (row.conversions or 0.0) <= fading


def test_a_channel_that_is_off_spends_nothing_but_may_still_work(tmp_path) -> None:
    text = (
        f"{QUARTER}budget: 200000\nperiods: {{by: month}}\n"
        "events: [{start: 2027-02-01, end: 2027-02-28, off: true, channels: [tv]}]\n"
    )
    found = plan(tmp_path, text, carrying(0.5))
    (tv,) = (row for row in found.periods[1].channels if row.channel == "tv")
    assert (tv.spend, tv.current_spend) == (0.0, 0.0)
    assert (tv.conversions or 0.0) > 0.0
    still = plan(tmp_path, text.replace("month}", "month, carry_over: false}"), carrying(0.5))
    (tv,) = (row for row in still.periods[1].channels if row.channel == "tv")
    assert (tv.spend, tv.conversions, tv.fit_periods) == (0.0, 0.0, 0.0)


def test_limits_of_a_channel_over_the_horizon_are_those_of_its_rules(tmp_path) -> None:
    text = (
        f"{QUARTER}budget: 230000\nperiods: {{by: month}}\n"
        "channels: {tv: {min_spend: 50000, max_spend: 70000}, social: {change: [-10%, +20%]}}\n"
    )
    found = {row.channel: row for row in plan(tmp_path, text, carrying()).channels}
    assert (found["tv"].min_spend, found["tv"].max_spend) == (50_000.0, 70_000.0)
    today = found["social"].current_spend or 0.0
    assert found["social"].min_spend == pytest.approx(0.9 * today, abs=0.02)
    assert found["social"].max_spend == pytest.approx(1.2 * today, abs=0.02)
    assert 50_000 - 0.02 <= found["tv"].spend <= 70_000 + 0.02


def test_jumps_from_month_to_month_are_limited_by_the_day(tmp_path) -> None:
    text = f"{QUARTER}budget: 230000\nperiods: {{by: month, max_change_between_periods: 5%}}\n"
    found = plan(tmp_path, text, carrying())
    for number in range(len(found.channels)):
        paces = [p.channels[number].spend / p.days for p in found.periods]
        for before, after in pairwise(paces):
            assert 0.95 - 1e-4 <= after / before <= 1.05 + 1e-4
    assert any(rule.is_binding for rule in found.rules if "max_change" in rule.rule)


def test_the_draws_give_the_horizon_its_range_and_confidence(tmp_path) -> None:
    """By hand, draw by draw: every period's money at work on every draw of the curve."""
    curves = with_draws(carrying(0.5), draws=60)
    text = f"{QUARTER}budget: 260000\nperiods: {{by: month}}\n"
    found = plan(tmp_path, text, curves)
    for number, row in enumerate(found.channels):
        entry = curves[row.channel]
        drawn = [
            sum(
                each.fit_periods * each.season
                * float(draw.response((each.effective_spend or 0.0) / each.fit_periods))
                for each in (period.channels[number] for period in found.periods)
            )
            for draw in entry.draws
        ]  # fmt: skip
        assert row.interval is not None
        assert row.interval.conversions == pytest.approx(np.quantile(drawn, (0.05, 0.95)), rel=1e-5)
    assert found.confidence is not None
    assert found.certificate is not None
    assert found.current is not None
    assert found.tail is not None
    assert found.tail.current is not None
    today = (found.current.revenue or 0.0) + (found.tail.current.revenue or 0.0)
    low, _, high = found.confidence.uplift
    assert low < found.certificate.value - today < high


def test_a_plan_of_periods_is_read_back_and_its_scenario_gives_it_again(tmp_path) -> None:
    text = (
        f"{QUARTER}{RULES}budget: +5%\nperiods: {{by: month, budgets: {{2027-02-01: current}}}}\n"
        "events: [{start: 2027-03-10, end: 2027-03-16, off: true, channels: [tv]}]\n"
    )
    found = plan(tmp_path, text, carrying())
    assert parse(dump(found), "plan.json") == found
    again = plan(tmp_path, json.dumps(found.scenario), carrying())
    assert again.certificate is not None
    assert found.certificate is not None
    assert again.certificate.value == pytest.approx(found.certificate.value, rel=2e-4)
    for one, other in zip(again.channels, found.channels, strict=True):
        assert one.current_spend == pytest.approx(other.current_spend, abs=0.02)
