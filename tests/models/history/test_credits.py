"""Credits are netted where they belong: no sum of a group's week changes, nothing is below zero."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import HistoryError
from models.exports.combine.combine import read_exports
from models.history.credits import net
from models.history.read import read_history
from scenarios.sources.exports import history_csv

TODAY = date(2026, 11, 1)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = draw(st.integers(1, 12))
    values = draw(st.lists(st.integers(-300, 900), min_size=rows, max_size=rows))
    days = draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows))
    groups = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    start = np.datetime64("2026-03-02")  # a Monday
    return np.array(values, float), start + np.array(days), np.array(groups)


@given(amounts())
def test_sums_of_a_groups_week_stay(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    values, days, groups = case
    netted = net(values, days, groups)
    weeks = (days - np.datetime64("2026-03-02")).astype(int) // 7
    for group in set(groups):
        for week in set(weeks):
            cell = (groups == group) & (weeks == week)
            assert netted.values[cell].sum() == pytest.approx(values[cell].sum())
            # What cannot be netted is exactly what is below zero as a whole.
            assert netted.left[cell].any() == (values[cell].sum() < 0)
    assert (netted.values[~netted.left] >= 0).all()


def test_a_day_that_makes_up_for_it_is_the_only_one_that_changes() -> None:
    days = np.array(["2026-03-02", "2026-03-02", "2026-03-03"], dtype="datetime64[D]")
    netted = net(np.array([100.0, -35.0, 80.0]), days, np.zeros(3, int))
    assert netted.values.tolist() == [65, 0, 80]
    assert (netted.rows.tolist(), netted.amount) == ([False, True, False], 35)


def google(folder: Path, credit: int) -> Path:
    head = "Day,Campaign,Currency code,Cost,Conversions,Conv. value\n"
    rows = [f"2026-03-{day:02},Brand,EUR,100.00,5,250\n" for day in range(2, 23)]
    rows[9] = f"2026-03-11,Brand,EUR,{credit}.00,5,-40\n"
    path = folder / "google.csv"
    path.write_text(head + "".join(rows))
    return path


def test_what_import_writes_check_reads(tmp_path: Path) -> None:
    imported = read_exports([google(tmp_path, -35)])
    assert imported.frame["spend"].sum() == pytest.approx(2000 - 35)
    assert imported.frame["spend"].min() == 0
    (told,) = (n for n in imported.reconciliation.files[0].notices if "rows of spend" in n)
    assert told == (
        "1 rows of spend below zero (35.00 in all) are credits, netted to the same campaign's day "
        "or week"
    )
    written = tmp_path / "h.csv"
    written.write_text(history_csv(imported.frame, imported.reconciliation.currency))
    history = read_history(written, today=TODAY)
    assert history.currency == "EUR"
    assert history.spend.to_numpy().sum() == pytest.approx(1965)


def test_one_rule_for_a_history_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    rows = [f"2026-03-{day:02},search,100,5\n" for day in range(2, 23)]
    rows[9] = "2026-03-11,search,-35,5\n"
    path.write_text("date,channel,spend,conversions\n" + "".join(rows))
    assert read_history(path, today=TODAY).spend.to_numpy().sum() == pytest.approx(1965)
    path.write_text(path.read_text().replace(",-35,", ",-900,"))
    with pytest.raises(HistoryError, match="line 11, column spend: -900 is below zero, and its"):
        read_history(path, today=TODAY)


def test_what_cannot_be_netted_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"line 11, column Cost: -900 is below zero"):
        read_exports([google(tmp_path, -900)])


def test_days_to_come_are_refused_by_both(tmp_path: Path) -> None:
    path = google(tmp_path, 35)
    path.write_text(path.read_text().replace("2026-03-22", "2099-03-22"))
    with pytest.raises(HistoryError, match=r"line 22, column Day: 2099-03-22 lies in the future"):
        read_exports([path])
