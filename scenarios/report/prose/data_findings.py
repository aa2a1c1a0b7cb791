"""What looks wrong in the data, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from models.diagnostics.anomalies import ALL, Flag
from models.diagnostics.funnel import Leak
from models.phrases import said
from scenarios.language.language import Language

if TYPE_CHECKING:
    pass


LEAKS = said("Where the funnel leaks, in the last 13 weeks:")


FLAGS = said("Data that look wrong, and how far a fit may trust them:")


def leak_lines(leaks: Iterable[Leak], spoken: Language) -> list[str]:
    """A line per leak of the funnel."""
    return [f"{leak.channel}: {spoken.say(leak.reason)}" for leak in leaks]


def flag_lines(
    flags: Iterable[Flag], more: Mapping[tuple[str, str | None], int], spoken: Language
) -> list[str]:
    """A line per stretch of suspicious days, and how many `more` of a kind in a channel there are.

    Both as `scenarios.sources.check.first_flags` tells them apart.
    """
    lines: list[str] = []
    for flag in flags:
        name = flag.channel or spoken.say(ALL)
        trust = said(
            "weight {weight:.1f} from {first} to {last}",
            weight=flag.weight,
            first=flag.first,
            last=flag.last,
        )
        lines.append(f"{name}: {spoken.say(flag.reason)} ({spoken.say(trust)})")
    for (_, channel), count in more.items():
        rest = said("{n:,} more of this kind", n=count)
        lines.append(f"{channel or spoken.say(ALL)}: {spoken.say(rest)}")
    return lines
