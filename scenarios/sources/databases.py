"""Databases that answer a query: any that SQLAlchemy knows, DuckDB's own files, folders of files.

What a driver raises becomes an error of the input, without the connection's secrets.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import Fault, HistoryError
from models.extras import lacking
from models.phrases import said
from scenarios.sources.secrets import expanded, without

if TYPE_CHECKING:
    import pandas as pd

MEMORY = "1GB"  # for DuckDB; what does not fit is put on disk
_SUFFIXES = (".parquet", ".csv")
_SHOWN = 400  # characters of what a driver says


@dataclass(frozen=True)
class Database:
    """An open connection, as much as is needed of it.

    Parameters
    ----------
    run : SQL to rows; `ask` explains what it raises
    quote : a column's name as SQL
    secrets : what the URL's variables hold, by ``${VARIABLE}``
    """

    name: str
    run: Callable[[str], pd.DataFrame]
    quote: Callable[[str], str]
    secrets: Mapping[str, str]

    def ask(self, sql: str) -> pd.DataFrame:
        with _explained(self.name, self.secrets):
            return self.run(sql)


def connected(url: str, environment: Mapping[str, str]) -> AbstractContextManager[Database]:
    """An open database, of SQLAlchemy or ``duckdb:///file.duckdb``.

    Raises
    ------
    HistoryError : a variable is not set, a package is missing, or the connection fails
    """
    full, secrets = expanded(url, environment)
    # A variable may hold the whole of it.
    connect = _duckdb_file if full.startswith("duckdb:") else _sqlalchemy
    return connect(url, full, secrets)


@contextmanager
def _sqlalchemy(url: str, full: str, secrets: Mapping[str, str]) -> Iterator[Database]:
    try:
        import sqlalchemy
    except ImportError:
        raise _needs("history.url", "SQLAlchemy") from None
    name = f"warehouse ({url.partition(':')[0]})"
    with _explained(name, secrets):
        engine = sqlalchemy.create_engine(full)
        connection = engine.connect()
    try:
        yield Database(
            name,
            lambda sql: _frame(connection.exec_driver_sql(sql)),
            engine.dialect.identifier_preparer.quote,
            secrets,
        )
    finally:
        connection.close()
        engine.dispose()


def _frame(result: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


@contextmanager
def _duckdb_file(url: str, full: str, secrets: Mapping[str, str]) -> Iterator[Database]:
    path = full.removeprefix("duckdb:").removeprefix("//").removeprefix("/")
    if not Path(path).is_file():
        problem = said("there is no file '{file}'", file=url.removeprefix("duckdb:///"))
        raise _refused("history.url", problem, said("Write duckdb:///FILE"))
    with _duckdb("warehouse (duckdb)", secrets, path) as connection:
        yield Database("warehouse (duckdb)", lambda sql: connection.sql(sql).df(), _quoted, secrets)


@contextmanager
def of_files(where: Path) -> Iterator[Database]:
    """DuckDB with the Parquet or CSV files of a folder or a pattern as the table `history`.

    Raises
    ------
    HistoryError : there are none, they cannot be read, or a package is missing
    """
    name, files = str(where), [str(file) for file in table_files(where)]
    with _duckdb(name, {}, ":memory:") as connection:
        with _explained(name, {}):
            if files[0].lower().endswith(".parquet"):
                rows = connection.read_parquet(files, union_by_name=True)
            else:
                # Other dates than ISO stay text, and are refused rather than guessed at.
                rows = connection.read_csv(files, date_format="%Y-%m-%d", union_by_name=True)
            rows.create_view("history")
        yield Database(name, lambda sql: connection.sql(sql).df(), _quoted, {})


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def table_files(where: Path) -> list[Path]:
    """The Parquet or CSV files of a folder or a pattern.

    Raises
    ------
    HistoryError : there are none, or both kinds
    """
    if where.is_dir():
        found = [p for p in sorted(where.rglob("*")) if p.suffix.lower() in _SUFFIXES]
    else:
        anchor = next(part for part in where.parents if not re.search(r"[*?\[]", str(part)))
        found = sorted(anchor.glob(str(where.relative_to(anchor))))
    if not found:
        raise _refused(str(where), said("holds no Parquet or CSV files"))
    kinds = {path.suffix.lower() for path in found}
    if len(kinds) > 1 or not kinds <= set(_SUFFIXES):
        problem = said("holds files of several kinds ({kinds})", kinds=sorted(kinds))
        raise _refused(str(where), problem, said("Name one kind: .../*.parquet"))
    return found


@contextmanager
def _duckdb(name: str, secrets: Mapping[str, str], path: str) -> Iterator[Any]:
    try:
        import duckdb
    except ImportError:
        raise _needs(name, "duckdb") from None
    with tempfile.TemporaryDirectory() as spill:
        config: dict[str, Any] = {
            "memory_limit": MEMORY,
            "temp_directory": spill,
            # A query must not fetch code from elsewhere.
            "autoinstall_known_extensions": "false",
            # Sums have no order; keeping the rows' would hold them in memory.
            "preserve_insertion_order": "false",
        }
        with _explained(name, secrets):
            connection = duckdb.connect(path, read_only=path != ":memory:", config=config)
        # It would be drawn on the standard output, where results go.
        connection.execute("SET enable_progress_bar = false")
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _explained(name: str, secrets: Mapping[str, str]) -> Iterator[None]:
    """Whatever a driver raises, as an error of the input without its secrets."""
    try:
        yield
    except HistoryError:
        raise
    except ModuleNotFoundError as error:
        problem = said("needs the package {package}", package=error.name)
        raise _refused(name, problem, said("Install the database's driver")) from None
    except Exception as error:  # drivers have errors of their own kinds
        text = without(secrets, " ".join(str(getattr(error, "orig", None) or error).split()))
        problem = said("cannot be read: {why}", why=text[:_SHOWN])
        raise _refused(name, problem, said("Check the url and the query")) from None


def _needs(where: str, package: str) -> HistoryError:
    return _refused(where, *lacking(said("reading a warehouse"), package, "warehouse"))


def _refused(where: str, problem: str, remedy: str = "") -> HistoryError:
    return HistoryError(Fault(where, problem, remedy))
