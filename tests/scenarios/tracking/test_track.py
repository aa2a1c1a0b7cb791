"""A plan against what happened: parts that add up exactly, and a judgement that knows chance."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill, Linear
from models.curves.file import save_curves
from models.errors import InputError
from models.transforms.adstock import geometric
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, dump
from scenarios.planning import plan_on, read_evidence
from scenarios.tracking.actuals import Actuals, read_actuals
from scenarios.tracking.intervals import effective, stretches_of
from scenarios.tracking.track import Tracking, track
from scenarios.tracking.variance import PARTS, Expectation
from tests.support.commands import budgetopt, refused
from tests.support.plan_factory import infeasible, make_plan
from tests.support.scenario_examples import CURVES, with_draws, write
from tests.support.schemas import schema_of

PERIOD = "period: 2026-01\n"
START, DAYS = date(2026, 1, 1), 31


def planned(folder: Path, curves: CurveSet = CURVES, text: str = "budget: current\n") -> Plan:
    """January's plan on known curves."""
    save_curves(curves, folder / "curves.json")
    path = write(folder, f"curves: curves.json\n{PERIOD}{text}")
    scenario = Scenario.load(path)
    return plan_on(scenario, read_evidence(scenario))


def happened(
    plan: Plan,
    days: int = DAYS,
    spending: dict[str, float] | None = None,
    response: dict[str, float] | None = None,
) -> Actuals:
    """Days on which each channel spent its plan times a factor and brought its curve times another.

    A channel that spends evenly brings, per day, its curve at that spend per fit period, divided.
    """
    spend, conversions, revenue = {}, {}, {}
    for row in plan.channels:
        daily = row.spend / plan.period.days * (spending or {}).get(row.channel, 1.0)
        entry = CURVES[row.channel]
        level = (response or {}).get(row.channel, 1.0)
        brought = level * float(entry.curve.response(daily * plan.period_days)) / plan.period_days
        spend[row.channel] = (daily,) * days
        conversions[row.channel] = (brought,) * days
        revenue[row.channel] = (brought * (entry.value_per_conversion or 0.0),) * days
    start = date.fromisoformat(plan.period.start or "")
    last = start + timedelta(days=days - 1)
    brought = {"conversions": conversions, "revenue": revenue}
    return Actuals("actuals.csv", start, days, last, spend, brought)


# The parts


amounts = st.floats(0, 1e5, allow_nan=False)


@given(
    st.integers(0, 3), st.integers(1, 31), st.integers(0, 10), st.integers(0, 40),
    st.lists(amounts, min_size=20, max_size=20),
)  # fmt: skip
def test_the_parts_sum_to_the_whole_exactly(
    periods: int, days: int, beyond: int, lag: int, values: list[float]
) -> None:
    plan = make_plan(4, names=("a", "b", "c", "d"), periods=periods)
    carried = {
        name: curve.model_copy(update={"carry_over": 0.3}) for name, curve in plan.curves.items()
    }
    plan = plan.model_copy(update={"curves": carried})
    daily = iter(np.resize(values, 4 * 3 * days).tolist())

    def of_each() -> dict[str, tuple[float, ...]]:
        return {row.channel: tuple(next(daily) for _ in range(days)) for row in plan.channels}

    start = date(2026, 12, 1)
    known = start + timedelta(days=days - 1 + beyond)
    brought = {"conversions": of_each(), "revenue": of_each()}
    found = track(plan, Actuals("a.csv", start, days, known, of_each(), brought), lag)
    for measure in ("conversions", "revenue"):
        for one in (*found.channels, found.total):
            parts = sum(exact(getattr(one.variances[measure], part)) for part in PARTS)
            variance = one.variances[measure]
            assert exact(variance.planned) + parts == exact(variance.actual)
            assert exact(variance.difference) == parts
        for part in ("planned", *PARTS, "actual"):
            summed = sum(exact(getattr(one.variances[measure], part)) for one in found.channels)
            assert summed == exact(getattr(found.total.variances[measure], part))


def exact(value: float | None) -> Decimal:
    """A figure as it is written."""
    assert value is not None
    return Decimal(str(value))


def test_a_month_that_goes_as_planned_differs_in_nothing(tmp_path) -> None:
    plan = planned(tmp_path)
    found = track(plan, happened(plan), lag=0)
    for one in (*found.channels, found.total):
        for variance in one.variances.values():
            assert [getattr(variance, part) for part in PARTS] == pytest.approx([0.0] * 4, abs=0.02)
        assert one.projected_spend == pytest.approx(one.planned_spend, abs=0.01)
        assert one.projected_kpi == pytest.approx(one.planned_kpi, abs=0.01)
        assert one.roas == pytest.approx(one.planned_roas, rel=1e-4)


def test_spending_and_response_are_told_apart(tmp_path) -> None:
    plan = planned(tmp_path)
    found = track(plan, happened(plan, 14, {"tv": 0.5}, {"search": 0.8}), lag=0)
    tv, search, social = (by_name(found, name) for name in ("tv", "search", "social"))
    rows = {row.channel: row for row in plan.channels}
    # What the curve says by itself: n weeks at half the money.
    weekly, curve = rows["tv"].spend / DAYS * 7, CURVES["tv"].curve
    missing = 2 * float(curve.response(0.5 * weekly) - curve.response(weekly))
    one = tv.variances["conversions"]
    assert one.spending == pytest.approx(missing, abs=1e-3)
    assert one.response == pytest.approx(0.0, abs=1e-3)
    assert (tv.spent, tv.expected_spend) == pytest.approx((7 * weekly / 7, 2 * weekly), abs=0.01)
    assert tv.projected_spend == pytest.approx(rows["tv"].spend / 2, abs=0.01)
    one = search.variances["conversions"]
    assert one.spending == pytest.approx(0.0, abs=1e-3)
    assert one.response == pytest.approx(-0.2 * (one.planned), abs=1e-2)
    assert social.variances["conversions"].difference == pytest.approx(0.0, abs=1e-2)


def by_name(found: Tracking, channel: str):
    return next(one for one in found.channels if one.channel == channel)


def test_late_conversions_wait_and_are_not_judged(tmp_path) -> None:
    plan = planned(tmp_path)
    actuals = happened(plan, 14)
    gone = {name: (*days[:7], *[0.0] * 7) for name, days in actuals.brought["conversions"].items()}
    found = track(plan, replace(actuals, brought={"conversions": gone}), lag=7)
    assert (found.days, found.settled) == (14, 7)
    for one in found.channels:
        variance = one.variances["conversions"]
        assert variance.response == pytest.approx(0.0, abs=1e-3)
        assert variance.waiting == pytest.approx(-variance.planned / 2, abs=1e-3)
        assert one.judgement.actual == pytest.approx(one.judgement.expected, abs=1e-3)
    assert found.total.cpa == pytest.approx(found.total.planned_cpa, rel=1e-4)
    # The file goes on behind the days that are counted: their conversions are in.
    later = replace(actuals, known_until=actuals.end + timedelta(days=7))
    assert track(plan, later, lag=7).settled == 14


def test_earlier_spend_is_neither_spending_nor_response(tmp_path) -> None:
    """Spend doubles with the plan: in its first week a carry-over of one half holds half back."""
    entry = ChannelCurve(
        "tv", Linear(0.02), carry_over=0.5, value_per_conversion=50.0, current_spend=1000.0,
        max_observed_spend=9000.0,
    )  # fmt: skip
    curves = CurveSet((entry,), 7, "EUR", provenance=CURVES.provenance)
    plan = planned(tmp_path, curves, "budget: +100%\ndefaults: {extrapolation: free}\n")
    daily = plan.channels[0].spend / DAYS
    brought = {"conversions": {"tv": (0.02 * 1500 / 7,) * 7}}
    known = date(2026, 1, 7)
    found = track(plan, Actuals("a.csv", START, 7, known, {"tv": (daily,) * 7}, brought), lag=0)
    one = found.channels[0].variances["conversions"]
    assert (one.planned, one.carry_over) == pytest.approx((40.0, -10.0), abs=1e-3)
    assert (one.spending, one.response) == pytest.approx((0.0, 0.0), abs=1e-3)


@given(st.lists(amounts, min_size=1, max_size=12), st.floats(0, 0.9), amounts)
def test_effective_spend_is_that_of_the_fit(
    spends: list[float], decay: float, before: float
) -> None:
    whole = effective(spends, [1.0] * len(spends), decay, before)
    assert whole == pytest.approx(geometric(spends, decay, before).tolist(), abs=1e-6)
    # A period that is cut in two, each half with half its money, ends where it would have.
    halves = effective(
        [x / 2 for x in spends for _ in "ab"], [0.5] * (2 * len(spends)), decay, before
    )
    assert halves[1::2] == pytest.approx(whole, rel=1e-9, abs=1e-6)


@given(st.integers(0, 4), st.integers(0, 120), st.integers(0, 120))
def test_stretches_cover_every_day_once(periods: int, days: int, settled: int) -> None:
    plan = make_plan(2, periods=periods)
    length = round(plan.period.days)
    end = date(2026, 12, 1) + timedelta(days=length - 1)
    season = tuple((1 + 0.3 * np.sin(np.arange(53))).tolist())
    curves = {n: c.model_copy(update={"season": season}) for n, c in plan.curves.items()}
    period = plan.period.model_copy(update={"end": str(end)})
    starts = np.cumsum([0, *(round(p.days) for p in plan.periods)])
    dated = tuple(
        p.model_copy(update={"start": str(date(2026, 12, 1) + timedelta(days=int(first)))})
        for p, first in zip(plan.periods, starts, strict=False)
    )
    plan = plan.model_copy(update={"curves": curves, "period": period, "periods": dated})
    days, settled = min(days, length), min(days, settled, length)
    found = list(stretches_of(plan, days, settled))
    assert [d for s in found for d in range(s.first, s.first + s.days)] == list(range(length))
    for stretch in found:
        assert stretch.length <= 1.0
        states = {_state(day, days, settled) for day in _days(stretch)}
        assert states == {stretch.state}
    # The season of the parts is that of the whole, and so is the money.
    for _, row in plan.rows():
        own = [s for s in found if s.rows[row.channel] is row]
        mean = sum(s.days * s.factors[row.channel] for s in own) / sum(s.days for s in own)
        assert mean == pytest.approx(row.season, rel=1e-9)
        assert sum(s.part for s in own) == pytest.approx(1.0)


def _days(stretch) -> range:
    return range(stretch.first, stretch.first + stretch.days)


def _state(day: int, days: int, settled: int) -> str:
    return "settled" if day < settled else "waiting" if day < days else "ahead"


# The judgement


def test_nine_of_ten_months_lie_within_the_interval() -> None:
    """By simulation: a curve that is uncertain, a demand that all share, counts that scatter."""
    rng = np.random.default_rng(7)
    mean, of_curve, noise, demand = 200.0, 15.0**2, 1.8, 0.06
    judge = Expectation(mean, of_curve, noise * mean, demand * mean)
    truth = mean + rng.normal(0, np.sqrt(of_curve), 4000) + mean * rng.normal(0, demand, 4000)
    came = rng.negative_binomial(truth / (noise - 1), 1 / noise)  # variance: noise times the mean
    inside = [judge.judged(float(x)).verdict in ("as expected", "too early") for x in came]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.015)


def test_verdicts() -> None:
    sure, wide = Expectation(1000.0, 100.0, 1000.0), Expectation(10.0, 1.0, 10.0)
    assert sure.judged(1010.0).verdict == "as expected"
    assert sure.judged(1200.0).verdict == "above"
    assert sure.judged(800.0).verdict == "below"
    assert sure.judged(None).verdict == "not judged"
    assert wide.judged(7.0).verdict == "too early"  # a third too few, and it says nothing
    assert wide.judged(30.0).verdict == "above"
    assert Expectation(10.0, 1.0, None).judged(10.0).verdict == "not judged"
    assert Expectation(0.0, 0.0, 0.0).judged(0.0).verdict == "not judged"


def test_a_level_moves_as_far_as_the_days_tell() -> None:
    sure, open_ = Expectation(100.0, 1e-6, 100.0), Expectation(100.0, 1e6, 100.0)
    assert sure.level(50.0) == pytest.approx(1.0, abs=1e-6)
    assert open_.level(50.0) == pytest.approx(0.5, abs=1e-3)
    assert Expectation(100.0, 100.0, 100.0).level(50.0) == pytest.approx(0.75)
    assert Expectation(100.0, None, 100.0).level(50.0) == 1.0


def test_the_interval_is_that_of_the_curves_draws(tmp_path) -> None:
    plan = planned(tmp_path, with_draws(draws=400))
    found = track(plan, happened(plan), lag=0)
    for one in found.channels:
        # The example's draws scatter by 10 % around their curve, and counts as Poisson's do.
        low, high, mean = one.judgement.low, one.judgement.high, one.judgement.expected
        assert low is not None
        assert high is not None
        reach = 1.645 * np.sqrt((0.1 * mean) ** 2 + mean)
        assert (high - low) / 2 == pytest.approx(reach, rel=0.1)


# Reading


def table(plan: Plan, days: int = 14, first: date = START, channels=None, **columns) -> str:
    """A daily history of the plan's channels, as planned."""
    rows = [["date", "channel", "spend", "conversions", "revenue", *columns]]
    for row in plan.channels if channels is None else channels:
        name = row if isinstance(row, str) else row.channel
        spend = 100.0 if isinstance(row, str) else row.spend / DAYS
        rows += [
            [str(first + timedelta(days=day)), name, str(spend), "5", "300", *columns.values()]
            for day in range(days)
        ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """January's plan in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    plan = planned(tmp_path)
    Path("plan.json").write_text(dump(plan), encoding="utf-8")
    Path("actuals.csv").write_text(table(plan), encoding="utf-8")
    return tmp_path


def test_every_form_says_the_same(folder) -> None:
    document = json.loads(budgetopt("track", "plan.json", "actuals.csv", "--format", "json").stdout)
    text = budgetopt("track", "plan.json", "actuals.csv", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert document["schema"] == "budgetopt/track/1"
    schema_of("track").validate(document)
    assert (document["days"], document["settled_days"], document["of_days"]) == (14, 7, 31)
    assert [row["channel"] for row in rows] == ["search", "tv", "social", "total"]
    for row, one in zip(rows, [*document["channels"], document["total"]], strict=True):
        assert float(row["spent"]) == one["spent"]
        assert row["verdict"] == one["judgement"]["verdict"]
        for part in PARTS:
            assert float(row[f"revenue_{part}"]) == one["variances"]["revenue"][part]
    shown = budgetopt("track", "plan.json", "actuals.csv").stdout
    assert "Why revenue differs from the plan" in shown
    assert "Not judged: the last 7 days, whose conversions may still be arriving." in shown


def test_a_plan_of_curves_alone_says_why_nothing_is_learnt(folder) -> None:
    result = budgetopt("track", "plan.json", "actuals.csv")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        (
            "what the curves learn is not known: plan: the plan was not made from a history file,"
            " which the actuals could continue. Give everything up to now with --history."
        )
    ]


def test_weeks_are_spread_over_their_days(folder) -> None:
    plan = planned(folder)
    lines = ["date,channel,spend,conversions"]
    for week in ("2025-12-29", "2026-01-05"):
        lines += [f"{week},{row.channel},700,70" for row in plan.channels]
    Path("weeks.csv").write_text("\n".join(lines) + "\n")
    found = read_actuals(plan, [Path("weeks.csv")])
    # Of the first week four days lie in January.
    assert (found.days, found.end) == (11, date(2026, 1, 11))
    for days in found.spend.values():
        assert days == pytest.approx([100.0] * 11)
    assert found.notices == (
        "weeks that lie partly in the plan's period are counted by days, a seventh each",
    )


def test_days_outside_of_the_plan_do_not_count(folder) -> None:
    plan = planned(folder)
    early = date(2025, 12, 20)
    Path("more.csv").write_text(table(plan, 60, early))
    whole = read_actuals(plan, [Path("more.csv")])
    assert (whole.start, whole.end, whole.known_until) == (
        START, date(2026, 1, 31), early + timedelta(days=59),
    )  # fmt: skip
    until = read_actuals(plan, [Path("more.csv")], date(2026, 1, 10))
    assert until.days == 10
    assert until.spend["tv"] == whole.spend["tv"][:10]


def test_a_month_may_begin_with_nothing(folder) -> None:
    """What a fit would refuse: a channel that never spent, and no conversion at all."""
    lines = ["date,channel,spend,conversions"]
    lines += [f"2026-01-0{d},{c},{s},0" for d in (1, 2) for c, s in
              (("search", 100), ("tv", 0), ("social", 5))]  # fmt: skip
    Path("few.csv").write_text("\n".join(lines) + "\n")
    result = budgetopt("track", "plan.json", "few.csv")
    assert result.exit_code == 0
    assert "2 of 31 days" in result.stdout


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (
            {"first": date(2025, 11, 1)},
            [("error: actuals.csv: it covers 2025-11-01 to 2025-11-14, the plan 2026-01-01 to"
             " 2026-01-31. Give the history of the plan's own days.")],
        ),
        (
            {"first": date(2026, 1, 5)},
            [("error: actuals.csv: it begins on 2026-01-05, the plan on 2026-01-01."
             " Add the days between: what they spent counts.")],
        ),
        (
            {"channels": ["search", "tv", "sociall", "radio"]},
            [("error: actuals.csv: the plan has no channel 'radio'."
             " Leave its rows out, or plan anew with it."),
             "error: actuals.csv: the plan has no channel 'sociall'. Did you mean 'social'?",
             ("error: actuals.csv: it lacks the channel 'social', on which the plan spends."
             " Add its rows, with 0 where nothing was spent.")],
        ),
        (
            {"currency": "USD"},
            [("error: actuals.csv: its money is in USD, the plan's in EUR."
             " Convert it to the plan's currency.")],
        ),
    ],
)  # fmt: skip
def test_actuals_that_do_not_fit(folder, content: dict, faults: list[str]) -> None:
    Path("actuals.csv").write_text(table(planned(folder), **content))
    assert refused("track", "plan.json", "actuals.csv") == faults


def test_another_kpi(folder) -> None:
    plan = planned(folder).model_copy(update={"kpi": "revenue"})
    lines = ["date,channel,spend,conversions"]
    lines += [f"2026-01-0{d},{c},9,9" for d in (1, 2) for c in ("search", "tv", "social")]
    Path("actuals.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as caught:
        read_actuals(plan, [Path("actuals.csv")])
    assert str(caught.value) == (
        "actuals.csv: the plan counts revenue, which it lacks (it has conversions)"
    )


def test_plans_that_cannot_be_tracked(folder) -> None:
    plan = planned(folder)
    actuals = happened(plan)
    Path("wish.json").write_text(dump(infeasible()))
    Path("bare.json").write_text(dump(plan.model_copy(update={"curves": {}})))
    dateless = plan.period.model_copy(update={"start": None, "end": None})
    Path("short.json").write_text(dump(plan.model_copy(update={"period": dateless})))
    assert refused("track", "bare.json", "actuals.csv") == [
        (
            "error: plan: it holds no curve of search, tv, social: what spend brought cannot be"
            " told apart. Make the plan again with this version."
        )
    ]
    assert refused("track", "short.json", "actuals.csv") == [
        (
            "error: plan: the plan has no dates, only a length."
            " Give its scenario a period, as in 2026-12."
        )
    ]
    assert refused("track", "plan.json", "actuals.csv", "--until", "2026-02-01") == [
        "error: --until: 2026-02-01 is not in the plan's period, 2026-01-01 to 2026-01-31"
    ]
    assert refused("track", "actuals.csv", "plan.json")[0].startswith("error: actuals.csv, line 1")
    with pytest.raises(InputError, match="it holds no allocation"):
        track(plan.model_copy(update={"proposed": None}), actuals)


def test_a_mix_says_where_money_went_and_no_more(folder) -> None:
    """Of a KPI that no channel can claim, the response is not made up."""
    plan = planned(folder)
    actuals = happened(plan, 14, {"tv": 0.5})
    total = tuple(map(sum, zip(*actuals.brought["conversions"].values(), strict=True)))
    found = track(plan, replace(actuals, brought={"conversions": {"total": total}}), lag=0)
    one = by_name(found, "tv").variances["conversions"]
    assert one.spending < -1
    assert (one.response, one.actual, one.difference) == (None, None, None)
    assert {track.judgement.verdict for track in found.channels} == {"not judged"}


def test_hill_curves_stay_in_the_plan_as_they_are(tmp_path) -> None:
    """What a plan says of its curves is enough to take them at any spend."""
    plan = planned(tmp_path)
    assert plan.curves["search"].parameters == Hill(900.0, 12_000.0, 0.9).parameters
