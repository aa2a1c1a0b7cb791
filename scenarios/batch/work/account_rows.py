"""The rows of a part's accounts, read where they lie: only theirs come over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import Fault, HistoryError
from models.history.cell_table import Table
from models.history.column_mapping import (
    COMMON_NAMES,
    COUNTED,
    COUNTED_INSTEAD,
    no_column,
    normalised,
)
from models.history.history import HistorySpec
from models.phrases import said
from scenarios.batch.work.job import Account, Part, Source
from scenarios.sources.databases import Database, connected, of_listed

if TYPE_CHECKING:
    import pandas as pd

FILE, ACCOUNT = "budgetopt_file", "budgetopt_account"  # columns of ours, dropped again


def tables_of(part: Part, spec: HistorySpec) -> dict[str, Table | HistoryError]:
    """Each account's rows, in an order of their own: the same rows give the same hash.

    Parameters
    ----------
    spec : what the columns mean

    Returns
    -------
    By account its cells, or what is wrong with where they stand. One without rows is missing.

    Raises
    ------
    HistoryError : the files or the database cannot be read at all
    """
    source, accounts = part.job.source, part.accounts
    files = sorted({file for account in accounts for file in account.files})
    with opened(source, files) as (database, query):
        wanted = ", ".join(sorted(_literal(account, bool(files)) for account in accounts))
        name = as_text(source, database) if files else database.quote(source.by)
        extra = f"{name} AS {ACCOUNT}, " if files else ""
        sql = f"SELECT {extra}* FROM ({query}\n) account_rows WHERE {name} IN ({wanted})"
        frame = database.ask(sql)
    named = frame[ACCOUNT if files else source.by].astype(str)
    frame = frame.drop(columns=[source.by, ACCOUNT], errors="ignore")
    found: dict[str, Table | HistoryError] = {}
    for account, rows in frame.groupby(named.to_numpy(), sort=False):
        try:
            found[str(account)] = _table(rows, spec, f"{source.name} ({source.by} {account})")
        except HistoryError as error:
            found[str(account)] = error
    return found


@contextmanager
def opened(source: Source, files: Iterable[str]) -> Iterator[tuple[Database, str]]:
    """The place where rows lie, and a query that gives them all, checked to be one SELECT."""
    paths = [Path(file) for file in files]
    place = (
        of_listed(source.name, paths, FILE) if paths else connected(source.url or "", os.environ)
    )
    with place as database:
        query = (source.query or "SELECT * FROM history").strip().rstrip(";")
        yield database, query if paths else database.checked(query)


def as_text(source: Source, database: Database) -> str:
    """The account's column as DuckDB's text."""
    return f"CAST({database.quote(source.by)} AS VARCHAR)"


def column_of(database: Database, query: str, source: Source) -> str:
    """The account's column as the rows call it.

    Raises
    ------
    HistoryError : there is none
    """
    columns = list(database.ask(f"SELECT * FROM ({query}\n) account_rows WHERE 1 = 0").columns)
    for is_it in (lambda name: name == source.by, lambda name: name.lower() == source.by.lower()):
        if found := [name for name in columns if is_it(name)]:
            return found[0]
    known = [name for name in columns if name != FILE]
    problem, remedy = no_column(source.by, known)
    raise HistoryError(Fault(source.name, problem, said("{remedy} (--by)", remedy=remedy)))


def _literal(account: Account, is_text: bool) -> str:
    """The account's name as SQL: a number of a database stays one."""
    value = account.name if is_text or account.value is None else account.value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    return "'" + str(value).replace("'", "''") + "'"


def _table(rows: pd.DataFrame, spec: HistorySpec, name: str) -> Table:
    """An account's cells in an order of their own; rows that two files tell twice are refused."""
    files = rows.pop(FILE) if FILE in rows else None
    rows = rows.dropna(axis="columns", how="all")  # columns of other accounts' files
    text = rows.astype(str).where(rows.notna(), "")
    order = text.sort_values(list(text.columns), kind="stable").index
    text, rows = text.loc[order], rows.loc[order].reset_index(drop=True)
    if files is not None and files.nunique() > 1:
        _refuse_twice(text, files.loc[order], _counts(rows, spec), name)
    rows = rows.apply(lambda column: column.fillna("") if column.dtype.kind in "OTU" else column)
    digest = hashlib.sha256(text.to_csv(index=False).encode()).hexdigest()
    return Table(name, rows, np.arange(1, len(rows) + 1), "row", digest)


def _refuse_twice(text: pd.DataFrame, files: pd.Series, counts: list[str], name: str) -> None:
    """Rows of one day, channel, ... in two files: which of them counts cannot be told.

    A history may lie in several files, one a year or a platform: then no row stands in two.
    """
    keys = text.drop(columns=counts).apply("\x1f".join, axis="columns").to_numpy()
    by_row: Mapping[Any, int] = files.groupby(keys).nunique().to_dict()
    twice = [key for key, count in by_row.items() if count > 1]
    if not twice:
        return
    two = sorted({Path(str(file)).name for file in files[keys == twice[0]]})[:2]
    problem = said(
        "{n:,} rows stand in two files ({files}), the first is that of {row}",
        n=len(twice),
        files=two,
        row=str(twice[0]).split("\x1f"),
    )
    raise HistoryError(Fault(name, problem, said("Keep the account in one of them")))


def _counts(rows: pd.DataFrame, spec: HistorySpec) -> list[str]:
    """The columns that count or are money; the others say of what a row is."""
    if spec.shape == "mix":
        date = normalised(spec.date or "date")
        return [str(column) for column in rows if normalised(str(column)) != date]
    measured = {name for of in ("spend", *COUNTED) for name in COMMON_NAMES[of]}
    measured |= {normalised(str(one)) for one in (spec.spend, spec.kpi, spec.revenue) if one}
    measured |= set(COUNTED_INSTEAD)
    return [
        str(column)
        for column in rows
        if normalised(str(column)) in measured or rows[column].dtype.kind == "f"
    ]
