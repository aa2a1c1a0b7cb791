"""A scenario's `fit` does what the options of `budgetopt fit` do, without a file in between."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from models.datasets.simulated_channels import sample_history
from models.errors import ScenarioError
from models.fit.request import FitRequest
from scenarios.cli.options.fit_options import fit_options
from scenarios.definition.fit_block import FitBlock
from scenarios.definition.scenario import Scenario
from scenarios.planning import read_evidence, run
from scenarios.sources.fit_request import request_of
from tests.support.commands import budgetopt

CHANNELS = ("search", "social", "video")
BASE = "history: history.csv\nbudget: current\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fit")
    table = sample_history(weeks=60).frame
    table[table["channel"].isin(CHANNELS)].to_csv(folder / "history.csv", index=False)
    return folder


@pytest.fixture(autouse=True)
def inside(folder, monkeypatch) -> None:
    monkeypatch.chdir(folder)


def scenario(text: str, name: str = "asked.yaml") -> Scenario:
    Path(name).write_text(BASE + text)
    return Scenario.load(name)


def curves_of(text: str):
    return read_evidence(scenario(text)).curves


def test_nothing_asked_is_the_default_fit() -> None:
    assert request_of(None, Path()) is None
    assert request_of(FitBlock(), Path()) is None
    assert request_of(FitBlock(draws=200), Path()) == FitRequest()


def test_a_plan_fits_as_the_options_of_fit_would() -> None:
    asked = curves_of(
        "fit: {family: exponential, families: {tv: hill}, draws: 20, lag: 14}\n".replace(
            "tv", "video"
        )
    )
    done = budgetopt(
        *("fit", "history.csv", "--family", "exponential", "--channel-family", "video=hill"),
        *("--draws", "20", "--conversion-lag", "14", "--no-holdout", "--output", "curves.json"),
    )
    assert done.exit_code == 0, done.stderr
    document = json.loads(Path("curves.json").read_text())
    for entry in asked:
        written = document["channels"][entry.channel]
        assert written["family"] == type(entry.curve).__name__.lower()
        assert written["parameters"] == pytest.approx(entry.curve.parameters)
    assert document["channels"]["video"]["family"] == "hill"


def test_calendars_are_asked_of_the_fit() -> None:
    asked = request_of(FitBlock(holidays=["VN", "shopping"]), Path())
    assert asked == FitRequest(holidays=("VN", "shopping"))


def test_a_share_of_what_is_attributed_scales_the_curve() -> None:
    plain, halved = curves_of(""), curves_of("fit: {incrementality: {search: 50%}}\n")
    ratio = halved["search"].curve.response(1000.0) / plain["search"].curve.response(1000.0)
    assert ratio == pytest.approx(0.5, rel=0.02)
    assert halved["social"].curve == plain["social"].curve


def test_a_setting_reaches_the_fit() -> None:
    base = scenario("")
    assert base.changed("fit.lag=14").definition.fit == FitBlock(lag=14)
    assert read_evidence(base.changed("fit.draws=7")).curves["search"].draws is not None
    assert len(read_evidence(base.changed("fit.draws=7")).curves["search"].draws) == 7


def test_files_are_inputs_of_the_plan_and_found_beside_the_scenario(tmp_path) -> None:
    Path("sub").mkdir(exist_ok=True)
    with Path("sub/tests.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["channel", "start", "end", "spend", "spend_without", "incremental", "standard_error"]
        )
        writer.writerow(["search", "2024-06-03", "2024-06-30", 60_000, 0, 900, 60])
    Path("sub/asked.yaml").write_text(
        "history: ../history.csv\nbudget: current\nfit: {draws: 50, lift_tests: tests.csv}\n"
    )
    plan = run(Scenario.load("sub/asked.yaml"))
    roles = {item.role: item for item in plan.provenance.inputs}
    assert roles["lift_tests"].file == "tests.csv"
    Path("extends.yaml").write_text("extends: sub/asked.yaml\n")
    moved = Scenario.load("extends.yaml").definition.fit
    assert moved is not None
    assert moved.lift_tests == str(Path("sub", "tests.csv"))


def test_what_looks_wrong_counts_less_unless_that_is_switched_off() -> None:
    rows = list(csv.DictReader(Path("history.csv").read_text().splitlines()))
    for row in rows:
        if row["channel"] == "search" and "2024-06-03" <= row["date"] <= "2024-07-29":
            row["conversions"] = row["new_customers"] = "0"
    with Path("silent.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    Path("silent.yaml").write_text("history: silent.csv\nbudget: current\n")
    silent = Scenario.load("silent.yaml")
    doubted, trusting = (
        read_evidence(one).curves for one in (silent, silent.changed("fit.doubt=none"))
    )
    assert any("search: counted 0 %" in str(notice) for notice in doubted.notices)
    assert not any("search: counted 0 %" in str(notice) for notice in trusting.notices)
    whole = curves_of("")["search"].curve.response(20_000.0)
    far = abs(trusting["search"].curve.response(20_000.0) / whole - 1.0)
    near = abs(doubted["search"].curve.response(20_000.0) / whole - 1.0)
    assert near < far


def test_segments_are_fitted_side_by_side_for_a_plan() -> None:
    rows = list(csv.DictReader(Path("history.csv").read_text().splitlines()))
    with Path("geo.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [*rows[0].keys(), "geo"])
        table.writeheader()
        for geo, scale in (("north", 1.0), ("south", 0.5)):
            for row in rows:
                numbers = ("spend", "conversions", "revenue")
                scaled = {k: f"{float(row[k]) * scale:.2f}" for k in numbers}
                table.writerow({**row, **scaled, "geo": geo})
    Path("geo.yaml").write_text("history: geo.csv\nbudget: current\nfit: {by: geo, draws: 20}\n")
    plan = run(Scenario.load("geo.yaml"))
    assert {row.channel for row in plan.channels} == {
        f"{geo} / {channel}" for geo in ("north", "south") for channel in CHANNELS
    }


WRONG = {
    "fit: {lag: 400}\n": "a lag of 400 days is above 365",
    "fit: {familly: hill}\n": "unknown key 'familly'. Did you mean 'family'?",
    "fit: {family: hil}\n": "'hil' is not one of",
    "fit: {incrementality: {search: 0.7}}\n": "0.7 is written without '%'",
    "fit: {events: [{name: sale, start: 2025-02-03, end: 2025-02-01}]}\n": "ends (2025-02-01)",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_asked_is_refused_in_its_place(text: str) -> None:
    Path("wrong.yaml").write_text(BASE + text)
    done = budgetopt("plan", "wrong.yaml")
    assert done.exit_code == 2
    assert WRONG[text] in done.stderr
    assert "wrong.yaml, line 3" in done.stderr


def test_curves_at_hand_take_corrections_and_nothing_else() -> None:
    assert budgetopt("fit", "history.csv", "--draws", "20", "--no-holdout", "--output", "c.json")
    Path("curves.yaml").write_text("curves: c.json\nbudget: current\nfit: {lag: 14}\n")
    done = budgetopt("plan", "curves.yaml")
    assert done.exit_code == 2
    assert "'lag' does nothing to curves that are fitted already" in done.stderr
    text = "curves: c.json\nbudget: current\nfit: {incrementality: {search: 50%}}\n"
    Path("curves.yaml").write_text(text)
    plain = budgetopt("plan", "curves.yaml", "--set", "fit=", "--format", "json")
    halved = budgetopt("plan", "curves.yaml", "--format", "json")
    rows = [
        {row["channel"]: row for row in json.loads(found.stdout)["channels"]}
        for found in (plain, halved)
    ]
    ratio = rows[1]["search"]["current_conversions"] / rows[0]["search"]["current_conversions"]
    assert ratio == pytest.approx(0.5, rel=0.05)


def test_every_option_of_fit_has_its_key() -> None:
    """An option that a scenario could not say would force the detour over a file."""

    @fit_options
    def command(**_) -> None: ...

    options = {param.name for param in command.__click_params__}
    keys = set(FitBlock.model_fields)
    renamed = {"conversion_lag": "lag", "channel_family": "families"}
    renamed["channel_carry_over"] = "carry_over"
    assert {renamed.get(str(name), name) for name in options} - {"workers"} <= keys


def test_ranges_are_the_same_in_a_file_and_as_options() -> None:
    block = scenario("fit: {carry_over: {video: [40%, 70%]}, draws: 20}\n").definition.fit
    request = request_of(block, Path())
    assert request is not None
    assert dict(request.options.carry_over_ranges) == {"video": (0.4, 0.7)}
    done = budgetopt(
        *("fit", "history.csv", "--draws", "20", "--channel-carry-over", "video=40%:70%"),
        *("--no-holdout", "--output", "ranges.json"),
    )
    assert done.exit_code == 0
    written = json.loads(Path("ranges.json").read_text())["channels"]["video"]
    curves = curves_of("fit: {carry_over: {video: [40%, 70%]}, draws: 20}\n")
    assert written["carry_over"] == curves["video"].carry_over
    assert request_of(FitBlock.model_validate({"media_share": ["5%", "30%"]}), Path()) is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("carry_over: sometimes", "'sometimes' is not geometric, delayed or a block of ranges"),
        ("carry_over: {video: 40%}", "'40%' is not a range of two shares"),
        ("carry_over: {video: [70%, 40%]}", "the range from 70% to 40% does not rise"),
        ("media_share: [0.1, 0.2]", "0.1 is written without '%'"),
    ],
)
def test_a_range_is_two_rising_shares(text: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(f"fit: {{{text}}}\n")
    assert problem in str(caught.value)
