"""Many accounts from notebooks and other programs, on whatever engine they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import Fault, InputError
from scenarios.batch.batch_summary import BatchSummary
from scenarios.batch.collected import ACCOUNTS, PLANS, frame_of
from scenarios.batch.engines import Engine, LocalEngine, Mapper, MapperEngine
from scenarios.batch.plan_accounts import Asked, Progress, plan_accounts
from scenarios.batch.work.results_store import plan_name, store_at
from scenarios.definition.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from budgetopt.plans import Plan


@dataclass(frozen=True)
class Batch:
    """What came of many accounts; the figures lie in the results.

    Parameters
    ----------
    results : folder or URL
    summary : totals, best and worst, what failed
    """

    results: str
    summary: BatchSummary

    def accounts(self) -> pd.DataFrame:
        """One row an account: status, fault, sums of today and of the proposal."""
        return frame_of(store_at(self.results), ACCOUNTS)

    def plans(self) -> pd.DataFrame:
        """One row an account and channel: today's spend, the proposed, the gain."""
        return frame_of(store_at(self.results), PLANS)

    def plan(self, account: str) -> Plan:
        """The whole plan of an account, where plans were kept.

        Raises
        ------
        BudgetoptError : it was not kept
        """
        from budgetopt.plans import parse_plan

        content = store_at(self.results).read(plan_name(account))
        if content is None:
            problem = f"no plan of account '{account}' was kept"
            raise InputError(Fault(self.results, problem, "Ask for it with keep_plans=True."))
        return parse_plan(content.decode(), plan_name(account))

    def __repr__(self) -> str:
        found = self.summary
        told = f"{found.accounts:,} accounts, {found.planned:,} planned"
        return f"Batch {found.name!r} in {self.results}: {told}"


def plan_many(
    accounts: str | Path,
    template: str | Path | Mapping[str, Any],
    results: str | Path,
    *,
    by: str = "account",
    query: str | None = None,
    settings: Sequence[str] = (),
    overrides: str | Path | None = None,
    client: Any = None,
    mapper: Mapper | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    keep_plans: bool = False,
    force: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Batch:
    """Plan every account, as `budgetopt batch` does.

    Parameters
    ----------
    accounts : Parquet or CSV file, folder, pattern, or a database's URL (with `query`)
    template : scenario without a history: a file, or its keys
    results : folder or fsspec URL
    by : the column that names the account
    settings : ``key=value`` on top of the template
    overrides : table of settings by account
    client : of Dask, whose workers do the work
    mapper : instead, any function that maps a function over a list and gives the answers, such as
        ``lambda function, parts: spark.sparkContext.parallelize(parts, len(parts)).map(function)
        .collect()``
    workers : processes of this machine, where neither is given; of a mapper, how many it has
    retry_failed : do again what failed before
    keep_plans : keep each account's whole plan too
    force : write into results of another template
    progress : told how far the run is

    Raises
    ------
    BudgetoptError : the accounts, the template, the overrides or the results are wrong
    """
    asked = Asked(
        accounts=str(accounts),
        template=Scenario.template(template, settings),
        results=str(results),
        by=by,
        query=query,
        overrides=None if overrides is None else Path(overrides),
        retry_failed=retry_failed,
        with_plans=keep_plans,
        force=force,
    )
    return Batch(str(results), plan_accounts(asked, _engine(client, mapper, workers), progress))


def _engine(client: Any, mapper: Mapper | None, workers: int | None) -> Engine:
    if client is not None:
        from scenarios.batch.dask_engine import DaskEngine

        return DaskEngine(client)
    return LocalEngine(workers) if mapper is None else MapperEngine(mapper, workers or 8)
