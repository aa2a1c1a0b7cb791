"""Mix fits: known truth, invariances, faults."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.channel_fit.fit_options import FitOptions
from models.datasets.simulated_mix import simulate_mix
from models.diagnostics.anomalies import suspect
from models.errors import HistoryError
from models.history.history import History
from models.mix_fit.media_mix import fit_all, fit_mix
from models.mix_fit.noise import look_at_noise
from models.mix_fit.priors import baseline_terms

SEEDS = range(4)
FEW = FitOptions(draws=40)


@pytest.fixture(scope="module")
def fits():
    return [(s := simulate_mix(seed), fit_mix(s.history, check=False)) for seed in SEEDS]


def scaled(history: History, money: float, count: float) -> History:
    kpi = {name: panel * count for name, panel in history.metrics.items()}
    return replace(history, spend=history.spend * money, metrics=kpi)


def test_true_shares_lie_within_the_stated_intervals(fits):
    hits = []
    for simulated, curves in fits:
        kpi = simulated.history.metrics["conversions"]["total"].mean()
        for entry in curves:
            low, _, high = entry.fit["share_of_kpi"]
            hits.append(low <= simulated.contributions[entry.channel].mean() / kpi <= high)
    # With 90 % intervals, fewer than this happen once in ten thousand times.
    assert sum(hits) >= stats.binom(len(hits), 0.9).ppf(1e-4)


def test_true_responses_lie_within_the_draws(fits):
    hits = []
    for simulated, curves in fits:
        for true, entry in zip(simulated.truth, curves, strict=True):
            spend = true.current_spend
            low, high = np.quantile([float(c.response(spend)) for c in entry.draws], [0.05, 0.95])
            hits.append(low <= true.curve.response(spend) <= high)
    assert sum(hits) >= stats.binom(len(hits), 0.9).ppf(1e-4)


def test_noise_and_baseline_are_found(fits):
    for simulated, curves in fits:
        fit = curves.channels[0].fit
        # 130 weeks estimate a standard deviation to within 1 / sqrt(2 * 130) = 6 %.
        assert fit["noise"] == pytest.approx(0.04, rel=4 * 0.062)
        kpi = simulated.history.metrics["conversions"]["total"].mean()
        low, _, high = fit["baseline_share"]
        assert low - 0.05 <= simulated.baseline.mean() / kpi <= high + 0.05


def test_the_curve_is_near_the_mean_of_the_draws(fits):
    for entry in fits[0][1]:
        spend = np.linspace(0.4, 1.6, 13) * entry.current_spend
        mean = np.mean([draw.response(spend) for draw in entry.draws], axis=0)
        slope = np.mean([draw.marginal(spend) for draw in entry.draws], axis=0)
        np.testing.assert_allclose(entry.curve.response(spend), mean, rtol=0.01)
        np.testing.assert_allclose(entry.curve.marginal(spend), slope, rtol=0.05)
        assert len(entry.draws) == 200


def test_same_input_same_output():
    history = simulate_mix(7).history
    first, second = (fit_mix(history, FitOptions(draws=50)) for _ in range(2))
    assert [entry.draws for entry in first] == [entry.draws for entry in second]


def test_units_of_money_and_of_the_kpi_only_change_units():
    history = simulate_mix(8).history
    plain, other = (
        fit_mix(history, FEW, check=False),
        fit_mix(scaled(history, 100.0, 0.25), FEW, check=False),
    )
    for one, two in zip(plain, other, strict=True):
        assert one.current_spend is not None
        spend = np.array([0.2, 1.0, 3.0]) * one.current_spend
        np.testing.assert_allclose(
            two.curve.response(100 * spend), 0.25 * one.curve.response(spend), rtol=1e-6
        )
        assert two.carry_over == pytest.approx(one.carry_over)


def test_the_order_of_the_columns_does_not_matter():
    history = simulate_mix(9).history
    turned = replace(history, spend=history.spend[list(history.channels[::-1])])
    plain, other = (fit_mix(one, FEW, check=False) for one in (history, turned))
    assert other.names == plain.names[::-1]
    for entry in plain:
        assert other[entry.channel].draws == entry.draws


def test_inputs_are_left_alone():
    history = simulate_mix(10).history
    before = history.spend.copy(), history.metrics["conversions"].copy()
    fit_mix(history, FEW, check=False)
    pd.testing.assert_frame_equal(history.spend, before[0])
    pd.testing.assert_frame_equal(history.metrics["conversions"], before[1])


def test_a_channel_without_effect_is_not_given_one():
    simulated = simulate_mix(11)
    rng = np.random.default_rng(0)
    spend = simulated.history.spend.assign(nothing=10_000 * np.exp(0.5 * rng.normal(size=130)))
    curves = fit_mix(replace(simulated.history, spend=spend), check=False)
    low, _, high = curves["nothing"].fit["share_of_kpi"]
    assert low < 0.02
    assert high < 0.12


@pytest.mark.parametrize("family", ["exponential", "logarithmic", "power", "linear"])
def test_every_concave_family_can_be_forced(family):
    curves = fit_mix(simulate_mix(12).history, FitOptions(family=family, draws=20), check=False)
    assert {draw.family for entry in curves for draw in entry.draws} == {family}
    for entry in curves:
        assert entry.current_spend is not None
        slope = entry.curve.marginal(np.linspace(0.1, 3, 20) * entry.current_spend)
        assert (slope >= 0).all()
        assert (np.diff(slope) <= 1e-12 * slope[0]).all()


def test_revenue_is_a_kpi_too_and_its_value_is_one():
    history = simulate_mix(13).history
    revenue = replace(history, metrics={"revenue": history.metrics["conversions"]})
    curves = fit_mix(revenue, FEW, check=False)
    assert curves.kpi == "revenue"
    assert {entry.value_per_conversion for entry in curves} == {1.0}


def test_what_is_said_of_a_mix_of_revenue_never_speaks_of_conversions():
    """Nothing was tracked for a month, spend is missing for another, and one channel does nothing.

    All that a fit can say then is said: notices, doubts, reasons, faults.
    """
    history = simulate_mix(13).history
    kpi = history.metrics["conversions"].copy()
    kpi.iloc[40:44] = 0.0
    spend = history.spend.assign(idle=np.random.default_rng(0).uniform(50, 150, len(kpi)))
    spend.iloc[80:84] = 0.0
    revenue = replace(history, spend=spend, metrics={"revenue": kpi})
    doubts = suspect(revenue)
    assert {flag.kind for flag in doubts} == {"silent", "unpaid"}
    options = FitOptions(draws=50, conversion_lag=14, doubts=doubts)
    curves = fit_mix(revenue, options)
    texts = [*curves.notices, *(why for entry in curves for why in entry.evidence.reasons)]
    with pytest.raises(HistoryError) as caught:
        fit_mix(replace(revenue, metrics={"revenue": 0 * kpi}))
    texts += [fault.problem for fault in caught.value.faults]
    assert sum("revenue" in text for text in texts) >= 5
    assert not [text for text in texts if "conversion" in text]


def test_value_per_conversion_is_the_history_s():
    history = simulate_mix(13).history
    panels = {**history.metrics, "revenue": history.metrics["conversions"] * 37.5}
    curves = fit_mix(replace(history, metrics=panels), FEW, check=False)
    assert [entry.value_per_conversion for entry in curves] == pytest.approx([37.5] * 5)


def test_all_faults_at_once():
    history = simulate_mix(14, weeks=20).history
    broken = replace(
        history,
        spend=history.spend.assign(radio=0.0, print=0.0),
        metrics={"conversions": history.metrics["conversions"] * 0},
    )
    with pytest.raises(HistoryError) as caught:
        fit_mix(broken)
    assert [fault.problem for fault in caught.value.faults] == [
        "zero conversions in every period",
        "radio never spent anything",
        "print never spent anything",
    ]


def test_a_tracking_outage_is_named_and_changes_little():
    history = simulate_mix(15).history
    hurt = history.metrics["conversions"].copy()
    hurt.iloc[60] = 0.0
    plain = fit_mix(history, check=False)
    outage = fit_mix(replace(history, metrics={"conversions": hurt}), check=False)
    assert f"{history.dates[60]:%Y-%m-%d}" in " ".join(outage.notices)
    for entry in plain:
        low, _, high = entry.fit["share_of_kpi"]
        assert low <= outage[entry.channel].fit["share_of_kpi"][1] <= high


@pytest.mark.parametrize("growth", [0.0, 1.0])
def test_how_errors_grow_is_seen(growth):
    rng = np.random.default_rng(16)
    dates = pd.date_range("2023-01-02", periods=150, freq="7D")
    level = np.linspace(100, 1000, 150)
    kpi = level + 20 * (level / 550) ** growth * rng.normal(size=150)
    baseline = baseline_terms(dates, 7, pd.DataFrame(index=dates), kpi.mean())
    noise = look_at_noise(kpi, baseline, rng.uniform(1, 2, (150, 2)))
    assert noise.growth == growth
    assert noise.sd == pytest.approx(20, rel=0.3)


def test_a_trend_bends_only_where_the_history_says_so():
    history = simulate_mix(16).history
    kpi = history.metrics["conversions"]["total"]
    wave = np.cos(3 * np.pi * np.linspace(0, 1, len(kpi)))
    bent = pd.DataFrame({"total": kpi + 0.15 * kpi.mean() * wave}, index=kpi.index)
    shares = []
    for panel in (history.metrics["conversions"], bent):
        fit = fit_all([replace(history, metrics={"conversions": panel})], FitOptions(draws=100))
        # The first two choices are without bends and drift.
        shares.append(np.isin(fit.posterior.choice[:, 0], [0, 1]).mean())
    assert shares[0] > 0.5
    assert shares[1] < 0.05


def test_what_a_person_knows_of_carry_over_and_of_all_media_is_kept():
    history = simulate_mix(3, weeks=80, channels=3).history
    plain = fit_mix(history, check=False)
    known = FitOptions(carry_over_ranges={"channel_1": (0.62, 0.7)}, media_share=(0.05, 0.08))
    told = fit_mix(history, known, check=False)
    low, _, high = told["channel_1"].fit["carry_over_interval"]
    assert 0.62 <= low <= high <= 0.7
    assert 0.62 <= told["channel_1"].carry_over <= 0.7
    # Less than half of what history alone would say: most of the way to what is known.
    share, alone = (1.0 - np.array(c["channel_2"].fit["baseline_share"]) for c in (told, plain))
    assert share[1] < 0.6 * alone[1]
    assert share[1] < 0.15


def test_ranges_that_are_none_are_refused_all_at_once():
    history = simulate_mix(3, weeks=80, channels=3).history
    options = FitOptions(
        carry_over_ranges={"channel_1": (0.7, 0.4), "chanel_2": (0.1, 0.2)}, media_share=(0.5, 1.0)
    )
    with pytest.raises(HistoryError) as caught:
        fit_mix(history, options)
    places = [fault.where for fault in caught.value.faults]
    assert places == ["carry_over.chanel_2", "carry_over.channel_1", "media_share"]
    assert "Did you mean channel_2?" in str(caught.value.faults[0])
