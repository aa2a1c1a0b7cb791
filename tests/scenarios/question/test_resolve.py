"""A scenario put to curves: its rules, its budget, and what it asks that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.curves.curveset import CurveSet, Evidence
from models.errors import ScenarioError
from optimizer.problem import Budget
from scenarios.definition.scenario import Scenario
from scenarios.question import resolve as resolving
from scenarios.question.calendar import Calendar
from scenarios.question.resolve import Question, resolve
from tests.support.scenario_examples import CURVES, with_verdict, write

HEAD = "curves: c.json\nperiod: {days: 28}\n"


def question(folder: Path, text: str, curves: CurveSet = CURVES) -> Question:
    return resolve(Scenario.load(write(folder, HEAD + text)), curves)


def rules(found: Question, *channels: str) -> set[tuple[str, float, str]]:
    """Kind, limit and path of the rules that speak of just these channels."""
    return {(r.kind, r.limit, r.path) for r in found.problem.rules if r.channels == channels}


def faults(folder: Path, text: str, curves: CurveSet = CURVES) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        question(folder, text, curves)
    return [str(fault).replace(str(folder / "plan.yaml"), "FILE") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("70000", 70_000.0, 70_000.0),
        ("current", 80_000.0, 80_000.0),  # 20,000 a week for four weeks
        ("+10%", 88_000.0, 88_000.0),
        ("{min: -10%, max: 100000}", 72_000.0, 100_000.0),
        ("{max: 5000}", 0.0, 5_000.0),
    ],
)
def test_budgets_in_money(tmp_path, written: str, low: float, high: float) -> None:
    budget = question(tmp_path, f"budget: {written}\n").problem.budget
    assert isinstance(budget, Budget)
    assert (budget.minimum, budget.maximum) == (pytest.approx(low), pytest.approx(high))


def test_defaults_are_rules_of_every_channel_that_does_not_say_otherwise(tmp_path) -> None:
    found = question(
        tmp_path,
        "budget: current\ndefaults: {change: [-50%, +50%]}\n"
        "channels: {tv: {change: [-10%, free], extrapolation: free, min_spend: 5000}}\n",
    )
    assert rules(found, "search") == {
        ("change_from", -0.5, "defaults.change"),
        ("change_to", 0.5, "defaults.change"),
        ("extrapolation", 1.25, "defaults.extrapolation"),
    }
    assert rules(found, "tv") == {
        ("change_from", -0.1, "channels.tv.change"),
        ("min_spend", 5000.0, "channels.tv.min_spend"),
    }


UNSATURATED = Evidence("weak", ("no saturation seen",), within_observed=True)


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ("", 1.0),
        ("defaults: {extrapolation: 260%}\n", 2.6),
        ("defaults: {extrapolation: 125%}\n", 1.25),
        ("channels: {tv: {extrapolation: 260%}}\n", 2.6),
        ("channels: {search: {extrapolation: 260%}}\n", 1.0),
    ],
)
def test_an_extrapolation_that_a_person_wrote_holds(tmp_path, written: str, limit: float) -> None:
    """Where no saturation was seen, the default ends at the highest observed spend."""
    found = question(tmp_path, "budget: current\n" + written, with_verdict("tv", UNSATURATED))
    limits = {kind: number for kind, number, _ in rules(found, "tv")}
    assert limits["extrapolation"] == pytest.approx(limit)


def test_unusable_limited_lets_a_channel_move_a_little(tmp_path) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("too short",)))
    text = "budget: current\nchannels: {tv: {change: [-10%, +90%], unusable: limited}}\n"
    found = question(tmp_path, text, curves)
    path = "channels.tv.unusable"
    assert rules(found, "tv") == {
        ("change_from", -0.1, "channels.tv.change"),
        ("change_to", 0.9, "channels.tv.change"),
        ("change_from", -0.3, path),
        ("change_to", 0.3, path),
        ("extrapolation", 1.25, "defaults.extrapolation"),
    }
    assert {rule.is_fixed for rule in found.problem.rules if rule.path == path} == {True}
    known = question(tmp_path, text)
    assert not any(rule.path == path for rule in known.problem.rules)


@pytest.mark.parametrize("own", ["locked: true", "max_cpa: 9"])
def test_a_channel_that_stays_keeps_only_what_is_said_of_it_by_name(tmp_path, own: str) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("too short",)))
    found = question(
        tmp_path,
        f"budget: current\ndefaults: {{min_spend: 9000, step: 100, min_roas: 2}}\n"
        f"channels: {{tv: {{{own}}}}}\n",
        curves,
    )
    stays = (
        ("locked", 0.0, "channels.tv.locked")
        if own == "locked: true"
        else ("hold", 0.0, "defaults.unusable")
    )
    assert stays in rules(found, "tv")
    assert {kind for kind, _, _ in rules(found, "tv")} <= {stays[0], "min_roas", "max_cpa"}


def test_what_a_channel_that_stays_would_obey_if_it_were_let_go(tmp_path) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("too short",)))
    text = "budget: current\ndefaults: {change: [-50%, +50%]}\nchannels: {tv: {locked: true}}\n"
    found = question(tmp_path, text, curves).problem
    (stays,) = [rule for rule in found.rules if rule.channels == ("tv",)]
    (held, *_) = stays.instead
    assert (stays.kind, held.kind, held.path) == ("locked", "hold", "defaults.unusable")
    general = {("change_from", -0.5), ("change_to", 0.5), ("extrapolation", 1.25)}
    assert {(rule.kind, rule.limit) for rule in held.instead} == general
    for _ in range(2):  # first the lock is let go, then the hold
        (position,) = [k for k, r in enumerate(found.rules) if r.kind in ("locked", "hold")]
        found = found.without(position)
    of_tv = {(rule.kind, rule.limit) for rule in found.rules if rule.channels == ("tv",)}
    assert of_tv == general


def test_a_target_of_marginal_roas_needs_revenue_and_today_is_needed_to_stay_near_it(
    tmp_path,
) -> None:
    curves = replace(
        CURVES,
        channels=tuple(
            replace(entry, value_per_conversion=None, current_spend=None) for entry in CURVES
        ),
    )
    text = "budget: {max: 9000}\ntarget_marginal_roas: 2\nwithin: 1%\n"
    assert faults(tmp_path, text, curves) == [
        (
            "FILE, line 4, column 23, target_marginal_roas: the revenue of search, tv, social is"
            " not known. Add a revenue column to the history, or value_per_conversion to the "
            "channel."
        ),
        (
            "FILE, line 5, column 9, within: today's spend of search, tv, social is not known. Add"
            " current_spend to the curves, or 'current: {channel: amount}'."
        ),
    ]


def test_unusable_evidence_lets_go_where_it_is_told_to(tmp_path) -> None:
    curves = with_verdict("tv", Evidence("unusable", ("too short",)))
    found = question(tmp_path, "budget: current\nchannels: {tv: {unusable: free}}\n", curves)
    assert {kind for kind, _, _ in rules(found, "tv")} == {"extrapolation"}


def test_groups_portfolio_targets_and_free_rules(tmp_path) -> None:
    found = question(
        tmp_path,
        "minimise: spend\ntarget: {conversions: 900, cpa: 60}\n"
        "groups: {brand: {channels: [tv, social], min_share: 30%, change: [-5%, +5%],"
        " max_changed: 1}}\n"
        "portfolio: {min_roas: 2, max_changed: 2}\n"
        "rules: [{name: balance, sum: {tv: 1, search: -0.5}, max: 0},"
        " {sum: {tv: 1}, min: 5, max: 9}]\n",
    )
    assert rules(found, "tv", "social") == {
        ("min_share", 0.3, "groups.brand.min_share"),
        ("change_from", -0.05, "groups.brand.change"),
        ("change_to", 0.05, "groups.brand.change"),
        ("max_changed", 1.0, "groups.brand.max_changed"),
    }
    assert rules(found) == {
        ("min_roas", 2.0, "portfolio.min_roas"),
        ("max_changed", 2.0, "portfolio.max_changed"),
        ("min_conversions", 900.0, "target.conversions"),
        ("max_cpa", 60.0, "target.cpa"),
    }
    (balance,) = (rule for rule in found.problem.rules if rule.path == "rules.balance")
    assert (balance.kind, balance.coefficients) == ("linear_max", {"tv": 1.0, "search": -0.5})
    kinds = [rule.kind for rule in found.problem.rules if rule.path == "rules[1]"]
    assert kinds == ["linear_min", "linear_max"]
    assert found.problem.objective == "spend"


def test_values_of_the_scenario_replace_those_of_the_history(tmp_path) -> None:
    found = question(
        tmp_path,
        "budget: current\nobjective: profit\ndefaults: {margin: 40%}\n"
        "channels: {tv: {value_per_conversion: 200, margin: 10%}}\n",
    )
    tv, search = found.curves["tv"], found.curves["search"]
    assert (tv.value_per_conversion, tv.margin) == (200.0, 0.1)
    assert (search.value_per_conversion, search.margin) == (80.0, 0.4)


def test_today_by_amounts_for_the_period(tmp_path) -> None:
    found = question(tmp_path, "budget: current\ncurrent: {tv: 4000}\n")
    assert found.problem.current == {"search": 9_000.0, "tv": 1_000.0, "social": 4_000.0}


def test_revenue_is_the_objective_where_it_is_known(tmp_path) -> None:
    assert question(tmp_path, "budget: current\n").problem.objective == "revenue"
    poor = replace(CURVES.channels[1], value_per_conversion=None)
    curves = replace(CURVES, channels=(CURVES.channels[0], poor))
    found = question(tmp_path, "budget: current\n", curves)
    assert found.problem.objective == "conversions"
    assert found.notices == ("the objective is conversions, because revenue is not known",)


def test_channels_that_history_lacks_are_all_named(tmp_path) -> None:
    text = (
        "budget: current\nchannels: {serch: {step: 5}}\ncurrent: {radio: 5}\n"
        "groups: {a: {channels: [tv, tvv]}}\nrules: [{sum: {soocial: 1}, max: 5}]\n"
    )
    assert faults(tmp_path, text) == [
        ("FILE, line 4, column 12, channels.serch: c.json has no channel 'serch'."
        " Did you mean 'search'?"),
        ("FILE, line 5, column 11, current.radio: c.json has no channel 'radio'."
        " It has search, tv, social."),
        ("FILE, line 6, column 29, groups.a.channels[1]: c.json has no channel 'tvv'."
        " Did you mean 'tv'?"),
        ("FILE, line 7, column 16, rules[0].sum.soocial: c.json has no channel 'soocial'."
        " Did you mean 'social'?"),
    ]  # fmt: skip


def test_what_nobody_knows_is_refused_where_it_is_asked(tmp_path) -> None:
    unknown = replace(CURVES.channels[1], current_spend=None, value_per_conversion=None)
    curves = replace(CURVES, channels=(CURVES.channels[0], unknown))
    text = (
        "budget: +10%\nobjective: value\n"
        "channels: {tv: {locked: true, min_roas: 2}}\nportfolio: {max_changed: 1}\n"
    )
    assert faults(tmp_path, text, curves) == [
        ("FILE, line 5, column 25, channels.tv.locked: today's spend of tv is not known."
        " Add current_spend to the curves, or 'current: {channel: amount}'."),
        ("FILE, line 5, column 41, channels.tv.min_roas: the revenue of tv is not known."
        " Add a revenue column to the history, or value_per_conversion to the channel."),
        ("FILE, line 6, column 26, portfolio.max_changed: today's spend of tv is not known."
        " Add current_spend to the curves, or 'current: {channel: amount}'."),
        ("FILE, line 4, column 12, objective: the revenue of tv is not known."
        " Add a revenue column to the history, or value_per_conversion to the channel."),
        ("FILE, line 4, column 12, objective: the repeat_rate of search, tv is not known."
        " Write it, e.g. 'defaults: {repeat_rate: 40%}'."),
        ("FILE, line 3, column 9, budget: today's spend of tv is not known."
        " Write the budget as an amount."),
    ]  # fmt: skip


def test_conversions_of_a_history_that_counts_revenue(tmp_path) -> None:
    curves = replace(CURVES, kpi="revenue")
    assert faults(tmp_path, "budget: current\nportfolio: {max_cpa: 5}\n", curves) == [
        ("FILE, line 4, column 22, portfolio.max_cpa: the history counts revenue, not conversions."
        " Use a limit on ROAS or revenue.")
    ]  # fmt: skip


def test_what_is_wrong_of_every_kind_is_told_at_once(tmp_path) -> None:
    """Names, dates, revenue, budgets: one pass of checks sees them all."""
    entries = tuple(replace(entry, current_spend=None) for entry in CURVES)
    curves = replace(CURVES, channels=entries, provenance={})
    text = (
        "budget: current\nperiods: {by: month}\nobjective: profit\n"
        "channels: {tvv: {locked: true}, search: {change: [-10%, +10%]}}\n"
    )
    told = "\n".join(faults(tmp_path, text, curves))
    for problem in (
        "c.json has no channel 'tvv'",
        "nobody knows on which dates the plan begins",
        "budget: today's spend of search, tv, social is not known",
        "change: today's spend of search is not known",
        "the margin of search, tv, social is not known",
    ):
        assert problem in told


def test_a_question_has_one_calendar_one_check_and_one_problem(tmp_path, monkeypatch) -> None:
    calls: list[str] = []

    def counted(name: str, function):
        def counting(*arguments, **named):
            calls.append(name)
            return function(*arguments, **named)

        return counting

    monkeypatch.setattr(Calendar, "of", counted("calendar", Calendar.of))
    for name in ("rules_of", "faults_of", "Problem"):
        monkeypatch.setattr(resolving, name, counted(name, getattr(resolving, name)))
    text = "curves: c.json\nperiod: 2026-Q4\nbudget: current\nperiods: {by: month}\n"
    found = resolve(Scenario.load(write(tmp_path, text)), CURVES)
    assert calls == ["calendar", "rules_of", "faults_of", "Problem"]
    assert [s.label for s in found.calendar.named] == ["2026-10", "2026-11", "2026-12"]
