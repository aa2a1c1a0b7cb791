"""What a planner may demand of an allocation. No solver in sight.

Amounts are totals for the plan's horizon (or for one of its periods), shares and changes are
fractions (0.25 = 25 %), CPA is money per conversion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RuleKind = Literal[
    "budget",  # all money of the horizon or of one period; the optimiser adds it by itself
    "probability_of_loss",  # the problem's risk, where an answer names it beside the rules
    # limits on spend
    "min_spend",  # at least this much money
    "max_spend",  # at most this much money
    "min_share",  # at least this fraction of all spend
    "max_share",  # at most this fraction of all spend
    "change_from",  # spend >= (1 + limit) * current, limit -0.2 for -20 %
    "change_to",  # spend <= (1 + limit) * current
    "locked",  # spend = current; the limit is not used
    "hold",  # as locked, put there because the evidence is unusable
    "extrapolation",  # spend <= limit * highest observed spend (1.25 for 125 %)
    # limits on what comes of it
    "max_cpa",  # spend <= limit * conversions
    "min_roas",  # revenue >= limit * spend
    "min_conversions",  # conversions >= limit
    "min_revenue",  # revenue >= limit
    "max_marginal_cpa",  # one more unit of money brings at least 1 / limit conversions
    # yes-or-no rules
    "min_if_active",  # zero, or at least this much money
    "step",  # a multiple of this much money
    "min_change",  # unchanged, or changed by at least this fraction of current spend
    "max_changed",  # at most this many channels change
    # anything else that is linear in spend
    "linear_min",  # sum of coefficients * spend >= limit
    "linear_max",  # sum of coefficients * spend <= limit
    # between one period and the next of a horizon with several
    "max_change_between_periods",  # |spend(t) - spend(t-1)| <= limit * spend(t-1)
]


@dataclass(frozen=True)
class Rule:
    """One demand.

    Parameters
    ----------
    kind : what is demanded
    limit : the number that goes with it (money, fraction, CPA, count)
    channels : the channels it speaks of together; empty for the whole portfolio
    period : label of the one period it speaks of; None for the whole horizon
    path : where the person wrote it, e.g. ``channels.search.max_cpa``; names it in answers
    coefficients : for linear rules, the factor on each channel's spend
    probability : of a limit on what comes of spend, the least share of the draws in which it has
        to hold, fraction; None: it has to hold on the channels' own curves
    is_fixed : a person can let go of it, but write no other limit in its place
    instead : what holds once it is let go: the general rules that it keeps from its channels
    """

    kind: RuleKind
    limit: float = 0.0
    channels: tuple[str, ...] = ()
    period: str | None = None
    path: str = ""
    coefficients: Mapping[str, float] = field(default_factory=dict)
    is_fixed: bool = False
    probability: float | None = None
    instead: tuple[Rule, ...] = ()
