"""No file is read as a platform that it is not of: the table of recognition."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from models.errors import HistoryError
from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions
from models.exports.platforms.registry import PLATFORMS
from models.exports.records.text_records import open_source
from models.exports.report.recognition import recognise
from tests.support.generic_tables import generic_tables

GOLDEN = Path(__file__).parent / "golden"


def whose(path: Path) -> str:
    """The platform as which a file is read, or "asked" where it is not read."""
    try:
        return recognise(open_source(path, path.name), None).platform.name
    except HistoryError as error:
        (fault,) = error.faults
        return "asked" if "--platform" in fault.remedy else fault.problem


def recognition_table(folder: Path) -> Counter[tuple[str, str]]:
    """What files are, and what they are read as."""
    seen: Counter[tuple[str, str]] = Counter()
    for path in sorted(GOLDEN.rglob("*.csv")):
        seen[path.parent.name, whose(path)] += 1
    path = folder / "table.csv"
    for text, says_whose in generic_tables():
        path.write_text(text)
        seen["generic, with platforms" if says_whose else "generic", whose(path)] += 1
    return seen


def test_no_file_is_read_as_a_platform_that_it_is_not_of(tmp_path: Path) -> None:
    table = recognition_table(tmp_path)
    golden = {(kind, found) for kind, found in table if not kind.startswith("generic")}
    assert golden == {(name, name) for name in PLATFORMS}
    assert {found for kind, found in table if kind == "generic"} <= {
        "asked",
        "is no report that is known here",
    } | {found for _, found in table if found.startswith("is no report")}
    named = {found for kind, found in table if kind == "generic, with platforms"}
    assert named & set(PLATFORMS) <= {"other"}
    assert sum(table.values()) >= 230


@pytest.mark.parametrize("name", ["meta_daily", "pinterest_daily", "x_daily"])
def test_a_table_that_says_nothing_is_asked_about(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(
        "date,campaign_name,impressions,clicks,spend,conversions,revenue\n"
        + "".join(f"2026-03-{day:02},Launch,900,20,{day},4,400\n" for day in range(2, 9))
    )
    with pytest.raises(HistoryError, match="does not say whose it is") as caught:
        read_exports([path])
    assert f"--channel-from file to call its channel '{name}'" in str(caught.value)
    plain = read_exports([path], ReadOptions(platform={"": "other"}))
    assert set(plain.frame["channel"]) == {"other"}
    named = read_exports([path], ReadOptions(platform={"": "other"}, channel_from="file"))
    assert set(named.frame["channel"]) == {name}
    assert named.frame["spend"].sum() == sum(range(2, 9))
    assert named.frame["revenue"].sum() == 7 * 400


def test_a_column_of_channels_is_used(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    rows = "".join(
        f"2026-03-{day:02};{channel};A;{spend};1000;20;4\n"
        for day in (2, 9)
        for channel, spend in (("Google Ads", "100,50"), ("Meta Ads", "300,50"))
    )
    path.write_text("week;channel;campaign;cost;impressions;clicks;conversions\n" + rows)
    imported = read_exports([path])
    assert imported.frame.groupby("channel")["spend"].sum().to_dict() == {
        "google_ads": 201,
        "meta": 601,
    }
    assert imported.period_days == 7


def test_two_that_fit_equally_are_a_question(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("Day,Campaign,Impr.,Cost,Spend,Conversions\n2026-08-13,A,5,10.5,10.5,3\n")
    with pytest.raises(HistoryError, match="could be of google_ads or microsoft_ads") as caught:
        read_exports([path])
    assert "--platform report.csv=google_ads" in str(caught.value)


def test_what_looks_like_revenue_and_is_not_read_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    head = "Day,Campaign,Campaign type,Cost,Conversions,Revenue,Budget,Conv. rate\n"
    path.write_text(head + "2026-08-13,A,Search,10.5,3,400,5,0.1\n")
    with pytest.raises(HistoryError) as caught:
        read_exports([path])
    assert str(caught.value) == (
        "report.csv, column Revenue: is not read, and looks like revenue. Say what it is: "
        '--column "report.csv:revenue=Revenue", or that it is not to be read: '
        '--column "report.csv:ignore=Revenue"'
    ).replace("report.csv, column", f"{path}, column")
    told = {"report.csv:revenue": "Revenue"}
    assert read_exports([path], ReadOptions(columns=told)).frame["revenue"].sum() == 400
    left = read_exports([path], ReadOptions(columns={"ignore": ("Revenue",)}))
    assert "revenue" not in left.frame
    notices = left.reconciliation.files[0].notices
    assert "not read: 'Revenue', 'Budget', 'Conv. rate'" in notices


def test_micros_are_known_by_their_name(tmp_path: Path) -> None:
    path = tmp_path / "gaql.csv"
    path.write_text(
        "segments.date,campaign.name,metrics.cost_micros,metrics.conversions\n"
        "2026-03-02,Brand,42500000,12\n2026-03-03,Brand,40000000,11\n"
    )
    for options in (ReadOptions(), ReadOptions(columns={"spend": "metrics.cost_micros"})):
        imported = read_exports([path], options)
        assert imported.frame["spend"].to_list() == [42.5, 40]
        assert (
            "column 'metrics.cost_micros' is divided by 1,000,000: by its name it counts parts "
            "of a unit"
        ) in imported.reconciliation.files[0].notices
