"""A split in the people's terms: what it brings, how each rule fares, what stops each channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation import Allocation, ChannelAllocation, Outcome, RuleOutcome
from optimizer.program.cells import Cell, outcomes, total, total_marginals, working_money
from optimizer.program.compile import Compiled
from optimizer.program.domains import bounds
from optimizer.program.rule_kinds import KINDS, Totals
from optimizer.program.rule_rows import steps_between
from optimizer.rules import Rule

Array = NDArray[np.floating]

BINDING = 1e-6  # relative distance to a limit that counts as touching it


def scored(compiled: Compiled, spend: Array, rules: tuple[RuleOutcome, ...]) -> Allocation:
    """A split beside today's, both on the true curves, with status "given".

    Parameters
    ----------
    spend : money by cell
    rules : how each rule fares
    """
    cells, tail = compiled.cells, compiled.tail
    now = np.array([cell.current_spend or 0.0 for cell in cells])
    current, proposed = outcomes(cells, now, tail), outcomes(cells, spend, tail)
    working = working_money(cells, spend, tail)
    rows = [
        ChannelAllocation(cell.channel, cell.period, current[k], proposed[k])
        if cell.mix is None
        else ChannelAllocation(
            cell.channel, cell.period, current[k], proposed[k], effective_spend=float(working[k])
        )
        for k, cell in enumerate((*cells, *tail))
    ]
    marginals = total_marginals(cells, spend, tail)
    binding = binding_by_cell(compiled, rules)
    channels = tuple(
        _limited(compiled, k, rows[k], marginals[k], tuple(binding[k])) for k in range(len(cells))
    )
    return Allocation(
        status="given",
        channels=channels,
        tail=tuple(rows[len(cells) :]),
        current=total(current[: len(cells)]),
        proposed=total(proposed[: len(cells)]),
        rules=rules,
    )


def _limited(
    compiled: Compiled, k: int, row: ChannelAllocation, marginals, binding: tuple[str, ...]
) -> ChannelAllocation:
    """A cell with its marginal figures, its limits, and what stops it."""
    conversions, revenue = marginals
    low, high = bounds(compiled.programme.domains[k])
    observed = compiled.cells[k].observed_spend
    return replace(
        row,
        marginal_cpa=1.0 / conversions if conversions else None,
        marginal_roas=revenue,
        min_spend=low,
        max_spend=high,
        binding=binding,
        is_extrapolated=observed is not None and row.proposed.spend > observed * (1 + 1e-9),
    )


@dataclass(frozen=True, eq=False)
class Split:
    """Money by cell and what it brings; what every rule asks of it is summed once.

    Parameters
    ----------
    spend : money by cell, shape (cells,)
    """

    compiled: Compiled
    spend: Array

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What every cell brings."""
        return outcomes(self.compiled.cells, self.spend)

    @cached_property
    def spend_of_period(self) -> dict[str, float]:
        """Money of all cells by period."""
        found: dict[str, float] = {}
        for cell, amount in zip(self.compiled.cells, self.spend.tolist(), strict=True):
            found[cell.period] = found.get(cell.period, 0.0) + amount
        return found


def rule_outcome(split: Split, k: int) -> RuleOutcome:
    """How the rule at position `k` fares under a split that keeps all rules."""
    compiled, spend = split.compiled, split.spend
    rule, scope = compiled.rules[k], compiled.scopes[k]
    kind, limit = KINDS[rule.kind], rule.limit
    if rule.kind in ("locked", "hold"):
        return RuleOutcome(rule, 0.0, 0.0, 0.0, is_binding=True)
    if rule.probability is not None:
        from optimizer.risk.measures import in_most_draws

        value = in_most_draws(compiled, k, spend)
    elif rule.kind == "max_marginal_cpa":
        working = working_money(compiled.cells, spend)
        value = max((_marginal_cpa(compiled.cells[j], working[j]) for j in scope), default=0.0)
    elif rule.kind == "max_change_between_periods":
        value = _greatest_change(compiled.cells, scope, spend)
    else:
        totals = _totals(split, rule, scope)
        value = kind.measure(totals)
        if rule.kind == "extrapolation" and totals.observed:
            limit = max(limit, totals.current / totals.observed)  # today is never out of reach
    if value is None:
        return RuleOutcome(rule, limit, None, None, is_binding=False)
    slack = value - limit if kind.sense == ">=" else limit - value
    size = max(abs(limit), abs(value))
    if limit == 0.0:  # what counts as nothing, in the limit's unit
        size = {"money": compiled.programme.scale, "fraction": 1.0}.get(kind.unit, size)
    touches = abs(slack) <= BINDING * size
    return RuleOutcome(rule, limit, value, max(slack, 0.0) if touches else slack, touches)


def _marginal_cpa(cell: Cell, working: float) -> float:
    slope, _ = cell.marginals(working)
    return 1.0 / slope if slope and working > 0 else 0.0


def _greatest_change(cells: tuple[Cell, ...], scope, spend: Array) -> float | None:
    """The greatest change of pace from one period to the next; infinite from nothing to some."""
    changes: list[float] = []
    for before, after in steps_between(scope, cells):
        pace, then = (float(spend[k]) / cells[k].length for k in (before, after))
        changes.append(abs(then / pace - 1.0) if pace > 0 else math.inf if then > 0 else 0.0)
    return max(changes, default=None)


def _totals(split: Split, rule: Rule, scope: Sequence[int]) -> Totals:
    cells, spend = split.compiled.cells, split.spend
    room = 1e-6 * split.compiled.programme.scale
    mine = [(cells[j], float(spend[j])) for j in scope]
    periods = {cell.period for cell, _ in mine}
    changed = {
        cell.channel for cell, amount in mine if abs(amount - (cell.current_spend or 0.0)) > room
    }
    return Totals(
        outcome=total([split.outcomes[j] for j in scope]),
        all_spend=sum(split.spend_of_period[period] for period in periods),
        current=sum(cell.current_spend or 0.0 for cell, _ in mine),
        observed=sum(cell.observed_spend or 0.0 for cell, _ in mine),
        weighted=sum(rule.coefficients.get(cell.channel, 1.0) * amount for cell, amount in mine),
        changed=len(changed),
    )


def binding_by_cell(compiled: Compiled, outcomes: tuple[RuleOutcome, ...]) -> list[list[str]]:
    """Paths of the rules that stop each cell; those on the whole portfolio are not listed."""
    binding: list[list[str]] = [[] for _ in compiled.cells]
    for outcome, scope in zip(outcomes, compiled.scopes, strict=True):
        if outcome.is_binding and outcome.rule.channels:
            for k in scope:
                binding[k].append(outcome.rule.path or outcome.rule.kind)
    return binding
