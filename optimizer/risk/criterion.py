"""What is asked of a plan under the draws: a mean that counts the worst ones more, and floors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.solver import Settings
from optimizer.risk.draws import Drawn

Array = NDArray[np.floating]


def tail_weights(outcomes: Array, level: float, weight: float = 1.0) -> Array:
    """Weights of the draws under which the mean is ``weight * CVaR + (1 - weight) * mean``.

    Parameters
    ----------
    outcomes : objective under each draw, shape (draws,)
    level : share of the draws that are not among the worst, fraction
    """
    count = len(outcomes)
    rest, tail = max((1.0 - level) * count, 1.0), np.zeros(count)
    order = np.argsort(outcomes, kind="stable")
    tail[order] = np.clip(rest - np.arange(count), 0.0, 1.0) / rest
    return weight * tail + (1.0 - weight) / count


def cvar(outcomes: Array, level: float) -> float:
    """Mean of the worst draws; at least one draw, however high the level."""
    return float(tail_weights(outcomes, level) @ outcomes)


@dataclass(frozen=True, eq=False)
class Aim:
    """What is asked of a plan under the draws.

    Parameters
    ----------
    level, weight : of the mean of the worst draws in the objective, see `tail_weights`
    floors : objective below which a draw loses, shape (draws,); empty: none
    excused : how many draws may lose
    """

    programme: Programme
    drawn: Drawn
    level: float = 0.0
    weight: float = 0.0
    floors: Array = field(default_factory=lambda: np.empty(0))
    excused: int = 0

    def outcomes(self, spend: Array) -> Array:
        """Objective of a plan under each draw, shape (draws,)."""
        programme = self.programme
        fixed = float(programme.spend_gain @ spend)
        return fixed + programme.response_gain @ self.drawn.responses(spend)

    def weights(self, outcomes: Array) -> Array:
        return tail_weights(outcomes, self.level, self.weight)

    def losing(self, outcomes: Array) -> Index:
        """The draws that lose, the worst first."""
        if not self.floors.size:
            return np.empty(0, dtype=int)
        short = self.floors - outcomes
        return np.argsort(-short, kind="stable")[: int((short > 0).sum())]

    def allows(self, spend: Array, outcomes: Array, settings: Settings) -> bool:
        return (
            len(self.losing(outcomes)) <= self.excused
            and self.programme.violation(spend) <= settings.rounding
        )
