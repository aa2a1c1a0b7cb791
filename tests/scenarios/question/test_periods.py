"""Months and weeks of a plan: their days, their season, events, budgets, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.curveset import CurveSet
from models.errors import ScenarioError
from optimizer.problem import Budget, Period
from scenarios.definition.horizon import Span, stretches
from scenarios.definition.scenario import Scenario
from scenarios.question.resolve import Question, resolve
from tests.support.scenario_examples import CURVES, write

HEAD = "curves: c.json\nbudget: 90000\nperiod: {start: 2026-12-10, end: 2027-02-03}\n"
WAVE = tuple(1.0 + 0.5 * np.sin(2 * np.pi * np.arange(53) / 53))
SEASONAL = replace(
    CURVES, channels=(replace(CURVES.channels[0], season=WAVE), *CURVES.channels[1:])
)


def question(folder: Path, text: str, curves: CurveSet = SEASONAL) -> Question:
    return resolve(Scenario.load(write(folder, HEAD + text)), curves)


def periods(folder: Path, text: str) -> tuple[Period, ...]:
    return question(folder, text).problem.periods


def faults(folder: Path, text: str, head: str = HEAD, curves: CurveSet = SEASONAL) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        resolve(Scenario.load(write(folder, head + text)), curves)
    return [str(fault).replace(str(folder / "plan.yaml"), "FILE") for fault in caught.value.faults]


@given(
    start=st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    days=st.integers(1, 800),
    by=st.sampled_from(["month", "week"]),
)
def test_every_day_lies_in_one_stretch_and_each_in_one_month_or_week(start, days, by) -> None:
    found = stretches(Span(days, start), by)
    covered = [s.start + timedelta(days=i) for s in found for i in range(s.days)]
    assert covered == [start + timedelta(days=i) for i in range(days)]
    assert len({s.label for s in found}) == len(found)
    for stretch in found:
        ends = (stretch.start, stretch.end)
        if by == "month":
            assert {f"{day:%Y-%m}" for day in ends} == {stretch.label}
        else:
            assert {f"{day:%G-W%V}" for day in ends} == {stretch.label}
    for stretch in found[1:-1]:
        assert stretch.start == stretch.begins
        assert by == "month" or stretch.days == 7


def test_a_horizon_that_is_not_whole_months_has_shorter_ends(tmp_path) -> None:
    found = periods(tmp_path, "periods: {by: month}\n")
    assert [(p.label, p.days) for p in found] == [
        ("2026-12", 22.0), ("2027-01", 31.0), ("2027-02", 3.0)
    ]  # fmt: skip
    weeks = periods(tmp_path, "periods: {by: week}\n")
    assert [p.label for p in weeks][:4] == ["2026-W50", "2026-W51", "2026-W52", "2026-W53"]
    assert [p.days for p in weeks] == [4.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 3.0]


def day_by_day(start: date, days: int) -> list[tuple[date, float]]:
    """Every day with the season's factor, by the rule of seven days from 1 January."""
    every = [start + timedelta(days=i) for i in range(days)]
    return [(day, WAVE[min((day.timetuple().tm_yday - 1) // 7, 52)]) for day in every]


def test_a_period_has_the_mean_season_of_its_days(tmp_path) -> None:
    (_, january, _) = periods(tmp_path, "periods: {by: month}\n")
    expected = np.mean([factor for _, factor in day_by_day(date(2027, 1, 1), 31)])
    assert january.factors == {"search": pytest.approx(expected), "tv": 1.0, "social": 1.0}
    assert january.active == {}


def test_events_lift_their_days_and_take_days_off(tmp_path) -> None:
    text = (
        "periods: {by: month}\nevents:\n"
        " - {name: sale, start: 2026-12-28, end: 2027-01-03, lift: +30%}\n"
        " - {start: 2027-01-02, end: 2027-01-10, lift: -10%, channels: [search]}\n"
        " - {start: 2027-01-30, end: 2027-02-03, off: true, channels: [search, tv]}\n"
    )
    _, january, february = periods(tmp_path, text)
    running = []
    for day, factor in day_by_day(date(2027, 1, 1), 31):
        factor *= 1.3 if day <= date(2027, 1, 3) else 1.0
        factor *= 0.9 if date(2027, 1, 2) <= day <= date(2027, 1, 10) else 1.0
        if day < date(2027, 1, 30):
            running.append(factor)
    assert january.factors["search"] == pytest.approx(np.mean(running))
    assert january.factors["tv"] == pytest.approx((29 + 3 * 0.3) / 29)
    assert january.factors["social"] == pytest.approx(1 + 0.3 * 3 / 31)
    assert january.active == {"search": pytest.approx(29 / 31), "tv": pytest.approx(29 / 31)}
    assert february.active == {"search": 0.0, "tv": 0.0}


def test_events_work_for_a_plan_of_one_period_too(tmp_path) -> None:
    sale = "events: [{start: 2026-12-10, end: 2026-12-16, lift: +20%, channels: [tv]}]\n"
    problem = question(tmp_path, sale).problem
    assert problem.periods == ()
    assert problem.factors["tv"] == pytest.approx(1 + 0.2 * 7 / 56)
    off = "events: [{start: 2026-12-10, end: 2026-12-16, off: true, channels: [tv]}]\n"
    (only,) = question(tmp_path, off).problem.periods
    assert only.active == {"tv": pytest.approx(49 / 56)}
    assert only.days == 56


def test_an_event_beyond_the_plan_is_told(tmp_path) -> None:
    text = "events: [{name: fair, start: 2027-05-01, end: 2027-05-02, lift: 5%}]\n"
    assert question(tmp_path, text).notices == (
        "the event fair lies outside of the plan's days: it changes nothing.",
    )


def test_a_given_season_takes_the_place_of_the_fitted_one(tmp_path) -> None:
    text = (
        "periods:\n  by: month\n"
        "  season: {2026-12: 1.5, search: {2027-01-01: 0.8}, tv: {2027-02: 2}}\n"
    )
    december, january, february = periods(tmp_path, text)
    assert december.factors == {"search": 1.5, "tv": 1.5, "social": 1.5}
    assert (january.factors["search"], january.factors["tv"]) == (pytest.approx(0.8), 1.0)
    assert february.factors["tv"] == 2.0


def test_budgets_of_periods_in_money(tmp_path) -> None:
    """Today 20,000 a week; 'current' counts only the days on which channels may run."""
    text = (
        "periods:\n  by: month\n"
        "  budgets: {2026-12: 40000, 2027-01: {min: 10000, max: +10%}, 2027-02-01: current}\n"
        "events: [{start: 2027-02-01, end: 2027-02-03, off: true, channels: [tv]}]\n"
    )
    found = periods(tmp_path, text)
    assert found[0].budget == Budget(40_000.0, 40_000.0)
    assert found[1].budget is not None
    assert found[1].budget.minimum == 10_000.0
    assert found[1].budget.maximum == pytest.approx(1.1 * 20_000 * 31 / 7)
    assert found[2].budget is not None
    assert found[2].budget.maximum == pytest.approx(13_000 * 3 / 7)


def test_the_periods_budgets_make_the_whole_where_it_has_none(tmp_path) -> None:
    head = HEAD.replace("budget: 90000\n", "")
    text = "periods: {by: month, budgets: {2026-12: 4e4, 2027-01: {min: 1e4, max: 2e4}, %s: 500}}\n"
    path = write(tmp_path, head + text % "2027-02")
    assert resolve(Scenario.load(path), SEASONAL).problem.budget == Budget(50_500.0, 60_500.0)
    assert faults(tmp_path, text.replace(", %s: 500", ""), head) == [
        (
            "FILE, line 3, column 31, periods.budgets: there is no budget for 2027-02, and none for"
            " the whole plan. Write them, or 'budget' for the whole."
        )
    ]


def test_rules_of_a_period_name_it_and_their_place(tmp_path) -> None:
    text = (
        "groups: {brand: {channels: [tv, social], max_share: 80%}}\n"
        "channels: {tv: {max_change_between_periods: 10%}, social: {locked: true}}\n"
        "periods:\n  by: month\n  max_change_between_periods: 20%\n  rules:\n"
        "    2027-01-01:\n"
        "      channels: {tv: {min_spend: 5000, change: [-20%, free], locked: true}}\n"
        "      groups: {brand: {min_share: 40%}, own: {channels: [tv], max_changed: 0}}\n"
        "      portfolio: {max_cpa: 50}\n"
    )
    rules = question(tmp_path, text).problem.rules
    place = "periods.rules.2027-01-01"
    assert {(r.kind, r.limit, r.channels, r.path) for r in rules if r.period == "2027-01"} == {
        ("min_spend", 5000.0, ("tv",), f"{place}.channels.tv.min_spend"),
        ("change_from", -0.2, ("tv",), f"{place}.channels.tv.change"),
        ("locked", 0.0, ("tv",), f"{place}.channels.tv.locked"),
        ("min_share", 0.4, ("tv", "social"), f"{place}.groups.brand.min_share"),
        ("max_changed", 0.0, ("tv",), f"{place}.groups.own.max_changed"),
        ("max_cpa", 50.0, (), f"{place}.portfolio.max_cpa"),
    }
    jumps = {(r.channels, r.limit, r.path) for r in rules if r.kind == "max_change_between_periods"}
    assert jumps == {  # social stays where it is: it can neither keep nor break one
        (("search",), 0.2, "periods.max_change_between_periods"),
        (("tv",), 0.1, "channels.tv.max_change_between_periods"),
    }


def test_carry_over_is_the_default_of_several_periods_only(tmp_path) -> None:
    assert question(tmp_path, "periods: {by: month}\n").problem.carry_over
    assert not question(tmp_path, "periods: {by: month, carry_over: false}\n").problem.carry_over
    short = HEAD.replace("2027-02-03", "2026-12-31")
    path = write(tmp_path, short + "periods: {by: month}\n")
    assert not resolve(Scenario.load(path), SEASONAL).problem.carry_over


def test_historys_end_carries_into_the_plan_and_fades_until_it_begins(tmp_path) -> None:
    """History ends on 29 November, the plan begins 10 days later: 10/7 weeks at today's pace."""
    search = replace(CURVES.channels[0], carry_over=0.5, carried_spend=12_000.0)
    curves = replace(CURVES, channels=(search, *CURVES.channels[1:]))
    found = question(tmp_path, "periods: {by: month}\n", curves).problem.carry_in
    left = 0.5 ** (10 / 7)
    assert found == {"search": pytest.approx(left * 12_000 + (1 - left) * 9_000)}


def test_everything_wrong_with_periods_at_once(tmp_path) -> None:
    text = (
        "periods:\n  by: month\n"
        "  budgets: {2027-03: 5, 2027-01: 5, 2027-01-01: 6}\n"
        "  season: {serch: {2027-01: 2}, 2026-W50: 1}\n"
        "  rules: {2026-12: {channels: {tvv: {step: 5}}, groups: {brnd: {min_share: 5%}}}}\n"
        "groups: {brand: {channels: [tv]}}\n"
        "events: [{start: 2026-12-10, end: 2026-12-10, off: true, channels: [radio]}]\n"
    )
    assert faults(tmp_path, text) == [
        ("FILE, line 10, column 69, events[0].channels[0]: c.json has no channel 'radio'."
         " It has search, tv, social."),
        ("FILE, line 7, column 12, periods.season.serch: c.json has no channel 'serch'."
         " Did you mean 'search'?"),
        ("FILE, line 8, column 32, periods.rules.2026-12.channels.tvv: c.json has no channel"
         " 'tvv'. Did you mean 'tv'?"),
        ("FILE, line 8, column 58, periods.rules.2026-12.groups.brnd: there is no group 'brnd'."
         " Did you mean 'brand'?"),
        ("FILE, line 6, column 13, periods.budgets.2027-03: the plan has no month '2027-03'."
         " Did you mean '2027-02'?"),
        ("FILE, line 7, column 33, periods.season.2026-W50: the plan has no month '2026-W50'."
         " It has 2026-12 to 2027-02."),
        ("FILE, line 6, column 12, periods.budgets: 2027-01 and 2027-01-01 are the same month."
         " Keep one of them."),
    ]  # fmt: skip


def test_months_need_dates(tmp_path) -> None:
    head = "curves: c.json\nbudget: 90000\nperiod: {days: 60}\n"
    text = "periods: {by: month}\nevents: [{start: 2026-12-10, end: 2026-12-10, off: true}]\n"
    remedy = "Write the period with its dates, as in {start: 2026-10-01, end: 2026-12-31}."
    assert faults(tmp_path, text, head, replace(CURVES, provenance={})) == [
        f"FILE, line 4, column 1, periods: nobody knows on which dates the plan begins. {remedy}",
        f"FILE, line 5, column 1, events: nobody knows on which dates the plan begins. {remedy}",
    ]


def test_settings_reach_into_periods(tmp_path) -> None:
    path = write(tmp_path, HEAD + "periods: {by: month}\n")
    settings = ["periods.budgets.2026-12=40000", "periods.rules.2027-01.channels.tv.min_spend=5",
                "periods.season.search.2027-02=1.5"]  # fmt: skip
    problem = resolve(Scenario.load(path, settings), SEASONAL).problem
    assert problem.periods[0].budget == Budget(40_000.0, 40_000.0)
    assert problem.periods[2].factors["search"] == 1.5
    assert [(r.kind, r.limit) for r in problem.rules if r.period == "2027-01"] == [("min_spend", 5)]
