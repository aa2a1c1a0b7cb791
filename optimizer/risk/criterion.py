"""What is asked of a plan under the draws: a mean that counts the worst ones more, and limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme, Row
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
class Chance:
    """A limit that has to hold in most draws: ``spend @ x + response @ f(x) >= floor``.

    Parameters
    ----------
    spend, response : coefficients by axis; those on responses are at least 0
    floors : by draw, in the limit's own unit, shape (draws,)
    excused : how many draws may break it
    rounding : relative miss that breaks nothing
    """

    spend: Array
    response: Array
    floors: Array
    excused: int
    rounding: float = 0.0

    def short(self, spend: Array, responses: Array) -> Array:
        """By how much each draw misses its floor, 0 where it keeps it, shape (draws,)."""
        left = float(self.spend @ spend) + self.response @ responses
        short = self.floors - left
        size = np.abs(self.floors) + float(np.abs(self.spend) @ np.abs(spend))
        return np.where(short > self.rounding * size, short, 0.0)

    def broken(self, spend: Array, responses: Array) -> Index:
        """The draws that break it, the worst first."""
        short = self.short(spend, responses)
        return np.argsort(-short, kind="stable")[: int((short > 0).sum())]

    def row(self, draw: int) -> Row:
        """The limit under one draw, for that draw's curves."""
        axes = np.flatnonzero((self.spend != 0) | (self.response != 0))
        return Row(axes, self.spend[axes], self.response[axes], float(self.floors[draw]), np.inf)


@dataclass(frozen=True, eq=False)
class Aim:
    """What is asked of a plan under the draws.

    Outcomes have one entry per draw and then one of the curves themselves, shape (draws + 1,).

    Parameters
    ----------
    level, weight : of the mean of the worst draws in the objective, see `tail_weights`
    chances : limits that have to hold in most draws
    is_plain : the objective is that of the curves themselves; else a mean of the draws'
    """

    programme: Programme
    drawn: Drawn
    level: float = 0.0
    weight: float = 0.0
    chances: tuple[Chance, ...] = ()
    is_plain: bool = False

    def responses(self, spend: Array) -> Array:
        """Response of every axis under each draw, then of its own curve, (axes, draws + 1)."""
        return np.hstack([self.drawn.responses(spend), self.programme.bank.at(spend)[0][:, None]])

    def outcomes(self, spend: Array) -> Array:
        """Objective of a plan under each draw and of the curves themselves."""
        programme = self.programme
        fixed = float(programme.spend_gain @ spend)
        return fixed + programme.response_gain @ self.responses(spend)

    def weights(self, outcomes: Array) -> Array:
        """Of the outcomes in the objective."""
        if self.is_plain:
            return np.append(np.zeros(len(outcomes) - 1), 1.0)
        return np.append(tail_weights(outcomes[:-1], self.level, self.weight), 0.0)

    def broken(self, spend: Array) -> list[Index]:
        """Of each limit the draws that break it, the worst first."""
        responses = self.drawn.responses(spend)
        return [chance.broken(spend, responses) for chance in self.chances]

    def allows(self, spend: Array, settings: Settings) -> bool:
        """Whether a plan keeps every rule, and every limit in enough draws."""
        few = zip(self.chances, self.broken(spend), strict=True)
        return (
            all(len(broken) <= chance.excused for chance, broken in few)
            and self.programme.violation(spend) <= settings.rounding
        )
