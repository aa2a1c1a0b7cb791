"""Numbers as exports write them: which mark is the decimal one is decided per file, and proven.

A lenient reader takes ``1.234,56`` for 1.23456 without a word. Here each distinct text of a file
is read twice, with a decimal point and with a decimal comma; a reading that fails for a single
text is out. If both stand and differ somewhere, the file cannot tell, and the person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Decimal = Literal["point", "comma"]
DECIMALS: tuple[Decimal, Decimal] = ("point", "comma")

MISSING = frozenset({"", "-", "--", "\u2014", "\u2013", "n/a", "na", "null", "none", "nan"})
# A counted thing is whole: 4.838 impressions can only be 4,838.
WHOLE = frozenset({"impressions", "clicks"})

_BLANKS = re.compile("[\\s\u00a0\u2007\u2009\u202f]+")
_MARKS = r"(?:[A-Z]{1,3})?[$€£¥₫₹₩฿₱₺₴₪₽](?:[A-Z]{0,3})|[A-Z]{3}|R\$|kr\.?|zł|Kč|Ft|lei|đ"
_MONEY = re.compile(
    rf"(?P<sign>[+-]?)\s?(?:(?:{_MARKS})\s?)?(?P<number>[^A-Za-z]*?)(?:\s?(?:{_MARKS}))?"
)


def _pattern(decimal: str, group: str) -> re.Pattern[str]:
    """A whole or fractional number; groups of three (or, as in India, of two before the last)."""
    grouped = rf"[1-9]\d{{0,2}}(?:(?P<mark>[{group} '])\d{{3}})(?:(?P=mark)\d{{3}})*"
    indian = rf"[1-9]\d?(?:{re.escape(group)}\d{{2}})+{re.escape(group)}\d{{3}}"
    fraction = rf"{re.escape(decimal)}\d*"
    return re.compile(
        rf"[+-]?(?:(?:{grouped}|{indian}|\d+)(?:{fraction})?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?",
        re.ASCII,
    )


_FORMS: Mapping[Decimal, tuple[re.Pattern[str], str]] = {
    "point": (_pattern(".", ","), ","),
    "comma": (_pattern(",", "."), "."),
}


# What almost every cell looks like, and only one reading takes: two decimals, or both marks.
_USUAL: Mapping[Decimal, re.Pattern[str]] = {
    "point": re.compile(r"\d+\.\d\d?|[1-9]\d{0,2}(?:,\d{3})+\.\d+", re.ASCII),
    "comma": re.compile(r"\d+,\d\d?|[1-9]\d{0,2}(?:\.\d{3})+,\d+", re.ASCII),
}


def bare(text: str) -> str:
    """A number's text without currency marks and outer blanks; "" where it says 'nothing'."""
    text = _BLANKS.sub(" ", text).strip().replace("\u2212", "-").replace("\u2019", "'")
    if _is_plain(text):
        return text
    if text.casefold() in MISSING:
        return ""
    match = _MONEY.fullmatch(text)
    return match["sign"] + match["number"].strip() if match and match["number"] else text


def parse(text: str, decimal: Decimal) -> float:
    """The number that a bare text says under one reading; NaN where it says none."""
    pattern, group = _FORMS[decimal]
    if not pattern.fullmatch(text):
        return np.nan
    for mark in (group, " ", "'"):
        text = text.replace(mark, "")
    value = float(text.replace(",", "."))
    return value if np.isfinite(value) else np.nan


@dataclass(frozen=True)
class Reading:
    """How a file writes its numbers.

    Parameters
    ----------
    decimal : the only reading that fits; None where none does, or where it cannot be told
    ambiguous : a field and a text that both readings take, for different numbers
    wrong : by field, the texts that no reading takes
    conflict : fields and texts that only a point, and only a comma, can read
    """

    decimal: Decimal | None
    ambiguous: tuple[str, str] | None = None
    wrong: Mapping[str, tuple[str, ...]] | None = None
    conflict: tuple[tuple[str, str], tuple[str, str]] | None = None


def decide(texts: Mapping[str, Sequence[str]], declared: Decimal | None = None) -> Reading:
    """Which mark is the decimal one in a file.

    Parameters
    ----------
    texts : by field, its distinct cells as written
    declared : what the person says; asked only where the file itself does not tell
    """
    only: dict[Decimal, tuple[str, str]] = {}
    ambiguous: tuple[str, str] | None = None
    wrong: dict[str, tuple[str, ...]] = {}
    for field, cells in texts.items():
        bad = []
        for cell in cells:
            usual = _usual(cell)
            if usual and field not in WHOLE:
                only.setdefault(usual, (field, cell))
                continue
            text = bare(cell)
            if not text or _is_plain(text):
                continue
            point, comma = (_whole(parse(text, d), field) for d in DECIMALS)
            if point == comma:
                continue
            if np.isnan(point) and np.isnan(comma):
                bad.append(cell)
            elif np.isnan(comma):
                only.setdefault("point", (field, cell))
            elif np.isnan(point):
                only.setdefault("comma", (field, cell))
            else:
                ambiguous = ambiguous or (field, cell)
        if bad:
            wrong[field] = tuple(bad)
    if wrong:
        return Reading(None, wrong=wrong)
    if len(only) == 2:
        return Reading(None, conflict=(only["point"], only["comma"]))
    if only:
        return Reading(next(iter(only)))
    if ambiguous and not declared:
        return Reading(None, ambiguous=ambiguous)
    return Reading(declared or "point")


def values(cells: Sequence[str], decimal: Decimal) -> NDArray[np.float64]:
    """The numbers of distinct cells; NaN where a cell says 'nothing'."""
    usual, (_, group) = _USUAL[decimal].fullmatch, _FORMS[decimal]
    return np.array(
        [
            float(cell.replace(group, "").replace(",", "."))
            if usual(cell)
            else _parse_any(cell, decimal)
            for cell in cells
        ],
        dtype=float,
    )


def _usual(cell: str) -> Decimal | None:
    for decimal, form in _USUAL.items():
        if form.fullmatch(cell):
            return decimal
    return None


def _parse_any(cell: str, decimal: Decimal) -> float:
    text = bare(cell)
    return parse(text, decimal) if text else np.nan


def _whole(value: float, field: str) -> float:
    return np.nan if field in WHOLE and value % 1 else value


def _is_plain(text: str) -> bool:
    """Digits only: every reading takes them for the same number."""
    return len(text) <= 15 and text.isascii() and text.isdecimal()
