"""What a scenario of somebody else's may do to files and databases: attacks on live engines."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import HistoryError
from scenarios.sources.read_only import one_select
from scenarios.sources.warehouse import Warehouse, read_warehouse
from tests.support.postgres import needs_server, running_server

sa = pytest.importorskip("sqlalchemy")
duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

COLUMNS = "'2026-08-01' AS date, {} AS channel, 1.0 AS spend, 2 AS conversions"
# A query that closes our bracket, does something of its own, and opens it again.
BREAKOUT = "SELECT * FROM t) x WHERE 1 = 0; {}; SELECT * FROM (SELECT * FROM t"


def refused(warehouse: Warehouse, **environment: str) -> str:
    with pytest.raises(HistoryError) as caught:
        read_warehouse(warehouse, environment=environment)
    return str(caught.value)


def channels(warehouse: Warehouse, **environment: str) -> list[str]:
    tidy = read_warehouse(warehouse, environment=environment).tidy
    assert tidy is not None
    return tidy["channel"].tolist()


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "a.csv").write_text("date,channel,spend,conversions\n2026-08-01,tv,1,2\n")
    (tmp_path / "secret.txt").write_text("hunter2")
    (tmp_path / "other.csv").write_text("channel\nhunter2\n")
    return folder


def of_secret(call: str) -> str:
    return f"SELECT {COLUMNS.format('content')} FROM {call}"


@pytest.mark.parametrize(
    "query",
    [
        BREAKOUT.replace("t", "history").format("COPY (SELECT 1) TO '{out}'"),
        "COPY (SELECT 1) TO '{out}'",
        "COPY history TO '{lake}/a.csv'",
        "ATTACH '{out}' AS new",
        "SELECT * FROM history; ATTACH '{out}' AS new",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "EXPORT DATABASE '{out}'",
        of_secret("read_text('{secret}')"),
        of_secret("read_blob('{secret}')"),
        of_secret("query('SELECT content FROM read_text(''{secret}'')')"),
        f"SELECT {COLUMNS.format('file')} FROM glob('{{folder}}/*')",
        f"SELECT {COLUMNS.format('channel')} FROM '{{folder}}/other.csv'",
        f"SELECT {COLUMNS.format('Delimiter')} FROM sniff_csv('{{folder}}/other.csv')",
        of_secret("read_text('{lake}/../secret.txt')"),
        f"SELECT {COLUMNS.format('channel')} FROM connection",  # a variable of ours
        "SELECT * FROM sqlite_scan('{out}', 't')",
    ],
)
def test_a_query_of_files_reads_those_files_and_no_other(lake: Path, query: str) -> None:
    before = sorted(path.name for path in lake.parent.rglob("*"))
    names = {
        "{out}": lake.parent / "out",
        "{secret}": lake.parent / "secret.txt",
        "{folder}": lake.parent,
        "{lake}": lake,
    }
    for mark, path in names.items():
        query = query.replace(mark, str(path))
    assert "hunter2" not in refused(Warehouse(files=lake, query=query))
    assert sorted(path.name for path in lake.parent.rglob("*")) == before
    assert channels(Warehouse(files=lake)) == ["tv"]


def test_a_duckdb_file_is_read_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "ads.duckdb"
    (tmp_path / "secret.txt").write_text("hunter2")
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {COLUMNS.format(chr(39) + 'tv' + chr(39))}")
        connection.execute(
            f"CREATE VIEW v AS SELECT {COLUMNS.format('content')} "
            f"FROM read_text('{tmp_path}/secret.txt')"
        )
    url = f"duckdb:///{path}"
    before = path.read_bytes()
    for query in (
        BREAKOUT.format("DELETE FROM t"),
        "SELECT * FROM v",
        f"SELECT * FROM t; COPY t TO '{tmp_path}/out.csv'",
        "DELETE FROM t",
    ):
        assert "hunter2" not in refused(Warehouse(url, query=query))
    assert channels(Warehouse(url, query="SELECT * FROM t")) == ["tv"]
    assert path.read_bytes() == before
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "ads.db"
    with sqlite3.connect(path) as connection:
        tv = COLUMNS.format("'tv'")
        connection.execute(f"CREATE TABLE t AS SELECT {tv}")
    connection.close()
    return path


@pytest.mark.parametrize(
    "query",
    [
        BREAKOUT.format("DELETE FROM t"),
        BREAKOUT.format("ATTACH '{out}' AS new"),
        "DELETE FROM t RETURNING *",
        "ATTACH '{out}' AS new",
        "VACUUM INTO '{out}'",
        "PRAGMA journal_mode = DELETE",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('{out}')",
        "SELECT writefile('{out}', 'x')",
    ],
)
def test_a_query_of_sqlite_only_selects(database: Path, query: str) -> None:
    before, out = database.read_bytes(), database.parent / "out"
    refused(Warehouse(f"sqlite:///{database}", query=query.replace("{out}", str(out))))
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == ["ads.db"]
    assert channels(Warehouse(f"sqlite:///{database}", query="SELECT * FROM t")) == ["tv"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{folder}/new.db",
        "sqlite:///file:{folder}/new.db?mode=rwc&uri=true",
        "sqlite+pysqlite:///{folder}/new.db",
        "duckdb:///{folder}/new.db",
        "duckdb+any:///{folder}/new.db",
    ],
)
def test_a_url_makes_no_file(tmp_path: Path, url: str) -> None:
    warehouse = Warehouse(url.replace("{folder}", str(tmp_path)), query="SELECT 1 AS a")
    assert "there is no file" in refused(warehouse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (
            "sqlite://",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n",
        ),
        ("duckdb:///{folder}/empty.duckdb", "SELECT max(hash(i)) FROM range(1000000000000) r(i)"),
    ],
)
def test_a_query_that_never_ends_is_stopped(tmp_path: Path, url: str, query: str) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    began = time.monotonic()
    ending = Warehouse(
        url.replace("{folder}", str(tmp_path)),
        query=f"SELECT {COLUMNS.format('1')} WHERE 0 < ({query})",
    )
    assert "nterrupt" in refused(ending, BUDGETOPT_QUERY_SECONDS="0.3")
    assert time.monotonic() - began < 20
    message = refused(ending, BUDGETOPT_QUERY_SECONDS="soon")
    assert message == "$BUDGETOPT_QUERY_SECONDS: 'soon' is no number of seconds"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql+pymysql://u@host/db?init_command=DELETE FROM t", "'init_command' would do more"),
        ("mssql+pyodbc:///?odbc_connect=DRIVER=/tmp/x.so", "'odbc_connect' would do more"),
        ("shillelagh://", "'shillelagh' is no database that is known here"),
        ("postgresql://u@evil.example/db", "the host 'evil.example' is not among $BUDGETOPT_HOSTS"),
        ("postgresql://u@/db?host=evil.example", "the host 'evil.example' is not among"),
        ("postgresql://u@db.intern,evil.example/db", "the host 'evil.example' is not among"),
    ],
)
def test_a_url_only_connects_and_only_where_it_may(url: str, message: str) -> None:
    found = refused(Warehouse(url, query="SELECT 1"), BUDGETOPT_HOSTS="db.intern ads.example")
    assert message in found


@pytest.mark.parametrize(
    ("dialect", "query"),
    [
        ("mysql", "SELECT LOAD_FILE('/etc/passwd')"),
        ("mysql", "SELECT * FROM t INTO OUTFILE '/tmp/x'"),
        ("mysql", "SELECT SLEEP(1000)"),
        ("tsql", "EXEC xp_cmdshell 'dir'"),
        ("tsql", "SELECT * FROM OPENROWSET('SQLNCLI', 'x', 'y')"),
        ("bigquery", "SELECT * FROM EXTERNAL_QUERY('c', 'DELETE FROM t')"),
        ("snowflake", "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)"),
        ("clickhouse", "SELECT * FROM url('http://evil.example', 'CSV')"),
        ("oracle", "SELECT UTL_HTTP.REQUEST('http://evil.example') FROM dual"),
    ],
)
def test_databases_that_no_test_can_run_get_only_what_is_known_to_read(
    dialect: str, query: str
) -> None:
    with pytest.raises(HistoryError):
        one_select(query, dialect)


def test_what_runs_is_what_was_parsed() -> None:
    """MySQL runs what stands in such a comment; our parser takes it for a comment."""
    assert one_select("SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */", "mysql") == "SELECT 1"


PASSWORD = "hunter2"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("psycopg")
    with running_server(PASSWORD) as folder:
        url = f"postgresql+psycopg://team:${{DB_PASSWORD}}@/postgres?host={folder}"
        engine = sa.create_engine(url.replace("${DB_PASSWORD}", PASSWORD))
        with engine.begin() as connection:
            tv = COLUMNS.format("'tv'::text")
            connection.execute(sa.text(f"CREATE TABLE t AS SELECT {tv}"))
            connection.execute(
                sa.text(
                    "CREATE FUNCTION empty_it() RETURNS int LANGUAGE sql "
                    "AS 'DELETE FROM t RETURNING 1'"
                )
            )
        engine.dispose()
        yield url


@needs_server
@pytest.mark.parametrize(
    "query",
    [
        BREAKOUT.format("DELETE FROM t; COMMIT"),
        BREAKOUT.format("COPY t TO '/tmp/budgetopt-attack'"),
        BREAKOUT.format("COMMIT; SET default_transaction_read_only = off; DELETE FROM t; COMMIT"),
        "DELETE FROM t RETURNING *",
        "SELECT * FROM t; DELETE FROM t; COMMIT",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "SELECT * INTO t2 FROM t",
        "SELECT * FROM t FOR UPDATE",
        "COPY t TO PROGRAM 'id'",
        f"SELECT {COLUMNS.format('empty_it()::text')}",
        f"SELECT {COLUMNS.format(chr(34) + 'empty_it' + chr(34) + '()::text')}",
        f"SELECT {COLUMNS.format('pg_read_file(' + chr(39) + 'PG_VERSION' + chr(39) + ')')}",
        f"SELECT {COLUMNS.format('n')} FROM pg_catalog.pg_ls_dir('.') AS n",
        f"SELECT {COLUMNS.format('U&' + chr(34) + chr(92) + '0070g_sleep' + chr(34) + '(9)')}",
        f"SELECT {COLUMNS.format('query_to_xml($$DELETE FROM t$$, true, true, $$$$)::text')}",
        f"SELECT {COLUMNS.format('lo_export(1, $$/tmp/budgetopt-attack$$)::text')}",
        f"SELECT {COLUMNS.format('pg_terminate_backend(1)::text')}",
        f"SELECT {COLUMNS.format('set_config($$transaction_read_only$$, $$off$$, true)')}",
        f"SELECT {COLUMNS.format('pg_sleep(9)::text')}",
        "SELECT $$a$$) x; DELETE FROM t; --",
        "SELECT E'\\') x; DELETE FROM t; COMMIT; SELECT (' FROM t) x; DELETE FROM t; --",
        "DO $$ BEGIN DELETE FROM t; END $$",
        "CALL empty_it()",
    ],
)
def test_a_query_of_postgresql_only_selects_even_for_its_owner(server: str, query: str) -> None:
    """The account may do everything, as the one that runs a scenario often does."""
    refused(Warehouse(server, query=query), DB_PASSWORD=PASSWORD)
    assert channels(Warehouse(server, query="SELECT * FROM t"), DB_PASSWORD=PASSWORD) == ["tv"]
    assert not Path("/tmp/budgetopt-attack").exists()


@needs_server
def test_the_transaction_itself_refuses_to_write(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second lock, behind the parser."""
    monkeypatch.setattr("scenarios.sources.databases.one_select", lambda query, *_: query)
    query = f"SELECT {COLUMNS.format('empty_it()::text')}"
    message = refused(Warehouse(server, query=query), DB_PASSWORD=PASSWORD)
    assert "cannot execute DELETE in a read-only transaction" in message


@needs_server
def test_a_query_of_postgresql_that_never_ends_is_stopped(server: str) -> None:
    query = f"SELECT {COLUMNS.format('max(i)::text')} FROM generate_series(1, 100000000000) AS i"
    asked = Warehouse(server, query=query)
    message = refused(asked, DB_PASSWORD=PASSWORD, BUDGETOPT_QUERY_SECONDS="0.3")
    assert "canceling statement due to statement timeout" in message


@needs_server
@pytest.mark.parametrize(
    "query",
    [
        (
            "SELECT date_trunc('day', date::timestamp)::date AS date, lower(channel) AS channel, "
            "sum(spend) AS spend, sum(conversions) FILTER (WHERE spend >= 0) AS conversions "
            "FROM t WHERE channel ~* 'T.' AND channel LIKE '%v%' GROUP BY 1, 2"
        ),
        (
            "WITH x AS (SELECT *, row_number() OVER (PARTITION BY channel) AS n FROM t) "
            "SELECT date, channel, coalesce(spend, 0) AS spend, conversions FROM x "
            "WHERE n = 1 -- one"
        ),
        "SELECT * FROM t UNION ALL SELECT * FROM t WHERE false",
        "TABLE t",
        (
            "SELECT to_char(date::date, 'YYYY-MM-DD') AS date, "
            "split_part(channel, '-', 1) AS channel, greatest(spend, 0) AS spend, "
            "conversions FROM t;"
        ),
    ],
)
def test_what_an_analyst_writes_still_runs(server: str, query: str) -> None:
    assert channels(Warehouse(server, query=query), DB_PASSWORD=PASSWORD) == ["tv"]
