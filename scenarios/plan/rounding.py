"""Money in cents whose parts still add up, and figures without digits that mean nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: currencies in which nobody pays fractions, or thousandths.
WITHOUT_CENTS = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"} | {
    *("VND", "VUV", "XAF", "XOF", "XPF"),
}
WITH_THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
DIGITS = 9


def decimals_of(currency: str | None) -> int:
    """Decimal places of a currency's smallest coin; 2 where the currency is not known."""
    if currency in WITHOUT_CENTS:
        return 0
    return 3 if currency in WITH_THOUSANDTHS else 2


def apportion(amounts: Sequence[float], decimals: int, whole: float | None = None) -> list[float]:
    """Amounts in whole cents whose sum is the rounded sum of all: largest remainders first.

    Source: Hamilton's method of apportionment.

    Parameters
    ----------
    whole : the sum to reach, in whole cents; the cents between it and the sum of `amounts` are
        dealt out one by one
    """
    scale = 10**decimals
    # Noise of the solver just below a round amount must not cost it a cent.
    scaled = [round(amount * scale, 4) for amount in amounts]
    cents = [math.floor(amount) for amount in scaled]
    whole = math.fsum(amounts) if whole is None else whole
    missing = round(whole * scale) - sum(cents)
    by_remainder = sorted(range(len(cents)), key=lambda i: (cents[i] - scaled[i], i))
    # Who gets nothing neither pays nor receives a cent.
    by_remainder = [i for i in by_remainder if scaled[i] > 0] or by_remainder
    for turn in range(abs(missing)):
        if missing > 0:
            cents[by_remainder[turn % len(by_remainder)]] += 1
        else:
            cents[by_remainder[-1 - turn % len(by_remainder)]] -= 1
    return [cent / scale for cent in cents]


def as_money(value: float, decimals: int) -> float:
    """Rounded to cents as people and spreadsheets do it: half a cent goes away from zero.

    At the 15 digits that a spreadsheet keeps: 0.45 * 0.1 is 0.045 and not a little more.
    """
    cent = Decimal(1).scaleb(-decimals)
    return float(Decimal(f"{value:.15g}").quantize(cent, ROUND_HALF_UP))


def significant(value: float | None, digits: int = DIGITS) -> float | None:
    """`value` to so many significant digits; None stays None, and what is infinite is unknown."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def ratio(above: float | None, below: float | None) -> float | None:
    """`above / below` in significant digits; None where it is not known or not defined."""
    if above is None or not below:
        return None
    return significant(above / below, 7)
