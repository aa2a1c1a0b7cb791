"""The rules of a plan, the dearest first, in words and in figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scenarios.plan import Plan, RuleLine
from scenarios.report import sentences
from scenarios.report.numbers import amount, rate
from scenarios.report.terminal import rules_table

COLUMNS = (
    "rule",
    "kind",
    "channels",
    "limit",
    "value",
    "slack",
    "is_binding",
    "shadow_price",
    "cost",
)


def dearest_first(plan: Plan) -> list[RuleLine]:
    """The rules by cost, those that bind before those that do not."""
    return sorted(
        plan.rules,
        key=lambda rule: (not rule.is_binding, -(rule.cost or 0.0), -abs(rule.shadow_price or 0.0)),
    )


def explain_report(plan: Plan) -> list[Any]:
    """The table of the rules that bind, and a sentence for each."""
    from rich.padding import Padding
    from rich.text import Text

    parts: list[Any] = [Text(sentences.headline(plan), style="bold")]
    if plan.status == "infeasible":
        return [*parts, *(Text(line) for line in sentences.conflict(plan))]
    binding = [rule for rule in dearest_first(plan) if rule.is_binding]
    if not binding:
        return [*parts, Text("No rule binds: the plan would be the same without them.")]
    parts.append(rules_table(plan))
    for rule in binding:
        parts.append(Text(sentences.name_of(rule), style="bold"))
        parts += [Padding(Text(line), (0, 0, 0, 2)) for line in meanings(plan, rule)]
    idle = len(plan.rules) - len(binding)
    if idle:
        parts += [Text(""), Text(f"{idle} more rules do not bind: they cost nothing.")]
    return parts


def meanings(plan: Plan, rule: RuleLine) -> Iterator[str]:
    """What a rule's price and cost say, in words."""
    name, price = sentences.objective_of(plan), rule.shadow_price
    is_spend = name == "spend"
    if price is not None and abs(price) > 0:
        better = (price < 0) if is_spend else (price > 0)
        effect = (
            "saves"
            if is_spend and better
            else "costs"
            if is_spend
            else ("brings" if better else "takes away")
        )
        unit, size = _unit(rule), abs(price) / (100 if rule.kind in sentences.OF_FRACTIONS else 1)
        yield f"{unit} {effect} {rate(size)} of {name}."
    if rule.cost:
        verb = "take" if is_spend else "bring"
        less = "less" if is_spend else "more"
        yield f"Without it the plan would {verb} {amount(rule.cost)} {less} {name}."
    elif rule.cost == 0.0:
        yield "Without it the plan would be no better, within its proof."


def _unit(rule: RuleLine) -> str:
    if rule.kind == "budget":
        return "One more unit of budget"
    if rule.kind in sentences.UNLIMITED:
        return f"One more unit of spend on {', '.join(rule.channels)}"
    if rule.kind in sentences.OF_FRACTIONS:
        return "One more percentage point"
    return "One more unit of this limit"


def rule_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per rule."""
    yield COLUMNS
    for rule in dearest_first(plan):
        values = rule.model_dump(include=set(COLUMNS))
        values["channels"] = " ".join(rule.channels)
        yield tuple(values[name] for name in COLUMNS)


def rules_json(plan: Plan) -> str:
    """The rules as a document, in the same order, with their meaning."""
    rules = [
        {**rule.model_dump(mode="json"), "meaning": list(meanings(plan, rule))}
        for rule in dearest_first(plan)
    ]
    objective = plan.certificate.objective if plan.certificate else None
    document = {"plan": plan.name, "objective": objective, "rules": rules}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
