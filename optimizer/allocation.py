"""The optimiser's answer, immutable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from optimizer.rules import Rule

Side = Literal["current", "proposed"]
Status = Literal["optimal", "time_limit", "round_limit", "numerical_trouble", "infeasible", "given"]


@dataclass(frozen=True)
class Outcome:
    """What a split brings: totals, or one channel's, over the horizon or one of its periods.

    None where it cannot be known (no conversions in the history, no value per conversion).
    """

    spend: float
    conversions: float | None
    revenue: float | None
    value: float | None
    profit: float | None

    @property
    def cpa(self) -> float | None:
        """Money per conversion; None without conversions."""
        return self.spend / self.conversions if self.conversions else None

    @property
    def roas(self) -> float | None:
        """Revenue per unit of money; None without spend."""
        return self.revenue / self.spend if self.spend and self.revenue is not None else None


@dataclass(frozen=True)
class ChannelAllocation:
    """One channel in one period: today's spend and the proposed one, scored by one function.

    `marginal_cpa` and `marginal_roas` are those of the next unit of money at the proposed spend,
    whenever it works.
    `min_spend` and `max_spend` are the limits that the rules leave this channel by itself;
    `binding` names the rules (by path) that stop it. `effective_spend` is the money that the
    response follows where spend carries over from one period to the next; None: it is the spend.
    """

    channel: str
    period: str
    current: Outcome
    proposed: Outcome
    marginal_cpa: float | None = None
    marginal_roas: float | None = None
    min_spend: float = 0.0
    max_spend: float = 0.0
    binding: tuple[str, ...] = ()
    is_extrapolated: bool = False
    effective_spend: float | None = None


@dataclass(frozen=True)
class RuleOutcome:
    """How a rule fares under the proposal.

    Parameters
    ----------
    limit, value, slack : in the rule's own unit; slack >= 0 where it is kept
    shadow_price : objective units gained by one more unit of the limit; None where it has none
    price_of_less : what one less unit costs, where the plan stands on a kink and that is not the
        same; None: it is
    cost : optimum without the rule minus optimum with it, in objective units; None: not asked
    """

    rule: Rule
    limit: float
    value: float | None
    slack: float | None
    is_binding: bool
    shadow_price: float | None = None
    price_of_less: float | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Certificate:
    """The proof: no allocation under these rules has an objective above `bound`.

    ``gap = (bound - value) / |value|``, a fraction. ``is_convex``: the rules' prices alone are the
    proof, so that a rule without a price costs nothing.
    """

    objective: str
    value: float
    bound: float
    gap: float
    solver: str
    iterations: int
    binaries: int
    is_convex: bool = False


@dataclass(frozen=True)
class Relaxation:
    """A way out of an impossible wish: the rule at `to` instead of `limit`, verified by solving.

    Parameters
    ----------
    to : the nearest limit (rounded outward) with which a plan exists; None: without the rule
    value : objective of the best plan then
    cost : how much less that is than under the best of the ways out, in objective units
    also : what has to be relaxed along with it, where several contradictions have to be resolved
    is_nearest : every nearer limit that was tried was proven to leave no plan; False: time ran out
    """

    rule: Rule
    limit: float
    to: float | None
    value: float
    cost: float = 0.0
    also: tuple[Relaxation, ...] = ()
    is_nearest: bool = True


@dataclass(frozen=True)
class Conflict:
    """Why nothing is feasible: rules that contradict each other, in words, and ways out.

    `parts` are the contradictions by themselves, where there are several that share no rule.
    `is_smallest`: fewer of the rules were proven to leave a plan; False: time ran out before that.
    """

    rules: tuple[Rule, ...]
    message: str
    relaxations: tuple[Relaxation, ...] = ()
    parts: tuple[Conflict, ...] = ()
    is_smallest: bool = True


@dataclass(frozen=True)
class RiskOutcome:
    """What the proposal brings across the draws of the curves, in objective units.

    Parameters
    ----------
    draws : how many
    level : share of the draws that are not among the worst, fraction
    expected, bad_case : mean over all draws, and over the worst
    probability_of_loss : share of draws under which today's split is better; None: unknown
    """

    draws: int
    level: float
    expected: float
    bad_case: float
    probability_of_loss: float | None


@dataclass(frozen=True)
class Allocation:
    """The proposal, its proof, and what each rule does to it.

    For an infeasible problem `conflict` says why and `channels` is empty. `channels` has one entry
    per channel and period, period by period. `tail` is what spend within the horizon brings after
    its end, one entry per channel that carries over (its own spend there is 0); the objective
    counts it, `proposed`, `current` and the rules do not.
    """

    status: Status
    channels: tuple[ChannelAllocation, ...] = ()
    current: Outcome | None = None
    proposed: Outcome | None = None
    rules: tuple[RuleOutcome, ...] = ()
    certificate: Certificate | None = None
    conflict: Conflict | None = None
    warnings: tuple[str, ...] = ()
    unspent: float = 0.0
    risk: RiskOutcome | None = None
    tail: tuple[ChannelAllocation, ...] = ()

    def spend(self, side: Side = "proposed") -> dict[str, float]:
        """Money by channel over the whole horizon."""
        found: dict[str, float] = {}
        for row in self.channels:
            found[row.channel] = found.get(row.channel, 0.0) + getattr(row, side).spend
        return found

    def after_the_end(self, name: str, side: Side = "proposed") -> float | None:
        """Conversions, revenue, value or profit that only come after the horizon's end."""
        parts = [getattr(getattr(row, side), name) for row in self.tail]
        return None if None in parts else math.fsum(parts)

    def reached(self, name: str, side: Side = "proposed") -> float | None:
        """A figure of a whole split as the objective counts it: with what comes after the end."""
        outcome: Outcome | None = getattr(self, side)
        if outcome is None or name == "spend":
            return None if outcome is None else outcome.spend
        of = "revenue" if name == "roas" else name
        within, after = getattr(outcome, of), self.after_the_end(of, side)
        if within is None or after is None:
            return None
        if name == "roas":
            return (within + after) / outcome.spend if outcome.spend else None
        return within + after
