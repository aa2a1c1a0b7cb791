"""Whether the last money of a plan still brings what it costs, and which budget would be best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from optimizer.allocation import Allocation
from optimizer.allocator import allocate
from optimizer.problem import Budget, Problem
from scenarios.plan.plan import LastMoney
from scenarios.plan.rounding import as_money, decimals_of, significant
from scenarios.question.resolve import Question

MATTERS = 0.01  # of the spend: what is less is not worth a sentence


def last_money_of(question: Question, allocation: Allocation) -> LastMoney | None:
    """The best budget where the plan's last money costs more than it brings; None where it pays.

    The best budget maximises what is left of revenue (times margin, where that is known) after the
    spend, under the same rules, with the plan's money as the most: it is solved, not guessed.
    """
    problem = question.problem
    if problem.objective not in ("revenue", "conversions") or problem.target_marginal_roas:
        return None
    if problem.risk is not None or not allocation.channels:
        return None
    margins = {entry.channel: entry.margin for entry in question.curves}
    costly = _costly(allocation, margins)
    if not costly:
        return None
    best = allocate(_of_profit(problem), question.settings, conflicts=False)
    if best.proposed is None or allocation.proposed is None:
        return None
    before, after = allocation.spend(), best.spend()
    cut = {
        name: slope for name, slope in costly.items() if after[name] < (1 - MATTERS) * before[name]
    }
    if not cut or best.proposed.spend > (1 - MATTERS) * allocation.proposed.spend:
        return None
    decimals = decimals_of(question.curves.currency)
    return LastMoney(
        budget=as_money(best.proposed.spend, decimals),
        revenue=as_money(_revenue(best) - _revenue(allocation), decimals),
        left=as_money(_left(best, margins) - _left(allocation, margins), decimals),
        after_margin=None not in margins.values(),
        channels={name: significant(slope) or 0.0 for name, slope in cut.items()},
    )


def _costly(allocation: Allocation, margins: Mapping[str, float | None]) -> dict[str, float]:
    """Channels that could spend less and whose next unit brings less than it costs: its revenue."""
    found: dict[str, float] = {}
    for row in allocation.channels:
        slope, margin = row.marginal_roas, margins[row.channel]
        is_free = row.proposed.spend > row.min_spend + MATTERS * row.proposed.spend
        if slope is None or not is_free:
            continue
        if slope * (1.0 if margin is None else margin) < 1.0 - MATTERS:
            found[row.channel] = min(slope, found.get(row.channel, math.inf))
    return found


def _of_profit(problem: Problem) -> Problem:
    """The same question with any budget up to the plan's own, for what is left after the spend."""
    periods = tuple(
        replace(p, budget=p.budget and Budget(0.0, p.budget.maximum)) for p in problem.periods
    )
    budget = Budget(0.0, problem.total.maximum)
    return replace(problem, objective="profit", budget=budget, periods=periods)


def _revenue(allocation: Allocation) -> float:
    return allocation.reached("revenue") or 0.0


def _left(allocation: Allocation, margins: Mapping[str, float | None]) -> float:
    """Revenue times margin, less the spend; without a margin all of the revenue."""
    rows = [*allocation.channels, *allocation.tail]
    shares = [1.0 if (margin := margins[row.channel]) is None else margin for row in rows]
    return math.fsum(
        (row.proposed.revenue or 0.0) * share - row.proposed.spend
        for row, share in zip(rows, shares, strict=True)
    )
