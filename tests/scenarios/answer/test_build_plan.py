"""The plan document: it adds up, it is reproducible, and it says what must be known."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Hill
from optimizer.allocator import allocate
from scenarios.answer.build_plan import plan_of
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, Provenance, dump, parse
from scenarios.question.resolve import resolve
from scenarios.report.prose.conflict import conflict_lines
from scenarios.report.prose.findings import findings, priced_rules
from scenarios.report.prose.sentences import level, targets
from tests.support.scenario_examples import CURVES, with_draws, with_verdict, write

HEAD = "curves: c.json\nperiod: 2026-12\nname: december\n"


def plan(folder: Path, text: str = "budget: current\n", curves: CurveSet = CURVES) -> Plan:
    question = resolve(Scenario.load(write(folder, HEAD + text)), curves)
    return plan_of(question, allocate(question.problem), Provenance())


def costed(folder: Path, text: str, curves: CurveSet = CURVES) -> Plan:
    """The plan with what each rule costs."""
    question = resolve(Scenario.load(write(folder, HEAD + text)), curves)
    return plan_of(question, allocate(question.problem, costs=True), Provenance())


def test_the_level_of_a_proposal_has_an_interval_of_all_its_channels(tmp_path) -> None:
    """Draw by draw over the channels: the quantiles of sums, which are not sums of quantiles."""
    curves = with_draws()
    found = plan(tmp_path, "budget: +5%\n", curves)
    assert found.interval is not None
    assert found.interval.revenue is not None
    periods = found.period.days / 7
    spent = {row.channel: row.spend / periods for row in found.channels}
    sums = [
        sum(
            float(entry.draws[k].response(spent[entry.channel]))
            * (entry.value_per_conversion or 0.0)
            for entry in curves
        )
        for k in range(50)
    ]
    expected = periods * np.quantile(sums, [0.05, 0.95])
    np.testing.assert_allclose(found.interval.revenue, expected, rtol=1e-4)
    text = str(level(found))
    assert text.startswith("In 90 % of the curves the proposal brings ")
    assert " of revenue, a ROAS of " in text
    assert plan(tmp_path).interval is None


def test_a_plan_on_a_mix_says_which_part_of_the_kpi_it_is_about(tmp_path) -> None:
    entries = tuple(replace(e, fit={"baseline_share": [0.5, 0.6, 0.75]}) for e in CURVES)
    found = plan(tmp_path, curves=replace(CURVES, channels=entries))
    assert (
        "the figures are what advertising brings: 40 % of all conversions in the history, in 90 %"
        " of the curves 25 % to 50 %."
    ) in found.warnings


def test_a_limited_channel_is_said_and_can_only_be_let_go(tmp_path) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("too short",)))
    found = plan(tmp_path, "budget: current\nchannels: {tv: {unusable: limited}}\n", curves)
    assert found.warnings[0] == (
        "tv moves by 30% at most: its evidence is unusable."
        " `channels.tv.unusable: free` lifts this."
    )
    text = "budget: current\nchannels: {tv: {unusable: limited, min_spend: 45000}}\n"
    lines = list(conflict_lines(plan(tmp_path, text, curves)))
    assert any(line.startswith("Without channels.tv.unusable a plan exists") for line in lines)


UNUSABLE = Evidence("unusable", ("too short",))


@pytest.mark.parametrize(
    ("held", "freed"),
    [("change: [-5%, +15%]", "change: [-5%, +15%], unusable: free"),
     ("change: [-5%, +15%], unusable: free, locked: true", "change: [-5%, +15%], unusable: free")],
)  # fmt: skip
def test_a_rule_costs_what_its_remedy_brings(tmp_path, held: str, freed: str) -> None:
    """A channel that is let go still keeps the limit on its change."""
    curves = with_verdict("tv", UNUSABLE)
    before, after = (
        costed(tmp_path, f"budget: +10%\nchannels: {{tv: {{{own}}}}}\n", curves)
        for own in (held, freed)
    )
    assert before.certificate is not None
    assert after.certificate is not None
    (line,) = [rule for rule in before.rules if rule.kind in ("hold", "locked")]
    difference = after.certificate.value - before.certificate.value
    assert difference > 0
    assert line.cost == pytest.approx(difference, rel=1e-2)


def test_a_way_out_is_offered_only_where_its_remedy_leads_out(tmp_path) -> None:
    """Letting a held channel go helps nobody who asks more than its change limit leaves."""
    curves = with_verdict("tv", UNUSABLE)
    text = "budget: +30%\ndefaults: {change: [-10%, +10%]}\nportfolio: {min_conversions: 1}\n"
    lines = list(conflict_lines(plan(tmp_path, text, curves)))
    assert lines
    assert not any("defaults.unusable" in line for line in lines[1:] if "plan exists" in line)


def test_a_target_stands_beside_its_chance(tmp_path) -> None:
    """By hand: in how many draws the conversions of all channels reach the target."""
    curves, limit = with_draws(draws=200), 2500
    goal = f"minimise: spend\ntarget: {{conversions: {limit}}}\n"
    found = costed(tmp_path, goal, curves)
    (line,) = [rule for rule in found.rules if rule.is_target]
    periods = found.period.days / 7
    spent = {row.channel: row.spend / periods for row in found.channels}
    sums = [
        sum(periods * float(e.draws[k].response(spent[e.channel])) for e in curves)
        for k in range(200)
    ]
    assert line.reached_in == pytest.approx(np.mean([s >= limit for s in sums]), abs=0.011)
    assert 0.2 < (line.reached_in or 0.0) < 0.8
    (told,) = targets(found)
    assert told.startswith("Target: conversions of at least 2,500, reached in ")
    assert (line.cost or 0.0) > 0
    assert not any("target.conversions" in text for text in findings(found))


def test_what_an_unusable_curve_would_bring_is_no_headline(tmp_path) -> None:
    curves = with_verdict("tv", UNUSABLE)
    found = costed(tmp_path, "budget: +10%\ndefaults: {change: [-50%, +50%]}\n", curves)
    (hold,) = [rule for rule in found.rules if rule.kind == "hold"]
    assert (hold.cost or 0.0) > 0
    assert hold not in priced_rules(found)
    assert not any("dearest rule is defaults.unusable" in text for text in findings(found))


@pytest.mark.parametrize("budget", ["current", "+7%", "33333.33", "100000.01"])
def test_channels_sum_to_the_total_to_the_cent(tmp_path, budget: str) -> None:
    found = plan(tmp_path, f"budget: {budget}\ndefaults: {{extrapolation: free}}\n")
    assert found.proposed is not None
    cents = [round(100 * row.spend) for row in found.channels]
    assert sum(cents) == round(100 * found.proposed.spend)
    assert all(row.spend == round(row.spend, 2) for row in found.channels)
    if budget[0] not in "c+":
        assert found.proposed.spend == float(budget)


def test_what_follows_from_other_figures_follows_from_those_shown(tmp_path) -> None:
    found = plan(tmp_path, "budget: +7%\n")
    for row in found.channels:
        assert row.current_spend
        assert row.conversions
        assert row.revenue
        assert row.change == pytest.approx(row.spend / row.current_spend - 1, rel=1e-6)
        assert row.cpa == pytest.approx(row.spend / row.conversions, abs=0.005)
        assert row.roas == pytest.approx(row.revenue / row.spend, rel=1e-6)
    for totals, prefix in ((found.current, "current_"), (found.proposed, "")):
        assert totals is not None
        for name in ("spend", "conversions", "revenue"):
            parts = [getattr(row, prefix + name) for row in found.channels]
            assert getattr(totals, name) == pytest.approx(math.fsum(parts), abs=1e-6)


def test_today_and_the_proposal_are_scored_by_the_curves(tmp_path) -> None:
    found = plan(tmp_path, "budget: current\n")
    periods = 31 / 7
    for row in found.channels:
        entry = CURVES[row.channel]
        assert entry.current_spend
        for spend, conversions in (
            (entry.current_spend * periods, row.current_conversions),
            (row.spend, row.conversions),
        ):
            expected = periods * float(entry.curve.response(spend / periods))
            assert conversions == pytest.approx(expected, abs=1e-3)


def test_the_drawn_curve_passes_through_the_plans_points(tmp_path) -> None:
    """Workbook and page interpolate: at today's and at the proposed spend that must be exact."""
    found = plan(tmp_path)
    for row in found.channels:
        points = found.curves[row.channel].points
        x = [point.spend for point in points]
        y = [point.conversions or 0.0 for point in points]
        read = row.fit_periods * row.season * np.interp(row.spend / row.fit_periods, x, y)
        assert row.conversions == pytest.approx(float(read), abs=1e-3)


def test_draws_give_intervals_and_confidence(tmp_path) -> None:
    found = plan(tmp_path, "budget: +10%\n", with_draws(draws=200))
    assert found.confidence is not None
    assert found.confidence.draws == 200
    assert 0.0 <= found.confidence.beats_current <= 1.0
    assert sorted(found.confidence.uplift) == list(found.confidence.uplift)
    assert found.certificate is not None
    assert found.current is not None
    expected = found.certificate.value - (found.current.revenue or 0.0)
    assert found.confidence.uplift[1] == pytest.approx(expected, rel=0.2)
    for row in found.channels:
        assert row.interval is not None
        assert row.interval.conversions is not None
        low, high = row.interval.conversions
        assert low < (row.conversions or 0.0) < high


def test_without_draws_nothing_is_said_of_confidence(tmp_path) -> None:
    found = plan(tmp_path)
    assert found.confidence is None
    assert all(row.interval is None for row in found.channels)


def test_a_plan_is_read_back_as_it_was_written(tmp_path) -> None:
    found = plan(tmp_path, "budget: +10%\n", with_draws())
    assert parse(dump(found), "plan.json") == found


def test_the_scenario_in_a_plan_gives_the_same_plan(tmp_path) -> None:
    """Fully resolved: nothing is left to defaults, to today, or to the history's end."""
    import json

    text = "budget: +5%\ndefaults: {change: [-30%, +30%]}\n"
    found = plan(tmp_path, text)
    written = json.dumps(found.scenario)
    (tmp_path / "again").mkdir()
    question = resolve(
        Scenario.load(write(tmp_path / "again", written)), replace(CURVES, provenance={})
    )
    again = plan_of(question, allocate(question.problem), Provenance())
    assert again.period == found.period
    assert again.proposed is not None
    assert found.proposed is not None
    assert again.proposed.revenue == pytest.approx(found.proposed.revenue, rel=2e-4)
    for one, other in zip(again.channels, found.channels, strict=True):
        assert one.current_spend == other.current_spend
        assert one.max_spend == pytest.approx(other.max_spend, abs=0.02)


def test_a_held_channel_is_told_with_its_reasons(tmp_path) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("33 days", "no variation")))
    found = plan(tmp_path, "budget: current\n", curves)
    (tv,) = (row for row in found.channels if row.channel == "tv")
    assert tv.spend == tv.current_spend
    assert found.warnings[0] == (
        "tv stays at its current spend: its evidence is unusable (33 days; no variation)."
        " `channels.tv.unusable: free` lets it move."
    )


def test_a_channel_stopped_where_history_ends_is_told(tmp_path) -> None:
    found = plan(tmp_path, "budget: +70%\n")
    stopped = [row.channel for row in found.channels if "defaults.extrapolation" in row.binding]
    assert stopped
    told = f"{', '.join(stopped)} would take more, but no channel goes beyond 125%"
    assert any(warning.startswith(told) for warning in found.warnings)


def test_going_beyond_history_is_told(tmp_path) -> None:
    found = plan(tmp_path, "budget: +200%\ndefaults: {extrapolation: free}\n")
    beyond = [row.channel for row in found.channels if row.is_extrapolated]
    assert beyond
    assert any(
        warning.startswith(f"{', '.join(beyond)}: proposed beyond any four weeks of history")
        for warning in found.warnings
    )


def test_weak_evidence_of_many_channels_is_told_in_one_sentence(tmp_path) -> None:
    """Of a dozen each has its reason; of one more only all their names."""
    for many in (12, 13):
        weak = Evidence("weak", ("few conversions",))
        curves = CurveSet(
            tuple(
                ChannelCurve(
                    f"c{k}", Hill(100.0 + 20 * k, 1000, 0.8), 0.0, 60.0, current_spend=900.0,
                    max_observed_spend=3000.0, evidence=weak,
                )
                for k in range(many)
            )
        )  # fmt: skip
        found = plan(tmp_path, "budget: +10%\n", curves)
        told = [text for text in found.warnings if "evidence is weak" in text]
        if many == 12:
            assert told == [f"c{k}: its evidence is weak (few conversions)." for k in range(12)]
        else:
            names = ", ".join(f"c{k}" for k in range(13))
            assert told == [f"{names}: their evidence is weak; `budgetopt report` says why."]


def test_weak_evidence_of_a_channel_that_moves_is_told(tmp_path) -> None:
    curves = with_verdict("social", Evidence("weak", ("few conversions",)))
    found = plan(tmp_path, "budget: +10%\n", curves)
    assert "social: its evidence is weak (few conversions)." in found.warnings


def test_a_period_that_history_covers_already_is_told(tmp_path) -> None:
    assert not any("already" in warning for warning in plan(tmp_path).warnings)
    question = resolve(
        Scenario.load(write(tmp_path, "curves: c.json\nbudget: current\nperiod: 2026-11\n")), CURVES
    )
    found = plan_of(question, allocate(question.problem), Provenance())
    assert (
        "the period starts on 2026-11-01, but history already reaches to 2026-11-29."
        in found.warnings
    )


def test_unknown_spend_today_is_unknown_not_zero(tmp_path) -> None:
    unknown = replace(CURVES.channels[1], current_spend=None)
    curves = replace(CURVES, channels=(CURVES.channels[0], unknown))
    found = plan(tmp_path, "budget: 50000\n", curves)
    (tv,) = (row for row in found.channels if row.channel == "tv")
    assert (tv.current_spend, tv.change, tv.current_conversions) == (None, None, None)
    assert found.current is None
