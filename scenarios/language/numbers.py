"""Figures as people read them: thousands separated, changes with a sign, no digits for show.

They are phrases, so that another language writes them in its own way.
"""

from __future__ import annotations

import math

from models.phrases import Phrase, figure, formed, said

UNKNOWN = formed("-")
NO_CHANGE = figure(0.0, ".0f", " %")
FINEST = 1e-6


def amount(value: float | None) -> Phrase:
    """Money or a count: 12,345; below a thousand with its cents, if it has any."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 999.995:
        return figure(value, ",.0f")
    cents = round(value, 2) + 0.0
    return figure(cents, ".0f" if f"{cents:.2f}".endswith(".00") else ".2f")


def rate(value: float | None) -> Phrase:
    """A CPA, a ROAS or a price: two decimals, or three digits where it is small."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 1000:
        return figure(value, ",.0f")
    return figure(value, ",.2f" if abs(value) >= 0.1 or value == 0 else ".3g")


def signed(value: float | None) -> Phrase:
    """A difference: +12,345."""
    if value is None:
        return UNKNOWN
    size = amount(abs(value))
    return size if size == "0" else formed("+{size}" if value > 0 else "-{size}", size=size)


def signed_rate(value: float | None) -> Phrase:
    """A difference of two rates: +0.12."""
    if value is None:
        return UNKNOWN
    size = rate(abs(value))
    return formed("+{size}" if value >= 0 else "-{size}", size=size)


def percent(fraction: float | None, digits: int = 1) -> Phrase:
    """A share: 12.3 %."""
    return UNKNOWN if fraction is None else figure(100 * fraction, f".{digits}f", " %")


def signed_percent(fraction: float | None, digits: int = 1) -> Phrase:
    """A change: +12.3 %; 0 % where nothing of it is left after rounding."""
    if fraction is None:
        return UNKNOWN
    rounded = round(100 * fraction, digits)
    return figure(rounded, f"+,.{digits}f", " %") if rounded else NO_CHANGE


def change_percent(before: float | None, after: float | None) -> Phrase:
    """A change against what was before: +12.3 %, and "new" where there was nothing."""
    if before is None or after is None:
        return UNKNOWN
    if not before:
        return said("new") if after else NO_CHANGE
    return signed_percent((after - before) / abs(before))  # a smaller loss is a gain


def at_most(fraction: float) -> tuple[float, int]:
    """An upper limit in per cent, rounded up to two digits so that it stays one, and its places.

    Below a millionth it is a millionth: beyond that the solver's own tolerance speaks.
    """
    hundredths = 100 * max(fraction, FINEST)
    places = 1 - math.floor(math.log10(hundredths))
    # The tolerance keeps 0.01 from becoming 0.011 by the noise of its own division.
    return math.ceil(hundredths * 10**places - 1e-6) / 10**places, max(places, 0)


def at_most_percent(fraction: float) -> Phrase:
    """An upper limit as `at_most` has it, with no more digits than it needs."""
    up, places = at_most(fraction)
    text = f"{up:.{places}f}"
    digits = len(text.rstrip("0").partition(".")[2])
    return figure(up, f".{digits}f", " %")


def plural(number: float, word: str) -> str:
    """``1 draw``, ``200 draws``."""
    return f"{number:,.0f} {word}" if number == 1 else f"{number:,.0f} {word}s"


def draws_of(number: int) -> Phrase:
    """``1 draw``, ``200 draws``, to be said in any language."""
    return said("1 draw") if number == 1 else said("{n:,.0f} draws", n=number)
