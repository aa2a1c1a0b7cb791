"""Limits that hold in so many draws, as a scenario file writes them for each kind of rule."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.curves.file import save_curves
from tests.support.commands import budgetopt, refused
from tests.support.scenario_examples import with_draws, write

HEAD = "curves: curves.json\nperiod: {days: 28}\nbudget: {min: 30000, max: 80000}\n"
HEAD += "defaults: {change: [-70%, +70%], extrapolation: free}\n"
DRAWS = 20
CURVES = with_draws(draws=DRAWS)
# What is written, what it measures from conversions, revenue and spend, and whether it is a floor.
KINDS = {
    "portfolio: {max_cpa: {limit: 24, probability: 90%}}": ("cpa", 24.0, None),
    "portfolio: {min_roas: {limit: 3.6, probability: 80%}}": ("roas", 3.6, None),
    "portfolio: {min_conversions: {limit: 2700, probability: 90%}}": ("conversions", 2700.0, None),
    "portfolio: {min_revenue: {limit: 230000, probability: 75%}}": ("revenue", 230000.0, None),
    "channels: {tv: {max_cpa: {limit: 40, probability: 90%}}}": ("cpa", 40.0, "tv"),
    "channels: {tv: {min_roas: {limit: 3.1, probability: 90%}}}": ("roas", 3.1, "tv"),
    "channels: {tv: {min_conversions: {limit: 600, probability: 80%}}}": (
        "conversions", 600.0, "tv"),
    "groups: {g: {channels: [tv, social], min_revenue: {limit: 150000, probability: 90%}}}": (
        "revenue", 150000.0, "tv social"),
    "minimise: spend\ntarget: {conversions: 2500, probability: 80%}": (
        "conversions", 2500.0, None),
    "minimise: spend\ntarget: {revenue: 200000, probability: 90%}": ("revenue", 200000.0, None),
}  # fmt: skip


def measured(what: str, names: list[str], spend: dict[str, float]) -> np.ndarray:
    """The measure in every draw, worked out from the draws by hand."""
    conversions, revenue, money = np.zeros(DRAWS), np.zeros(DRAWS), 0.0
    for entry in CURVES:
        if entry.channel in names:
            paid = spend[entry.channel]
            got = np.array([4 * float(draw.response(paid / 4)) for draw in entry.draws])
            conversions, money = conversions + got, money + paid
            revenue = revenue + got * (entry.value_per_conversion or 0.0)
    return {
        "cpa": money / np.maximum(conversions, 1e-12), "roas": revenue / max(money, 1e-12),
        "conversions": conversions, "revenue": revenue,
    }[what]  # fmt: skip


@pytest.mark.parametrize("written", KINDS)
def test_a_limit_holds_in_so_many_draws(tmp_path: Path, monkeypatch, written: str) -> None:
    monkeypatch.chdir(tmp_path)
    save_curves(CURVES, "curves.json")
    write(tmp_path, f"{HEAD}{written}\n", "sure.yaml")
    done = budgetopt("plan", "sure.yaml", "--format", "json")
    assert done.exit_code == 0, done.stderr
    plan = json.loads(done.stdout)
    what, limit, of = KINDS[written]
    names = of.split() if of else list(CURVES.names)
    spend = {row["channel"]: row["spend"] for row in plan["channels"]}
    values = measured(what, names, spend)
    keeps = values <= limit * (1 + 1e-6) if what == "cpa" else values >= limit * (1 - 1e-6)
    share = float(written.rpartition("probability: ")[2].partition("%")[0]) / 100
    assert keeps.mean() >= share - 1e-9
    (rule,) = [line for line in plan["rules"] if line["probability"] == share]
    assert rule["limit"] == limit
    assert plan["certificate"]["gap"] <= 1.1e-3


def test_a_probability_is_a_percentage_and_both_keys_are_needed(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_curves(CURVES, "curves.json")
    for written in ("{limit: 24, probability: 0.9}", "{probability: 90%}", "{limit: 24, sure: 1}"):
        write(tmp_path, f"{HEAD}portfolio: {{max_cpa: {written}}}\n", "sure.yaml")
        assert "max_cpa" in refused("plan", "sure.yaml")[0]
