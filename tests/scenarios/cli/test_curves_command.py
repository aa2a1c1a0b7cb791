"""`budgetopt curves`, and the whole way from another tool's model to a plan."""

from __future__ import annotations

import json

import numpy as np
import pytest

import budgetopt as face
from tests.support import robyn_files
from tests.support.commands import budgetopt, refused

SCENARIO = """\
curves: {curves}
period: {{days: 7}}
budget: 4000
objective: revenue
defaults: {{change: free, extrapolation: free}}
"""


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    robyn_files.written(tmp_path)
    return tmp_path


def done(*arguments: str):
    result = budgetopt(*arguments)
    assert result.exit_code == 0, result.stderr
    return result


def test_an_import_shows_what_was_rebuilt(inside):
    result = done("curves", "import", "RobynModel-1_2_3.json", "-o", "curves.json")
    assert "2 curves of Robyn 3.11, rebuilt from them:" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines() if " contribution " in line]
    assert [row[0] for row in rows] == ["tv_S", "search_S"]
    assert {row[-1] for row in rows} == {"none"}
    assert face.load_curves("curves.json").names == ("tv_S", "search_S")
    direct = face.load_curves("RobynModel-1_2_3.json")
    assert direct.to_frame().equals(face.load_curves("curves.json").to_frame())


def test_a_wrong_contribution_is_refused_with_both_figures(inside):
    content = robyn_files.document()
    content["ExportedModel"]["summary"][2]["decompAgg"] *= 1.002
    robyn_files.written(inside, content)
    (line,) = refused("curves", "import", "RobynModel-1_2_3.json", "-o", "curves.json")
    assert line.startswith("error: RobynModel-1_2_3.json, search_S: the contribution is ")
    assert "(-0.20%)" in line
    assert not (inside / "curves.json").exists()


def test_a_scenario_plans_on_robyns_file_as_it_is(inside):
    (inside / "s.yaml").write_text(SCENARIO.format(curves="RobynModel-1_2_3.json"))
    plan = json.loads(done("plan", "s.yaml", "--format", "json").stdout)
    spend = {row["channel"]: row["spend"] for row in plan["channels"]}
    assert sum(spend.values()) == pytest.approx(4000, abs=0.02)
    # Every split of the budget on a fine grid, by the curves: none brings more.
    curves = face.load_curves("RobynModel-1_2_3.json")
    grid = np.linspace(0, 4000, 4001)
    brought = curves["tv_S"].curve.response(grid) + curves["search_S"].curve.response(4000 - grid)
    planned = sum(float(curves[name].curve.response(spend[name])) for name in spend)
    assert planned >= brought.max() - 1e-6 * brought.max() - 0.05


def test_tables_go_out_and_come_back(inside):
    done("curves", "export", "RobynModel-1_2_3.json", "-o", "points.csv")
    assert "2 curves of the table" in done("curves", "import", "points.csv").stdout
    (inside / "t.yaml").write_text(SCENARIO.format(curves="points.csv"))
    plan = json.loads(done("plan", "t.yaml", "--format", "json").stdout)
    assert sum(row["spend"] for row in plan["channels"]) == pytest.approx(4000, abs=0.02)


def test_a_pickle_is_never_read(inside):
    (inside / "model.pkl").write_bytes(b"\x80\x04cos\nsystem\n")
    (line,) = refused("curves", "import", "model.pkl")
    assert "is a pickle. A pickle runs code when it is read" in line
