"""Warehouse tables of Fivetran's ad-reporting package: one schema for all platforms."""

from __future__ import annotations

import re

from models.exports.cells.headers import plain, words
from models.exports.platforms.platform import Platform
from models.phrases import said

# Names that pipelines give a platform, run together and without "ads" or "marketing" at their end,
# so that a file and a table are not counted twice.
_PLATFORMS = {
    **dict.fromkeys(("google", "googleadwords", "adwords"), "google_ads"),
    **dict.fromkeys(("facebook", "meta", "facebook/instagram"), "meta"),
    "tiktok": "tiktok",
    **dict.fromkeys(("microsoft", "bing"), "microsoft_ads"),
    "linkedin": "linkedin",
    "pinterest": "pinterest",
    "snapchat": "snapchat",
    "reddit": "reddit",
    **dict.fromkeys(
        (
            *("amazon", "amazonsponsoredproducts", "amazonsponsoredbrands"),
            "amazonsponsoreddisplay",
        ),
        "amazon_ads",
    ),
    **dict.fromkeys(("applesearch", "apple"), "apple_search_ads"),
    **dict.fromkeys(("twitter", "x"), "x"),
    **dict.fromkeys(
        (
            *("dv360", "displayvideo360", "displayandvideo360", "googledisplayvideo360"),
            *("googledisplayandvideo360", "doubleclickbidmanager"),
        ),
        "dv360",
    ),
    **dict.fromkeys(
        (
            *("cm360", "dcm", "campaignmanager", "campaignmanager360", "googlecampaignmanager"),
            *("googlecampaignmanager360", "doubleclickcampaignmanager"),
        ),
        "cm360",
    ),
    "criteo": "criteo",
}
_ENDS = re.compile(r"(?<=.)(ads?|marketing|advertising|adanalytics)$")


def our_name(platform: str) -> str:
    """A platform by our name, else in the table's own spelling."""
    text = re.sub(r"\(.*?\)", "", plain(platform)).replace("&", "and")
    together = "".join(text.split())
    found = _PLATFORMS.get(_ENDS.sub("", together)) or _PLATFORMS.get(together)
    return found or plain(platform).replace(" ", "_")


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
