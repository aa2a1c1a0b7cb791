"""A part's accounts one after the other, each result written before the next is begun."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from models.errors import Fault, HistoryError, InputError
from models.history.cell_table import Table
from models.phrases import said
from scenarios.batch.work import account_result
from scenarios.batch.work.account_result import FAILED, AccountResponse, AccountResult, key_of, told
from scenarios.batch.work.account_rows import tables_of
from scenarios.batch.work.job import ANSWERED, LEARNT, Account, Part, Seen
from scenarios.batch.work.memory_limit import limited
from scenarios.batch.work.one_account import Share, asked_of, plan_account, respond_account, spec_of
from scenarios.batch.work.results_store import (
    Store,
    plan_name,
    response_name,
    result_name,
    store_at,
)
from scenarios.batch.work.shared_shapes import borrowed_by, digest_of, learn
from scenarios.plan.plan import dump

Kept = TypeVar("Kept", AccountResult, AccountResponse, AccountResult | AccountResponse)
NOTHING = 1e-4  # money: less than half of any coin
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
        if part.job.stage == "learn":
            end(_learnt(part, account, tables.get(account.name), store))
            continue
        result, is_new = _done(part, account, tables.get(account.name), store)
        spent = time.perf_counter() - started
        status = ANSWERED if isinstance(result, AccountResponse) else result.status
        end(Seen(account.name, result.key, status, spent, is_new))


def _learnt(part: Part, account: Account, table: Table | HistoryError | None, store: Store) -> Seen:
    """What an account's data say of its channels' shapes, written down for the others."""
    started, key, is_new = time.perf_counter(), "", False
    if isinstance(table, Table) and account.name not in part.given_up:
        with limited(part.job.memory):
            key, is_new = learn(account.name, table, spec_of(part.job.template, table), store)
    return Seen(account.name, key, LEARNT, time.perf_counter() - started, is_new)


def _done(
    part: Part, account: Account, table: Table | HistoryError | None, store: Store
) -> tuple[AccountResult | AccountResponse, bool]:
    """An account's result, and whether it was not there before."""
    job, name = part.job, account.name
    sha256 = table.sha256 if isinstance(table, Table) else str(table)
    share = None
    try:
        scenario = asked_of(job.template, name, part.settings.get(name, ()))
        if name in part.shares:
            budget, price = part.shares[name]
            share = Share(scenario, price)
            # An account that gets nothing still has a plan: one that rounds to nothing.
            asked = repr(budget) if budget else f"{{min: 0, max: {NOTHING}}}"
            scenario = asked_of(scenario, name, (f"budget={asked}",))
    except InputError as error:
        key = key_of(name, sha256, job.template)
        return _written(store, _fault(name, key, error)), True
    borrowed = borrowed_by(name, part, store)
    price = share.price if share else None
    key = key_of(name, sha256, scenario, price, digest_of(borrowed))
    if name in part.given_up:
        why, attempts = part.given_up[name]
        failed = account_result.failed(name, key, [why], attempts)
        return _written(store, failed), True
    known = _known(part, name, key, store)
    if known is not None:
        return known, False
    if not isinstance(table, Table):
        return _written(store, _fault(name, key, table or InputError(_no_rows(part)))), True
    shelf = store if job.keeps_curves else None
    with limited(job.memory):
        if job.stage == "respond":
            return _written(store, respond_account(scenario, table, key, shelf, borrowed)), True
        result, plan = plan_account(scenario, table, key, shelf, borrowed, share, job.with_plans)
    if plan is not None and job.with_plans:
        store.write(plan_name(name), dump(plan).encode())
    return _written(store, result), True


def _known(part: Part, name: str, key: str, store: Store) -> AccountResult | AccountResponse | None:
    """What was done before, where it does."""
    if part.job.stage == "respond":
        answered = account_result.parse_response(store.read(response_name(name)))
        if answered is not None and answered.key == key:
            return answered
    known = account_result.parse(store.read(result_name(name)))
    if known is None or known.key != key or _again(part, known, store):
        return None
    return known


def _again(part: Part, known: AccountResult, store: Store) -> bool:
    """Whether what is there does not do."""
    if known.status == FAILED:
        return part.job.retry_failed
    return part.job.with_plans and store.read(plan_name(known.account)) is None


def _written(store: Store, result: Kept) -> Kept:
    of_response = isinstance(result, AccountResponse)
    name = response_name(result.account) if of_response else result_name(result.account)
    store.write(name, account_result.dump(result))
    return result


def _fault(name: str, key: str, error: InputError) -> AccountResult:
    return account_result.failed(name, key, [told(fault) for fault in error.faults])


def _no_rows(part: Part) -> Fault:
    return Fault(part.job.source.name, said("its rows are gone since the accounts were counted"))
