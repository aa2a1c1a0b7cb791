"""The question that is left in the middle of a plan: the days to come, the money not yet spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from models.errors import Fault
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Span
from scenarios.definition.located_yaml import Tree
from scenarios.definition.rule_blocks import Block, BudgetRange, ChannelRules, Defaults, LinearRule
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, PlanError
from scenarios.tracking.actuals import span_of
from scenarios.tracking.track import Tracking

AMOUNTS = {
    "min_spend": "spend",
    "max_spend": "spend",
    "min_if_active": "spend",
    "min_conversions": "conversions",
    "min_revenue": "revenue",
}
JUMPS = ("max_change_between_periods",)  # the rest is planned as one
Figures = Mapping[str, float]
B = TypeVar("B", bound=Block)


def rest_of(tracking: Tracking) -> Scenario:
    """The plan's scenario for the days that are left, with the money that is left.

    Amounts that the scenario asks for are lessened by what was spent and brought already; shares,
    CPA, ROAS and ranges of change hold for the rest by itself, against today's spend per day.
    The rest is planned as one period; what `risk` and `within` ask for is left out.

    Raises
    ------
    PlanError : no day or no money is left
    """
    plan = tracking.plan
    _, end = span_of(plan)
    days = (end - tracking.until).days
    if days < 1:
        raise PlanError(Fault(plan.name, "no day of it is left to plan"))
    asked = Definition.model_validate(dict(plan.scenario))
    done = {track.channel: _done(track) for track in tracking.channels}
    whole = _sum(done.values())
    share = days / tracking.of_days
    current = {
        row.channel: row.current_spend * share
        for row in plan.channels
        if row.current_spend is not None
    }
    definition = asked.model_copy(
        update={
            "period": Span(days, tracking.until + timedelta(days=1)),
            "budget": _budget(_money(asked, plan), whole["spend"], plan.name),
            "periods": None,
            "current": current,
            "channels": {name: _channel(asked, name, done[name]) for name in done},
            "defaults": asked.defaults.model_copy(update=dict.fromkeys((*AMOUNTS, *JUMPS))),
            "groups": {
                name: _lessened(group, _sum(done[one] for one in group.channels))
                for name, group in asked.groups.items()
            },
            "portfolio": _lessened(asked.portfolio, whole),
            "target": asked.target and _lessened(asked.target, whole),
            "rules": [_linear(rule, done) for rule in asked.rules],
            "risk": None,
            "within": None,
        }
    )
    return Scenario(definition, Tree({}), Path(), plan.name)


def _done(track: Any) -> dict[str, float]:
    """What a channel has spent and brought."""
    brought = {name: variance.actual or 0.0 for name, variance in track.variances.items()}
    return {"spend": track.spent, "conversions": 0.0, "revenue": 0.0, **brought}


def _sum(parts: Iterable[Figures]) -> dict[str, float]:
    found = list(parts)
    return {key: sum(part[key] for part in found) for key in ("spend", "conversions", "revenue")}


def _money(asked: Definition, plan: Plan) -> BudgetRange | None:
    """The plan's money; where only its periods have budgets, what it gives them together."""
    if asked.budget is not None or asked.minimise is not None or plan.proposed is None:
        return asked.budget
    return BudgetRange(min=plan.proposed.spend, max=plan.proposed.spend)


def _budget(budget: BudgetRange | None, spent: float, name: str) -> BudgetRange | None:
    if budget is None:
        return None
    assert isinstance(budget.min, float)
    assert isinstance(budget.max, float)
    if budget.max <= spent:
        raise PlanError(Fault(name, "all of its money is spent: nothing is left to plan"))
    return budget.model_copy(
        update={"min": max(budget.min - spent, 0.0), "max": budget.max - spent}
    )


def _channel(asked: Definition, name: str, done: Figures) -> ChannelRules:
    """A channel's own rules, its amounts (its own or everybody's) lessened by what is done."""
    own = asked.channels.get(name, ChannelRules())
    given: dict[str, float | None] = {key: _own(own, asked.defaults, key) for key in AMOUNTS}
    given |= dict.fromkeys(JUMPS)
    return _lessened(own.model_copy(update=given), done)


def _own(own: ChannelRules, everybody: Defaults, key: str) -> float | None:
    found = getattr(own, key)
    return getattr(everybody, key) if found is None else found


def _lessened(block: B, done: Figures) -> B:
    """The block with every amount less what is done; an amount that is reached asks for nothing."""
    names = {**AMOUNTS, "conversions": "conversions", "revenue": "revenue"}
    update: dict[str, float | None] = {}
    for key, figure in names.items():
        amount = getattr(block, key, None)
        if amount is not None:
            left = max(amount - done[figure], 0.0)
            update[key] = left if left > 0 or key == "max_spend" else None
    return block.model_copy(update=update)


def _linear(rule: LinearRule, done: Mapping[str, Figures]) -> LinearRule:
    used = sum(factor * done[name]["spend"] for name, factor in rule.sum.items())
    limits = {"min": rule.min, "max": rule.max}
    return rule.model_copy(
        update={key: None if end is None else end - used for key, end in limits.items()}
    )
