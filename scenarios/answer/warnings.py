"""What the reader of a plan must know before acting on it, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.curves.curveset import Evidence
from models.history.history import KPIS
from models.phrases import formed, joined, said
from optimizer.allocation import Allocation
from scenarios.definition.horizon import covered_until
from scenarios.definition.located_yaml import dotted
from scenarios.definition.values import Today, amounts_of, as_percent
from scenarios.language.numbers import amount
from scenarios.plan.labels import VERDICTS
from scenarios.question.resolve import Question

MANY = 12  # channels of which each has a sentence of its own; more share one


def warnings_of(question: Question, allocation: Allocation) -> Iterator[str]:
    """Every warning about a plan, the weightiest first."""
    yield from allocation.warnings
    yield from _paces(question)
    yield from _held(question)
    yield from _kept_near(question)
    yield from _limited(question, allocation)
    yield from _doubtful(question, allocation)
    yield from _curves(question)
    yield from question.notices


_WHY = {
    "bills": said("it is paid once a month"),
    "launch": said("it was launched inside them"),
    "stop": said("it stopped inside them"),
    "flight": said("it is dark now and runs in flights: while on air it spends more"),
    "peak": said("they are a season's height"),
}


def _paces(question: Question) -> Iterator[str]:
    """Channels whose mean over the last four weeks is not what they spend."""
    definition = question.scenario.definition
    told = amounts_of(definition.current)
    if isinstance(definition.current, Today) and definition.current.days != Today().days:
        return
    for entry in question.curves:
        found = entry.fit.get("pace")
        if not found or found["kind"] not in _WHY:
            continue
        if entry.channel in told or entry.current_spend is None:
            continue
        periods = question.calendar.span.days / question.curves.period_days
        yield said(
            "{channel}: today is taken as {mean} for the period, its mean over the last 28 days, "
            "but {why}. `current: {{{channel}: {pace:.0f}}}` would be its pace.",
            channel=entry.channel,
            mean=amount(entry.current_spend * periods),
            why=_WHY[found["kind"]],
            pace=found["spend"] * periods,
        )


def _held(question: Question) -> Iterator[str]:
    for rule in question.problem.rules:
        if rule.kind == "hold":
            (channel,) = rule.channels
            reasons = question.curves[channel].evidence.reasons
            lift = dotted(("channels", channel, "unusable"))
            if reasons:
                yield said(
                    "{channel} stays at its current spend: its evidence is unusable ({reasons})."
                    " `{name}: free` lets it move.",
                    channel=channel,
                    reasons=joined("; ", reasons),
                    name=lift,
                )
            else:
                yield said(
                    "{channel} stays at its current spend: its evidence is unusable."
                    " `{name}: free` lets it move.",
                    channel=channel,
                    name=lift,
                )


def _kept_near(question: Question) -> Iterator[str]:
    """Channels that may move a little only."""
    followers: dict[str, list[str]] = {}
    for rule in question.problem.rules:
        if rule.is_fixed and rule.kind == "change_to":
            (channel,) = rule.channels
            share = as_percent(rule.limit)
            if question.curves[channel].evidence.follows_demand:
                followers.setdefault(share, []).append(channel)
                continue
            yield said(
                "{channel} moves by {share} at most: its evidence is unusable. `{name}: free` lifts"
                " this.",
                channel=channel,
                share=share,
                name=dotted(("channels", channel, "unusable")),
            )
    for share, channels in followers.items():
        yield said(
            "by {share} at most may move: {channels}. A demand that nobody measured is possible,"
            " which their spend followed and which they are then credited with. An experiment"
            " (`fit: lift_tests`) or a control that measures it would settle this; `unusable: free`"
            " lifts the limit.",
            share=share,
            channels=_listed(channels),
        )


def _limited(question: Question, allocation: Allocation) -> Iterator[str]:
    """Channels that stop where their history ends."""
    stopped: dict[str, list[str]] = {}
    for outcome in allocation.rules:
        if outcome.rule.kind == "extrapolation" and outcome.is_binding:
            share = as_percent(outcome.rule.limit)
            stopped.setdefault(share, []).extend(outcome.rule.channels)
    for share, channels in stopped.items():
        yield said(
            "{channels} would take more, but no channel goes beyond {share} of the highest spend"
            " that its history shows over four weeks. `extrapolation: free` at a channel lifts"
            " this.",
            channels=_listed(channels),
            share=share,
        )


def _doubtful(question: Question, allocation: Allocation) -> Iterator[str]:
    held = {
        name for rule in question.problem.rules if rule.kind == "hold" for name in rule.channels
    }
    beyond = [row.channel for row in allocation.channels if row.is_extrapolated]
    if beyond:
        yield said(
            "{channels}: proposed beyond any four weeks of history, where the curve is a guess."
            " Approach it in steps.",
            channels=_listed(beyond),
        )
    moving = dict.fromkeys(
        row.channel
        for row in allocation.channels
        if abs(row.proposed.spend - row.current.spend) > 0.005 and row.channel not in held
    )
    doubtful = [name for name in moving if question.curves[name].evidence.verdict != "usable"]
    if len(doubtful) > MANY:
        yield from _by_verdict(question, doubtful)
    else:
        yield from (_doubt(name, question.curves[name].evidence) for name in doubtful)


def _doubt(channel: str, evidence: Evidence) -> str:
    known = {"channel": channel, "verdict": VERDICTS[evidence.verdict]}
    if not evidence.reasons:
        return said("{channel}: its evidence is {verdict}.", **known)
    return said(
        "{channel}: its evidence is {verdict} ({reasons}).",
        **known,
        reasons=joined("; ", evidence.reasons),
    )


def _by_verdict(question: Question, channels: Iterable[str]) -> Iterator[str]:
    """One sentence for the channels of a verdict: nobody reads a hundred."""
    found: dict[str, list[str]] = {}
    for channel in channels:
        found.setdefault(question.curves[channel].evidence.verdict, []).append(channel)
    for verdict, names in found.items():
        yield said(
            "{channels}: their evidence is {verdict}; `budgetopt report` says why.",
            channels=names,
            verdict=VERDICTS[verdict],
        )


def _of_advertising(question: Question) -> Iterator[str]:
    """Of a mix, how much of its KPI the plan's figures are about."""
    shares = (entry.fit.get("baseline_share") for entry in question.curves)
    share = next(filter(None, shares), None)
    if share is not None:
        low, middle, high = (1.0 - part for part in reversed(share))
        yield said(
            "the figures are what advertising brings: {share:.0%} of all {kpi} in the history, in"
            " 90 % of the curves {low:.0%} to {high:.0%}.",
            share=middle,
            kpi=KPIS[question.curves.kpi],
            low=low,
            high=high,
        )


def _curves(question: Question) -> Iterator[str]:
    from models.curves.file import edited_channels
    from models.fit.calibration import corrections

    yield from (formed("{text}.", text=text) for text in corrections(question.curves))
    yield from _of_advertising(question)
    edited = edited_channels(question.curves)
    if edited:
        yield said("curves edited by hand: {channels}.", channels=_listed(edited))
    end, start = covered_until(question.curves), question.calendar.span.start
    if end is not None and start is not None and start <= end:
        yield said(
            "the period starts on {start}, but history already reaches to {end}.",
            start=start,
            end=end,
        )


def _listed(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
