"""The blocks of a scenario file that lay a plan out in time: months or weeks, and events."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import model_validator

from scenarios.definition.field_types import Count, Day, Fraction, Index, Lift
from scenarios.definition.rule_blocks import (
    Block,
    BudgetRange,
    ChannelLimits,
    Limits,
    Portfolio,
    key,
    required,
)
from scenarios.definition.values import refuse


class PeriodGroup(Limits):
    """Several channels together in one period."""

    channels: list[str] | None = key(
        "names of its channels; default: those of the group of this name", "[tv, video]"
    )
    max_changed: Count | None = key("at most so many of them change", "1")


class PeriodRules(Block):
    """Rules of one period, beside those of the whole plan."""

    channels: dict[str, ChannelLimits] = key("rules by channel", "tv", {})
    groups: dict[str, PeriodGroup] = key("rules for several channels together", "brand", {})
    portfolio: Portfolio = key("rules for all channels together", "", Portfolio())


class Periods(Block):
    """The plan month by month, or week by week: how much when, not only where.

    `min_spend` and `max_spend`, shares, changes and caps hold for the whole plan unless they stand
    under `periods.rules`; a channel that is locked, held or kept within its history is so in
    every period.
    """

    by: Literal["month", "week"] = required("month or week", "month")
    carry_over: bool | None = key(
        "whether spend still works in later periods; default: where there are several", "true"
    )
    max_change_between_periods: Fraction | None = key(
        "every channel: by at most this much a day from one to the next", "20%"
    )
    budgets: dict[str, BudgetRange] = key("money of single periods, as in budget", "2026-12", {})
    season: dict[str, Index] = key(
        "given instead of the fitted one, 1 for an average time of year; of single channels as"
        " {search: {2026-12: 0.9}}",
        "{2026-12: 1.2}",
        {},
    )
    rules: dict[str, PeriodRules] = key("rules of single periods", "2026-12", {})


class Event(Block):
    """Days on which channels work otherwise than their history says."""

    name: str | None = key("what answers call it", "sale")
    start: Day = required("its first day", "2026-12-10")
    end: Day = required("its last day", "2026-12-16")
    channels: list[str] | None = key("default: all", "[search, social]")
    lift: Lift | None = key("how much more (or less) a spend brings on these days", "+30%")
    off: bool | None = key("the channels cannot run on these days", "true", alternative=True)

    @model_validator(mode="after")
    def _possible(self) -> Event:
        if self.end < self.start:
            refuse(f"the event ends ({self.end}) before it starts ({self.start})", key="end")
        if (self.lift is None) != bool(self.off):
            refuse(
                "an event has either 'lift' or 'off: true'", "Write e.g. lift: +30%, or off: true."
            )
        return self

    @property
    def title(self) -> str:
        """Its name, or its days."""
        return self.name or f"{self.start} to {self.end}"

    def touches(self, channel: str, day: date) -> bool:
        """Whether it is on for a channel on a day."""
        return self.start <= day <= self.end and (self.channels is None or channel in self.channels)
