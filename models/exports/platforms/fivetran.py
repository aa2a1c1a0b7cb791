"""Warehouse tables of Fivetran's ad-reporting package: one schema for all platforms."""

from __future__ import annotations

from models.exports.cells.headers import plain, words
from models.exports.platforms.platform import Platform
from models.phrases import said

# The package's names to ours, so that a file and a table are not counted twice.
_PLATFORMS = {
    "google ads": "google_ads",
    "facebook ads": "meta",
    "meta ads": "meta",
    "facebook": "meta",
    "tiktok ads": "tiktok",
    "microsoft ads": "microsoft_ads",
    "bing ads": "microsoft_ads",
    "linkedin ads": "linkedin",
    "linkedin ad analytics": "linkedin",
}


def our_name(platform: str) -> str:
    """A platform of the package by our name, else in the package's own spelling."""
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
        "conversions": words("conversions"),
        "revenue": words("conversions_value"),
        "impressions": words("impressions"),
        "clicks": words("clicks"),
    },
    marks=("source relation,", "date day"),
    download=said("Export the table ad_reporting__campaign_report with its own column names"),
)
