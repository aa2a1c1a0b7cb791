"""The same question in other units of money and of conversions, asked by whole commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Exponential, Hill, Logarithmic
from models.curves.file import save_curves
from tests.support.commands import budgetopt
from tests.support.scenario_examples import write

CURVES = CurveSet(
    tuple(
        ChannelCurve(
            name, curve, value_per_conversion=value, current_spend=now, max_observed_spend=2 * now
        )
        for name, curve, value, now in (
            ("search", Hill(900.0, 12_000.0, 0.9), 80.0, 9_000.0),
            ("tv", Hill(700.0, 9_000.0, 3.0), 75.0, 7_000.0),
            ("video", Hill(500.0, 6_000.0, 2.5), 85.0, 4_000.0),
            ("social", Exponential(300.0, 8_000.0), 70.0, 3_000.0),
            ("radio", Logarithmic(120.0, 2_000.0), 60.0, 1_000.0),
        )
    ),
    period_days=7,
)
CAP = 27.0  # money per conversion of both screens together
SHOWN = 1e-8  # a gap below this is shown as this


def ask(folder: Path, money: float, conversions: float, goal: str) -> dict:
    """The plan of the same question with both units changed."""
    entries = tuple(
        replace(
            entry, curve=entry.curve.stretched(money, conversions / money),
            value_per_conversion=(entry.value_per_conversion or 0.0) * money / conversions,
            current_spend=(entry.current_spend or 0.0) * money,
            max_observed_spend=(entry.max_observed_spend or 0.0) * money,
        )
        for entry in CURVES
    )  # fmt: skip
    save_curves(replace(CURVES, channels=entries), folder / "curves.json")
    cap = CAP * money / conversions
    text = (
        f"curves: curves.json\nperiod: {{days: 28}}\nbudget: {80_000 * money:.17g}\n"
        f"objective: {goal}\ndefaults: {{change: [-60%, +60%]}}\n"
        f"groups: {{screen: {{channels: [tv, video], max_cpa: {cap:.17g}}}}}\n"
    )
    write(folder, text, "scaled.yaml")
    done = budgetopt("plan", str(folder / "scaled.yaml"), "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("money", "conversions", "goal"),
    [
        (1e6, 1.0, "conversions"), (1e-6, 1.0, "conversions"), (1.0, 1e12, "revenue"),
        (1.0, 1e-6, "conversions"), (1e6, 1e12, "revenue"), (1e-6, 1e-6, "revenue"),
    ],
)  # fmt: skip
def test_no_unit_changes_a_stated_gap(
    tmp_path: Path, money: float, conversions: float, goal: str
) -> None:
    once, then = (ask(tmp_path, *units, goal) for units in ((1.0, 1.0), (money, conversions)))
    gaps = [found["certificate"]["gap"] for found in (once, then)]
    assert max(gaps) <= 1e-4
    assert gaps[1] == pytest.approx(gaps[0], rel=0.01, abs=SHOWN)
    unit = money if goal == "revenue" else conversions
    values = [found["certificate"]["value"] for found in (once, then)]
    assert values[1] == pytest.approx(unit * values[0], rel=1e-6)
