"""The golden set: each platform in each form, with figures made up for this project.

French, Portuguese, Spanish and German headers are our own translations, as in `models.exports`.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions
from models.exports.report.reconciliation import FileAccount

GOLDEN = Path(__file__).parent / "golden"
MEASURES = ["spend", "conversions", "revenue", "impressions", "clicks"]

# What each platform's files say, whatever their form: (day of August 2026, campaign, measures).
GOOGLE = [
    (13, "Brand", 131.04, 25.00, 2125.50, 4838, 312),
    (13, "Shoes", 780.30, 30.60, 2601.00, 61200, 1530),
    (14, "Brand", 132.00, 25.00, 2125.00, 5120, 330),
    (14, "Shoes", 822.80, 30.67, 2606.95, 59840, 1496),
    (15, "Brand", 0, 0, 0, 0, 0),
    (15, "Shoes", 1050.00, 40.08, 3406.80, 70004, 1750),
]
META = [
    (13, "Prospecting", 412.35, 12, 1043.20, 38120, 511),
    (13, "Retargeting", 98.10, 9, 801.00, 5210, 120),
    (14, "Prospecting", 1420.05, 0, 0, 40011, 530),
    (14, "Retargeting", 101.00, 8, 702.40, 5300, 118),
    (15, "Prospecting", 407.90, 11, 990.00, 39250, 498),
    (15, "Retargeting", 0, 0, 0, 0, 0),
]
TIKTOK = [
    (13, "Creators", 75.00, 3, 120, 30110, 250),
    (13, "Spark", 210.40, 14, 560, 90120, 801),
    (14, "Creators", 80.25, 4, 160, 31000, 262),
    (14, "Spark", 198.75, 11, 440, 88210, 790),
]
MICROSOFT = [
    (13, "Brand Bing", 40.87, 4, 361.20, 1204, 61),
    (13, "Generic Bing", 120.10, 3, 240.00, 8120, 143),
    (14, "Brand Bing", 37.40, 5, 410.00, 1180, 55),
    (14, "Generic Bing", 131.25, 2, 155.90, 7998, 150),
]
LINKEDIN = [
    (13, "Demo", 150.00, 1, None, 6020, 31),
    (13, "Whitepaper", 310.50, 2, None, 12044, 88),
    (14, "Demo", 149.25, 2, None, 6100, 30),
    (14, "Whitepaper", 298.10, 0, None, 11900, 84),
]
FORMS = {
    "google_ads": (GOOGLE, "en en_excel vi fr de es pt"),
    "meta": (META, "en fr pt es de vi vi_decomposed vi_levels"),
    "tiktok": (TIKTOK, "en en_by_day vi"),
    "microsoft_ads": (MICROSOFT, "en en_gregorian"),
    "linkedin": (LINKEDIN, "en en_commas"),
}
CASES = [(platform, form) for platform, (_, forms) in FORMS.items() for form in forms.split()]


def rows(path: Path) -> list[tuple]:
    frame = read_exports([path]).frame
    return [
        (row["date"].day, row["campaign"], *(row.get(measure) for measure in MEASURES))
        for row in frame.to_dict("records")
    ]


def account(name: str) -> FileAccount:
    (found,) = read_exports([GOLDEN / name]).reconciliation.files
    return found


@pytest.mark.parametrize(("platform", "form"), CASES)
def test_a_platform_reads_the_same_in_every_form(platform: str, form: str) -> None:
    imported = read_exports([GOLDEN / platform / f"{form}.csv"])
    assert rows(GOLDEN / platform / f"{form}.csv") == FORMS[platform][0]
    (found,) = imported.reconciliation.files
    assert found.platform == platform
    assert (found.period_days, found.level) == (1, "campaign")
    assert found.rows_read == found.rows_kept + sum(out.rows for out in found.left_out)
    assert found.rows_kept == len(FORMS[platform][0])
    assert found.agrees in (True, None)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("google_ads/en.csv", "UTF-8, commas, decimal point, dates YMD"),
        ("google_ads/en_excel.csv", "UTF-16, tabs, decimal point, dates YMD"),
        ("google_ads/vi.csv", "UTF-8, commas, decimal comma, dates YMD"),
        ("meta/fr.csv", "UTF-8 with BOM, semicolons, decimal comma, dates DMY"),
        ("microsoft_ads/en.csv", "UTF-8 with BOM, commas, decimal point, dates MDY"),
        ("linkedin/en.csv", "UTF-16, tabs, decimal point, dates MDY"),
    ],
)
def test_the_form_of_a_file_is_told(name: str, form: str) -> None:
    assert account(name).form == form


def test_totals_in_mid_file_with_a_date_are_no_rows() -> None:
    found = account("google_ads/vi.csv")
    assert [(out.reason, out.rows) for out in found.left_out] == [("the report's own totals", 4)]
    stated = {(t.label, t.measure): t.stated for t in found.totals}
    spend = sum(row[2] for row in GOOGLE)
    assert stated["Tổng số: Chiến dịch", "spend"] == pytest.approx(spend)
    assert stated["Tổng số: Tài khoản", "spend"] == pytest.approx(spend)


def test_a_total_of_one_campaign_type_is_held_against_that_type() -> None:
    (search,) = (
        total
        for total in account("google_ads/en.csv").totals
        if total.label == "Total: Search" and total.measure == "spend"
    )
    brand = sum(row[2] for row in GOOGLE if row[1] == "Brand")
    assert (search.stated, search.counted) == pytest.approx((brand, brand))


def test_rows_without_a_name_are_the_totals_of_a_day() -> None:
    found = account("meta/en.csv")
    assert [(out.reason, out.rows) for out in found.left_out] == [
        ("no campaign name: totals of a day", 3)
    ]
    assert found.currencies == ("USD",)
    assert found.agrees


def test_blank_conversions_are_told_with_the_money_beside_them() -> None:
    assert "2 rows with blank conversions (with a spend of 1,420.05), counted as none" in (
        account("meta/en.csv").notices
    )


def test_a_second_level_is_left_out_with_its_money() -> None:
    (out,) = account("meta/vi_levels.csv").left_out
    assert out.reason == "level 'adset': its money is in the rows of level 'campaign'"
    assert (out.rows, out.spend) == (6, pytest.approx(sum(row[2] for row in META)))


def test_results_of_one_kind_count_as_conversions() -> None:
    read = rows(GOLDEN / "meta" / "en_results.csv")
    assert read == [(*row[:4], None, *row[5:]) for row in META]
    assert (
        "conversions are the results of the kind 'actions:offsite_conversion.fb_pixel_purchase'"
        in account("meta/en_results.csv").notices
    )


def test_an_account_report_has_no_campaigns() -> None:
    imported = read_exports([GOLDEN / "google_ads" / "account_daily.csv"])
    assert "campaign" not in imported.frame
    assert set(imported.frame["account"]) == {"Shop Europe"}
    assert imported.reconciliation.files[0].level == "account"
    by_day = [sum(row[2] for row in GOOGLE if row[0] == day) for day in (13, 14, 15)]
    assert imported.frame["spend"].to_list() == pytest.approx(by_day)


def test_a_preamble_that_warns_is_passed_on() -> None:
    found = account("microsoft_ads/en.csv")
    assert "the report says that its last days may be incomplete" in found.notices
    assert [(out.reason, out.rows) for out in found.left_out] == [("a line of text, no row", 1)]


def test_leads_are_kept_where_every_report_counts_them() -> None:
    frame = read_exports([GOLDEN / "linkedin" / "en.csv"]).frame
    assert frame["leads"].to_list() == [3, 7, 4, 6]


def test_a_warehouse_table_holds_several_platforms() -> None:
    imported = read_exports([GOLDEN / "fivetran" / "campaign_report.csv"])
    sums = {one.platform: one.spend for one in imported.reconciliation.platforms}
    assert sums == pytest.approx(
        {"google_ads": 131.04 + 780.3 + 132, "meta": 412.35 + 1420.05, "microsoft_ads": 40.87}
    )
    assert imported.reconciliation.files[0].last == date(2026, 8, 14)


# The further platforms: two campaigns on two days, (day, campaign, measures).
FURTHER = [
    (13, "Alpha", 40.50, 4, 361.20, 1204, 61),
    (13, "Beta", 120.10, 3, 240.00, 8120, 143),
    (14, "Alpha", 37.40, 5, 410.00, 1180, 55),
    (14, "Beta", 131.25, 2, 155.90, 7998, 150),
]
FURTHER_FORMS = {
    "amazon_ads": "sponsored_products sponsored_brands api",
    "pinterest": "en api",
    "snapchat": "en",
    "x": "en api",
    "reddit": "en",
    "apple_search_ads": "en",
    "dv360": "en",
    "cm360": "en",
    "criteo": "en",
    "google_ads": "gaql airbyte",
    "meta": "insights",
    "linkedin": "api",
    "other": "supermetrics windsor funnel",
}
NO_REVENUE = {"x/api", "apple_search_ads/en", "dv360/en"}
LINK_CLICKS = {"meta/insights"}  # counted under a name that is not read


@pytest.mark.parametrize(
    ("platform", "form"),
    [(platform, form) for platform, forms in FURTHER_FORMS.items() for form in forms.split()],
)
def test_the_further_platforms_and_raw_tables(platform: str, form: str) -> None:
    imported = read_exports([GOLDEN / platform / f"{form}.csv"])
    name = f"{platform}/{form}"
    wanted = [
        (
            *row[:4],
            None if name in NO_REVENUE else row[4],
            row[5],
            None if name in LINK_CLICKS else row[6],
        )
        for row in FURTHER
    ]
    assert rows(GOLDEN / platform / f"{form}.csv") == wanted
    (found,) = imported.reconciliation.files
    assert found.platform == platform
    assert found.rows_read == found.rows_kept + sum(out.rows for out in found.left_out)
    assert found.agrees in (True, None)
    if platform == "other":
        assert set(imported.frame["channel"]) == {"meta"}


def test_one_folder_with_every_platform(tmp_path: Path) -> None:
    """The reconciliation of a mixed folder: each platform's money once, in one currency."""
    chosen = {
        "google_ads": "en", "meta": "en", "tiktok": "en", "microsoft_ads": "en_gregorian",
        "linkedin": "en_commas", "ga4": "en", "amazon_ads": "sponsored_products",
        "pinterest": "en", "snapchat": "en", "x": "en", "reddit": "en", "apple_search_ads": "en",
        "dv360": "en", "cm360": "en", "criteo": "en",
    }  # fmt: skip
    for platform, form in chosen.items():
        shutil.copy(GOLDEN / platform / f"{form}.csv", tmp_path / f"{platform}.csv")
    silent = ("tiktok", "pinterest", "cm360", "ga4")
    options = ReadOptions(
        rates={"USD": 0.5}, currency={"": "EUR", **{f"{name}.csv": "EUR" for name in silent}}
    )
    account = read_exports([tmp_path], options).reconciliation
    further = sum(row[2] for row in FURTHER)
    sums = {one.platform: one.spend for one in account.platforms if one.platform != "ga4"}
    known = {name: sum(row[2] for row in table) for name, (table, _) in FORMS.items()}
    wanted = {name: known.get(name, further) for name in chosen if name != "ga4"}
    for name in ("meta", "amazon_ads", "reddit"):  # in dollars
        wanted[name] *= 0.5
    assert sums == pytest.approx(wanted)
    for file in account.files:
        assert file.rows_read == file.rows_kept + sum(out.rows for out in file.left_out)
        assert file.agrees in (True, None)
