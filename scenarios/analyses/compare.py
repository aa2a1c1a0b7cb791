"""Several scenarios side by side: what each proposes, what it gains, and what differs in the rules.

The first scenario is the one that the others are told apart from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import Fault, InputError
from scenarios.definition.scenario import Scenario
from scenarios.plan.gain import Gain, gain_of
from scenarios.plan.plan import Plan, Totals
from scenarios.planning import Say, run_all

SCHEMA = "budgetopt/comparison/1"


@dataclass(frozen=True)
class Column:
    """One scenario of a comparison.

    Parameters
    ----------
    differs : what it says otherwise than the first, in words
    """

    name: str
    plan: Plan
    differs: tuple[str, ...]

    @property
    def objective(self) -> str | None:
        return self.plan.certificate.objective if self.plan.certificate else None

    @property
    def gain(self) -> Gain | None:
        """What the plan gains over today, as every report has it."""
        return gain_of(self.plan)

    @property
    def reason(self) -> str | None:
        """Why there is no plan, where there is none."""
        return self.plan.conflict.message if self.plan.conflict else None


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side."""

    columns: tuple[Column, ...]

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels, in the order in which they come up."""
        rows = (row.channel for column in self.columns for row in column.plan.channels)
        return tuple(dict.fromkeys(rows))

    @property
    def today(self) -> Totals | None:
        """Today's figures, where all scenarios agree on them."""
        first, *others = [c.plan.current for c in self.columns if c.plan.current] or [None]
        return first if all(other == first for other in others) else None


def compare(
    scenarios: Sequence[Scenario], say: Say = lambda _: None, use_cache: bool = True
) -> Comparison:
    """Plan every scenario.

    Raises
    ------
    InputError : with the faults of all of them; rules that leave no plan are an answer, not a fault
    """
    return side_by_side(scenarios, run_all(scenarios, say, use_cache))


def side_by_side(scenarios: Sequence[Scenario], plans: Sequence[Plan]) -> Comparison:
    """Scenarios with their plans, the first as the one that the others are told apart from."""
    names = _names(scenarios)
    first = leaves(scenarios[0])
    return Comparison(
        tuple(
            Column(name, plan, tuple(differences(first, leaves(scenario))))
            for name, scenario, plan in zip(names, scenarios, plans, strict=True)
        )
    )


def _names(scenarios: Sequence[Scenario]) -> list[str]:
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            Fault(
                ", ".join(twice),
                "several scenarios have this name",
                "Give each its own, with 'name:'.",
            )
        )
    return names


def leaves(scenario: Scenario) -> dict[str, str]:
    """Every setting of a scenario by its key path, as it would be written."""
    document = scenario.definition.model_dump(mode="json", exclude_none=True)
    document.pop("name", None)
    budget = document.get("budget")
    if budget and budget["min"] == budget["max"]:
        document["budget"] = budget["max"]
    return dict(_flat(document, ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _flat(item, f"{path}.{item.get('name', value.index(item))}")
    elif isinstance(value, list) and value:
        yield path, f"[{', '.join(_flat_text(item) for item in value)}]"
    elif value != []:
        yield path, _flat_text(value)


def _flat_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """What `other` says otherwise than `one`, a line for each key."""
    for path in dict.fromkeys((*one, *other)):
        before, after = one.get(path), other.get(path)
        if before == after:
            continue
        if before is None:
            yield f"{path}: {after}"
        elif after is None:
            yield f"{path}: not said (was {before})"
        else:
            yield f"{path}: {after} (was {before})"


# Documents


def to_json(found: Comparison) -> str:
    """The comparison as a document."""
    today = found.today
    document = {
        "schema": SCHEMA,
        "today": today.model_dump() if today else None,
        "scenarios": [_record(column) for column in found.columns],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _record(column: Column) -> dict[str, Any]:
    plan = column.plan
    return {
        "name": column.name,
        "status": plan.status,
        "objective": column.objective,
        "gain": None if column.gain is None else round(column.gain.change, 4),
        "gap": plan.certificate.gap if plan.certificate else None,
        "proposed": plan.proposed.model_dump() if plan.proposed else None,
        "spend": {row.channel: row.spend for row in plan.channels},
        "differs": list(column.differs),
        "reason": column.reason,
    }


FIGURES = ("spend", "conversions", "revenue", "cpa", "roas", "profit")


def to_rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per scenario."""
    channels = found.channels
    yield (
        "scenario",
        "status",
        *FIGURES,
        "objective",
        "gain",
        "gap",
        *(f"spend {channel}" for channel in channels),
        "differs",
        "reason",
    )
    for column in found.columns:
        record = _record(column)
        proposed = record["proposed"] or {}
        yield (
            record["name"],
            record["status"],
            *(proposed.get(name) for name in FIGURES),
            record["objective"],
            record["gain"],
            record["gap"],
            *(record["spend"].get(channel) for channel in channels),
            "; ".join(record["differs"]),
            record["reason"],
        )
