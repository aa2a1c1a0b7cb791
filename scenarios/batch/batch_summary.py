"""What came of all accounts: totals, best and worst, where evidence is missing, what failed."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from scenarios.batch.one_budget import OneBudget
from scenarios.batch.work.account_result import FAILED, AccountResult, problem_of
from scenarios.batch.work.job import Seen

SCHEMA = "budgetopt/batch/1"
SHOWN = 5  # accounts that are best, worst, least known
NAMED = 3  # accounts that are named for one fault
INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Money:
    """All accounts of one currency and one measure of gain.

    Parameters
    ----------
    by_evidence : today's spend by how far the channels' evidence carries
    """

    currency: str
    measure: str
    accounts: int = 0
    current: float = 0.0
    proposed: float = 0.0
    before: float = 0.0
    after: float = 0.0
    by_evidence: Mapping[str, float] = field(default_factory=dict)

    @property
    def gain(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class Ranked:
    """One account of a list: a figure that it is listed for, in its currency."""

    account: str
    figure: float
    share: float | None
    currency: str
    measure: str


@dataclass(frozen=True)
class Cause:
    """Accounts that have no plan for one reason: how many, a few of them, the first's words."""

    problem: str
    count: int
    accounts: tuple[str, ...]
    first: str


@dataclass(frozen=True)
class BatchSummary:
    """What `budgetopt batch` shows.

    Parameters
    ----------
    planned, infeasible, failed : accounts with a plan; whose rules contradict each other; without
    kept : how many of all were done on an earlier occasion
    seconds : of work in this run, all processes together
    money : sums by currency and measure, the largest first
    best, worst : by what the plan brings beyond today
    unknown : accounts with the most spend in channels whose evidence carries no decision
    causes : why accounts have no plan, the most frequent first
    one_budget : where one was divided among all
    """

    name: str
    accounts: int
    planned: int
    infeasible: int
    failed: int
    kept: int
    seconds: float
    money: tuple[Money, ...]
    best: tuple[Ranked, ...]
    worst: tuple[Ranked, ...]
    unknown: tuple[Ranked, ...]
    causes: tuple[Cause, ...]
    one_budget: OneBudget | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every account has a plan."""
        return self.planned == self.accounts


class Tally:
    """Counts accounts as they come; what it holds does not grow with their number."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.status: Counter[str] = Counter()
        self.kept, self.seconds = 0, 0.0
        self.money: dict[tuple[str, str], dict[str, Any]] = {}
        self.best: list[tuple] = []
        self.worst: list[tuple] = []
        self.unknown: list[tuple] = []
        self.causes: dict[str, dict[str, Any]] = {}

    def add(self, one: Seen, result: AccountResult) -> None:
        """Count one account."""
        self.status[result.status if not result.has_plan else "planned"] += 1
        self.kept += not one.is_new
        self.seconds += one.seconds if one.is_new else 0.0
        if not result.has_plan:
            self._fault(result)
            return
        assert result.proposed is not None
        currency, measure = result.currency or "", result.measure
        sums = self.money.setdefault(
            (currency, measure),
            {"accounts": 0, "current": 0.0, "proposed": 0.0, "before": 0.0, "after": 0.0,
             "by_evidence": Counter()},
        )  # fmt: skip
        sums["accounts"] += 1
        sums["proposed"] += result.proposed.spend
        sums["after"] += getattr(result.proposed, measure) or 0.0
        if result.current is not None:
            sums["current"] += result.current.spend
            sums["before"] += getattr(result.current, measure) or 0.0
        for line in result.channels:
            sums["by_evidence"][line.evidence] += line.current or 0.0
        self._rank(result, currency, measure)

    def _rank(self, result: AccountResult, currency: str, measure: str) -> None:
        if (gain := result.gain) is not None and result.current is not None:
            before = getattr(result.current, measure)
            entry = (currency, measure, gain / before if before else None)
            _keep(self.best, (gain, result.account, entry))
            _keep(self.worst, (-gain, result.account, entry))
        lost = sum(line.current or 0.0 for line in result.channels if line.evidence == "unusable")
        total = sum(line.current or 0.0 for line in result.channels)
        if lost > 0:
            _keep(self.unknown, (lost, result.account, (currency, "", lost / total)))

    def _fault(self, result: AccountResult) -> None:
        first = result.faults[0] if result.faults else result.status
        cause = self.causes.setdefault(
            problem_of(first), {"count": 0, "accounts": [], "first": str(first)}
        )
        cause["count"] += 1
        if len(cause["accounts"]) < NAMED:
            cause["accounts"].append(result.account)

    def summary(self) -> BatchSummary:
        """What was counted."""
        infeasible, planned = self.status[INFEASIBLE], self.status["planned"]
        every = sum(self.status.values())
        money = [
            Money(*key, **{**sums, "by_evidence": dict(sums["by_evidence"])})
            for key, sums in self.money.items()
        ]
        causes = [
            Cause(problem, one["count"], tuple(one["accounts"]), one["first"])
            for problem, one in self.causes.items()
        ]
        return BatchSummary(
            name=self.name,
            accounts=every,
            planned=planned,
            infeasible=infeasible,
            failed=every - planned - infeasible,
            kept=self.kept,
            seconds=round(self.seconds, 3),
            money=tuple(sorted(money, key=lambda one: (-one.accounts, one.currency))),
            best=_ranked(self.best, 1),
            worst=_ranked(self.worst, -1),
            unknown=_ranked(self.unknown, 1),
            causes=tuple(sorted(causes, key=lambda one: (-one.count, one.problem))),
        )


def _keep(heap: list[tuple], entry: tuple) -> None:
    """Keep the largest few."""
    heapq.heappush(heap, entry)
    if len(heap) > SHOWN:
        heapq.heappop(heap)


def _ranked(heap: list[tuple], sign: int) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(account, sign * figure, share, currency, measure)
        for figure, account, (currency, measure, share) in sorted(heap, key=lambda e: (-e[0], e[1]))
    )


def to_json(found: BatchSummary) -> str:
    """The summary as a document."""
    return json.dumps({"schema": SCHEMA, **asdict(found)}, indent=1, ensure_ascii=False) + "\n"


__all__ = ["FAILED", "BatchSummary", "Cause", "Money", "Ranked", "Tally", "to_json"]
