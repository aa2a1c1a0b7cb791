"""Any other table by day or week: its columns go by plain names, and a column may say whose
money a row is.

It is no platform's own form: nothing but such a column, or the person, says what it is.
"""

from __future__ import annotations

from models.exports.cells import headers
from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

OTHER = Platform(
    name="other",
    title="table of another source",
    fields={
        "date": words(
            "date|day|date_day|report_date|reporting_date|time|ds",
            "Ngày",
            "Date|Jour",
            "Data|Dia",
            "Fecha|Día",
            "Datum|Tag",
        ),
        "week": headers.WEEK + words("week_start|week_starting|week starting|week of"),
        "platform": words(
            "platform|ad platform|data source name|data source type|data source|datasource|source"
            "|channel|media channel|channel name|network|publisher|traffic source",
            "Nền tảng|Kênh",
            "Plateforme|Canal",
            "Plataforma|Canal",
            "Plataforma|Canal",
            "Plattform|Kanal",
        ),
        "account": headers.ACCOUNT_NAME + words("advertiser|advertiser name"),
        "account_id": headers.ACCOUNT_ID + words("advertiser id"),
        "campaign": words("campaign", "Chiến dịch", "Campagne", "Campanha", "Campaña", "Kampagne")
        + headers.CAMPAIGN_NAME,
        "campaign_id": headers.CAMPAIGN_ID,
        "campaign_type": headers.CAMPAIGN_TYPE,
        "adset": headers.AD_GROUP + words("ad set|ad set name|adset|adset name"),
        "ad": headers.AD_NAME,
        "currency": headers.CURRENCY,
        "spend": words(
            "spend|cost|costs|amount spent|ad spend|media spend|media cost|total spend"
            "|total spent|total cost|totalcost|spent|cost_micros|spend_micros",
            "Chi phí|Chi tiêu|Số tiền đã chi tiêu",
            "Dépenses|Coût",
            "Custo|Gasto|Investimento",
            "Coste|Costo|Gasto|Inversión",
            "Kosten|Ausgaben",
        ),
        "conversions": headers.CONVERSIONS
        + words("total conversions|purchases|orders|transactions"),
        "revenue": words(
            "revenue|total revenue|conversions value|conversion value|conv. value|total conv. value"
            "|purchase value|purchases value|purchases conversion value|sales value",
            "Doanh thu|Giá trị chuyển đổi",
            "Revenus|Revenu|Chiffre d'affaires",
            "Receita",
            "Ingresos",
            "Umsatz",
        ),
        "impressions": headers.IMPRESSIONS,
        "clicks": headers.CLICKS + words("link clicks"),
        "leads": words("leads", "Khách hàng tiềm năng"),
    },
    download=said("Give it a column of days and one of spend, such as: date, campaign, spend"),
)
