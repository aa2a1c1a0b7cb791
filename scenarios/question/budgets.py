"""A scenario's budgets in money: of the whole plan, and of its months or weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.curves.curveset import CurveSet
from optimizer.problem import Budget, Period
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import called
from scenarios.definition.located_yaml import KeyPath
from scenarios.definition.rule_blocks import BudgetRange
from scenarios.definition.values import OfCurrent
from scenarios.question.calendar import Calendar

MOST_TIMES_OBSERVED = 10.0


@dataclass(frozen=True)
class Asked:
    """A budget as the scenario writes it.

    Parameters
    ----------
    place : where it is written
    label : of the month or week; empty for the whole plan
    today : what is spent today in the same time, money
    """

    place: KeyPath
    label: str
    written: BudgetRange
    today: float

    @property
    def is_of_today(self) -> bool:
        """Whether it is written against today's spend."""
        return any(isinstance(end, OfCurrent) for end in (self.written.min, self.written.max))

    @property
    def leaves_nothing(self) -> bool:
        """Whether more is taken from today's spend than there is."""
        return self._ends[1] <= 0.0 < self.today

    @property
    def money(self) -> Budget:
        low, high = self._ends
        return Budget(max(low, 0.0), max(high, 0.0))

    @property
    def _ends(self) -> tuple[float, float]:
        low, high = (
            end.against(self.today) if isinstance(end, OfCurrent) else end
            for end in (self.written.min, self.written.max)
        )
        return low, high


def budgets_asked(
    definition: Definition, calendar: Calendar, current: Mapping[str, float]
) -> Iterator[Asked]:
    """Every budget of the scenario; of months and weeks those that the calendar has.

    Parameters
    ----------
    current : today's spend per fit period by channel
    """
    if definition.budget is not None:
        yield Asked(("budget",), "", definition.budget, calendar.spent(current))
    for name, written in (definition.periods.budgets if definition.periods else {}).items():
        stretch = called(name, calendar.named)
        if stretch is not None:
            period = calendar.periods[calendar.stretches.index(stretch)]
            today = calendar.spent(current, period)
            yield Asked(("periods", "budgets", name), stretch.label, written, today)


def whole_budget(
    asked: Mapping[str, Budget],
    periods: tuple[Period, ...],
    curves: CurveSet,
    lengths: Mapping[str, float],
    current: Mapping[str, float],
) -> Budget:
    """The money of the whole plan: its own, or what its periods have together.

    Parameters
    ----------
    asked : by label of the period, "" for the whole plan
    """
    if "" in asked:
        return asked[""]
    own = [period.budget for period in periods if period.budget is not None]
    if own and len(own) == len(periods):
        return Budget(sum(b.minimum for b in own), sum(b.maximum for b in own))
    # Only with `minimise: spend`. The solver needs an end; no target is worth more than this.
    most = sum(
        lengths[e.channel] * max(current.get(e.channel, 0.0), e.max_observed_spend or 0.0)
        for e in curves
    )
    return Budget(0.0, MOST_TIMES_OBSERVED * most)
