"""What a plan recommends and why, in a few sentences written from its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.plan import ChannelPlan, Plan
from scenarios.report import sentences
from scenarios.report.numbers import amount, percent, rate, signed

CENT = 0.005  # amounts that differ by less agree to the cent
NAMED = 3  # channels that a sentence names
AGAIN = (
    "`budgetopt verify` makes the plan again from these files and compares every figure. The same "
    "files and versions on one kind of machine give the same bytes; other versions or platforms "
    "may move the last digits, and choose another of two equally good splits."
)


def findings(plan: Plan) -> list[str]:
    """What is recommended and why: the gain, the moves, their reason, the proof, how sure it is."""
    if plan.proposed is None:
        return list(sentences.conflict(plan))
    said = (
        sentences.gain(plan),
        _moves(plan),
        _reason(plan),
        _dearest_rule(plan),
        sentences.unspent(plan),
        sentences.tail(plan),
        sentences.proof(plan),
        sentences.confidence(plan),
        *_held(plan),
    )
    return [sentence for sentence in said if sentence]


def period_name(plan: Plan) -> str:
    """The horizon as a title names it."""
    span = plan.period
    return f"{span.start} to {span.end}" if span.start and span.end else f"{span.days:g} days"


def change_of(row: ChannelPlan) -> float:
    """Money that a channel gets more (or, negative, less) than today; 0 where nobody knows."""
    return 0.0 if row.current_spend is None else row.spend - row.current_spend


def moved(plan: Plan) -> float:
    """Money that changes its channel: the smaller of all that is added and all that is taken."""
    changes = [change_of(row) for row in plan.channels]
    return min(sum(x for x in changes if x > 0), -sum(x for x in changes if x < 0))


def movers(plan: Plan) -> tuple[list[ChannelPlan], list[ChannelPlan]]:
    """Channels that get more and channels that get less, the largest change first."""
    ordered = sorted(plan.channels, key=change_of)
    gives = [row for row in reversed(ordered) if change_of(row) > CENT]
    return gives, [row for row in ordered if change_of(row) < -CENT]


def _moves(plan: Plan) -> str | None:
    if plan.current is None:
        return None
    gives, takes = movers(plan)
    if not gives and not takes:
        return "No channel changes: today's split is the best that these rules allow."
    parts = []
    if (moving := moved(plan)) > CENT:
        share = percent(moving / plan.current.spend)
        parts.append(f"{amount(moving)} ({share} of today's spend) change channel")
    if gives:
        parts.append(f"{'most ' if len(gives) > NAMED else ''}more goes to {_named(gives)}")
    if takes:
        parts.append(f"{'most ' if len(takes) > NAMED else ''}less to {_named(takes)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _named(rows: Sequence[ChannelPlan]) -> str:
    return listed([f"{row.channel} ({signed(change_of(row))})" for row in rows[:NAMED]])


def _reason(plan: Plan) -> str | None:
    """Average against next unit: why the channel that looks best need not get more."""
    gives, takes = (
        [row for row in rows if row.marginal_roas is not None and row.roas is not None]
        for rows in movers(plan)
    )
    if not gives or not takes:
        return None
    top, low = gives[0], takes[0]
    return (
        "What decides is the next unit of money, not the average: at the proposed spend it brings "
        f"{rate(top.marginal_roas)} of revenue in {top.channel} (average {rate(top.roas)}) and "
        f"{rate(low.marginal_roas)} in {low.channel} (average {rate(low.roas)})."
    )


def _dearest_rule(plan: Plan) -> str | None:
    priced = [rule for rule in plan.rules if rule.cost is not None and rule.cost > CENT]
    if not priced:
        return None
    top = max(priced, key=lambda rule: rule.cost or 0.0)
    name, goal = sentences.name_of(top), sentences.objective_of(plan)
    less = "less" if goal == "spend" else "more"
    return f"The dearest rule is {name}: without it, {amount(top.cost)} {less} {goal}."


def _held(plan: Plan) -> Iterator[str]:
    weak = [row.channel for row in plan.channels if row.evidence == "unusable"]
    if weak:
        yield f"History cannot carry a decision on {listed(weak)}."
    beyond = [row.channel for row in plan.channels if row.is_extrapolated]
    if beyond:
        yield f"Beyond the spend that history shows, so less certain: {listed(beyond)}."


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
