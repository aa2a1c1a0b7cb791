"""`budgetopt frontier`: whole commands on curves with draws."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import pytest

from models.curves.file import save_curves
from tests.support.commands import budgetopt, refused
from tests.support.scenario_examples import CURVES, with_draws, write

TEXT = "curves: curves.json\nperiod: 2026-12\nbudget: current\ndefaults: {change: [-50%, +50%]}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    save_curves(with_draws(draws=60), "curves.json")
    write(tmp_path, TEXT, "base.yaml")
    return tmp_path


def test_the_mean_falls_and_the_bad_case_rises_along_it(folder: Path) -> None:
    found = json.loads(budgetopt("frontier", "base.yaml", "--format", "json").stdout)
    points = found["points"]
    assert [point["weight"] for point in points] == [0.0, 0.25, 0.5, 0.75, 1.0]
    for one, other in itertools.pairwise(points):
        assert other["expected"] <= one["expected"]
        assert other["bad_case"] >= one["bad_case"]
    today = found["today"]
    assert points[0]["expected"] > today["expected"]
    assert points[-1]["bad_case"] > today["bad_case"]
    for point in points:
        assert sum(point["channels"].values()) == pytest.approx(sum(today["channels"].values()))
        assert point["bad_case"] <= point["expected"]


def test_its_first_plan_is_the_best_on_average_and_its_last_the_surest(folder: Path) -> None:
    found = json.loads(
        budgetopt("frontier", "base.yaml", "--level", "80%", "--format", "json").stdout
    )
    sure = budgetopt(
        "plan", "base.yaml", "--format", "json", "--set", "risk={measure: cvar, level: 80%}"
    )
    risk = json.loads(sure.stdout)["risk"]
    assert found["points"][-1]["bad_case"] == pytest.approx(risk["bad_case"], rel=2e-3)


def test_table_and_rows_say_the_same(folder: Path) -> None:
    arguments = ("frontier", "base.yaml", "--points", "3")
    rows = list(csv.DictReader(io.StringIO(budgetopt(*arguments, "--format", "csv").stdout)))
    table = budgetopt(*arguments).stdout
    assert [row["weight of the bad case"] for row in rows] == ["", "0.0", "0.5", "1.0"]
    for row in rows:
        for name in ("expected", "bad case"):
            assert f"{float(row[name]):,.0f}" in table
    assert "Each figure is a mean over 60 draws of the curves." in table


def test_what_cannot_be_weighed_is_refused(folder: Path) -> None:
    (said,) = refused("frontier", "base.yaml", "--within", "1%")
    assert said == (
        "error: within: the simplest plan is not weighed under draws. "
        "Leave it out: --set within=null."
    )
    assert (
        "'80' is not a percentage from 0% to below 100%"
        in refused("frontier", "base.yaml", "--level", "80")[-1]
    )
    save_curves(CURVES, "curves.json")
    assert "no draws" in refused("frontier", "base.yaml")[0]


def test_without_a_plan_it_leaves_with_3(folder: Path) -> None:
    result = budgetopt("frontier", "base.yaml", "--set", "channels.tv.min_spend=900000")
    assert result.exit_code == 3
    assert "No allocation keeps these rules" in result.stdout
