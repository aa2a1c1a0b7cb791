"""GA4: explorations by date and channel group. No spend: its conversions join the platforms'.

Headers: English from third-party files; the other languages are our own translations (see
`headers.words`).
"""

from __future__ import annotations

from models.exports.cells.headers import words
from models.exports.platforms.platform import Platform
from models.phrases import said

GROUP = words(
    "Session default channel group|Session primary channel group (Default channel group)"
    "|Session primary channel group|Default channel group|First user default channel group"
    "|Session source / medium|Session campaign",
    "Nhóm kênh mặc định của phiên|Nhóm kênh mặc định của phiên hoạt động",
    "Groupe de canaux par défaut de la session",
    "Grupo de canais padrão da sessão|Grupo padrão de canais da sessão",
    "Grupo de canales predeterminado de la sesión|Grupo de canales predeterminados de la sesión",
    "Standard-Channelgruppe der Sitzung|Sitzung \u2013 Standard-Channelgruppe",
)

GA4 = Platform(
    name="ga4",
    title="Google Analytics 4",
    fields={
        "date": words("Date", "Ngày", "Date", "Data", "Fecha", "Datum"),
        "campaign": GROUP,
        "conversions": words(
            "Key events|Conversions",
            "Sự kiện chính|Lượt chuyển đổi",
            "Événements clés|Conversions",
            "Eventos principais|Conversões",
            "Eventos clave|Conversiones",
            "Schlüsselereignisse|Conversions",
        ),
        "revenue": words(
            "Total revenue|Purchase revenue|Ecommerce revenue",
            "Tổng doanh thu",
            "Revenu total|Chiffre d'affaires total",
            "Receita total",
            "Ingresos totales",
            "Gesamtumsatz",
        ),
    },
    signs=((GROUP,),),
    marks=("# start date:",),
    needs=("campaign", "conversions"),
    gives_spend=False,
    download=said(
        "In Google Analytics open Explore > Free form with the dimensions Date and Session default "
        "channel group and the metrics Key events and Total revenue, then export as .csv"
    ),
)
