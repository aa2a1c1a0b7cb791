"""Warehouse tables of Fivetran's ad-reporting package: one schema for all platforms."""

from __future__ import annotations

from models.exports.cells.headers import plain, words
from models.exports.platforms.platform import Platform
from models.phrases import said

# The package's names to ours, so that a file and a table are not counted twice.
_PLATFORMS = {
    **dict.fromkeys(("google ads", "google adwords", "adwords", "google"), "google_ads"),
    **dict.fromkeys(("facebook ads", "meta ads", "facebook", "facebook/instagram"), "meta"),
    **dict.fromkeys(("tiktok ads", "tiktok"), "tiktok"),
    **dict.fromkeys(
        ("microsoft ads", "microsoft advertising", "bing ads", "bing"), "microsoft_ads"
    ),
    **dict.fromkeys(("linkedin ads", "linkedin ad analytics"), "linkedin"),
    "pinterest ads": "pinterest",
    "snapchat ads": "snapchat",
    "reddit ads": "reddit",
    "amazon": "amazon_ads",
    "apple search": "apple_search_ads",
    **dict.fromkeys(("twitter", "twitter ads", "x ads"), "x"),
}


def our_name(platform: str) -> str:
    """A platform by our name, else in the table's own spelling."""
    return _PLATFORMS.get(plain(platform), plain(platform).replace(" ", "_"))


FIVETRAN = Platform(
    name="fivetran",
    title="warehouse table (Fivetran ad reporting)",
    fields={
        "date": words("date_day"),
        "platform": words("platform"),
        "account": words("account_name"),
        "account_id": words("account_id"),
        "campaign": words("campaign_name"),
        "campaign_id": words("campaign_id"),
        "adset": words("ad_group_name"),
        "ad": words("ad_name"),
        "currency": words("currency|currency_code"),
        "spend": words("spend"),
        "conversions": words("conversions|total_conversions"),
        "revenue": words("conversions_value|conversion_value|total_conversions_value"),
        "impressions": words("impressions"),
        "clicks": words("clicks"),
    },
    raw_signs=(
        (words("source_relation"), words("date_day")),
        (words("date_day"), words("platform"), words("campaign_name|account_name|account_id")),
    ),
    download=said("Export the table ad_reporting__campaign_report with its own column names"),
)
