"""budgetopt schema: what our files may hold. Tracks are held against theirs in test_track."""

import json

import pytest
from jsonschema.exceptions import ValidationError

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.file import from_json, to_json
from models.errors import CurvesError
from models.phrases import said
from scenarios import demo
from scenarios.plan.plan import dump
from tests.models.curves.test_file import MINIMAL, average, made, with_channel
from tests.support.commands import budgetopt, refused
from tests.support.plan_factory import make_plan, without_today
from tests.support.scenario_examples import CURVES, write
from tests.support.schemas import schema_of


def test_a_scenarios_is_the_default() -> None:
    assert budgetopt("schema", "scenario").stdout == budgetopt("schema").stdout
    assert "shows a scenario file" in refused("schema", "plan", "--commented")[-1]


@pytest.mark.parametrize("kind", ["curves", "plan", "track"])
def test_each_is_said_of_its_kind(kind) -> None:
    schema = json.loads(budgetopt("schema", kind).stdout)
    assert schema["title"] == f"budgetopt {kind}"
    assert schema["properties"]["schema"]["const"] == f"budgetopt/{kind}/1"


def test_curves_that_are_written_are_accepted() -> None:
    noticed = CurveSet((ChannelCurve("a", average()),), notices=(said("{n} days", n=3), "a text"))
    for curves in (made(), CURVES, noticed):
        schema_of("curves").validate(json.loads(to_json(curves)))
    schema_of("curves").validate(MINIMAL)


WRONG = (
    {"schema": "budgetopt/curves/1"},
    {**MINIMAL, "channels": {}},
    {**MINIMAL, "curency": "EUR"},
    {**MINIMAL, "period_days": 0},
    {**MINIMAL, "notices": [3]},
    {**MINIMAL, "season": {"tv": ["x"] * 53}},
    with_channel(family="hil"),
    with_channel(parameters={}),
    with_channel(parameters={"ceiling": 1, "half_saturation": 1, "slope": 1}),  # of a hill
    with_channel(family="tabulated", parameters={"points": [[0, 0], [1, 2, 3]]}),
    {**MINIMAL, "season": {"tv": [1.0] * 52}},
    with_channel(parameters={"rate": 0}),
    with_channel(parameters={"rate": None}),
    with_channel(carry_over=1.0),
    with_channel(margin=1.5),
    with_channel(draws=[["x"]]),
    with_channel(evidence={"verdict": "useable"}),
    with_channel(revenue_curve={"family": "hill"}),
    with_channel(family="tabulated", parameters={"points": [[0, 0]]}),
)


@pytest.mark.parametrize("document", WRONG)
def test_what_the_program_refuses_of_curves_an_editor_marks(document) -> None:
    with pytest.raises(CurvesError):
        from_json(json.dumps(document))
    with pytest.raises(ValidationError):
        schema_of("curves").validate(document)


def test_plans_are_accepted(tmp_path) -> None:
    (tmp_path / "curves.json").write_text(to_json(CURVES))
    head = "curves: curves.json\nperiod: 2026-Q4\nbudget: current\n"
    write(tmp_path, f"{head}periods: {{by: month}}\ndefaults: {{change: [-30%, +30%]}}\n", "q.yaml")
    wish = ("--set", f"channels.{CURVES.names[0]}.min_spend=9000000")
    path = str(tmp_path / "q.yaml")
    solved = budgetopt("plan", path, "--format", "json").stdout
    impossible = budgetopt("plan", path, *wish, "--format", "json").stdout
    assert json.loads(impossible)["status"] == "infeasible"
    for text in (solved, impossible, dump(make_plan(3, 3)), dump(without_today(make_plan(2)))):
        schema_of("plan").validate(json.loads(text))


@pytest.mark.parametrize(
    "changes",
    [{"status": "fine"}, {"extra": 1}, {"warnings": [3]}, {"period": {}}, {"channels": [{}]},
     {"schema": "budgetopt/plan/2"}, {"sha256": "x"}],
)  # fmt: skip
def test_what_is_no_plan_is_marked(changes) -> None:
    document = json.loads(dump(make_plan(2))) | changes
    with pytest.raises(ValidationError):
        schema_of("plan").validate(document)


def test_what_the_sample_gives_is_accepted(tmp_path) -> None:
    """The documents as people get them: fitted curves, and plans made from a history."""
    demo.write(tmp_path)
    history, scenario = str(tmp_path / "history.csv"), str(tmp_path / "quarter.yaml")
    fitted = json.loads(budgetopt("fit", history, "--format", "json").stdout)
    schema_of("curves").validate(fitted)
    plan = json.loads(budgetopt("plan", scenario, "--format", "json").stdout)
    schema_of("plan").validate(plan)
    parts = ("performance", "confidence", "risk", "tail", "periods", "certificate", "interval")
    assert [name for name in parts if not plan[name]] == ["risk"]
