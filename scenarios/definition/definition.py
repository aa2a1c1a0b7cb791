"""The scenario file: every key that it may hold, and what each means."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from scenarios.definition.assumption_blocks import Assumptions
from scenarios.definition.field_types import Current, Period, Positive, Share
from scenarios.definition.fit_block import CORRECTIONS, FitBlock
from scenarios.definition.history_blocks import HistoryFile
from scenarios.definition.period_blocks import Event, Periods
from scenarios.definition.rule_blocks import (
    Block,
    BudgetRange,
    ChannelRules,
    Defaults,
    Goal,
    Group,
    LinearRule,
    Portfolio,
    RiskBlock,
    Target,
    key,
)
from scenarios.definition.values import Today, refuse


class Definition(Block):
    """A scenario file. `history` or `curves`, and `budget`, are required; the rest is optional.

    Amounts are totals for the plan's period, in the history's currency. A percentage is always
    written with `%`.
    """

    name: str | None = key("what answers call it; default: the file's name", "december")
    extends: str | None = key("another scenario file to start from", "base.yaml")
    history: HistoryFile | None = key("the history's file or files, or this block", "history.csv")
    curves: str | None = key(
        "instead of history: curves that `budgetopt fit` wrote", "curves.json", alternative=True
    )
    fit: FitBlock | None = key("how to fit the history's curves", "")
    period: Period | None = key(
        "or 2026-Q4, 2026, {start: 2026-12-01, end: 2026-12-24}, {days: 28}; default: the 28 days"
        " after history's end",
        "2026-12",
    )
    budget: BudgetRange | None = key("an amount, current, +10%, or this block", "120000")
    objective: Literal["revenue", "conversions", "profit", "value", "roas"] | None = key(
        "what to maximise: revenue, conversions, profit, value, roas; default: revenue, or"
        " conversions where none is known",
        "revenue",
    )
    target_marginal_roas: Positive | None = key(
        "with a budget from min to max: spend as long as the next unit brings this much revenue",
        "1.3",
    )
    minimise: Literal["spend"] | None = key(
        "instead of objective: the least spend that reaches the target", "spend", alternative=True
    )
    target: Target | None = key("what the least spend must reach", "", alternative=True)
    current: Current = key(
        "what today means; or {channel: amount for the period}; or both: {last: 56 days, tv: 900}",
        "last 28 days",
        Today(),
    )
    channels: dict[str, ChannelRules] = key("rules and values by channel", "tv", {})
    defaults: Defaults = key("for every channel that does not say otherwise", "", Defaults())
    groups: dict[str, Group] = key("rules for several channels together", "brand", {})
    portfolio: Portfolio = key("rules for all channels together", "", Portfolio())
    risk: RiskBlock | None = key(
        "how sure the plan has to be, over the draws of the curves", "", alternative=True
    )
    promise: Share | None = key(
        "say what the plan and today's split reach with this probability", "80%"
    )
    goals: list[Goal] = key("what was promised: how likely the plan reaches it", "", [])
    rules: list[LinearRule] = key("anything else that is linear in spend", "", [])
    periods: Periods | None = key("how much when: the plan in months or weeks", "")
    events: list[Event] = key("days that are not like others", "", [])
    assumptions: Assumptions = key(
        "how the plan's time differs from the history's", "", Assumptions()
    )
    within: Share | None = key(
        "the simplest plan at most this much worse than the best one: the fewest changes, then the"
        " least money moved",
        "1%",
    )
    solver: str | None = key("HiGHS, CBC, or any that PuLP finds; default: HiGHS", "HiGHS")
    time_limit: Positive | None = key(
        "seconds, then the best plan found so far, with its gap; default: 60", "60"
    )

    @model_validator(mode="after")
    def _complete(self) -> Definition:
        if self.history is None and self.curves is None:
            refuse("'history' is missing", "Name the file of what was spent and what it brought.")
        if self.history is not None and self.curves is not None:
            refuse("there are both 'history' and 'curves'", "Keep one of them.", key="curves")
        if self.fit is not None and self.curves is not None:
            asked = sorted(self.fit.model_fields_set - CORRECTIONS)
            if asked:
                refuse(
                    f"'{asked[0]}' does nothing to curves that are fitted already",
                    "Name their history instead, or remove it.",
                    key="fit",
                )
        if (self.minimise is None) != (self.target is None):
            one, other = ("target", "minimise: spend") if self.target else ("minimise", "target")
            refuse(f"'{one}' does nothing without '{other}'", key=one)
        if self.minimise is not None and self.objective is not None:
            refuse("there are both 'objective' and 'minimise'", "Keep one of them.", "minimise")
        has_budget = self.budget is not None or (self.periods and self.periods.budgets)
        if self.minimise is None and not has_budget:
            refuse("'budget' is missing", "Write an amount, or 'budget: current'.")
        self._check_jumps()
        self._check_marginal_target()
        return self

    def _check_jumps(self) -> None:
        name = "max_change_between_periods"
        blocks = [self.defaults, *self.channels.values()]
        if self.periods is None and any(getattr(block, name) is not None for block in blocks):
            refuse(f"'{name}' does nothing without 'periods'", "Write e.g. periods: {by: month}.")
        if self.periods and None not in (getattr(self.periods, name), getattr(self.defaults, name)):
            refuse(f"'{name}' is said of all channels twice", "Keep one.", key="defaults")

    def _check_marginal_target(self) -> None:
        if self.target_marginal_roas is None:
            return
        place = "target_marginal_roas"
        for other in ("objective", "minimise"):
            if getattr(self, other) not in (None, "revenue"):
                refuse("a target of marginal ROAS maximises revenue", f"Remove '{other}'.", place)
        if self.budget is None or self.budget.min == self.budget.max:
            refuse(
                "a target of marginal ROAS decides how much to spend, but the budget is fixed",
                "Give the budget a range, as in {max: 120000}.",
                place,
            )
