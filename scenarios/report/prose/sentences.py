"""What a plan's figures say, in sentences. The same words in the terminal and in every report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from models.phrases import Phrase, all_of, formed, joined, said
from scenarios.language.numbers import (
    amount,
    at_most_percent,
    draws_of,
    percent,
    rate,
    signed_percent,
)
from scenarios.plan.gain import gain_of
from scenarios.plan.labels import OF_FRACTIONS, limit_of, name_of
from scenarios.plan.money import Money, measure, money_of, objective_measure, objective_name
from scenarios.plan.plan import Confidence, Horizon, Plan, RuleLine

OBJECTIVES: Mapping[str, Phrase] = {
    "revenue": said("revenue"),
    "conversions": said("conversions"),
    "profit": said("profit"),
    "value": said("lifetime value"),
    "roas": said("ROAS"),
    "spend": said("spend"),
}
NOT_WORTH_IT: Mapping[str | None, Phrase] = {
    "profit": said("the next unit of money would bring less than it costs"),
    "roas": said("more spend would bring less per unit"),
}
GOALS: Mapping[str, Phrase] = {
    "min_conversions": said("conversions of at least"),
    "min_revenue": said("revenue of at least"),
    "min_roas": said("a ROAS of at least"),
    "max_cpa": said("a CPA of at most"),
}
MOST_NAMED = 3  # rules in a sentence
AT_THE_LIMIT = said("at the time limit")
HARDLY = said("less than 1 %")


def objective_of(plan: Plan) -> str:
    """What the plan maximises (or, for spend, minimises), as people call it."""
    name = objective_name(plan)
    return OBJECTIVES.get(name, name)


def goal_of(plan: Plan) -> str:
    """What exactly is optimised: the objective, less what a target of marginal ROAS deducts."""
    target, goal = plan.scenario.get("target_marginal_roas"), objective_of(plan)
    if not target:
        return goal
    return said("{goal} beyond {target} per unit of spend", goal=goal, target=rate(target))


def headline(plan: Plan) -> Phrase:
    """Name, period and money of the plan on one line."""
    period = plan.period
    when = length_of(period)
    if period.start and period.end:
        when = formed("{span} ({length})", span=span_of(period.start, period.end), length=when)
    parts = [plan.name, when]
    if plan.proposed is not None:
        parts.append(Money(plan.currency).full(plan.proposed.spend))
    return joined(" - ", parts)


def length_of(period: Horizon) -> Phrase:
    return said("{n:g} days", n=period.days)


def span_of(start: str, end: str) -> Phrase:
    """Two days in ISO form as a span of time."""
    first, last = map(date.fromisoformat, (start, end))
    return said("{first} to {last}", first=first, last=last)


def nothing_moves(plan: Plan) -> bool:
    """Whether every channel spends in every period what it does today."""
    return all(row.spend == row.current_spend for _, row in plan.rows())


def gain(plan: Plan) -> Phrase | None:
    """The plan's gain over today's split."""
    found, before, after = gain_of(plan), plan.current, plan.proposed
    if found is None or before is None or after is None:
        return None
    if nothing_moves(plan):
        return said("Nothing moves: today's split is the best that these rules allow.")
    show = measure(found.objective, money_of(plan))
    change = [show.signed(found.change)]
    if found.share is not None:
        change.append(signed_percent(found.share))
    return said(
        "{goal!c}: {old} today, {new} proposed ({change}){money}.",
        goal=objective_of(plan),
        old=show.told(found.before),
        new=show.told(found.after),
        change=change,
        money=""
        if found.objective == "spend"
        else _money_moved(before.spend, after.spend, money_of(plan)),
    )


def targets(plan: Plan) -> list[Phrase]:
    """How likely the proposal reaches what it was made to reach, over the draws of its curves."""
    return [
        said(
            "Target: {target} {limit}, reached in {share} of the draws of the curves.",
            target=GOALS.get(rule.kind, name_of(rule)),
            limit=limit_of(rule, rule.limit, money_of(plan)),
            share=percent(rule.reached_in, 0),
        )
        for rule in plan.rules
        if rule.is_target and rule.reached_in is not None
    ]


def _money_moved(before: float, after: float, written: Money) -> str:
    if abs(after - before) < 0.01 * max(1.0, 1e-6 * before):
        return said(" for the same money")
    if not before:
        return ""
    money, share = written.told(abs(after - before)), percent(abs(after / before - 1))
    if after > before:
        return said(" for {money} ({share}) more money", money=money, share=share)
    return said(" for {money} ({share}) less money", money=money, share=share)


def proof(plan: Plan) -> Phrase | None:
    """How far from the best possible the plan can be, and what proves it."""
    found = plan.certificate
    if found is None:
        return None
    show = objective_measure(plan).told
    bound = said(
        "{goal} {value} against a bound of {bound}",
        goal=goal_of(plan),
        value=show(found.value),
        bound=show(found.bound),
    )
    known = {"gap": at_most_percent(found.gap), "bound": bound, "solver": found.solver}
    if plan.status != "optimal":
        return said(
            "Stopped {when}: a better plan may exist, by at most {gap} ({bound}; {solver}).",
            when=_stop(plan.status, found.iterations),
            **known,
        )
    return said(
        "Proof: no plan under these rules can beat this by more than {gap} ({bound}; {solver}).",
        **known,
    )


def _stop(status: str, rounds: int) -> Phrase:
    """What ended a search before the proof."""
    if status == "round_limit":
        return said("after {n} rounds", n=rounds)
    if status == "numerical_trouble":
        return said("by numerical trouble: the solver could not answer")
    return AT_THE_LIMIT


def tail(plan: Plan) -> Phrase | None:
    """What comes after the end of what is spent until then."""
    found, proof = plan.tail, plan.certificate
    if found is None or proof is None:
        return None
    name = proof.objective if proof.objective in ("conversions", "value") else "revenue"
    then, now = (getattr(side, name) if side else None for side in (found.proposed, found.current))
    if then is None:
        name = "conversions"
        then, now = found.proposed.conversions, found.current and found.current.conversions
    show = measure(name, money_of(plan)).told
    return said(
        "After the end, what is spent until then still brings {then} of {goal}{today}: the proof"
        " counts it, the figures above do not.",
        then=show(then),
        goal=OBJECTIVES[name],
        today="" if now is None else said(" ({now} as today)", now=show(now)),
    )


def confidence(plan: Plan) -> Phrase | None:
    """How often the plan beats today's split, over the draws of its curves."""
    found = plan.confidence
    if found is None:
        return None
    show = objective_measure(plan).signed
    low, middle, high = map(show, found.uplift)
    return said(
        "Confidence: better than today in {share} of {draws} of the curves; uplift {middle}, 90 %"
        " between {low} and {high}.{beyond}",
        share=percent(found.beats_current, 0),
        draws=draws_of(found.draws),
        low=low,
        middle=middle,
        high=high,
        beyond=_beyond_observed(found),
    )


def level(plan: Plan) -> Phrase | None:
    """What the proposal brings as a whole, over the draws of its curves."""
    found, total = plan.interval, plan.proposed
    if found is None or total is None:
        return None
    told = money_of(plan).told
    if found.revenue is not None:
        low, high = found.revenue
        if total.spend:
            return said(
                "In 90 % of the curves the proposal brings {low} to {high} of revenue, a ROAS of"
                " {least} to {most}.",
                low=told(low),
                high=told(high),
                least=rate(low / total.spend),
                most=rate(high / total.spend),
            )
        return said(
            "In 90 % of the curves the proposal brings {low} to {high} of {goal}.",
            low=told(low),
            high=told(high),
            goal=OBJECTIVES["revenue"],
        )
    if found.conversions is None:
        return None
    low, high = found.conversions
    return said(
        "In 90 % of the curves the proposal brings {low} to {high} of {goal}.",
        low=amount(low),
        high=amount(high),
        goal=OBJECTIVES["conversions"],
    )


def _beyond_observed(found: Confidence) -> str:
    share = found.beyond_observed
    if share is None:
        return ""
    part = percent(share, 0) if share >= 0.005 else HARDLY if share else said("None")
    return said(
        " {part!c} of the expected gain lies beyond the spend that history shows.", part=part
    )


def risk(plan: Plan) -> Phrase | None:
    """What the plan brings on average and in the bad case."""
    found = plan.risk
    if found is None:
        return None
    show = objective_measure(plan).told
    often = ""
    if found.probability_of_loss is not None:
        share = percent(found.probability_of_loss, 0)
        often = said("; worse than today in {share} of them", share=share)
    return said(
        "Risk: {goal} {expected} on average over {draws}, {bad} in the worst {share}{often}.",
        goal=objective_of(plan),
        expected=show(found.expected),
        draws=draws_of(found.draws),
        bad=show(found.bad_case),
        share=percent(1.0 - found.level, 0),
        often=often,
    )


def unspent(plan: Plan) -> Phrase | None:
    """What is left unspent, and why: it would bring too little, or rules stop it."""
    if plan.unspent <= 0 or objective_of(plan) == "spend":
        return None
    left = money_of(plan).told(plan.unspent)
    target = plan.scenario.get("target_marginal_roas")
    if target:
        return said(
            "{left} of the budget is better left unspent: the next unit would bring less than"
            " {target}.",
            left=left,
            target=rate(target),
        )
    name = plan.certificate.objective if plan.certificate else None
    if name in NOT_WORTH_IT:
        return said(
            "{left} of the budget is better left unspent: {why}.", left=left, why=NOT_WORTH_IT[name]
        )
    stops = [name_of(rule) for rule in plan.rules if rule.is_binding and rule.kind != "budget"]
    if not stops:
        return said("{left} of the budget stays unspent: no channel brings more by it.", left=left)
    rules = listed([*stops[:MOST_NAMED], *further(len(stops) - MOST_NAMED)])
    return said("{left} of the budget stays unspent: {rules} stop it.", left=left, rules=rules)


def further(count: int) -> list[str]:
    return [said("{count} more", count=count)] if count > 0 else []


def price_of(rule: RuleLine) -> str:
    """What one more unit of the limit brings, and one less where the plan stands on a kink; of a
    fraction, one more percentage point."""
    if rule.shadow_price is None:
        return rate(None)
    unit = 100.0 if rule.kind in OF_FRACTIONS else 1.0
    price: str = rate(rule.shadow_price / unit)
    if rule.price_of_less is not None:
        less = rate(-rule.price_of_less / unit)
        price = said("{more}, one less {less}", more=price, less=less)
    return said("{price} per 1 %", price=price) if unit > 1 else price


def listed(texts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(texts) < 2:
        return texts[0]
    return all_of([joined(", ", texts[:-1]), texts[-1]])
