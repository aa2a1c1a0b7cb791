"""What is kept of one account: enough for every table, little enough for very many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from models import __version__
from models.errors import Fault
from models.fit.version import FIT_VERSION
from models.phrases import Phrase, Text, formed
from optimizer.across.budget_response import BudgetResponse
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan
from scenarios.plan.records import ChannelPlan, Confidence, Interval, Proof, Record, Totals

Kept = TypeVar("Kept", bound=Record)
SCHEMA = "budgetopt/account/1"
FAILED = "failed"
SHOWN = 5  # faults of one account that are kept


class ChannelLine(Record):
    """One channel of an account's plan; `gain` in the unit of the account's objective."""

    channel: str
    period: str | None = None
    current: float | None = None
    proposed: float
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: Literal["usable", "weak", "unusable"] = "usable"
    binding: tuple[str, ...] = ()


class Answers(Record):
    """Answers to prices of money, see `optimizer.across.budget_response`."""

    price: tuple[float, ...]
    spend: tuple[float, ...]
    value: tuple[float, ...]
    bound: tuple[float, ...]

    @classmethod
    def of(cls, found: BudgetResponse) -> Answers:
        """As they are kept."""
        names = ("price", "spend", "value", "bound")
        return cls(**{name: tuple(getattr(found, name).tolist()) for name in names})

    @property
    def response(self) -> BudgetResponse:
        """As the master takes them."""
        return BudgetResponse(*(np.asarray(each) for _, each in self))


class AccountResponse(Record):
    """What an account makes of any budget.

    Parameters
    ----------
    measure : what `value` counts: conversions, revenue, profit, value
    """

    account: str
    key: str
    currency: str | None = None
    measure: str = ""
    answers: Answers


class AccountResult(Record):
    """The answer to one account, or why there is none. The same inputs give the same bytes.

    Parameters
    ----------
    key : hash of its history, scenario and version
    measure : what `gain`, `low` and `high` of the channels count: conversions, revenue or profit
    faults : why there is no plan; empty where there is one
    attempts : how often it was tried, of one that failed
    answer : what it makes of the price of money at which its budget was found
    """

    model_config = ConfigDict(populate_by_name=True)
    schema_name: str = Field(default=SCHEMA, alias="schema")
    account: str
    key: str
    status: str
    currency: str | None = None
    objective: str = ""
    measure: str = ""
    first: str | None = None
    last: str | None = None
    current: Totals | None = None
    proposed: Totals | None = None
    interval: Interval | None = None
    unspent: float = 0.0
    certificate: Proof | None = None
    confidence: Confidence | None = None
    channels: tuple[ChannelLine, ...] = ()
    warnings: int = 0
    faults: tuple[Text, ...] = ()
    attempts: int = 1
    answer: Answers | None = None

    @property
    def has_plan(self) -> bool:
        return self.proposed is not None

    @property
    def gain(self) -> float | None:
        """What the proposal brings beyond today's split, in the objective's unit."""
        return _less(self.current, self.proposed, self.measure)


def key_of(
    account: str,
    rows_sha256: str,
    scenario: Scenario,
    price: float | None = None,
    borrowed: str = "",
) -> str:
    """One text for everything that decides an account's result."""
    known = [account, rows_sha256, scenario.sha256, __version__, FIT_VERSION, price, borrowed]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def result_of(account: str, key: str, plan: Plan) -> AccountResult:
    """What is kept of a plan."""
    objective = plan.certificate.objective if plan.certificate else ""
    measure = objective if objective in ("conversions", "profit") else "revenue"
    why = (plan.conflict.message,) if plan.conflict else ()
    if plan.proposed is None and not why:
        why = plan.warnings[:SHOWN]
    return AccountResult(
        account=account,
        key=key,
        status=plan.status,
        currency=plan.currency,
        objective=objective,
        measure=measure,
        first=plan.period.start,
        last=plan.period.end,
        current=plan.current,
        proposed=plan.proposed,
        interval=plan.interval,
        unspent=plan.unspent,
        certificate=plan.certificate,
        confidence=plan.confidence,
        channels=tuple(
            _line(row, measure, period.label if period else None) for period, row in plan.rows()
        ),
        warnings=len(plan.warnings),
        faults=why,
    )


def _line(row: ChannelPlan, measure: str, period: str | None) -> ChannelLine:
    band = getattr(row.interval, measure, None)
    low, high = band or (None, None)
    return ChannelLine(
        channel=row.channel,
        period=period,
        current=row.current_spend,
        proposed=row.spend,
        gain=_difference(getattr(row, f"current_{measure}"), getattr(row, measure)),
        low=low,
        high=high,
        evidence=row.evidence,
        binding=row.binding,
    )


def failed(account: str, key: str, faults: Sequence[str], attempts: int = 1) -> AccountResult:
    """What is kept of an account without a plan."""
    return AccountResult(
        account=account, key=key, status=FAILED, faults=tuple(faults[:SHOWN]), attempts=attempts
    )


def told(fault: Fault) -> str:
    """A fault as a text that still knows its problem, so that accounts can be counted by it."""
    parts = {"where": fault.where, "problem": fault.problem, "remedy": fault.remedy}
    return formed("{where}: {problem}. {remedy}" if fault.remedy else "{where}: {problem}", **parts)


def problem_of(text: str) -> str:
    """What is wrong, without the account's own figures: the same for accounts with one fault."""
    if isinstance(text, Phrase):
        problem = text.values.get("problem", text)
        return problem.template if isinstance(problem, Phrase) else str(problem)
    return text


def dump(result: AccountResult | AccountResponse) -> bytes:
    """The result as JSON; the same result gives the same bytes."""
    content = result.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    head = {"schema": SCHEMA} if isinstance(result, AccountResult) else {}
    return (json.dumps({**head, **content}, ensure_ascii=False) + "\n").encode()


def parse(content: bytes | None) -> AccountResult | None:
    """A result from its bytes; None where there is none, or it is damaged."""
    return _parsed(AccountResult, content)


def parse_response(content: bytes | None) -> AccountResponse | None:
    """A response from its bytes; None likewise."""
    return _parsed(AccountResponse, content)


def _parsed(kind: type[Kept], content: bytes | None) -> Kept | None:
    if content is None:
        return None
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        return None


def _less(before: Totals | None, after: Totals | None, measure: str) -> float | None:
    if before is None or after is None or not measure:
        return None
    return _difference(getattr(before, measure), getattr(after, measure))


def _difference(before: float | None, after: float | None) -> float | None:
    # Both are rounded already: what is left beyond nine digits is noise of the difference.
    return None if before is None or after is None else float(f"{after - before:.9g}")
