"""A split that somebody made: scored as the optimiser scores its own, rule by rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation import Allocation, RuleOutcome
from optimizer.answer import binding_by_cell, channel_allocation, rule_outcome
from optimizer.cells import total
from optimizer.compile import Compiled, compile_problem
from optimizer.domains import allowed
from optimizer.problem import Problem

Array = NDArray[np.floating]

# Rules that leave a cell certain spends instead of holding a measure against a limit.
OF_SINGLE_SPENDS = ("locked", "hold", "min_if_active", "min_change", "step")


def evaluate(problem: Problem, spend: Mapping[str, float]) -> Allocation:
    """Score a split of a problem with one period.

    Parameters
    ----------
    spend : money for the horizon by channel; a channel not named gets nothing

    Returns
    -------
    An allocation of status "given". The slack of a rule is negative where the split breaks it;
    of rules that leave only certain spends, `limit` is the nearest of them.

    Raises
    ------
    ScenarioError, CurvesError : as `optimizer.allocate`
    """
    compiled = compile_problem(problem)
    cells = compiled.cells
    given = np.array([float(spend.get(cell.channel, 0.0)) for cell in cells])
    proposed = [cell.outcome(float(x)) for cell, x in zip(cells, given, strict=True)]
    current = [cell.outcome(cell.current_spend or 0.0) for cell in cells]
    rules = tuple(_outcome(compiled, k, given, proposed) for k in range(len(compiled.rules)))
    binding = binding_by_cell(compiled, rules)
    channels = tuple(
        channel_allocation(compiled, k, cell, current[k], proposed[k], tuple(binding[k]))
        for k, cell in enumerate(cells)
    )
    return Allocation("given", channels, total(current), total(proposed), rules)


def _outcome(compiled: Compiled, k: int, spend: Array, proposed: list) -> RuleOutcome:
    rule = compiled.rules[k]
    if rule.kind in OF_SINGLE_SPENDS:
        return _nearest(compiled, k, spend)
    found = rule_outcome(compiled, k, spend, proposed)
    is_full = compiled.problem.total.is_fixed and rule.period is None
    if rule.kind == "budget" and is_full and found.slack is not None:
        return replace(found, slack=-abs(found.slack))
    return found


def _nearest(compiled: Compiled, k: int, spend: Array) -> RuleOutcome:
    """The cell furthest from a spend that the rule leaves it, and the nearest such spend."""
    rule, cells = compiled.rules[k], compiled.cells
    worst = RuleOutcome(rule, 0.0, 0.0, 0.0, is_binding=False)
    for j in compiled.scopes[k]:
        x = float(spend[j])
        if rule.kind == "step":
            wanted = round(x / rule.limit) * rule.limit
        else:
            intervals = allowed(rule, cells[j], compiled.problem.total.maximum)
            ends = [min(max(x, low), high) for low, high in intervals]
            wanted = min(ends, key=lambda end: abs(end - x), default=math.nan)
        slack = -abs(wanted - x)
        if worst.slack is None or slack <= worst.slack:
            worst = RuleOutcome(rule, wanted, x, slack, is_binding=slack == 0.0)
    return worst
