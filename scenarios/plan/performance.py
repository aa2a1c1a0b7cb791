"""How the channels fared before a plan: what `budgetopt check` shows, as a part of the plan.

Figures are those of `models.diagnostics.trend`, findings those of its `funnel` and `anomalies`,
kept so compactly that a plan of a thousand channels stays handy, and with the templates of their
texts, so that a report made later can still say them in another language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import TYPE_CHECKING, Any

from pydantic import field_validator, model_validator

from models.phrases import Phrase, said
from scenarios.plan.records import Record

if TYPE_CHECKING:
    from models.diagnostics.anomalies import Flag
    from models.diagnostics.funnel import Leak
    from models.diagnostics.trend import Movement

# What a template may ask for: a text or a day as it is, a number with a few digits. A plan file
# comes from anywhere; it must not make a report look into objects or fill the memory.
SPEC = re.compile(r"\+?,?(\.[0-9])?[fd%]?")


class Day(Record):
    """A date among the values of a text; people write it in their own way."""

    day: date


class Wording(Record):
    """A text about data as it was made: a template of `models.phrases` and its values."""

    template: str
    values: Mapping[str, int | float | str | Day | Wording] = {}

    @model_validator(mode="after")
    def _can_be_said(self) -> Wording:
        for _, name, spec, conversion in Formatter().parse(self.template):
            if name is None:
                continue
            is_plain = name.isidentifier() and not conversion and SPEC.fullmatch(spec or "")
            if not is_plain or name not in self.values:
                raise ValueError(f"the text cannot be said: '{name}' has no such value")
        try:
            self.phrase()
        except (TypeError, ValueError):
            raise ValueError("the text cannot be said: its values are of another kind") from None
        return self

    def phrase(self) -> Phrase:
        return said(self.template, **{name: _told(value) for name, value in self.values.items()})


def _told(value: int | float | str | Day | Wording) -> Any:
    if isinstance(value, Day):
        return value.day
    return value.phrase() if isinstance(value, Wording) else value


class Fares(Record):
    """How a channel fared, or all together, by metric; what is not known is left out.

    Parameters
    ----------
    now, before : metrics of `models.diagnostics.metrics` over the last weeks and as many before
    notable : metrics that changed more than they usually do in this history
    """

    now: Mapping[str, float] = {}
    before: Mapping[str, float] = {}
    notable: tuple[str, ...] = ()

    @field_validator("now", "before", "notable")
    @classmethod
    def _are_metrics(cls, found: Any) -> Any:
        from models.diagnostics.metrics import CATALOGUE

        unknown = sorted(set(found) - {metric.name for metric in CATALOGUE})
        if unknown:
            raise ValueError(f"no such metric: {', '.join(unknown)}")
        return found

    def movement(self, metric: str) -> Movement:
        """The metric as `models.diagnostics.trend` has it."""
        from models.diagnostics.trend import Movement, change_of

        now, before = self.now.get(metric), self.before.get(metric)
        return Movement(now, before, change_of(now, before), metric in self.notable)


class ChannelFares(Fares):
    """One channel by name."""

    channel: str


class FunnelLeak(Record):
    """Where a channel loses what the others keep; see `models.diagnostics.funnel.Leak`."""

    kind: str
    channel: str
    reason: Wording


class SuspiciousDays(Record):
    """Days that look wrong, and how far to trust them; see `models.diagnostics.anomalies.Flag`.

    `channel` is None where all channels are meant.
    """

    kind: str
    channel: str | None
    first: date
    last: date
    weight: float
    reason: Wording


class FurtherDays(Record):
    """How many stretches of one kind in a channel are not listed."""

    kind: str
    channel: str | None
    count: int


class Performance(Record):
    """How the channels fared in the last weeks of the history, and what looks odd in it.

    Parameters
    ----------
    first, last : the weeks' first and last day
    days : their length; `before` is of as many days before them
    total : all channels together
    channels : by channel; empty where the history knows results only for all together
    leaks : of the last quarter
    suspicious : of the whole history, of many of one kind in a channel the first few
    further : how many those few leave out
    """

    first: date
    last: date
    days: int
    total: Fares
    channels: tuple[ChannelFares, ...] = ()
    leaks: tuple[FunnelLeak, ...] = ()
    suspicious: tuple[SuspiciousDays, ...] = ()
    further: tuple[FurtherDays, ...] = ()

    def found_leaks(self) -> tuple[Leak, ...]:
        """The leaks as `models.diagnostics.funnel` tells them."""
        from models.diagnostics.funnel import Leak

        return tuple(Leak(leak.kind, leak.channel, leak.reason.phrase()) for leak in self.leaks)

    def found_flags(self) -> tuple[Flag, ...]:
        """The suspicious days as `models.diagnostics.anomalies` tells them."""
        from models.diagnostics.anomalies import Flag

        return tuple(
            Flag(
                kind=days.kind,  # type: ignore[arg-type]  # whatever the plan's version knew
                channel=days.channel,
                first=days.first,
                last=days.last,
                weight=days.weight,
                reason=days.reason.phrase(),
            )
            for days in self.suspicious
        )

    def left_out(self) -> dict[tuple[str, str | None], int]:
        """How many stretches of a kind in a channel are not listed."""
        return {(more.kind, more.channel): more.count for more in self.further}
