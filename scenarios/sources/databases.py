"""Databases that answer a query: any that SQLAlchemy knows, DuckDB's own files, folders of files.

What a driver raises becomes an error of the input, without the connection's secrets.
"""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import Fault, HistoryError
from models.extras import lacking
from models.files import taken_in
from models.passwords import passwords
from models.phrases import said
from scenarios.definition.history_blocks import IN_VARIABLE, KEPT
from scenarios.sources.read_only import (
    begin_reading,
    checked_url,
    interrupted,
    locked_duckdb,
    one_duckdb_select,
    one_select,
    query_seconds,
    read_only_sqlite,
    volatile_in_postgresql,
)
from scenarios.sources.secrets import expanded, hidden, without

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
    select : a query as it may stand in brackets: one SELECT, or HistoryError
    secrets : what the URL's variables hold, by ``${VARIABLE}``
    """

    name: str
    run: Callable[[str], pd.DataFrame]
    quote: Callable[[str], str]
    select: Callable[[str], str]
    secrets: Mapping[str, str]

    def ask(self, sql: str) -> pd.DataFrame:
        with _explained(self.name, self.secrets):
            return self.run(sql)

    def checked(self, query: str) -> str:
        with _explained(self.name, self.secrets):
            return self.select(query)


def connected(url: str, environment: Mapping[str, str]) -> AbstractContextManager[Database]:
    """An open database, of SQLAlchemy or ``duckdb:///file.duckdb``.

    Raises
    ------
    HistoryError : a variable is not set, a package is missing, or the connection fails
    """
    if passwords(url):
        raise _refused("history.url", KEPT, IN_VARIABLE)
    full, secrets = expanded(url, environment)
    seconds = query_seconds(environment)
    # A variable may hold the whole of it.
    if full.startswith("duckdb"):
        return _duckdb_file(url, full, secrets, seconds)
    return _sqlalchemy(url, full, secrets, seconds, environment)


@contextmanager
def _sqlalchemy(
    url: str,
    full: str,
    secrets: Mapping[str, str],
    seconds: float,
    environment: Mapping[str, str],
) -> Iterator[Database]:
    try:
        import sqlalchemy
    except ImportError:
        raise _needs("history.url", "SQLAlchemy") from None
    name = f"warehouse ({url.partition(':')[0]})"
    with _explained(name, secrets):
        parsed = sqlalchemy.make_url(full)
        dialect = checked_url(url, parsed, environment)
        if dialect == "sqlite":
            file = parsed.database
            open_file = functools.partial(read_only_sqlite, file, without(secrets, file or ""))
            engine = sqlalchemy.create_engine("sqlite://", creator=open_file)
        else:
            engine = sqlalchemy.create_engine(parsed)
        # No parameters: a percent sign in a text stands for itself.
        connection = engine.connect().execution_options(no_parameters=True)
    volatile = None
    if dialect == "postgres":
        volatile = functools.partial(volatile_in_postgresql, connection)

    def select(query: str) -> str:
        # SQLite compiles nothing but a SELECT here: its text may stay as it is.
        return query if dialect == "sqlite" else one_select(query, dialect, volatile)

    try:
        with _explained(name, secrets):
            begin_reading(connection, seconds)
        yield Database(
            name,
            lambda sql: _frame(connection.exec_driver_sql(sql)),
            engine.dialect.identifier_preparer.quote,
            select,
            secrets,
        )
    finally:
        connection.close()
        engine.dispose()


def _frame(result: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


@contextmanager
def _duckdb_file(
    url: str, full: str, secrets: Mapping[str, str], seconds: float
) -> Iterator[Database]:
    path = full.partition(":")[2].removeprefix("//").removeprefix("/")
    if not Path(path).is_file():
        problem = said("there is no file '{file}'", file=url.removeprefix("duckdb:///"))
        raise _refused("history.url", problem, said("Write duckdb:///FILE"))
    taken_in(path)
    with _duckdb("warehouse (duckdb)", secrets, path) as connection:
        locked_duckdb(connection, [])
        yield _duckdb_database("warehouse (duckdb)", connection, secrets, seconds)


@contextmanager
def of_files(where: Path) -> Iterator[Database]:
    """DuckDB with the Parquet or CSV files of a folder or a pattern as the table `history`.

    Raises
    ------
    HistoryError : there are none, they cannot be read, or a package is missing
    """
    # Other dates than ISO stay text, and are refused rather than guessed at.
    with _reading(str(where), table_files(where), {"date_format": "%Y-%m-%d"}) as database:
        yield database


@contextmanager
def of_listed(name: str, files: Sequence[Path], file_column: str) -> Iterator[Database]:
    """DuckDB with these Parquet or CSV files as the table `history`; cells of CSV stay text.

    Parameters
    ----------
    name : of all of them, for messages
    file_column : a further column that says which file a row stands in

    Raises
    ------
    HistoryError : as `of_files`
    """
    with _reading(name, files, {"all_varchar": True}, file_column) as database:
        yield database


@contextmanager
def _reading(
    name: str, paths: Sequence[Path], of_csv: Mapping[str, Any], file_column: str | None = None
) -> Iterator[Database]:
    files = [str(file) for file in paths]
    for file in files:
        taken_in(file)
    with _duckdb(name, {}, ":memory:") as connection:
        with _explained(name, {}):
            options = {"union_by_name": True, **({"filename": True} if file_column else {})}
            if files[0].lower().endswith(".parquet"):
                rows = connection.read_parquet(files, **options)
            else:
                rows = connection.read_csv(files, **of_csv, **options)
            if file_column:
                rows = rows.project(f"* RENAME (filename AS {_quoted(file_column)})")
            rows.create_view("history")
            locked_duckdb(connection, files)
        yield _duckdb_database(name, connection, {}, query_seconds())


def _duckdb_database(
    name: str, connection: Any, secrets: Mapping[str, str], seconds: float
) -> Database:
    def run(sql: str) -> pd.DataFrame:
        with interrupted(connection, seconds):
            return connection.sql(one_duckdb_select(connection, sql)).df()

    select = functools.partial(one_duckdb_select, connection)
    return Database(name, run, _quoted, select, secrets)


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
    except HistoryError as error:
        raise hidden(error, secrets) from None
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
