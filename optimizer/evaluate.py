"""A split that somebody made: scored as the optimiser scores its own, rule by rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation import Allocation, RuleOutcome
from optimizer.problem import Problem
from optimizer.program.cells import by_channel
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.domains import allowed
from optimizer.program.rule_rows import budget_of
from optimizer.scoring import Split, rule_outcome, scored

Array = NDArray[np.floating]

# Rules that leave a cell certain spends instead of holding a measure against a limit.
OF_SINGLE_SPENDS = ("locked", "hold", "min_if_active", "min_change", "step")


def evaluate(problem: Problem, spend: Mapping[str, float | Sequence[float]]) -> Allocation:
    """Score a split that somebody made.

    Parameters
    ----------
    spend : by channel, money for the horizon, spent evenly over the days on which the channel
        may run, or money for each of its periods; a channel not named gets nothing

    Returns
    -------
    An allocation of status "given". The slack of a rule is negative where the split breaks it;
    of rules that leave only certain spends, `limit` is the nearest of them.

    Raises
    ------
    ScenarioError, CurvesError : as `optimizer.allocate`
    """
    compiled = compile_problem(problem)
    given = np.zeros(len(compiled.cells))
    for channel, places in by_channel(compiled.cells).items():
        days = np.array([compiled.cells[k].length for k in places])
        amount = np.asarray(spend.get(channel, 0.0), dtype=float)
        given[places] = amount if amount.ndim else amount * days / (days.sum() or 1.0)
    split = Split(compiled, given)
    rules = tuple(_outcome(split, k) for k in range(len(compiled.rules)))
    return scored(compiled, given, rules)


def _outcome(split: Split, k: int) -> RuleOutcome:
    compiled = split.compiled
    rule = compiled.rules[k]
    if rule.kind in OF_SINGLE_SPENDS:
        return _nearest(compiled, k, split.spend)
    found = rule_outcome(split, k)
    is_full = rule.kind == "budget" and budget_of(compiled.problem, rule.period).is_fixed
    return replace(found, slack=-abs(found.slack or 0.0)) if is_full else found


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
