"""A warehouse's table as a history: summed where it lies, by SQLAlchemy or DuckDB.

Only sums by day and campaign come over, or by day and platform where no rules of channels ask.
A connection's secrets are named in the scenario as `${VARIABLE}` and taken from the environment;
what they hold appears in no message and no plan.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib import parse as urls

from models.errors import Fault, HistoryError, nearest
from models.exports.parts import Part
from models.exports.platform import MEASURES
from models.exports.sums import days, known_columns, part_of_sums, sums

if TYPE_CHECKING:
    import pandas as pd

EXTRA = "Install budgetopt[warehouse]"
MEMORY = "1GB"  # for DuckDB; what does not fit is put on disk
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PASSWORD = re.compile(
    r"://[^/@]*:(?!\$\{\w+\}@)[^/@]+@|[?&]\w*(?:password|pwd|token|secret|key)=(?!\$\{)",
    re.IGNORECASE,
)
_SUFFIXES = (".parquet", ".csv")
TIDY = ("date", "channel", "spend", "conversions")
DAILY = ("date", "platform", "currency")
CHANNEL_NAMES = ("account", "campaign", "campaign_type")  # what rules of channels look at


@dataclass(frozen=True)
class Warehouse:
    """Where a table lies. Either a connection or files.

    Parameters
    ----------
    url : of SQLAlchemy, or ``duckdb:///file.duckdb``; secrets as ``${VARIABLE}``
    files : a folder or a pattern of Parquet or CSV files, read by DuckDB as the table `history`
    query : whose rows are the history; of files, by default all of them
    """

    url: str | None = None
    files: Path | None = None
    query: str | None = None


@dataclass(frozen=True)
class Summed:
    """What came over: a part in Fivetran's schema, or a tidy history's sums.

    Parameters
    ----------
    name : for messages and provenance, without secrets
    tidy : columns date, channel and measures, where the table is a tidy history already
    """

    name: str
    part: Part | None = None
    tidy: pd.DataFrame | None = None


@dataclass(frozen=True)
class _Database:
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


def read_warehouse(
    warehouse: Warehouse,
    names: Collection[str] = CHANNEL_NAMES,
    environment: Mapping[str, str] = os.environ,
) -> Summed:
    """Sum a warehouse's table by day, platform and what decides on a channel, in the warehouse.

    Parameters
    ----------
    names : which of CHANNEL_NAMES are asked for; the fewer, the less comes over

    Raises
    ------
    HistoryError : a variable is not set, a package is missing, the connection or the query
        fails, or the columns are of no known schema
    """
    query = (warehouse.query or "SELECT * FROM history").strip().rstrip(";")
    connect = _duckdb_files if warehouse.files else _connection(warehouse.url or "")
    with connect(warehouse, environment) as database:
        columns = list(database.ask(f"SELECT * FROM ({query}) history_rows WHERE 1 = 0").columns)
        plain = {column.lower(): column for column in columns}
        if set(TIDY) <= set(plain):
            measures = [name for name in (*MEASURES, "new_customers") if name in plain]
            fields = {name: plain[name] for name in ("date", "channel", *measures)}
            found = _named(database.ask(_sum_query(query, fields, TIDY[:2], database.quote)))
            return Summed(database.name, tidy=_tidy(found[list(fields)], database.name))
        fields = known_columns(columns, database.name)
        by = [field for field in (*DAILY, *names) if field in fields]
        fields = {name: column for name, column in fields.items() if name in (*by, *MEASURES)}
        frame = _named(database.ask(_sum_query(query, fields, by, database.quote)))
    measures = [measure for measure in MEASURES if measure in fields]
    blank = {name: int(frame["rows"].sum() - frame[f"{name}_rows"].sum()) for name in measures}
    return Summed(database.name, part=part_of_sums(frame, database.name, blank))


def _sum_query(
    query: str, fields: Mapping[str, str], by: Sequence[str], quote: Callable[[str], str]
) -> str:
    """Sums and counts of the measures by the other fields, in SQL that every database speaks."""
    measures = [name for name in fields if name not in by]
    keys = [quote(fields[name]) for name in by]
    shown = [f"{key} AS {name}_" for key, name in zip(keys, by, strict=True)]
    shown += [f"SUM({quote(fields[name])}) AS {name}_sum" for name in measures]
    shown += [f"COUNT({quote(fields[name])}) AS {name}_rows" for name in measures]
    return (
        f"SELECT {', '.join(shown)}, COUNT(*) AS row_count FROM ({query}) history_rows "
        f"GROUP BY {', '.join(keys)}"
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """With our names again; databases differ in the case of theirs."""
    plain = {column: str(column).lower() for column in frame.columns}
    return frame.rename(columns=plain).rename(
        columns=lambda name: "rows" if name == "row_count" else re.sub(r"_(sum)?$", "", name)
    )


def expanded(url: str, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The URL with its variables' values, and those values by ``${VARIABLE}``.

    Raises
    ------
    HistoryError : a variable is not set, or a password stands in the URL itself
    """
    names = _VARIABLE.findall(url)
    missing = [name for name in names if not environment.get(name)]
    if missing:
        faults = []
        for name in missing:
            near = nearest(name, [known for known in environment if known.isupper()])
            hint = f" (there is {near})" if near else ""
            problem = f"the environment variable {name} is not set{hint}"
            faults.append(Fault("history.url", problem, f"Set it: export {name}=..."))
        raise HistoryError(faults)
    if _PASSWORD.search(url):
        raise HistoryError(
            Fault(
                "history.url",
                "holds a password, which would be kept in scenarios and plans",
                "Put it into an environment variable: ...:${DB_PASSWORD}@...",
            )
        )
    secrets = {f"${{{name}}}": environment[name] for name in names}
    # In front of the host a password's own marks must not pass for the URL's.
    login, at, rest = url.rpartition("@")
    login = _VARIABLE.sub(lambda match: urls.quote(environment[match[1]], safe=""), login)
    return login + at + _VARIABLE.sub(lambda match: environment[match[1]], rest), secrets


def _connection(url: str) -> Callable[..., Any]:
    return _duckdb_file if url.startswith("duckdb:") else _sqlalchemy


@contextmanager
def _sqlalchemy(warehouse: Warehouse, environment: Mapping[str, str]) -> Iterator[_Database]:
    url, secrets = expanded(warehouse.url or "", environment)
    try:
        import sqlalchemy
    except ImportError:
        raise _refused("history.url", "needs the package SQLAlchemy", EXTRA) from None
    name = f"warehouse ({(warehouse.url or '').partition(':')[0]})"
    with _explained(name, secrets):
        engine = sqlalchemy.create_engine(url)
        connection = engine.connect()
    try:
        yield _Database(
            name,
            lambda sql: _frame(connection.exec_driver_sql(sql)),
            engine.dialect.identifier_preparer.quote,
            secrets,
        )
    finally:
        connection.close()
        engine.dispose()


def _tidy(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Sums of a tidy history, as the cells of one."""
    import pandas as pd

    if frame.empty:
        raise _refused(name, "has no rows", "")
    dates = days(frame["date"], name)
    measures = {column: sums(frame, column, name) for column in frame.columns[2:]}
    tidy = pd.DataFrame({"date": dates, "channel": frame["channel"].astype(str), **measures})
    return tidy.groupby(["date", "channel"], as_index=False).sum()


def _frame(result: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


@contextmanager
def _duckdb_file(warehouse: Warehouse, environment: Mapping[str, str]) -> Iterator[_Database]:
    url, secrets = expanded(warehouse.url or "", environment)
    path = url.removeprefix("duckdb:").removeprefix("//").removeprefix("/")
    if not Path(path).is_file():
        shown = (warehouse.url or "").removeprefix("duckdb:///")
        raise _refused("history.url", f"there is no file '{shown}'", "Write duckdb:///FILE")
    with _duckdb("warehouse (duckdb)", secrets, path) as connection:
        yield _Database(
            "warehouse (duckdb)", lambda sql: connection.sql(sql).df(), _quoted, secrets
        )


@contextmanager
def _duckdb_files(warehouse: Warehouse, _: Mapping[str, str]) -> Iterator[_Database]:
    assert warehouse.files is not None
    name, files = str(warehouse.files), [str(file) for file in table_files(warehouse.files)]
    with _duckdb(name, {}, ":memory:") as connection:
        with _explained(name, {}):
            if files[0].lower().endswith(".parquet"):
                rows = connection.read_parquet(files, union_by_name=True)
            else:
                # Other dates than ISO stay text, and are refused rather than guessed at.
                rows = connection.read_csv(files, date_format="%Y-%m-%d", union_by_name=True)
            rows.create_view("history")
        yield _Database(name, lambda sql: connection.sql(sql).df(), _quoted, {})


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
        raise _refused(str(where), "holds no Parquet or CSV files", "")
    kinds = {path.suffix.lower() for path in found}
    if len(kinds) > 1 or not kinds <= set(_SUFFIXES):
        problem = f"holds files of several kinds ({', '.join(sorted(kinds))})"
        raise _refused(str(where), problem, "Name one kind: .../*.parquet")
    return found


@contextmanager
def _duckdb(name: str, secrets: Mapping[str, str], path: str) -> Iterator[Any]:
    try:
        import duckdb
    except ImportError:
        raise _refused(name, "needs the package duckdb", EXTRA) from None
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
        problem = f"needs the package {error.name}"
        raise _refused(name, problem, "Install the database's driver") from None
    except Exception as error:  # drivers have errors of their own kinds
        text = " ".join(str(getattr(error, "orig", None) or error).split())
        for variable, value in secrets.items():
            for secret in (value, urls.quote(value, safe=""), urls.unquote(value)):
                text = text.replace(secret, variable)
        text = text[:400]
        raise _refused(name, f"cannot be read: {text}", "Check the url and the query") from None


def _refused(where: str, problem: str, remedy: str) -> HistoryError:
    return HistoryError(Fault(where, problem, remedy))
