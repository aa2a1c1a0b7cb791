"""The Plan document: one source for every table, workbook, page and register entry.

DESIGN section 4 shows its JSON. Everything here is plain data; who fills it is `scenarios.run`,
who reads it needs neither a solver nor pandas. Money is in the plan's currency and, like every
other total, for the plan's whole horizon unless a period is named. None means unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import Fault, InputError

SCHEMA = "budgetopt/plan/1"
NEWER_SCHEMA = "Install a newer budgetopt, or make the plan again with this one."
EDITED = "A plan is not to be edited by hand: change the scenario and run `budgetopt plan` again."


class PlanError(InputError):
    """A plan file is damaged, was edited, or cannot serve what was asked of it."""


class Record(BaseModel):
    """Plain data: unknown keys are refused, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Totals(Record):
    """What a split brings. `value` is lifetime value, where the scenario speaks of it."""

    spend: float
    conversions: float | None = None
    revenue: float | None = None
    cpa: float | None = None
    roas: float | None = None
    profit: float | None = None
    value: float | None = None


class Interval(Record):
    """5th and 95th percentile over the curve's draws, at the proposed spend."""

    conversions: tuple[float, float] | None = None
    revenue: tuple[float, float] | None = None


class ChannelPlan(Record):
    """One channel, over the horizon or over one of its periods.

    Parameters
    ----------
    change : fraction, spend / current_spend - 1; None where nothing is spent today
    marginal_cpa, marginal_roas : of the next unit of money at the proposed spend
    min_spend, max_spend : limits that the rules leave this channel by itself; None: none
    binding : paths of the rules that stop it
    margin : profit share of revenue before advertising, fraction
    fit_periods, season : how the curve is stretched over the horizon or period, so that
        ``conversions = fit_periods * season * curve(spend / fit_periods)``
    """

    channel: str
    current_spend: float | None = None
    spend: float
    change: float | None = None
    current_conversions: float | None = None
    conversions: float | None = None
    current_revenue: float | None = None
    revenue: float | None = None
    current_profit: float | None = None
    profit: float | None = None
    cpa: float | None = None
    roas: float | None = None
    marginal_cpa: float | None = None
    marginal_roas: float | None = None
    min_spend: float | None = None
    max_spend: float | None = None
    binding: tuple[str, ...] = ()
    evidence: Literal["usable", "weak", "unusable"] = "usable"
    reasons: tuple[str, ...] = ()
    is_extrapolated: bool = False
    interval: Interval | None = None
    margin: float | None = None
    fit_periods: float = 1.0
    season: float = 1.0


class Horizon(Record):
    """First and last day (ISO) and length. Without a history only the length may be known."""

    start: str | None = None
    end: str | None = None
    days: float


class PeriodPlan(Record):
    """One stretch of a horizon that has several; its totals and channels are its own."""

    label: str
    start: str | None = None
    end: str | None = None
    days: float
    current: Totals | None = None
    proposed: Totals
    channels: tuple[ChannelPlan, ...]


class RuleLine(Record):
    """How a rule fares under the proposal; `limit`, `value`, `slack` in the rule's own unit.

    Parameters
    ----------
    rule : where it stands in the scenario, e.g. ``channels.search.max_cpa``
    kind : what it demands, by its name in `optimizer.rules`
    channels : the channels it speaks of together; empty for all
    shadow_price : objective units gained by one more unit of the limit
    cost : objective without the rule minus objective with it
    """

    rule: str
    kind: str = ""
    channels: tuple[str, ...] = ()
    limit: float | None = None
    value: float | None = None
    slack: float | None = None
    is_binding: bool = False
    shadow_price: float | None = None
    cost: float | None = None


class Proof(Record):
    """No allocation under these rules has an objective above `bound`; `gap` is a fraction."""

    objective: str
    value: float
    bound: float
    gap: float
    solver: str
    iterations: int = 0
    binaries: int = 0


class Confidence(Record):
    """Over the curves' draws: how often the proposal beats today, and its uplift's 5/50/95 %."""

    draws: int
    beats_current: float
    uplift: tuple[float, float, float]


class RiskLine(Record):
    """The objective over the draws: on average, and over the worst of them.

    `level` is the share of draws that are not among the worst.
    """

    draws: int
    level: float
    expected: float
    bad_case: float
    probability_of_loss: float | None = None


class CurvePoint(Record):
    """A breakpoint, per fit period; low and high are the band of conversions (or of revenue)."""

    spend: float
    conversions: float | None = None
    revenue: float | None = None
    low: float | None = None
    high: float | None = None


class PlanCurve(Record):
    """A channel's curve as drawn and tabulated: straight lines between points. Per fit period.

    Parameters
    ----------
    observed_max : the highest mean spend that history shows over four weeks
    carry_over : share of the effect that a fit period leaves to the next, fraction
    carried : effective spend at history's end, which the plan starts with; None: not known
    season : factor on the response by week of the year, mean 1; empty: none
    noise : variance of the response around the curve, per unit of response; None: not known
    demand_spread : standard deviation of the factor by which all channels' response comes and goes
        together; None: not known
    """

    family: str
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    current: float | None = None
    observed_max: float | None = None
    carry_over: float = 0.0
    carried: float | None = None
    season: tuple[float, ...] = ()
    noise: float | None = None
    demand_spread: float | None = None
    points: tuple[CurvePoint, ...] = ()


class Relaxed(Record):
    """A way out of an impossible wish."""

    model_config = ConfigDict(populate_by_name=True)
    rule: str
    kind: str = ""
    channels: tuple[str, ...] = ()
    limit: float = Field(alias="from")
    to: float
    cost: float | None = None


class PlanConflict(Record):
    """Why nothing is feasible."""

    rules: tuple[str, ...]
    message: str = ""
    relaxations: tuple[Relaxed, ...] = ()


class InputFile(Record):
    """A file the plan was made from, as the scenario names it; of a warehouse, its sums' hash."""

    role: Literal["scenario", "history", "curves", "warehouse"]
    file: str
    sha256: str


class Provenance(Record):
    """Where the plan comes from: enough to make it again."""

    model_config = ConfigDict(extra="allow")
    version: str = ""
    inputs: tuple[InputFile, ...] = ()
    overrides: tuple[str, ...] = ()
    versions: Mapping[str, str] = Field(default_factory=dict)
    seed: int | None = None
    rows: int | None = None
    first_date: str | None = None
    last_date: str | None = None
    history_sha256: str | None = None
    curves_sha256: str | None = None
    scenario_sha256: str | None = None


class Plan(Record):
    """The answer to one scenario."""

    model_config = ConfigDict(populate_by_name=True)
    schema_name: str = Field(default=SCHEMA, alias="schema")
    status: Literal["optimal", "time_limit", "infeasible"]
    scenario: Mapping[str, Any] = Field(default_factory=dict)
    currency: str | None = None
    kpi: Literal["conversions", "revenue"] = "conversions"
    period_days: int = 7
    period: Horizon
    current: Totals | None = None
    proposed: Totals | None = None
    unspent: float = 0.0
    channels: tuple[ChannelPlan, ...] = ()
    periods: tuple[PeriodPlan, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    certificate: Proof | None = None
    confidence: Confidence | None = None
    risk: RiskLine | None = None
    curves: Mapping[str, PlanCurve] = Field(default_factory=dict)
    conflict: PlanConflict | None = None
    warnings: tuple[str, ...] = ()
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
        return Path(path).read_bytes().decode()
    except FileNotFoundError:
        problem, remedy = "there is no such file", "`budgetopt plan` writes one with --output."
    except IsADirectoryError:
        problem, remedy = "this is a folder", "Name a plan file."
    except UnicodeDecodeError as error:
        problem, remedy = f"it is not UTF-8 text (byte {error.start})", EDITED
    raise PlanError(Fault(str(path), problem, remedy))


def parse(text: str, where: str) -> Plan:
    """A plan from its JSON text; `where` names it in messages."""
    content = _content(text, where)
    claimed = content.pop("sha256", None)
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        raise PlanError(
            [Fault(f"{where}, {_place(fault)}", fault["msg"], EDITED) for fault in error.errors()]
        ) from None
    if claimed != _digest(content):
        problem = "its content does not match the hash that `budgetopt plan` wrote into it"
        raise PlanError(Fault(where, problem, EDITED))
    return plan


def _content(text: str, where: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
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


def _place(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"])
