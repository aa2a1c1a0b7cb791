"""Apple Search Ads: campaign reports by day. Installs are what it counts; it knows no revenue.

Headers: English from third-party parsers; from its API's documentation what is in one word.
"""

from __future__ import annotations

from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_INSTALLS = words(
    "Installs (Total)|Installs (Tap-Through)|Installs|totalInstalls|tapInstalls|total_installs"
)

APPLE_SEARCH_ADS = Platform(
    name="apple_search_ads",
    title="Apple Search Ads",
    fields={
        "date": words("Day|Date"),
        "account": words("Account|Account Name|Campaign Group"),
        "account_id": words("Campaign Group ID|Account ID"),
        "campaign": words("Campaign Name|Campaign|campaignName"),
        "campaign_id": words("Campaign ID|campaignId"),
        "adset": words("Ad Group Name|adGroupName"),
        "status": words("Campaign Status"),
        "currency": words("Currency|localSpend.currency|Local Spend Currency"),
        "spend": words("Spend|localSpend.amount|local_spend_amount|localSpend"),
        "conversions": _INSTALLS,
        "impressions": words("Impressions"),
        "clicks": words("Taps"),
    },
    signs=(
        (words("Taps"), words("Spend")),
        (words("Installs (Tap-Through)|Installs (Total)"),),
        (words("Average CPT|Avg CPT|CPT"), words("Spend")),
    ),
    raw_signs=((words("taps"), words("localSpend.amount|local_spend_amount|localSpend|spend")),),
    marks=("apple search ads",),
    download=said(
        "In Apple Search Ads open Custom Reports, choose campaigns by day with the columns Spend, "
        "Taps and Installs, then download as .csv"
    ),
)
