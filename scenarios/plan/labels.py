"""How rules and verdicts are named in a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.phrases import Phrase, figure, formed, said
from scenarios.language.numbers import (
    amount,
    percent,
    rate,
    signed_percent,
)
from scenarios.plan.money import Money
from scenarios.plan.plan import RuleLine

VERDICTS: Mapping[str, Phrase] = {
    "usable": said("usable"),
    "weak": said("weak"),
    "unusable": said("unusable"),
}


# Where a rule's limit is a fraction, and how it reads.
OF_FRACTIONS = {
    "min_share",
    "max_share",
    "change_from",
    "change_to",
    "extrapolation",
    "min_change",
    "max_change_between_periods",
    "probability_of_loss",
}


UNLIMITED = {"locked", "hold"}  # rules whose limit is today's spend


OF_EVERY_CHANNEL = ("defaults.", "periods.max_change_between_periods")


OF_RATES = {"max_cpa", "min_roas", "max_marginal_cpa"}


OF_COUNTS = {"max_changed", "min_conversions"}


def limit_of(rule: RuleLine, value: float | None, money: Money | None = None) -> str:
    """A rule's limit or value in its own unit.

    Parameters
    ----------
    money : how amounts are written; None: without their currency, as a table says it
    """
    if rule.kind in UNLIMITED or value is None:
        return ""
    if rule.kind.startswith("change"):
        return signed_percent(value)
    if rule.kind in OF_FRACTIONS:
        return percent(value)
    if money is None or rule.kind in OF_COUNTS or rule.kind == "min_roas":
        return rate(value) if rule.kind in OF_RATES else amount(value)
    return money.rate(value) if rule.kind in OF_RATES else money.told(value)


def exact_limit(rule: RuleLine, value: float) -> str:
    """A limit to be written elsewhere: with as many decimals as it needs to be what was tried."""
    shown, factor = limit_of(rule, value), 100.0 if rule.kind in OF_FRACTIONS else 1.0
    usual = 1 if rule.kind in OF_FRACTIONS else 2 if abs(value) < 1000 else 0
    needed = next((n for n in range(9) if _is_whole(factor * value, n)), 9)
    if needed <= usual:
        return shown
    sign = "+" if rule.kind.startswith("change") else ""
    unit = " %" if rule.kind in OF_FRACTIONS else ""
    return figure(factor * value, f"{sign},.{needed}f", unit)


def _is_whole(value: float, places: int) -> bool:
    """Whether so many decimals say all of a value but its rounding."""
    return math.isclose(round(value, places), value, rel_tol=1e-9)


def name_of(rule: RuleLine) -> str:
    """A rule by its place; one that holds for every channel by itself with the channel."""
    if rule.rule.startswith(OF_EVERY_CHANNEL) and rule.channels:
        named = formed("{rule} ({channels})", rule=rule.rule, channels=list(rule.channels))
    else:
        named = rule.rule
    if rule.probability is None:
        return named
    return said("{rule} in {share} of draws", rule=named, share=percent(rule.probability, 0))
