"""A warehouse's table as a history: summed there, the secrets of its connection nowhere."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks.warehouse import FILES, cents, write_lake
from models.errors import HistoryError
from models.exports.combine.combine import combine, read_exports
from models.exports.combine.sums import sums
from models.exports.options import ReadOptions
from scenarios.cli import main
from scenarios.sources.databases import table_files
from scenarios.sources.secrets import expanded, without
from scenarios.sources.warehouse import Warehouse, read_warehouse

sqlalchemy = pytest.importorskip("sqlalchemy")
pytest.importorskip("duckdb")
ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "models" / "exports" / "golden"
FIVETRAN = GOLDEN / "fivetran" / "campaign_report.csv"


def table(rows: int = 3000) -> pd.DataFrame:
    """Ads of two platforms, several rows per day and campaign; a few measures are blank."""
    chance = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "date_day": pd.date_range("2025-01-01", periods=60).strftime("%Y-%m-%d")[
                chance.integers(0, 60, rows)
            ],
            "platform": np.array(["google_ads", "facebook_ads"])[chance.integers(0, 2, rows)],
            "account_id": "1",
            "campaign_id": chance.integers(1, 5, rows).astype(str),
            "campaign_name": "Campaign",
            "spend": chance.integers(0, 10_000, rows) / 100,
            "conversions": chance.integers(0, 50, rows).astype(float),
            "conversions_value": chance.integers(0, 10_000, rows) / 4,
            "clicks": chance.integers(0, 100, rows),
            "impressions": chance.integers(0, 10_000, rows),
        }
    )
    frame.loc[::100, "conversions"] = np.nan
    return frame


def by_hand(frame: pd.DataFrame) -> dict[tuple, float]:
    """The oracle: sums by day and platform, added up one by one."""
    ours = {"google_ads": "google_ads", "facebook_ads": "meta"}
    money: dict[tuple, int] = {}
    for row in frame.itertuples():
        key = (row.date_day, ours[str(row.platform)])
        money[key] = money.get(key, 0) + round(100 * float(str(row.spend)))
    return {key: cents / 100 for key, cents in money.items()}


def found(warehouse: Warehouse, **environment: str) -> pd.DataFrame:
    part = read_warehouse(warehouse, environment=environment).part
    assert part is not None
    return combine([part], ReadOptions(level="account")).frame


def sums_of(frame: pd.DataFrame) -> dict[tuple, float]:
    days = frame["date"].dt.strftime("%Y-%m-%d").tolist()
    keys = zip(days, frame["platform"].tolist(), strict=True)
    return dict(zip(keys, frame["spend"].tolist(), strict=True))


@pytest.fixture
def database(tmp_path: Path) -> Warehouse:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/ads.db")
    table().to_sql("report", engine, index=False)
    engine.dispose()
    return Warehouse(f"sqlite:///{tmp_path}/${{NAME}}.db", query="SELECT * FROM report;")


def test_a_database_sums_as_by_hand(database: Warehouse) -> None:
    assert sums_of(found(database, NAME="ads")) == pytest.approx(by_hand(table()))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_folder_of_files_sums_as_by_hand(tmp_path: Path, suffix: str) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    pieces = np.array_split(np.arange(3000), 4)
    for number, rows in enumerate(pieces):
        piece, path = table().iloc[rows], tmp_path / f"{number}.{suffix}"
        piece.to_csv(path, index=False) if suffix == "csv" else piece.to_parquet(path)
    expected = by_hand(table())
    assert sums_of(found(Warehouse(files=tmp_path))) == pytest.approx(expected)
    assert sums_of(found(Warehouse(files=tmp_path / f"*.{suffix}"))) == pytest.approx(expected)
    google = Warehouse(files=tmp_path, query="SELECT * FROM history WHERE platform = 'google_ads'")
    only = {key: money for key, money in expected.items() if key[1] == "google_ads"}
    assert sums_of(found(google)) == pytest.approx(only)


def test_a_duckdb_file(tmp_path: Path) -> None:
    import duckdb

    frame = table()
    with duckdb.connect(str(tmp_path / "ads.duckdb")) as connection:
        connection.register("given", frame)
        connection.sql("CREATE TABLE report AS SELECT * FROM given")
    url, query = f"duckdb:///{tmp_path}/ads.duckdb", "SELECT * FROM report"
    assert sums_of(found(Warehouse(url, query=query))) == pytest.approx(by_hand(frame))
    held = found(Warehouse("${WHOLE_URL}", query=query), WHOLE_URL=url)
    assert sums_of(held) == pytest.approx(by_hand(frame))


def test_the_same_table_as_a_file_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(FIVETRAN.read_bytes())
    part = read_warehouse(Warehouse(files=tmp_path)).part
    assert part is not None
    assert combine([part], ReadOptions()).frame.equals(read_exports([FIVETRAN]).frame)
    assert "1 rows with blank conversions, counted as none" in part.account.notices
    assert (part.account.rows_read, part.account.rows_kept) == (6, 6)


def test_a_tidy_table_is_summed_by_channel(tmp_path: Path) -> None:
    rows = [
        (f"2026-08-{day:02}", channel, 1.5 * day, day)
        for day, channel, _ in itertools.product((1, 2), ("search", "tv"), range(3))
    ]
    frame = pd.DataFrame(rows, columns=["Date", "Channel", "Spend", "Conversions"])
    frame.to_csv(tmp_path / "tidy.csv", index=False)
    tidy = read_warehouse(Warehouse(files=tmp_path)).tidy
    assert tidy is not None
    assert tidy.to_dict("list") == {
        "date": [pd.Timestamp(2026, 8, day) for day in (1, 1, 2, 2)],
        "channel": ["search", "tv"] * 2,
        "spend": [4.5, 4.5, 9.0, 9.0],
        "conversions": [3.0, 3.0, 6.0, 6.0],
    }


def test_sums_of_databases_that_count_in_decimals() -> None:
    frame = pd.DataFrame({"spend": [Decimal("1.10"), None, Decimal("2.25")]}, dtype=object)
    assert sums(frame, "spend", "table").tolist() == [1.1, 0, 2.25]


def test_secrets_appear_in_no_message(database: Warehouse, tmp_path: Path) -> None:
    hidden = Warehouse(database.url, query="SELECT * FROM secret_ads")
    with pytest.raises(HistoryError) as caught:
        read_warehouse(hidden, environment={"NAME": "ads"})
    assert str(caught.value) == (
        "warehouse (sqlite): cannot be read: no such table: secret_${NAME}. "
        "Check the url and the query"
    )
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("warehouse", "message"),
    [
        (
            Warehouse("postgresql+psycopg://ads:${DB_PASWORD}@host/db", query="SELECT 1"),
            (
                "history.url: the environment variable DB_PASWORD is not set (there is "
                "DB_PASSWORD). Set it: export DB_PASWORD=..."
            ),
        ),
        (
            Warehouse("postgresql+psycopg://ads:hunter2@host/db", query="SELECT 1"),
            (
                "history.url: holds a password, which would be kept in scenarios and plans. Put it "
                "into an environment variable: ...:${DB_PASSWORD}@..."
            ),
        ),
        (
            Warehouse("snowflake://ads@host/db?token=abc", query="SELECT 1"),
            "history.url: holds a password,",
        ),
        (
            Warehouse("nonsense://host/db", query="SELECT 1"),
            "history.url: 'nonsense' is no database that is known here. Known are bigquery, ",
        ),
        (
            Warehouse("duckdb:///no/such.db", query="SELECT 1"),
            "history.url: there is no file 'no/such.db'. Write duckdb:///FILE",
        ),
        (
            Warehouse("sqlite://", query="SELECT 1 AS a, 2 AS b"),
            (
                "warehouse (sqlite): has no column date_day and no column platform and no column "
                "spend and no column conversions: it has 'a', 'b'. Name columns as Fivetran's"
            ),
        ),
        (
            Warehouse(
                "sqlite://",
                query="SELECT 'soon' AS date_day, 'x' AS platform, 1 AS spend, 2 AS conversions",
            ),
            "warehouse (sqlite), column date: 'soon' is no day",
        ),
        (
            Warehouse(
                "sqlite://",
                query="SELECT '2026-08-01' AS date, 'tv' AS channel, 1 AS spend, 2 AS conversions "
                "WHERE 1 = 0",
            ),
            "warehouse (sqlite): has no rows",
        ),
    ],
    ids=lambda value: str(value.url)[:12] if isinstance(value, Warehouse) else "",
)
def test_what_is_refused(warehouse: Warehouse, message: str) -> None:
    with pytest.raises(HistoryError) as caught:
        read_warehouse(warehouse, environment={"DB_PASSWORD": "hunter2"})
    assert str(caught.value).startswith(message)
    assert "hunter2" not in str(caught.value)


def test_a_password_from_the_environment_is_no_fault() -> None:
    url = "postgresql+psycopg://ads:${DB_PASSWORD}@host/db?sslmode=require"
    assert expanded(url, {"DB_PASSWORD": "p@ss"}) == (
        "postgresql+psycopg://ads:p%40ss@host/db?sslmode=require",
        {"${DB_PASSWORD}": "p@ss"},
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ads:hunt@er2@host/db", 'no host "er2@host", password hunt'),
        ("postgresql://ads:hunter2@host/db", "no entry for ads:hunter2"),
        ("postgresql://ads:hunt%2Fer2@host/db", "hunt/er2 is wrong, and so is hunt%2Fer2"),
        ("snowflake://host/db?role=r&token=hunter2", "401: hunter2"),
    ],
)
def test_passwords_of_a_whole_url_appear_in_no_message(url: str, said: str) -> None:
    _, secrets = expanded("${ADS_DATABASE_URL}", {"ADS_DATABASE_URL": url})
    shown = without(secrets, f"{said} ({url})")
    assert "hunt" not in shown
    assert "er2" not in shown
    assert shown.endswith("(${ADS_DATABASE_URL})")


def test_a_plan_and_its_page_hold_no_secret(tmp_path: Path) -> None:
    frame = table(6000).assign(currency="EUR")
    days = pd.date_range("2024-01-01", periods=400).strftime("%Y-%m-%d")
    frame["date_day"] = days[np.random.default_rng(1).integers(0, 400, len(frame))]
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/hunter2.db")
    frame.to_sql("report", engine, index=False)
    engine.dispose()
    scenario = tmp_path / "plan.yaml"
    url = f"sqlite:///{tmp_path}/${{DB_PASSWORD}}.db"
    scenario.write_text(
        f"history: {{url: '{url}', query: SELECT * FROM report}}\nbudget: current\n"
    )
    environment = {"DB_PASSWORD": "hunter2", "BUDGETOPT_CACHE": str(tmp_path / "cache")}
    plan, page = tmp_path / "plan.json", tmp_path / "plan.html"
    for words in (
        ["plan", scenario, "-o", plan],
        ["report", plan, "--html", page],
        ["fit", scenario],
    ):
        done = CliRunner().invoke(main, list(map(str, words)), env=environment)
        assert done.exit_code == 0, done.output
        assert "hunter2" not in done.output
    written = [file for file in tmp_path.rglob("*") if file.suffix != ".db" and file.is_file()]
    assert {plan, page} < set(written)
    assert [file for file in written if b"hunter2" in file.read_bytes()] == []


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="holds no Parquet or CSV files"):
        table_files(tmp_path)
    (tmp_path / "a.csv").write_text("a\n")
    (tmp_path / "b.parquet").write_text("")
    with pytest.raises(HistoryError, match=r"holds files of several kinds \(.csv, .parquet\)"):
        table_files(tmp_path)


def test_dates_that_duckdb_would_guess_at_are_refused(tmp_path: Path) -> None:
    table(50).assign(date_day="01/02/2026").to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(HistoryError, match="column date: '01/02/2026' is no day"):
        read_warehouse(Warehouse(files=tmp_path))


def test_a_table_larger_than_the_memory_it_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that would take over three times the limit are summed, and to the cent."""
    rows = 600_000
    write_lake(tmp_path, rows, "parquet")
    monkeypatch.setattr("scenarios.sources.databases.MEMORY", "24MB")
    held = pd.read_parquet(tmp_path / "0.parquet").memory_usage(deep=True).sum() * FILES
    assert held > 3 * 24e6
    part = read_warehouse(Warehouse(files=tmp_path), ()).part
    assert part is not None
    assert part.account.rows_read == rows
    assert len(part.frame) < 5_000
    assert round(100 * part.frame["spend"].sum()) == cents(rows)
