"""A live PostgreSQL warehouse: summed there, and its password nowhere but in the environment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.exports.combine.combine import combine
from models.exports.options import ReadOptions
from scenarios.cli import main
from scenarios.sources.warehouse import Warehouse, read_warehouse
from tests.scenarios.sources.test_warehouse import by_hand, sums_of, table
from tests.support.postgres import needs_server, running_server

pytestmark = needs_server
PASSWORD = "hunter2:/p@ss%41 word"  # with every mark that means something in a URL
QUERY = "SELECT * FROM marketing.ad_report"


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """A server that asks for the password, with a table as a warehouse types it."""
    pytest.importorskip("psycopg")
    with running_server(PASSWORD) as folder:
        url = sa.URL.create(
            "postgresql+psycopg", "team", PASSWORD, database="postgres", query={"host": str(folder)}
        )
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE SCHEMA marketing"))
        frame = table()
        typed = {
            "date_day": sa.Date(),
            "spend": sa.Numeric(14, 4),
            "conversions": sa.Numeric(14, 4),
            "conversions_value": sa.Numeric(14, 4),
            "clicks": sa.BigInteger(),
        }
        given = frame.assign(date_day=pd.to_datetime(frame["date_day"]).dt.date)
        given.to_sql("ad_report", engine, schema="marketing", index=False, dtype=typed)
        year(240).to_sql("year", engine, schema="marketing", index=False)
        engine.dispose()
        yield folder


def year(days: int) -> pd.DataFrame:
    """Two platforms by day, long enough for a plan."""
    chance = np.random.default_rng(11)
    dates = pd.date_range("2025-01-06", periods=days)
    parts = []
    for name, scale in (("google_ads", 100), ("facebook_ads", 160)):
        spend = (scale * np.exp(np.sin(np.arange(days) / 9) + chance.normal(0, 0.2, days))).round(2)
        conversions = chance.poisson(60 * spend / (spend + scale)).astype(float)
        frame = pd.DataFrame({"date_day": dates, "platform": name, "spend": spend})
        parts.append(frame.assign(conversions=conversions, conversions_value=50.0 * conversions))
    return pd.concat(parts)


def url(server: Path, variable: str = "ADS_PASSWORD") -> str:
    return f"postgresql+psycopg://team:${{{variable}}}@/postgres?host={server}"


def test_it_sums_as_by_hand(server: Path) -> None:
    warehouse = Warehouse(url(server), query=QUERY)
    part = read_warehouse(warehouse, environment={"ADS_PASSWORD": PASSWORD}).part
    assert part is not None
    frame = combine([part], ReadOptions(level="account")).frame
    assert sums_of(frame) == pytest.approx(by_hand(table()))
    assert (part.account.rows_read, part.account.file) == (3000, "warehouse (postgresql+psycopg)")


def test_only_sums_come_over(server: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the server is asked is logged by the driver's own logger: sums, never the rows."""
    with caplog.at_level(logging.INFO, "sqlalchemy.engine"):
        read_warehouse(
            Warehouse(url(server), query=QUERY), (), environment={"ADS_PASSWORD": PASSWORD}
        )
    asked = [record.getMessage() for record in caplog.records if QUERY in record.getMessage()]
    assert len(asked) == 2
    assert asked[0].endswith("WHERE 1 = 0")
    assert "GROUP BY date_day, platform" in asked[1]
    assert "campaign" not in asked[1]


def test_the_password_is_in_no_output_log_or_plan(
    server: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("ADS_PASSWORD", PASSWORD)
    monkeypatch.setenv("BUDGETOPT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    query = "SELECT * FROM marketing.year"
    said = f"history: {{url: '{url(server)}', query: {query}}}\nbudget: current\n"
    Path("plan.yaml").write_text(said)
    with caplog.at_level(logging.DEBUG):
        results = [
            run("plan", "plan.yaml", "-o", "plan.json"),
            run("plan", "plan.yaml", "--debug"),
            run("verify", "plan.json"),
            run("report", "plan.json", "--html", "plan.html", "--xlsx", "plan.xlsx"),
            run("explain", "plan.json"),
        ]
    assert [result.exit_code for result in results] == [0] * len(results), results[0].stderr
    for text in (*(r.stdout + r.stderr for r in results), caplog.text):
        assert_silent(text.encode())
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".yaml", ".json", ".html", ".xlsx"}
    for path in written:
        assert_silent(unpacked(path))
    assert "warehouse (postgresql+psycopg)" in Path("plan.json").read_text()


@pytest.mark.parametrize(
    ("environment", "query", "message"),
    [
        ({"ADS_PASSWORD": f"{PASSWORD}x"}, QUERY, 'password authentication failed for user "team"'),
        ({"ADS_PASSWORD": PASSWORD}, "SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ({"ADS_PASSWORD": PASSWORD}, "SELEKT 1", "cannot be read as SQL"),
    ],
)
def test_what_fails_is_told_without_the_password(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment, query, message
) -> None:
    monkeypatch.setenv("ADS_PASSWORD", environment["ADS_PASSWORD"])
    scenario = tmp_path / "plan.yaml"
    scenario.write_text(f"history: {{url: '{url(server)}', query: {query}}}\nbudget: current\n")
    for words in ((), ("--debug",)):
        result = run("plan", scenario, *words)
        assert result.exit_code == 2
        assert message in result.stderr
        assert_silent((result.stdout + result.stderr).encode())


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def unpacked(path: Path) -> bytes:
    """A file's bytes; of a workbook, those of its parts."""
    import zipfile

    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def assert_silent(content: bytes) -> None:
    for part in ("hunter2", "p@ss", "p%40ss", "%2541"):
        assert part.encode() not in content
