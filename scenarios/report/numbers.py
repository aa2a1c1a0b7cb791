"""Figures as people read them: thousands separated, changes with a sign, no digits for show."""

from __future__ import annotations

import math

UNKNOWN = "-"
FINEST = 1e-6


def amount(value: float | None) -> str:
    """Money or a count: 12,345; below a thousand with its cents, if it has any."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 999.995:
        return f"{value:,.0f}"
    return f"{round(value, 2) + 0.0:.2f}".removesuffix(".00")


def rate(value: float | None) -> str:
    """A CPA, a ROAS or a price: two decimals, or three digits where it is small."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.3g}"


def signed(value: float | None) -> str:
    """A difference: +12,345."""
    if value is None:
        return UNKNOWN
    text = amount(abs(value))
    return text if text == "0" else f"{'+' if value > 0 else '-'}{text}"


def percent(fraction: float | None, digits: int = 1) -> str:
    """A share: 12.3 %."""
    return UNKNOWN if fraction is None else f"{100 * fraction:.{digits}f} %"


def signed_percent(fraction: float | None, digits: int = 1) -> str:
    """A change: +12.3 %; 0 % where nothing of it is left after rounding."""
    if fraction is None:
        return UNKNOWN
    rounded = round(100 * fraction, digits)
    return f"{rounded:+,.{digits}f} %" if rounded else "0 %"


def at_most_percent(fraction: float) -> str:
    """An upper limit in per cent, rounded up to two digits so that it stays one.

    Below a millionth it is a millionth: beyond that the solver's own tolerance speaks.
    """
    hundredths = 100 * max(fraction, FINEST)
    places = 1 - math.floor(math.log10(hundredths))
    # The tolerance keeps 0.01 from becoming 0.011 by the noise of its own division.
    up = math.ceil(hundredths * 10**places - 1e-6) / 10**places
    text = f"{up:.{max(places, 0)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def plural(number: float, word: str) -> str:
    """``1 draw``, ``200 draws``."""
    return f"{number:,.0f} {word}" if number == 1 else f"{number:,.0f} {word}s"
