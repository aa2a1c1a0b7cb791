"""What keeps a query of somebody else's scenario from doing anything but read.

A query is parsed, never searched: it must be one SELECT, and what runs is what was parsed. Behind
that stands each engine's own lock: SQLite's authorizer on a file opened read-only, PostgreSQL's
read-only transaction, DuckDB without access to any file but those named.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import Fault, HistoryError
from models.files import taken_in
from models.phrases import said

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

SECONDS_VARIABLE, HOSTS_VARIABLE = "BUDGETOPT_QUERY_SECONDS", "BUDGETOPT_HOSTS"
SECONDS = 300.0  # that one query may take
DIALECTS = {  # what SQLAlchemy calls a database, and sqlglot its SQL
    "postgresql": "postgres",
    "redshift": "redshift",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mssql": "tsql",
    "oracle": "oracle",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "trino": "trino",
    "presto": "presto",
    "clickhouse": "clickhouse",
    "clickhousedb": "clickhouse",
    "sqlite": "sqlite",
}
# Parts of a URL that run statements, load code or read files.
_ACTING = ("init_command", "plugin", "odbc_connect", "read_default_file", "local_infile")
_STEPS = 20_000  # of SQLite's machine between two looks at the clock
_READING = frozenset(
    (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,  # the driver ends its own
    )
)


def query_seconds(environment: Mapping[str, str] = os.environ) -> float:
    """How long one query may take: 300 seconds, or $BUDGETOPT_QUERY_SECONDS.

    Raises
    ------
    HistoryError : the variable holds no number of seconds
    """
    told = environment.get(SECONDS_VARIABLE, "")
    try:
        seconds = float(told or SECONDS)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        problem = said("'{told}' is no number of seconds", told=told)
        raise HistoryError(Fault(f"${SECONDS_VARIABLE}", problem))
    return seconds


def checked_url(written: str, url: URL, environment: Mapping[str, str]) -> str:
    """The SQL dialect of a URL that connects and does no more.

    Parameters
    ----------
    written : the URL as the scenario holds it, variables unfilled
    url : the same with them filled in

    Raises
    ------
    HistoryError : a database that is not known, a part of the URL that acts, or a host that
        $BUDGETOPT_HOSTS does not name
    """
    faults = []
    dialect = DIALECTS.get(url.get_backend_name())
    if dialect is None:
        problem = said("'{name}' is no database that is known here", name=url.get_backend_name())
        remedy = said("Known are {names}", names=", ".join(sorted({*DIALECTS, "duckdb"})))
        faults.append(Fault("history.url", problem, remedy))
    keys = set(re.findall(r"[?&;](\w+)=", written))
    faults += [
        Fault(
            "history.url",
            said("'{key}' would do more than connect", key=key),
            said("Leave it out, or let a variable hold the whole URL: ${{ADS_DATABASE_URL}}"),
        )
        for key in sorted(keys.intersection(_ACTING))
    ]
    faults += _strange_hosts(url, environment.get(HOSTS_VARIABLE))
    if faults:
        raise HistoryError(faults)
    assert dialect is not None
    return dialect


def _strange_hosts(url: URL, allowed: str | None) -> list[Fault]:
    """A scenario names variables and hosts: where passwords may go is for the machine to say."""
    if allowed is None or url.get_backend_name() == "sqlite":
        return []
    named = [url.host, *(url.query.get(key) for key in ("host", "hostaddr"))]
    flat = [one for part in named if part for one in ([part] if isinstance(part, str) else part)]
    hosts = [host for text in flat for host in text.split(",")] or ["localhost"]
    return [
        Fault(
            "history.url",
            said("the host '{host}' is not among ${variable}", host=host, variable=HOSTS_VARIABLE),
            said("Whoever keeps this machine adds it there, if it may be asked"),
        )
        for host in hosts
        if host not in re.split(r"[\s,]+", allowed.strip())
    ]


def one_select(
    query: str, dialect: str, volatile: Callable[[set[str]], set[str]] | None = None
) -> str:
    """The query written anew from its parsed tree: one SELECT that calls what is known to read.

    Parameters
    ----------
    dialect : of sqlglot
    volatile : of the functions' names, gives those that may do more than read; without it, only
        functions that sqlglot knows are let through

    Raises
    ------
    HistoryError : it cannot be parsed, is no single SELECT, or calls or contains what may write
    """
    import sqlglot
    from sqlglot import expressions as sql
    from sqlglot.errors import SqlglotError

    # What it could not parse it would report on standard error; here that is refused.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        trees = [tree for tree in sqlglot.parse(query, read=dialect) if tree is not None]
    except (SqlglotError, RecursionError) as error:
        first = " ".join(str(error).split("\n")[0].split())
        problem = said("cannot be read as SQL: {why}", why=re.sub(r"\x1b\[\d*m", "", first))
        raise _not_a_select(problem) from None
    if len(trees) != 1 or not isinstance(trees[0], sql.Query | sql.Values):
        kinds = "; ".join(tree.key.upper() for tree in trees) or said("nothing")
        raise _not_a_select(said("must be one SELECT, it is: {kinds}", kinds=kinds))
    tree = trees[0]
    writing = (sql.Insert, sql.Update, sql.Delete, sql.Merge, sql.Copy, sql.DDL, sql.Into)
    acting = (*writing, sql.Lock, sql.Command, sql.Placeholder, sql.Parameter)
    if found := sorted({part.key.upper() for part in tree.find_all(*acting)}):
        problem = said("holds {what}, which a plain SELECT has not", what=", ".join(found))
        raise _not_a_select(problem)
    unknown = {part.name for part in tree.find_all(sql.Anonymous, sql.ReadCSV, sql.ReadParquet)}
    refused = sorted(unknown if volatile is None else volatile(_called(tree)))
    if refused:
        problem = said("calls {names}, which may do more than read", names=", ".join(refused))
        remedy = said("Make a view of it in the database, and query that")
        raise HistoryError(Fault("history.query", problem, remedy))
    # Comments go: some databases run what stands in them.
    return tree.sql(dialect, comments=False, normalize_functions=False)


def _called(tree: Any) -> set[str]:
    """Every name that stands before a bracket in what will run."""
    from sqlglot import TokenType
    from sqlglot.dialects.postgres import Postgres

    tokens = Postgres().tokenize(tree.sql("postgres", comments=False, normalize_functions=False))
    names = {
        one.text
        for one, after in itertools.pairwise(tokens)
        if after.token_type == TokenType.L_PAREN
    }
    return names | {name.lower() for name in names}


def _not_a_select(problem: str) -> HistoryError:
    return HistoryError(Fault("history.query", problem, said("Write one SELECT")))


def read_only_sqlite(file: str | None, shown: str) -> sqlite3.Connection:
    """A connection to a file that is there, opened for reading.

    Parameters
    ----------
    shown : the file's name without secrets

    Raises
    ------
    HistoryError : there is no such file
    """
    if file in (None, "", ":memory:"):
        return sqlite3.connect(":memory:")
    path = Path(file or "")
    if not path.is_file():
        problem = said("there is no file '{file}'", file=shown)
        raise HistoryError(Fault("history.url", problem, said("Write sqlite:///FILE")))
    taken_in(path)
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def begin_reading(connection: Connection, seconds: float) -> None:
    """From here on the database refuses to write, and stops a query that takes too long."""
    name = connection.dialect.name
    if name == "sqlite":
        _selects_only(connection.connection.dbapi_connection, seconds)
    elif name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        for setting in ("statement_timeout", "lock_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {setting} = {round(seconds * 1000)}")
    elif name in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")


def _selects_only(connection: Any, seconds: float) -> None:
    """SQLite compiles nothing but a SELECT, whatever the text."""
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
    )
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)


def volatile_in_postgresql(connection: Connection, names: set[str]) -> set[str]:
    """Which of these functions PostgreSQL itself holds for more than reading.

    It calls volatile what may change something or look beyond its tables: files, locks, other
    sessions, SQL in a text.
    """
    import sqlalchemy as sa

    asked = sa.text("SELECT proname FROM pg_catalog.pg_proc WHERE provolatile = 'v'")
    return names & set(connection.execute(asked).scalars())


def locked_duckdb(connection: Any, files: list[str]) -> None:
    """From here on DuckDB reads these files and no other, and stays so."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(f"SET allowed_paths = [{listed}]")
    for setting in (
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def one_duckdb_select(connection: Any, query: str) -> str:
    """The query, if DuckDB's own parser finds one SELECT in it."""
    import duckdb

    kinds = [statement.type for statement in connection.extract_statements(query)]
    if kinds != [duckdb.StatementType.SELECT]:
        shown = "; ".join(kind.name for kind in kinds) or said("nothing")
        raise _not_a_select(said("must be one SELECT, it is: {kinds}", kinds=shown))
    return query


@contextmanager
def interrupted(connection: Any, seconds: float) -> Iterator[None]:
    """Interrupt DuckDB when a query takes longer."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
