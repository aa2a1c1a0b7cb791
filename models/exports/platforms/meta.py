"""Meta Ads Manager: campaign, ad set and ad reports with the breakdown 'Day' (or 'Week').

Headers: English from real exports, Vietnamese and some French ones from third-party files; the
others are our own translations (see `headers.words`).

`Results` counts purchases in one row and clicks in the next: it is used only with the kind that
its indicator names, and only where the file has no column of purchases.
"""

from __future__ import annotations

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells import headers
from models.exports.cells.distinct_texts import Cells, Exclusion, Measures
from models.exports.cells.headers import plain, words
from models.exports.cells.places import listed, place
from models.exports.fields import LEVELS
from models.exports.options import ReadOptions
from models.exports.platforms.platform import Platform, as_they_stand
from models.phrases import said

_LEVEL_NAMES = {
    "account": words("account", "tài khoản", "compte", "conta", "cuenta", "konto"),
    "campaign": words("campaign", "chiến dịch", "campagne", "campanha", "campaña", "kampagne"),
    "adset": words(
        "adset|ad set|ad_set",
        "nhóm quảng cáo",
        "ensemble de publicités",
        "conjunto de anúncios",
        "conjunto de anuncios",
        "anzeigengruppe",
    ),
    "ad": words("ad", "quảng cáo", "publicité", "anúncio", "anuncio", "anzeige"),
}


def exclude(cells: Cells) -> tuple[Exclusion, ...]:
    """Totals of a day, which have no name, and rows of a second level."""
    out = []
    finest = [name for name in LEVELS if name in cells.where][-1:]
    if finest and finest != ["account"]:
        reason = said("no {level} name: totals of a day", level=LEVELS[finest[0]])
        out.append(Exclusion(cells.is_blank(finest[0]), reason, "(rows without a name)"))
    levels = cells.text("level")
    if levels is not None:
        out += _other_levels(cells, [level for _, level in levels.used()])
    return tuple(out)


def _other_levels(cells: Cells, present: list[str]) -> list[Exclusion]:
    levels = cells.text("level")
    assert levels is not None
    by_name = {
        name: [t for t in present if plain(t) in known] for name, known in _LEVEL_NAMES.items()
    }
    kept = next((by_name[name] for name in ("campaign", "adset", "ad") if by_name[name]), None)
    if kept is None:
        return []
    return [
        Exclusion(
            levels.where(text.__eq__),
            said(
                "level '{level}': its money is in the rows of level '{kept}'",
                level=text,
                kept=kept[0],
            ),
        )
        for text in present
        if text not in kept and text.strip()
    ]


def measures(cells: Cells, options: ReadOptions) -> Measures:
    """Purchases as conversions; without such a column, the one kind of results."""
    plainly = as_they_stand(cells, options)
    kinds = cells.text("indicator")
    by_kind = options.results and kinds is not None and "results" in cells.where
    if "results" not in cells.where or ("conversions" in cells.where and not by_kind):
        return plainly
    if kinds is None:
        raise HistoryError(
            Fault(
                place(cells.file, column=cells.title("results")),
                said(
                    "counts another thing in each row, and no column 'Result indicator' says which"
                ),
                said("Download it with the column 'Purchases', or with 'Result indicator'"),
            )
        )
    counted = ~cells.is_blank("results")
    present = sorted(kind for _, kind in kinds.used(counted) if kind.strip())
    kind = _chosen(cells, present, options.results)
    values = np.where(kinds.where(kind.__eq__), cells.numbers("results"), np.nan)
    notice = said("conversions are the results of the kind '{kind}'", kind=kind)
    return Measures({**plainly.values, "conversions": values}, (notice,) if kind else ())


def _chosen(cells: Cells, present: list[str], asked: str | None) -> str:
    if asked is None:
        if len(present) > 1:
            raise HistoryError(
                Fault(
                    place(cells.file, column=cells.title("results")),
                    said(
                        "mixes {n} kinds of results: {kinds}",
                        n=len(present),
                        kinds=listed(present),
                    ),
                    said(
                        "Say which counts as a conversion: --results '{kind}'; or download the "
                        "report with the column 'Purchases'",
                        kind=present[0],
                    ),
                )
            )
        return present[0] if present else ""
    fitting = [kind for kind in present if plain(asked) in (plain(kind), _last_part(kind))]
    if len(fitting) != 1:
        raise HistoryError(
            Fault(
                place(cells.file, column=cells.title("indicator")),
                said("has no one kind '{kind}'", kind=asked),
                said("There are: {names}", names=listed(present)),
            )
        )
    return fitting[0]


def _last_part(kind: str) -> str:
    return plain(kind.replace(":", ".").rpartition(".")[2])


_STARTS = words(
    "Reporting starts",
    "Bắt đầu báo cáo|Lượt bắt đầu báo cáo",
    "Début des rapports|Début du rapport",
    "Início dos relatórios",
    "Inicio del informe|Inicio de los informes",
    "Berichtsbeginn|Berichtsstart|Auswertungsbeginn",
)
_LEVEL = words(
    "Delivery level|Level",
    "Cấp độ phân phối",
    "Niveau de diffusion",
    "Nível de veiculação",
    "Nivel de entrega",
    "Auslieferungsebene",
)
_ATTRIBUTION = words(
    "Attribution setting",
    "Cài đặt ghi nhận",
    "Paramètre d'attribution",
    "Configuração de atribuição",
    "Configuración de atribución",
    "Attributionseinstellung",
)
_SPENT = words(
    "Amount spent",
    "Số tiền đã chi tiêu",
    "Montant dépensé",
    "Valor usado|Montante gasto|Quantia gasta",
    "Importe gastado|Cantidad gastada",
    "Ausgegebener Betrag",
)
_PURCHASES = words(
    "Purchases|Website purchases",
    "Lượt mua|Lượt mua trên trang web",
    "Achats|Achats sur le site web",
    "Compras|Compras no site",
    "Compras|Compras en el sitio web",
    "Käufe|Website-Käufe",
)
_INDICATOR = words(
    "Result indicator|Result type",
    "Chỉ báo kết quả|Loại kết quả",
    "Indicateur de résultats|Indicateur de résultat|Type de résultat",
    "Indicador de resultados|Indicador de resultado|Tipo de resultado",
    "Indicador de resultado|Indicador de resultados|Tipo de resultado",
    "Ergebnisindikator|Ergebnis-Indikator|Ergebnistyp",
)
_ADSET = words(
    "Ad set name|Ad set",
    "Tên nhóm quảng cáo",
    "Nom de l'ensemble de publicités",
    "Nome do conjunto de anúncios",
    "Nombre del conjunto de anuncios",
    "Anzeigengruppenname|Name der Anzeigengruppe",
)
_LINK_CLICKS = words(
    "Link clicks",
    "Lượt click vào liên kết|Lượt nhấp vào liên kết",
    "Clics sur un lien|Clics sur le lien",
    "Cliques no link",
    "Clics en el enlace",
    "Link-Klicks|Linkklicks",
)

META = Platform(
    name="meta",
    title="Meta Ads",
    fields={
        "date": words("Day|Date", "Ngày", "Jour", "Dia", "Día|Fecha", "Tag"),
        "start": _STARTS + words("date_start"),
        "end": words(
            "Reporting ends",
            "Kết thúc báo cáo|Lượt kết thúc báo cáo",
            "Fin des rapports|Fin du rapport",
            "Término dos relatórios|Encerramento dos relatórios",
            "Fin del informe|Fin de los informes",
            "Berichtsende|Auswertungsende",
        )
        + words("date_stop"),
        "account": headers.ACCOUNT_NAME,
        "account_id": headers.ACCOUNT_ID,
        "campaign": headers.CAMPAIGN_NAME,
        "campaign_id": headers.CAMPAIGN_ID,
        "adset": _ADSET + words("adset_name"),
        "ad": headers.AD_NAME,
        "level": _LEVEL,
        "attribution": _ATTRIBUTION,
        "currency": headers.CURRENCY,
        "spend": _SPENT + words("spend"),
        "conversions": _PURCHASES
        + words(
            "actions_purchase|actions:purchase|purchase|actions_omni_purchase"
            "|actions_fb_pixel_purchase"
        ),
        "results": words(
            "Results", "Kết quả", "Résultats", "Resultados", "Resultados", "Ergebnisse"
        ),
        "indicator": _INDICATOR,
        "revenue": words(
            "Purchases conversion value|Purchase conversion value"
            "|Website purchases conversion value",
            "Giá trị chuyển đổi từ lượt mua",
            "Valeur de conversion des achats",
            "Valor de conversão da compra|Valor de conversão de compras",
            "Valor de conversión de compras",
            "Conversion-Wert von Käufen|Conversion-Wert der Käufe|Kauf-Conversion-Wert",
        )
        + words(
            "action_values_purchase|action_values:purchase|action_values_omni_purchase"
            "|action_values_fb_pixel_purchase"
        ),
        "impressions": headers.IMPRESSIONS,
        "clicks": _LINK_CLICKS
        + words(
            "Clicks (all)",
            "Lượt click (tất cả)|Lượt nhấp (tất cả)",
            "Clics (tous)",
            "Cliques (todos)",
            "Clics (todos)",
            "Klicks (alle)",
        ),
        "leads": words(
            "Leads",
            "Khách hàng tiềm năng",
            "Prospects",
            "Leads|Cadastros",
            "Clientes potenciales",
            "Leads",
        ),
    },
    signs=(
        (_STARTS,),
        (_ATTRIBUTION,),
        (_LEVEL, _SPENT),
        (_INDICATOR, _SPENT),
        (_SPENT, _PURCHASES),
        (_SPENT, _LINK_CLICKS),
        (_SPENT, _ADSET),
    ),
    raw_signs=((words("date_start"), words("date_stop")),),
    exclude=exclude,
    measures=measures,
    # Budgets of its API are whole numbers of the smallest unit; what was spent is not.
    minor=words("daily_budget|lifetime_budget|budget_remaining|spend_cap"),
    download=said(
        "In Ads Manager open Campaigns, choose Breakdown > By time > Day, show the columns Amount "
        "spent, Purchases and Purchases conversion value, then Export table data > .csv"
    ),
)
