"""What each kind of rule measures, and the linear row or the spends it stands for.

A row rule compares ``spend + conversions + revenue + share of all spend``, each with a
coefficient, to a right side; coefficients and right side are affine in the rule's limit, from
which its shadow price follows. A spend rule speaks of one cell at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from optimizer.allocation import Outcome

Sense = Literal[">=", "<="]


@dataclass(frozen=True)
class Totals:
    """Sums over the cells that a rule speaks of.

    Parameters
    ----------
    outcome : spend, conversions, revenue of those cells
    all_spend : spend of all cells of the same periods
    current, observed : their current and highest observed spend
    weighted : spend weighted by the coefficients of a free linear rule
    changed : how many of the channels change
    """

    outcome: Outcome
    all_spend: float
    current: float
    observed: float
    weighted: float
    changed: int


@dataclass(frozen=True)
class Form:
    """``spend * S + conversions * C + revenue * R + all_spend * T  (>= or <=)  right``."""

    spend: float = 0.0
    conversions: float = 0.0
    revenue: float = 0.0
    all_spend: float = 0.0
    right: float = 0.0


@dataclass(frozen=True)
class Kind:
    """One kind of rule.

    Parameters
    ----------
    sense : whether the measure must be at least or at most the limit
    measure : the number compared to the limit, in the rule's own unit; None where undefined
    form : the row for a limit, given the cells' current and observed spend; None: no row
    per_cell : the rule speaks of every cell by itself, even where it names several
    unit : of the limit, for people: money, fraction, count
    """

    sense: Sense
    measure: Callable[[Totals], float | None]
    form: Callable[[float, float, float], Form] | None = None
    per_cell: bool = False
    unit: str = "money"


def _ratio(top: float | None, bottom: float | None) -> float | None:
    return top / bottom if top is not None and bottom else None


def _spend(totals: Totals) -> float:
    return totals.outcome.spend


def _share(totals: Totals) -> float | None:
    return _ratio(totals.outcome.spend, totals.all_spend)


def _change(totals: Totals) -> float | None:
    ratio = _ratio(totals.outcome.spend, totals.current)
    return None if ratio is None else ratio - 1.0


KINDS: dict[str, Kind] = {
    "budget": Kind("<=", _spend, lambda limit, now, seen: Form(spend=1, right=limit)),
    "min_spend": Kind(">=", _spend, lambda limit, now, seen: Form(spend=1, right=limit)),
    "max_spend": Kind("<=", _spend, lambda limit, now, seen: Form(spend=1, right=limit)),
    "min_share": Kind(
        ">=", _share, lambda limit, now, seen: Form(spend=1, all_spend=-limit), unit="fraction"
    ),
    "max_share": Kind(
        "<=", _share, lambda limit, now, seen: Form(spend=1, all_spend=-limit), unit="fraction"
    ),
    "change_from": Kind(
        ">=", _change, lambda limit, now, seen: Form(spend=1, right=(1 + limit) * now),
        unit="fraction",
    ),
    "change_to": Kind(
        "<=", _change, lambda limit, now, seen: Form(spend=1, right=(1 + limit) * now),
        unit="fraction",
    ),
    "locked": Kind("<=", _change, per_cell=True, unit="fraction"),
    "hold": Kind("<=", _change, per_cell=True, unit="fraction"),
    "extrapolation": Kind(
        "<=", lambda totals: _ratio(totals.outcome.spend, totals.observed),
        lambda limit, now, seen: Form(spend=1, right=limit * seen), per_cell=True,
        unit="fraction",
    ),
    "max_cpa": Kind(
        "<=", lambda totals: totals.outcome.cpa,
        lambda limit, now, seen: Form(spend=1, conversions=-limit),
    ),
    "min_roas": Kind(
        ">=", lambda totals: totals.outcome.roas,
        lambda limit, now, seen: Form(spend=-limit, revenue=1), unit="ratio",
    ),
    "min_conversions": Kind(
        ">=", lambda totals: totals.outcome.conversions,
        lambda limit, now, seen: Form(conversions=1, right=limit), unit="count",
    ),
    "min_revenue": Kind(
        ">=", lambda totals: totals.outcome.revenue,
        lambda limit, now, seen: Form(revenue=1, right=limit),
    ),
    "max_marginal_cpa": Kind("<=", lambda totals: None, per_cell=True),
    "min_if_active": Kind(">=", lambda totals: None, per_cell=True),
    "step": Kind(">=", lambda totals: None, per_cell=True),
    "min_change": Kind(">=", lambda totals: None, per_cell=True, unit="fraction"),
    "max_changed": Kind("<=", lambda totals: float(totals.changed), unit="count"),
    "linear_min": Kind(
        ">=", lambda totals: totals.weighted, lambda limit, now, seen: Form(spend=1, right=limit)
    ),
    "linear_max": Kind(
        "<=", lambda totals: totals.weighted, lambda limit, now, seen: Form(spend=1, right=limit)
    ),
    "max_change_between_periods": Kind("<=", lambda totals: None, unit="fraction"),
}  # fmt: skip
