"""A scenario whose history is exports or a warehouse."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from models.errors import HistoryError, ScenarioError
from models.history.read import read_history
from scenarios.cli import main
from scenarios.definition.scenario import Scenario
from scenarios.sources.named_history import named_history
from tests.models.exports.render import Dialect, rendered, rows


def scenario(workspace: Path, history: str) -> Scenario:
    path = workspace / "plan.yaml"
    path.write_text(f"history: {history}\nbudget: current\n")
    return Scenario.load(path)


def test_a_folder_reads_as_the_imported_file(workspace: Path) -> None:
    target = workspace / "history.csv"
    words = ["import", workspace / "exports", "--channels", workspace / "channels.yaml"]
    result = CliRunner().invoke(main, [*map(str, words), "--level", "channel", "-o", str(target)])
    assert result.exit_code == 0, result.stderr
    imported = read_history(target)
    for written in (
        "{file: exports, exports: {channels: channels.yaml}}",
        "{files: [exports/google.csv, exports/meta.csv], exports: {channels: channels.yaml}}",
    ):
        named = named_history(scenario(workspace, written))
        history = read_history(named.spec)
        pd.testing.assert_frame_equal(history.spend, imported.spend)
        for metric, panel in imported.metrics.items():
            pd.testing.assert_frame_equal(history.metrics[metric], panel)
        assert [one.file for one in named.inputs] == [
            *("exports/google.csv", "exports/meta.csv", "channels.yaml")
        ]
        assert all(len(one.sha256) == 64 for one in named.inputs)


def test_a_list_of_exports_alone(workspace: Path) -> None:
    named = named_history(scenario(workspace, "[exports/google.csv, exports/meta.csv]"))
    history = read_history(named.spec)
    assert history.channels == ("google_ads", "meta")
    assert "exports/meta.csv" in history.notices[2].replace("\\", "/")


def test_plan_and_verify_on_a_folder_of_exports(workspace: Path) -> None:
    scenario(workspace, "{file: exports, exports: {channels: channels.yaml}}")
    plan = workspace / "plan.json"
    made = CliRunner().invoke(main, ["plan", str(workspace / "plan.yaml"), "-o", str(plan)])
    assert made.exit_code == 0, made.stderr
    assert '"channel": "search"' in plan.read_text()
    verified = CliRunner().invoke(main, ["verify", str(plan)])
    assert verified.exit_code == 0, verified.stdout + verified.stderr
    google = workspace / "exports" / "google.csv"
    google.write_bytes(google.read_bytes() + b"\n")
    changed = CliRunner().invoke(main, ["verify", str(plan)])
    assert changed.exit_code == 2
    assert "the history was changed since the plan was made" in changed.stderr


def test_a_warehouse_table(workspace: Path) -> None:
    pytest.importorskip("duckdb")
    lake = workspace / "lake"
    lake.mkdir()
    dialect = Dialect("fivetran", group="")
    (lake / "ads.csv").write_bytes(rendered(rows("Brand", 90, 210), dialect))
    named = named_history(scenario(workspace, "{tables: lake, exports: {channels: channels.yaml}}"))
    history = read_history(named.spec)
    assert history.channels == ("search",)
    (source,) = named.inputs
    assert (source.role, source.sha256) == ("warehouse", history.source.sha256)
    total = sum(row.spend for row in rows("Brand", 90, 210)) / 100
    assert history.spend.to_numpy().sum() == pytest.approx(total)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ("{currency: EUR}", "it names no file. Give it one of file, files, url, tables."),
        ("{file: a.csv, url: x}", "it names both 'file' and 'url'. Keep one."),
        ("{file: a.csv, query: SELECT 1}", "a query needs a database. Name it with 'url'."),
        ("{url: 'sqlite://'}", "the database needs a 'query'. Such as SELECT * FROM ad_report."),
        ("{file: a, exports: {chanels: b}}", "unknown key 'chanels'. Did you mean 'channels'?"),
    ],
)
def test_what_a_scenario_cannot_say(workspace: Path, history: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(workspace, history)
    assert message in str(caught.value)


def test_options_of_the_exports_block(workspace: Path) -> None:
    with pytest.raises(HistoryError, match="--decimal ,: ',' is not one of point, comma"):
        named_history(scenario(workspace, "{file: exports, exports: {decimal: ','}}"))
    written = "{file: exports, exports: {account: {meta.csv: Shop}, rates: {USD: 0.9}}}"
    assert named_history(scenario(workspace, written)).spec.currency == "EUR"
