"""The block of a scenario file that says how the plan's time differs from the history's."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from scenarios.definition.field_types import PERCENT_PATTERN
from scenarios.definition.rule_blocks import Block, key
from scenarios.definition.values import as_percent, percent, refuse, shown

KINDS: tuple[str, ...] = ("cost", "response", "value", "season")
Ends = tuple[float, float]


def _outlook(value: Any) -> Ends:
    """A change against history, ``+10%``, or the range that it lies in, ``[+5%, +20%]``."""
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2:
        refuse(f"{shown(value)} is neither a change nor a range", "Write +10%, or [+5%, +20%].")
    low, high = (percent(end) for end in ends)
    if low > high:
        refuse(f"the range from {_signed(low)} to {_signed(high)} falls", "Write the lower first.")
    if low <= -1.0:
        refuse(f"{_signed(low)} leaves nothing", "Changes are above -100%.")
    return low, high


def _signed(change: float) -> str:
    return as_percent(change, sign="+")


def outlook_written(value: Ends) -> str | list[str]:
    """A change or a range as it would be written in a scenario file."""
    low, high = value
    return _signed(low) if low == high else [_signed(low), _signed(high)]


_percent = {"type": "string", "pattern": PERCENT_PATTERN}
Outlook = Annotated[
    Ends,
    PlainValidator(_outlook),
    PlainSerializer(outlook_written),
    WithJsonSchema(
        {"anyOf": [_percent, {"type": "array", "items": _percent, "minItems": 2, "maxItems": 2}]}
    ),
]


class Assumed(Block):
    """What is assumed; of a range, every draw of the curves takes its own."""

    cost: Outlook | None = key(
        "the same reach costs so much more; or a range that enters the draws", "[+5%, +20%]"
    )
    response: Outlook | None = key("the same reach brings so much more; or a range", "-10%")
    value: Outlook | None = key("a conversion is worth so much more; or a range", "+5%")
    season: Outlook | None = key("demand on top of the fitted season; or a range", "+20%")


class AssumedInPeriod(Block):
    """What is assumed of one period, beside what is assumed of the whole plan."""

    response: Outlook | None = key("the same reach brings so much more", "-10%")
    season: Outlook | None = key("demand on top of the season of this period", "+20%")


class Assumptions(Assumed):
    """How the plan's time differs from the history's, for today's split and the proposal alike.

    What is said of all channels, of a group and of a channel is taken together.
    """

    channels: dict[str, Assumed] = key("of single channels", "tv", {})
    groups: dict[str, Assumed] = key("of the groups of this scenario", "brand", {})
    periods: dict[str, AssumedInPeriod] = key("of single periods", "2026-12", {})
