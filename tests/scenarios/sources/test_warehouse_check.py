"""A warehouse's history at the command line: checked, and what is wrong said in Vietnamese."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenarios.cli import main
from tests.scenarios.sources.test_warehouse import by_hand, table


def checked(folder: Path, history: str, *options: str, **environment: str):
    """`budgetopt check` of a scenario whose history is a warehouse's."""
    path = folder / "plan.yaml"
    path.write_text(f"history: {history}\nbudget: current\n", encoding="utf-8")
    words = ["check", str(path), *options]
    return CliRunner().invoke(main, words, env={"NAME": None, **environment})


def test_check_reads_the_warehouse_that_a_scenario_names(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    table().to_csv(lake / "ads.csv", index=False)
    result = checked(tmp_path, "{tables: lake}", "--grain", "day", "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)["channels"]
    spend = {row["channel"]: row["totals"]["spend"] for row in rows}
    known: dict[str, float] = {}
    for (_, channel), money in by_hand(table()).items():
        known[channel] = known.get(channel, 0) + money
    assert spend == pytest.approx(known)
    refused = checked(tmp_path, "{tables: lake}", "--spend", "cost")
    assert refused.exit_code == 2
    assert "plan.yaml says this itself, under 'history'." in refused.stderr


@pytest.mark.parametrize(
    ("history", "environment", "message"),
    [
        (
            "{url: 'sqlite:///${NAME}.db', query: SELECT 1}",
            {"NAMEN": "x"},
            (
                "history.url: chưa đặt biến môi trường NAME (hiện có NAMEN). "
                "Hãy đặt biến này: export NAME=..."
            ),
        ),
        (
            "{url: 'postgresql+psycopg://ads:hunter2@host/db', query: SELECT 1}",
            {},
            (
                "history.url: có chứa mật khẩu, và mật khẩu sẽ bị lưu lại trong kịch bản và "
                "kế hoạch. Hãy đưa mật khẩu vào biến môi trường: ...:${DB_PASSWORD}@..."
            ),
        ),
        (
            "{url: 'sqlite:///${NAME}.db', query: SELECT * FROM hunter2_ads}",
            {"NAME": "hunter2"},
            (
                "warehouse (sqlite): không đọc được: no such table: ${NAME}_ads. "
                "Hãy kiểm tra lại url và câu truy vấn"
            ),
        ),
        (
            "{url: 'sqlite://', query: 'SELECT 1 AS date_day, 2 AS spend'}",
            {},
            (
                "warehouse (sqlite): không có cột platform và cũng không có cột conversions: "
                "chỉ có 'date_day', 'spend'."
            ),
        ),
        ("{tables: empty}", {}, "empty: không chứa tệp Parquet hay CSV nào"),
    ],
)
def test_what_is_wrong_is_said_in_vietnamese(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    history: str,
    environment: dict[str, str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    sqlite3.connect("hunter2.db").close()
    result = checked(tmp_path, history, "--lang", "vi", **environment)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "hunter2" not in result.output
