"""What a plan recommends and why, in a few sentences written from its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.phrases import Phrase, capital, formed, joined, said
from scenarios.language.numbers import percent, rate
from scenarios.plan.labels import name_of
from scenarios.plan.money import money_of, objective_measure
from scenarios.plan.plan import ChannelPlan, InputFile, Plan, RuleLine
from scenarios.report.prose import promises, sentences
from scenarios.report.prose.conflict import conflict_lines
from scenarios.report.prose.sentences import length_of, listed, span_of

CENT = 0.005  # amounts that differ by less agree to the cent
NAMED = 3  # channels that a sentence names
AGAIN = said(
    "`budgetopt verify` makes the plan again from these files and compares every figure. The same "
    "files and versions on one kind of machine give the same bytes; other versions or platforms "
    "may move the last digits, and choose another of two equally good splits."
)
ROLES = {
    "scenario": said("scenario"),
    "history": said("history"),
    "curves": said("curves"),
    "warehouse": said("warehouse"),
}
STATUS = {
    "optimal": said("optimal"),
    "time_limit": said("time limit"),
    "round_limit": said("limit of rounds"),
    "numerical_trouble": said("numerical trouble"),
    "infeasible": said("infeasible"),
}


def findings(plan: Plan) -> list[str]:
    """What is recommended and why: the gain, the moves, their reason, the proof, how sure it is."""
    if plan.proposed is None:
        return list(conflict_lines(plan))
    told = (
        sentences.gain(plan),
        *sentences.targets(plan),
        _moves(plan),
        _reason(plan),
        _dearest_rule(plan),
        sentences.unspent(plan),
        promises.promise(plan),
        *promises.goals(plan),
        promises.last_money(plan),
        sentences.tail(plan),
        sentences.proof(plan),
        sentences.confidence(plan),
        sentences.level(plan),
        *_held(plan),
    )
    return [sentence for sentence in told if sentence]


def title_of(plan: Plan) -> Phrase:
    return said("{name}: recommended budget", name=plan.name)


def period_name(plan: Plan) -> Phrase:
    """The horizon as a title names it."""
    span = plan.period
    return span_of(span.start, span.end) if span.start and span.end else length_of(span)


def subtitle_of(plan: Plan) -> Phrase:
    """The horizon, and what the amounts are in."""
    if not plan.currency:
        return period_name(plan)
    return said("{period}, amounts in {currency}", period=period_name(plan), currency=plan.currency)


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
    if plan.current is None or sentences.nothing_moves(plan):  # said of the gain
        return None
    gives, takes = movers(plan)
    if not gives and not takes:
        return said("No channel changes over all periods together.")
    parts = []
    if (moving := moved(plan)) > CENT:
        share = percent(moving / plan.current.spend)
        parts.append(
            said(
                "{money} ({share} of today's spend) change channel",
                money=money_of(plan).told(moving),
                share=share,
            )
        )
    if gives and len(gives) > NAMED:
        parts.append(said("most more goes to {channels}", channels=_named(plan, gives)))
    elif gives:
        parts.append(said("more goes to {channels}", channels=_named(plan, gives)))
    if takes and len(takes) > NAMED:
        parts.append(said("most less to {channels}", channels=_named(plan, takes)))
    elif takes:
        parts.append(said("less to {channels}", channels=_named(plan, takes)))
    return formed("{moves}.", moves=capital(joined("; ", parts)))


def _named(plan: Plan, rows: Sequence[ChannelPlan]) -> str:
    change = money_of(plan).told_signed
    return listed(
        [
            formed("{channel} ({change})", channel=row.channel, change=change(change_of(row)))
            for row in rows[:NAMED]
        ]
    )


def _reason(plan: Plan) -> str | None:
    """Average against next unit: why the channel that looks best need not get more."""
    gives, takes = (
        [row for row in rows if row.marginal_roas is not None and row.roas is not None]
        for rows in movers(plan)
    )
    if not gives or not takes:
        return None
    top, low = gives[0], takes[0]
    return said(
        "What decides is the next unit of money, not the average: at the proposed spend it brings "
        "{next_more} of revenue in {more} (average {average_more}) and {next_less} in {less} "
        "(average {average_less}).",
        more=top.channel,
        next_more=rate(top.marginal_roas),
        average_more=rate(top.roas),
        less=low.channel,
        next_less=rate(low.marginal_roas),
        average_less=rate(low.roas),
    )


def priced_rules(plan: Plan) -> list[RuleLine]:
    """The rules that cost something, the dearest first: not the goal itself, and none whose price
    rests on a curve that cannot carry a decision."""
    doubtful = {row.channel for row in plan.channels if row.evidence == "unusable"}
    priced = [
        rule
        for rule in plan.rules
        if (rule.cost or 0.0) > CENT and not rule.is_target and not doubtful & set(rule.channels)
    ]
    return sorted(priced, key=lambda rule: -(rule.cost or 0.0))


def _dearest_rule(plan: Plan) -> str | None:
    top = next(iter(priced_rules(plan)), None)
    if top is None:
        return None
    goal = sentences.objective_of(plan)
    known = {"rule": name_of(top), "cost": objective_measure(plan).told(top.cost), "goal": goal}
    if goal == "spend":
        return said("The dearest rule is {rule}: without it, {cost} less {goal}.", **known)
    return said("The dearest rule is {rule}: without it, {cost} more {goal}.", **known)


def _held(plan: Plan) -> Iterator[str]:
    weak = [row.channel for row in plan.channels if row.evidence == "unusable"]
    if weak:
        yield said("History cannot carry a decision on {channels}.", channels=listed(weak))
    beyond = [row.channel for row in plan.channels if row.is_extrapolated]
    if beyond:
        yield said(
            "Beyond the spend that history shows, so less certain: {channels}.",
            channels=listed(beyond),
        )


def file_of(item: InputFile) -> Phrase:
    """A file that the plan was made of, and what it was to it."""
    return formed("{role}: {file}", role=ROLES[item.role], file=item.file)
