"""Next month's scenario: the period moves on, everything else stays as it was written."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.file import save_curves
from scenarios.definition.horizon import Span, span
from scenarios.definition.scenario import Scenario
from scenarios.tracking.next_period import next_period, renamed
from scenarios.tracking.roll import roll
from tests.support.commands import budgetopt, refused
from tests.support.scenario_examples import CURVES

WRITTEN = """# yaml-language-server: $schema=scenario.schema.json
# The base case; ask Ana before changing it.

name: december-base            # as the board knows it
curves:  curves.json
period: 2025-12   # a month
budget: 80000

channels:
  tv: {min_spend: 5000}        # contract until March

  search:
    max_cpa: 60                # "never more", says Ben
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_curves(CURVES, "curves.json")
    Path("base.yaml").write_text(WRITTEN)
    return tmp_path


def test_only_the_period_and_what_is_named_after_it_change(folder) -> None:
    result = budgetopt("roll", "base.yaml", "-o", "january.yaml")
    assert result.stdout.splitlines() == [
        "wrote january.yaml",
        "  period: 2026-01 (was 2025-12)",
        "  name: january-base (was december-base)",
        "Now try: budgetopt plan january.yaml",
    ]
    assert result.stderr == ""  # both months have 31 days
    expected = WRITTEN.replace("2025-12", "2026-01").replace("december-base", "january-base")
    assert Path("january.yaml").read_text() == expected
    again = budgetopt("plan", "january.yaml")
    assert again.exit_code == 0
    assert again.stdout.startswith("january-base - 2026-01-01 to 2026-01-31")


def test_amounts_stay_and_that_is_said(folder) -> None:
    budgetopt("roll", "base.yaml", "-o", "january.yaml")
    result = budgetopt("roll", "january.yaml", "-o", "february.yaml")
    assert result.stderr.splitlines() == [
        "note: amounts stay as they are, for 28 days instead of 31: budget, channels.tv.min_spend"
    ]
    before, after = (Scenario.load(name).definition for name in ("base.yaml", "february.yaml"))
    assert after.channels == before.channels
    assert after.budget == before.budget


def test_what_it_extends_is_kept_and_the_period_said_here(folder) -> None:
    text = "# more money\nname: growth\nextends: base.yaml  # the base\nbudget: +10%\n"
    Path("growth.yaml").write_text(text)
    result = budgetopt("roll", "growth.yaml", "-o", "next.yaml")
    assert "  period: 2026-01 (was in the file that it extends)" in result.stdout.splitlines()
    head, tail = text.split("# the base\n")
    assert Path("next.yaml").read_text() == f"{head}# the base\nperiod: 2026-01\n{tail}"
    moved, base = (Scenario.load(name).definition for name in ("next.yaml", "growth.yaml"))
    assert moved.period == span("2026-01")
    assert moved.model_copy(update={"period": base.period}) == base


def test_a_new_history_takes_the_old_ones_place(folder) -> None:
    days = [date(2025, 10, 1) + timedelta(days=i) for i in range(92)]
    rows = [f"{day},tv,{100 + day.day},5" for day in days]
    Path("new.csv").write_text("date,channel,spend,conversions\n" + "\n".join(rows) + "\n")
    for written, expected in (
        ("history: old.csv  # weekly", "history: new.csv  # weekly"),
        ("history: {file: old.csv, currency: EUR}", "history: {file: new.csv, currency: EUR}"),
        ("history:\n  file: 'old.csv'\n  grain: day", "history:\n  file: new.csv\n  grain: day"),
        ("curves: curves.json  # by hand", "history: new.csv  # by hand"),
    ):
        Path("a.yaml").write_text(f"{written}\nperiod: 2025-12\nbudget: current\n")
        result = budgetopt("roll", "a.yaml", "-o", "b.yaml", "--history", "new.csv", "--force")
        assert (result.exit_code, result.stderr) == (0, "")
        assert Path("b.yaml").read_text() == f"{expected}\nperiod: 2026-01\nbudget: current\n"
        history = Scenario.load("b.yaml").definition.history
        assert history is not None
        assert history.file == "new.csv"
    # One that does not reach to the end of the month that passed.
    Path("new.csv").write_text("date,channel,spend,conversions\n" + "\n".join(rows[:70]) + "\n")
    result = budgetopt("roll", "a.yaml", "-o", "b.yaml", "--history", "new.csv", "--force")
    assert result.stderr.splitlines() == [
        "note: new.csv ends on 2025-12-09: it does not know all of the period that passed"
    ]


def test_files_are_found_from_another_folder(folder) -> None:
    Path("growth.yaml").write_text("extends: base.yaml\nbudget: +10%\n")
    Path("2026").mkdir()
    for name in ("base", "growth"):
        assert budgetopt("roll", f"{name}.yaml", "-o", f"2026/{name}.yaml").exit_code == 0
        assert budgetopt("plan", f"2026/{name}.yaml").exit_code == 0
    text = Path("2026/base.yaml").read_text()
    assert "curves:  ../curves.json\n" in text
    assert "$schema=../scenario.schema.json\n" in text
    assert "extends: ../base.yaml\n" in Path("2026/growth.yaml").read_text()


def test_a_period_that_follows_the_history_needs_no_change(folder) -> None:
    text = "curves: curves.json\nperiod: {days: 28}\nbudget: current\n"
    Path("a.yaml").write_text(text)
    result = budgetopt("roll", "a.yaml", "-o", "b.yaml")
    assert "  nothing had to be changed: its period follows the history" in result.stdout
    assert Path("b.yaml").read_text() == text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-12", "2026-01"),
        ("2026-3", "2026-04"),
        ("2025-Q4", "2026-Q1"),
        ("2026q1", "2026q2"),
        ("{start: 2026-01-01, end: 2026-02-28}", "{start: 2026-03-01, end: 2026-04-30}"),
        ("{end: 2026-01-14, start: 2026-01-05}", "{end: 2026-01-24, start: 2026-01-15}"),
    ],
)
def test_every_form_of_a_period_keeps_its_form(folder, written: str, expected: str) -> None:
    Path("a.yaml").write_text(f"curves: curves.json\nperiod: {written}\nbudget: current\n")
    assert budgetopt("roll", "a.yaml", "-o", "b.yaml").exit_code == 0
    assert f"\nperiod: {expected}\n" in Path("b.yaml").read_text()


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 400))
def test_the_next_period_begins_where_this_one_ends(start: date, days: int) -> None:
    period = Span(days, start)
    found = next_period(period)
    assert found is not None
    assert found.start is not None
    assert period.end is not None
    assert found.start == period.end + timedelta(days=1)
    if start.day != 1 or found.start.day != 1:
        assert found.days == days


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(1, 24))
def test_whole_months_are_followed_by_as_many(year: int, month: int, months: int) -> None:
    def first(after: int) -> date:
        return date(year + (month - 1 + after) // 12, (month - 1 + after) % 12 + 1, 1)

    found = next_period(Span((first(months) - first(0)).days, first(0)))
    assert found == Span((first(2 * months) - first(months)).days, first(months))


def test_a_length_without_dates_has_no_next() -> None:
    assert next_period(Span(28)) is None
    assert next_period(None) is None


@pytest.mark.parametrize(
    ("name", "period", "expected"),
    [
        ("December", "2025-12", "January"),
        ("decembers-best", "2025-12", "decembers-best"),
        ("plan 2025-12 base", "2025-12", "plan 2026-01 base"),
        ("december-2025", "2025-12", "january-2026"),
        ("Q4 growth", "2025-Q4", "Q1 growth"),
        ("growth", "2025-12", "growth"),
    ],
)
def test_names_follow_their_period(name: str, period: str, expected: str) -> None:
    old = span(period)
    new = next_period(old)
    assert new is not None
    assert renamed(name, old, new) == expected


def test_what_cannot_be_rolled(folder) -> None:
    assert refused("roll", "base.yaml", "-o", "base.yaml") == [
        "error: base.yaml: this file exists. --force replaces it."
    ]
    assert refused("roll", "bse.yaml", "-o", "b.yaml") == ["error: bse.yaml: there is no such file"]
    Path("list.yaml").write_text("history:\n  - a.csv\n  - b.csv\nperiod: 2025-12\nbudget: 5\n")
    assert refused("roll", "list.yaml", "-o", "b.yaml", "--history", "new.csv") == [
        ("error: list.yaml, line 2, history: it is made of several files, or a table. Write the new"
         " history into the new scenario by hand, and roll without --history.")
    ]  # fmt: skip
    Path("flow.yaml").write_text("{extends: base.yaml, budget: 5}\n")
    assert refused("roll", "flow.yaml", "-o", "b.yaml") == [
        "error: flow.yaml, line 1: keys are not on lines of their own. Write them so."
    ]
    assert not Path("b.yaml").exists()


def test_what_is_written_by_month_moves_on_with_a_quarter(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "curves: curves.json\nperiod: 2026-Q4\nbudget: 90000\n"
        "periods:\n  by: month\n  budgets: {2026-11: {max: 40000}}  # a sale\n"
        "  season: {search: {2026-12: 1.2}}\n"
        "  rules:\n    2026-12: {channels: {search: {min_spend: 5000}}}\n"
        "events:\n  - {name: sale, start: 2026-11-23, end: 2026-11-30, lift: +30%}\n"
    )
    Path("q4.yaml").write_text(text)
    rolled = roll(Path("q4.yaml"), Path("q1.yaml"))
    moved = text.replace("2026-Q4", "2027-Q1").replace("2026-11: {", "2027-02: {")
    moved = moved.replace("2026-12: 1.2", "2027-03: 1.2").replace("2026-12: {ch", "2027-03: {ch")
    assert rolled.text == moved
    assert "periods.season.search: 2027-03 (was 2026-12)" in rolled.changes
    assert "events keep their dates: sale" in rolled.notices
