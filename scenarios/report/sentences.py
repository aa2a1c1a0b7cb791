"""What a plan's figures say, in sentences. The same words in the terminal and in every report."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.solve import MOST_ROUNDS
from scenarios.plan import Confidence, Plan, Relaxed, RuleLine
from scenarios.report.numbers import (
    amount,
    at_most_percent,
    percent,
    plural,
    rate,
    signed,
    signed_percent,
)

OBJECTIVES = {
    "revenue": "revenue",
    "conversions": "conversions",
    "profit": "profit",
    "value": "lifetime value",
    "roas": "ROAS",
    "spend": "spend",
}
# Where a rule's limit is a fraction, and how it reads.
OF_FRACTIONS = {
    "min_share",
    "max_share",
    "change_from",
    "change_to",
    "extrapolation",
    "min_change",
    "max_change_between_periods",
    "probability_of_loss",
}
UNLIMITED = {"locked", "hold"}  # rules whose limit is today's spend
OF_EVERY_CHANNEL = ("defaults.", "periods.max_change_between_periods")
OF_RATES = {"max_cpa", "min_roas", "max_marginal_cpa"}


def objective_of(plan: Plan) -> str:
    """What the plan maximises (or, for spend, minimises), as people call it."""
    name = plan.certificate.objective if plan.certificate else plan.scenario.get("objective")
    return OBJECTIVES.get(str(name), str(name))


def goal_of(plan: Plan) -> str:
    """What exactly is optimised: the objective, less what a target of marginal ROAS deducts."""
    target = plan.scenario.get("target_marginal_roas")
    return objective_of(plan) + (f" beyond {rate(target)} per unit of spend" if target else "")


def headline(plan: Plan) -> str:
    """Name, period and money of the plan on one line."""
    period = plan.period
    when = f"{period.days:g} days"
    if period.start and period.end:
        when = f"{period.start} to {period.end} ({when})"
    parts = [plan.name, when]
    if plan.proposed is not None:
        money = amount(plan.proposed.spend)
        parts.append(f"{money} {plan.currency}" if plan.currency else money)
    return " - ".join(parts)


def gain(plan: Plan) -> str | None:
    """The plan's gain over today's split."""
    before, after, proof = plan.current, plan.proposed, plan.certificate
    if before is None or after is None or proof is None:
        return None
    old, new = getattr(before, proof.objective), getattr(after, proof.objective)
    if old is None or new is None:
        return None
    if all(row.spend == row.current_spend for _, row in plan.rows()):
        return "Nothing moves: the rules leave every channel where it is."
    show = rate if proof.objective == "roas" else amount
    share = f", {signed_percent((new - old) / abs(old))}" if old else ""
    change = signed(new - old) if proof.objective != "roas" else f"{new - old:+.2f}"
    money = "" if proof.objective == "spend" else _money_moved(before.spend, after.spend)
    name = objective_of(plan)
    return (
        f"{name[0].upper()}{name[1:]}: {show(old)} today, {show(new)} proposed"
        f" ({change}{share}){money}."
    )


def _money_moved(before: float, after: float) -> str:
    if abs(after - before) < 0.01 * max(1.0, 1e-6 * before):
        return " for the same money"
    if not before:
        return ""
    kind = "more" if after > before else "less"
    return f" for {amount(abs(after - before))} ({percent(abs(after / before - 1))}) {kind} money"


def proof(plan: Plan) -> str | None:
    """How far from the best possible the plan can be, and what proves it."""
    found = plan.certificate
    if found is None:
        return None
    show = rate if found.objective == "roas" else amount
    bound = f"{goal_of(plan)} {show(found.value)} against a bound of {show(found.bound)}"
    if plan.status == "time_limit":
        where = (
            f"after {MOST_ROUNDS} rounds"
            if found.iterations >= MOST_ROUNDS
            else ("at the time limit")
        )
        return (
            f"Stopped {where}: a better plan may exist, by at most"
            f" {at_most_percent(found.gap)} ({bound}; {found.solver})."
        )
    return (
        f"Proof: no plan under these rules can beat this by more than"
        f" {at_most_percent(found.gap)} ({bound}; {found.solver})."
    )


def tail(plan: Plan) -> str | None:
    """What comes after the end of what is spent until then."""
    found, proof = plan.tail, plan.certificate
    if found is None or proof is None:
        return None
    name = proof.objective if proof.objective in ("conversions", "value") else "revenue"
    then, now = (getattr(side, name) if side else None for side in (found.proposed, found.current))
    if then is None:
        name = "conversions"
        then, now = found.proposed.conversions, found.current and found.current.conversions
    today = "" if now is None else f" ({amount(now)} as today)"
    return (
        f"After the end, what is spent until then still brings {amount(then)} of"
        f" {OBJECTIVES[name]}{today}: the proof counts it, the figures above do not."
    )


def confidence(plan: Plan) -> str | None:
    """How often the plan beats today's split, over the draws of its curves."""
    found = plan.confidence
    if found is None:
        return None
    low, middle, high = found.uplift
    show = signed if objective_of(plan) != "ROAS" else lambda value: f"{value:+.2f}"
    return (
        f"Confidence: better than today in {percent(found.beats_current, 0)} of"
        f" {plural(found.draws, 'draw')} of the curves; uplift {show(middle)},"
        f" 90 % between {show(low)} and {show(high)}.{_beyond_observed(found)}"
    )


def _beyond_observed(found: Confidence) -> str:
    share = found.beyond_observed
    if share is None:
        return ""
    part = percent(share, 0) if share >= 0.005 else "less than 1 %" if share else "None"
    return f" {part} of the expected gain lies beyond the spend that history shows."


def risk(plan: Plan) -> str | None:
    """What the plan brings on average and in the bad case."""
    found = plan.risk
    if found is None:
        return None
    show = rate if objective_of(plan) == "ROAS" else amount
    often = ""
    if found.probability_of_loss is not None:
        often = f"; worse than today in {percent(found.probability_of_loss, 0)} of them"
    return (
        f"Risk: {objective_of(plan)} {show(found.expected)} on average over"
        f" {plural(found.draws, 'draw')}, {show(found.bad_case)} in the worst"
        f" {percent(1.0 - found.level, 0)}{often}."
    )


def unspent(plan: Plan) -> str | None:
    """What is better left unspent."""
    if plan.unspent <= 0 or objective_of(plan) == "spend":
        return None
    left = f"{amount(plan.unspent)} of the budget is better left unspent"
    target = plan.scenario.get("target_marginal_roas")
    return f"{left}: the next unit would bring less than {rate(target)}." if target else f"{left}."


def limit_of(rule: RuleLine, value: float | None) -> str:
    """A rule's limit or value in its own unit."""
    if rule.kind in UNLIMITED or value is None:
        return ""
    if rule.kind.startswith("change"):
        return signed_percent(value)
    if rule.kind in OF_FRACTIONS:
        return percent(value)
    return rate(value) if rule.kind in OF_RATES else amount(value)


def price_of(rule: RuleLine) -> str:
    """What one more unit of the limit brings; of a fraction, one more percentage point."""
    if rule.shadow_price is None or rule.kind not in OF_FRACTIONS:
        return rate(rule.shadow_price)
    return f"{rate(rule.shadow_price / 100)} per 1 %"


def name_of(rule: RuleLine) -> str:
    """A rule by its place; one that holds for every channel by itself with the channel."""
    if rule.rule.startswith(OF_EVERY_CHANNEL) and rule.channels:
        return f"{rule.rule} ({', '.join(rule.channels)})"
    return rule.rule


def conflict(plan: Plan) -> Iterator[str]:
    """Why no allocation exists, and the ways out."""
    found = plan.conflict
    if found is None:
        return
    yield "No allocation satisfies these rules."
    for part in found.parts or (found,):
        if part.message:
            yield part.message[0].upper() + part.message[1:]
    for way in found.relaxations:
        less = f" ({amount(way.cost)} less {objective_of(plan)} than the first)" if way.cost else ""
        if objective_of(plan) == "spend":
            less = less.replace(" less ", " more ", 1)
        steps = " and ".join(map(_relaxed, (*way.also, way)))
        yield f"{steps[0].upper()}{steps[1:]} a plan exists{less}."


def _relaxed(way: Relaxed) -> str:
    line = RuleLine(rule=way.rule, kind=way.kind, channels=way.channels)
    if way.kind in UNLIMITED:
        return f"without {name_of(line)}"
    return (
        f"with {name_of(line)} at {limit_of(line, way.to)} instead of {limit_of(line, way.limit)}"
    )
