"""What the curves learn from what happened, and which recommendations for the rest change.

The money that is left is planned over the days that are left, twice: on the curves that the plan
was made with, and on curves that have seen what happened. Only what differs between the two was
learnt; what merely makes up for the pace is in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault
from optimizer.allocation import Allocation
from scenarios.plan.plan import Plan, PlanError
from scenarios.question.replay import curves_of
from scenarios.question.resolve import Question, resolve
from scenarios.tracking.actuals import history_spec
from scenarios.tracking.remaining import rest_of
from scenarios.tracking.track import Tracking

if TYPE_CHECKING:
    import pandas as pd

    from models.history.history import History, HistorySpec

Say = Callable[[str], None]
SAME = 0.02  # a recommendation that moves by at most this share is the same one
TRIFLE = 0.001  # and so is one that moves at most this share of all the money that is left
WHOLE = "Give everything up to now with --history."


@dataclass(frozen=True)
class Lesson:
    """One channel over the days that are left.

    Parameters
    ----------
    before, now : response per fit period at the plan's spend, on the plan's curve and on the new
    today : what today's spend would be on these days; None: not known
    planned : what the plan meant to spend on them
    kept, learnt : the best spend on the plan's curves, and on the new ones
    """

    channel: str
    before: float
    now: float
    today: float | None
    planned: float
    kept: float
    learnt: float
    is_changed: bool

    @property
    def turns(self) -> bool:
        """Whether more than today becomes less than today, or less becomes more."""
        return self.today is not None and (self.kept - self.today) * (self.learnt - self.today) < 0


@dataclass(frozen=True)
class Learning:
    """What was learnt, for the money and the days that are left.

    Parameters
    ----------
    start, days : the days that are left
    known_until : last day of the history behind the new curves
    gain : what the new split brings more than the old one, both on the new curves, in the
        objective's units
    conflict : why the rest cannot be planned; then there are no lessons
    """

    start: date
    days: int
    budget: float
    objective: str
    known_until: str
    lessons: tuple[Lesson, ...] = ()
    gain: float | None = None
    conflict: str | None = None

    @property
    def changed(self) -> tuple[Lesson, ...]:
        return tuple(lesson for lesson in self.lessons if lesson.is_changed)


def relearn(
    tracking: Tracking,
    folder: Path,
    files: Sequence[Path],
    history: Path | None = None,
    use_cache: bool = True,
    say: Say = lambda _: None,
) -> Learning:
    """Fit again with what happened, and plan the rest again.

    Parameters
    ----------
    folder : where the plan's scenario lies; the history that it names is found from there
    files : the actuals; those that reach back to the history's first day are a history themselves
    history : everything up to now, instead of the scenario's own history and the actuals

    Raises
    ------
    InputError : the history is missing or ends before the actuals begin, or nothing is left to plan
    """
    from scenarios.sources.fit_cache import fitted
    from scenarios.sources.fit_request import request_of

    rest = rest_of(tracking)
    plan = tracking.plan
    if history is not None:
        spec = history_spec(plan, [history], say)
    else:
        spec = _extended(plan, folder, files, tracking.until, say)
    curves = fitted(spec, use_cache, say, request_of(rest.definition.fit, folder)).curves
    say("Planning the days that are left ...")
    before, now = (resolve(rest, known) for known in (curves_of(plan), curves))
    return _learning(tracking, before, now)


def _learning(tracking: Tracking, before: Question, now: Question) -> Learning:
    from optimizer.allocator import allocate
    from optimizer.evaluate import evaluate

    kept, learnt = (allocate(one.problem, one.settings) for one in (before, now))
    budget = now.problem.total.maximum
    objective = now.problem.objective
    found = Learning(
        tracking.until + timedelta(days=1),
        now.calendar.span.days,
        budget,
        objective,
        str(now.curves.provenance.get("last_date", "")),
    )
    for allocation in (learnt, kept):
        if allocation.conflict is not None:
            return replace(found, conflict=allocation.conflict.message)
    old = _spends(kept)
    here = evaluate(now.problem, old).proposed
    there = learnt.proposed
    gain = None
    if here is not None and there is not None and objective != "spend":
        values = (getattr(there, objective), getattr(here, objective))
        gain = None if None in values else values[0] - values[1]
    lessons = tuple(_lessons(tracking, before, now, old, _spends(learnt), budget))
    return replace(found, lessons=lessons, gain=gain)


def _spends(allocation: Allocation) -> dict[str, float]:
    return {row.channel: row.proposed.spend for row in allocation.channels}


def _lessons(
    tracking: Tracking,
    before: Question,
    now: Question,
    kept: dict[str, float],
    learnt: dict[str, float],
    budget: float,
) -> Iterator[Lesson]:
    periods = now.calendar.span.days / now.curves.period_days
    for track in tracking.channels:
        name = track.channel
        planned = track.planned_spend - track.expected_spend
        today = before.problem.current.get(name)
        before_here, now_here = (
            float(question.curves[name].curve.response(planned / periods))
            for question in (before, now)
        )
        move = abs(learnt[name] - kept[name])
        yield Lesson(
            name,
            before_here,
            now_here,
            None if today is None else today * periods,
            planned,
            kept[name],
            learnt[name],
            move > max(SAME * kept[name], TRIFLE * budget),
        )


def _extended(
    plan: Plan, folder: Path, files: Sequence[Path], until: date, say: Say
) -> HistorySpec:
    """The plan's own history, continued by the actuals up to a day."""
    from models.history.history import HistorySpec
    from models.history.read import read_days
    from scenarios.sources.exports import table_of

    lately = read_days(history_spec(plan, files, say))
    if lately.shape == "mix":
        raise PlanError(Fault(lately.source.file, "a mix is not continued by parts", WHOLE))
    name, parts = lately.source.file, [lately]
    if str(lately.dates[0])[:10] > (plan.provenance.first_date or ""):
        named = [folder / one.file for one in plan.provenance.inputs if one.role == "history"]
        _check_there(plan, named)
        history = read_days(history_spec(plan, named, say))
        name, parts = f"{history.source.file} and {name}", [history, lately]
    table = table_of(_joined(parts, until), name)
    return HistorySpec(name, currency=plan.currency, table=table)


def _check_there(plan: Plan, named: Sequence[Path]) -> None:
    if not named:
        problem = "the plan was not made from a history file, which the actuals could continue"
        raise PlanError(Fault(plan.name, problem, WHOLE))
    missing = [str(file) for file in named if not file.exists()]
    if missing:
        problem = "the history that the plan was made from is missing"
        remedy = "Say where the scenario lies with --folder, or give a history with --history."
        raise PlanError(Fault(", ".join(missing), problem, remedy))


def _joined(parts: Sequence[History], until: date) -> pd.DataFrame:
    """A history up to the first day of what happened lately, and that, in the history's grain."""
    import pandas as pd

    first, lately = parts[0], parts[-1]
    metrics = [name for name in first.metrics if name in lately.metrics]
    new = _tidy(lately, metrics)
    ends = new["date"] + pd.Timedelta(days=lately.period_days - 1)
    new = new[ends <= pd.Timestamp(until)]
    if first is lately:
        return new
    if first.period_days == 7 and lately.period_days == 1:
        new = _by_week(new, first.dates[-1])
    elif first.period_days != lately.period_days:
        raise PlanError(Fault(lately.source.file, "it has weeks, the history has days", WHOLE))
    if new.empty:
        problem = f"up to {until} there is no whole week, and the history has weeks"
        raise PlanError(Fault(lately.source.file, problem, "Wait for it."))
    old = _tidy(first, metrics)
    old = old[old["date"] < new["date"].min()]
    known = old["date"].max() + pd.Timedelta(days=first.period_days)
    if new["date"].min() != known:
        begin = new["date"].min().date()
        problem = f"it begins on {begin}, but the history ends before {known.date()}"
        raise PlanError(Fault(lately.source.file, problem, WHOLE))
    return pd.concat([old, new], ignore_index=True)


def _tidy(history: History, metrics: Sequence[str]) -> pd.DataFrame:
    panels = {"spend": history.spend, **{metric: history.metrics[metric] for metric in metrics}}
    columns = {
        name: panel.rename_axis("date").rename_axis("channel", axis=1).stack()
        for name, panel in panels.items()
    }
    import pandas as pd

    return pd.DataFrame(columns).reset_index()


def _by_week(days: pd.DataFrame, some_week: pd.Timestamp) -> pd.DataFrame:
    """Sums over the whole weeks, which begin on the weekday of `some_week`."""
    import pandas as pd

    since = (days["date"] - some_week).dt.days % 7
    weeks = days["date"] - pd.to_timedelta(since, unit="D")
    whole = days.groupby(weeks)["date"].transform("nunique") == 7
    sums = days[whole].drop(columns="date").groupby([weeks[whole], "channel"]).sum()
    return sums.reset_index()
