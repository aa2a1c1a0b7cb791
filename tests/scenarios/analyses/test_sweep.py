"""The optimum over a range, and for a little more and less money."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path

import pytest

from models.curves.file import save_curves
from models.errors import ScenarioError
from scenarios.analyses.next_money import increment
from scenarios.analyses.next_money import to_json as increment_json
from scenarios.analyses.sweep import Sweep, split_settings, sweep, to_json, to_rows
from scenarios.definition.scenario import Scenario
from scenarios.plan.csv_text import csv_text
from scenarios.planning import Evidence, run
from scenarios.report.terminal.next_money import increment_report
from scenarios.report.terminal.sweep import sweep_report
from tests.support.scenario_examples import CURVES, write

BASE = "curves: curves.json\nperiod: {days: 28}\nbudget: current\n"
EVIDENCE = Evidence(CURVES, None, ())


def swept(folder: Path, *settings: str, text: str = BASE) -> Sweep:
    fixed, axes = split_settings(settings)
    return sweep(Scenario.load(write(folder, text), fixed), axes, EVIDENCE)


def test_each_point_is_the_plan_of_its_scenario(tmp_path) -> None:
    save_curves(CURVES, tmp_path / "curves.json")
    found = swept(tmp_path, "budget=60k:0.12M:4")
    assert found.axes[0].values == (60_000, 80_000, 100_000, 120_000)
    for point in found.points:
        scenario = Scenario.load(tmp_path / "plan.yaml", [f"budget={point.at[0]}"])
        plan = run(scenario)
        assert plan.certificate is not None
        assert point.figure("revenue") == pytest.approx(plan.certificate.value, rel=1e-9)
        assert sum(point.spend.values()) == pytest.approx(point.at[0], rel=1e-9)


def test_more_money_brings_more_and_each_unit_less(tmp_path) -> None:
    """On concave curves the frontier is concave, and its slope is the price of the budget."""
    found = swept(tmp_path, "budget=60000:140000:9")
    revenue = [point.figure("revenue") or 0.0 for point in found.points]
    prices = [point.price or 0.0 for point in found.points]
    assert revenue == sorted(revenue)
    assert prices == sorted(prices, reverse=True)
    for (high, low), (before, after) in zip(pairwise(prices), pairwise(revenue), strict=True):
        slope = (after - before) / 10_000
        assert low * (1 - 1e-3) <= slope <= high * (1 + 1e-3)


def test_percentages_and_fixed_settings(tmp_path) -> None:
    found = swept(tmp_path, "budget=-20%:+20%:3", "channels.tv.locked=true")
    assert found.axes[0].values == pytest.approx((-0.2, 0.0, 0.2))
    spends = [sum(point.spend.values()) for point in found.points]
    assert spends == pytest.approx([64_000, 80_000, 96_000])
    assert {round(point.spend["tv"], 6) for point in found.points} == {28_000}


def test_where_rules_begin_and_cease_to_bind(tmp_path) -> None:
    text = BASE + "channels: {search: {max_spend: 50000}, tv: {min_spend: 20000}}\n"
    found = swept(tmp_path, "budget=50k:150k:21", text=text)
    for rule, first, last in found.changes():
        binding = [point.at[0] for point in found.points if point.spend and rule in point.binding]
        assert (first or found.points[0].at[0]) == binding[0]
        if last is not None:
            assert last == binding[-1]
    rules = {rule for rule, _, _ in found.changes()}
    assert "channels.search.max_spend" in rules


def test_points_without_a_plan_stay_in_their_place(tmp_path) -> None:
    found = swept(tmp_path, "budget=100k:400k:7")
    states = [point.allocation.status for point in found.points]
    assert states == ["optimal"] * 2 + ["infeasible"] * 5
    reasons = [point.reason for point in found.points]
    # To say why costs many solves, so that only the first speak.
    assert [bool(reason) for reason in reasons] == [False] * 2 + [True] * 2 + [False] * 3
    rows = list(csv.DictReader(io.StringIO(csv_text(to_rows(found)))))
    assert [row["status"] for row in rows] == states
    assert rows[0]["spend tv"] != ""
    assert rows[-1]["spend tv"] == ""


def test_a_grid_holds_every_pair(tmp_path) -> None:
    found = swept(tmp_path, "budget=60k:100k:3", "channels.tv.max_spend=10k:20k:2")
    assert [point.at for point in found.points] == [
        (budget, cap) for budget in (60_000, 80_000, 100_000) for cap in (10_000, 20_000)
    ]
    values = [point.figure("revenue") or 0.0 for point in found.points]
    # A looser cap never brings less.
    assert all(
        loose >= tight - 1e-6 for tight, loose in zip(values[::2], values[1::2], strict=True)
    )
    document = json.loads(to_json(found))
    assert [axis["key"] for axis in document["axes"]] == ["budget", "channels.tv.max_spend"]
    assert len(document["points"]) == 6
    assert sweep_report(found)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((), "0 ranges are given: one or two can be swept. Write a range as --budget"),
        (("a=1:2:3", "b=1:2:3", "c=1:2:3"), "3 ranges are given"),
        (("budget=1:2:1",), "--set budget=1:2:1: '1:2:1' is not a range. Write it as FROM:TO"),
        (("budget=a:b:5",), "--set budget=a:b:5: 'a:b:5' is not a range"),
        (("budget=1:5%:5",), "--set budget=1:5%:5: one end is a percentage and the other is not"),
        (("a=1:2:100", "b=1:2:100"), "10,000 points are more than 2,000"),
    ],
)
def test_ranges_that_are_none(settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        split_settings(settings)
    assert str(caught.value).startswith(message)


def test_a_value_that_the_key_does_not_take(tmp_path) -> None:
    with pytest.raises(ScenarioError) as caught:
        swept(tmp_path, "portfolio.max_cpa=-10:10:3")
    assert str(caught.value) == "--set portfolio.max_cpa=-10, portfolio.max_cpa: -10 is not above 0"


# The next money


def test_what_is_added_and_cut_sums_to_the_amount(tmp_path) -> None:
    found = increment(Scenario.load(write(tmp_path, BASE)), 5_000, EVIDENCE)
    for other, sign in ((found.more, 1), (found.less, -1)):
        moved = [change or 0.0 for change in found.moved(other).values()]
        assert sum(moved) == pytest.approx(sign * 5_000, abs=0.01)
    more, less = found.gain(found.more) or 0.0, found.gain(found.less) or 0.0
    assert more > 0 > less
    assert more < -less  # money brings less and less
    price = next(rule.shadow_price for rule in found.base.rules if rule.rule.kind == "budget")
    assert more / 5_000 < (price or 0.0) < -less / 5_000


def test_next_money_that_no_rule_lets_in(tmp_path) -> None:
    text = BASE + "defaults: {change: [-50%, 0%]}\n"
    found = increment(Scenario.load(write(tmp_path, text)), 5_000, EVIDENCE)
    assert found.more.status == "infeasible"
    assert set(found.moved(found.more).values()) == {None}
    document = json.loads(increment_json(found))
    assert document["more"]["reason"]
    last = [str(part) for part in increment_report(found)[1:]]
    assert last[0].startswith("The next 5,000: no plan, ")
    assert last[1].startswith("A cut of 5,000 would come from ")


def test_a_scenario_without_a_plan_has_no_next_money(tmp_path) -> None:
    text = BASE.replace("current", "900000")
    found = increment(Scenario.load(write(tmp_path, text)), 5_000, EVIDENCE)
    (line,) = increment_report(found)
    assert str(line).startswith("There is no plan to add to: the maximums add up to 155,000")
