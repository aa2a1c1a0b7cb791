"""Which column of a history means what: by its common names, or as the person declared it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.errors import nearest
from models.history.history import HistorySpec
from models.history.parsing import Faults
from models.phrases import Phrase, said

# The first name of each is ours; a column of that name wins over any other.
COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": (
        *("date", "day", "date_day", "report_date", "reporting_starts"),
        *("week", "week_start", "week_starting", "time", "ds"),
        *("ngày", "tuần", "tháng", "month"),
    ),
    "channel": (
        *("channel", "platform", "channel_name", "media_channel", "ad_platform", "network"),
        "kênh",
    ),
    "spend": (
        *("spend", "cost", "costs", "amount_spent", "ad_spend", "media_spend", "media_cost"),
        *("total_spend", "total_spent", "total_cost", "chi_phí", "chi_tiêu"),
    ),
    "conversions": (
        *("conversions", "conv", "total_conversions", "purchases", "orders", "transactions"),
        *("chuyển_đổi", "lượt_chuyển_đổi", "đơn_hàng"),
    ),
    "revenue": (
        *("revenue", "total_revenue", "conversions_value", "conversion_value", "conv_value"),
        *("purchases_value", "purchase_value", "purchases_conversion_value", "doanh_thu"),
    ),
    "impressions": ("impressions", "impr", "imps"),
    "clicks": ("clicks", "link_clicks"),
    "leads": ("leads",),
    "new_customers": ("new_customers", "first_purchases"),
    "currency": ("currency", "currency_code"),
}
# What may be counted instead of conversions, where a file has one such column and no other.
COUNTED_INSTEAD = (
    *("leads", "installs", "app_installs", "signups", "sign_ups", "registrations", "sales"),
    *("subscriptions", "bookings", "appointments", "downloads", "deals", "units", "customers"),
    *("khách_hàng_tiềm_năng", "lượt_cài_đặt", "cài_đặt", "đăng_ký"),
)
NEEDED = ("date", "channel", "spend", "conversions")
COUNTED = ("conversions", "revenue", "impressions", "clicks", "leads", "new_customers")
SPEND_ENDINGS = re.compile(r"(?P<channel>.+?)[ _](?:spend|cost|S)")
CURRENCIES = frozenset(
    "AED ARS AUD BDT BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KES "  # noqa: SIM905 (fifty lines otherwise)
    "KRW KZT LKR MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD SAR SEK SGD THB TRY TWD UAH "
    "USD UYU VND ZAR".split()
)


@dataclass(frozen=True)
class Columns:
    """The headers of a file by what they mean.

    Parameters
    ----------
    found : header by our name
    currency : named in a header, e.g. ``Amount spent (USD)``
    notices : what was taken for what
    """

    found: Mapping[str, str]
    currency: str | None = None
    notices: tuple[Phrase, ...] = ()


def heads_a_history(headers: Iterable[str]) -> bool:
    """Whether headers go by the common names of a tidy history's date, channel and spend."""
    plain = {normalised(split_currency(header)[0]) for header in headers}
    return all(plain & set(COMMON_NAMES[name]) for name in ("date", "channel", "spend"))


def normalised(header: str) -> str:
    """A header without case, accents' spelling, blanks and marks: ``Impr.`` is ``impr``."""
    text = unicodedata.normalize("NFC", header).casefold()
    return re.sub(r"\W+", "_", text).strip("_")


def split_currency(header: str) -> tuple[str, str | None]:
    """``Amount spent (USD)`` and ``cost_usd`` into the name and the currency."""
    match = re.fullmatch(r"(.+?)[ _]*(?:\(([A-Za-z]{3})\)|_([A-Za-z]{3}))", header.strip())
    code = (match[2] or match[3]).upper() if match else None
    return (match[1], code) if match and code in CURRENCIES else (header, None)


def tidy_columns(spec: HistorySpec, faults: Faults) -> Columns:
    """Find the columns of a tidy history; what is missing or ambiguous becomes a fault."""
    headers = list(faults.table.frame.columns)
    declared = {
        "date": spec.date,
        "channel": spec.channel,
        "spend": spec.spend if isinstance(spec.spend, str) else None,
        "conversions": spec.kpi,
        "revenue": spec.revenue,
    }
    found: dict[str, str] = {}
    notices: list[Phrase] = []
    currencies: set[str] = set()
    missing: list[str] = []
    for name in COMMON_NAMES:
        header = declared.get(name)
        if header is not None:
            if is_there(header, headers, faults):
                found[name] = header
            continue
        candidates = _candidates(name, headers, taken=found.values())
        if len(candidates) > 1:
            faults.add(
                said("{headers} could each be the {name}", headers=quoted(candidates), name=name),
                said("Rename one of them to '{name}', or remove what is not meant", name=name),
                line=_header_line(faults),
            )
        elif candidates:
            found[name] = candidates[0]
            plain, currency = split_currency(candidates[0])
            if normalised(plain) != name:
                notices.append(taken_as(candidates[0], name))
            if currency and name in ("spend", "revenue"):
                currencies.add(currency)
        elif name in NEEDED:
            missing.append(name)
    if "conversions" in missing and (header := _counted_instead(headers, found)):
        missing.remove("conversions")
        found = {name: taken for name, taken in found.items() if taken != header}
        found["conversions"] = header
        notices.append(taken_as(header, "conversions"))
    _report_missing(missing, headers, found, faults)
    if len(currencies) > 1:
        faults.add(
            said("the headers name several currencies: {codes}", codes=sorted(currencies)),
            said("Convert the money to one currency"),
        )
    return Columns(found, min(currencies, default=None), tuple(notices))


def _counted_instead(headers: list[str], found: Mapping[str, str]) -> str | None:
    """The only column that counts results of another name; None where there are several."""
    free = {name: header for name, header in found.items() if name in COUNTED_INSTEAD}
    taken = set(found.values()) - set(free.values())
    known = [h for h in headers if h not in taken and normalised(h) in COUNTED_INSTEAD]
    return known[0] if len(known) == 1 else None


def _candidates(name: str, headers: list[str], taken: Iterable[str]) -> list[str]:
    known = COMMON_NAMES[name]
    free = [header for header in headers if header not in taken]
    by_name = {header: normalised(split_currency(header)[0]) for header in free}
    exact = [header for header, plain in by_name.items() if plain == name]
    return exact or [header for header, plain in by_name.items() if plain in known]


def is_there(header: str, headers: list[str], faults: Faults) -> bool:
    """Whether a declared column exists; a fault with the nearest name where it does not."""
    if header in headers:
        return True
    faults.add(*no_column(header, headers))
    return False


def no_column(header: str, headers: list[str]) -> tuple[Phrase, Phrase]:
    """Problem and remedy for a column that the file lacks."""
    near = nearest(header, headers)
    if near:
        remedy = said("Did you mean '{near}'?", near=near)
    else:
        remedy = said("The file has {headers}", headers=quoted(headers[:12]))
    return said("there is no column '{header}'", header=header), remedy


def taken_as(header: str, name: str) -> Phrase:
    """The notice for a column found under a common name."""
    return said("column '{header}' is taken as {name}", header=header, name=name)


def quoted(names: Iterable[str]) -> list[str]:
    """Names as messages list them."""
    return [f"'{name}'" for name in names]


def _report_missing(
    missing: list[str], headers: list[str], found: Mapping[str, str], faults: Faults
) -> None:
    spends = guess_spend(headers)
    if "channel" in missing and len(spends) > 1:
        pairs = " ".join(f"--spend {channel}={header}" for channel, header in spends.items())
        faults.add(
            said(
                "there is no column channel, but a column of spend for each of {channels}",
                channels=list(spends),
            ),
            said(
                "If one KPI stands beside them, declare the mix shape: "
                "--shape mix --kpi COLUMN {pairs}",
                pairs=pairs,
            ),
        )
        return
    free = [header for header in headers if header not in found.values()]
    plain = {normalised(header): header for header in free}
    for name in missing:
        near = nearest(name, plain) or next(
            (hit for word in COMMON_NAMES[name] if (hit := nearest(word, plain))), None
        )
        remedy = said("Rename the column that holds it to '{name}'", name=name)
        if near:
            remedy = said(
                "Did you mean '{near}'? Then rename it to '{name}'", near=plain[near], name=name
            )
        faults.add(said("column {name} is missing", name=name), remedy, line=_header_line(faults))


def _header_line(faults: Faults) -> int:
    return 1 if faults.table.unit == "line" else 0


def guess_spend(headers: Iterable[str]) -> dict[str, str]:
    """The columns that look like one channel's spend, by channel."""
    hits = {header: SPEND_ENDINGS.fullmatch(header) for header in headers}
    return {match["channel"]: header for header, match in hits.items() if match}
