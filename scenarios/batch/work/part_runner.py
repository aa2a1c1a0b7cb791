"""A part's accounts one after the other, each result written before the next is begun."""

from __future__ import annotations

import time
from collections.abc import Callable

from models.errors import Fault, HistoryError, InputError
from models.history.cell_table import Table
from models.phrases import said
from scenarios.batch.work import account_result
from scenarios.batch.work.account_result import FAILED, AccountResult, key_of, told
from scenarios.batch.work.account_rows import tables_of
from scenarios.batch.work.job import Account, Part, Seen
from scenarios.batch.work.memory_limit import limited
from scenarios.batch.work.one_account import asked_of, plan_account, spec_of
from scenarios.batch.work.results_store import Store, plan_name, result_name, store_at
from scenarios.plan.plan import Plan, dump

Begin = Callable[[str], None]
End = Callable[[Seen], None]


def run_accounts(part: Part, begin: Begin, end: End) -> None:
    """Do what has not been done yet of a part.

    Parameters
    ----------
    begin, end : told of each account that is begun and that has its result

    Raises
    ------
    InputError, OSError : the results cannot be written
    """
    store = store_at(part.job.results)
    try:
        tables = tables_of(part, spec_of(part.job.template))
    except HistoryError as error:
        tables = {account.name: error for account in part.accounts}
    for account in part.accounts:
        started = time.perf_counter()
        begin(account.name)
        result, is_new = _done(part, account, tables.get(account.name), store)
        spent = time.perf_counter() - started
        end(Seen(account.name, result.key, result.status, spent, is_new))


def _done(
    part: Part, account: Account, table: Table | HistoryError | None, store: Store
) -> tuple[AccountResult, bool]:
    """An account's result, and whether it was not there before."""
    job, name = part.job, account.name
    sha256 = table.sha256 if isinstance(table, Table) else str(table)
    try:
        scenario = asked_of(job.template, name, part.settings.get(name, ()))
    except InputError as error:
        key = key_of(name, sha256, job.template)
        return _written(store, _fault(name, key, error)), True
    key = key_of(name, sha256, scenario)
    if name in part.given_up:
        why, attempts = part.given_up[name]
        failed = account_result.failed(name, key, [why], attempts)
        return _written(store, failed), True
    known = account_result.parse(store.read(result_name(name)))
    if known is not None and known.key == key and not _again(part, known, store):
        return known, False
    plan: Plan | None = None
    if isinstance(table, Table):
        with limited(job.memory):
            result, plan = plan_account(scenario, table, key, job.with_plans)
    else:
        result = _fault(name, key, table or InputError(_no_rows(part)))
    if plan is not None and job.with_plans:
        store.write(plan_name(name), dump(plan).encode())
    return _written(store, result), True


def _again(part: Part, known: AccountResult, store: Store) -> bool:
    """Whether what is there does not do."""
    if known.status == FAILED:
        return part.job.retry_failed
    return part.job.with_plans and store.read(plan_name(known.account)) is None


def _written(store: Store, result: AccountResult) -> AccountResult:
    store.write(result_name(result.account), account_result.dump(result))
    return result


def _fault(name: str, key: str, error: InputError) -> AccountResult:
    return account_result.failed(name, key, [told(fault) for fault in error.faults])


def _no_rows(part: Part) -> Fault:
    return Fault(part.job.source.name, said("its rows are gone since the accounts were counted"))
