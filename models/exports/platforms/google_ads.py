"""Google Ads: campaign, ad group, ad and account reports, by day or week.

Headers: English from real exports, Vietnamese from third-party files; the other languages are our
own translations (see `headers.words`). Totals stand anywhere, with a date or without one.
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

_COST = words("Cost", "Chi phí", "Coût", "Custo", "Coste|Costo", "Kosten")
_CONV_VALUE = words(
    "Conv. value|Total conv. value",
    "Giá trị chuyển đổi|Giá trị lượt chuyển đổi|Giá trị chuyển đổi.",
    "Valeur de conv.|Valeur conv.",
    "Valor da conv.|Valor conv.|Valor de conv.",
    "Valor de conv.|Valor conv.",
    "Conv.-Wert|Conversion-Wert",
)
_CUSTOMER_ID = words(
    "Customer ID",
    "Mã khách hàng|ID khách hàng",
    "Numéro client|ID client",
    "ID do cliente|Código do cliente",
    "ID de cliente|ID del cliente",
    "Kunden-ID|Kundennummer",
)
_CAMPAIGN_STATUS = words(
    "Campaign status",
    "Trạng thái chiến dịch",
    "État de la campagne",
    "Status da campanha",
    "Estado de la campaña",
    "Kampagnenstatus",
)

GOOGLE_ADS = Platform(
    name="google_ads",
    title="Google Ads",
    fields={
        "date": words("Day", "Ngày", "Jour", "Dia", "Día", "Tag")
        + words("Date|segments.date|segments_date"),
        "week": headers.WEEK,
        "account": headers.ACCOUNT_NAME
        + words("customer.descriptive_name|customer_descriptive_name|customer.descriptiveName"),
        "account_id": _CUSTOMER_ID + words("customer.id|customer_id"),
        "campaign": words("Campaign", "Chiến dịch", "Campagne", "Campanha", "Campaña", "Kampagne")
        + words("campaign.name|campaign_name"),
        "campaign_id": headers.CAMPAIGN_ID + words("campaign.id|campaign_id"),
        "campaign_type": headers.CAMPAIGN_TYPE
        + words(
            "campaign.advertising_channel_type|campaign_advertising_channel_type"
            "|campaign.advertisingChannelType"
        ),
        "adset": headers.AD_GROUP + words("ad_group.name|ad_group_name|adGroup.name"),
        "ad": words(
            "Ad ID",
            "ID quảng cáo",
            "ID de l'annonce",
            "ID do anúncio",
            "ID del anuncio",
            "Anzeigen-ID",
        ),
        "status": headers.STATUS,
        "currency": headers.CURRENCY
        + words("customer.currency_code|customer_currency_code|customer.currencyCode"),
        "spend": _COST + words("metrics.cost_micros|metrics_cost_micros|metrics.costMicros"),
        "conversions": headers.CONVERSIONS + words("metrics.conversions|metrics_conversions"),
        "revenue": _CONV_VALUE
        + words("Conversion value")
        + words("metrics.conversions_value|metrics_conversions_value|metrics.conversionsValue"),
        "impressions": headers.IMPRESSIONS + words("metrics.impressions|metrics_impressions"),
        "clicks": headers.CLICKS + words("metrics.clicks|metrics_clicks"),
    },
    signs=(
        (_CONV_VALUE,),
        (headers.CAMPAIGN_TYPE, _COST),
        (_CAMPAIGN_STATUS, _COST),
        (headers.IMPR, _COST),
        (_CUSTOMER_ID, _COST),
        (
            words(
                "Avg. CPC", "CPC trung bình", "CPC moy.", "CPC méd.", "CPC medio", "Durchschn. CPC"
            ),
            _COST,
        ),
        (
            words(
                "Cost / conv.|Search impr. share|All conv. value"
                "|Optimization score|Optimisation score"
            ),
        ),
    ),
    raw_signs=(
        (words("metrics.cost_micros|metrics_cost_micros|metrics.costMicros"),),
        (
            words("segments.date|segments_date"),
            words("campaign.name|campaign_name|campaign.id|campaign_id"),
        ),
    ),
    download=said(
        "In Google Ads open Campaigns, choose Segment > Time > Day, show the columns Cost, "
        "Conversions and Conv. value, then Download > .csv"
    ),
)
