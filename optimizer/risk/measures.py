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
from optimizer.allocation import Outcome, RiskOutcome
from optimizer.problem import Problem, Risk
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.rule_kinds import KINDS, Totals
from optimizer.program.rule_rows import outcome_row
from optimizer.relaxation.solver import Settings
from optimizer.risk.criterion import Aim, Chance, cvar
from optimizer.risk.cvar_search import search
from optimizer.risk.draws import draw_curves
from optimizer.rules import Rule
from optimizer.search.incumbent import Sandwich

Array = NDArray[np.floating]

GAP = 1e-3  # proven unless another is asked for
KEPT = 1e-7  # relative miss of a limit in a draw that counts as kept
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
    """What a problem's `risk` and its rules with a probability ask for."""
    problem, programme = compiled.problem, compiled.programme
    risk = problem.risk
    if risk is not None and problem.objective == "spend":
        raise ScenarioError(
            Fault("risk", "the least spend is no gamble", "Leave it out, or give an objective")
        )
    if problem.objective == "roas" and not problem.total.is_fixed:
        what = "risk" if risk is not None else _first_chance(compiled).path
        raise ScenarioError(
            Fault(what, "goes with ROAS only where the budget is fixed", "Use objective: profit")
        )
    drawn = draw_curves(compiled, None if risk is not None else _in_chances(compiled))
    chances = _chances(compiled, drawn.draws)
    if risk is None:
        return Aim(programme, drawn, chances=chances, is_plain=True)
    if risk.measure == "cvar":
        return Aim(programme, drawn, risk.level, risk.weight, chances)
    if not programme.starts:
        missing = [cell.channel for cell in compiled.cells if cell.current_spend is None]
        raise ScenarioError(
            Fault(
                "risk.probability_of_loss",
                f"today's spend of {', '.join(dict.fromkeys(missing))} is not known",
                "Give it under current:",
            )
        )
    today = Aim(programme, drawn).outcomes(programme.starts[0])[:-1]
    loss = Chance(
        programme.spend_gain, programme.response_gain,
        floors=today - NO_LOSS * abs(float(today.mean())),
        excused=excused(risk.level, drawn.draws),
    )  # fmt: skip
    return Aim(programme, drawn, chances=(loss, *chances))


def excused(share: float, draws: int) -> int:
    """How many of the draws make up at most this share."""
    return int(share * draws + 1e-9)


def _first_chance(compiled: Compiled) -> Rule:
    return next(rule for rule in compiled.rules if rule.probability is not None)


def _in_chances(compiled: Compiled) -> set[int]:
    """The cells of which some rule has to hold in most draws."""
    return {
        k
        for rule, scope in zip(compiled.rules, compiled.scopes, strict=True)
        if rule.probability is not None
        for k in scope
    }


def _chances(compiled: Compiled, draws: int) -> tuple[Chance, ...]:
    """The rules that have to hold in most draws, each as a row with a lower limit."""
    programme, found = compiled.programme, []
    for rule, scope in zip(compiled.rules, compiled.scopes, strict=True):
        if rule.probability is None:
            continue
        row = outcome_row(rule, scope, compiled.cells, compiled.axes)
        sign, limit = (1.0, row.lower) if np.isfinite(row.lower) else (-1.0, -row.upper)
        spend, response = np.zeros((2, len(programme.curves)))
        spend[row.axes], response[row.axes] = sign * row.spend, sign * row.response
        few = excused(1.0 - rule.probability, draws)
        found.append(Chance(spend, response, np.full(draws, limit), few, KEPT))
    return tuple(found)


def in_most_draws(compiled: Compiled, k: int, spend: Array) -> float | None:
    """What the rule at position `k` measures, in the worst of the draws in which it has to hold.

    Parameters
    ----------
    spend : money by cell
    """
    rule, scope, axes = compiled.rules[k], list(compiled.scopes[k]), compiled.axes
    assert rule.probability is not None
    drawn = draw_curves(compiled, _in_chances(compiled))
    responses = drawn.responses(axes.filled(spend))
    conversions = responses[[axes.response[j] for j in scope]].sum(axis=0)
    revenue = np.zeros(drawn.draws)
    for axis, value in (axes.revenue[j] for j in scope):
        revenue += value * responses[axis]
    money = float(spend[scope].sum())
    kind = KINDS[rule.kind]
    measured = [
        kind.measure(Totals(Outcome(money, float(c), float(r), None, None), 0.0, 0.0, 0.0, 0.0, 0))
        for c, r in zip(conversions, revenue, strict=True)
    ]
    known = [value for value in measured if value is not None]
    few = excused(1.0 - rule.probability, drawn.draws)
    ordered = sorted(known, reverse=kind.sense == "<=")
    return ordered[few] if few < len(ordered) else None


def describe(compiled: Compiled, spend: Array) -> RiskOutcome:
    """What a plan brings on average and in the bad case, and how often it loses."""
    risk = compiled.problem.risk
    assert risk is not None
    programme, cells = compiled.programme, compiled.cells
    aim = Aim(programme, draw_curves(compiled))
    outcomes = aim.outcomes(spend)[:-1]
    unit = float(spend[: len(cells)].sum()) if compiled.problem.objective == "roas" else 1.0
    loses = None
    if programme.starts:
        today = aim.outcomes(programme.starts[0])[:-1]
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
