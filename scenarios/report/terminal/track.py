"""A plan against what happened, in the terminal and as documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scenarios.language.numbers import (
    UNKNOWN,
    amount,
    plural,
    rate,
    signed,
    signed_percent,
)
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.terminal.table_style import plain_table
from scenarios.tracking.relearn import Learning
from scenarios.tracking.track import Track, Tracking
from scenarios.tracking.variance import PARTS

CAUSES = {
    "carry_over": "earlier spend",
    "spending": "spending",
    "response": "response",
    "waiting": "waiting",
}
VERDICTS = {
    "above": "better",
    "below": "worse",
    "as expected": "as expected",
    "too early": "too early",
    "not judged": UNKNOWN,
}
WIDE = 95  # columns from which CPA and ROAS stand side by side
CHANCE = 0.1  # of lying outside an interval that holds 90 %


def track_report(found: Tracking, learnt: Learning | None, width: int) -> list[Any]:
    """Pace, causes, judgement, and what the curves learn, top to bottom."""
    from rich.text import Text

    parts: list[Any] = [Text(_headline(found), style="bold"), _pace_table(found)]
    parts += [Text(line) for line in _pace_lines(found)]
    if found.measure is not None:
        title = f"Why {found.measure} differs from the plan"
        parts += [Text(""), Text(title, style="bold"), _cause_table(found, found.measure)]
        parts += [Text(line) for line in _cause_lines(found, found.measure)]
    if found.settled and found.total.judgement.actual is not None:
        title = f"Curve or chance? {found.plan.kpi.capitalize()} of the first "
        title += plural(found.settled, "day")
        parts += [Text(""), Text(title, style="bold"), _judgement_table(found, width)]
    parts += [Text(line) for line in _judgement_lines(found)]
    if learnt is not None:
        parts += [Text(""), Text("What the curves learn", style="bold")]
        parts += [Text(_learnt_line(learnt))]
        parts += [_lesson_table(learnt)] if learnt.changed else []
    if found.notices:
        parts += [Text(""), Text("Mind", style="bold"), *(Text(line) for line in found.notices)]
    return parts


def _headline(found: Tracking) -> str:
    plan = found.plan
    money = f"{amount(found.total.spent)} of {amount(found.total.planned_spend)}"
    when = f"{plan.period.start} to {found.until} ({found.days} of {found.of_days} days)"
    return f"{plan.name} - {when} - {money} {plan.currency or ''}".rstrip()


def _everyone(found: Tracking) -> Iterator[Track]:
    yield from found.channels
    yield found.total


def _table(first: str, titles: Sequence[str]) -> Any:
    table = plain_table(first)
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _rows(table: Any, found: Tracking, cells: Any) -> Any:
    """One row per channel, then the total below a line."""
    from rich.text import Text

    for track in found.channels:
        table.add_row(Text(track.channel), *cells(track))
    table.add_section()
    table.add_row("total", *cells(found.total))
    return table


def _pace_table(found: Tracking) -> Any:
    def cells(track: Track) -> Iterator[str]:
        yield amount(track.planned_spend)
        yield amount(track.expected_spend)
        yield amount(track.spent)
        yield _against(track.spent, track.expected_spend)
        yield amount(track.projected_spend)
        yield signed(track.projected_spend - track.planned_spend)

    titles = ("plan", "by now", "spent", "off pace", "at the end", "over/under")
    return _rows(_table("spend", titles), found, cells)


def _against(value: float, other: float) -> str:
    if not other:
        return "new" if value else "0 %"
    return signed_percent(value / other - 1.0)


def _pace_lines(found: Tracking) -> Iterator[str]:
    total, kpi = found.total, found.plan.kpi
    if total.projected_kpi is None or total.planned_kpi is None:
        return
    change = _against(total.projected_kpi, total.planned_kpi)
    yield (
        f"At the end, if it goes on like this: {amount(total.projected_spend)} spent and "
        f"{amount(total.projected_kpi)} {kpi}, against {amount(total.planned_spend)} and "
        f"{amount(total.planned_kpi)} planned ({change})."
    )


def _cause_table(found: Tracking, measure: str) -> Any:
    names = [part for part in PARTS if _matters(found, measure, part)]

    def cells(track: Track) -> Iterator[str]:
        one = track.variances[measure]
        yield amount(one.planned)
        for name in names:
            yield signed(getattr(one, name))
        yield amount(one.actual)

    titles = ("plan by now", *(CAUSES[name] for name in names), "actual")
    return _rows(_table(measure, titles), found, cells)


def _matters(found: Tracking, measure: str, part: str) -> bool:
    """Whether any channel has a part worth a column; response and spending always have one."""
    values = (getattr(track.variances[measure], part) for track in found.channels)
    return part in ("spending", "response") or any(abs(value or 0.0) >= 0.5 for value in values)


def _cause_lines(found: Tracking, measure: str) -> Iterator[str]:
    one = found.total.variances[measure]
    if one.difference is None:
        yield f"The file counts {measure} of all channels together: who brought it is not known."
        return
    side = "more" if one.difference >= 0 else "less"
    response = "more" if (one.response or 0.0) > 0 else "less"
    earlier = "still works" if one.carry_over > 0 else "was lower and still weighs"
    said = [
        f"{signed(value)} because {text}"
        for text, value in (
            ("the money was spent otherwise", one.spending),
            (f"what was spent brought {response} than the curves say", one.response),
            (f"the spend before the period {earlier}", one.carry_over),
            ("conversions of the last days are still arriving", one.waiting),
        )
        if value and abs(value) >= 0.5
    ]
    parts = f": {', '.join(said)}" if said else ""
    yield f"{amount(abs(one.difference))} {side} {measure} than planned by now{parts}."


def _judgement_table(found: Tracking, width: int) -> Any:
    has_cpa = any(track.cpa is not None for track in found.channels)
    has_roas = any(track.roas is not None for track in found.channels)
    if width < WIDE and found.measure == "revenue" and has_roas:
        has_cpa = False
    elif width < WIDE and has_cpa:
        has_roas = False

    def cells(track: Track) -> Iterator[str]:
        one = track.judgement
        yield _whole(one.expected)
        yield UNKNOWN if one.low is None else f"{_whole(one.low)} to {_whole(one.high)}"
        yield amount(one.actual)
        if has_cpa:
            yield rate(track.cpa)
            yield rate(track.planned_cpa)
        if has_roas:
            yield rate(track.roas)
            yield rate(track.planned_roas)
        yield VERDICTS[one.verdict]

    titles = ["expected", "90 % between", "came back"]
    titles += ["CPA", "plan"] if has_cpa else []
    titles += ["ROAS", "plan"] if has_roas else []
    return _rows(_table("channel", [*titles, "verdict"]), found, cells)


def _whole(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _judgement_lines(found: Tracking) -> Iterator[str]:
    waiting = found.days - found.settled
    if waiting:
        days = "all days" if not found.settled else f"the last {plural(waiting, 'day')}"
        yield f"Not judged: {days}, whose conversions may still be arriving."
    judged = [t for t in found.channels if t.judgement.verdict != "not judged"]
    if not found.settled or not judged:
        return
    outside = [t for t in judged if t.judgement.verdict in ("above", "below")]
    if outside:
        chance = max(round(CHANCE * len(judged)), 1)
        yield f"Of {len(judged)} channels, {chance} would lie outside by chance alone."
    early = [t.channel for t in judged if t.judgement.verdict == "too early"]
    if early:
        yield f"Too early to tell, so leave the curves alone: {', '.join(early)}."


def _learnt_line(learnt: Learning) -> str:
    left = f"the {amount(learnt.budget)} that is left over {plural(learnt.days, 'day')}"
    if learnt.conflict is not None:
        return f"No split of {left} keeps the rules: {learnt.conflict}."
    if not learnt.changed:
        return (
            f"Fitted again with history to {learnt.known_until}, they recommend the same split of"
            f" {left}."
        )
    name = OBJECTIVES[learnt.objective]
    worth = "" if learnt.gain is None else f", worth {signed(learnt.gain)} {name}"
    return (
        f"Fitted again with history to {learnt.known_until}, they recommend another split of"
        f" {left}{worth}."
    )


def _lesson_table(learnt: Learning) -> Any:
    from rich.text import Text

    titles = ("curve moved", "today", "plan", "best then", "best now", "change")
    table = _table("the rest", titles)
    for lesson in learnt.changed:
        moved = UNKNOWN if not lesson.before else _against(lesson.now, lesson.before)
        amounts = (lesson.today, lesson.planned, lesson.kept, lesson.learnt)
        turn = " (turns)" if lesson.turns else ""
        change = _against(lesson.learnt, lesson.kept) + turn
        table.add_row(Text(lesson.channel), moved, *(amount(one) for one in amounts), change)
    return table
