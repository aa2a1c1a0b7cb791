"""What really happened in a plan's period, day by day, from any history that covers some of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import Fault, InputError, nearest
from models.history.history import MONTH
from scenarios.definition.history_blocks import SOURCES, HistoryFile
from scenarios.plan.plan import Plan, PlanError

if TYPE_CHECKING:
    import pandas as pd

    from models.history.history import History, HistorySpec

Say = Callable[[str], None]
Days = Mapping[str, tuple[float, ...]]
TOTAL = "total"  # the one column of a KPI that no channel can claim


@dataclass(frozen=True)
class Actuals:
    """Days of a plan's period, from its first day on; a week of the file is spread over its days.

    Parameters
    ----------
    name : the file or files
    start, days : the first day and their number, up to the last day that is counted
    known_until : the file's last day, which may lie behind the days that are counted
    spend : money per day by channel
    brought : "conversions" and "revenue", where the file has them: per day by channel, or under
        "total" where the file does not tell the channels apart
    notices : what the reader must know
    """

    name: str
    start: date
    days: int
    known_until: date
    spend: Days
    brought: Mapping[str, Days]
    notices: tuple[str, ...] = ()

    @property
    def end(self) -> date:
        """The last day that is counted."""
        return self.start + timedelta(days=self.days - 1)


def span_of(plan: Plan) -> tuple[date, date]:
    """First and last day of a plan; PlanError where it has none."""
    if plan.period.start is None or plan.period.end is None:
        problem = "the plan has no dates, only a length"
        raise PlanError(Fault(plan.name, problem, "Give its scenario a period, as in 2026-12."))
    return date.fromisoformat(plan.period.start), date.fromisoformat(plan.period.end)


def history_spec(plan: Plan, files: Sequence[Path], say: Say = lambda _: None) -> HistorySpec:
    """How to read files as the plan's scenario reads its history.

    Raises
    ------
    InputError : exports that cannot be read; a plain file is read later
    """
    from scenarios.sources.named_history import history_of

    block: dict[str, Any] = dict(plan.scenario.get("history") or {})
    said = {key: value for key, value in block.items() if key not in (*SOURCES, "query")}
    named = [str(file) for file in files]
    source = {"file": named[0]} if len(named) == 1 else {"files": named}
    declared = HistoryFile.model_validate({**said, **source})
    return history_of(declared, Path(), say).spec


def read_actuals(
    plan: Plan, files: Sequence[Path], until: date | None = None, say: Say = lambda _: None
) -> Actuals:
    """Read what happened; days outside the plan's period are left out.

    Parameters
    ----------
    until : the last day to count; default: the file's last day, or the plan's

    Raises
    ------
    InputError : the file is wrong, or does not fit the plan; everything at once
    """
    from models.history.read import read_days

    history = read_days(history_spec(plan, files, say))
    return actuals_of(plan, history, until)


def actuals_of(plan: Plan, history: History, until: date | None = None) -> Actuals:
    """The days of a history that lie in a plan's period, checked against the plan."""
    start, end = span_of(plan)
    first = history.dates[0].date()
    last = history.last_day
    name = history.source.file
    if history.period_days == MONTH:
        problem = "it is by month, which does not tell the days of a plan's period"
        raise PlanError(Fault(name, problem, "Give it by day or by week."))
    if last < start or first > end:
        problem = f"it covers {first} to {last}, the plan {start} to {end}"
        raise PlanError(Fault(name, problem, "Give the history of the plan's own days."))
    if first > start:
        problem = f"it begins on {first}, the plan on {start}"
        raise PlanError(Fault(name, problem, "Add the days between: what they spent counts."))
    if until is not None and not start <= until <= end:
        problem = f"{until} is not in the plan's period, {start} to {end}"
        raise PlanError(Fault("--until", problem))
    inside = history.spend.iloc[max((start - first).days // history.period_days, 0) :]
    faults = list(_faults(plan, history, inside))
    if faults:
        raise PlanError(faults)
    days = (min(last, end, until or end) - start).days + 1
    offset = (start - first).days
    panels = {"spend": history.spend, **history.metrics}
    by_day = {
        name: _by_day(panels[name], history.period_days, offset, days)
        for name in ("spend", "conversions", "revenue")
        if name in panels
    }
    found = by_day.pop("spend")
    spend = {row.channel: found.get(row.channel, (0.0,) * days) for row in plan.channels}
    notices = tuple(_notices(history, start, spend))
    return Actuals(name, start, days, last, spend, by_day, notices)


def _by_day(panel: pd.DataFrame, length: int, offset: int, days: int) -> dict[str, tuple]:
    """Sums by period of `length` days to amounts per day; zero behind the panel's end."""
    import numpy as np

    places = (offset + np.arange(days)) // length
    amounts = panel.to_numpy(dtype=float)[places] / length
    return {str(name): tuple(amounts[:, i].tolist()) for i, name in enumerate(panel.columns)}


def _faults(plan: Plan, history: History, inside: pd.DataFrame) -> Iterator[Fault]:
    """What does not fit the plan: currency, KPI, channels that spent inside its period."""
    name = history.source.file
    if plan.currency and history.currency and history.currency != plan.currency:
        problem = f"its money is in {history.currency}, the plan's in {plan.currency}"
        yield Fault(name, problem, "Convert it to the plan's currency.")
    if plan.kpi not in history.metrics:
        has = " and ".join(key for key in ("conversions", "revenue") if key in history.metrics)
        yield Fault(name, f"the plan counts {plan.kpi}, which it lacks (it has {has})")
    planned = {row.channel: row.spend for row in plan.channels}
    for channel in history.channels:
        if channel not in planned and inside[channel].to_numpy().any():
            near = nearest(channel, [one for one in planned if one not in history.channels])
            hint = (
                f"Did you mean '{near}'?" if near else "Leave its rows out, or plan anew with it."
            )
            yield Fault(name, f"the plan has no channel '{channel}'", hint)
    for channel, spend in planned.items():
        if channel not in history.channels and spend > 0:
            problem = f"it lacks the channel '{channel}', on which the plan spends"
            yield Fault(name, problem, "Add its rows, with 0 where nothing was spent.")


def _notices(history: History, start: date, spend: Days) -> Iterator[str]:
    if history.period_days == 7 and (start - history.dates[0].date()).days % 7:
        yield "weeks that lie partly in the plan's period are counted by days, a seventh each"
    for channel, amounts in spend.items():
        active = [day for day, amount in enumerate(amounts) if amount > 0]
        if active and active[-1] < len(amounts) - 1:
            last = start + timedelta(days=active[-1])
            yield f"{channel} spent nothing after {last}: is its export as long as the others'?"


def refuse_untrackable(plan: Plan) -> None:
    """Refuse a plan that cannot be tracked: one without an allocation or without curves."""
    if plan.proposed is None:
        problem = "it holds no allocation to hold the actuals against"
        raise PlanError(Fault(plan.name, problem, "Track a plan that is not infeasible."))
    bare = [row.channel for row in plan.channels if row.channel not in plan.curves]
    if bare:
        problem = f"it holds no curve of {', '.join(bare)}: what spend brought cannot be told apart"
        raise InputError(Fault(plan.name, problem, "Make the plan again with this version."))
