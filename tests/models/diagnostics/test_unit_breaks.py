"""Breaks of unit are found, dated and sized; what real money does is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.diagnostics.evidence import assess
from models.diagnostics.unit_breaks import UnitBreak, unit_breaks
from models.errors import HistoryError
from models.history.history import History, HistorySpec, Scale
from models.history.read import read_history
from tests.support.weekly import weekly_history

TODAY = date(2026, 11, 1)
SINCE = 60  # the week of the break


@pytest.mark.parametrize("factor", [100, 0.01, 25, 1000, 10, 150])
@pytest.mark.parametrize("with_revenue", [False, True])
def test_a_break_is_found_dated_and_sized(factor: float, with_revenue: bool) -> None:
    money = ("spend", "revenue") if with_revenue else ("spend",)
    history = weekly_history(breaks={"tv": (SINCE, factor, money)})
    (found,) = unit_breaks(history)
    assert (found.channel, found.since) == ("tv", history.dates[SINCE].date())
    assert found.factor == pytest.approx(factor, rel=0.3)
    assert found.with_revenue == with_revenue
    verdicts = assess(history)
    assert verdicts["tv"].verdict == "unusable"
    assert f"--scale tv@{found.since}=" in verdicts["tv"].reasons[0]
    assert verdicts["search"].verdict != "unusable"


@pytest.mark.parametrize("seed", range(20))
def test_real_money_is_no_break(seed: int) -> None:
    """Ten times the budget brings more, launches and stops begin at nothing, noise is noise."""
    plain = weekly_history(seed=seed)
    assert unit_breaks(plain) == []
    assert unit_breaks(weekly_history(seed=seed, budgets={"tv": (SINCE, 10.0)})) == []
    assert unit_breaks(weekly_history(seed=seed, budgets={"tv": (SINCE, 0.0)})) == []


def test_an_answer_settles_it() -> None:
    history = weekly_history(breaks={"tv": (SINCE, 100, ("spend",))})
    (found,) = unit_breaks(history)
    right = replace(history, scales=(Scale("tv", found.since, 1.0),))
    assert unit_breaks(right) == []


def test_the_answer_brings_the_money_back(tmp_path) -> None:
    plain = weekly_history()
    broken = weekly_history(breaks={"tv": (SINCE, 100, ("spend", "revenue"))})
    path = tmp_path / "h.csv"
    panels = {"spend": broken.spend, **broken.metrics}
    frame = pd.concat({name: panel.stack() for name, panel in panels.items()}, axis=1)
    frame = frame.reset_index(names=["date", "channel"])
    frame.to_csv(path, index=False)
    (found,) = unit_breaks(read_history(path, today=TODAY))
    scales = [
        Scale.of(text.partition("=")[0], float(text.partition("=")[2]))
        for text in found.answers.split()
        if "@" in text
    ]
    assert {scale.column for scale in scales} == {"spend", "revenue"}
    read = read_history(HistorySpec(path, scales=tuple(scales)), today=TODAY)
    np.testing.assert_allclose(read.spend, plain.spend[read.spend.columns], rtol=1e-9)
    assert unit_breaks(read) == []


def test_a_scale_of_nothing_is_refused(tmp_path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("date,channel,spend,conversions\n2026-01-05,tv,1,1\n2026-01-12,tv,1,1\n")
    spec = HistorySpec(path, scales=(Scale("radio", date(2026, 1, 5), 0.01),))
    with pytest.raises(HistoryError, match="no spend of radio from 2026-01-05 on to scale"):
        read_history(spec, today=TODAY)
    for text, factor in (("tv", 0.1), ("tv@2026", 0.1), ("tv@2026-01-05", 0.0), ("@2026-01-05", 1)):
        with pytest.raises(ValueError, match=r"."):
            Scale.of(text, factor)


def test_a_break_says_what_answers_it() -> None:
    found = UnitBreak("tv", date(2026, 3, 2), 100.0, False)
    assert found.reason == (
        "spend is 100 times as high from 2026-03-02 on, what it brings is not: another unit or "
        "currency? Say --scale tv@2026-03-02=0.01 (a scenario: history.scale), or tv@2026-03-02=1 "
        "if it is right"
    )


def steady(seed: int = 0, *, clicks: bool = True) -> History:
    """Channels whose money per click varies by a tenth, as on platforms' own reports."""
    plain = weekly_history(seed=seed)
    chance = np.random.default_rng(seed)
    if not clicks:
        return plain
    bought = plain.spend / chance.lognormal(0, 0.1, plain.spend.shape)
    return replace(plain, metrics={**plain.metrics, "clicks": bought.round()})


def broken(history: History, channels: list[str], factor: float, *, revenue: bool) -> History:
    """The same history whose money is written so many times as high from week 60 on."""
    since = history.dates[SINCE:]
    spend = history.spend.copy()
    spend.loc[since, channels] *= factor
    metrics = dict(history.metrics)
    if revenue:
        metrics["revenue"] = history.metrics["revenue"].copy()
        metrics["revenue"].loc[since, channels] *= factor
    return replace(history, spend=spend, metrics=metrics)


@pytest.mark.parametrize("factor", [4.3, 7.0, 1 / 4.3])
def test_a_currencys_rate_is_found(factor: float) -> None:
    (found,) = unit_breaks(broken(steady(), ["tv"], factor, revenue=False))
    assert (found.channel, found.factor) == ("tv", pytest.approx(factor, rel=0.1))
    assert found.since == steady().dates[SINCE].date()


@pytest.mark.parametrize("factor", [1.5, 4.3, 0.5])
def test_spend_and_revenue_that_break_alike_are_found(factor: float) -> None:
    (found,) = unit_breaks(broken(steady(), ["tv"], factor, revenue=True))
    assert found.factor == pytest.approx(factor, rel=0.1)
    assert found.with_revenue


@pytest.mark.parametrize("factor", [1.5, 4.3, 25.0, 0.6])
@pytest.mark.parametrize("revenue", [False, True])
def test_a_files_new_currency_breaks_all_channels(factor: float, revenue: bool) -> None:
    names = list(steady().channels)
    found = unit_breaks(broken(steady(), names, factor, revenue=revenue))
    assert {one.channel for one in found} == set(names)
    assert all(one.factor == pytest.approx(factor, rel=0.3) for one in found)
    assert all(one.with_revenue == revenue for one in found)
    assert all("in all channels alike" in one.reason for one in found)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("times", [1.5, 3.0, 5.0])
def test_a_real_budget_of_one_or_all_channels_is_no_break(seed: int, times: float) -> None:
    assert unit_breaks(steady(seed)) == []
    for names in (["tv"], ["search", "social", "tv"]):
        real = weekly_history(seed=seed, budgets=dict.fromkeys(names, (SINCE, times)))
        assert unit_breaks(real) == []


def a_mix(history: History) -> History:
    """The same money behind one KPI, to which a third comes by itself."""
    kpi = history.metrics["conversions"].sum(axis=1)
    panel = pd.DataFrame({"total": kpi + 0.5 * kpi.mean()})
    return replace(history, shape="mix", metrics={"conversions": panel})


def test_a_mix_has_breaks_too() -> None:
    mix = a_mix(steady())
    assert unit_breaks(mix) == []
    (found,) = unit_breaks(broken(mix, ["tv"], 100.0, revenue=False))
    assert (found.channel, found.factor) == ("tv", 100.0)
    names = list(mix.channels)
    every = unit_breaks(broken(mix, names, 25.0, revenue=False))
    assert {one.channel for one in every} == set(names)
    assert assess(broken(mix, ["tv"], 100.0, revenue=False))["tv"].verdict == "unusable"


def test_a_mix_is_scaled_back_and_an_unknown_channel_refused(tmp_path) -> None:
    path = tmp_path / "mix.csv"
    days = pd.date_range("2026-01-05", periods=10, freq="7D")
    money = [100.0] * 5 + [10_000.0] * 5
    frame = pd.DataFrame({"date": days, "tv_spend": money, "orders": 9, "revenue": money})
    frame.to_csv(path, index=False)
    since = days[5].date()

    def read(*scales: Scale) -> History:
        asked = {"shape": "mix", "kpi": "orders", "revenue": "revenue"}
        return read_history(HistorySpec(path, **asked, scales=scales), today=TODAY)  # pyright: ignore[reportArgumentType]

    mended = read(Scale("tv", since, 0.01), Scale("total", since, 0.01, "revenue"))
    assert mended.spend["tv"].tolist() == [100.0] * 10
    assert mended.metrics["revenue"]["total"].tolist() == [100.0] * 10
    with pytest.raises(HistoryError, match="no spend of radio from 2026-02-09 on to scale"):
        read(Scale("radio", since, 0.01))
