"""The blocks of a scenario file that hold rules: of a channel, of groups, of the whole."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scenarios.definition.field_types import (
    Amount,
    AmountOrSure,
    BudgetAmount,
    Change,
    Coefficient,
    Count,
    Day,
    Fraction,
    PercentOrFree,
    Positive,
    PositiveOrSure,
    Rate,
    Share,
)
from scenarios.definition.values import OfCurrent, as_percent, refuse, shown


def key(meaning: str, example: str, default: Any = None, alternative: bool = False) -> Any:
    """An optional key.

    Parameters
    ----------
    meaning, example : what it says, and a value of it as YAML, for the reference and for editors
    alternative : it cannot stand beside the keys before it
    """
    extra: dict[str, Any] = {"example": example, "alternative": alternative}
    return Field(default=default, description=meaning, json_schema_extra=extra)


def required(meaning: str, example: str, **limits: Any) -> Any:
    """A key that its block cannot do without."""
    return Field(description=meaning, json_schema_extra={"example": example}, **limits)


class Block(BaseModel):
    """A block of keys. Unknown keys are refused, and nothing is changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _ordered(block: Block, low: str, high: str) -> None:
    least, most = getattr(block, low), getattr(block, high)
    if isinstance(least, float) and isinstance(most, float) and least > most:
        write = as_percent if "share" in low else shown
        refuse(f"{low} ({write(least)}) is above {high} ({write(most)})", key=low)


class Outcomes(Block):
    """What must come of the spend."""

    max_cpa: PositiveOrSure | None = key(
        "at most this much per conversion; or {limit: 45, probability: 90%}: in so many draws", "45"
    )
    min_roas: PositiveOrSure | None = key(
        "at least this much revenue per unit of spend; or likewise", "1.5"
    )
    min_conversions: AmountOrSure | None = key("at least so many conversions; or likewise", "300")
    min_revenue: AmountOrSure | None = key("at least this much revenue; or likewise", "20000")


class Limits(Outcomes):
    """What a channel, or several together, may spend, and what must come of it."""

    min_spend: Amount | None = key("at least this much for the period", "20000")
    max_spend: Amount | None = key("at most this much for the period", "60000")
    min_share: Share | None = key("at least this share of all spend", "10%")
    max_share: Share | None = key("at most this share of all spend", "40%")
    change: Change | None = key(
        "range of change against today; an end, or all of it, may be free", "[-20%, +30%]"
    )

    @model_validator(mode="after")
    def _floors_below_caps(self) -> Limits:
        _ordered(self, "min_spend", "max_spend")
        _ordered(self, "min_share", "max_share")
        return self


FURTHEST = (
    "at most this share of the highest spend per period that history shows over four weeks; or free"
)
UNUSABLE = (
    "where the evidence is unusable: hold at the current spend, limited to 30 % around it, or free"
)
Unusable = Literal["hold", "limited", "free"]


class ChannelLimits(Limits):
    """What one channel may do."""

    locked: bool | None = key("stays at its current spend", "false")
    max_marginal_cpa: Positive | None = key(
        "the last unit of money still brings conversions at this cost", "60"
    )
    min_if_active: Positive | None = key("zero, or at least this much", "5000")
    step: Positive | None = key("a multiple of this much", "500")
    min_change: Fraction | None = key("unchanged, or changed by at least this much", "5%")


class ChannelRules(ChannelLimits):
    """One channel."""

    max_change_between_periods: Fraction | None = key(
        "of several periods: by at most this much from one to the next", "20%"
    )
    extrapolation: PercentOrFree | None = key(FURTHEST, "150%")
    unusable: Unusable | None = key(UNUSABLE, "free")
    value_per_conversion: Positive | None = key(
        "revenue of one conversion, instead of history's", "85"
    )
    margin: Share | None = key("profit share of revenue before advertising", "40%")
    repeat_rate: Rate | None = key(
        "probability that a customer buys again; for the objective value", "20%"
    )


class Defaults(ChannelRules):
    """Every channel that does not say otherwise."""

    extrapolation: PercentOrFree = key(FURTHEST, "125%", 1.25)
    unusable: Unusable = key(UNUSABLE, "hold", "hold")


class Group(Limits):
    """Several channels together."""

    channels: list[str] = required("names of its channels", "[tv, video]", min_length=1)
    max_changed: Count | None = key("at most so many of them change", "1")


class Portfolio(Outcomes):
    """All channels together."""

    max_changed: Count | None = key("at most so many channels change", "4")


class LinearRule(Block):
    """Anything else that is linear in spend: a weighted sum of channels' spend within limits."""

    name: str | None = key("what answers call it", "balance")
    sum: dict[str, Coefficient] = required(
        "factor on each channel's spend", "{tv: 1, search: -0.5}", min_length=1
    )
    min: Coefficient | None = key("the sum is at least this", "-50000")
    max: Coefficient | None = key("the sum is at most this", "0")

    @model_validator(mode="after")
    def _limited(self) -> LinearRule:
        if self.min is None and self.max is None:
            refuse("the rule has neither 'min' nor 'max'", "Give it one of them.")
        _ordered(self, "min", "max")
        return self


GOALS: tuple[Literal["conversions", "revenue", "roas", "cpa"], ...] = (
    "conversions",
    "revenue",
    "roas",
    "cpa",
)


class Target(Block):
    """What the least spend must reach, with `minimise: spend`.

    `probability` is the share of the draws in which each of them has to be reached; without it
    they are reached on the curves themselves.
    """

    conversions: Positive | None = key("at least so many conversions", "6500")
    revenue: Positive | None = key("at least this much revenue", "400000")
    roas: Positive | None = key("at least this much revenue per unit of spend", "2")
    cpa: Positive | None = key("at most this much per conversion", "50")
    probability: Share | None = key("all of it in at least this share of the draws", "80%")

    @model_validator(mode="after")
    def _amount_named(self) -> Target:
        if self.conversions is None and self.revenue is None:
            refuse(
                "the target names no amount to reach, so that spending nothing would do",
                "Give it 'conversions' or 'revenue'.",
            )
        return self


class Goal(Block):
    """What is to be reached, as people promise it: a name, an amount, a day.

    A goal changes nothing about the plan; the plan says how likely it is.
    """

    name: str | None = key("what answers call it", "spring")
    conversions: Positive | None = key("at least so many conversions", "6500")
    revenue: Positive | None = key("or at least this much revenue", "560000", alternative=True)
    roas: Positive | None = key("or at least this much per unit of spend", "2", alternative=True)
    cpa: Positive | None = key("or at most this much per conversion", "40", alternative=True)
    by: Day | None = key("the plan's last day, or that of one of its periods", "2026-12-31")

    @model_validator(mode="after")
    def _one_amount(self) -> Goal:
        named = [name for name in GOALS if getattr(self, name) is not None]
        if len(named) != 1:
            refuse(f"the goal names {len(named)} amounts", f"Give it one of {', '.join(GOALS)}.")
        return self

    @property
    def measure(self) -> Literal["conversions", "revenue", "roas", "cpa"]:
        """What it is about."""
        return next(name for name in GOALS if getattr(self, name) is not None)

    @property
    def limit(self) -> float:
        """How much of it."""
        return getattr(self, self.measure)


class RiskBlock(Block):
    """How sure the plan has to be, over the draws of the curves."""

    measure: Literal["cvar"] | None = key(
        "maximise the mean of the worst draws instead of all", "cvar"
    )
    level: Rate | None = key("share of the draws that are not among the worst", "90%")
    probability_of_loss: Rate | None = key(
        "instead: worse than today in at most this share of the draws", "5%", alternative=True
    )

    @model_validator(mode="after")
    def _one_measure(self) -> RiskBlock:
        if (self.measure is None) == (self.probability_of_loss is None):
            refuse(
                "risk needs one of 'measure' and 'probability_of_loss'",
                "Write {measure: cvar, level: 90%} or {probability_of_loss: 5%}.",
            )
        if (self.measure is None) != (self.level is None):
            refuse("'level' and 'measure' go together", "Write {measure: cvar, level: 90%}.")
        return self


class BudgetRange(Block):
    """Money for the period, from `min` to `max`; an amount by itself is spent in full."""

    min: BudgetAmount = key("spend at least this", "100000", 0.0)
    max: BudgetAmount = required("spend at most this", "+10%")

    @model_validator(mode="before")
    @classmethod
    def _one_amount(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"min": value, "max": value}

    @model_validator(mode="after")
    def _possible(self) -> BudgetRange:
        _ordered(self, "min", "max")
        if self.max == 0.0:
            refuse("a budget of 0 leaves nothing to divide")
        if (
            isinstance(self.min, OfCurrent)
            and isinstance(self.max, OfCurrent)
            and self.min.change > self.max.change
            and self.min.amount >= self.max.amount
        ):
            refuse("'min' is above 'max'", key="min")
        return self
