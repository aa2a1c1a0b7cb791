"""What is left to plan in the middle of a month, and what curves learn from its first half."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from models.datasets.simulated_channels import sample_history
from scenarios.tracking.remaining import rest_of
from scenarios.tracking.track import track
from tests.scenarios.tracking.test_track import happened, planned
from tests.support.commands import budgetopt
from tests.support.schemas import schema_of

RULES = """budget: 80000
defaults: {change: [-50%, +50%], max_spend: 60000}
channels:
  tv: {min_spend: 20000, min_conversions: 1, max_cpa: 90}
  search: {min_if_active: 30000, step: 1}
groups: {screens: {channels: [tv, social], min_spend: 30000, min_share: 20%}}
portfolio: {min_conversions: 1200, min_revenue: 100}
rules: [{sum: {tv: 1, social: -0.5}, max: 30000}]
"""


def test_the_rest_is_the_plan_less_what_is_done(tmp_path) -> None:
    plan = planned(tmp_path, text=RULES)
    found = track(plan, happened(plan, 10), lag=0)
    rest = rest_of(found).definition
    spent = {one.channel: one.spent for one in found.channels}
    assert rest.period is not None
    assert rest.budget is not None
    assert (rest.period.start, rest.period.days) == (date(2026, 1, 11), 21)
    assert rest.budget.min == rest.budget.max == pytest.approx(80000 - found.total.spent)
    tv, search = rest.channels["tv"], rest.channels["search"]
    assert tv.min_spend == pytest.approx(max(20000 - spent["tv"], 0))
    assert tv.max_spend == pytest.approx(60000 - spent["tv"])
    assert tv.min_conversions is None  # reached already
    assert tv.max_cpa == 90
    assert search.min_if_active == pytest.approx(30000 - spent["search"])
    assert search.step == 1
    assert rest.defaults.max_spend is None  # said of each channel by itself now
    assert rest.defaults.change == (-0.5, 0.5)
    screens = rest.groups["screens"]
    assert screens.min_spend == pytest.approx(30000 - spent["tv"] - spent["social"])
    assert screens.min_share == 0.2
    brought = found.total.variances["conversions"].actual
    assert brought is not None
    assert rest.portfolio.min_conversions == pytest.approx(1200 - brought)
    assert rest.portfolio.min_revenue is None
    assert rest.rules[0].max == pytest.approx(30000 - spent["tv"] + 0.5 * spent["social"])
    today = {row.channel: row.current_spend or 0.0 for row in plan.channels}
    assert rest.current == pytest.approx({name: x * 21 / 31 for name, x in today.items()})


# The sample advertiser, whose truth is known


@pytest.fixture(scope="module")
def quarter(tmp_path_factory) -> Path:
    """A plan of the sample advertiser's next quarter."""
    folder = tmp_path_factory.mktemp("quarter")
    assert budgetopt("init", str(folder)).exit_code == 0
    result = budgetopt(
        "plan", str(folder / "base.yaml"), "--set", "period={start: 2025-12-29, end: 2026-03-29}",
        "--set", "channels.search.min_spend=0", "-o", str(folder / "plan.json"),
    )  # fmt: skip
    assert result.exit_code == 0
    return folder


def weeks_that_follow(folder: Path, weeks: int, levels: dict[str, float]) -> str:
    """Weeks in which the plan is spent and each curve holds, times a level, in its true season."""
    truth = sample_history().truth
    plan = json.loads((folder / "plan.json").read_text())
    lines = ["date,channel,spend,conversions,revenue"]
    for week in range(weeks):
        day = pd.Timestamp(2025, 12, 29) + pd.Timedelta(days=7 * week)
        for row in plan["channels"]:
            name, spend = row["channel"], row["spend"] / plan["period"]["days"] * 7
            level = levels.get(name, 1.0) * row["season"]
            count = round(level * float(truth.curves[name].response(spend)))
            lines.append(f"{day:%Y-%m-%d},{name},{spend:.2f},{count},{count * truth.values[name]}")
    return "\n".join(lines) + "\n"


def learnt(folder: Path, text: str, *arguments: str) -> dict:
    (folder / "actuals.csv").write_text(text)
    files = (str(folder / "plan.json"), str(folder / "actuals.csv"))
    result = budgetopt("track", *files, "--format", "json", *arguments)
    assert result.exit_code == 0
    assert "not known" not in result.stderr
    document = json.loads(result.stdout)
    schema_of("track").validate(document)
    return document


def test_a_channel_that_fades_is_recommended_less(quarter) -> None:
    fading = learnt(quarter, weeks_that_follow(quarter, 8, {"search": 0.6}))
    document = fading["learnt"]
    assert (document["start"], document["days"]) == ("2026-02-23", 35)
    lesson = {one["channel"]: one for one in document["lessons"]}["search"]
    assert lesson["now"] < 0.95 * lesson["before"]
    assert lesson["learnt"] < lesson["kept"]
    assert lesson["is_changed"]
    assert document["gain"] > 0
    verdicts = {one["channel"]: one["judgement"]["verdict"] for one in fading["channels"]}
    assert verdicts["search"] == "below"
    # All that is left is divided, on old curves and on new ones.
    for split in ("kept", "learnt"):
        assert sum(one[split] for one in document["lessons"]) == pytest.approx(document["budget"])
    left = fading["total"]["planned_spend"] - fading["total"]["spent"]
    assert document["budget"] == pytest.approx(left, abs=0.02)


def test_weeks_that_follow_their_curves_teach_little(quarter) -> None:
    steady = learnt(quarter, weeks_that_follow(quarter, 8, {}))["learnt"]
    for lesson in steady["lessons"]:
        if lesson["channel"] not in ("podcast", "affiliates"):  # which cannot be judged
            assert lesson["now"] == pytest.approx(lesson["before"], rel=0.12)
    moved = sum(abs(one["learnt"] - one["kept"]) for one in steady["lessons"]) / 2
    assert moved < 0.08 * steady["budget"]


def test_a_whole_history_and_its_last_part_teach_the_same(quarter) -> None:
    text = weeks_that_follow(quarter, 5, {"video": 0.7})
    part = learnt(quarter, text)["learnt"]
    columns = ["date", "channel", "spend", "conversions", "revenue"]
    old = pd.read_csv(quarter / "history.csv")[columns].to_csv(index=False)
    whole = learnt(quarter, old + text.partition("\n")[2])["learnt"]
    assert whole == part
    (quarter / "all.csv").write_text(old + text.partition("\n")[2])
    named = learnt(quarter, text, "--history", str(quarter / "all.csv"))["learnt"]
    assert named["lessons"] == part["lessons"]


def test_days_continue_a_history_of_weeks(quarter) -> None:
    weekly = weeks_that_follow(quarter, 4, {})
    lines = ["date,channel,spend,conversions,revenue"]
    for line in weekly.splitlines()[1:]:
        day, name, *amounts = line.split(",")
        lines += [
            ",".join([f"{pd.Timestamp(day) + pd.Timedelta(days=i):%Y-%m-%d}", name,
                      *(str(float(amount) / 7) for amount in amounts)])
            for i in range(7)
        ]  # fmt: skip
    by_week, by_day = (learnt(quarter, text) for text in (weekly, "\n".join(lines) + "\n"))
    for one, other in zip(by_week["channels"], by_day["channels"], strict=True):
        assert one["spent"] == pytest.approx(other["spent"], abs=0.05)
    for one, other in zip(by_week["learnt"]["lessons"], by_day["learnt"]["lessons"], strict=True):
        assert one["learnt"] == pytest.approx(other["learnt"], rel=1e-3)


def test_a_gap_before_the_actuals_is_not_papered_over(quarter) -> None:
    lines = weeks_that_follow(quarter, 5, {}).splitlines()
    plan = json.loads((quarter / "plan.json").read_text())
    later = [line for line in lines if "2025-12-29" not in line]
    (quarter / "actuals.csv").write_text("\n".join(later) + "\n")
    assert plan["period"]["start"] == "2025-12-29"
    result = budgetopt("track", str(quarter / "plan.json"), str(quarter / "actuals.csv"))
    assert result.exit_code == 2
    assert "it begins on 2026-01-05, the plan on 2025-12-29" in result.stderr
