"""Plans that hold up across the draws of the curves.

Either the mean objective of the worst draws is maximised (conditional value at risk, CVaR;
Rockafellar and Uryasev, *Optimization of conditional value-at-risk*, 2000), or the mean of all
draws among the plans that are seldom worse than today. The first is a linear programme where the
draws are concave; the second is exact, with one binary for each draw that may lose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, ScenarioError
from optimizer.allocation import RiskOutcome
from optimizer.problem import Problem, Risk
from optimizer.program.compile import Compiled, compile_problem
from optimizer.relaxation.solver import Settings
from optimizer.risk.criterion import Aim, cvar
from optimizer.risk.cvar_search import search
from optimizer.risk.draws import draw_curves
from optimizer.search.incumbent import Sandwich

Array = NDArray[np.floating]

GAP = 1e-3  # proven unless another is asked for
NO_LOSS = 1e-6  # of today's mean objective: a draw that is worse by less does not lose


def optimise_risk(compiled: Compiled, settings: Settings) -> Sandwich:
    """The best plan for the problem's risk measure, with bound.

    Raises
    ------
    ScenarioError : the objective is one that draws cannot weigh, or today's spend is not known
    CurvesError : a channel that may move has no draws
    """
    aim = make_aim(compiled)
    total = compiled.problem.total
    if compiled.problem.objective != "roas":
        return search(aim, settings, reference=compiled.programme.negligible)
    found, spend = search(aim, settings), total.maximum
    return replace(found, value=found.value / spend, bound=found.bound / spend)


def make_aim(compiled: Compiled) -> Aim:
    """What a problem's `risk` asks for."""
    problem, programme = compiled.problem, compiled.programme
    risk = problem.risk
    assert risk is not None
    if problem.objective == "spend":
        raise ScenarioError(
            Fault("risk", "the least spend is no gamble", "Leave it out, or give an objective")
        )
    if problem.objective == "roas" and not problem.total.is_fixed:
        raise ScenarioError(
            Fault("risk", "goes with ROAS only where the budget is fixed", "Use objective: profit")
        )
    drawn = draw_curves(compiled)
    if risk.measure == "cvar":
        return Aim(programme, drawn, risk.level, risk.weight)
    if not programme.starts:
        missing = [cell.channel for cell in compiled.cells if cell.current_spend is None]
        raise ScenarioError(
            Fault(
                "risk.probability_of_loss",
                f"today's spend of {', '.join(dict.fromkeys(missing))} is not known",
                "Give it under current:",
            )
        )
    today = Aim(programme, drawn).outcomes(programme.starts[0])
    floors = today - NO_LOSS * abs(float(today.mean()))
    return Aim(programme, drawn, floors=floors, excused=int(risk.level * drawn.draws + 1e-9))


def describe(compiled: Compiled, spend: Array) -> RiskOutcome:
    """What a plan brings on average and in the bad case, and how often it loses."""
    risk = compiled.problem.risk
    assert risk is not None
    programme, cells = compiled.programme, compiled.cells
    aim = Aim(programme, draw_curves(compiled))
    outcomes = aim.outcomes(spend)
    unit = float(spend[: len(cells)].sum()) if compiled.problem.objective == "roas" else 1.0
    loses = None
    if programme.starts:
        today = aim.outcomes(programme.starts[0])
        loses = float((outcomes < today - NO_LOSS * abs(float(today.mean()))).mean())
    level = risk.level if risk.measure == "cvar" else 1.0 - risk.level
    return RiskOutcome(
        draws=aim.drawn.draws,
        level=level,
        expected=float(outcomes.mean()) / unit,
        bad_case=cvar(outcomes, level) / unit,
        probability_of_loss=loses,
    )


@dataclass(frozen=True)
class FrontierPoint:
    """One plan of the frontier between what is expected and the bad case.

    Parameters
    ----------
    weight : the bad case's share in what was maximised; None: today's split
    spend : by channel, money for the whole horizon
    """

    weight: float | None
    outcome: RiskOutcome
    spend: Mapping[str, float]


def frontier(
    problem: Problem, level: float, steps: int = 5, settings: Settings | None = None
) -> tuple[FrontierPoint, ...]:
    """Plans from the best on average to the best in the bad case, `steps` of them.

    Each maximises ``weight * CVaR + (1 - weight) * mean``. Of the plans found, every weight takes
    the one that is best under it: so as the weight rises the bad case never gets worse and the
    mean never better, whatever the gap leaves open. None where the rules leave no plan.
    """
    found: list[FrontierPoint] = []
    for weight in np.linspace(0.0, 1.0, steps).tolist():
        posed = replace(problem, risk=Risk("cvar", level, weight))
        compiled = compile_problem(posed)
        plan = optimise_risk(compiled, settings or Settings(gap=GAP))
        if plan.spend.size:
            found.append(_point(compiled, plan.spend, weight))

    def best(weight: float) -> FrontierPoint:
        return max(
            found,
            key=lambda point: (
                weight * point.outcome.bad_case + (1 - weight) * point.outcome.expected
            ),
        )

    return tuple(replace(best(point.weight or 0.0), weight=point.weight) for point in found)


def today_on_frontier(problem: Problem, level: float) -> FrontierPoint | None:
    """Today's split beside the frontier's plans; None where it is not known."""
    compiled = compile_problem(replace(problem, risk=Risk("cvar", level)))
    starts = compiled.programme.starts
    return _point(compiled, starts[0], None) if starts else None


def _point(compiled: Compiled, spend: Array, weight: float | None) -> FrontierPoint:
    by: dict[str, float] = {}
    for cell, amount in zip(compiled.cells, spend.tolist(), strict=False):
        by[cell.channel] = by.get(cell.channel, 0.0) + amount
    return FrontierPoint(weight, describe(compiled, spend), by)
