"""Figures under the draws of the curves, against doing the same sum by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill, Linear, Power
from optimizer.allocation import Outcome
from scenarios.answer.build_plan import gain_beyond_observed
from scenarios.answer.confidence import (
    added,
    band,
    figures,
    number_of_draws,
    objective_under_draws,
    quantiles,
    response_factors,
    responses,
)
from scenarios.answer.plan_rows import Rows
from scenarios.definition.scenario import Scenario
from scenarios.planning import allocation_of
from scenarios.question.resolve import resolve
from tests.support.scenario_examples import CURVES, with_draws, write

SPENDS = np.array([0.0, 10.0, 5_000.0, 1e6])


@pytest.mark.parametrize(
    "draws",
    [
        (Hill(900.0, 12_000.0, 0.9), Hill(800.0, 11_000.0, 1.4)),
        (Hill(900.0, 12_000.0, 0.9), Power(3.0, 0.5), Hill(700.0, 9_000.0, 1.0)),
        (Tabulated(((0.0, 0.0), (100.0, 5.0))), Hill(5.0, 10.0, 1.0)),
    ],
)
def test_all_draws_at_once_are_each_draw_by_itself(draws) -> None:
    expected = np.array([draw.response(SPENDS) for draw in draws])
    np.testing.assert_allclose(responses(draws, SPENDS), expected, rtol=1e-12)


def test_a_channels_figures_move_with_its_response() -> None:
    entry = with_draws().channels[0]
    spend, periods = 40_000.0, 4.0
    conversions = periods * float(entry.curve.response(spend / periods))
    revenue = 80.0 * conversions
    expected = Outcome(spend, conversions, revenue, 1.5 * revenue, 0.4 * revenue - spend)
    (factor,) = response_factors(entry, [np.array([spend / periods])], 50)
    found = figures(expected, factor)
    drawn = np.array([periods * float(draw.response(spend / periods)) for draw in entry.draws])
    for name, by_hand in {
        "conversions": drawn,
        "revenue": 80.0 * drawn,
        "value": 120.0 * drawn,
        "profit": 32.0 * drawn - spend,
        "spend": np.full(50, spend),
    }.items():
        assert found[name] == pytest.approx(by_hand, rel=1e-12)


def test_what_is_not_known_stays_unknown_under_draws() -> None:
    entry = with_draws().channels[0]
    (factor,) = response_factors(entry, [np.array([1_250.0])], 50)
    found = figures(Outcome(5_000.0, 10.0, None, None, None), factor)
    assert (found["revenue"], found["value"], found["profit"]) == (None, None, None)
    assert objective_under_draws([found], "revenue") is None


def test_a_channel_without_draws_is_certain() -> None:
    expected = Outcome(5_000.0, 100.0, 8_000.0, None, None)
    (factor,) = response_factors(CURVES.channels[0], [np.array([1_250.0])], 3)
    found = figures(expected, factor)
    np.testing.assert_array_equal(found["revenue"], [8_000.0] * 3)


def test_a_part_of_several_fit_periods_moves_with_their_sum() -> None:
    """What works after the end fades: its response is that of every fit period it fades over."""
    entry = with_draws(draws=20).channels[0]
    fading, steady = 9_000.0 * 0.5 ** np.arange(1, 8), np.array([4_000.0])
    found = response_factors(entry, [fading, steady], 20)
    for number, draw in enumerate(entry.draws):
        for part, levels in enumerate((fading, steady)):
            by_hand = sum(float(draw.response(x)) for x in levels)
            expected = sum(float(entry.curve.response(x)) for x in levels)
            assert found[part, number] == pytest.approx(by_hand / expected, rel=1e-12)


def test_periods_add_up_under_each_draw() -> None:
    parts = [
        figures(Outcome(spend, 10.0, 800.0, None, 80.0), np.array([0.9, 1.2]))
        for spend in (100.0, 300.0)
    ]
    found = added(parts)
    assert found["value"] is None
    assert found["conversions"] == pytest.approx(np.array([18.0, 24.0]))
    assert found["spend"] == pytest.approx(np.array([400.0, 400.0]))
    # Revenue less spend, twice: (800 * 0.9 ...) at the margin that the expected profit implies.
    assert found["profit"] == pytest.approx(np.array([560.0 * 0.9 - 400.0, 560.0 * 1.2 - 400.0]))


def test_the_draws_of_a_split_are_summed_draw_by_draw() -> None:
    one = {"revenue": np.array([1.0, 2.0]), "spend": np.array([1.0, 1.0])}
    two = {"revenue": np.array([10.0, 30.0]), "spend": np.array([3.0, 3.0])}
    np.testing.assert_array_equal(objective_under_draws([one, two], "revenue"), [11.0, 32.0])
    np.testing.assert_array_equal(objective_under_draws([one, two], "roas"), [2.75, 8.0])
    assert objective_under_draws([one, two], "spend") is None


def test_the_number_of_draws_is_what_all_channels_have() -> None:
    some = with_draws(draws=30).channels
    fewer = replace(some[1], draws=some[1].draws[:20])
    assert number_of_draws([some[0], fewer, CURVES.channels[2]]) == 20
    assert number_of_draws(CURVES.channels) == 0


def test_quantiles_of_even_numbers() -> None:
    values = np.arange(101.0)
    assert quantiles(values) == (5.0, 50.0, 95.0)
    assert band(values) == (5.0, 95.0)
    assert band(None) is None


@pytest.mark.parametrize("objective", ["revenue", "profit"])
@pytest.mark.parametrize(
    ("observed", "share"),
    [(2_000.0, 0.0), (1_900.0, 0.2), (1_750.0, 0.5), (1_500.0, 1.0), (900.0, 1.0), (None, None)],
)
def test_gain_beyond_what_history_shows_by_hand(
    observed: float | None, share: float | None, objective: str, tmp_path: Path
) -> None:
    """Of a's 1,000 more a week every 100 bring 20 conversions; b loses 100 in all, 100 are gained.

    If what lies beyond history brought nothing, 20 of those 100 would be gone for every 100.
    """
    curves = CurveSet(
        (
            ChannelCurve("a", Linear(0.2), value_per_conversion=10.0, current_spend=1_000.0,
                         max_observed_spend=observed, margin=0.5),
            ChannelCurve("b", Linear(0.1), value_per_conversion=10.0, current_spend=1_000.0,
                         max_observed_spend=1_000.0, margin=0.5),
        ), period_days=7,
    )  # fmt: skip
    text = (
        f"curves: c.json\nbudget: current\nperiod: {{days: 14}}\nobjective: {objective}\n"
        "defaults: {extrapolation: free, change: [-100%, +100%]}\n"
    )
    question = resolve(Scenario.load(write(tmp_path, text)), with_draws(curves))
    rows = Rows(question, allocation_of(question))
    assert gain_beyond_observed(question.problem, rows) == pytest.approx(share)
