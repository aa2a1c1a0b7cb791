"""Figures and findings in words, the same in every report."""

from __future__ import annotations

from models.errors import Fault
from scenarios.plan import ChannelPlan, Plan, PlanError, RuleLine, Totals

# What a rule's numbers are, by the last part of its path.
MONEY_RULES = {"budget", "min_spend", "max_spend", "max_cpa", "min_revenue", "max_marginal_cpa",
               "min_if_active", "step", "revenue", "cpa"}  # fmt: skip
SHARE_RULES = {"min_share", "max_share", "change", "min_change", "extrapolation",
               "max_change_between_periods"}  # fmt: skip


def kind_of(rule: str) -> str:
    """The last key of a rule's path: ``channels.search.max_cpa`` is a ``max_cpa``."""
    return rule.rsplit(".", 1)[-1].split("[", 1)[0]


def number(value: float | None, decimals: int = 0) -> str:
    """With separators of thousands; a dash for what is unknown."""
    return "-" if value is None else f"{value:,.{decimals}f}"


def percent(value: float | None, decimals: int = 1, signed: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value * 100:{'+' if signed else ''},.{decimals}f} %"


class Amounts:
    """Amounts of money in words, in one plan's currency."""

    def __init__(self, currency: str | None) -> None:
        self.unit = f" {currency}" if currency else ""

    def __call__(self, value: float | None, signed: bool = False, unit: bool = True) -> str:
        """Whole units from 1,000 on, where cents only distract; cents below."""
        if value is None:
            return "-"
        decimals = 0 if abs(value) >= 1000 else 2
        return f"{value:{'+' if signed else ''},.{decimals}f}{self.unit if unit else ''}"


def totals_of(plan: Plan) -> tuple[Totals, Totals]:
    """Today's and the proposed totals; PlanError where nothing is feasible."""
    if plan.current is None or plan.proposed is None:
        raise PlanError(Fault(plan.name, "the plan holds no allocation"))
    return plan.current, plan.proposed


def period_name(plan: Plan) -> str:
    """The horizon as a title names it."""
    span = plan.period
    if span.start and span.end:
        return f"{span.start} to {span.end}"
    return f"{span.days:g} days"


def objective_name(plan: Plan) -> str:
    return plan.certificate.objective if plan.certificate else str(plan.scenario.get("objective"))


def findings(plan: Plan) -> list[str]:
    """What is recommended and why, in a few sentences written from the figures."""
    if plan.current is None or plan.proposed is None:
        return [conflict_sentence(plan)]
    sentences = [_gain(plan), _moves(plan), _why(plan), _binding(plan), _proof(plan), _sure(plan)]
    return [sentence for sentence in sentences if sentence]


def conflict_sentence(plan: Plan) -> str:
    reason = plan.conflict.message if plan.conflict else ""
    return f"No allocation satisfies the rules. {reason}".strip()


def moved(plan: Plan) -> float:
    """Money that changes its channel: the smaller of all that is added and all that is taken."""
    changes = [row.spend - row.current_spend for row in plan.channels]
    return min(sum(x for x in changes if x > 0), -sum(x for x in changes if x < 0))


def _gain(plan: Plan) -> str:
    amount = Amounts(plan.currency)
    now, then = totals_of(plan)
    spend = amount(then.spend)
    before = f"today's split of {amount(now.spend)}"
    same = abs(then.spend - now.spend) < 0.005
    parts = []
    if now.revenue is not None and then.revenue is not None:
        parts.append(_delta("revenue", now.revenue, then.revenue, amount))
    if now.conversions is not None and then.conversions is not None:
        parts.append(_delta("conversions", now.conversions, then.conversions, number))
    start = f"Spending the same {spend} otherwise" if same else f"Spending {spend}"
    against = "than today's split" if same else f"than {before}"
    return f"{start} is expected to bring {' and '.join(parts)} {against}."


def _delta(what: str, before: float, after: float, write) -> str:
    word = "more" if after >= before else "less"
    change = f" ({percent(after / before - 1, signed=True)})" if before else ""
    return f"{write(abs(after - before))} {word} {what}{change}"


def _moves(plan: Plan) -> str:
    amount = Amounts(plan.currency)
    changes = sorted(plan.channels, key=lambda row: row.spend - row.current_spend)
    takes = [row for row in changes if row.spend - row.current_spend < -0.005][:3]
    gives = [row for row in reversed(changes) if row.spend - row.current_spend > 0.005][:3]
    if not takes and not gives:
        return "No channel changes: today's split is the best that these rules allow."

    def named(rows: list[ChannelPlan]) -> str:
        return listed([f"{r.channel} ({amount(r.spend - r.current_spend, True)})" for r in rows])

    moving = moved(plan)
    share = percent(moving / plan.current.spend) if plan.current and plan.current.spend else ""
    start = (
        f"{amount(moving)} ({share} of today's spend) change channel: " if moving > 0.005 else ""
    )
    more = f"most goes to {named(gives)}" if gives else ""
    less = f"most is taken from {named(takes)}" if takes else ""
    text = start + "; ".join(part for part in (more, less) if part)
    return f"{text[0].upper()}{text[1:]}."


def _why(plan: Plan) -> str:
    """Average against marginal return: why the channel that looks best need not get more."""
    known = [r for r in plan.channels if r.marginal_roas is not None and r.roas is not None]
    gives = [r for r in known if r.spend > r.current_spend + 0.005]
    takes = [r for r in known if r.spend < r.current_spend - 0.005]
    if not gives or not takes:
        return ""
    top = max(gives, key=lambda r: r.spend - r.current_spend)
    low = min(takes, key=lambda r: r.spend - r.current_spend)
    return (
        f"What decides is the next unit of money, not the average: at the proposed spend it brings "
        f"{number(top.marginal_roas, 2)} of revenue in {top.channel} (average "
        f"{number(top.roas, 2)}) and {number(low.marginal_roas, 2)} in {low.channel} (average "
        f"{number(low.roas, 2)})."
    )


def _binding(plan: Plan) -> str:
    dear = [rule for rule in plan.rules if rule.cost is not None and rule.cost > 0.005]
    if not dear:
        return ""
    top = max(dear, key=lambda rule: rule.cost or 0.0)
    cost = objective_amount(plan, top.cost)
    return f"The dearest rule is {top.rule}: without it the plan would bring {cost} more."


def objective_amount(plan: Plan, value: float | None) -> str:
    """An amount in the objective's own unit."""
    objective = objective_name(plan)
    if objective in ("revenue", "value", "profit", "spend"):
        return f"{Amounts(plan.currency)(value)} of {objective}"
    return f"{number(value, 2)} {objective}"


def _proof(plan: Plan) -> str:
    proof = plan.certificate
    if proof is None:
        return ""
    if plan.status == "time_limit":
        return f"Time ran out: a plan up to {percent(proof.gap, 4)} better may exist."
    most = percent(max(proof.gap, 0.0), 4)
    return (
        f"Proven: no plan that keeps the rules can bring more than {most} more {proof.objective}."
    )


def _sure(plan: Plan) -> str:
    sure = plan.confidence
    if sure is None:
        return ""
    low, middle, high = sure.uplift
    return (
        f"It beats today's split in {percent(sure.beats_current, 0)} of {sure.draws} draws of the "
        f"curves' uncertainty: the middle one gains {objective_amount(plan, middle)}, nine in ten "
        f"between {number(low)} and {number(high)}."
    )


def listed(parts: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def rule_figure(plan: Plan, rule: RuleLine, value: float | None) -> str:
    """A rule's limit, value or slack in its own unit."""
    kind = kind_of(rule.rule)
    if kind in MONEY_RULES:
        return Amounts(plan.currency)(value)
    return percent(value) if kind in SHARE_RULES else number(value, 2)
