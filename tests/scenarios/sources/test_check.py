"""`budgetopt check` as a whole command, and what it counts."""

import csv
import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from models.history.read import read_history
from scenarios.cli import main
from scenarios.plan.csv_text import csv_text
from scenarios.sources.check import check


@pytest.fixture
def history(tmp_path):
    """Two years by day, known sums: search spends twice what tv does and converts at CPA 20."""
    dates = pd.date_range("2022-01-03", periods=728)
    wave = 100 + 50 * np.sin(np.arange(728))
    search = pd.DataFrame({"date": dates, "channel": "search", "spend": (2 * wave).round(2)})
    tv = pd.DataFrame({"date": dates, "channel": "=tv", "spend": wave.round(2)})
    frame = pd.concat([search, tv])
    frame["conversions"] = frame["spend"] / 20
    frame["revenue"] = frame["spend"] * 3
    path = tmp_path / "history.csv"
    frame.to_csv(path, index=False)
    return path


def run(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def letters(text):
    """What stands there, however it was broken into lines."""
    return "".join(character for character in text if character.isalnum())


def test_the_sums_are_those_of_the_file(history):
    result = check(read_history(history))
    frame = pd.read_csv(history)
    assert [entry.channel for entry in result.channels] == ["search", "=tv"]
    assert (result.period_days, result.periods) == (7, 104)
    assert (result.first, result.last) == (date(2022, 1, 3), date(2023, 12, 31))
    assert result.totals.spend == pytest.approx(frame["spend"].sum())
    assert result.totals.cpa == pytest.approx(20)
    assert result.totals.roas == pytest.approx(3)
    for entry in result.channels:
        spend = frame.loc[frame["channel"] == entry.channel, "spend"]
        assert entry.totals.spend == pytest.approx(spend.sum())
        weeks = spend.to_numpy().reshape(-1, 7).sum(axis=1)
        assert entry.variation == pytest.approx(weeks.std() / weeks.mean())
        assert entry.active == 104


def test_the_table_is_for_people(history):
    result = run(history)
    assert result.exit_code == 0
    start = f"{history}: 1,456 rows, tidy shape, currency not named\n2022-01-03 to 2023-12-31: "
    # A long path may be broken anywhere, with and without a hyphen.
    assert letters(result.stdout).startswith(letters(f"{start}104 weeks"))
    lines = result.stdout.splitlines()
    total = next(line for line in lines if line.strip().startswith("total"))
    assert total.split()[1] == f"{pd.read_csv(history)['spend'].sum():,.0f}"
    assert any(line.split()[:1] == ["search"] and "66.7 %" in line for line in lines)


def test_json_and_csv_hold_the_same(history, tmp_path):
    document = json.loads(run(history, "--format", "json").stdout)
    assert document["schema"] == "budgetopt/check/1"
    assert document["channels"][0]["totals"]["cpa"] == pytest.approx(20)
    target = tmp_path / "check.csv"
    assert run(history, "--output", target).exit_code == 0
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert float(rows[0]["spend"]) == document["channels"][0]["totals"]["spend"]
    # what a spreadsheet would run as a formula is text
    assert rows[1]["channel"] == "'=tv"


def test_a_mix_shows_its_kpi_for_all_channels_together(tmp_path):
    path = tmp_path / "mix.csv"
    weeks = pd.date_range("2023-01-02", periods=60, freq="7D")
    frame = pd.DataFrame({"week": weeks, "tv_S": 10, "radio_S": 30, "revenue": 80})
    frame.to_csv(path, index=False)
    result = run(path, "--shape", "mix", "--kpi", "revenue", "--grain", "week")
    assert result.exit_code == 0
    assert "all channels together: spend 2,400, revenue 4,800, ROAS 2.00" in result.stdout
    totals = json.loads(
        run(path, "--shape", "mix", "--revenue", "revenue", "--format", "json").stdout
    )["channels"][0]["totals"]
    assert totals == {
        "spend": 1800,
        "conversions": None,
        "revenue": None,
        "cpa": None,
        "roas": None,
    }


def test_a_month_of_days_is_too_early_to_judge(tmp_path):
    path = tmp_path / "short.csv"
    rng = np.random.default_rng(5)
    spend = rng.uniform(50, 500, 33).round(2)
    dates = pd.date_range("2024-01-01", periods=33)
    frame = pd.DataFrame({"date": dates, "channel": "search", "spend": spend})
    frame.assign(conversions=(spend / 10).round()).to_csv(path, index=False)
    result = run(path)
    assert result.exit_code == 0
    assert "search: unusable" in result.stdout
    assert "too early to judge: 33 days of history" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--spend", "tv=a"], "Several columns of spend need --shape mix."),
        (["--shape", "mix", "--spend", "a"], "--spend a: write it as --spend CHANNEL=COLUMN."),
        (
            ["--shape", "mix", "--spend", "a=b", "--spend", "a=c"],
            "--spend a=c: a is named twice.",
        ),
    ],
)
def test_a_wrong_call_is_refused(history, options, message):
    result = run(history, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_faults_leave_with_exit_code_2_and_one_line_each(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("date,channel,spend,conversions\n2024-01-01,search,x,1\n2024-01-02,search,,1\n")
    result = run(path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.split(", ", 1)[1].split(":")[0] for line in result.stderr.splitlines()] == [
        "line 2, column spend",
        "line 3, column spend",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_text_becomes_a_formula(text):
    assert csv_text([[text, -1, None]]) == f"'{text},-1,\n"
