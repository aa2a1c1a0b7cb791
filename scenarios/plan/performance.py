"""How the channels fared before a plan: what `budgetopt check` shows, as a part of the plan.

Figures are those of `models.diagnostics.trend`, findings those of its `funnel` and `anomalies`,
kept so compactly that a plan of a thousand channels stays handy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from models.phrases import Text
from scenarios.plan.records import Record

if TYPE_CHECKING:
    from models.diagnostics.anomalies import Flag
    from models.diagnostics.funnel import Leak
    from models.diagnostics.trend import Movement


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
    reason: Text


class SuspiciousDays(Record):
    """Days that look wrong, and how far to trust them; see `models.diagnostics.anomalies.Flag`.

    `channel` is None where all channels are meant.
    """

    kind: str
    channel: str | None
    first: date
    last: date
    weight: float
    reason: Text


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

        return tuple(Leak(**dict(leak)) for leak in self.leaks)

    def found_flags(self) -> tuple[Flag, ...]:
        """The suspicious days as `models.diagnostics.anomalies` tells them."""
        from models.diagnostics.anomalies import Flag

        return tuple(Flag(**dict(days)) for days in self.suspicious)

    def left_out(self) -> dict[tuple[str, str | None], int]:
        """How many stretches of a kind in a channel are not listed."""
        return {(more.kind, more.channel): more.count for more in self.further}
