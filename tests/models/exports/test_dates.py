"""Dates as overviews, hours and other languages write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.errors import HistoryError
from models.exports.cells.dates import parse
from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions

FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 5 Feb 2026",
        "Thursday, February 5, 2026",
        "qui., 5 de fev. de 2026",
        "jeu. 5 févr. 2026",
        "Do., 5. Feb. 2026",
        "5 thg 2, 2026",
        "Th 5, 5 thg 2, 2026",
        "Thứ Năm, 5 tháng 2, 2026",
        "2026-02-05 13:00",
        "2026-02-05T13:00:00Z",
    ],
)
def test_a_day_in_words(text: str) -> None:
    assert parse(text, "ymd") == date(2026, 2, 5)


@pytest.mark.parametrize("text", ["qui., 5 de fev.", "5 thg 2", "Feb 5", "Thu, Feb 5", "5. Feb"])
def test_a_day_without_a_year_is_the_only_one_of_the_range(text: str) -> None:
    assert parse(text, "ymd") is None
    assert parse(text, "ymd", FEBRUARY) == date(2026, 2, 5)
    assert parse(text, "ymd", (date(2025, 1, 1), date(2026, 3, 1))) is None
    assert parse(text, "ymd", (date(2026, 3, 1), date(2026, 3, 9))) is None


@pytest.mark.parametrize("text", ["brand 5", "5 xyz 2026", "31 Feb 2026", "Feb 2026", "13:00"])
def test_what_is_no_day_stays_none(text: str) -> None:
    assert parse(text, "ymd", FEBRUARY) is None


def test_an_overview_whose_range_stands_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "Time_series(2026.02.05-2026.02.07).csv"
    path.write_text(
        "Date,Clicks,Impressions,Cost,Conversions\n"
        '"Thu, 5 Feb",10,100,EUR 12.50,1.00\n"Fri, 6 Feb",12,120,EUR 14.00,0.00\n'
        '"Sat, 7 Feb",9,90,EUR 11.00,2.00\n'
    )
    imported = read_exports([path], ReadOptions(platform={"": "google_ads"}))
    assert imported.frame["date"].dt.day.to_list() == [5, 6, 7]
    assert imported.frame["spend"].to_list() == [12.5, 14, 11]
    with pytest.raises(HistoryError, match="does not say whose it is"):
        read_exports([path])


def test_hours_are_summed_to_days(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    rows = "".join(
        f"2026-08-{day} {hour:02}:00,A,1.5,2,1\n" for day in (13, 14) for hour in range(24)
    )
    path.write_text("Day,Campaign,Cost,Impr.,Conversions\n" + rows)
    imported = read_exports([path])
    assert imported.frame["spend"].to_list() == [36, 36]
    notices = imported.reconciliation.files[0].notices
    assert "46 rows are of hours, summed to their days" in notices
