"""Lift tests and hand-set factors, against what can be worked out by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill, Linear
from models.curves.file import edited_channels, sealed, to_json
from models.errors import CurvesError
from models.fit.calibration import (
    LiftTest,
    corrections,
    foretold,
    with_incrementality,
    with_lift_tests,
)

SEASON = tuple(np.r_[np.full(26, 1.2), 1.0, np.full(26, 0.8)].tolist())
FIVE_WEEKS = (date(2026, 7, 13), date(2026, 8, 16))  # within the weeks of 0.8


def channel(curve=None, draws=(), **more) -> ChannelCurve:
    curve = curve or Linear(0.1)
    today = {"current_spend": 1000.0, "max_observed_spend": 2000.0}
    return ChannelCurve("tv", curve, draws=tuple(draws), **{**today, **more})


def curves(entry: ChannelCurve) -> CurveSet:
    return sealed(CurveSet((entry, ChannelCurve("search", Linear(1.0)))))


def lift(incremental: float, error: float, spend=6000.0, without=1000.0, name="tv") -> LiftTest:
    return LiftTest(name, *FIVE_WEEKS, spend, without, incremental, error)


def test_what_a_draw_foretells_of_a_test():
    """Five weeks at 1,200 against 200: 5 * 0.8 * (0.1 * 1200 - 0.1 * 200)."""
    entry = channel(draws=[Linear(0.1), Linear(0.2)], season=SEASON)
    np.testing.assert_allclose(foretold(entry, lift(0.0, 1.0), 7), [400.0, 800.0])


def test_an_exact_test_decides():
    entry = channel(draws=[Linear(0.1)] * 50)
    found = with_lift_tests(curves(entry), [lift(250.0, 1.0)])["tv"]
    # The curves foretell 500: half of it is incremental.
    assert float(found.curve.response(1.0)) == pytest.approx(0.05, rel=0.02)
    assert found.fit["incrementality"]["mean"] == pytest.approx(0.5, rel=0.02)
    assert found.fit["incrementality"]["lift_tests"][0]["incremental"] == 250.0


def test_a_test_that_says_nothing_changes_nothing():
    rng = np.random.default_rng(1)
    draws = [Linear(rate) for rate in rng.normal(0.1, 0.01, 2000)]
    found = with_lift_tests(curves(channel(draws=draws)), [lift(250.0, 1e9)])["tv"]
    # The factor's logarithm has a standard deviation of 0.5: a mean of 2,000 is known to 1.2 %.
    assert float(found.curve.response(1.0)) == pytest.approx(0.1, rel=0.05)


def test_the_posterior_is_the_normal_one_where_all_is_nearly_normal():
    """Two tests of the same standard error meet in the middle, and leave 1 / sqrt(2) of it."""
    entry = channel(draws=[Linear(0.1)] * 4000)
    tests = [lift(480.0, 20.0), lift(520.0, 20.0)]
    found = with_lift_tests(curves(entry), tests)["tv"]
    rates = np.array([draw.parameters["rate"] for draw in found.draws]) * 5000
    assert rates.mean() == pytest.approx(500.0, abs=3.0)
    assert rates.std() == pytest.approx(20.0 / np.sqrt(2), rel=0.1)


def test_a_test_chooses_among_shapes():
    """Both shapes agree today; the test at twice today's spend fits only the straight one."""
    straight, bent = Linear(0.1), Exponential(100.0 / (1 - np.exp(-2.0)), 500.0)
    entry = channel(draws=[straight, bent] * 100)
    far = lift(500.0, 10.0, spend=10_000.0, without=5_000.0)
    near = lift(500.0, 10.0, spend=5_000.0, without=0.0)
    found = with_lift_tests(curves(entry), [far, near])["tv"]
    families = [draw.family for draw in found.draws]
    assert families.count("linear") > 0.95 * len(families)


@pytest.mark.parametrize(
    "curve",
    [Hill(500.0, 900.0, 1.4), Tabulated(((0.0, 0.0), (1000.0, 90.0), (3000.0, 150.0)))],
)
def test_the_family_stays_and_the_result_is_no_edit(curve):
    found = with_lift_tests(curves(channel(curve, [curve] * 20)), [lift(100.0, 20.0)])
    assert found["tv"].curve.family == curve.family
    assert edited_channels(found) == ()
    assert to_json(found) == to_json(
        with_lift_tests(curves(channel(curve, [curve] * 20)), [lift(100.0, 20.0)])
    )


def test_other_channels_stay_as_they_are():
    before = curves(channel(draws=[Linear(0.1)] * 5))
    assert with_lift_tests(before, [lift(250.0, 1.0)])["search"] == before["search"]


def test_wrong_tests_are_refused_all_at_once():
    tests = [
        lift(1.0, 1.0, name="vt"),
        lift(1.0, 1.0, name="search"),
        lift(1.0, 0.0),
        lift(1.0, 1.0, spend=5.0, without=5.0),
        replace(lift(1.0, 1.0), end=date(2026, 7, 1)),
    ]
    with pytest.raises(CurvesError) as caught:
        with_lift_tests(curves(channel(draws=[Linear(0.1)])), tests)
    said = [str(fault).split(": ", 1)[1] for fault in caught.value.faults]
    assert said == [
        "'vt' is not a channel of these curves. Known: tv, search.",
        "its curve has no draws for a test to choose from. Fit it with draws.",
        "standard error 0. It is above 0.",
        "spend 5 against 5 without. Two different amounts, neither below 0.",
        "ends on 2026-07-01, before it starts. Swap the dates.",
    ]


def test_a_factor_by_hand_scales_everything():
    entry = channel(Hill(500.0, 900.0, 1.4), [Hill(480.0, 900.0, 1.4)], revenue_curve=Linear(3.0))
    found = with_incrementality(curves(entry), {"tv": 0.7})["tv"]
    assert found.curve == Hill(350.0, 900.0, 1.4)
    assert found.draws == (Hill(336.0, 900.0, 1.4),)
    assert found.revenue_curve is not None
    assert float(found.revenue_curve.response(1.0)) == pytest.approx(2.1)
    assert found.fit["incrementality"] == {"set_by_hand": 0.7}


def test_wrong_factors_are_refused():
    with pytest.raises(CurvesError) as caught:
        with_incrementality(curves(channel()), {"serch": 0.5, "tv": 0.0})
    assert [str(fault) for fault in caught.value.faults] == [
        "incrementality of serch: 'serch' is not a channel of these curves. Did you mean search?",
        "incrementality of tv: is 0. It must be above 0; 0.7 is 70 %.",
    ]


def test_corrections_are_said_in_words():
    """The curves foretell 500; the factor set first halves that, and the test finds all of it."""
    entry = channel(draws=[Linear(0.1)] * 50)
    found = with_incrementality(curves(entry), {"tv": 0.5, "search": 0.7})
    found = with_lift_tests(found, [lift(250.0, 1e-3)])
    assert list(corrections(found)) == [
        "tv: 50 % of what it is credited with counts, as set by hand",
        (
            "tv: by experiment (2026-07-13 to 2026-08-16), 100 % of what it is credited with is "
            "incremental (90 % interval 100 % to 100 %)"
        ),
        "search: 70 % of what it is credited with counts, as set by hand",
    ]


@pytest.mark.parametrize("junk", ["x", 3, {"lift_tests": 1}, {"set_by_hand": "most"}, None])
def test_diagnostics_edited_beyond_recognition_say_nothing(junk):
    assert list(corrections(curves(channel(fit={"incrementality": junk})))) == []
