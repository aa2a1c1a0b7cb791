"""What the reader of a plan must know before acting on it, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from optimizer.allocation import Allocation
from scenarios.calendar import covered_until
from scenarios.resolve import Question
from scenarios.values import as_percent
from scenarios.yamltree import dotted


def warnings_of(question: Question, allocation: Allocation) -> Iterator[str]:
    """Every warning about a plan, the weightiest first."""
    yield from allocation.warnings
    yield from _held(question)
    yield from _limited(question, allocation)
    yield from _doubtful(question, allocation)
    yield from _curves(question)
    yield from question.notices


def _held(question: Question) -> Iterator[str]:
    for rule in question.problem.rules:
        if rule.kind == "hold":
            (channel,) = rule.channels
            because = _because(question.curves[channel].evidence.reasons)
            lift = dotted(("channels", channel, "unusable"))
            yield (
                f"{channel} stays at its current spend: its evidence is unusable{because}."
                f" `{lift}: free` lets it move."
            )


def _limited(question: Question, allocation: Allocation) -> Iterator[str]:
    """Channels that stop where their history ends."""
    stopped: dict[str, list[str]] = {}
    for outcome in allocation.rules:
        if outcome.rule.kind == "extrapolation" and outcome.is_binding:
            share = as_percent(outcome.rule.limit)
            stopped.setdefault(share, []).extend(outcome.rule.channels)
    for share, channels in stopped.items():
        yield (
            f"{_listed(channels)} would take more, but no channel goes beyond {share} of the"
            " highest spend that its history shows over four weeks. `extrapolation: free` at a"
            " channel lifts this."
        )


def _doubtful(question: Question, allocation: Allocation) -> Iterator[str]:
    held = {
        name for rule in question.problem.rules if rule.kind == "hold" for name in rule.channels
    }
    beyond = [row.channel for row in allocation.channels if row.is_extrapolated]
    if beyond:
        yield (
            f"{_listed(beyond)}: proposed beyond any four weeks of history, where the curve is a"
            " guess. Approach it in steps."
        )
    moving = dict.fromkeys(
        row.channel
        for row in allocation.channels
        if abs(row.proposed.spend - row.current.spend) > 0.005 and row.channel not in held
    )
    for channel in moving:
        evidence = question.curves[channel].evidence
        if evidence.verdict != "usable":
            yield f"{channel}: its evidence is {evidence.verdict}{_because(evidence.reasons)}."


def _curves(question: Question) -> Iterator[str]:
    from models.calibration import corrections
    from models.curvefile import edited_channels

    yield from (f"{text}." for text in corrections(question.curves))
    edited = edited_channels(question.curves)
    if edited:
        yield f"curves edited by hand: {_listed(edited)}."
    end, start = covered_until(question.curves), question.span.start
    if end is not None and start is not None and start <= end:
        yield f"the period starts on {start}, but history already reaches to {end}."


def _because(reasons: Sequence[str]) -> str:
    return f" ({'; '.join(reasons)})" if reasons else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
