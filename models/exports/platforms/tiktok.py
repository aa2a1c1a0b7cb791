"""TikTok Ads Manager: custom reports by day.

Headers: English from third-party files; the other languages are our own translations (see
`headers.words`).
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_COST = words(
    "Cost|Total cost|Spend", "Chi phí|Tổng chi phí", "Coût", "Custo", "Coste|Costo", "Kosten"
)

TIKTOK = Platform(
    name="tiktok",
    title="TikTok Ads",
    fields={
        "date": words(
            "Date|By day|Day|Stat time day",
            "Ngày|Theo ngày",
            "Date|Par jour",
            "Data|Por dia",
            "Fecha|Por día",
            "Datum|Nach Tag",
        ),
        "account": headers.ACCOUNT_NAME + words("Advertiser name"),
        "account_id": headers.ACCOUNT_ID + words("Advertiser ID"),
        "campaign": headers.CAMPAIGN_NAME,
        "campaign_id": headers.CAMPAIGN_ID,
        "adset": words(
            "Ad group name",
            "Tên nhóm quảng cáo",
            "Nom du groupe de publicités|Nom du groupe d'annonces",
            "Nome do grupo de anúncios",
            "Nombre del grupo de anuncios",
            "Anzeigengruppenname|Name der Anzeigengruppe",
        ),
        "ad": headers.AD_NAME,
        "currency": headers.CURRENCY,
        "spend": _COST,
        "conversions": headers.CONVERSIONS
        + words("Complete payment|Total complete payment|Purchases"),
        "revenue": words(
            "Total complete payment value|Complete payment value|Total purchase value"
            "|Purchase value|Total conversion value"
        ),
        "impressions": headers.IMPRESSIONS,
        "clicks": words(
            "Clicks (destination)",
            "Lượt nhấp (đích đến)|Lượt nhấp (điểm đến)",
            "Clics (destination)",
            "Cliques (destino)",
            "Clics (destino)",
            "Klicks (Ziel)",
        )
        + words("Clicks (all)")
        + headers.CLICKS,
    },
    signs=(
        (
            words(
                "Clicks (destination)",
                "Lượt nhấp (đích đến)|Lượt nhấp (điểm đến)",
                "Clics (destination)",
                "Cliques (destino)",
                "Clics (destino)",
                "Klicks (Ziel)",
            ),
        ),
        (words("CTR (destination)|CPC (destination)"),),
        (
            words(
                "Total complete payment value|Complete payment value"
                "|Complete payment|Total complete payment"
            ),
        ),
        (words("By day", "Theo ngày", "Par jour", "Por dia", "Por día", "Nach Tag"), _COST),
    ),
    raw_signs=(
        (words("stat_time_day"),),
        (words("advertiser_id"), words("complete_payment|total_complete_payment_rate")),
    ),
    download=said(
        "In TikTok Ads Manager open Analytics > Custom reports, choose the dimensions Campaign and "
        "By day and the metrics Cost, Conversions and Total complete payment value, then export"
    ),
)
