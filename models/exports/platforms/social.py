"""Pinterest, Snapchat, X and Reddit: campaign reports by day, of their screens and their APIs.

Headers: English from third-party parsers and the APIs' documentation; each platform's own
sources stand in docs/exports.md.
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_PINTEREST_SPEND = words(
    "Spend in account currency|SPEND_IN_DOLLAR|SPEND_IN_MICRO_DOLLAR|spend_in_micro_dollar"
)
PINTEREST = Platform(
    name="pinterest",
    title="Pinterest Ads",
    fields={
        "date": words("Date|Day"),
        "account": headers.ACCOUNT_NAME + words("advertiser_name"),
        "account_id": headers.ACCOUNT_ID + words("advertiser_id"),
        "campaign": words("Campaign name|Campaign|CAMPAIGN_NAME"),
        "campaign_id": words("Campaign ID|CAMPAIGN_ID"),
        "adset": words("Ad group name|AD_GROUP_NAME"),
        "currency": headers.CURRENCY,
        "spend": _PINTEREST_SPEND + words("Spend"),
        "conversions": words(
            "Total conversions (Checkout)|Total checkout|TOTAL_CHECKOUT|Checkouts"
            "|Total conversions|TOTAL_CONVERSIONS|Conversions"
        ),
        "revenue": words(
            "Total order value (Checkout)|Total conversions value (Checkout)"
            "|Total conversion value|TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR"
            "|total_conversions_value_in_micro_dollar"
        ),
        "impressions": words("Impressions|PAID_IMPRESSION|TOTAL_IMPRESSION|IMPRESSION_1"),
        "clicks": words("Pin clicks|Outbound clicks|Clicks|TOTAL_CLICKTHROUGH|CLICKTHROUGH_1"),
    },
    signs=(
        (words("Spend in account currency"),),
        (words("Pin clicks|Outbound clicks"), words("Spend")),
        (words("Total conversions (Checkout)|Total order value (Checkout)"),),
    ),
    raw_signs=((words("SPEND_IN_MICRO_DOLLAR|SPEND_IN_DOLLAR"),),),
    download=said(
        "In Pinterest Ads open Reporting, add the breakdown Day and the columns Spend, Total "
        "checkouts and Total order value, then export as .csv"
    ),
)

_SWIPES = words("Swipe Ups|Swipe-Ups|Swipes|Paid Impressions|eCPSU")
SNAPCHAT = Platform(
    name="snapchat",
    title="Snapchat Ads",
    fields={
        "date": words("Date|Day"),
        "start": words("Start Time"),
        "end": words("End Time"),
        "account": words("Ad Account Name|Account Name"),
        "account_id": words("Ad Account ID|Account ID"),
        "campaign": words("Campaign Name|Campaign"),
        "campaign_id": words("Campaign ID"),
        "adset": words("Ad Set Name|Ad Squad Name"),
        "currency": words("Currency"),
        "spend": words("Amount Spent|Spend"),
        "conversions": words("Purchases|Total Purchases|conversion_purchases"),
        "revenue": words("Purchases Value|Purchase Value|conversion_purchases_value"),
        "impressions": words("Paid Impressions|Impressions"),
        "clicks": words("Swipe Ups|Swipe-Ups|Swipes|Clicks"),
    },
    signs=((_SWIPES, words("Amount Spent|Spend")), (words("Ad Squad Name"),)),
    raw_signs=((words("swipes"), words("spend_micros|spend")),),
    download=said(
        "In Snapchat Ads Manager open Reporting, choose the granularity Day and the columns "
        "Amount Spent, Purchases and Purchases Value, then export as .csv"
    ),
)

_CHARGE = words("billed_charge_local_micro")
X = Platform(
    name="x",
    title="X Ads",
    fields={
        "date": words("Time period|Date|Day"),
        "account": words("Account name|Ads account name"),
        "account_id": words("Account ID"),
        "campaign": words("Campaign name|Campaign"),
        "campaign_id": words("Campaign ID"),
        "adset": words("Ad Group name|Line item name"),
        "currency": words("Currency|Account currency"),
        "spend": words("Spend") + _CHARGE,
        "conversions": words("Purchases|Total purchases|conversion_purchases|Conversions"),
        "revenue": words("Purchases - sale amount|Total sale amount|Purchases sale amount"),
        "impressions": words("Impressions"),
        "clicks": words("Link clicks|Clicks"),
    },
    signs=(
        (words("Time period"), words("Spend"), words("Funding source|Campaign name|Campaign")),
        (words("Funding source|Funding source name"), words("Spend")),
        (words("Tweet engagements|Post engagements"), words("Spend")),
    ),
    raw_signs=((_CHARGE,),),
    download=said(
        "In X Ads Manager open Campaigns, choose Export with the time breakdown Day and the "
        "metrics Spend, Purchases and Purchases - sale amount"
    ),
)

_REDDIT_PURCHASE = words(
    "Purchase (Click)|Purchase (Total)|Purchase Total Items|conversion_purchase_total_items"
)
REDDIT = Platform(
    name="reddit",
    title="Reddit Ads",
    fields={
        "date": words("Date|Day"),
        "account": words("Account Name"),
        "account_id": words("Account ID"),
        "campaign": words("Campaign Name|Campaign"),
        "campaign_id": words("Campaign ID"),
        "adset": words("Ad Group Name"),
        "currency": words("Currency|Account Currency"),
        "spend": words("Amount Spent|Spend"),
        "conversions": _REDDIT_PURCHASE + words("Purchases|Conversions|Total Conversions"),
        "revenue": words(
            "Purchase Total Value|Purchase (Total Value)|conversion_purchase_total_value"
        ),
        "impressions": words("Impressions"),
        "clicks": words("Clicks"),
    },
    signs=(
        (_REDDIT_PURCHASE,),
        (words("Purchase Total Value|Purchase (Total Value)"),),
        (words("Amount Spent"), words("eCPM"), words("Clicks")),
    ),
    raw_signs=((words("conversion_purchase_total_value|conversion_purchase_total_items"),),),
    download=said(
        "In Reddit Ads open Reporting, add the breakdown Day and the columns Amount Spent and "
        "Purchase, then export as .csv"
    ),
)
