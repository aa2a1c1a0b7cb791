"""One scenario asked of every account: who they are, the parts, the engine, the tables."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models import __version__
from models.channel_fit.borrowing import summed
from models.errors import Fault, InputError
from models.phrases import said
from scenarios.batch.across_rules import Across, read_across
from scenarios.batch.batch_summary import BatchSummary
from scenarios.batch.census import census, parts_of, source_of
from scenarios.batch.collected import collect, seen_in
from scenarios.batch.engines import Engine
from scenarios.batch.one_budget import Division, OneBudget
from scenarios.batch.overrides import read_overrides
from scenarios.batch.work.account_result import dump, failed
from scenarios.batch.work.job import (
    ANSWERED,
    MEMORY,
    TIMEOUT,
    Account,
    Job,
    Part,
    Seen,
    Stage,
)
from scenarios.batch.work.results_store import MANIFEST, Store, log_name, result_name, store_at
from scenarios.batch.work.shared_shapes import grained, shapes_of
from scenarios.definition.scenario import Scenario

MANIFEST_SCHEMA = "budgetopt/batch-results/1"
LOOK = 0.5  # seconds between looks at the results, for progress
FRUITLESS = 3  # times in a row that parts are handed out and none of them is done


@dataclass(frozen=True)
class Asked:
    """What a person asks of many accounts.

    Parameters
    ----------
    accounts : file, folder, pattern, or a database's URL
    template : the scenario of every account
    results : folder or URL that the results are written to
    by : the column that names the account
    query : SQL whose rows are the histories
    overrides : table of settings by account
    retry_failed : do again what failed before
    with_plans : keep each account's whole plan too
    force : write into results of another template
    total : one budget of all accounts, divided among them; the template was made with it
    across : rules of groups of accounts, of one budget
    keep_curves : keep the fitted curves beside the results, for other budgets and rules
    borrow : each account takes its channels' carry-over and shape from the others, as far as its
        own data leave them open and the others agree
    timeout, memory : seconds and GB that one account may take
    """

    accounts: str
    template: Scenario
    results: str
    by: str = "account"
    query: str | None = None
    overrides: Path | None = None
    retry_failed: bool = False
    with_plans: bool = False
    force: bool = False
    total: float | None = None
    across: Path | None = None
    keep_curves: bool = False
    borrow: bool = False
    timeout: float = TIMEOUT
    memory: float = MEMORY


@dataclass(frozen=True)
class Progress:
    """How far a run is: accounts that workers have been through, and all."""

    done: int
    accounts: int


def plan_accounts(
    asked: Asked, engine: Engine, progress: Callable[[Progress], None] = lambda _: None
) -> BatchSummary:
    """Plan every account that has no result yet, and write the tables of all.

    Raises
    ------
    InputError : the accounts, the overrides or the results folder are wrong
    OSError : nothing can be written to the results
    """
    store = store_at(asked.results)
    _claim(asked, store)
    source, accounts = census(source_of(asked.accounts, asked.by, asked.query))
    names = {account.name for account in accounts}
    settings = {}
    if asked.overrides is not None:
        settings = read_overrides(asked.overrides, source.by, names, asked.template)
    job = Job(
        source,
        asked.template,
        asked.results if "://" in asked.results else str(Path(asked.results).absolute()),
        uuid.uuid4().hex[:12],
        asked.retry_failed,
        asked.with_plans,
        keeps_curves=asked.keep_curves or asked.total is not None,
        timeout=asked.timeout,
        memory=asked.memory,
    )
    store.write(MANIFEST, _manifest(asked, source.by))
    run = Run(job, settings, engine, store, progress)
    try:
        if asked.borrow:
            run.learn(accounts)
        if asked.total is None:
            return collect(job, store, run.of(accounts))
        across = Across() if asked.across is None else read_across(asked.across, names)
        seen, found = _divided(run, accounts, asked.total, across)
        return replace(collect(job, store, seen), one_budget=found)
    finally:
        store.remove(f"runs/{job.run}")


def _divided(
    run: Run, accounts: Sequence[Account], total: float, across: Across
) -> tuple[dict[str, Seen], OneBudget | None]:
    """What was made of every account with its share of one budget, and of the whole."""
    answered = run.of(accounts, stage="respond")
    lost = {name: one for name, one in answered.items() if one.status != ANSWERED}
    division = Division(total, across, answered, run.store)
    shared = [account for account in accounts if account.name not in lost]
    while True:
        seen = run.of(shared, shares=division.orders())
        if division.judge(seen, run.store):
            break
    return {**lost, **seen}, division.best


@dataclass
class Run:
    """A run over accounts, perhaps in several passes."""

    job: Job
    settings: Mapping[str, tuple[str, ...]]
    engine: Engine
    store: Store
    progress: Callable[[Progress], None]
    passes: int = 0

    def learn(self, accounts: Sequence[Account]) -> None:
        """Have every account's data asked for shapes, and let all borrow from the sums."""
        seen = self.of(accounts, stage="learn")
        told = (shapes_of(name, self.store) for name in sorted(seen))
        sums = summed(grained(one) for one in told if one is not None)
        self.job = replace(self.job, shapes=sums)

    def of(
        self,
        accounts: Sequence[Account],
        stage: Stage = "plan",
        shares: Mapping[str, tuple[float, float]] | None = None,
    ) -> dict[str, Seen]:
        """Have accounts looked at; by account, what its worker wrote down.

        A part counts as done when its log lies in the results, whatever the engine says of it. What
        is not done is handed out again, at last one account at a time; what takes its worker down
        even then is recorded as failed.
        """
        self.passes += 1
        job = replace(self.job, stage=stage, run=f"{self.job.run}/{self.passes}")
        parts = parts_of(job, accounts, self.settings, shares or {}, self.engine.workers)
        done, trouble, fruitless = 0, "", 0
        while parts and fruitless < FRUITLESS:
            size = {part.name: len(part.accounts) for part in parts}
            looked = time.monotonic()
            for wrong in self.engine.each(parts):
                trouble = wrong or trouble
                if time.monotonic() - looked > LOOK:
                    looked = time.monotonic()
                    now = sum(size.get(name, 0) for name in _logged(self.store, job))
                    self.progress(Progress(done + now, len(accounts)))
            there = _logged(self.store, job)
            done += sum(size.get(name, 0) for name in there)
            self.progress(Progress(done, len(accounts)))
            fruitless = fruitless + 1 if not there & set(size) else 0
            parts = [part for part in parts if part.name not in there]
            if fruitless:
                parts = [single for part in parts for single in _singles(part)]
        _give_up(parts, self.store, trouble)
        return seen_in(self.store, job.run)


def _logged(store: Store, job: Job) -> set[str]:
    """The parts that a worker has been through."""
    return {name.removesuffix(".json") for name in store.names(f"runs/{job.run}")}


def _singles(part: Part) -> list[Part]:
    """A part's accounts each by itself, so that none is lost for another's sake."""
    if len(part.accounts) == 1:
        return [part]
    return [
        replace(part, name=f"{part.name}-{number:03d}", accounts=(account,))
        for number, account in enumerate(part.accounts)
    ]


def _give_up(parts: Sequence[Part], store: Store, trouble: str) -> None:
    """Record accounts that no worker could finish."""
    for part in parts:
        why = said("no worker could finish it: {why}", why=trouble or said("they were lost"))
        for account in part.accounts:
            key = hashlib.sha256(f"{part.job.run} {account.name}".encode()).hexdigest()
            store.write(
                result_name(account.name), dump(failed(account.name, key, [why], FRUITLESS))
            )
            lost = {"account": account.name, "key": key, "status": "failed", "seconds": 0.0}
            log = [{**lost, "is_new": True, "attempts": FRUITLESS}]
            store.write(log_name(part.job.run, part.name), json.dumps(log).encode())


def _manifest(asked: Asked, by: str) -> bytes:
    content = {
        "schema": MANIFEST_SCHEMA,
        "template": asked.template.name,
        "template_sha256": asked.template.sha256,
        "by": by,
        "version": __version__,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _claim(asked: Asked, store: Store) -> None:
    """Refuse a folder that holds anything but results of the same template."""
    content = store.read(MANIFEST)
    if content is None:
        if Path(asked.results).is_file() and "://" not in asked.results:
            raise InputError(Fault(asked.results, said("is a file"), said("Name a folder")))
        if others := store.names(""):
            problem = said("holds other files, such as '{file}'", file=others[0])
            if not asked.force:
                raise InputError(Fault(asked.results, problem, _OTHER))
        return
    try:
        known = json.loads(content)
        template, sha256 = known["template"], known["template_sha256"]
    except (ValueError, KeyError, TypeError):
        template, sha256 = said("an unreadable batch.json"), ""
    if sha256 != asked.template.sha256 and not asked.force:
        problem = said("holds the results of another template ({name})", name=template)
        raise InputError(Fault(asked.results, problem, _OTHER))


_OTHER = said("Name another folder, or write over it with --force")
