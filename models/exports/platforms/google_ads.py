"""Google Ads: campaign, ad group, ad and account reports, by day or week.

Headers: English from real exports, Vietnamese from third-party files; the other languages are our
own translations (see `headers.words`). Totals stand anywhere, with a date or without one.
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

GOOGLE_ADS = Platform(
    name="google_ads",
    title="Google Ads",
    fields={
        "date": words("Day", "Ngày", "Jour", "Dia", "Día", "Tag"),
        "week": headers.WEEK,
        "account": headers.ACCOUNT_NAME,
        "account_id": words(
            "Customer ID",
            "Mã khách hàng|ID khách hàng",
            "Numéro client|ID client",
            "ID do cliente|Código do cliente",
            "ID de cliente|ID del cliente",
            "Kunden-ID|Kundennummer",
        ),
        "campaign": words("Campaign", "Chiến dịch", "Campagne", "Campanha", "Campaña", "Kampagne"),
        "campaign_id": headers.CAMPAIGN_ID,
        "campaign_type": headers.CAMPAIGN_TYPE,
        "adset": headers.AD_GROUP,
        "ad": words(
            "Ad ID",
            "ID quảng cáo",
            "ID de l'annonce",
            "ID do anúncio",
            "ID del anuncio",
            "Anzeigen-ID",
        ),
        "status": headers.STATUS,
        "currency": headers.CURRENCY,
        "spend": words("Cost", "Chi phí", "Coût", "Custo", "Coste|Costo", "Kosten"),
        "conversions": headers.CONVERSIONS,
        "revenue": words(
            "Conv. value|Conversion value|Total conv. value",
            "Giá trị chuyển đổi|Giá trị lượt chuyển đổi|Giá trị chuyển đổi.",
            "Valeur de conv.|Valeur conv.",
            "Valor da conv.|Valor conv.|Valor de conv.",
            "Valor de conv.|Valor conv.",
            "Conv.-Wert|Conversion-Wert",
        ),
        "impressions": headers.IMPRESSIONS,
        "clicks": headers.CLICKS,
    },
    marks=(
        "campaign report",
        "báo cáo chiến dịch",
        "rapport sur les campagnes",
        "kampagnenbericht",
    ),
    download=said(
        "In Google Ads open Campaigns, choose Segment > Time > Day, show the columns Cost, "
        "Conversions and Conv. value, then Download > .csv"
    ),
)
