"""The parts of the Plan document. Plain data; None means unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from models.phrases import Text


class Record(BaseModel):
    """Plain data: unknown keys are refused, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def of(cls, found: object, **own: Any) -> Self:
        """What another object holds under the record's names, but for what `own` says."""
        same = {name: getattr(found, name) for name in cls.model_fields if hasattr(found, name)}
        return cls(**(same | own))


class Totals(Record):
    """What a split brings. `value` is lifetime value, where the scenario speaks of it."""

    spend: float
    conversions: float | None = None
    revenue: float | None = None
    cpa: float | None = None
    roas: float | None = None
    profit: float | None = None
    value: float | None = None


class Interval(Record):
    """5th and 95th percentile over the curve's draws, at the proposed spend."""

    conversions: tuple[float, float] | None = None
    revenue: tuple[float, float] | None = None


class ChannelPlan(Record):
    """One channel, over the horizon or over one of its periods.

    Parameters
    ----------
    change : fraction, spend / current_spend - 1; None where nothing is spent today
    marginal_cpa, marginal_roas : of the next unit of money at the proposed spend
    min_spend, max_spend : limits that the rules leave this channel by itself; None: none
    binding : paths of the rules that stop it
    margin : profit share of revenue before advertising, fraction
    fit_periods, season : how the curve is stretched over the horizon or period, so that
        ``conversions = fit_periods * season * curve(spend / fit_periods)``; of a horizon with
        several periods only the sum and the mean, the formula holds for each period
    effective_spend, current_effective_spend : of a period, where spend carries over from one to
        the next: what stands in the formula in the place of the spend
    """

    channel: str
    current_spend: float | None = None
    spend: float
    change: float | None = None
    current_conversions: float | None = None
    conversions: float | None = None
    current_revenue: float | None = None
    revenue: float | None = None
    current_profit: float | None = None
    profit: float | None = None
    cpa: float | None = None
    roas: float | None = None
    marginal_cpa: float | None = None
    marginal_roas: float | None = None
    min_spend: float | None = None
    max_spend: float | None = None
    binding: tuple[str, ...] = ()
    evidence: Literal["usable", "weak", "unusable"] = "usable"
    reasons: tuple[Text, ...] = ()
    is_extrapolated: bool = False
    interval: Interval | None = None
    margin: float | None = None
    fit_periods: float = 1.0
    season: float = 1.0
    effective_spend: float | None = None
    current_effective_spend: float | None = None

    @property
    def working_spend(self) -> float:
        """The money that works: where spend carries over, not only the period's own."""
        return self.spend if self.effective_spend is None else self.effective_spend

    @property
    def current_working_spend(self) -> float | None:
        """Likewise of today's spend; None where it is not known."""
        working = self.current_effective_spend
        return self.current_spend if working is None else working

    def level(self, is_current: bool = False) -> float | None:
        """Spend at work per fit period, where the curve is read; None where it is not known."""
        working = self.current_working_spend if is_current else self.working_spend
        if working is None:
            return None
        return working / self.fit_periods if self.fit_periods else 0.0


class Horizon(Record):
    """First and last day (ISO) and length. Without a history only the length may be known."""

    start: str | None = None
    end: str | None = None
    days: float


class Money(Record):
    """An amount, or a range of it."""

    min: float
    max: float


class PeriodPlan(Record):
    """One stretch of a horizon that has several; its totals and channels are its own.

    `budget` is the money for this period alone, where it has its own.
    """

    label: str
    start: str | None = None
    end: str | None = None
    days: float
    budget: Money | None = None
    current: Totals | None = None
    proposed: Totals
    channels: tuple[ChannelPlan, ...]


class ChannelTail(Record):
    """What one channel's spend within the horizon still brings after its end."""

    channel: str
    current_conversions: float | None = None
    conversions: float | None = None
    current_revenue: float | None = None
    revenue: float | None = None


class Tail(Record):
    """What spend within the horizon still brings after its end, if nothing more is spent.

    The objective counts it; no other figure of the plan does.
    """

    current: Totals | None = None
    proposed: Totals
    channels: tuple[ChannelTail, ...]


class RuleLine(Record):
    """How a rule fares under the proposal; `limit`, `value`, `slack` in the rule's own unit.

    Parameters
    ----------
    rule : where it stands in the scenario, e.g. ``channels.search.max_cpa``
    kind : what it demands, by its name in `optimizer.rules`
    channels : the channels it speaks of together; empty for all
    period : label of the one period it speaks of; None: of the whole horizon, or of each period
    probability : the least share of the draws in which the limit has to hold; `value` is then that
        of the worst of those draws. None: it has to hold on the curves themselves
    shadow_price : objective units gained by one more unit of the limit
    price_of_less : what one less unit costs, where the plan stands on a kink and that is another
    cost : objective without the rule minus objective with it
    reached_in : of a limit on what comes of spend, the share of the draws in which the proposal
        keeps it; None where draws say nothing about it
    """

    rule: str
    kind: str = ""
    channels: tuple[str, ...] = ()
    period: str | None = None
    probability: float | None = None
    limit: float | None = None
    value: float | None = None
    slack: float | None = None
    is_binding: bool = False
    shadow_price: float | None = None
    price_of_less: float | None = None
    cost: float | None = None
    reached_in: float | None = None

    @property
    def is_target(self) -> bool:
        """Whether it is the goal itself, for which the least is spent, and no rule beside it."""
        return self.rule.startswith("target.")


class Proof(Record):
    """No allocation under these rules has an objective above `bound`; `gap` is a fraction."""

    objective: str
    value: float
    bound: float
    gap: float
    solver: str
    iterations: int = 0
    binaries: int = 0


class Confidence(Record):
    """Over the curves' draws: how often the proposal beats today, and its uplift's 5/50/95 %.

    `beyond_observed` is the share of the expected gain that comes from spend above what history
    shows; unknown where history's spend is.
    """

    draws: int
    beats_current: float
    uplift: tuple[float, float, float]
    beyond_observed: float | None = None


class Promise(Record):
    """What the plan and today's split reach with a probability: the draws of the curves, and what
    scatters around them where `scatters`; a CPA is at most so much."""

    measure: Literal["conversions", "revenue", "roas", "cpa"]
    probability: float
    proposed: float
    current: float | None = None
    scatters: bool = True


class GoalLine(Record):
    """How likely the plan reaches a goal, and with which budget it would be 80 % likely.

    `budget` is the least that was tried and did; None where none up to twice the plan's does, or
    where the plan's own does.
    """

    name: str
    measure: Literal["conversions", "revenue", "roas", "cpa"]
    limit: float
    by: str | None = None
    probability: float
    current: float | None = None
    budget: float | None = None
    budget_probability: float | None = None


class LastMoney(Record):
    """The last money costs more than it brings: what the best budget, at most the plan's, would be.

    `revenue` and `left` are what changes with it: revenue, and what is left of it after the spend,
    `after_margin` where every margin is known. `channels` are those that it cuts, with the revenue
    of their next unit of money in the plan.
    """

    budget: float
    revenue: float
    left: float
    after_margin: bool
    channels: Mapping[str, float]


class RiskLine(Record):
    """The objective over the draws: on average, and over the worst of them.

    `level` is the share of draws that are not among the worst.
    """

    draws: int
    level: float
    expected: float
    bad_case: float
    probability_of_loss: float | None = None


class CurvePoint(Record):
    """A breakpoint, per fit period; low and high are the band of conversions (or of revenue)."""

    spend: float
    conversions: float | None = None
    revenue: float | None = None
    low: float | None = None
    high: float | None = None


class PlanCurve(Record):
    """A channel's curve as drawn and tabulated: straight lines between points. Per fit period.

    Parameters
    ----------
    observed_max : the highest mean spend that history shows over four weeks
    carry_over : share of the effect that a fit period leaves to the next, fraction
    carried : effective spend at the history's end
    carry_in : effective spend with which the horizon begins; None where the plan takes every
        period at its steady state
    season : factor on the response by week of the year, about 1 on average; empty: none
    noise : variance of the response around the curve, per unit of response; None: not known
    demand_spread : standard deviation of the factor by which all channels' response comes and goes
        together; None: not known
    """

    family: str
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    current: float | None = None
    observed_max: float | None = None
    carry_over: float = 0.0
    carried: float | None = None
    carry_in: float | None = None
    season: tuple[float, ...] = ()
    noise: float | None = None
    demand_spread: float | None = None
    points: tuple[CurvePoint, ...] = ()


class Relaxed(Record):
    """A way out of an impossible wish; `also` what has to be relaxed along with it.

    `to` is null where only the rule's absence helps. `is_nearest` is false where time ran out
    before every nearer limit was proven to leave no plan.
    """

    model_config = ConfigDict(populate_by_name=True)
    rule: str
    kind: str = ""
    channels: tuple[str, ...] = ()
    limit: float = Field(alias="from")
    to: float | None
    cost: float | None = None
    also: tuple[Relaxed, ...] = ()
    is_nearest: bool = True


class Contradiction(Record):
    """Rules that cannot hold together, and why.

    `is_smallest` is false where time ran out before fewer of them were proven to leave a plan.
    """

    rules: tuple[str, ...]
    message: Text = ""
    is_smallest: bool = True


class PlanConflict(Contradiction):
    """Why nothing is feasible; `parts` are the contradictions, where several share no rule."""

    relaxations: tuple[Relaxed, ...] = ()
    parts: tuple[Contradiction, ...] = ()


class InputFile(Record):
    """A file the plan was made from, as the scenario names it; of a warehouse, its sums' hash."""

    role: Literal["scenario", "history", "curves", "warehouse", "weights", "lift_tests"]
    file: str
    sha256: str


class Provenance(Record):
    """Where the plan comes from: enough to make it again."""

    model_config = ConfigDict(extra="allow")
    version: str = ""
    inputs: tuple[InputFile, ...] = ()
    overrides: tuple[str, ...] = ()
    versions: Mapping[str, str] = Field(default_factory=dict)
    seed: int | None = None
    rows: int | None = None
    first_date: str | None = None
    last_date: str | None = None
    history_sha256: str | None = None
    curves_sha256: str | None = None
    scenario_sha256: str | None = None
