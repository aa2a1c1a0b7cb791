"""The Plan document: one source for every table, workbook, page and register entry.

docs/reference/files.md says what it holds. Texts are kept with their templates and values
(`models.phrases`), so that every language says them. Everything here is plain data; who fills it
is `scenarios.run`, who reads it needs neither a solver nor pandas. Money is in the plan's currency
and, like every other total, for the plan's whole horizon unless a period is named. None means
unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from models.errors import Fault, InputError
from models.files import read_small
from models.phrases import Text
from scenarios.plan.performance import Performance
from scenarios.plan.records import (
    ChannelPlan,
    ChannelTail,
    Confidence,
    Contradiction,
    CurvePoint,
    GoalLine,
    Horizon,
    InputFile,
    Interval,
    LastMoney,
    Money,
    PeriodPlan,
    PlanConflict,
    PlanCurve,
    Promise,
    Proof,
    Provenance,
    Record,
    Relaxed,
    RiskLine,
    RuleLine,
    Tail,
    Totals,
)

__all__ = [
    "ChannelPlan",
    "ChannelTail",
    "Confidence",
    "Contradiction",
    "CurvePoint",
    "Horizon",
    "InputFile",
    "Interval",
    "Money",
    "Performance",
    "PeriodPlan",
    "Plan",
    "PlanConflict",
    "PlanCurve",
    "PlanError",
    "Proof",
    "Provenance",
    "Record",
    "Relaxed",
    "RiskLine",
    "RuleLine",
    "Tail",
    "Totals",
    "dump",
    "load",
    "parse",
    "read_text",
]

SCHEMA: Literal["budgetopt/plan/1"] = "budgetopt/plan/1"
NEWER_SCHEMA = "Install a newer budgetopt, or make the plan again with this one."
EDITED = "A plan is not to be edited by hand: change the scenario and run `budgetopt plan` again."


class PlanError(InputError):
    """A plan file is damaged, was edited, or cannot serve what was asked of it."""


class Plan(Record):
    """The answer to one scenario."""

    model_config = ConfigDict(populate_by_name=True)
    schema_name: Literal["budgetopt/plan/1"] = Field(default=SCHEMA, alias="schema")
    status: Literal["optimal", "time_limit", "round_limit", "numerical_trouble", "infeasible"]
    scenario: Mapping[str, Any] = Field(default_factory=dict)
    currency: str | None = None
    kpi: Literal["conversions", "revenue"] = "conversions"
    period_days: int = 7
    period: Horizon
    current: Totals | None = None
    proposed: Totals | None = None
    interval: Interval | None = None
    unspent: float = 0.0
    channels: tuple[ChannelPlan, ...] = ()
    periods: tuple[PeriodPlan, ...] = ()
    tail: Tail | None = None
    rules: tuple[RuleLine, ...] = ()
    certificate: Proof | None = None
    confidence: Confidence | None = None
    risk: RiskLine | None = None
    promises: tuple[Promise, ...] = ()
    goals: tuple[GoalLine, ...] = ()
    last_money: LastMoney | None = None
    curves: Mapping[str, PlanCurve] = Field(default_factory=dict)
    conflict: PlanConflict | None = None
    warnings: tuple[Text, ...] = ()
    performance: Performance | None = None
    provenance: Provenance = Field(default_factory=Provenance)

    @property
    def name(self) -> str:
        return str(self.scenario.get("name") or "unnamed")

    def rows(self) -> Iterator[tuple[PeriodPlan | None, ChannelPlan]]:
        """Every channel of every period; of a horizon without periods, (None, channel)."""
        for period in self.periods:
            for channel in period.channels:
                yield period, channel
        if not self.periods:
            for channel in self.channels:
                yield None, channel


def dump(plan: Plan) -> str:
    """The plan as JSON text: the same plan gives the same bytes, and ends with its own hash."""
    content = plan.model_dump(mode="json", by_alias=True)
    content["sha256"] = _digest(content)
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def load(path: str | Path) -> Plan:
    """Read a plan file; PlanError says what is wrong with it."""
    return parse(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """A plan file's text; PlanError where it cannot be one."""
    try:
        return read_small(path).decode()
    except FileNotFoundError:
        problem, remedy = "there is no such file", "`budgetopt plan` writes one with --output."
    except IsADirectoryError:
        problem, remedy = "this is a folder", "Name a plan file."
    except UnicodeDecodeError as error:
        problem, remedy = f"it is not UTF-8 text (byte {error.start})", EDITED
    except InputError as error:
        raise PlanError(error.faults) from None
    raise PlanError(Fault(str(path), problem, remedy))


def parse(text: str, where: str) -> Plan:
    """A plan from its JSON text; `where` names it in messages."""
    content = _content(text, where)
    claimed = content.pop("sha256", None)
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        from scenarios.definition.faults import document_faults

        raise PlanError(document_faults(error, where, EDITED)) from None
    if not isinstance(claimed, str) or claimed != _digest(content):
        problem = "its content does not match the hash that `budgetopt plan` wrote into it"
        raise PlanError(Fault(where, problem, EDITED))
    return plan


def _content(text: str, where: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # also half a character, or an endless number
        place, what = where, "it is not JSON"
        if isinstance(error, json.JSONDecodeError):
            place, what = f"{where}, line {error.lineno}, column {error.colno}", error.msg
            whole = text.rstrip()
            if error.pos >= len(whole) or not whole.endswith("}"):
                what = "the file ends too early: it is truncated"
        raise PlanError(Fault(place, what, "Make the plan again.")) from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema == SCHEMA:
        return content
    if isinstance(schema, str) and schema.startswith("budgetopt/plan/"):
        problem = f"its schema is {schema}, this version knows {SCHEMA}"
        raise PlanError(Fault(where, problem, NEWER_SCHEMA))
    problem = "this is not a plan: it has no schema 'budgetopt/plan/...'"
    raise PlanError(Fault(where, problem, "`budgetopt plan --output plan.json` writes one."))


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
