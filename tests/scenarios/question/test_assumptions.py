"""What a scenario assumes of the plan's time: who is meant, how it is drawn, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.curves.bank import responses
from models.curves.curveset import CurveSet
from models.errors import ScenarioError
from optimizer.allocator import allocate
from scenarios.definition.scenario import Scenario
from scenarios.question.resolve import Question, resolve
from tests.support.scenario_examples import CURVES, with_draws, write

FREE = "defaults: {extrapolation: free}\n"
HEAD = "curves: c.json\nbudget: current\n"
DRAWN = with_draws()


def question(folder: Path, text: str, curves: CurveSet = CURVES) -> Question:
    return resolve(Scenario.load(write(folder, HEAD + text)), curves)


def faults(folder: Path, text: str, curves: CurveSet = CURVES) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        question(folder, text, curves)
    return [str(fault).replace(str(folder / "plan.yaml"), "FILE") for fault in caught.value.faults]


def at_today(found: Question, channel: str) -> np.ndarray:
    """What today's spend brings in every draw, against what it brought."""
    spend = np.array([CURVES[channel].current_spend])
    after, before = found.curves[channel].draws, DRAWN[channel].draws
    return (responses(after, spend) / responses(before, spend))[:, 0]


def best_revenue(found: Question) -> float:
    proposed = allocate(found.problem).proposed
    assert proposed is not None
    assert proposed.revenue is not None
    return proposed.revenue


def test_money_that_buys_less_brings_as_much_for_as_much_more(tmp_path) -> None:
    """Everything dearer by a quarter, and a quarter more to spend: the same plan in other money."""
    plain = best_revenue(question(tmp_path, FREE))
    dearer = FREE + "assumptions: {cost: +25%}\n"
    assert best_revenue(question(tmp_path, dearer)) < 0.97 * plain
    text = (HEAD + dearer).replace("current", "+25%")
    richer = resolve(Scenario.load(write(tmp_path, text)), CURVES)
    assert best_revenue(richer) == pytest.approx(plain, rel=1e-5)


def test_all_a_group_and_a_channel_are_taken_together(tmp_path) -> None:
    found = question(
        tmp_path,
        "groups: {brand: {channels: [tv, social]}}\n"
        "assumptions:\n  response: +10%\n  season: +20%\n"
        "  groups: {brand: {response: -50%}}\n  channels: {tv: {value: +5%}}\n",
    )
    spend = 7_000.0
    for channel, factor in (("search", 1.32), ("tv", 0.66), ("social", 0.66)):
        before = CURVES[channel].curve.response(spend)
        assert float(found.curves[channel].curve.response(spend) / before) == pytest.approx(factor)
    assert found.curves["tv"].value_per_conversion == pytest.approx(126.0)
    assert found.curves["search"].value_per_conversion == 80.0
    assert "assumed of brand: the same reach brings -50%." in found.notices


def test_a_period_has_its_own_on_top_of_its_season(tmp_path) -> None:
    text = "period: 2027-Q1\nperiods: {by: month}\n"
    plain = question(tmp_path, text).problem.periods
    found = question(
        tmp_path, text + "assumptions: {periods: {2027-02: {season: -10%, response: +20%}}}\n"
    ).problem.periods
    ratios = [
        after.factors["tv"] / before.factors["tv"]
        for after, before in zip(found, plain, strict=True)
    ]
    assert ratios == pytest.approx([1.0, 1.08, 1.0])


def test_a_range_is_spread_over_the_draws(tmp_path) -> None:
    found = question(tmp_path, "assumptions: {channels: {tv: {response: [-20%, +40%]}}}\n", DRAWN)
    factors = at_today(found, "tv")
    wanted = 0.8 + 0.6 * (np.arange(50) + 0.5) / 50
    np.testing.assert_allclose(np.sort(factors), wanted)
    assert not np.all(np.diff(factors) > 0)
    np.testing.assert_allclose(at_today(found, "search"), 1.0)


def test_what_is_said_of_all_is_one_for_all_and_of_single_ones_is_their_own(tmp_path) -> None:
    together = question(tmp_path, "assumptions: {season: [-20%, +40%]}\n", DRAWN)
    np.testing.assert_allclose(at_today(together, "tv"), at_today(together, "search"))
    apart = question(
        tmp_path,
        "assumptions: {channels: {tv: {season: [-20%, +40%]}, search: {season: [-20%, +40%]}}}\n",
        DRAWN,
    )
    both = np.corrcoef(at_today(apart, "tv"), at_today(apart, "search"))
    assert abs(both[0, 1]) < 0.5


def test_names_draw_nothing(tmp_path) -> None:
    text = "assumptions: {cost: [0%, +30%], channels: {tv: {response: [-20%, +40%]}}}\n"
    found = question(tmp_path, text, DRAWN)
    renamed = replace(
        DRAWN,
        channels=tuple(replace(e, channel=e.channel + " 2") for e in reversed(DRAWN.channels)),
    )
    other = question(tmp_path, text.replace("tv", "tv 2"), renamed)
    for entry in found.curves:
        assert other.curves[entry.channel + " 2"].draws == entry.draws


def test_what_cannot_be_assumed_is_refused_all_at_once(tmp_path) -> None:
    found = faults(
        tmp_path,
        "groups: {brand: {channels: [tv]}}\n"
        "period: 2027-Q1\nperiods: {by: month}\n"
        "assumptions:\n  value: [0%, +10%]\n  groups: {brnd: {cost: +5%}}\n"
        "  channels: {serch: {cost: +5%}}\n"
        "  periods: {2027-05: {season: +5%}, 2027-01: {season: [0%, +5%]}}\n",
    )
    wanted = (
        "assumptions.channels.serch: c.json has no channel 'serch'. Did you mean 'search'?",
        "assumptions.groups.brnd: there is no group 'brnd'. Did you mean 'brand'?",
        "assumptions.periods.2027-05: the plan has no period '2027-05'. It has 2027-01 to 2027-03.",
        "assumptions.periods.2027-01.season: a range of a single period is not drawn. Write one",
        "assumptions.value: the value of a conversion is one number, not one a draw. Write one",
    )
    assert len(found) == len(wanted)
    for fault, text in zip(found, wanted, strict=True):
        assert text in fault


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("0.1", "0.1 is written without '%'"),
        ("[+20%, +5%]", "the range from +20% to +5% falls"),
        ("-100%", "-100% leaves nothing"),
        ("[1%, 2%, 3%]", "is neither a change nor a range"),
    ],
)
def test_a_change_is_a_percentage_or_two(tmp_path, written: str, problem: str) -> None:
    (fault,) = faults(tmp_path, f"assumptions: {{cost: {written}}}\n")
    assert problem in fault
    assert "assumptions.cost" in fault


def test_periods_need_dates(tmp_path) -> None:
    undated = replace(CURVES, provenance={})
    (fault,) = faults(tmp_path, "assumptions: {periods: {2027-01: {season: +5%}}}\n", undated)
    assert "nobody knows on which dates the plan begins" in fault
