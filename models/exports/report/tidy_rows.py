"""Tidy rows: one per row kept, with our names for everything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import Cells, Mask, Texts, category, says_nothing
from models.exports.cells.headers import header_currency
from models.exports.cells.places import place
from models.exports.channel_mapping import campaign_type
from models.exports.fields import MEASURES
from models.exports.options import ReadOptions
from models.exports.platforms.fivetran import our_name
from models.exports.platforms.other import OTHER
from models.exports.platforms.platform import Platform
from models.exports.records.text_records import SourceFile
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

NAMES = (
    *("account", "account_id", "campaign", "campaign_id", "campaign_type", "adset", "ad"),
    "attribution",
)
# Measures where a blank cell of an existing column counts as none.
MEASURED = ("spend", "conversions", "revenue", "impressions", "clicks", "leads")
_CODE = re.compile("[A-Z]{3}")


def tidy_frame(
    cells: Cells,
    kept: Mask,
    days: np.ndarray,
    values: Mapping[str, np.ndarray],
    platform: Platform,
    options: ReadOptions,
    source: SourceFile,
) -> pd.DataFrame:
    """The rows kept.

    Returns
    -------
    columns date (days), platform, account, account_id, campaign, campaign_id, campaign_type,
    adset, ad, attribution, currency (categories; "" where the file says nothing) and the measures
    (floats; NaN where the file has no such column)
    """
    import pandas as pd

    columns: dict[str, object] = {"date": days[kept].astype("datetime64[s]")}
    columns["platform"] = _category(
        cells, "platform", kept, our_name, _named(platform, source, options)
    )
    account = _said_of_file(options.account, source)
    for name in NAMES:
        clean = clean_type if name == "campaign_type" else clean_name
        fallback = account if name == "account" and account else ""
        columns[name] = _category(cells, name, kept, clean, fallback)
    columns["currency"] = _currency(cells, kept, _said_of_file(options.currency, source))
    for measure in MEASURES:
        if measure in values:
            columns[measure] = np.nan_to_num(values[measure][kept], nan=0.0)
        else:
            columns[measure] = np.full(int(kept.sum()), np.nan)
    return pd.DataFrame(columns)


def _named(platform: Platform, source: SourceFile, options: ReadOptions) -> str:
    """What rows are called that do not say their platform: by it, or by their file."""
    by_file = platform.name == OTHER.name and options.channel_from == "file"
    return clean_name(source.path.stem) if by_file else platform.name


def clean_type(text: str) -> str:
    """A campaign type in plain English where it is known; "" where the cell says nothing."""
    return "" if says_nothing(text) else campaign_type(text)


def clean_name(text: str) -> str:
    """A name without stray blanks, in one composition; "" where it says nothing."""
    if says_nothing(text):
        return ""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _category(
    cells: Cells, name: str, kept: Mask, clean: Callable[[str], str], otherwise: str
) -> pd.Categorical[str]:
    texts = cells.text(name)
    if texts is None:
        texts = Texts(np.zeros(len(cells), dtype=np.int32), (otherwise,))
    else:
        texts = texts.mapped(clean)
    return category(texts, kept)


def _currency(cells: Cells, kept: Mask, declared: str | None) -> pd.Categorical[str]:
    named = header_currency(cells.title("spend")) if "spend" in cells.where else None
    texts = cells.text("currency")
    for code, text in texts.used(kept) if texts else ():
        if text.strip() and not _CODE.fullmatch(text.strip().upper()):
            line = cells.lines[texts.first_row(code, kept)] if texts else 0
            where = place(cells.file, int(line), cells.title("currency"))
            problem = said("'{text}' is no currency code", text=text.strip()[:40])
            raise HistoryError(Fault(where, problem, said("Write a code such as EUR")))
    found = _category(cells, "currency", kept, lambda text: text.strip().upper(), named or "")
    named = next((code for code in found.categories if code), None) if len(found) else named
    if declared and named and declared.upper() != named:
        problem = said(
            "is declared to be in {declared}, but says {named} itself",
            declared=declared.upper(),
            named=named,
        )
        raise HistoryError(Fault(cells.file, problem, said("Leave the declaration out")))
    if declared and not named:
        return _category(cells, "", kept, str, declared.upper())
    return found


def _said_of_file(option: Mapping[str, str], source: SourceFile) -> str | None:
    """What an option says of this one file; what it says of all is meant otherwise."""
    return option.get(str(source.path), option.get(source.path.name))
