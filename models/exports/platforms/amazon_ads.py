"""Amazon Ads: sponsored products, brands and display, by campaign and day.

Headers: English from third-party parsers of the console's reports and its API's documentation.
Spend is comparable between ad types; orders are counted over 7 days (products) or 14.
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_ORDERS = words(
    "7 Day Total Orders (#)|14 Day Total Orders (#)|7 Day Total Orders|14 Day Total Orders"
    "|14 Day Total Orders (#) - (Click)|purchases7d|purchases14d"
)
_SALES = words(
    "7 Day Total Sales|14 Day Total Sales|7 Day Total Sales ($)|14 Day Total Sales ($)"
    "|14 Day Total Sales - (Click)|sales7d|sales14d"
)

AMAZON_ADS = Platform(
    name="amazon_ads",
    title="Amazon Ads",
    fields={
        "date": words("Date|Day"),
        "start": words("Start Date"),
        "end": words("End Date"),
        "account": headers.ACCOUNT_NAME,
        "campaign": words("Campaign Name|Campaign|Campaigns|campaignName"),
        "campaign_id": words("Campaign ID|campaignId"),
        "campaign_type": words("Campaign Type|Program Type|Ad Product|adProduct"),
        "adset": words("Ad Group Name|Ad Group|adGroupName"),
        "status": words("Campaign Status|Status|campaignStatus"),
        "currency": words("Currency|campaignBudgetCurrencyCode"),
        "spend": words("Spend|Cost|Total cost"),
        "conversions": _ORDERS + words("Orders|Purchases|purchases"),
        "revenue": _SALES + words("Sales|sales"),
        "impressions": words("Impressions"),
        "clicks": words("Clicks"),
    },
    signs=(
        (_ORDERS,),
        (_SALES,),
        (words("Portfolio name"), words("Spend|Cost|Total cost")),
        (words("Total Advertising Cost of Sales (ACOS)|ACOS"), words("Spend|Cost|Total cost")),
        (words("Total Return on Advertising Spend (ROAS)"),),
    ),
    raw_signs=((_ORDERS, words("cost|spend")),),
    download=said(
        "In the Amazon Ads console open Reports, create a report of campaigns with the time unit "
        "Daily and the columns Spend, Orders and Sales"
    ),
)
