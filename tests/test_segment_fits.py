"""Segments side by side: pooled where that helps, alone where there is only one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.adstock import geometric
from models.curvefile import edited_channels
from models.curves import Hill
from models.errors import HistoryError
from models.fit import fit_curves
from models.history import History
from models.mix import fit_mix
from models.options import FitOptions
from models.segments import fit_segments, joined
from models.simulate_mix import simulate_mix, simulate_segments

FEW = FitOptions(draws=20)


def last(history: History, weeks: int) -> History:
    """The same history, but it began only so many weeks ago."""
    return replace(
        history,
        spend=history.spend.iloc[-weeks:],
        metrics={name: panel.iloc[-weeks:] for name, panel in history.metrics.items()},
        controls=history.controls.iloc[-weeks:],
    )


@pytest.fixture(scope="module")
def simulated():
    return simulate_segments(1, segments=5, channels=3)


@pytest.fixture(scope="module")
def curves(simulated):
    histories = {name: one.history for name, one in simulated.items()}
    histories["segment_1"] = last(histories["segment_1"], 40)
    return fit_segments(histories, FitOptions(draws=100), check=False)


def test_one_segment_is_a_plain_mix_fit():
    history = simulate_mix(3).history
    alone = fit_mix(history, FEW, check=False)
    only = fit_segments({"all": history}, FEW, check=False)["all"]
    assert [entry.draws for entry in only] == [entry.draws for entry in alone]
    assert [entry.evidence for entry in only] == [entry.evidence for entry in alone]


def test_true_responses_lie_within_the_draws(simulated, curves):
    hits = []
    for name, one in simulated.items():
        for true, entry in zip(one.truth, curves[name], strict=True):
            assert true.current_spend is not None
            draws = [float(draw.response(true.current_spend)) for draw in entry.draws]
            low, high = np.quantile(draws, [0.05, 0.95])
            hits.append(low <= true.curve.response(true.current_spend) <= high)
    # Segments share shapes, so their misses come together: half of them count as independent.
    assert sum(hits) >= 2 * stats.binom(len(hits) // 2, 0.9).ppf(1e-4)


def test_a_short_segment_borrows_strength(simulated, curves):
    short = last(simulated["segment_1"].history, 40)
    alone = fit_mix(short, FitOptions(draws=100), check=False)
    for entry in alone:
        assert entry.current_spend is not None
        apart, together = (
            np.array([float(draw.response(entry.current_spend)) for draw in one.draws])
            for one in (entry, curves["segment_1"][entry.channel])
        )
        assert together.std() / together.mean() < apart.std() / apart.mean()
    for entry in curves["segment_1"]:
        if entry.evidence.verdict == "weak":
            assert entry.evidence.reasons[-1] == "judged together with 4 other segments"


def test_segments_share_their_carry_over(curves):
    for channel in ("channel_1", "channel_2", "channel_3"):
        assert len({one[channel].carry_over for one in curves.values()}) == 1


def test_a_channel_may_be_missing_in_a_segment(simulated):
    histories = {name: one.history for name, one in simulated.items()}
    one = histories["segment_2"]
    histories["segment_2"] = replace(one, spend=one.spend.drop(columns="channel_3"))
    curves = fit_segments(histories, FEW, check=False)
    assert curves["segment_2"].names == ("channel_1", "channel_2")
    assert curves["segment_3"].names == ("channel_1", "channel_2", "channel_3")


def test_joined_names_say_segment_and_channel(curves):
    whole = joined(curves)
    assert whole.names[:4] == (
        "segment_1 / channel_1",
        "segment_1 / channel_2",
        "segment_1 / channel_3",
        "segment_2 / channel_1",
    )
    assert whole["segment_4 / channel_2"].curve == curves["segment_4"]["channel_2"].curve


def test_segments_that_do_not_go_together_are_refused(simulated):
    one, two = (simulated[name].history for name in ("segment_1", "segment_2"))
    revenue = replace(two, metrics={"revenue": two.metrics["conversions"]}, currency="EUR")
    with pytest.raises(HistoryError) as caught:
        fit_segments({"north": one, "south": revenue})
    assert [(f.where, f.problem) for f in caught.value.faults] == [
        ("segment south", "its kpi is revenue, that of the first segment conversions"),
        ("segment south", "its currency is EUR, that of the first segment None"),
    ]


def tidy_segments(seed: int, short: int) -> tuple[dict[str, History], dict[str, Hill]]:
    """Six segments of one channel that works alike in all, the first only lately."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2024-01-01", periods=104, freq="7D")
    histories, truth = {}, {}
    for number in range(6):
        size = 4000 * np.exp(0.5 * rng.normal())
        spend = size * np.exp(0.5 * rng.normal(size=104))
        if number == 0:
            spend[:-short] = 0.0
        curve = Hill(0.08 * size * np.exp(0.2 * rng.normal()), size, 0.9)
        expected = curve.response(geometric(spend, 0.3))
        counted = rng.poisson(expected * np.exp(0.25 * rng.normal(size=104)))
        panels = [pd.DataFrame({"search": column}, index=dates) for column in (spend, counted)]
        name = f"geo_{number}"
        histories[name] = History(
            "tidy", 7, panels[0], {"conversions": panels[1]}, pd.DataFrame(index=dates)
        )
        truth[name] = curve
    return histories, truth


def test_a_short_tidy_segment_is_nearer_the_truth_with_the_others():
    misses = []
    for seed in range(6):
        histories, truth = tidy_segments(seed, short=20)
        together = fit_segments(histories, FitOptions(draws=20))["geo_0"]["search"]
        alone = fit_curves(histories["geo_0"], FitOptions(draws=20))["search"]
        assert together.current_spend is not None
        slope = float(truth["geo_0"].marginal(together.current_spend))
        misses.append(
            [
                abs(float(one.curve.marginal(together.current_spend)) / slope - 1)
                for one in (alone, together)
            ]
        )
    apart, drawn = np.mean(misses, axis=0)
    assert drawn < 0.8 * apart


def test_a_short_tidy_segment_says_that_it_is_judged_with_others():
    histories, _ = tidy_segments(4, short=20)
    evidence = fit_segments(histories, FitOptions(draws=20))["geo_0"]["search"].evidence
    assert evidence.verdict == "weak"
    assert evidence.reasons[0].startswith("by itself: money was spent in 20 weeks only")
    assert evidence.reasons[1] == "judged together with 5 other segments"


def test_one_tidy_segment_is_a_plain_fit():
    history = tidy_segments(5, short=104)[0]["geo_1"]
    options = FitOptions(draws=0)
    alone, only = fit_curves(history, options), fit_segments({"all": history}, options)["all"]
    assert only["search"].curve == alone["search"].curve
    assert edited_channels(only) == ()
