"""The question put to the optimiser: curves, budget, horizon, objective, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from models.curves.curveset import CurveSet
from optimizer.rules import Rule

Objective = Literal["revenue", "conversions", "value", "profit", "roas", "spend"]


@dataclass(frozen=True)
class Budget:
    """Money for the horizon (or one period), from `minimum` to `maximum`; equal: spent in full."""

    minimum: float
    maximum: float

    @property
    def is_fixed(self) -> bool:
        """Whether the whole amount has to be spent."""
        return self.minimum == self.maximum


@dataclass(frozen=True)
class Period:
    """One stretch of the horizon.

    Parameters
    ----------
    label : unique name, e.g. "2026-12"
    days : its length
    factors : factor on each channel's response (season, events); a channel not named has 1
    budget : money for this period alone, where it has its own
    active : fraction of the days on which each channel may run; a channel not named may always
    """

    label: str
    days: float
    factors: Mapping[str, float] = field(default_factory=dict)
    budget: Budget | None = None
    active: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Risk:
    """A plan that holds up across the draws of the curves.

    Parameters
    ----------
    measure : "cvar" maximises the mean objective of the worst draws; "probability_of_loss"
        maximises the mean objective of all draws among the plans that are seldom worse than today
    level : of "cvar", the share of draws that are not among the worst (0.9: the worst 10 %; 0:
        none left out); of "probability_of_loss", the greatest share of draws that may lose
    weight : of "cvar", the worst draws' share in the objective; the rest is the mean of all draws
    """

    measure: Literal["cvar", "probability_of_loss"]
    level: float
    weight: float = 1.0


@dataclass(frozen=True)
class Problem:
    """A budget to divide.

    Parameters
    ----------
    curves : responses per fit period
    budget : money for the whole horizon: a number is spent in full
    days : length of the horizon, for a horizon of one period
    objective : what to maximise; "spend" is minimised, for a target given by rules
    rules : everything demanded; a scenario's defaults (extrapolation, hold) are rules too and
        are added by whoever builds the problem
    factors : factor on each channel's response over a one-period horizon (season)
    current : today's spend over one fit period by channel; default: the curves' own
    periods : several periods instead of `days` and `factors`, in order of time
    carry_over : whether spend still works in later periods and after the end, as the curves'
        carry-over says; else every period stands at the steady response of its own spend
    carry_in : effective spend per fit period with which the horizon begins, by channel; default:
        the current spend
    target_marginal_roas : with objective revenue and a budget range, spend only as long as the
        next unit of money brings at least this much revenue
    risk : maximise what the worst draws bring, or limit how often the plan loses

    Examples
    --------
    >>> from models.curves.curveset import ChannelCurve
    >>> from models.curves.families import Logarithmic
    >>> curves = CurveSet(tuple(ChannelCurve(name, Logarithmic(a, 100.0))
    ...                         for name, a in (("search", 30.0), ("social", 10.0))))
    >>> Problem(curves, budget=4000.0, objective="conversions").total
    Budget(minimum=4000.0, maximum=4000.0)
    """

    curves: CurveSet
    budget: float | Budget
    days: float = 28.0
    objective: Objective = "revenue"
    rules: tuple[Rule, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    current: Mapping[str, float] = field(default_factory=dict)
    periods: tuple[Period, ...] = ()
    carry_over: bool = False
    carry_in: Mapping[str, float] = field(default_factory=dict)
    target_marginal_roas: float | None = None
    risk: Risk | None = None

    @property
    def total(self) -> Budget:
        """The budget as a range."""
        if isinstance(self.budget, Budget):
            return self.budget
        return Budget(float(self.budget), float(self.budget))

    @property
    def is_drawn(self) -> bool:
        """Whether the draws of the curves decide which plan is best or allowed."""
        return self.risk is not None or any(rule.probability is not None for rule in self.rules)

    def without(self, position: int) -> Problem:
        """The same problem as a person poses it who lets go of the rule at `position`.

        Two ends of one fixed range go together, and what the rule stood in for holds again.
        """
        gone = self.rules[position]
        rest = tuple(
            rule
            for k, rule in enumerate(self.rules)
            if k != position and not (gone.is_fixed and _is_other_end(rule, gone))
        )
        return replace(self, rules=(*rest, *gone.instead))


def _is_other_end(one: Rule, other: Rule) -> bool:
    """Whether two rules are the ends of one range that a person can only let go of as a whole."""
    return one.is_fixed and (one.path, one.channels, one.period) == (
        other.path, other.channels, other.period,
    )  # fmt: skip
