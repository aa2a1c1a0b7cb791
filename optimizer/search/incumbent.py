"""A plan between its own value and what no plan exceeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Programme

Array = NDArray[np.floating]

# "optimal": the gap is proven; "infeasible": no plan exists; the others say what ended the search
# before either: the time, the rounds, or a model that no solver could answer.
Status = Literal["optimal", "time_limit", "round_limit", "numerical_trouble", "infeasible"]


@dataclass(frozen=True, eq=False)
class Sandwich:
    """A plan and its proof.

    Parameters
    ----------
    status : see `Status`
    spend : plan per axis, money; empty when infeasible or when none was found in time
    value, bound : objective of the plan, and what no plan exceeds
    prices : objective per unit of each row's limit (of the convex programme around the plan)
    iterations, binaries : rounds, and binaries in the last model
    is_convex : the prices alone prove the plan, over all that the rules allow: what a rule
        without a price forbids is then no loss
    mixture : of a sure plan, the weights of the draws under which no other plan is better, shape
        (draws,); None where there are none
    reference : size of an objective below which a relative gap would mean nothing
    """

    status: Status
    spend: Array
    value: float = -np.inf
    bound: float = np.inf
    prices: Array | None = None
    iterations: int = 0
    binaries: int = 0
    is_convex: bool = False
    mixture: Array | None = None
    reference: float = 0.0

    def or_better(
        self, programme: Programme, spend: Array, prices: Array | None, rounding: float
    ) -> Sandwich:
        """With this plan instead, if it keeps the rows and its objective is greater."""
        if programme.violation(spend) > rounding:
            return self
        value = programme.value(spend)
        if value <= self.value:
            return self
        return replace(self, spend=spend, value=value, prices=prices)

    @property
    def gap(self) -> float:
        """``(bound - value) / |value|``, at least 0; a fraction."""
        if not np.isfinite(self.value):
            return np.inf
        return max(self.bound - self.value, 0.0) / self.size

    @property
    def size(self) -> float:
        """What the gap is relative to."""
        known = self.value if np.isfinite(self.value) else self.bound
        return max(abs(known) if np.isfinite(known) else 0.0, self.reference, 1e-300)
