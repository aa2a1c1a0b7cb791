"""Several files: overlaps counted once, accounts, currencies, channels, GA4."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import HistoryError
from models.exports.channel_mapping import ChannelRule, ChannelRules
from models.exports.combine.combine import Imported, read_exports
from models.exports.options import ReadOptions

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 8, 1)
RULES = ChannelRules(
    (
        ChannelRule("brand", platforms=("google_ads",), campaigns=("*brand*",)),
        ChannelRule("shopping", types=("Performance Max",)),
        ChannelRule("social", platforms=("meta", "tiktok")),
        ChannelRule("shopping", platforms=("ga4",), campaigns=("paid search",)),
        ChannelRule("social", platforms=("ga4",), campaigns=("/^Paid S/",)),
        ChannelRule("brand", platforms=("ga4",), campaigns=("Direct",)),
    )
)


def google(rows: list[tuple], extra: str = "", values: str = "") -> str:
    """Rows of (day offset, campaign, spend), optionally with one more column."""
    head = f"Day,Campaign,Cost,Impr.,Clicks,Conversions,Conv. value{extra and ','}{extra}\n"
    return head + "".join(
        f"{DAY + timedelta(day)},{name},{spend:.2f},10,1,1,2.50{values and ','}{values}\n"
        for day, name, spend in rows
    )


def read(folder: Path, options: ReadOptions | None = None, **files: str) -> Imported:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return read_exports([folder], options)


def spend(imported: Imported) -> dict[str, float]:
    sums = imported.frame.groupby("campaign")["spend"].sum().round(6)
    return {str(name): float(money) for name, money in sums.items()}


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    text = google([(0, "Brand", 10.5)])
    imported = read(tmp_path, a=text, b=text)
    assert spend(imported) == {"Brand": 10.5}
    (account,) = imported.reconciliation.files
    assert account.file == "a.csv"
    assert imported.reconciliation.notices == (
        "b.csv is the same file as a.csv, and is not read again",
    )


def test_the_same_report_in_two_forms_is_counted_once(tmp_path: Path) -> None:
    for name in ("en", "en_excel", "vi"):
        shutil.copy(GOLDEN / "google_ads" / f"{name}.csv", tmp_path)
    imported = read_exports([tmp_path])
    alone = read_exports([GOLDEN / "google_ads" / "en.csv"])
    assert imported.frame.equals(alone.frame)
    kept = [account.rows_kept for account in imported.reconciliation.files]
    assert sorted(kept) == [0, 0, 6]


def test_overlapping_ranges_the_later_report_counts(tmp_path: Path) -> None:
    early = google([(day, "Brand", 100 + day) for day in range(5)], "Account name", "Shop")
    late = google([(day, "Brand", 110 + day) for day in range(3, 8)], "Account name", "Shop")
    imported = read(tmp_path, a=early, b=late)
    wanted = sum(100 + day for day in range(3)) + sum(110 + day for day in range(3, 8))
    assert spend(imported) == {"Brand": wanted}
    first = imported.reconciliation.files[0]
    assert [(out.reason, out.rows, out.spend) for out in first.left_out] == [
        ("also in b.csv, counted once", 2, 103 + 104)
    ]
    assert first.notices == (
        (
            "the rows that are also in b.csv differ: spend 207.00 in a.csv and 227.00 in b.csv. "
            "b.csv counts: it reaches further"
        ),
    )


def test_without_an_account_equal_spend_tells_that_it_is_the_same(tmp_path: Path) -> None:
    rows = [(day, name, 10.5 + day) for day in range(6) for name in ("A", "B")]
    imported = read(tmp_path, a=google(rows[:8]), b=google(rows[4:]))
    assert spend(imported) == {
        "A": sum(10.5 + d for d in range(6)),
        "B": sum(10.5 + d for d in range(6)),
    }


def test_without_an_account_other_spend_is_asked_about(tmp_path: Path) -> None:
    one = google([(day, "Brand", 10.5 + day) for day in range(4)])
    two = google([(day, "Brand", 70.5 + day) for day in range(4)])
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, de=one, fr=two)
    assert str(caught.value) == (
        "fr.csv: shares campaigns and days with de.csv, but the spend is the same on only 0 % of "
        "them, and a file does not name its account: one account twice, or two accounts? Say "
        "which: --account fr.csv=NAME --account de.csv=NAME, with one name or two"
    )
    both = ReadOptions(account={"de.csv": "Germany", "fr.csv": "France"})
    imported = read_exports([tmp_path], both)
    by_account = imported.frame.groupby("account")["spend"].sum().to_dict()
    assert by_account == {"Germany": 48, "France": 288}
    same = {"de.csv": "Shop", "fr.csv": "Shop"}
    with pytest.raises(HistoryError, match=r"Say which: --later fr.csv or --later de.csv"):
        read_exports([tmp_path], ReadOptions(account=same))
    for later, money in (("de.csv", 48), ("fr.csv", 288)):
        imported = read_exports([tmp_path], ReadOptions(account=same, later=(later,)))
        assert imported.frame["spend"].sum() == money


def test_restated_conversions_of_the_later_download_count(tmp_path: Path) -> None:
    """The same days and spend, with conversions that came in between."""
    rows = [(day, "Brand", 10.5 + day) for day in range(6)]
    before, after = google(rows), google(rows).replace(",1,1,2.50", ",1,2,5.00")
    for name, text, made in (("b_old", before, 1_000_000), ("a_new", after, 1_500_000)):
        (tmp_path / f"{name}.csv").write_text(text)
        os.utime(tmp_path / f"{name}.csv", (made, made))
    for order in (["b_old.csv", "a_new.csv"], ["a_new.csv", "b_old.csv"]):
        imported = read_exports([tmp_path / name for name in order])
        assert imported.frame["conversions"].sum() == 12
        notices = [n for file in imported.reconciliation.files for n in file.notices]
        (told,) = (notice for notice in notices if "differ" in notice)
        assert "conversions 6.00 in" in told
        assert told.endswith("counts: it was made later")
    os.utime(tmp_path / "b_old.csv", (1_500_000, 1_500_010))
    with pytest.raises(HistoryError, match="nothing tells which was downloaded later"):
        read_exports([tmp_path])


def test_a_report_that_says_when_it_was_made_needs_no_file_time(tmp_path: Path) -> None:
    text = google([(day, "Brand", 10.5) for day in range(3)])
    (tmp_path / "a.csv").write_text(f"Report\nDate Generated: August 9, 2026, 8:00 AM\n{text}")
    late = text.replace(",1,1,2.50", ",1,4,9.00")
    (tmp_path / "b.csv").write_text(f"Report\nDate Generated: August 9, 2026, 1:30 PM\n{late}")
    assert read_exports([tmp_path]).frame["conversions"].sum() == 12


def test_a_partial_report_is_named_and_never_counts_before_a_whole_one(tmp_path: Path) -> None:
    whole = google([(day, "Brand", 100) for day in range(3)])
    part = google([(day, "Brand", 60) for day in range(3)], "Search term", "red shoes")
    alone = read(tmp_path, terms=part)
    (told,) = (n for n in alone.reconciliation.files[0].notices if "partial" in n)
    assert told.startswith("a partial report, by 'Search term'")
    (tmp_path / "whole.csv").write_text(whole)
    accounts = {"terms.csv": "Shop", "whole.csv": "Shop"}
    both = read_exports([tmp_path], ReadOptions(account=accounts))
    assert both.frame["spend"].sum() == 300
    device = google([(day, "Brand", 60) for day in range(3)], "Device", "Mobile phones")
    (tmp_path / "terms.csv").write_text(device)
    notices = read_exports([tmp_path / "terms.csv"]).reconciliation.files[0].notices
    assert "a partial report: all of its rows are of Device 'Mobile phones'" in notices


def test_a_renamed_campaign_is_known_by_its_id(tmp_path: Path) -> None:
    old = google([(0, "Old name", 10.5), (1, "Old name", 11.5)], "Campaign ID", "7")
    new = google([(1, "New name", 11.5), (2, "New name", 12.5)], "Campaign ID", "7")
    imported = read(tmp_path, a=old, b=new)
    assert spend(imported) == {"New name": 34.5}
    (told,) = imported.reconciliation.notices
    assert told == (
        "campaign 7 of google_ads is called 'Old name', 'New name': it is one, by its last name "
        "'New name'"
    )


def test_a_campaign_keeps_its_type_where_some_rows_lack_it(tmp_path: Path) -> None:
    rules = ChannelRules((ChannelRule("shopping", types=("Shopping",)), ChannelRule("rest")))
    text = google([(day, "Shoes", 10) for day in range(4)], "Campaign type", "Shopping")
    text += text.partition("\n")[2].replace("Shopping", " --").replace("2026-08-0", "2026-08-1")
    imported = read(tmp_path, ReadOptions(channels=rules), a=text)
    assert set(imported.frame["channel"]) == {"shopping"}
    assert imported.frame["spend"].sum() == 80
    other = text.replace(
        "2026-08-11,Shoes,10.00,10,1,1,2.50, --", "2026-08-11,Shoes,10,10,1,1,2,Search"
    )
    imported = read(tmp_path, ReadOptions(channels=rules), a=other)
    (told,) = imported.reconciliation.notices
    assert told.startswith("campaign 'Shoes' of google_ads has several types (shopping, search)")


def test_the_finer_level_counts(tmp_path: Path) -> None:
    campaigns = google([(day, "Brand", 30) for day in range(3)])
    groups = google([(day, "Brand", 10.5) for day in range(2)], "Ad group", "one")
    groups += google([(day, "Brand", 19.5) for day in range(2)], "Ad group", "two").partition("\n")[
        2
    ]
    imported = read(tmp_path, a=campaigns, b=groups)
    assert spend(imported) == {"Brand": 90}
    a, b = imported.reconciliation.files
    assert (a.rows_kept, b.rows_kept) == (1, 4)


def test_a_file_and_the_warehouse_do_not_count_twice(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "fivetran" / "campaign_report.csv", tmp_path)
    shutil.copy(GOLDEN / "google_ads" / "en.csv", tmp_path)
    imported = read_exports([tmp_path])
    google_ads = next(p for p in imported.reconciliation.platforms if p.platform == "google_ads")
    alone = read_exports([GOLDEN / "google_ads" / "en.csv"])
    assert google_ads.spend == pytest.approx(alone.frame["spend"].sum())


def test_reports_pasted_together_are_read_apart(tmp_path: Path) -> None:
    one, two = google([(0, "A", 10.5), (1, "A", 11.5)]), google([(1, "A", 11.5), (2, "A", 12.5)])
    imported = read(tmp_path, a=one + two)
    assert spend(imported) == {"A": 10.5 + 11.5 + 12.5}
    first, second = imported.reconciliation.files
    assert second.file == "a.csv, from line 4"
    assert first.rows_kept + second.rows_kept == 3


@st.composite
def cut(draw: st.DrawFn) -> tuple[list[tuple], list[range]]:
    """An account's rows, and ranges of days that together hold all of them."""
    length = draw(st.integers(1, 8))
    names = draw(st.lists(st.sampled_from("ABCD"), min_size=1, unique=True))
    rows = [(d, name, draw(st.integers(1, 10**6)) / 100) for d in range(length) for name in names]
    pieces = [range(length)] if draw(st.booleans()) else []
    start = 0
    while start < length:
        stop = draw(st.integers(start + 1, length))
        pieces.append(range(max(0, start - draw(st.integers(0, 3))), stop))
        start = stop
    return rows, draw(st.permutations(pieces))


@given(cut())
@settings(max_examples=25)
def test_any_overlapping_pieces_of_an_account_sum_to_the_whole(case: tuple) -> None:
    rows, pieces = case
    with TemporaryDirectory() as folder:
        files = {
            f"f{i}": google([row for row in rows if row[0] in piece])
            for i, piece in enumerate(pieces)
        }
        imported = read(Path(folder), ReadOptions(period={"": "day"}), **files)
    want: Counter = Counter()
    for _, name, money in rows:
        want[name] += round(100 * money)
    assert {name: round(100 * money) for name, money in spend(imported).items()} == dict(want)
    for account in imported.reconciliation.files:
        assert account.rows_read == account.rows_kept + sum(o.rows for o in account.left_out)


# Currencies


def test_one_currency_is_taken_for_the_silent_files(tmp_path: Path) -> None:
    euro = google([(0, "A", 10.5)], "Currency code", "EUR")
    imported = read(tmp_path, a=euro, b=google([(0, "B", 20)]))
    assert imported.reconciliation.currency == "EUR"
    assert imported.reconciliation.files[1].notices == ("names no currency: taken to be in EUR",)


def test_several_currencies_need_rates(tmp_path: Path) -> None:
    euro = google([(0, "A", 10.5)], "Currency code", "EUR")
    dollar = google([(0, "B", 20)], "Currency code", "USD")
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, a=euro, b=dollar)
    assert str(caught.value) == (
        "the files: are in several currencies (EUR, USD). Name the history's, and a rate for each "
        "other: --currency EUR --rate USD=..."
    )
    imported = read_exports([tmp_path], ReadOptions(rates={"USD": 0.92}))
    assert spend(imported) == {"A": 10.5, "B": pytest.approx(20 * 0.92)}
    assert imported.frame["revenue"].to_list() == pytest.approx([2.5, 2.5 * 0.92])
    assert (imported.reconciliation.currency, imported.reconciliation.rates) == (
        "EUR",
        {"USD": 0.92},
    )
    assert [account.spend for account in imported.reconciliation.files] == [10.5, 20]
    other = ReadOptions(currency={"": "USD"}, rates={"EUR": 1.25})
    assert spend(read_exports([tmp_path], other)) == {"A": pytest.approx(10.5 * 1.25), "B": 20}
    with pytest.raises(
        HistoryError, match=r"b.csv: is in USD, and no rate is given. Give it: --rate USD=N"
    ):
        read_exports([tmp_path], ReadOptions(currency={"": "EUR"}))


def test_a_silent_file_among_several_currencies_is_asked_about(tmp_path: Path) -> None:
    files = {
        "a": google([(0, "A", 10.5)], "Currency code", "EUR"),
        "b": google([(0, "B", 20)], "Currency code", "USD"),
        "c": google([(0, "C", 5)]),
    }
    with pytest.raises(HistoryError, match=r"c.csv: names no currency.*--currency c.csv=EUR"):
        read(tmp_path, ReadOptions(rates={"USD": 0.9}), **files)
    told = ReadOptions(rates={"USD": 0.9}, currency={"c.csv": "USD"})
    assert spend(read_exports([tmp_path], told))["C"] == pytest.approx(4.5)
    with pytest.raises(HistoryError, match=r"a.csv: is declared to be in USD, but says EUR itself"):
        read_exports([tmp_path], ReadOptions(currency={"a.csv": "USD"}))


# Channels


def test_rules_in_every_language_and_the_unmatched(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "google_ads" / "vi.csv", tmp_path)
    shutil.copy(GOLDEN / "tiktok" / "en.csv", tmp_path)
    shutil.copy(GOLDEN / "microsoft_ads" / "en.csv", tmp_path / "ms.csv")
    imported = read_exports([tmp_path], ReadOptions(channels=RULES, level="channel"))
    by_channel = imported.frame.groupby("channel")["spend"].sum().round(2).to_dict()
    assert by_channel == {
        "brand": 263.04,
        "shopping": 2653.10,
        "social": 564.40,
        "unmatched": 329.62,
    }
    unmatched = imported.reconciliation.unmatched
    assert [(one.campaign, one.campaign_type) for one in unmatched] == [
        ("Generic Bing", "search"),
        ("Brand Bing", "search"),
    ]
    assert unmatched[0].spend == pytest.approx(120.10 + 131.25)


def test_the_first_rule_that_matches_counts() -> None:
    rules = ChannelRules(
        (
            ChannelRule("a", campaigns=("Tết*",), accounts=("*VN*",)),
            ChannelRule("b", types=("search", "display")),
            ChannelRule("c"),
        )
    )
    assert rules.channel("meta", "", "TẾT 2026", "shop vn") == "a"
    assert rules.channel("meta", "", "TẾT 2026", "shop de") == "c"
    assert rules.channel("google_ads", "Tìm kiếm", "x", "") == "b"
    assert rules.channel("google_ads", "Réseau Display", "x", "") == "b"


def test_a_channel_that_never_spent_is_left_out(tmp_path: Path) -> None:
    rules = ChannelRules((ChannelRule("idle", campaigns=("Idle",)), ChannelRule("on")))
    text = google([(0, "Idle", 0), (0, "Busy", 5)])
    imported = read(tmp_path, ReadOptions(channels=rules), a=text)
    assert set(imported.frame["channel"]) == {"on"}
    (out,) = imported.reconciliation.files[0].left_out
    assert (out.reason, out.rows) == ("channel idle never spent", 1)


def test_a_measure_that_a_report_lacks_is_left_out(tmp_path: Path) -> None:
    other = "Day,Campaign,Cost,Impr.,Clicks,Conversions\n2026-08-13,B,1.5,2,1,1\n"
    imported = read(tmp_path, a=google([(0, "A", 10)]), b=other)
    assert "revenue" not in imported.frame
    assert imported.reconciliation.notices == (
        "revenue left out of the history: no such column in b.csv",
    )


# GA4


def ga4_folder(tmp_path: Path, form: str = "en") -> Path:
    shutil.copy(GOLDEN / "google_ads" / "en.csv", tmp_path / "google.csv")
    shutil.copy(GOLDEN / "ga4" / f"{form}.csv", tmp_path / "ga4.csv")
    return tmp_path


@pytest.mark.parametrize("form", ["en", "de"])
def test_over_crediting_per_channel(tmp_path: Path, form: str) -> None:
    imported = read_exports([ga4_folder(tmp_path, form)], ReadOptions(channels=RULES))
    credit = {one.channel: one for one in imported.reconciliation.credit}
    assert set(credit) == {"brand", "shopping"}
    shopping = credit["shopping"]
    assert (shopping.platforms, shopping.ga4) == pytest.approx((101.35, 31 + 33.5 + 26))
    assert shopping.over_crediting == pytest.approx(101.35 / 90.5 - 1)
    assert shopping.ga4_revenue == pytest.approx(2700.10 + 2811.30 + 1250)
    assert (credit["brand"].platforms, credit["brand"].ga4) == (50, 8.5)
    assert imported.frame["conversions"].sum() == pytest.approx(151.35)
    ga4 = imported.reconciliation.files[-1]
    assert {(o.reason, o.rows) for o in ga4.left_out} >= {
        ("GA4's group 'Organic Search' is no channel's", 1),
        ("GA4's group 'Paid Social' is of social, which has no spend", 3),
    }


def test_conversions_of_ga4_in_place_of_the_platforms(tmp_path: Path) -> None:
    options = ReadOptions(channels=RULES, conversions_from="ga4")
    frame = read_exports([ga4_folder(tmp_path)], options).frame
    cells = frame.set_index([frame["date"].dt.day, "channel"])
    assert cells["conversions"].to_dict() == {
        (13, "brand"): 0,
        (13, "shopping"): 31,
        (14, "brand"): 8.5,
        (14, "shopping"): 33.5,
        (15, "brand"): 0,
        (15, "shopping"): 26,
    }
    assert cells["revenue"][14, "shopping"] == 2811.30
    assert cells["spend"][14, "shopping"] == 822.80


def test_ga4_counts_on_days_without_spend_and_leaves_others_out(tmp_path: Path) -> None:
    rules = ChannelRules(
        (ChannelRule("ads", ("google_ads",)), ChannelRule("ads", ("ga4",), campaigns=("Paid*",)))
    )
    ga4 = "Date,Session default channel group,Key events,Total revenue\n"
    ga4 += "20260802,Paid Search,2,20\n20260803,Paid Search,3,30\n20260804,Paid Search,4,40\n"
    options = ReadOptions(channels=rules, conversions_from="ga4")
    imported = read(tmp_path, options, a=google([(0, "A", 10), (1, "A", 20), (3, "A", 5)]), b=ga4)
    assert imported.frame["spend"].to_list() == [20, 0, 5]
    assert imported.frame["conversions"].to_list() == [2, 3, 4]
    (out,) = imported.reconciliation.files[0].left_out
    assert (out.reason, out.rows, out.spend) == ("GA4 has no data of that date", 1, 10)


def test_ga4_needs_rules_for_every_channel(tmp_path: Path) -> None:
    folder = ga4_folder(tmp_path)
    asked = ReadOptions(conversions_from="ga4")
    with pytest.raises(HistoryError, match="channel google_ads: has spend, and no rule says which"):
        read_exports([folder], asked)
    assert "not compared: no rule of the channels file names the platform ga4" in (
        read_exports([folder]).reconciliation.files[-1].notices
    )
    rules = ChannelRules(
        (ChannelRule("ads", ("google_ads",)), ChannelRule("ads", ("ga4",), campaigns=("Emails",)))
    )
    with pytest.raises(HistoryError, match="channel ads: has spend, and its rules match none of"):
        read_exports([folder], ReadOptions(channels=rules, conversions_from="ga4"))
    (folder / "ga4.csv").unlink()
    with pytest.raises(HistoryError, match="there is no GA4 report among the files"):
        read_exports([folder], asked)


def test_ga4_alone_is_no_history(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "ga4" / "en.csv", tmp_path)
    with pytest.raises(HistoryError, match="there is no report with spend, only GA4's"):
        read_exports([tmp_path])
