"""What a mix history cannot tell, and how well its fit foretells held-out weeks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.datasets.simulated_mix import simulate_mix
from models.diagnostics.evidence import assess
from models.history.history import History
from models.mix_fit.holdout import Holdout, hold_out
from models.mix_fit.identifiability import first_look
from models.mix_fit.media_mix import fit_mix

WHOLE = FitOptions(conversion_lag=0)


def history_of(kpi, spend) -> History:
    dates = pd.date_range("2022-01-03", periods=len(kpi), freq="7D")
    return History(
        shape="mix",
        period_days=7,
        spend=pd.DataFrame({"search": spend}, index=dates),
        metrics={"conversions": pd.DataFrame({"total": kpi}, index=dates)},
        controls=pd.DataFrame(index=dates),
    )


def test_two_channels_that_always_move_together_are_reported_as_a_pair():
    history = simulate_mix(0).history
    jitter = np.exp(0.02 * np.random.default_rng(0).normal(size=len(history.dates)))
    spend = history.spend.assign(twin=history.spend["channel_5"] * jitter)
    curves = fit_mix(replace(history, spend=spend), check=False)
    words = "cannot be told apart"
    notices = [notice for notice in curves.notices if words in notice]
    assert len(notices) == 1
    assert notices[0].startswith("channel_5 and twin cannot be told apart: ")
    for one, other in (("channel_5", "twin"), ("twin", "channel_5")):
        assert curves[one].evidence.verdict != "usable"
        reasons = curves[one].evidence.reasons
        assert any(reason.startswith(f"{words} from {other}: ") for reason in reasons)
    for name in ("channel_1", "channel_2", "channel_3", "channel_4"):
        assert not any(words in reason for reason in curves[name].evidence.reasons)


def test_a_strong_independent_channel_is_usable():
    rng = np.random.default_rng(1)
    spend = 1000 * np.exp(0.6 * rng.normal(size=150))
    kpi = 500 + 900 * spend / (spend + 1000) + rng.normal(0, 10, 150)
    evidence = fit_mix(history_of(kpi, spend), check=False)["search"].evidence
    assert (evidence.verdict, evidence.reasons) == ("usable", ())


def test_spend_that_does_nothing_is_unusable_and_may_bring_nothing():
    rng = np.random.default_rng(2)
    spend = 1000 * np.exp(0.6 * rng.normal(size=150))
    curves = fit_mix(history_of(1000 + rng.normal(0, 50, 150), spend), check=False)
    evidence = curves["search"].evidence
    assert evidence.verdict == "unusable"
    assert any(reason.startswith("may bring next to nothing: ") for reason in evidence.reasons)


def test_beside_channels_that_work_one_that_may_do_nothing_is_weak():
    """It is the first to take money from; the reasons stay."""
    made = simulate_mix(2)
    idle = made.history.spend["channel_1"].sample(frac=1.0, random_state=1).to_numpy()
    history = replace(made.history, spend=made.history.spend.assign(idle=idle))
    evidence = fit_mix(history, check=False)["idle"].evidence
    assert evidence.verdict == "weak"
    assert any(reason.startswith("may bring next to nothing: ") for reason in evidence.reasons)
    assert first_look(history)["idle"].verdict == "weak"
    assert assess(history)["idle"].verdict == "unusable"


def test_what_hardly_varied_is_unusable_however_well_the_others_work():
    made = simulate_mix(2)
    calm = np.full(len(made.history.dates), 5000.0) + np.arange(len(made.history.dates)) % 2
    history = replace(made.history, spend=made.history.spend.assign(calm=calm))
    assert fit_mix(history, check=False)["calm"].evidence.verdict == "unusable"


def test_rules_of_thumb_are_exact_where_they_must_be():
    rng = np.random.default_rng(3)
    spend = 1000 * np.exp(0.4 * rng.normal(size=130))
    flat = hold_out([history_of(np.full(130, 70.0), spend)], WHOLE)
    assert flat is not None
    assert flat.naive["recent"] == flat.naive["last_year"] == 0
    # 70 a week against the mean ratio times the money of each week
    guess = spend[-13:] * 70 * 117 / spend[:117].sum()
    assert flat.naive["per_money"] == pytest.approx(np.abs(guess - 70).mean() / 70, abs=1e-4)
    steady = hold_out([history_of(0.05 * spend, spend)], WHOLE)
    assert steady is not None
    assert steady.naive["per_money"] == 0
    every_year = np.tile(rng.uniform(50, 100, 52), 3)[:130]
    yearly = hold_out([history_of(every_year, spend)], WHOLE)
    assert yearly is not None
    assert yearly.naive["last_year"] == 0


def test_held_out_weeks_teach_nothing():
    """Whatever the last weeks say, what is foretold for them is the same."""
    history = simulate_mix(4).history
    kpi = history.metrics["conversions"].copy()
    kpi.iloc[-13:] *= 2
    plain = hold_out([history], WHOLE)
    doubled = hold_out([replace(history, metrics={"conversions": kpi})], WHOLE)
    assert plain is not None
    assert doubled is not None
    # |2 k - f| / 2 k: half of the KPI is missed where the forecast was near.
    assert doubled.error == pytest.approx(0.5, abs=plain.error)


def test_a_good_fit_beats_the_rules_of_thumb():
    for seed in (0, 2):
        holdout = hold_out([simulate_mix(seed).history])
        assert holdout is not None
        assert not holdout.loses
        # The KPI's own noise of 4 % is missed by 0.8 * 4 % on average, whatever one does.
        assert holdout.error < 2 * 0.8 * 0.04


def test_too_short_a_history_is_not_held_out():
    assert hold_out([simulate_mix(5, weeks=50).history]) is None


def test_a_fit_that_loses_is_marked():
    holdout = Holdout(13, 0.08, {"recent": 0.05, "per_money": 0.3, "last_year": 0.2})
    assert holdout.loses
    assert holdout.reason == (
        "the last 13 periods, held out, were foretold with an error of 8.0 %; "
        "the mean of as many periods before would have been off by 5.0 %"
    )
    assert not replace(holdout, error=0.05).loses


def test_the_fit_reports_its_holdout():
    curves = fit_mix(simulate_mix(0).history, FitOptions(draws=50))
    holdout = curves.channels[0].fit["holdout"]
    assert holdout["baseline_error"] == min(holdout["naive"].values())
    assert holdout["periods"] == 13
