"""Two objectives at once: the plans of which neither can be bettered without the other's loss.

One objective is maximised while the other has to reach a level, and the level rises from what the
best plan of the first brings to the best there is of the second (the epsilon-constraint method:
Haimes, Lasdon and Wismer, *On a bicriterion formulation of the problems of integrated system
identification and system optimization*, 1971). Every plan carries its own proof: no plan that
reaches its level has more of the first objective than its bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optimizer.objective import optimise
from optimizer.problem import Objective, Problem
from optimizer.program.compile import Compiled, compile_problem, gains_of
from optimizer.program.program import Row
from optimizer.relaxation.solver import Settings
from optimizer.search.incumbent import Sandwich

NEEDS_REVENUE = ("revenue", "value", "profit")
SAME = 1e-7  # relative difference of two levels that are one


@dataclass(frozen=True)
class ParetoPlan:
    """One plan between two objectives.

    Parameters
    ----------
    values : what it brings of the first and of the second objective
    at_least : of the second objective (spend: at most), what every plan compared has to reach;
        None: today's split, which is compared with none
    bound : no plan that reaches it has more of the first objective (spend: less)
    gap : ``|bound - value| / |value|`` of the first objective, fraction
    status : of the search
    spend : by channel, money for the whole horizon
    """

    values: tuple[float, float]
    at_least: float | None
    bound: float | None
    gap: float | None
    status: str
    spend: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class _Pair:
    """A compiled problem and both objectives on its axes."""

    compiled: Compiled
    names: tuple[Objective, Objective]

    def value(self, number: int, spend: np.ndarray) -> float:
        """An objective on the true curves; spend negated, as it is maximised."""
        gains = gains_of(self.compiled, self.names[number])
        return self.compiled.programme.with_gains(*gains).value(spend)

    def best(self, number: int, reaching: float | None, settings: Settings) -> Sandwich:
        """The best plan of one objective among those that reach a level of the other."""
        programme = self.compiled.programme.with_gains(*gains_of(self.compiled, self.names[number]))
        if reaching is not None:
            spend, response = gains_of(self.compiled, self.names[1 - number])
            axes = np.flatnonzero((spend != 0) | (response != 0))
            row = Row(axes, spend[axes], response[axes], reaching, np.inf)
            programme = replace(programme, rows=(*programme.rows, row))
        problem = replace(self.compiled.problem, objective=self.names[number])
        return optimise(replace(self.compiled, problem=problem, programme=programme), settings)


def pareto(
    problem: Problem, names: tuple[Objective, Objective], points: int, settings: Settings
) -> tuple[ParetoPlan, ...]:
    """Plans from the best of the first objective to the best of the second; none: there is none.

    Of the plans found each level takes the best that reaches it: so from plan to plan the first
    objective never rises and the second never falls.

    Parameters
    ----------
    names : two objectives other than ROAS; "spend" is what is saved
    points : how many, at least 2

    Raises
    ------
    CurvesError : an objective needs a value per conversion that a channel lacks
    """
    pair = _compiled(problem, names)
    first, second = pair.best(0, None, settings), pair.best(1, None, settings)
    if not (first.spend.size and second.spend.size):
        return ()
    # Of the best plans of the first the one with most of the second, and the other way round.
    least = _reached(pair, 0, first, settings)
    highest = pair.value(1, second.spend)
    levels = np.linspace(min(pair.value(1, least), highest), highest, points)
    found = [first, *(pair.best(0, _nearly(level), settings) for level in levels[1:])]
    plans = [least, second.spend, *(each.spend for each in found if each.spend.size)]
    return tuple(_plan(pair, level, each, plans) for level, each in zip(levels, found, strict=True))


def today_between(problem: Problem, names: tuple[Objective, Objective]) -> ParetoPlan | None:
    """Today's split under both objectives; None where it is not known."""
    pair = _compiled(problem, names)
    starts = pair.compiled.programme.starts
    if not starts:
        return None
    return replace(_told(pair, starts[0]), status="given")


def _compiled(problem: Problem, names: tuple[Objective, Objective]) -> _Pair:
    for name in names:  # each refuses what it lacks
        compile_problem(replace(problem, objective=name))
    wider = next((name for name in names if name in NEEDS_REVENUE), names[0])
    return _Pair(compile_problem(replace(problem, objective=wider)), names)


def _nearly(level: float) -> float:
    """A level that a plan which reaches it does not miss by the solver's rounding."""
    return level - SAME * abs(level)


def _reached(pair: _Pair, number: int, best: Sandwich, settings: Settings) -> np.ndarray:
    """The plan with most of the other objective among those as good as the best of one."""
    level = _nearly(pair.value(number, best.spend))
    found = pair.best(1 - number, level, settings)
    return found.spend if found.spend.size else best.spend


def _plan(pair: _Pair, level: float, found: Sandwich, plans: list[np.ndarray]) -> ParetoPlan:
    """The best known plan that reaches a level, under the bound proven for it."""
    reaching = [spend for spend in plans if pair.value(1, spend) >= _nearly(_nearly(level))]
    ranked = [(pair.value(0, spend), pair.value(1, spend)) for spend in reaching]
    # Values that differ by rounding alone are one: the second objective decides between them.
    top = max(value for value, _ in ranked)
    good = [k for k, (value, _) in enumerate(ranked) if value >= top - 1e-9 * abs(top)]
    told = _told(pair, reaching[max(good, key=lambda k: ranked[k][1])])
    signs = tuple(-1.0 if name == "spend" else 1.0 for name in pair.names)
    value = signs[0] * told.values[0]
    bound = max(found.bound, value)
    size = max(abs(value), found.reference, 1e-300)
    return replace(
        told, at_least=signs[1] * level, bound=signs[0] * bound, gap=(bound - value) / size,
        status=found.status if found.spend.size or found.status != "infeasible" else "optimal",
    )  # fmt: skip


def _told(pair: _Pair, spend: np.ndarray) -> ParetoPlan:
    by: dict[str, float] = {}
    for cell, amount in zip(pair.compiled.cells, spend.tolist(), strict=False):
        by[cell.channel] = by.get(cell.channel, 0.0) + amount
    signs = tuple(-1.0 if name == "spend" else 1.0 for name in pair.names)
    values = (signs[0] * pair.value(0, spend) + 0.0, signs[1] * pair.value(1, spend) + 0.0)
    return ParetoPlan(values, None, None, None, "optimal", by)
