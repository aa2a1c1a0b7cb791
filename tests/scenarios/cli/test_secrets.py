"""Passwords in URLs: refused where they would be kept, shown nowhere, read from the environment."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from models.datasets.simulated_channels import sample_history
from scenarios.cli import main
from tests.support.commands import budgetopt

SECRET = "hunter2"
URL = f"postgresql://ads:{SECRET}@host/db"
PLAN = "history: h.csv\nbudget: current\nperiod: {days: 28}\n"
QUERY = "query: SELECT * FROM report"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with a history of two channels and a scenario on it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BUDGETOPT_CACHE", str(tmp_path / "cache"))
    table().to_csv("h.csv", index=False)
    Path("s.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def table() -> pd.DataFrame:
    frame = sample_history(weeks=60).frame
    frame = frame[frame["channel"].isin(["search", "video"])]
    return frame[["date", "channel", "spend", "conversions"]]


@pytest.mark.parametrize(
    "words",
    [
        URL,
        f"--nonsense={URL}",
        f"plan {URL}",
        f"plan s.yaml --nonsense {URL}",
        f"plan s.yaml --set history.url={URL}",
        f"plan s.yaml --set history={URL}",
        f"plan s.yaml --set history.files=[{URL}]",
        f"plan s.yaml --set history.password={SECRET}",
        f"plan s.yaml --set budget={URL}",
        f"plan s.yaml --budget {URL}",
        f"plan s.yaml --within {URL}",
        f"plan s.yaml --lang {URL}",
        f"plan s.yaml --time-limit {URL}",
        f"plan s.yaml --output {URL}",
        f"compare s.yaml --set history.url={URL} --as {URL}",
        f"compare s.yaml --set history.url={URL}",
        f"sweep s.yaml --budget {URL}",
        f"evaluate s.yaml --allocation search={URL}",
        f"evaluate s.yaml --allocation {URL}",
        f"check {URL}",
        f"check h.csv --decimal {URL}",
        f"fit {URL}",
        f"fit h.csv --lift-tests {URL}",
        f"backtest {URL}",
        f"import {URL}",
        f"curves import {URL}",
        f"report {URL}",
        f"explain {URL}",
        f"diff {URL} {URL}",
        f"verify {URL}",
        f"track {URL} {URL}",
        f"roll {URL}",
        f"register submit {URL}",
        f"register list --register {URL}",
        f"register list --register postgresql://host/db?password={SECRET}",
        f"batch {URL} --query x --scenario s.yaml --output out",
        f"batch {URL} --scenario s.yaml --output out",
        f"batch h.csv --scenario s.yaml --output s3://me:{SECRET}@bucket/x",
        f"batch h.csv --scenario s.yaml --output memory://bucket/x?secret_key={SECRET}",
        f"batch h.csv --scenario s.yaml --output out --engine dask --scheduler tls://a:{SECRET}@h",
        f"register list --register mysql://host/db?passwd={SECRET}",
    ],
)
def test_no_error_quotes_a_password(folder, words) -> None:
    result = budgetopt(*words.split(" "))
    assert result.exit_code == 2
    assert SECRET not in result.output
    assert {path.name for path in folder.iterdir()} <= {"h.csv", "s.yaml", "cache"}


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"postgresql://host/db?user=ads&password={SECRET}",
        f"postgresql://host/db?sslpassword={SECRET}",
        f"snowflake://ads@host/db?token={SECRET}",
        f"mssql+pyodbc://?odbc_connect=DRIVER%3DX%3BPWD%3D{SECRET}",
        f"duckdb:///h.duckdb?motherduck_token={SECRET}",
        f"postgresql://ads:{SECRET}${{MORE}}@host/db",
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        *("plan s.yaml", "check s.yaml", "fit s.yaml", "backtest s.yaml", "compare s.yaml t.yaml"),
        *("sweep s.yaml --budget 1k:2k:2", "next s.yaml --amount 10", "frontier s.yaml"),
        *("evaluate s.yaml --allocation search=1,video=1", "roll s.yaml --output next.yaml"),
    ],
)
def test_a_scenario_that_holds_a_password_is_refused(folder, command, url) -> None:
    for name in ("s.yaml", "t.yaml"):
        text = f"history: {{url: '{url}', {QUERY}}}\nbudget: current\nperiod: 2026-02\n"
        Path(name).write_text(text, encoding="utf-8")
    result = budgetopt(*command.split())
    assert result.exit_code == 2
    assert "history.url: holds a password, which would be kept" in result.stderr
    assert SECRET not in result.output
    assert not (folder / "next.yaml").exists()


def test_a_variable_of_the_environment_may_hold_the_registers_password(folder, monkeypatch) -> None:
    monkeypatch.setenv("BUDGETOPT_REGISTER", "postgresql://ads:hunt@er2@no.such.host.invalid/db")
    told = CliRunner().invoke(main, ["--debug", "register", "list"])
    assert told.exit_code == 1
    assert "Traceback" in told.output
    assert "hunt" not in told.output
    assert "er2" not in told.output
    monkeypatch.setenv("BUDGETOPT_REGISTER", "unused")
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    url = "postgresql://ads:${DB_PASSWORD}@no.such.host.invalid/db?application_name=${DB_PASSWORD}"
    told = budgetopt("register", "list", "--register", url)
    assert told.exit_code == 1
    assert told.stderr.startswith("error: postgresql://ads:${DB_PASSWORD}@no.such.host.invalid/db")
    assert SECRET not in told.output
    missing = budgetopt("register", "list", "--register", "postgresql://a:${NO_SUCH_ONE}@h/d")
    assert missing.exit_code == 2
    assert "--register: the environment variable NO_SUCH_ONE is not set" in missing.stderr


def test_what_commands_write_holds_no_secret(folder, monkeypatch) -> None:
    """From a database through fit, plan, report and register: every byte that is written."""
    (folder / "h.csv").unlink()
    base = folder / f"{SECRET}.db"
    with sqlite3.connect(base) as connection:
        table().to_sql("report", connection, index=False)
    connection.close()
    monkeypatch.setenv("ADS_DATABASE_URL", f"sqlite:///{base.as_posix()}")
    monkeypatch.setenv("REGISTER", f"{folder.as_posix()}/register.sqlite")
    scenario = f"history: {{url: '${{ADS_DATABASE_URL}}', {QUERY}}}\nbudget: current\n"
    Path("s.yaml").write_text(scenario + "period: {days: 28}\n", encoding="utf-8")
    Path("t.yaml").write_text(scenario + "period: 2026-02\n", encoding="utf-8")
    for words in (
        "check s.yaml --output check.json",
        "fit s.yaml --output curves.json --draws 20",
        "plan s.yaml --output plan.json",
        "compare s.yaml t.yaml --output compare.json",
        "evaluate s.yaml --allocation search=1000,video=1000 --output split.json",
        "roll t.yaml --output march.yaml",
        "report plan.json --xlsx plan.xlsx --html plan.html --markdown plan.md",
        "explain plan.json",
        "register submit plan.json --register ${REGISTER}",
        "register list --register ${REGISTER}",
        "register export 1 --register ${REGISTER} --output e.csv",
    ):
        result = budgetopt(*words.split())
        assert SECRET not in result.output, words
        assert result.exit_code == 0 or "approved" in result.stderr, (words, result.output)
    written = [path for path in folder.rglob("*") if path.is_file() and path != base]
    assert len(written) >= 13
    for path in written:
        assert SECRET.encode() not in path.read_bytes(), path
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                assert not any(SECRET.encode() in book.read(part) for part in book.namelist())
