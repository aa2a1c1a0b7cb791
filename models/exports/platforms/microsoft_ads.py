"""Microsoft Advertising: performance reports with the aggregation 'Daily' or 'Weekly'.

Headers: English from its documentation and third-party files; the other languages are our own
translations (see `headers.words`).
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_SPEND = words(
    "Spend", "Chi tiêu", "Dépenses", "Gasto|Gastos|Despesas", "Gasto|Inversión", "Ausgaben"
)

MICROSOFT_ADS = Platform(
    name="microsoft_ads",
    title="Microsoft Advertising",
    fields={
        "date": words(
            "Gregorian date|TimePeriod|Time period|GregorianDate|Date|Day",
            "Ngày",
            "Date|Période",
            "Data|Período",
            "Fecha|Período",
            "Datum|Zeitraum",
        ),
        "week": headers.WEEK,
        "account": headers.ACCOUNT_NAME + words("AccountName"),
        "account_id": headers.ACCOUNT_ID + words("AccountId|AccountNumber"),
        "campaign": headers.CAMPAIGN_NAME + words("CampaignName|Campaign"),
        "campaign_id": headers.CAMPAIGN_ID + words("CampaignId"),
        "campaign_type": headers.CAMPAIGN_TYPE + words("CampaignType"),
        "adset": headers.AD_GROUP + words("AdGroupName"),
        "ad": words("Ad ID|AdId"),
        "status": headers.STATUS + words("CampaignStatus"),
        "currency": headers.CURRENCY + words("CurrencyCode"),
        "spend": _SPEND,
        "conversions": headers.CONVERSIONS,
        "revenue": words("Revenue", "Doanh thu", "Revenus|Revenu", "Receita", "Ingresos", "Umsatz"),
        "impressions": headers.IMPRESSIONS,
        "clicks": headers.CLICKS,
    },
    signs=(
        (words("Gregorian date|GregorianDate|TimePeriod"),),
        (words("AccountName|AccountNumber"), words("CampaignName"), words("Spend")),
        (headers.IMPR, words("Spend")),
        (headers.CAMPAIGN_TYPE, _SPEND),
    ),
    marks=("report name:", "report aggregation:"),
    download=said(
        "In Microsoft Advertising open Reports > Campaign performance, choose the unit of time Day "
        "and the columns Spend, Conversions and Revenue, then download as .csv"
    ),
)
