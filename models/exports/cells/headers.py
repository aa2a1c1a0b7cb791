"""Headers as platforms word them: made comparable, and looked up by what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from models.history.column_mapping import CURRENCIES

Wordings = tuple[str, ...]

_CURRENCY = re.compile(r"\s*\(([A-Z]{3})\)\s*$")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\ufeff": "", "\u200b": ""})


def plain(text: str) -> str:
    """A header without what drifts: composition, case, blanks, quotes, a trailing currency."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    text = " ".join(text.split())
    if header_currency(text):
        text = _CURRENCY.sub("", text)
    return " ".join(text.casefold().replace("_", " ").split())


def header_currency(text: str) -> str | None:
    """The currency that a header names: ``Amount spent (USD)`` is in USD."""
    match = _CURRENCY.search(" ".join(text.split()))
    return match[1] if match and match[1] in CURRENCIES else None


_MICROS = re.compile(r"\bmicros?\b|[a-z]micros\b")
_CENTS = re.compile(r"\bcents?\b|\bminor units?\b")


# Currencies without a smaller unit, or with a thousand of them in one (ISO 4217).
_WHOLE = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def micros(header: str) -> bool:
    """Whether a column counts in millionths: ``cost_micros``, ``spend_in_micro_dollar``."""
    return bool(_MICROS.search(plain(header).replace(".", " ")))


def minor_units(header: str) -> bool:
    """Whether a column counts in its currency's smallest unit: ``spend_cents``."""
    return bool(_CENTS.search(plain(header).replace(".", " ")))


def minor_in_one(currency: str) -> int:
    """How many of a currency's smallest units make one of it: 100 cents, 1 dong."""
    return 1 if currency in _WHOLE else 1000 if currency in _THOUSANDTHS else 100


def words(
    en: str, vi: str = "", fr: str = "", pt: str = "", es: str = "", de: str = ""
) -> Wordings:
    """One column's wordings in six languages; several of one language are separated by ``|``.

    What was seen in an export is said at each platform. The rest are our own translations, with
    the variants that seemed likely: a header that is worded otherwise is refused with what the
    file has, and ``--column FIELD=HEADER`` says what it means.
    """
    listed = "|".join(part for part in (en, vi, fr, pt, es, de) if part)
    return tuple(dict.fromkeys(plain(word) for word in listed.split("|")))


def find(headers: Sequence[str], fields: Mapping[str, Wordings]) -> dict[str, int]:
    """Where each field stands among `headers`; of several candidates the first wording wins.

    Parameters
    ----------
    headers : as written in the file
    fields : by field, its wordings, the preferred first
    """
    where: dict[str, int] = {}
    for position, header in enumerate(headers):
        where.setdefault(plain(header), position)
    found = {}
    for field, wordings in fields.items():
        position = next((where[word] for word in wordings if word in where), None)
        if position is not None:
            found[field] = position
    return found


# What several platforms word alike, or would in our translation.
IMPRESSIONS = words(
    "Impressions|Impr.",
    "Lượt hiển thị|Số lượt hiển thị|Hiển thị",
    "Impressions|Impr.",
    "Impressões|Impr.",
    "Impresiones|Impr.",
    "Impressionen|Impr.",
)
IMPR = words("Impr.", "Số lượt hiển thị")
CLICKS = words(
    "Clicks",
    "Lượt nhấp|Số lượt nhấp|Số nhấp chuột|Lượt click",
    "Clics",
    "Cliques",
    "Clics",
    "Klicks",
)
CONVERSIONS = words(
    "Conversions|Conv.",
    "Lượt chuyển đổi|Số lượt chuyển đổi|Chuyển đổi",
    "Conversions",
    "Conversões",
    "Conversiones",
    "Conversions|Konversionen",
)
CAMPAIGN_NAME = words(
    "Campaign name",
    "Tên chiến dịch",
    "Nom de la campagne",
    "Nome da campanha",
    "Nombre de la campaña|Nombre de campaña",
    "Kampagnenname|Name der Kampagne",
)
CAMPAIGN_ID = words(
    "Campaign ID",
    "ID chiến dịch|Mã chiến dịch",
    "ID de campagne|ID de la campagne|ID campagne|Identifiant de la campagne|Numéro de campagne",
    "ID da campanha|Identificação da campanha|Código da campanha",
    "ID de campaña|ID de la campaña|Identificador de la campaña|Identificador de campaña",
    "Kampagnen-ID|Kampagnen ID",
)
CAMPAIGN_TYPE = words(
    "Campaign type|Advertising channel type",
    "Loại chiến dịch",
    "Type de campagne",
    "Tipo de campanha",
    "Tipo de campaña",
    "Kampagnentyp",
)
AD_GROUP = words(
    "Ad group|Ad group name",
    "Nhóm quảng cáo|Tên nhóm quảng cáo",
    "Groupe d'annonces|Nom du groupe d'annonces",
    "Grupo de anúncios|Nome do grupo de anúncios",
    "Grupo de anuncios|Nombre del grupo de anuncios",
    "Anzeigengruppe|Name der Anzeigengruppe|Anzeigengruppenname",
)
AD_NAME = words(
    "Ad name|Ad",
    "Tên quảng cáo|Quảng cáo",
    "Nom de la publicité|Nom de l'annonce",
    "Nome do anúncio",
    "Nombre del anuncio",
    "Anzeigenname|Name der Anzeige",
)
ACCOUNT_NAME = words(
    "Account name|Account",
    "Tên tài khoản|Tài khoản",
    "Nom du compte|Nom de compte",
    "Nome da conta",
    "Nombre de la cuenta|Nombre de cuenta",
    "Kontoname|Name des Kontos",
)
ACCOUNT_ID = words(
    "Account ID|Customer ID|Account number",
    "ID tài khoản|Mã khách hàng|Mã tài khoản",
    "ID du compte|Numéro client|Numéro de client|Numéro de compte",
    "ID da conta|ID do cliente|Código do cliente|Número da conta",
    "ID de la cuenta|ID de cliente|Identificador de la cuenta|Número de cuenta",
    "Konto-ID|Account-ID|Kundennummer|Kunden-ID|Kontonummer",
)
CURRENCY = words(
    "Currency code|Currency|Account currency",
    "Mã đơn vị tiền tệ|Mã tiền tệ|Đơn vị tiền tệ|Tiền tệ",
    "Code de la devise|Code de devise|Code devise|Devise",
    "Código da moeda|Código de moeda|Moeda",
    "Código de moneda|Código de la moneda|Moneda|Divisa",
    "Währungscode|Währung",
)
WEEK = words("Week", "Tuần", "Semaine", "Semana", "Semana", "Woche")
STATUS = words(
    "Campaign status|Status",
    "Trạng thái chiến dịch|Trạng thái",
    "État de la campagne|État",
    "Status da campanha|Status",
    "Estado de la campaña|Estado",
    "Kampagnenstatus|Status",
)
