"""`check`, `fit` and a scenario on exports as they come, without an import before."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from models.diagnostics.anomalies import suspect
from models.diagnostics.day_weights import weights
from models.fit.side_tables import read_weights
from models.history.read import read_history
from scenarios.cli import main
from tests.models.exports.render import FIRST, Dialect, Row, rendered, rows
from tests.models.exports.test_import_command import GOLDEN


@pytest.fixture(autouse=True)
def inside(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def channels(result: Result) -> dict[str, float]:
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    return {one["channel"]: round(one["totals"]["spend"], 2) for one in told["channels"]}


def money(scale: int) -> float:
    return sum(row.spend for row in rows("x", scale, 210)) / 100


def test_a_folder_several_files_and_one(workspace: Path) -> None:
    json_ = ("--grain", "day", "--format", "json")
    both = {"google_ads": money(90), "meta": money(140)}
    assert channels(run("check", "exports", *json_)) == both
    assert channels(run("check", "exports/google.csv", "exports/meta.csv", *json_)) == both
    assert channels(run("check", "exports/meta.csv", *json_)) == {"meta": money(140)}
    named = run("check", "exports", "--channels", "channels.yaml", *json_)
    assert channels(named) == {"search": money(90), "social": money(140)}


def test_a_scenario_takes_one_export_as_it_is(workspace: Path) -> None:
    from scenarios.definition.scenario import Scenario
    from scenarios.sources.named_history import named_history

    (workspace / "plan.yaml").write_text("history: exports/meta.csv\nbudget: current\n")
    named = named_history(Scenario.load(workspace / "plan.yaml"))
    history = read_history(named.spec, grain="day")
    assert history.channels == ("meta",)
    assert history.spend.to_numpy().sum() == pytest.approx(money(140))
    assert [one.file for one in named.inputs] == ["exports/meta.csv"]


def test_a_fit_of_a_folder_is_the_fit_of_its_import(workspace: Path) -> None:
    assert run("import", "exports", "--level", "channel", "-o", "history.csv").exit_code == 0
    quick = ("--draws", 0, "--no-holdout", "--no-cache", "--family", "hill", "--format", "json")
    curves = [
        json.loads(run("fit", name, *quick).stdout)["channels"]
        for name in ("exports", "history.csv")
    ]
    assert curves[0] == curves[1]


def test_a_history_is_not_taken_for_an_export(workspace: Path) -> None:
    for head in ("date,channel,spend,conversions", "Day;Platform;Cost;Conversions"):
        mark = ";" if ";" in head else ","
        lines = [head] + [f"2026-08-{day:02},tv,10.5,2".replace(",", mark) for day in (1, 2)]
        Path("history.csv").write_text("\n".join(lines))
        assert channels(run("check", "history.csv", "--format", "json")) == {"tv": 21.0}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["exports", "--kpi", "orders"],
            (
                "error: --kpi: speaks of a history's own columns; those of exports and warehouses "
                "are known. Leave it out."
            ),
        ),
        (
            ["exports", "--control", "price", "--shape", "mix"],
            "error: --shape: speaks of a history's own columns;",
        ),
        (["exports", "--decimal", "b.csv=comma"], "error: --decimal b.csv=comma: no file 'b.csv'"),
        (
            ["history.csv", "--currency", "meta.csv=EUR"],
            "Error: --currency meta.csv=...: only history.csv is read.",
        ),
        (["history.csv", "--decimal", "dot"], "Error: --decimal dot: write point or comma."),
        ([], "Error: Missing argument 'HISTORY...'."),
    ],
)
def test_options_that_do_not_fit_the_files(workspace: Path, words: list[str], message: str) -> None:
    Path("history.csv").write_text("date,channel,spend,conversions\n2026-08-01,tv,1,1\n")
    result = run("check", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_options_of_a_history_are_the_same_words(workspace: Path) -> None:
    text = "date;channel;spend;conversions\n01/08/2026;tv;10,5;2\n02/08/2026;tv;1,5;2\n"
    Path("history.csv").write_bytes(text.encode("utf-16-le"))
    words = ("--date-format", "DD/MM/YYYY", "--decimal", "comma", "--encoding", "utf-16-le")
    result = run("check", "history.csv", *words, "--currency", "eur", "--format", "json")
    assert channels(result) == {"tv": 12.0}
    assert json.loads(result.stdout)["currency"] == "EUR"


def test_the_reconciliation_in_vietnamese(workspace: Path) -> None:
    result = run("import", "exports", "--lang", "vi")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "số báo cáo: 2, số dòng lịch sử: 420, EUR" in told
    assert "meta.csv: 210 / 420 dòng: dòng tổng của chính báo cáo" in told
    assert "dấu chấm phẩy, dấu phẩy thập phân, ngày DMY, mỗi dòng một chiến dịch và ngày" in told
    shutil.copy(GOLDEN / "ga4" / "en.csv", "alone.csv")
    result = run("import", "alone.csv", "--lang", "vi")
    assert result.stderr == (
        "error: các tệp: không có báo cáo nào có chi tiêu, chỉ có của GA4. "
        "Hãy thêm báo cáo của chính các nền tảng\n"
    )


def test_days_that_look_wrong_become_weights(workspace: Path) -> None:
    broken = [
        row if not 100 <= day < 104 else Row(row.day, row.campaign, row.spend, 0, 0, 900, 90)
        for day, row in enumerate(rows("Brand", 90, 210))
    ]
    first, last = broken[100].day, broken[103].day
    Path("exports/google.csv").write_bytes(rendered(broken, Dialect("google_ads")))
    result = run("check", "exports", "--weights", "weights.csv")
    assert result.exit_code == 0, result.stderr
    assert "wrote weights.csv" in result.stderr
    told = " ".join(result.stdout.split())
    assert f"is the tracking broken? (weight 0.0 from {first} to {last})" in told
    with Path("weights.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["channel"], row["start"], row["end"]) == ("google_ads", str(first), str(last))
    (span,) = read_weights("weights.csv")
    assert (span.channel, span.first, span.last, span.weight) == ("google_ads", first, last, 0.0)
    assert run("import", "exports", "--level", "channel", "-o", "history.csv").exit_code == 0
    history = read_history("history.csv", grain="day")
    pd.testing.assert_frame_equal(weights([span], history), weights(suspect(history), history))


def test_a_changed_attribution_setting_of_an_export_is_flagged(workspace: Path) -> None:
    lines = Path("exports/meta.csv").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Day;") or ";" in line)
    changed = [f"{lines[at]};Attribution setting"]
    for line in lines[at + 1 :]:
        early = pd.Timestamp(2025, 5, 1)
        day = pd.to_datetime(line.split(";")[0], format="%d/%m/%Y", errors="coerce")
        changed.append(f"{line};{'7-day click' if day < early else '1-day click'}")
    Path("exports/meta.csv").write_text("\n".join([*lines[:at], *changed]) + "\n")
    result = run("check", "exports", "--format", "json")
    assert result.exit_code == 0, result.stderr
    (flag,) = (flag for flag in json.loads(result.stdout)["flags"] if flag["kind"] == "setting")
    assert (flag["first"], flag["last"], flag["weight"]) == (str(FIRST), "2025-04-30", 0.5)
    assert flag["reason"] == (
        "the attribution setting of meta changes from '7-day click' to '1-day click' on 2025-05-01"
    )
    assert date.fromisoformat(flag["last"]) < date(2025, 5, 1)
    shown = " ".join(run("check", "exports").stdout.split())
    assert shown.count("the attribution setting of meta changes") == 1
