"""What can be promised of a plan, how likely its goals are, and whether its last money pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.phrases import Phrase, formed, joined, said
from scenarios.language.numbers import percent, rate
from scenarios.plan.money import measure, money_of
from scenarios.plan.plan import GoalLine, Plan
from scenarios.report.prose.sentences import MOST_NAMED, OBJECTIVES, further

MEASURES: Mapping[str, Phrase] = {
    **{name: OBJECTIVES[name] for name in ("revenue", "conversions", "roas")},
    "cpa": said("CPA"),
}


def promise(plan: Plan) -> Phrase | None:
    """What is reached with the probability that was asked for."""
    if not plan.promises:
        return None
    parts, money = [], money_of(plan)
    for line in plan.promises:
        show = measure(line.measure, money).told
        value: Phrase | str = show(line.proposed)
        if line.current is not None:
            value = said("{value} (today {today})", value=value, today=show(line.current))
        most = line.measure == "cpa"
        template = said("{goal} at most {value}", goal=MEASURES[line.measure], value=value)
        least = said("{goal} at least {value}", goal=MEASURES[line.measure], value=value)
        parts.append(template if most else least)
    share = percent(plan.promises[0].probability, 0)
    text = said("With {share} probability: {parts}.", share=share, parts=joined("; ", parts))
    if plan.promises[0].scatters:
        return text
    return joined(" ", [text, said("What scatters around the curves is not known and left out.")])


def goals(plan: Plan) -> list[Phrase]:
    """How likely each goal is, and what would make it likely."""
    return [_goal(plan, line) for line in plan.goals]


def _goal(plan: Plan, line: GoalLine) -> Phrase:
    show = measure(line.measure, money_of(plan)).told
    what = formed("{measure} {limit}", measure=MEASURES[line.measure], limit=show(line.limit))
    if line.by:
        what = said("{what} by {day}", what=what, day=date.fromisoformat(line.by))
    text = said(
        "Goal {name} ({what}): {share} likely{today}.",
        name=line.name,
        what=what,
        share=percent(line.probability, 0),
        today=""
        if line.current is None
        else said(", {share} with today's split", share=percent(line.current, 0)),
    )
    if line.budget is None or line.budget_probability is None:
        return text
    way = said(
        "With a budget of {budget} it is {share} likely.",
        budget=money_of(plan).told(line.budget),
        share=percent(line.budget_probability, 0),
    )
    return joined(" ", [text, way])


def last_money(plan: Plan) -> Phrase | None:
    """That the last money costs more than it brings, and which budget would be best."""
    found = plan.last_money
    if found is None or plan.proposed is None:
        return None
    money = money_of(plan)
    channels = [
        formed("{channel} {slope}", channel=name, slope=rate(slope))
        for name, slope in sorted(found.channels.items(), key=lambda pair: pair[1])
    ]
    more = said("profit") if found.after_margin else said("revenue less spend, before any margin")
    return said(
        "The last money costs more than it brings (revenue of one more: {channels}). The best"
        " budget under these rules is {best} instead of {budget}: {revenue} of revenue, {left} of"
        " {more}.",
        channels=[*channels[:MOST_NAMED], *further(len(channels) - MOST_NAMED)],
        best=money.told(found.budget),
        budget=money.told(plan.proposed.spend),
        revenue=money.told_signed(found.revenue),
        left=money.told_signed(found.left),
        more=more,
    )
