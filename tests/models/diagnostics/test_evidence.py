"""Verdicts on histories whose worth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.curves.curveset import Evidence
from models.datasets.simulated_channels import panels, sample_history, simulate_history
from models.datasets.simulated_mix import simulate_mix
from models.diagnostics.evidence import assess, combine, lowered


def changed(history, name, spend=None, conversions=None):
    """The same history with one channel's columns replaced."""
    spends, counts = history.spend.copy(), history.metrics["conversions"].copy()
    if spend is not None:
        spends[name] = spend
    if conversions is not None:
        counts[name] = conversions
    return replace(history, spend=spends, metrics={**history.metrics, "conversions": counts})


def test_33_days_are_too_early_to_judge():
    history = simulate_history("weekdays", channels=3, weeks=20).history
    short = panels(
        pd.concat(
            pd.DataFrame(
                {
                    "date": history.dates[:33],
                    "channel": name,
                    "spend": history.spend[name].iloc[:33],
                    "conversions": history.metrics["conversions"][name].iloc[:33],
                }
            )
            for name in history.channels
        ),
        1,
    )
    for verdict in assess(short).values():
        assert verdict.verdict == "unusable"
        assert verdict.reasons[0] == (
            "too early to judge: 33 days of history; 26 weeks are the least, 52 show a full year"
        )


def test_what_a_good_history_shows_is_usable():
    found = [
        evidence
        for seed in range(3)
        for evidence in assess(simulate_history("steady", seed=seed).history).values()
    ]
    usable = [evidence for evidence in found if evidence.verdict == "usable"]
    assert len(usable) >= 0.8 * len(found)
    assert all(evidence.reasons == () for evidence in usable)


def test_the_samples_weak_spots_are_named():
    verdicts = assess(sample_history().history)
    assert verdicts["affiliates"].reasons[0].startswith("spend hardly varied: by 0.")
    assert verdicts["podcast"].reasons[0].startswith("too few conversions: ")
    assert verdicts["podcast"].verdict == verdicts["affiliates"].verdict == "unusable"


def test_conversions_without_relation_to_spend_are_unusable():
    """At 2.5 standard errors one channel in about 160 passes by chance; three decays, 120 tries."""
    verdicts = [
        verdict.verdict
        for seed in range(20)
        for verdict in assess(simulate_history("no_signal", seed=seed).history).values()
    ]
    assert verdicts.count("unusable") >= 0.95 * len(verdicts)
    assert "usable" not in verdicts


def test_spend_that_varied_a_little_is_told_what_would_be_enough():
    history = simulate_history("steady", channels=3, seed=1).history
    spend = history.spend["channel_2"].to_numpy()
    calm = spend.mean() * (1.0 + 0.078 * (spend - spend.mean()) / spend.std())
    counts = 40.0 * np.sqrt(calm / 100.0)
    verdict = assess(changed(history, "channel_2", spend=calm, conversions=counts))["channel_2"]
    assert verdict == Evidence(
        "weak",
        ("spend varied little: by 7.8 % around its mean; 12 % make a curve usable",),
    )


def test_the_kpi_is_called_what_it_is():
    made = simulate_mix(1).history
    money = {"revenue": made.metrics["conversions"]}
    noise = np.random.default_rng(1).gamma(9.0, 1.0, made.spend.shape)
    blind = replace(made, metrics=money, spend=made.spend * 0.0 + noise)
    reasons = [reason for verdict in assess(blind).values() for reason in verdict.reasons]
    assert reasons
    for reason in reasons:
        assert reason.startswith("revenue and spend show no relation beyond season and trend (")


def test_a_few_weeks_of_spend_are_not_enough():
    history = simulate_history("steady", channels=3, seed=1).history
    spend = history.spend["channel_2"].to_numpy().copy()
    spend[:-5] = 0.0
    verdict = assess(changed(history, "channel_2", spend=spend))["channel_2"]
    assert verdict.verdict == "unusable"
    assert verdict.reasons[0] == "money was spent in 35 days only; 13 weeks are the least"


def test_what_shows_no_relation_beside_others_that_do_is_weak():
    """A channel whose conversions do not follow its spend gives its money; what is thin stays."""
    history = simulate_history("steady", channels=4, seed=1).history
    counts = history.metrics["conversions"]["channel_2"].sample(frac=1.0, random_state=0)
    found = assess(changed(history, "channel_2", conversions=counts.to_numpy()))["channel_2"]
    assert found.verdict == "weak"
    assert found.reasons[0].startswith("conversions and spend show no relation beyond season")
    alone = replace(
        history,
        spend=history.spend[["channel_2"]],
        metrics={"conversions": counts.to_frame().set_axis(history.dates)},
    )
    assert assess(alone)["channel_2"].verdict == "unusable"


def test_slow_errors_of_many_channels_are_not_taken_for_a_relation():
    """Conversions that wander by themselves, with a correlation of .7 from week to week."""
    told = 0
    for seed in range(20):
        history = simulate_history("no_signal", channels=5, seed=seed).history
        rng = np.random.default_rng(seed)
        wander = rng.standard_normal(history.spend.shape)
        for week in range(1, len(wander)):
            wander[week] = 0.7 * wander[week - 1] + np.sqrt(1 - 0.49) * wander[week]
        panel = history.metrics["conversions"] * 0 + np.round(300 * np.exp(0.1 * wander))
        verdicts = assess(replace(history, metrics={"conversions": panel})).values()
        told += sum(verdict.verdict != "unusable" for verdict in verdicts) > 2
    assert told <= 1


@pytest.mark.parametrize("count", [0.0, 1.0])
def test_too_few_conversions(count):
    history = simulate_history("steady", channels=3, seed=1).history
    verdict = assess(changed(history, "channel_2", conversions=np.full(104, count)))["channel_2"]
    assert verdict.verdict == "unusable"
    assert verdict.reasons[0].startswith(f"too few conversions: {104 * count:.0f} in all")


def test_the_worst_verdict_comes_first():
    evidence = combine([("weak", "a"), ("unusable", "b"), ("weak", "c")])
    assert evidence == Evidence("unusable", ("b", "a", "c"))
    assert lowered(Evidence("weak", ("a",)), [("unusable", "b")]) == Evidence(
        "unusable", ("b", "a")
    )
    assert lowered(Evidence(), []) == Evidence()
