"""Fits of histories whose truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.fit import sample_uplift
from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import highest_spend, recent_spend
from models.channel_fit.levenberg_marquardt import Series, minimise, predict
from models.channel_fit.parametrisation import SHAPES
from models.curves.bank import responses
from models.curves.curveset import ChannelCurve
from models.curves.file import to_json
from models.datasets.simulated_channels import simulate_history
from models.datasets.simulated_mix import simulate_mix
from models.diagnostics.anomalies import Flag, suspect
from models.errors import HistoryError
from models.fit.entry import fit_curves
from models.history.history import History
from models.mix_fit.media_mix import fit_mix
from models.transforms.adstock import GEOMETRIC, carried_over, decay_of, geometric_weights
from tests.support.histories import with_conversions


def today(entry: ChannelCurve) -> float:
    assert entry.current_spend is not None
    return entry.current_spend


def batch(
    shape, rng, batch=3, periods=60, covariates=2, peak=GEOMETRIC
) -> tuple[Series, np.ndarray]:
    """A random series per row, and random parameters for it."""
    size = 2 + shape.size() + covariates
    series = Series(
        spend=rng.gamma(4.0, 0.25, (batch, periods)),
        peak=np.full(batch, peak),
        response=np.ones((batch, periods)),
        covariates=rng.normal(size=(batch, periods, covariates)),
        offset=rng.normal(0.0, 0.1, (batch, periods)),
        weight=np.ones((batch, periods)),
        prior_mean=np.zeros((batch, size)),
        prior_precision=np.full((batch, size), 1e-6),
        poisson=np.full(batch, 1e-8),
        relative=np.full(batch, 1e-4),
    )
    theta = rng.normal(0.0, 0.5, (batch, size))
    theta[:, 0] += 5.0
    return series, theta


@pytest.mark.parametrize("peak", [GEOMETRIC, 2.0])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_jacobian_is_the_finite_difference(shape, peak):
    series, theta = batch(shape, np.random.default_rng(1), peak=peak)
    expected, jacobian = predict(shape, series, theta)
    for column in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[:, column] = 1e-5
        rise = (
            predict(shape, series, theta + step)[0] - predict(shape, series, theta - step)[0]
        ) / 2e-5
        np.testing.assert_allclose(
            jacobian[:, :, column], rise, rtol=1e-6, atol=1e-6 * expected.max()
        )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_shape_is_its_family(shape):
    """What the fit computes equals the family's own formula with the parameters it reports."""
    rng = np.random.default_rng(2)
    series, theta = batch(shape, rng, covariates=0)
    series = replace(series, offset=0.0 * series.offset)
    reference = np.array([10.0, 200.0, 3000.0])
    form = theta[:, 1 : 1 + shape.size()]
    rows = shape.parameters(theta[:, 0], form, reference)
    effective = carried_over(series.spend, decay_of(theta[:, -1]), series.peak)
    expected, _ = predict(shape, series, theta)
    for row in range(3):
        curve = shape.family(*rows[row])
        np.testing.assert_allclose(
            curve.response(effective[row] * reference[row]), expected[row], rtol=1e-9
        )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_noiseless_data_give_the_curve_back(shape):
    series, theta = batch(shape, np.random.default_rng(3))
    expected, _ = predict(shape, series, theta)
    start = theta + np.random.default_rng(4).normal(0.0, 0.3, theta.shape)
    found = minimise(
        shape, replace(series, response=expected), start, iterations=100, tolerance=1e-8
    )
    np.testing.assert_allclose(found.expected, expected, rtol=1e-3)


@pytest.mark.parametrize("kind", ["steady", "carry_over"])
def test_the_truth_is_found_within_the_noise(kind):
    """104 weeks of about 12 % noise fix a mean within 3 %, six times that far from the middle."""
    errors, decays = [], []
    for seed in range(4):
        made = simulate_history(kind, seed=seed)
        for entry in fit_curves(made.history, FitOptions(draws=0)):
            spend = today(entry) * np.array([0.7, 1.0, 1.3])
            truth = made.truth.curves[entry.channel].response(spend)
            errors.append(entry.curve.response(spend) / truth - 1.0)
            decays.append(abs(entry.carry_over - made.truth.decays[entry.channel]))
    errors = np.array(errors)
    assert np.abs(np.median(errors, axis=0)).max() < 0.02
    assert np.abs(errors).max() < 0.20
    assert np.median(decays) < 0.1


def test_the_season_is_found_and_shared():
    made = simulate_history("steady", seed=2)
    curves = fit_curves(made.history)
    truth, days = np.array(made.truth.season), [7.0] * 52 + [1.25]
    for entry in curves:
        assert np.average(entry.season, weights=days) == pytest.approx(1.0, abs=2e-3)
        # Three waves cannot follow the two weeks before Christmas all the way up.
        assert np.sqrt(np.mean((np.array(entry.season) - truth) ** 2)) < 0.06


def test_the_same_history_gives_the_same_bytes():
    history = simulate_history("outages", seed=1).history
    assert to_json(fit_curves(history)) == to_json(fit_curves(history))


def test_any_number_of_workers_gives_the_same_bytes(monkeypatch):
    monkeypatch.setattr("models.channel_fit.batches.CHUNK", 2)
    history = simulate_history("steady", channels=4, weeks=60, seed=1).history
    done = []
    one = fit_curves(history, FitOptions(draws=10), lambda *state: done.append(state))
    two = fit_curves(history, FitOptions(draws=10, workers=2))
    assert to_json(one) == to_json(two)
    assert done == [(2, 4), (4, 4)]


def test_recent_conversions_are_left_out_and_said_to_be():
    history = simulate_history("steady", channels=3, seed=1).history
    counts = history.metrics["conversions"].copy()
    counts.iloc[-2:] = 0.0
    late = replace(history, metrics={**history.metrics, "conversions": counts})
    options = FitOptions(draws=0, conversion_lag=14)
    one, other = fit_curves(history, options), fit_curves(late, options)
    for entry in one:
        spend = today(entry) * np.array([0.5, 1.0, 1.5])
        found = other[entry.channel].curve.response(spend)
        np.testing.assert_allclose(found, entry.curve.response(spend), rtol=0.01)
    assert one.notices[0] == (
        "the last 14 days (from 2025-12-15) were left out of the fit: "
        "their conversions may still be arriving"
    )


def test_outages_and_spikes_are_found_shown_and_counted_little():
    made = simulate_history("steady", channels=3, seed=2)
    counts = made.history.metrics["conversions"].copy()
    counts.loc[counts.index[[40, 41]], "channel_1"] = 0.0
    counts.loc[counts.index[70], "channel_1"] *= 4.0
    broken = replace(made.history, metrics={"conversions": counts})
    curves = fit_curves(broken, FitOptions(draws=50))
    entry, outliers = curves["channel_1"], curves["channel_1"].fit["outliers"]
    expected = [str(date)[:10] for date in broken.dates[[40, 41, 70]]]
    assert [outlier["date"] for outlier in outliers] == expected
    assert all(outlier["weight"] < 0.2 for outlier in outliers)
    assert any(
        notice.startswith("channel_1: far from what was expected") for notice in curves.notices
    )
    spend = today(entry) * np.array([0.7, 1.0, 1.3])
    truth = made.truth.curves["channel_1"].response(spend)
    np.testing.assert_allclose(entry.curve.response(spend), truth, rtol=0.1)


def test_a_control_takes_what_is_its_own():
    """Prices fall when money is spent, and a fall of a tenth brings a fifth more."""
    made = simulate_history("steady", channels=2, seed=4)
    rng = np.random.default_rng(4)
    wave = np.log(made.history.spend["channel_1"].to_numpy())
    price = 10.0 * np.exp(-0.15 * (wave - wave.mean()) + 0.03 * rng.normal(size=len(wave)))
    moved = (price / price.mean()) ** -2.0
    counts = np.round(made.history.metrics["conversions"]["channel_1"].to_numpy() * moved)
    blind = with_conversions(made.history, "channel_1", counts)
    told = replace(blind, controls=pd.DataFrame({"price": price}, index=blind.dates))
    worst = []
    for history in (blind, told):
        entry = fit_curves(history, FitOptions(draws=0))["channel_1"]
        spend = today(entry) * np.array([0.6, 1.0, 1.4])
        ratio = entry.curve.response(spend) / made.truth.curves["channel_1"].response(spend)
        worst.append(float(np.ptp(ratio)))
    assert worst[0] > 0.12
    assert worst[1] < 0.5 * worst[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_half_a_year_without_tracking_is_left_out_when_it_is_doubted(seed):
    made = simulate_history("steady", channels=3, seed=seed)
    counts = made.history.metrics["conversions"]["channel_1"].to_numpy().copy()
    counts[30:56] = 0.0
    broken = with_conversions(made.history, "channel_1", counts)
    errors = []
    for doubts in ((), suspect(broken)):
        curves = fit_curves(broken, FitOptions(draws=0, doubts=doubts))
        spend = today(curves["channel_1"]) * np.array([0.7, 1.0, 1.3])
        truth = made.truth.curves["channel_1"].response(spend)
        errors.append(np.abs(curves["channel_1"].curve.response(spend) / truth - 1.0).max())
    # 78 weeks of about 12 % noise fix a mean to within 3 %.
    assert errors[1] < 0.06
    assert errors[0] > 1.5 * errors[1]
    assert curves.notices[1].startswith("channel_1: counted 0 % from 2024-07-29 to 2025-01-26: ")


def test_a_mix_leaves_out_what_is_doubted():
    """With 20 weeks of silence doubted, the baseline is what the whole history says it is."""
    history = simulate_mix(1).history
    kpi = history.metrics["conversions"].copy()
    kpi.iloc[40:60] = 0.0
    broken = replace(history, metrics={"conversions": kpi})

    def baseline(history: History, doubts: tuple[Flag, ...] = ()) -> list[float]:
        curves = fit_mix(history, FitOptions(draws=100, doubts=doubts), check=False)
        return curves.channels[0].fit["baseline_share"]

    _, whole, _ = baseline(history)
    low, _, high = baseline(broken, suspect(broken))
    assert low < whole < high
    assert baseline(broken)[0] > whole


def test_an_event_is_not_taken_for_spend():
    """Twice a year conversions double for a fortnight, in the weeks of the highest spend."""
    made = simulate_history("steady", channels=1, seed=4)
    spend, counts = made.history.spend.copy(), made.history.metrics["conversions"].copy()
    weeks = [20, 21, 46, 47, 72, 73, 98, 99]
    extra = made.truth.curves["channel_1"].response(2.0 * spend.iloc[weeks].to_numpy())
    spend.iloc[weeks] *= 2.0
    counts.iloc[weeks] = np.round(2.0 * extra)
    history = replace(made.history, spend=spend, metrics={"conversions": counts})
    days = [str(date)[:10] for date in history.dates[weeks]]
    ends = [str(date + np.timedelta64(6, "D"))[:10] for date in history.dates[weeks]]
    events = {"sale": tuple(zip(days, ends, strict=True))}
    found = {}
    for name, options in (("blind", FitOptions()), ("told", FitOptions(events=events))):
        curve = fit_curves(history, options)["channel_1"].curve
        at = np.array([0.7, 1.6]) * spend["channel_1"].to_numpy().mean()
        low, high = curve.response(at) / made.truth.curves["channel_1"].response(at)
        found[name] = high / low - 1.0
    assert found["blind"] > 0.1
    assert abs(found["told"]) < 0.5 * found["blind"]


def test_intervals_hold_the_truth():
    """24 channels at 3 spends: 90 % within, give or take what 24 independent channels allow."""
    held = []
    for seed in range(4):
        made = simulate_history("carry_over", seed=10 + seed)
        for entry in fit_curves(made.history):
            at = today(entry) * np.array([0.5, 1.0, 1.5])
            low, high = np.quantile(responses(entry.draws, at), [0.05, 0.95], axis=0)
            truth = made.truth.curves[entry.channel].response(at)
            held.append((low <= truth) & (truth <= high))
    assert 0.75 <= np.mean(held) <= 0.99


def test_what_a_plan_promises_on_the_sample_is_what_it_brings():
    """Where all draws call a plan better, it is: the uplift's 90 % interval holds the truth."""
    found = [sample_uplift(seed) for seed in range(5000, 5010)]
    # With 90 % intervals, fewer than this happen once in ten thousand times.
    assert sum(held for held, _ in found) >= stats.binom(len(found), 0.9).ppf(1e-4)


def test_straight_lines_are_kept_within_what_was_observed():
    curves = fit_curves(simulate_history("linear", seed=1).history)
    told = [entry for entry in curves if entry.evidence.within_observed]
    assert len(told) >= 5
    for entry in told:
        assert any(
            reason.startswith("no saturation seen up to") for reason in entry.evidence.reasons
        )


def test_doubling_the_currency_unit_changes_nothing_but_the_unit():
    history = simulate_history("steady", seed=3).history
    half = replace(history, spend=history.spend * 0.5)
    for one, other in zip(fit_curves(history), fit_curves(half), strict=True):
        spend = today(one)
        np.testing.assert_allclose(
            other.curve.response(0.5 * spend), one.curve.response(spend), rtol=1e-5
        )


def test_the_order_of_channels_does_not_matter():
    history = simulate_history("steady", seed=3).history
    names = list(reversed(history.channels))
    turned = replace(
        history,
        spend=history.spend[names],
        metrics={name: panel[names] for name, panel in history.metrics.items()},
    )
    one, other = fit_curves(history), fit_curves(turned)
    for name in names:
        spend = today(one[name])
        np.testing.assert_allclose(
            other[name].curve.response(spend), one[name].curve.response(spend), rtol=1e-4
        )


def test_inputs_are_left_as_they_were():
    history = simulate_history("steady", seed=3).history
    before = history.spend.copy(), history.metrics["conversions"].copy()
    fit_curves(history)
    assert history.spend.equals(before[0])
    assert history.metrics["conversions"].equals(before[1])


def test_a_channel_that_never_spent_is_refused():
    history = simulate_history("steady", seed=3).history
    spend = history.spend.assign(channel_2=0.0)
    with pytest.raises(HistoryError, match="channel channel_2: never spent anything"):
        fit_curves(replace(history, spend=spend))


def test_a_channel_without_conversions_is_held_not_fitted():
    history = simulate_history("steady", seed=3).history
    counts = history.metrics["conversions"].assign(channel_2=0.0)
    entry = fit_curves(replace(history, metrics={"conversions": counts}))["channel_2"]
    assert entry.evidence.verdict == "unusable"
    total = history.spend["channel_2"].sum()
    assert float(entry.curve.response(total)) == pytest.approx(0.5)


@pytest.mark.parametrize("shape", ["tidy", "mix"])
def test_the_effective_spend_that_a_plan_starts_with(shape):
    """The weighted sum written out, to the history's first week and the state before it."""
    tidy = simulate_history("carry_over", channels=3, seed=1).history
    history = tidy if shape == "tidy" else simulate_mix(1).history
    for entry in fit_curves(history, FitOptions(draws=20)):
        spend = history.spend[entry.channel].to_numpy(dtype=float)
        weights = geometric_weights(entry.carry_over, len(spend))
        expected = weights @ spend[::-1] + (1.0 - weights.sum()) * spend[:4].mean()
        assert entry.carry_over > 0.0
        assert entry.carried_spend == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("family", ["hill", "auto"])
def test_a_channel_that_began_last_week_is_held(family):
    """Its only week is left out of the fit, for its conversions may still be arriving."""
    history = simulate_history("steady", channels=3, seed=9).history
    begun = np.arange(len(history.dates)) == len(history.dates) - 1
    counts = history.metrics["conversions"]["channel_1"].to_numpy() * begun
    late = with_conversions(history, "channel_1", counts)
    late = replace(late, spend=late.spend.assign(channel_1=late.spend["channel_1"] * begun))
    entry = fit_curves(late, FitOptions(family=family))["channel_1"]
    assert entry.evidence.verdict == "unusable"
    assert entry.evidence.reasons[0].startswith("money was spent in 7 days only")
    at = np.linspace(0.5, 1.5, 5) * late.spend["channel_1"].to_numpy()[-1]
    assert np.isfinite(responses(entry.draws, at)).all()


def test_todays_spend_and_the_highest_of_four_weeks():
    weekly = np.array([9.0, 9.0, 9.0, 9.0, 1.0, 2.0, 3.0, 4.0])
    assert recent_spend(weekly, 7) == 2.5
    assert highest_spend(weekly, 7) == 9.0
    assert recent_spend(np.repeat(weekly, 7) / 7, 1) == pytest.approx(2.5 / 7, abs=1e-4)
    assert highest_spend(np.array([1.0, 2.0]), 7) == 1.5


def test_a_known_carry_over_is_the_prior_of_a_channel_s_own():
    """Spend that hardly tells about carry-over: what a person knows then decides."""
    history = simulate_history("steady", channels=2, weeks=40, seed=5, noise=0.3).history
    plain = fit_curves(history)
    told = fit_curves(history, FitOptions(carry_over_ranges={"channel_1": (0.6, 0.7)}))
    assert plain["channel_1"].carry_over < 0.45
    assert 0.55 < told["channel_1"].carry_over < 0.72
    assert told["channel_2"].carry_over == pytest.approx(plain["channel_2"].carry_over, abs=0.1)


def test_a_share_of_all_media_is_of_a_mix_only():
    history = simulate_history("steady", channels=2, weeks=40).history
    with pytest.raises(HistoryError, match="every channel has results of its own"):
        fit_curves(history, FitOptions(media_share=(0.1, 0.2)))
