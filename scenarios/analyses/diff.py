"""What changed between two plans: inputs, scenario, curves, rules, allocation, result, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scenarios.analyses.contribution import (
    PARTS,
    Contribution,
    contributions,
    interpolate,
    is_same_curve,
    measure_of,
)
from scenarios.plan.labels import limit_of, name_of
from scenarios.plan.plan import Plan, RuleLine

RULE_KEYS = ("objective", "channels", "defaults", "groups", "portfolio", "rules")


@dataclass(frozen=True)
class Change:
    """Something named that was one thing and is another; None where one plan lacks it."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """Everything that two plans do not share.

    Parameters
    ----------
    inputs : files by role and name, their hashes; versions
    scenario : keys of the resolved scenario
    curves : by channel, the response per fit period at the old plan's spend
    rules : by rule, whether it binds and its limit
    allocation : spend by channel
    result : the proposed totals
    measure : what `contributions` explain: "revenue" or "conversions"; None: nothing comparable
    contributions : by channel, in parts that sum to the change of `measure`
    are_rules_apart : whether what the rules contribute is told apart from the split
    """

    inputs: tuple[Change, ...]
    scenario: tuple[Change, ...]
    curves: tuple[Change, ...]
    rules: tuple[Change, ...]
    allocation: tuple[Change, ...]
    result: tuple[Change, ...]
    measure: str | None
    contributions: tuple[Contribution, ...]
    are_rules_apart: bool = True

    @property
    def is_empty(self) -> bool:
        return not any((self.inputs, self.scenario, self.curves, self.rules, self.allocation,
                        self.result))  # fmt: skip

    def parts(self) -> dict[str, float]:
        """The change of the result by cause, over all channels."""
        return {part: sum(getattr(c, part) for c in self.contributions) for part in PARTS}


def difference(old: Plan, new: Plan) -> Difference:
    """Compare two plans; both orders are allowed, also with one that has no allocation."""
    measure = measure_of(old, new)
    spends, same_rules = None, has_same_rules(old, new)
    if measure and not same_rules:
        from scenarios.question.replay import spends_under  # the solver, only where it is needed

        spends = spends_under(old, new)
    return Difference(
        inputs=_changes(_inputs(old), _inputs(new)),
        scenario=_changes(flat(old.scenario), flat(new.scenario)),
        curves=_curve_changes(old, new),
        rules=_changes(_rules(old), _rules(new)),
        allocation=_changes(_spends(old), _spends(new)),
        result=_changes(_totals(old), _totals(new)),
        measure=measure,
        contributions=tuple(contributions(old, new, measure, spends)) if measure else (),
        are_rules_apart=same_rules or spends is not None,
    )


def has_same_rules(old: Plan, new: Plan) -> bool:
    """Whether both scenarios demand the same; another budget or horizon is no other rule."""
    return all(old.scenario.get(key) == new.scenario.get(key) for key in RULE_KEYS)


def to_json(found: Difference) -> str:
    """The difference as JSON text."""
    content = asdict(found) | {"parts": found.parts()}
    return json.dumps(content, indent=1, ensure_ascii=False)


def to_rows(found: Difference) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel: its spend, and what each cause contributed."""
    yield ("channel", "old", "new", *PARTS)
    for one in found.contributions:
        yield (one.channel, one.before, one.after, *(getattr(one, part) for part in PARTS))


def flat(block: Any, path: str = "") -> dict[str, Any]:
    """A nested block as values by dotted path; what is not set is left out."""
    if isinstance(block, Mapping):
        pairs = ((f"{path}.{key}" if path else str(key), value) for key, value in block.items())
    elif isinstance(block, (list, tuple)):
        pairs = ((f"{path}[{number}]", value) for number, value in enumerate(block))
    else:
        return {} if block is None else {path: block}
    return {place: value for name, inner in pairs for place, value in flat(inner, name).items()}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _inputs(plan: Plan) -> dict[str, str]:
    source = plan.provenance
    files = {f"{item.role} {item.file}": item.sha256[:12] for item in source.inputs}
    settings = {"set on the command line": " ".join(source.overrides)} if source.overrides else {}
    covered = {"last day of history": source.last_date} if source.last_date else {}
    return files | settings | covered | {f"version of {n}": v for n, v in source.versions.items()}


def _curve_changes(old: Plan, new: Plan) -> tuple[Change, ...]:
    """Channels whose curve moved, by what it brings at the old plan's spend."""

    def found() -> Iterator[Change]:
        spends = {row.channel: row.level() or 0.0 for _, row in old.rows()}
        for name in dict.fromkeys((*old.curves, *new.curves)):
            one, other = old.curves.get(name), new.curves.get(name)
            known = "conversions" if new.kpi == "conversions" else "revenue"
            if one is None or other is None:
                yield Change(name, one and one.family, other and other.family)
            elif not is_same_curve(one, other):
                spend = spends.get(name, 0.0)
                heights = (interpolate(curve, spend, known) for curve in (one, other))
                yield Change(name, *heights)

    return tuple(found())


def _rules(plan: Plan) -> dict[str, str]:
    def state(rule: RuleLine) -> str:
        return f"{limit_of(rule, rule.limit)}{' (binds)' if rule.is_binding else ''}".strip()

    found: dict[str, str] = {}
    for rule in plan.rules:
        # A range of change is two rules at one place in the scenario.
        end = {"change_from": ", least", "change_to": ", most"}.get(rule.kind, "")
        found[name_of(rule) + end] = state(rule)
    return found


def _spends(plan: Plan) -> dict[str, float]:
    if not plan.periods:
        return {row.channel: row.spend for row in plan.channels}
    return {f"{row.channel}, {period.label}": row.spend for period, row in plan.rows() if period}


def _totals(plan: Plan) -> dict[str, Any]:
    totals = plan.proposed.model_dump(exclude_none=True) if plan.proposed else {}
    return {"status": plan.status, **totals}
