"""Every command on a plan of several periods."""

from __future__ import annotations

import csv
import io
import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from models.curves.file import save_curves
from scenarios.analyses.hand_split import read_split
from scenarios.definition.horizon import span, stretches
from scenarios.plan.plan import load, parse
from tests.scenarios.question.test_plans_of_periods import carrying
from tests.support.commands import budgetopt
from tests.support.scenario_examples import write

QUARTER = (
    "curves: curves.json\nperiod: 2027-Q1\nbudget: current\ndefaults: {change: [-30%, +30%]}\n"
    "periods:\n  by: month\n  max_change_between_periods: 30%\n  budgets: {2027-02: 85000}\n"
    "events: [{name: relaunch, start: 2027-03-01, end: 2027-03-07, off: true, channels: [tv]}]\n"
)
MONTHS = ("2027-01", "2027-02", "2027-03")
CHANNELS = ("search", "tv", "social")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with curves that carry over and a quarter on them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    save_curves(carrying(0.5), "curves.json")
    write(tmp_path, QUARTER, "quarter.yaml")
    return tmp_path


def done(*arguments: str) -> str:
    result = budgetopt(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_table_has_a_column_for_each_month(folder) -> None:
    plan = parse(done("plan", "quarter.yaml", "--format", "json"), "plan.json")
    table = done("plan", "quarter.yaml").split("By period")[1].split("After the end")[0]
    lines = {line.split()[0]: line.split()[1:] for line in table.splitlines() if line.split()}
    assert tuple(lines["channel"]) == MONTHS
    for number, row in enumerate(plan.channels):
        spends = [f"{period.channels[number].spend:,.0f}" for period in plan.periods]
        assert lines[row.channel] == spends
    assert lines["total"] == [f"{period.proposed.spend:,.0f}" for period in plan.periods]
    assert lines["total"][1] == "85,000"


def test_weeks_that_do_not_fit_side_by_side_go_on_below(folder) -> None:
    table = done("plan", "quarter.yaml", "--set", "periods.by=week", "--set", "periods.budgets=")
    labels = [s.label for s in stretches(span("2027-Q1"), "week")]
    heads = [line.split()[1:] for line in table.split("By period")[1].splitlines()
             if line.split()[:1] == ["channel"]]  # fmt: skip
    assert [label for head in heads for label in head] == labels
    assert max(len(line) for line in table.splitlines()) <= 100


def test_the_csv_has_a_line_for_each_channel_and_month(folder) -> None:
    rows = list(csv.DictReader(io.StringIO(done("plan", "quarter.yaml", "--format", "csv"))))
    assert [(row["period"], row["channel"]) for row in rows] == [
        (month, channel) for month in MONTHS for channel in CHANNELS
    ]
    assert math.fsum(float(r["spend"]) for r in rows if r["period"] == MONTHS[1]) == 85_000


def test_a_plan_of_months_is_verified_reported_and_compared(folder) -> None:
    done("plan", "quarter.yaml", "-o", "one.json")
    assert "stands" in done("verify", "one.json")
    done("plan", "quarter.yaml", "--budget", "+10%", "-o", "two.json")
    found = json.loads(done("diff", "one.json", "two.json", "--format", "json"))
    one, two = load("one.json"), load("two.json")
    assert one.proposed is not None
    assert two.proposed is not None
    difference = (two.proposed.revenue or 0.0) - (one.proposed.revenue or 0.0)
    assert math.fsum(found["parts"].values()) == pytest.approx(difference, abs=0.01)
    assert abs(found["parts"]["curves"]) < 1e-6 * difference
    compared = done("compare", "quarter.yaml", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(compared))
    assert float(row["spend tv"]) == one.channels[1].spend


def test_a_changed_figure_of_a_month_is_found(folder) -> None:
    done("plan", "quarter.yaml", "-o", "plan.json")
    text = Path("plan.json").read_text()
    plan = load("plan.json")
    old = json.dumps(plan.periods[1].channels[0].conversions)
    Path("plan.json").write_text(text.replace(old, "1.5", 1))
    result = budgetopt("verify", "plan.json")
    assert result.exit_code == 2
    assert "does not match the hash" in result.stderr


def test_prices_name_the_month(folder) -> None:
    said = done("explain", "quarter.yaml")
    assert "periods.budgets.2027-02" in said
    assert "One more unit of budget in 2027-02" in said


def test_a_sweep_over_the_money_of_one_month(folder) -> None:
    text = done("sweep", "quarter.yaml", "--set", "periods.budgets.2027-02=70000:90000:3",
                "--format", "json")  # fmt: skip
    points = json.loads(text)["points"]
    for point in points:
        assert math.fsum(point["channels"].values()) == pytest.approx(point["spend"], abs=0.01)
    revenues = [point["revenue"] for point in points]
    assert len(set(revenues)) == 3


def test_the_next_money_over_the_whole_quarter(folder) -> None:
    found = json.loads(done("next", "quarter.yaml", "--amount", "9000", "--format", "json"))
    assert math.fsum(found["more"]["moved"].values()) == pytest.approx(9_000, abs=0.01)
    assert math.fsum(found["less"]["moved"].values()) == pytest.approx(-9_000, abs=0.01)
    assert found["more"]["gain"] > 0 > found["less"]["gain"]


def test_a_plan_is_its_own_best_split(folder) -> None:
    done("plan", "quarter.yaml", "-o", "plan.json")
    found = json.loads(done("evaluate", "quarter.yaml", "--allocation", "plan.json",
                            "--format", "json"))  # fmt: skip
    plan = load("plan.json")
    assert plan.certificate is not None
    assert found["broken"] == []
    assert abs(found["cost"]) <= 2e-4 * plan.certificate.value
    for row in found["channels"]:
        assert abs(row["difference"]) < 1.0


def test_an_amount_without_a_period_is_spent_evenly(folder) -> None:
    """A CSV of totals is the same as one of months in proportion to their days."""
    days = {"2027-01": 31, "2027-02": 28, "2027-03": 31}
    lines, monthly = ["channel,spend"], ["channel,period,spend"]
    for channel, pace in (("search", 1_300.0), ("tv", 900.0), ("social", 700.0)):
        off = 7 if channel == "tv" else 0
        lines.append(f"{channel},{pace * (90 - off)}")
        for month, length in days.items():
            monthly.append(
                f"{channel},{month},{pace * (length - (off if month[-1] == '3' else 0))}"
            )
    Path("whole.csv").write_text("\n".join(lines))
    Path("monthly.csv").write_text("\n".join(monthly))
    whole, by_month = (
        json.loads(done("evaluate", "quarter.yaml", "--allocation", name, "--format", "json"))
        for name in ("whole.csv", "monthly.csv")
    )
    assert whole["cost"] == pytest.approx(by_month["cost"], rel=1e-6)
    for one, other in zip(whole["channels"], by_month["channels"], strict=True):
        assert one["given"] == pytest.approx(other["given"])
    assert {rule["rule"] for rule in whole["broken"]} >= {"budget"}
    names = [name for move in by_month["moves"] for name in (move["from"], move["to"]) if name]
    assert names
    assert all(name.partition(" in ")[2] in MONTHS for name in names)


PERIODS = stretches(span("2027-Q1"), "month")


def test_every_form_of_a_split_by_month_says_the_same(folder) -> None:
    split: dict[str, float | list[float]] = {
        "search": [3.0, 2.0, 1.0], "tv": 9.0, "social": [0.0, 5.0, 6.0]
    }  # fmt: skip
    Path("a.csv").write_text(
        "channel,month,amount\nsearch,2027-01,3\nsearch,2027-02-01,2\nsearch,2027-03,1\n"
        "tv,,9\nsocial,2027-01,0\nsocial,2027-02,5\nsocial,2027-03,6\n"
    )
    nested = {
        name: dict(zip(MONTHS, amount, strict=True)) if isinstance(amount, list) else amount
        for name, amount in split.items()
    }
    Path("a.json").write_text(json.dumps(nested))
    Path("a.yaml").write_text(json.dumps(nested))
    for name in ("a.csv", "a.json", "a.yaml"):
        assert read_split(name, CHANNELS, PERIODS) == split


def test_splits_by_month_that_are_none(folder) -> None:
    Path("a.csv").write_text(
        "channel,period,spend\nsearch,2027-01,3\nsearch,2027-01,4\nsearch,2026-12,3\n"
    )
    result = budgetopt("evaluate", "quarter.yaml", "--allocation", "a.csv")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "error: a.csv, line 3: 'search' has an amount already in 2027-01",
        (
            "error: a.csv, line 4: the plan has no period '2026-12'. It has 2027-01, 2027-02,"
            " 2027-03."
        ),
    ]
    Path("b.yaml").write_text("search: {2027-01: 3, 2027-02: 4}\ntv: 5\n")
    result = budgetopt("evaluate", "quarter.yaml", "--allocation", "b.yaml")
    assert result.stderr.splitlines() == [
        (
            "error: b.yaml: there is no amount for social, search in 2027-03. Write 0 where nothing"
            " is spent."
        )
    ]


def test_a_month_that_is_misspelt_on_the_command_line(folder) -> None:
    result = budgetopt("plan", "quarter.yaml", "--set", "periods.budgets.2027-04=5")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        (
            "error: --set periods.budgets.2027-04=5, periods.budgets.2027-04: the plan has no month"
            " '2027-04'. Did you mean '2027-03'?"
        )
    ]


def test_jumps_stay_within_their_limit_in_what_is_printed(folder) -> None:
    plan = parse(done("plan", "quarter.yaml", "--format", "json"), "plan.json")
    days = {"2027-03": 24}  # on which tv may run
    for number, row in enumerate(plan.channels):
        paces = [
            period.channels[number].spend
            / (days.get(period.label, period.days) if row.channel == "tv" else period.days)
            for period in plan.periods
        ]
        assert all(0.7 - 1e-4 <= after / before <= 1.3 + 1e-4 for before, after in pairwise(paces))
