"""Display & Video 360, Campaign Manager 360 and Criteo: line item and campaign reports by day.

Headers: English from third-party parsers and documentation; see docs/exports.md. What Display &
Video 360 calls revenue is what the advertiser pays: it is the spend here.
"""

from __future__ import annotations

from models.exports.cells.distinct_texts import Cells, Exclusion
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_PAID = words(
    "Revenue (Adv Currency)|Revenue (Advertiser Currency)"
    "|Media Cost (Advertiser Currency)|Total Media Cost (Advertiser Currency)"
)


def _footer(cells: Cells) -> tuple[Exclusion, ...]:
    """Below the rows: their sums without a date, then lines such as ``Report Time:``."""
    texts = cells.text("date")
    if texts is None:
        return ()
    return (
        Exclusion(cells.is_blank("date"), said("the report's own totals"), "(rows without a date)"),
        Exclusion(texts.where(lambda text: ":" in text), said("a line of text, no row")),
    )


DV360 = Platform(
    name="dv360",
    title="Display & Video 360",
    fields={
        "date": words("Date|Day"),
        "account": words("Advertiser"),
        "account_id": words("Advertiser ID"),
        "campaign": words("Campaign|Insertion Order"),
        "campaign_id": words("Campaign ID|Insertion Order ID"),
        "campaign_type": words("Line Item Type"),
        "adset": words("Line Item"),
        "status": words("Insertion Order Status|Line Item Status|Advertiser Status"),
        "currency": words("Advertiser Currency"),
        "spend": _PAID,
        "conversions": words("Total Conversions|Conversions"),
        "impressions": words("Impressions"),
        "clicks": words("Clicks"),
    },
    exclude=_footer,
    signs=((_PAID,), (words("Insertion Order"), words("Line Item"))),
    download=said(
        "In Display & Video 360 create an offline report with the dimensions Date, Campaign and "
        "Advertiser Currency and the metrics Revenue (Adv Currency) and Total Conversions"
    ),
)

CM360 = Platform(
    name="cm360",
    title="Campaign Manager 360",
    fields={
        "date": words("Date|Day"),
        "account": words("Advertiser"),
        "account_id": words("Advertiser ID"),
        "campaign": words("Campaign"),
        "campaign_id": words("Campaign ID"),
        "adset": words("Placement"),
        "currency": words("Currency"),
        "spend": words("Media Cost"),
        "conversions": words("Total Conversions"),
        "revenue": words("Total Revenue"),
        "impressions": words("Impressions"),
        "clicks": words("Clicks"),
    },
    signs=(
        (words("Media Cost"), words("Placement|Site (CM360)|Site (DCM)|Floodlight Configuration")),
        (words("Media Cost"), words("Total Conversions"), words("Advertiser")),
    ),
    marks=("report fields",),
    download=said(
        "In Campaign Manager 360 create a standard report with the dimensions Date and Campaign "
        "and the metrics Media Cost, Total Conversions and Total Revenue"
    ),
)

_CRITEO_COST = words("AdvertiserCost|Advertiser Cost|advertiser_cost")
CRITEO = Platform(
    name="criteo",
    title="Criteo",
    fields={
        "date": words("Day|Date"),
        "account": words("Advertiser|Advertiser Name"),
        "account_id": words("Advertiser ID|AdvertiserId"),
        "campaign": words("Campaign|Campaign Name|CampaignName|Adset|Ad Set"),
        "campaign_id": words("Campaign ID|CampaignId|AdsetId"),
        "currency": words("Currency"),
        "spend": _CRITEO_COST + words("Cost|Spend"),
        "conversions": words(
            "SalesClientAttribution|SalesAllClientAttribution|SalesPc30d|SalesAllPc30d|Sales"
        ),
        "revenue": words(
            "RevenueGeneratedClientAttribution|RevenueGeneratedAllClientAttribution"
            "|RevenueGeneratedPc30d|RevenueGeneratedAllPc30d|Revenue"
        ),
        "impressions": words("Displays|Impressions"),
        "clicks": words("Clicks"),
    },
    signs=((_CRITEO_COST, words("Displays|Clicks")), (words("Displays"), words("Cost|Spend"))),
    raw_signs=((words("advertiser_cost"), words("displays")),),
    download=said(
        "In Criteo open Analytics, create a report by campaign and day with Advertiser cost, Sales "
        "and Revenue, then export as .csv"
    ),
)
