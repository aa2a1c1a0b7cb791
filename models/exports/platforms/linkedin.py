"""LinkedIn Campaign Manager: campaign performance with the time breakdown 'Daily'.

Headers: English from third-party files; the other languages are our own translations (see
`headers.words`).
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_SPENT = words(
    "Total spent",
    "Tổng chi tiêu",
    "Total dépensé|Montant total dépensé",
    "Total gasto",
    "Total gastado|Importe total gastado",
    "Gesamtausgaben|Insgesamt ausgegeben",
)

LINKEDIN = Platform(
    name="linkedin",
    title="LinkedIn Ads",
    fields={
        "date": words("day|date"),
        "start": words(
            "Start date (in UTC)|Start date",
            "Ngày bắt đầu (theo UTC)|Ngày bắt đầu",
            "Date de début (en UTC)|Date de début",
            "Data de início (em UTC)|Data de início",
            "Fecha de inicio (en UTC)|Fecha de inicio",
            "Startdatum (in UTC)|Startdatum",
        ),
        "end": words(
            "End date (in UTC)|End date",
            "Ngày kết thúc (theo UTC)|Ngày kết thúc",
            "Date de fin (en UTC)|Date de fin",
            "Data de término (em UTC)|Data de término",
            "Fecha de finalización (en UTC)|Fecha de finalización",
            "Enddatum (in UTC)|Enddatum",
        ),
        "account": headers.ACCOUNT_NAME,
        "account_id": headers.ACCOUNT_ID,
        "campaign": headers.CAMPAIGN_NAME,
        "campaign_id": headers.CAMPAIGN_ID,
        "campaign_type": headers.CAMPAIGN_TYPE,
        "ad": words("Creative name|Ad name"),
        "status": headers.STATUS,
        "currency": headers.CURRENCY,
        "spend": _SPENT + words("costInLocalCurrency|cost_in_local_currency"),
        "conversions": headers.CONVERSIONS
        + words("externalWebsiteConversions|external_website_conversions"),
        "revenue": words("Total conversion value|Conversion value")
        + words("conversionValueInLocalCurrency|conversion_value_in_local_currency"),
        "impressions": headers.IMPRESSIONS,
        "clicks": headers.CLICKS,
        "leads": words(
            "Leads", "Khách hàng tiềm năng", "Prospects|Leads", "Leads", "Leads", "Leads"
        ),
    },
    signs=(
        (
            words(
                "Start date (in UTC)",
                "Ngày bắt đầu (theo UTC)",
                "Date de début (en UTC)",
                "Data de início (em UTC)",
                "Fecha de inicio (en UTC)",
                "Startdatum (in UTC)",
            ),
        ),
        (
            _SPENT,
            words(
                "Start date|Ngày bắt đầu|Date de début|Data de início|Fecha de inicio|Startdatum"
            ),
        ),
        (_SPENT, words("Campaign group name")),
    ),
    raw_signs=((words("costInLocalCurrency|cost_in_local_currency|costInUsd|cost_in_usd"),),),
    download=said(
        "In Campaign Manager choose Export > Campaign performance with the time breakdown Daily"
    ),
)
