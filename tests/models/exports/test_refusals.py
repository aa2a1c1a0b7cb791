"""What is wrong or undecided is refused: what was seen, what was expected, what to do."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from models.errors import HistoryError
from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions

GOLDEN = Path(__file__).parent / "golden"
GOOGLE_HEAD = "Day,Campaign,Currency code,Cost,Impr.,Clicks,Conversions\n"
GOOGLE_ROW = "2026-08-13,Brand,EUR,131.04,4838,312,25.00\n"
SPANS = "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions,Purchases\n"
META_HEAD = "Day,Campaign name,Amount spent (EUR),Impressions,Link clicks,"


def named(value: object) -> str:
    """A case by its message; bytes would make other names in each process."""
    text = value if isinstance(value, str) else ""
    return text.partition(". ")[0] if text.startswith("report.csv") else "file"


def refused(tmp_path: Path, content: bytes | str, name: str = "report.csv", **options) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(HistoryError) as caught:
        read_exports([tmp_path], ReadOptions(**options))
    return str(caught.value)


def read(tmp_path: Path, content: bytes | str, **options):
    path = tmp_path / "report.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_exports([path], ReadOptions(**options)).frame


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    ids=named,
    argvalues=[
        (b"", "report.csv: the file is empty. Download the report again"),
        (
            zipped(**{"google.csv": GOOGLE_HEAD}),
            "report.csv: is a zip archive with 'google.csv'. Unpack it and name the files inside",
        ),
        (b"PK\x03\x04 and no more", "report.csv: is a damaged zip file or workbook."),
        (gzip.compress(b"a,b"), "report.csv: is compressed with gzip."),
        (b"%PDF-1.7 ...", "report.csv: is a PDF. Download it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "report.csv: is an old Excel file (.xls)."),
        (b"<!DOCTYPE html><html>", "report.csv: is a web page, not a table."),
        (b"\x00\x01\x02\x03" * 40, "report.csv: is not a text file (it holds zero bytes)."),
        (
            GOOGLE_HEAD.encode() + "2026-08-13,Área,EUR,1.50,1,1,1\n".encode("cp1252"),
            (
                "report.csv, line 2: byte 69 of the file, 0xc1, is not UTF-8. Save the file as "
                "UTF-8, or declare what it is in, e.g. --encoding cp1252 (western) or cp1258 "
                "(Vietnamese)"
            ),
        ),
        (
            "name;age\nAnn;31\n",
            (
                "report.csv: is no report that is known here: its widest row is 'name', 'age'. "
                "Expected, among the first 60 lines, a header such as: Google Ads: Day, Campaign, "
                "Cost, Conversions; Meta Ads: Day, Campaign Name, Amount Spent, Purchases;"
            ),
        ),
        (
            "Day^Campaign^Cost^Conversions\n2026-08-13^Brand^1^2\n",
            (
                "report.csv: has no columns: none of commas, semicolons, tabs, bars parts its "
                "lines, such as 'Day^Campaign^Cost^Conversions' ('^' might)."
            ),
        ),
        (
            "date,channel,spend,conversions\n2026-08-13,search,1,2\n",
            (
                "report.csv: is a tidy history already, not a platform's report. "
                "Name it as the history itself: it needs no import"
            ),
        ),
    ],
)
def test_other_files(tmp_path: Path, content: bytes | str, message: str) -> None:
    assert refused(tmp_path, content).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    ids=named,
    argvalues=[
        (
            (
                'Campaign report\n"July 8, 2025 - July 31, 2025"\n'
                "Campaign,Currency code,Cost,Impr.,Clicks,Conversions\nBrand,EUR,1.5,2,1,1\n"
            ),
            (
                "report.csv: is a Google Ads report for 2025-07-08 to 2025-07-31 without a column "
                "of days: it has 'Campaign', 'Currency code', 'Cost', 'Impr.', "
                "'Clicks', 'Conversions'. "
                "In Google Ads open Campaigns, choose Segment > Time > Day,"
            ),
        ),
        (
            (f"{SPANS}2026-08-01,2026-08-31,Brand,10,20,3\n"),
            (
                "report.csv, line 2: the row runs from 2026-08-01 to 2026-08-31: "
                "not one day or week. "
                "In Ads Manager open Campaigns, choose Breakdown > By time > Day,"
            ),
        ),
        (
            (f"{SPANS}2026-08-03,2026-08-09,Brand,10,20,3\n2026-08-10,2026-08-10,Brand,10,20,3\n"),
            "report.csv, line 3: the row runs from 2026-08-10 to 2026-08-10: not one day or week.",
        ),
        (
            (
                '"Report Aggregation: Monthly"\n\n'
                "TimePeriod,CampaignName,Spend,Clicks,Conversions\n"
                "8/1/2026,Brand,10,20,3\n"
            ),
            (
                "report.csv: is a Microsoft Advertising report with the aggregation 'monthly', "
                "not by day. In Microsoft Advertising open Reports"
            ),
        ),
        (
            GOOGLE_HEAD + "".join(f"2026-{m:02}-01,Brand,EUR,1.5,2,1,1\n" for m in (5, 6, 7)),
            "report.csv: its dates are 30 days apart or more, as in a report by month.",
        ),
        (
            GOOGLE_HEAD + "".join(f"2026-08-{d:02},Brand,EUR,1.5,2,1,1\n" for d in (3, 10, 17)),
            (
                "report.csv: its dates are 7 days apart: each row may stand for a week or for one "
                "day. Say which: --period report.csv=week or --period report.csv=day"
            ),
        ),
        (
            "Day,Campaign,Impr.,Clicks,Conv. value\n2026-08-13,Brand,1,1,1\n",
            (
                "report.csv: is a Google Ads report without the column 'Cost': it has 'Day', "
                "'Campaign', 'Impr.', 'Clicks', 'Conv. value'. In Google Ads open Campaigns,"
            ),
        ),
        (
            GOOGLE_HEAD + "13.08.26,Brand,EUR,1.5,2,1,1\n",
            "report.csv, line 2, column Day: '13.08.26' is no day. Write the year with four digits",
        ),
        (GOOGLE_HEAD, "report.csv: has a header and no rows."),
        (
            (
                "# Start date: 20260801\nDate,Sessions\n20260801,4\n\n"
                "Landing page,Key events,Total "
                "revenue\n/,1,2\n"
            ),
            (
                "report.csv: is a Google Analytics 4 report without the column 'Session Default "
                "Channel Group': it has 'Landing page', 'Key events', 'Total revenue'. In Google "
                "Analytics open Explore > Free form"
            ),
        ),
    ],
)
def test_reports_of_the_wrong_shape(tmp_path: Path, content: str, message: str) -> None:
    text = refused(tmp_path, content)
    assert text.startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    ids=named,
    argvalues=[
        (
            GOOGLE_HEAD + GOOGLE_ROW + "2026-08-14,Brand,EUR,1",
            (
                "report.csv, line 3: the file breaks off: the row has 4 cells, the headers are 7. "
                "Download the report again, and do not edit it"
            ),
        ),
        (
            GOOGLE_HEAD + GOOGLE_ROW + "2026-08-1",
            "report.csv, line 3: the file breaks off: the row has 1 cells, the headers are 7.",
        ),
        (
            GOOGLE_HEAD + GOOGLE_ROW + '2026-08-14,"Bra',
            (
                "report.csv, line 3: a quote opens and never closes: the file is truncated, or a "
                "quote is stray."
            ),
        ),
        (
            GOOGLE_HEAD + "2026-08-13,Shoes, red,EUR,1.5,2,1,1\n" + GOOGLE_ROW,
            "report.csv, line 2: the row has 8 cells, the headers are 7.",
        ),
        (
            '"Rows: 3"\nTimePeriod,CampaignName,Spend,Clicks,Conversions\n8/13/2026,Brand,1,2,3\n',
            "report.csv: states 3 rows and holds 1: it breaks off.",
        ),
        (
            GOOGLE_HEAD + "2026-08-13,Brand,EUR,12.5,2,1,1\n2026-08-14,Brand,EUR,12;5,x,1,1\n",
            (
                "report.csv, line 3, column Cost: '12;5' is not a number. "
                "Download the report again, "
                "or correct the cell\n"
                "report.csv, line 3, column Impr.: 'x' is not a number."
            ),
        ),
        (
            GOOGLE_HEAD + '2026-08-13,A,EUR,12.5,2,1,1\n2026-08-14,A,EUR,"12,5",2,1,1\n',
            (
                "report.csv, line 2, column Cost: '12.5' has a decimal point, but '12,5' "
                "(report.csv, line 3, column Cost) a decimal comma."
            ),
        ),
    ],
)
def test_damaged_reports(tmp_path: Path, content: str, message: str) -> None:
    assert refused(tmp_path, content).startswith(message)


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOGLE_HEAD)
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    text = refused(tmp_path, zipped(x=""), "c.zip")
    assert [line.partition(":")[0] for line in text.splitlines()] == ["a.csv", "b.csv", "c.zip"]


def test_a_missing_file_and_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "google.csv").write_text(GOOGLE_HEAD)
    with pytest.raises(HistoryError, match=r"there is no such file. Did you mean 'google.csv'\?"):
        read_exports([tmp_path / "gogle.csv"])


# What the file does not tell is asked for, and the answer is taken.


def test_thousand_or_decimal(tmp_path: Path) -> None:
    content = "Day,Campaign,Cost,Conversions\n2026-08-13,Brand,1.234,5\n2026-08-14,Brand,20,5\n"
    assert refused(tmp_path, content, platform={"": "google_ads"}) == (
        "report.csv, line 2, column Cost: '1.234' is 1.234 with a decimal point and 1,234 with a "
        "decimal comma, and nothing else in the file tells. "
        "Say which: --decimal report.csv=point or --decimal report.csv=comma"
    )
    for mark, spend in (("point", 1.234), ("comma", 1234.0)):
        frame = read(tmp_path, content, platform={"": "google_ads"}, decimal={"report.csv": mark})
        assert frame["spend"].to_list() == [spend, 20]


def test_one_cell_can_tell_for_the_whole_file(tmp_path: Path) -> None:
    frame = read(tmp_path, GOOGLE_HEAD + '2026-08-13,A,EUR,1.234,5,1,"0,5"\n')
    assert frame["spend"].to_list() == [1234]
    assert frame["conversions"].to_list() == [0.5]


def test_impressions_are_whole_and_tell(tmp_path: Path) -> None:
    frame = read(tmp_path, GOOGLE_HEAD + "2026-08-13,A,EUR,1.234,4.838,1,2\n")
    assert (frame["spend"].to_list(), frame["impressions"].to_list()) == ([1234], [4838])


def test_day_or_month_first(tmp_path: Path) -> None:
    content = GOOGLE_HEAD + "01/08/2026,A,EUR,1.5,2,1,1\n02/08/2026,A,EUR,1.5,2,1,1\n"
    assert refused(tmp_path, content) == (
        "report.csv, column Day: '01/08/2026' can be read day first or month first, and so can "
        "the rest. Declare it: --date-format report.csv=dmy (day first), =mdy (month first) or "
        "=ymd"
    )
    for form, months in (("dmy", [8, 8]), ("mdy", [1, 2])):
        frame = read(tmp_path, content, date_form={"": form})
        assert frame["date"].dt.month.to_list() == months


def test_the_range_that_a_report_states_tells_the_order(tmp_path: Path) -> None:
    content = f"Report\n1 August 2026 - 3 August 2026\n{GOOGLE_HEAD}"
    frame = read(tmp_path, content + "02/08/2026,A,EUR,1.5,2,1,1\n")
    assert (frame["date"].dt.month.to_list(), frame["date"].dt.day.to_list()) == ([8], [2])


def test_weeks_that_say_so_are_weeks(tmp_path: Path) -> None:
    content = GOOGLE_HEAD.replace("Day", "Week")
    content += "".join(f"2026-08-{day:02},A,EUR,1.5,2,1,1\n" for day in (3, 10, 17))
    (tmp_path / "report.csv").write_text(content)
    assert read_exports([tmp_path / "report.csv"]).period_days == 7


def test_results_of_several_kinds(tmp_path: Path) -> None:
    content = META_HEAD + "Results,Result indicator\n"
    content += "2026-08-13,Shop,10.5,100,5,3,actions:purchase\n"
    content += "2026-08-13,Traffic,20.5,900,50,45,actions:link_click\n"
    content += "2026-08-14,Shop,11.5,100,5,,\n"
    assert refused(tmp_path, content) == (
        "report.csv, column Results: mixes 2 kinds of results: 'actions:link_click', "
        "'actions:purchase'. Say which counts as a conversion: --results 'actions:link_click'; "
        "or download the report with the column 'Purchases'"
    )
    frame = read(tmp_path, content, results="purchase")
    by_name = frame.groupby("campaign")["conversions"].sum().to_dict()
    assert by_name == {"Shop": 3, "Traffic": 0}
    with pytest.raises(HistoryError, match="has no one kind 'lead'"):
        read(tmp_path, content, results="lead")


def test_results_without_their_kind(tmp_path: Path) -> None:
    content = META_HEAD + "Results\n2026-08-13,Shop,10.5,100,5,3\n"
    assert refused(tmp_path, content).startswith(
        "report.csv, column Results: counts another thing in each row, and no column "
        "'Result indicator' says which."
    )


def test_two_platforms_that_fit_equally(tmp_path: Path) -> None:
    content = "Day,Cost,Conversions\n2026-08-13,10.5,3\n"
    text = refused(tmp_path, content)
    assert text.startswith(
        "report.csv: does not say whose it is: its columns ('Day', 'Cost', 'Conversions') would "
        "fit google_ads, tiktok"
    )
    assert "--platform report.csv=NAME; or --platform report.csv=other" in text
    assert read(tmp_path, content, platform={"report.csv": "tiktok"})["platform"][0] == "tiktok"


def test_a_header_that_is_worded_otherwise(tmp_path: Path) -> None:
    content = GOOGLE_HEAD.replace("Cost", "Media spend") + GOOGLE_ROW
    asked = refused(tmp_path, content, platform={"": "google_ads"})
    assert "--column spend=HEADER" in asked
    told = {"columns": {"spend": "media  SPEND"}, "platform": {"": "google_ads"}}
    assert read(tmp_path, content, **told)["spend"].to_list() == [131.04]


def test_a_declared_encoding(tmp_path: Path) -> None:
    content = (GOOGLE_HEAD + GOOGLE_ROW.replace("Brand", "Área")).encode("cp1252")
    assert read(tmp_path, content, encoding={"": "cp1252"})["campaign"].to_list() == ["Área"]
    content = (GOOGLE_HEAD + GOOGLE_ROW).encode("utf-16-le")
    assert len(read(tmp_path, content, encoding={"report.csv": "utf-16-le"})) == 1
    with pytest.raises(HistoryError, match="there is no encoding 'klingon'"):
        read(tmp_path, content, encoding={"": "klingon"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": {"other.csv": "comma"}}, "--decimal other.csv=comma: no file 'other.csv' is"),
        ({"decimal": {"": ","}}, "--decimal ,: ',' is not one of point, comma"),
        ({"date_form": {"": "ddmmyy"}}, "--date-format ddmmyy: 'ddmmyy' is not one of ymd, dmy, m"),
        ({"platform": {"": "gogle_ads"}}, "--platform: there is no platform 'gogle_ads'. Did you"),
        ({"columns": {"spent": "x"}}, "--column spent=x: there is no field 'spent'. Did you mean"),
        ({"rates": {"USD": 0.0}}, "--rate USD=0.0: a rate is a number above 0"),
    ],
)
def test_options_that_cannot_be_meant(tmp_path: Path, options: dict, message: str) -> None:
    assert refused(tmp_path, GOOGLE_HEAD + GOOGLE_ROW, **options).startswith(message)


# Rows that look like something else.


def test_a_campaign_that_is_called_total_is_a_campaign(tmp_path: Path) -> None:
    content = "Day,Campaign,Campaign ID,Cost,Impr.,Clicks,Conversions\n"
    content += "2026-08-13,Total,77,10.5,2,1,1\n2026-08-13,Total: Brand, --,99.5,2,1,1\n"
    frame = read(tmp_path, content)
    assert (frame["campaign"].to_list(), frame["spend"].to_list()) == (["Total"], [10.5])


def test_a_row_in_which_nothing_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(GOOGLE_HEAD + GOOGLE_ROW + "2026-08-14,B,EUR, --,--,,\n")
    (account,) = read_exports([tmp_path]).reconciliation.files
    assert [(out.reason, out.rows) for out in account.left_out] == [
        ("nothing recorded in the row", 1)
    ]


def test_a_folder_may_hold_our_own_documents_beside_the_exports(tmp_path: Path) -> None:
    own = {
        "plan.json": {"schema": "budgetopt/plan/1", "channels": [{"spend": 1}]},
        "curves.json": {"schema": "budgetopt/curves/1", "channels": {}},
        "scenario.schema.json": {"$schema": "https://json-schema.org/draft/2020-12/schema"},
    }
    for name, document in own.items():
        (tmp_path / name).write_text(json.dumps(document, indent=1))
    (tmp_path / "report.csv").write_text(GOOGLE_HEAD + GOOGLE_ROW)
    assert read_exports([tmp_path]).reconciliation.notices == (
        "not read: curves.json, plan.json, scenario.schema.json",
    )


def test_a_folder_names_what_it_does_not_read(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(GOOGLE_HEAD + GOOGLE_ROW)
    (tmp_path / "notes.md").write_text("hello")
    (tmp_path / ".hidden.csv").write_text("x")
    assert read_exports([tmp_path]).reconciliation.notices == ("not read: notes.md",)
    (tmp_path / "empty").mkdir()
    with pytest.raises(HistoryError, match="the folder holds no exports"):
        read_exports([tmp_path / "empty"])
