"""The rules of a plan, the dearest first, in words and in figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scenarios.language.numbers import amount, rate
from scenarios.plan.labels import OF_FRACTIONS, UNLIMITED, limit_of, name_of
from scenarios.plan.plan import Plan, RuleLine
from scenarios.plan.rounding import significant
from scenarios.report.prose import sentences
from scenarios.report.prose.conflict import conflict_lines
from scenarios.report.terminal.plan import rules_table

if TYPE_CHECKING:
    from optimizer.sensitivity.ranging import PriceRange
    from scenarios.analyses.explain import Explanation

COLUMNS = (
    "rule",
    "kind",
    "channels",
    "period",
    "limit",
    "value",
    "slack",
    "is_binding",
    "shadow_price",
    "price_holds_from",
    "price_holds_to",
    "cost",
)


def dearest_first(plan: Plan) -> list[int]:
    """Positions of the rules by cost, those that bind before those that do not."""

    def order(position: int) -> tuple[bool, float, float]:
        rule = plan.rules[position]
        return not rule.is_binding, -(rule.cost or 0.0), -abs(rule.shadow_price or 0.0)

    return sorted(range(len(plan.rules)), key=order)


def explain_report(found: Explanation) -> list[Any]:
    """The table of the rules that bind, a sentence or two for each, and what is left unspent."""
    from rich.padding import Padding
    from rich.text import Text

    plan = found.plan
    parts: list[Any] = [Text(sentences.headline(plan), style="bold")]
    if plan.status == "infeasible":
        return [*parts, *(Text(line) for line in conflict_lines(plan))]
    binding = [k for k in dearest_first(plan) if plan.rules[k].is_binding]
    if binding:
        parts.append(rules_table(plan))
    else:
        parts.append(Text("No rule binds: the plan would be the same without them."))
    for position in binding:
        rule = plan.rules[position]
        parts.append(Text(name_of(rule), style="bold"))
        said = meanings(plan, rule, found.ranges.get(position))
        parts += [Padding(Text(line), (0, 0, 0, 2)) for line in said]
    idle = len(plan.rules) - len(binding)
    closing = [f"{idle} more rules do not bind."] if idle and binding else []
    if left := sentences.unspent(plan):
        closing.append(left)
    return [*parts, *([Text("")] if closing else []), *(Text(line) for line in closing)]


def meanings(plan: Plan, rule: RuleLine, holds: PriceRange | None = None) -> Iterator[str]:
    """What a rule's price and cost say, in words."""
    name, price = sentences.goal_of(plan), rule.shadow_price
    is_spend = name == "spend"
    if price:
        verbs = ("costs", "saves") if is_spend else ("brings", "takes away")
        size = abs(price) / (100 if rule.kind in OF_FRACTIONS else 1)
        said = f"{_unit(rule)} {verbs[price < 0]} {rate(size)} of {name}"
        yield f"{said}{_between(rule, holds)}."
    if rule.price_of_less:
        verbs = ("saves", "costs") if is_spend else ("takes away", "brings")
        size = abs(rule.price_of_less) / (100 if rule.kind in OF_FRACTIONS else 1)
        yield f"The plan stands on a kink: one less {verbs[rule.price_of_less < 0]} {rate(size)}."
    if rule.cost:
        verb, less = ("take", "less") if is_spend else ("bring", "more")
        shown = rate(rule.cost) if name == "ROAS" else amount(rule.cost)
        yield f"Without it the plan would {verb} {shown} {less} {name}."
    elif rule.cost == 0.0:
        yield "Without it the plan would be no better, within its proof."


def _between(rule: RuleLine, holds: PriceRange | None) -> str:
    if holds is None:
        return ""
    low, high = (limit_of(rule, end) for end in (holds.low, holds.high))
    return f", about the same between {low} and {high}" if low != high else ", just here"


def _unit(rule: RuleLine) -> str:
    if rule.kind == "budget":
        return "One more unit of budget" + (f" in {rule.period}" if rule.period else "")
    if rule.kind in UNLIMITED:
        return f"One more unit of spend on {', '.join(rule.channels)}"
    if rule.kind in OF_FRACTIONS:
        return "One more percentage point"
    return "One more unit of this limit"


def _figures(found: Explanation) -> Iterator[tuple[RuleLine, dict[str, Any]]]:
    """The rules in order, each with its figures."""
    for position in dearest_first(found.plan):
        rule, holds = found.plan.rules[position], found.ranges.get(position)
        values = rule.model_dump(mode="json")
        values["price_holds_from"] = significant(holds.low, 6) if holds else None
        values["price_holds_to"] = significant(holds.high, 6) if holds else None
        values["meaning"] = list(meanings(found.plan, rule, holds))
        yield rule, values


def rule_rows(found: Explanation) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per rule."""
    yield COLUMNS
    for rule, values in _figures(found):
        values["channels"] = " ".join(rule.channels)
        yield tuple(values[name] for name in COLUMNS)


def rules_json(found: Explanation) -> str:
    """The rules as a document, in the same order, with their meaning."""
    plan = found.plan
    document = {
        "schema": "budgetopt/explain/1",
        "plan": plan.name,
        "status": plan.status,
        "objective": plan.certificate.objective if plan.certificate else None,
        "rules": [values for _, values in _figures(found)],
        "unspent": plan.unspent,
        "unspent_because": sentences.unspent(plan),
        "notes": list(found.notes),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
