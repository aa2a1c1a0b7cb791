"""`budgetopt frontier --between`: plans between two objectives, against splits tried at random."""

from __future__ import annotations

import csv
import io
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.curves.file import save_curves
from tests.support.commands import budgetopt, refused
from tests.support.scenario_examples import CURVES, write

MARGINS = (0.3, 0.6, 0.4)
TEXT = (
    "curves: curves.json\nperiod: {days: 28}\nbudget: {min: 20000, max: 100000}\n"
    "defaults: {change: [-80%, +80%], extrapolation: free}\n"
    "channels: {search: {margin: 30%}, tv: {margin: 60%}, social: {margin: 40%}}\n"
)
PAIRS = ("revenue,profit", "conversions,revenue", "spend,revenue", "profit,conversions",
         "revenue,spend")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    save_curves(CURVES, "curves.json")
    write(tmp_path, TEXT, "base.yaml")
    return tmp_path


def figures(splits: np.ndarray) -> dict[str, np.ndarray]:
    """What splits over four weeks bring, worked out by hand; spend negated, as less is better."""
    got = np.column_stack([4 * e.curve.response(splits[:, k] / 4) for k, e in enumerate(CURVES)])
    revenue = got * [entry.value_per_conversion or 0.0 for entry in CURVES]
    spend = splits.sum(axis=1)
    return {
        "conversions": got.sum(axis=1), "revenue": revenue.sum(axis=1),
        "profit": (revenue * MARGINS).sum(axis=1) - spend, "spend": -spend,
    }  # fmt: skip


@pytest.fixture(scope="module")
def tried() -> dict[str, np.ndarray]:
    now = np.array([4 * (entry.current_spend or 0.0) for entry in CURVES])
    splits = np.random.default_rng(0).uniform(0.2 * now, 1.8 * now, (40_000, 3))
    spend = splits.sum(axis=1)
    return figures(splits[(spend >= 20_000) & (spend <= 100_000)])


@pytest.mark.parametrize("pair", PAIRS)
def test_no_split_beats_a_plan_in_one_objective_and_matches_it_in_the_other(
    folder: Path, tried: dict[str, np.ndarray], pair: str
) -> None:
    done = budgetopt("frontier", "base.yaml", "--between", pair, "--format", "json")
    found = json.loads(done.stdout)
    first, second = found["between"]
    assert found["between"] == pair.split(",")
    signs = [-1.0 if name == "spend" else 1.0 for name in (first, second)]
    assert len(found["points"]) == 5
    for point in found["points"]:
        own = figures(np.array([list(point["channels"].values())]))
        for name, sign in zip((first, second), signs, strict=True):
            assert point[name] == pytest.approx(sign * own[name][0], rel=1e-6)
        assert sign_less(point[first], point["bound"], signs[0])
        assert point["gap"] <= 1.5e-4
        assert sign_less(point["level"], point[second], signs[1])
        reaching = tried[second] >= signs[1] * point["level"]
        best = tried[first][reaching].max(initial=-np.inf)
        assert best <= signs[0] * point["bound"] + 1e-9 * abs(point["bound"])
    for one, other in itertools.pairwise(found["points"]):
        assert sign_less(other[first], one[first], signs[0])
        assert sign_less(one[second], other[second], signs[1])


def sign_less(one: float, other: float, sign: float) -> bool:
    """Whether one is no better than the other, but for the last digits."""
    return sign * one <= sign * other + 2e-6 * max(abs(one), abs(other))


def test_its_ends_are_the_best_plans_of_each_objective(folder: Path) -> None:
    arguments = ("frontier", "base.yaml", "--between", "revenue,profit", "--format", "json")
    points = json.loads(budgetopt(*arguments).stdout)["points"]
    for name, point in (("revenue", points[0]), ("profit", points[-1])):
        plan = budgetopt("plan", "base.yaml", "--set", f"objective={name}", "--format", "json")
        assert point[name] == pytest.approx(json.loads(plan.stdout)["proposed"][name], rel=2e-4)


def test_table_rows_and_pictures_say_the_same(folder: Path) -> None:
    arguments = ("frontier", "base.yaml", "--between", "spend,revenue", "--points", "3")
    rows = list(csv.DictReader(io.StringIO(budgetopt(*arguments, "--format", "csv").stdout)))
    done = budgetopt(*arguments, "--picture", "f.html")
    assert [row["status"] for row in rows] == ["given", "optimal", "optimal", "optimal"]
    page = (folder / "f.html").read_text(encoding="utf-8")
    for row in rows:
        for name in ("spend", "revenue"):
            assert f"{float(row[name]):,.0f}" in done.stdout
            assert f"{float(row[name]):,.0f}" in page or row["status"] == "given"
    assert "From the first plan to the last:" in done.stdout
    assert budgetopt(*arguments, "--picture", "f.png").exit_code == 0
    assert (folder / "f.png").read_bytes().startswith(b"\x89PNG")


def test_one_plan_that_is_best_for_both_says_so(folder: Path) -> None:
    save_curves(replace(CURVES, channels=CURVES.channels[:1]), "curves.json")
    write(folder, "curves: curves.json\nperiod: {days: 28}\nbudget: 30000\n", "one.yaml")
    table = budgetopt("frontier", "one.yaml", "--between", "revenue,conversions").stdout
    assert "The best plan for revenue is also the best for conversions" in table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--between", "revenue"), "is not two objectives: write e.g. revenue,profit"),
        (("--between", "revenue,revenue"), "is not two objectives"),
        (("--between", "revenue,proft"), "'proft' is no objective: did you mean profit?"),
        (("--between", "revenue,roas"), "roas is a ratio: write revenue,spend"),
        (("--between", "revenue,profit", "--level", "80%"), "does not go with --between"),
        (("--between", "revenue,value"), "the repeat_rate of search, tv, social is not known"),
        (("--between", "spend,revenue", "--budget", "90000"), "all of it has to be spent"),
        (("--between", "revenue,profit", "--within", "1%"), "the simplest plan has one objective"),
        (
            ("--between", "revenue,profit", "--set", "risk={measure: cvar, level: 90%}"),
            "the bad case is an objective of its own",
        ),
    ],
)
def test_what_two_objectives_cannot_be(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in "\n".join(refused("frontier", "base.yaml", *arguments))


def test_without_a_plan_it_leaves_with_3(folder: Path) -> None:
    result = budgetopt(
        "frontier", "base.yaml", "--between", "revenue,profit", "--set",
        "channels.tv.min_spend=900000",
    )  # fmt: skip
    assert result.exit_code == 3
    assert "No allocation keeps these rules" in result.stdout
