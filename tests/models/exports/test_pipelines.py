"""Tables of pipelines: each source goes by our name of its platform, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions

FIVETRAN = {
    "amazon_ads": "amazon_ads", "apple_search_ads": "apple_search_ads", "facebook_ads": "meta",
    "google_ads": "google_ads", "linkedin_ads": "linkedin", "microsoft_ads": "microsoft_ads",
    "pinterest_ads": "pinterest", "reddit_ads": "reddit", "snapchat_ads": "snapchat",
    "tiktok_ads": "tiktok", "twitter_ads": "x",
}  # fmt: skip
WINDSOR = {
    "facebook": "meta", "google_ads": "google_ads", "bing": "microsoft_ads", "linkedin": "linkedin",
    "tiktok": "tiktok", "snapchat": "snapchat", "pinterest": "pinterest", "twitter": "x",
    "reddit": "reddit", "amazon_ads": "amazon_ads", "criteo": "criteo", "campaign_manager": "cm360",
}  # fmt: skip
SUPERMETRICS = {
    "Google Ads": "google_ads", "Facebook Ads": "meta",
    "Microsoft Advertising (Bing)": "microsoft_ads", "LinkedIn Ads": "linkedin",
    "TikTok Ads": "tiktok", "Snapchat Marketing": "snapchat", "Pinterest Ads": "pinterest",
    "X Ads (Twitter)": "x", "Amazon Ads": "amazon_ads", "Reddit Ads": "reddit",
    "Apple Search Ads": "apple_search_ads", "Criteo": "criteo", "Display & Video 360": "dv360",
    "Campaign Manager 360": "cm360",
}  # fmt: skip
FUNNEL = {
    "adwords": "google_ads", "facebookads": "meta", "bingads": "microsoft_ads",
    "linkedinads": "linkedin", "tiktokads": "tiktok", "snapchatads": "snapchat",
    "pinterestads": "pinterest", "Twitter": "x", "Amazon Advertising": "amazon_ads",
    "Reddit Ads": "reddit", "Apple Search Ads": "apple_search_ads", "DCM": "cm360",
}  # fmt: skip
HEADERS = {
    "fivetran": "source_relation,date_day,platform,campaign_name,spend,conversions",
    "windsor": "account_name,date,datasource,campaign,spend,conversions",
    "supermetrics": "Account,Date,Data source name,Campaign name,Cost,Conversions",
    "funnel": "Account,Date,Data Source type,Campaign,Cost,Conversions",
}
SOURCES = {"fivetran": FIVETRAN, "windsor": WINDSOR, "supermetrics": SUPERMETRICS, "funnel": FUNNEL}


@pytest.mark.parametrize("pipeline", sorted(SOURCES))
def test_each_source_of_a_pipeline(tmp_path: Path, pipeline: str) -> None:
    """Of itself, without a word about the platform; each source's money under its own name."""
    rows = [
        f"one,2026-08-{day:02},{source},Launch,{100 * number + day},1"
        for number, source in enumerate(SOURCES[pipeline], start=1)
        for day in (13, 14)
    ]
    path = tmp_path / f"{pipeline}.csv"
    path.write_text("\n".join([HEADERS[pipeline], *rows]) + "\n", encoding="utf-8")
    frame = read_exports([path]).frame
    wanted = {
        ours: 200.0 * number + 27 for number, ours in enumerate(SOURCES[pipeline].values(), start=1)
    }
    assert frame.groupby("platform")["spend"].sum().to_dict() == wanted


def test_a_source_that_is_not_known_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "windsor.csv"
    rows = [f"2026-08-13,{name},Launch,10,1" for name in ("taboola", "Quora Ads", "search ads")]
    header = "date,datasource,campaign,spend,conversions"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert set(read_exports([path]).frame["platform"]) == {"taboola", "quora_ads", "search_ads"}


def test_a_platforms_file_and_a_pipelines_table_count_once(tmp_path: Path) -> None:
    head = "Campaign name,Campaign ID,Date,Spend in account currency,Pin clicks,Conversions"
    pins = [f"Home,7,2026-08-{day},50,10,3" for day in (13, 14)]
    (tmp_path / "pinterest.csv").write_text("\n".join([head, *pins]) + "\n", encoding="utf-8")
    table = [f"2026-08-{day},Pinterest Ads,Home,7,50,3" for day in (13, 14)]
    head = "Date,Data source name,Campaign name,Campaign ID,Cost,Conversions"
    (tmp_path / "sm.csv").write_text("\n".join([head, *table]) + "\n", encoding="utf-8")
    imported = read_exports([tmp_path], ReadOptions())
    assert imported.frame["spend"].sum() == 100
    assert sum(out.rows for one in imported.reconciliation.files for out in one.left_out) == 2
