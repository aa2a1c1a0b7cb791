"""Whole plans: names, order, currency and the year that a history lies in change no figure."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.datasets.simulated_channels import sample_history
from tests.support.commands import budgetopt

NAMES = {"search": "z one", "social": "Ä two", "video": "a three"}
PLAIN = {name: name for name in NAMES}
START = date(2025, 9, 1)
MONEY = ("current_spend", "spend", "min_spend", "max_spend")
COUNTS = ("current_conversions", "conversions")


def planned(
    folder: Path, shape: str, names=PLAIN, turned: bool = False, scale: int = 100, days: int = 0
) -> dict[str, dict[str, float]]:
    """Each channel's figures in the plan of a history of three channels, by its plain name.

    Parameters
    ----------
    scale : units of the currency for one of the sample's; its cents are worth next to nothing
    """
    table = sample_history(weeks=84).frame
    table = table[table["channel"].isin(list(NAMES))]
    dates = (pd.to_datetime(table["date"]) + timedelta(days=days)).dt.strftime("%Y-%m-%d")
    money = {name: (table[name] * scale).round(2) for name in ("spend", "revenue")}
    table = table.assign(channel=table["channel"].map(names), date=dates, **money)
    history: dict[str, object] = {"file": "h.csv"}
    if turned:
        table = table[::-1]
    if shape == "mix":
        order = list(dict.fromkeys(table["channel"]))
        sales = table.groupby("date")["conversions"].sum()
        table = table.pivot(index="date", columns="channel", values="spend")[order]
        table = table.assign(sales=sales).reset_index()
        history |= {"shape": "mix", "kpi": "sales", "spend": {name: name for name in order}}
    table.to_csv(folder / "h.csv", index=False)
    first = START + timedelta(days=days)
    scenario = {
        "history": history,
        "period": {"start": str(first), "end": str(first + timedelta(days=29))},
        "budget": "+5%",
        "objective": "conversions",
        "defaults": {"change": ["-30%", "+30%"], "unusable": "free"},
        "channels": {names["search"]: {"min_spend": 80_000 * scale}},
    }
    (folder / "s.yaml").write_text(json.dumps(scenario), encoding="utf-8")
    result = budgetopt("plan", str(folder / "s.yaml"), "--format", "json", "--quiet", "--no-cache")
    assert result.exit_code == 0, result.output
    plain = {name: old for old, name in names.items()}
    return {
        plain[row["channel"]]: {
            **{key: row[key] / scale for key in MONEY},
            **{key: row[key] for key in COUNTS},
        }
        for row in json.loads(result.stdout)["channels"]
    }


def apart(one: dict[str, dict[str, float]], other: dict[str, dict[str, float]]) -> float:
    """The largest relative difference of any figure."""
    pairs = np.array([[one[c][key], other[c][key]] for c in one for key in one[c]])
    return float(np.abs(pairs[:, 0] / pairs[:, 1] - 1.0).max())


@pytest.mark.parametrize("shape", ["tidy", "mix"])
def test_a_plan_depends_on_figures_alone(tmp_path, shape) -> None:
    before = planned(tmp_path, shape)
    other = planned(tmp_path, shape, names=NAMES, turned=True, scale=2_500_000)
    assert apart(before, other) < 1e-6
    again = planned(tmp_path, shape, days=-364)
    # 52 weeks are 364 days: a season by the calendar's weeks begins a day or two apart.
    assert apart(before, again) < (1e-6 if shape == "mix" else 5e-3)
