"""The `fit` of a scenario file: how the curves of its history are made and corrected."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from scenarios.definition.field_types import CarryOver, Count, Day, Fraction, ShareRange
from scenarios.definition.rule_blocks import Block, key, required
from scenarios.definition.values import refuse

Family = Literal[
    "auto", "simplest", "hill", "hill_concave", "exponential", "logarithmic", "power", "linear"
]
LONGEST_LAG = 365


class PastEvent(Block):
    """Days on which something else moved conversions."""

    name: str = required("an event that returns has the same name each time", "Black Friday")
    start: Day = required("its first day", "2025-11-28")
    end: Day | None = key("its last day; default: the first", "2025-12-01")

    @model_validator(mode="after")
    def _possible(self) -> PastEvent:
        if self.end is not None and self.end < self.start:
            refuse(f"the event ends ({self.end}) before it starts ({self.start})", key="end")
        return self


class FitBlock(Block):
    """How to fit the curves of `history`; everything that `budgetopt fit` takes as an option."""

    family: Family = key("of all channels' curves; auto averages by what predicts", "hill", "hill")
    families: dict[str, Family] = key("of single channels", "{tv: exponential}", {})
    draws: Count = key("equally likely curves a channel", "200", 200)
    seed: Count = key("of the draws", "0", 0)
    carry_over: CarryOver = key(
        "delayed: the effect peaks some periods after the spend; or what is known of single "
        "channels: the range of the share that one period leaves to the next",
        "{tv: [40%, 70%]}",
        "geometric",
    )
    media_share: ShareRange | None = key(
        "of a mix: the share of its KPI that all channels bring, as far as it is known", "[5%, 30%]"
    )
    lag: Count = key("days at the end whose conversions are still arriving", "7", 7)
    by: str | None = key("a column whose values are fitted side by side", "geo")
    holidays: list[str] = key(
        "whose days may move conversions: countries' codes, or shopping (9.9, 10.10, 11.11, 12.12, "
        "Black Friday)",
        "[VN, shopping]",
        [],
    )
    events: list[PastEvent] = key("what else moved conversions in the past", "", [])
    doubt: Literal["suspicious", "none"] = key(
        "whether days that look wrong count less, such as broken tracking", "none", "suspicious"
    )
    weights: str | None = key("days to count less, as `check --weights` writes", "weights.csv")
    incrementality: dict[str, Fraction] = key(
        "the share of what platforms attribute that counts", "{social: 70%}", {}
    )
    lift_tests: str | None = key("experiments that correct the curves", "tests.csv")
    holdout: bool = key("judge the curves on held-out weeks of the past", "true", False)

    @model_validator(mode="after")
    def _possible(self) -> FitBlock:
        if self.lag > LONGEST_LAG:
            refuse(f"a lag of {self.lag} days is above {LONGEST_LAG}", key="lag")
        return self


CORRECTIONS = frozenset(("incrementality", "lift_tests"))  # what is asked of given curves too
