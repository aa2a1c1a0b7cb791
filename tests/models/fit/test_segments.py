"""Segments side by side: pooled where that helps, alone where there is only one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models.channel_fit.fit_options import FitOptions
from models.curves.file import edited_channels, to_json
from models.datasets.simulated_mix import SimulatedMix, attributed, simulate_mix, simulate_segments
from models.diagnostics.anomalies import Flag
from models.errors import HistoryError
from models.fit.entry import fit_curves
from models.fit.segments import fit_segments, joined
from models.history.history import History
from models.mix_fit.media_mix import fit_mix
from models.phrases import said

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
    spreads = []
    for entry in alone:
        assert entry.current_spend is not None
        apart, together = (
            np.array([float(draw.response(entry.current_spend)) for draw in one.draws])
            for one in (entry, curves["segment_1"][entry.channel])
        )
        spreads.append((apart.std() / apart.mean(), together.std() / together.mean()))
    # One channel's spread of 100 draws is uncertain by 7 %: all channels are judged together.
    apart, together = np.mean(spreads, axis=0)
    assert together < 0.85 * apart
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


def tidy_segments(seed: int) -> tuple[dict[str, SimulatedMix], dict[str, History]]:
    """Five segments of three channels that work alike in all; the first began 20 weeks ago."""
    made = simulate_segments(seed, segments=5, channels=3, weeks=104)
    rng = np.random.default_rng(seed)
    return made, {
        name: attributed(one, 20 if name == "segment_1" else 104, rng) for name, one in made.items()
    }


def test_a_short_tidy_segment_is_nearer_the_truth_with_the_others():
    misses = []
    for seed in range(3):
        made, histories = tidy_segments(seed)
        together = fit_segments(histories, FEW)["segment_1"]
        alone = fit_curves(histories["segment_1"], FEW)
        for true in made["segment_1"].truth:
            spend = true.current_spend
            assert spend is not None
            found = [one[true.channel].curve.marginal(spend) for one in (alone, together)]
            misses.append(np.abs(np.log(found / true.curve.marginal(spend))))
    apart, drawn = np.mean(misses, axis=0)
    assert drawn < 0.8 * apart


def test_a_short_tidy_segment_says_that_it_is_judged_with_others():
    _, histories = tidy_segments(1)
    evidence = fit_segments(histories, FEW)["segment_1"]["channel_1"].evidence
    assert evidence.verdict == "weak"
    assert evidence.reasons[0].startswith("by itself: money was spent in 20 weeks only")
    assert evidence.reasons[1] == "judged together with 4 other segments"


def test_segments_say_how_far_they_were_pooled(curves):
    words = [notice for notice in curves["segment_2"].notices if "side by side" in notice]
    assert len(words) == 1
    shares = [
        curves["segment_2"][name].fit["pooled"]["share"] for name in curves["segment_2"].names
    ]
    listed = ", ".join(
        f"channel_{number + 1} {share:.0%}".replace("%", " %")
        for number, share in enumerate(shares)
    )
    assert words[0] == (
        "5 segments side by side: a channel's carry-over and saturation are taken to be the same "
        "in all; what a channel returns is drawn towards the mean of all segments (100 %: one "
        f"return for all, 0 %: each its own): {listed}"
    )
    assert joined(curves).notices.count(words[0]) == 1


def test_one_tidy_segment_is_a_plain_fit():
    history = tidy_segments(5)[1]["segment_2"]
    options = FitOptions(draws=0)
    alone, only = fit_curves(history, options), fit_segments({"all": history}, options)["all"]
    assert [entry.curve for entry in only] == [entry.curve for entry in alone]
    assert edited_channels(only) == ()


def test_tidy_segments_give_the_same_bytes_with_any_number_of_workers():
    histories = tidy_segments(2)[1]
    one, two = (
        to_json(joined(fit_segments(histories, FitOptions(draws=20, workers=workers))))
        for workers in (1, 2)
    )
    assert one == two


def test_a_doubt_about_a_channel_holds_in_every_segment():
    """Whatever the doubted weeks say, the curves are the same."""
    rng = np.random.default_rng(3)
    made = simulate_segments(3, segments=2, channels=2)
    histories = {name: attributed(one, 80, rng) for name, one in made.items()}
    channel = histories["segment_1"].channels[0]
    doubted = next(iter(histories.values())).dates[60:70]
    doubt = Flag(
        "silent", channel, doubted[0].date(), doubted[-1].date(), 0.0, said("nothing came back")
    )
    options = FitOptions(draws=0, doubts=(doubt,))

    def other(history: History) -> History:
        counts = history.metrics["conversions"].copy()
        counts.loc[doubted, channel] = 0.0
        return replace(history, metrics={"conversions": counts})

    one = fit_segments(histories, options)
    two = fit_segments({name: other(history) for name, history in histories.items()}, options)
    for name, found in one.items():
        for entry, same in zip(found, two[name], strict=True):
            at = np.array([0.5, 1.0, 1.5]) * (entry.current_spend or 0.0)
            np.testing.assert_allclose(same.curve.response(at), entry.curve.response(at), rtol=0.03)
