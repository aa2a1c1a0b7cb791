"""The results of all accounts as tables, written a piece at a time so that memory is no limit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from models.errors import Fault, InputError
from models.extras import lacking
from models.phrases import said
from scenarios.batch.batch_summary import BatchSummary, Tally
from scenarios.batch.work import account_result
from scenarios.batch.work.account_result import AccountResult, failed
from scenarios.batch.work.job import Job, Seen
from scenarios.batch.work.results_store import Store, result_name

ROWS = 20_000  # of a table that are in memory at a time
READERS = 8  # results that are read at a time: a store answers late rather than slowly
PLANS, ACCOUNTS = "plans.parquet", "accounts.parquet"
_TEXT, _NUMBER, _WHOLE = "string", "float64", "int64"
PLAN_COLUMNS = {
    "account": _TEXT, "period": _TEXT, "channel": _TEXT, "current": _NUMBER, "proposed": _NUMBER,
    "gain": _NUMBER, "low": _NUMBER, "high": _NUMBER, "evidence": _TEXT, "binding": _TEXT,
    "gap": _NUMBER,
}  # fmt: skip
ACCOUNT_COLUMNS = {
    "account": _TEXT, "status": _TEXT, "fault": _TEXT, "attempts": _WHOLE, "seconds": _NUMBER,
    "is_new": "bool", "currency": _TEXT, "objective": _TEXT, "measure": _TEXT, "first": _TEXT,
    "last": _TEXT, "current": _NUMBER, "proposed": _NUMBER, "current_conversions": _NUMBER,
    "conversions": _NUMBER, "current_revenue": _NUMBER, "revenue": _NUMBER, "gain": _NUMBER,
    "confidence": _NUMBER, "gain_low": _NUMBER, "gain_high": _NUMBER, "unspent": _NUMBER,
    "gap": _NUMBER, "warnings": _WHOLE, "key": _TEXT,
}  # fmt: skip


def collect(job: Job, store: Store, seen: Mapping[str, Seen]) -> BatchSummary:
    """Write plans.parquet and accounts.parquet, and count what they hold.

    Parameters
    ----------
    seen : what the run says of every account; its results are read from the store

    Raises
    ------
    InputError : pyarrow is not installed
    """
    tally = Tally(job.template.name)
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in (PLANS, ACCOUNTS)}
        plans = _Table(files[PLANS], PLAN_COLUMNS)
        accounts = _Table(files[ACCOUNTS], ACCOUNT_COLUMNS)
        with plans, accounts:
            for one, result in _results(store, seen):
                tally.add(one, result)
                plans.add(_plan_rows(result))
                accounts.add([_account_row(one, result)])
        for name, file in files.items():
            store.write(name, file.read_bytes())
    return tally.summary()


def _results(store: Store, seen: Mapping[str, Seen]) -> Iterator[tuple[Seen, AccountResult]]:
    """Every account's result by name, a few read at a time."""
    names = sorted(seen)

    def read(name: str) -> tuple[Seen, AccountResult]:
        one = seen[name]
        found = account_result.parse(store.read(result_name(name)))
        if found is None or found.key != one.key:
            found = failed(name, one.key, [said("its result was lost from the results folder")])
        return one, found

    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(names), ROWS // 10):
            yield from pool.map(read, names[start : start + ROWS // 10])


def seen_in(store: Store, run: str) -> dict[str, Seen]:
    """What a run's workers have written down, by account; and which parts, as `part_names`."""
    found: dict[str, Seen] = {}
    for name in store.names(f"runs/{run}"):
        for line in json.loads(store.read(f"runs/{run}/{name}") or b"[]"):
            found[line["account"]] = Seen(**line)
    return found


class _Table:
    """A Parquet file that grows by rows."""

    def __init__(self, file: Path, columns: Mapping[str, str]) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            problem = lacking(said("writing Parquet"), error.name, "batch")
            raise InputError(Fault("", *problem)) from None
        kinds = {"string": pyarrow.string(), "float64": pyarrow.float64()}
        kinds |= {"int64": pyarrow.int64(), "bool": pyarrow.bool_()}
        self.schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self.writer = parquet.ParquetWriter(file, self.schema)
        self.rows: list[dict[str, Any]] = []
        self._batch = pyarrow.RecordBatch.from_pylist

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        self.rows += rows
        if len(self.rows) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self.rows:
            self.writer.write_batch(self._batch(self.rows, schema=self.schema))
            self.rows = []

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self.writer.close()


def _plan_rows(result: AccountResult) -> Iterator[dict[str, Any]]:
    gap = result.certificate.gap if result.certificate else None
    for line in result.channels:
        row = line.model_dump()
        yield {**row, "account": result.account, "binding": " ".join(line.binding), "gap": gap}


def _account_row(one: Seen, result: AccountResult) -> dict[str, Any]:
    current, proposed, sure = result.current, result.proposed, result.confidence
    low, _, high = sure.uplift if sure else (None, None, None)
    return {
        "account": result.account,
        "status": result.status,
        "fault": "\n".join(result.faults) or None,
        "attempts": max(result.attempts, one.attempts),
        "seconds": round(one.seconds, 3),
        "is_new": one.is_new,
        "currency": result.currency,
        "objective": result.objective or None,
        "measure": result.measure or None,
        "first": result.first,
        "last": result.last,
        **_sums("current", current and current.spend, current),
        **_sums("proposed", proposed and proposed.spend, proposed),
        "gain": result.gain,
        "confidence": sure.beats_current if sure else None,
        "gain_low": low,
        "gain_high": high,
        "unspent": result.unspent if proposed else None,
        "gap": result.certificate.gap if result.certificate else None,
        "warnings": result.warnings,
        "key": result.key,
    }


def _sums(side: str, spend: float | None, totals: Any) -> dict[str, float | None]:
    before = "current_" if side == "current" else ""
    return {
        side: spend,
        f"{before}conversions": totals.conversions if totals else None,
        f"{before}revenue": totals.revenue if totals else None,
    }


def frame_of(store: Store, name: str, columns: list[str] | None = None):
    """One of the tables as a DataFrame."""
    import io

    import pandas as pd

    content = store.read(name)
    if content is None:
        raise InputError(Fault(name, said("there is no such file")))
    return pd.read_parquet(io.BytesIO(content), columns=columns)
