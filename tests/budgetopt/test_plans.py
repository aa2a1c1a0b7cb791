"""A plan in a notebook: its frame, its short form, its HTML and its figures."""

import csv
import datetime
import io
import re
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import budgetopt as bo
from budgetopt.plans import Plan, _shown
from scenarios.language.language import language
from scenarios.plan.csv_text import csv_text
from scenarios.plan.plan import dump
from scenarios.report.page.fragment import fragment
from scenarios.report.rows import plan_rows
from tests.support.plan_factory import infeasible, make_plan, without_today


def shown(**changes: object) -> Plan:
    return _shown(make_plan(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("periods", [0, 3])
def test_the_frame_has_a_row_per_channel_and_period_and_says_what_the_csv_does(periods) -> None:
    plan = shown(periods=periods)
    frame = plan.to_frame()
    assert len(frame) == len(plan.channels) * max(periods, 1)
    names, *rows = csv.reader(io.StringIO(csv_text(plan_rows(plan))))
    assert list(frame.columns) == names
    assert frame["channel"].tolist() == [row[names.index("channel")] for row in rows]
    assert frame["spend"].tolist() == [float(row[names.index("spend")]) for row in rows]
    assert frame["spend"].sum() == pytest.approx(plan.proposed.spend if plan.proposed else 0.0)
    assert frame["revenue"].dtype == float


def test_the_frame_of_no_plan_has_no_rows_but_all_columns() -> None:
    assert list(_shown(infeasible()).to_frame().columns) == list(shown().to_frame().columns)
    assert len(_shown(infeasible()).to_frame()) == 0


@pytest.mark.parametrize(
    "plan",
    [shown(), shown(periods=12, channels=40), _shown(without_today(make_plan())),
     _shown(infeasible()), shown(currency=None)],
)  # fmt: skip
def test_the_short_form_fits_into_ten_lines_of_a_terminal(plan) -> None:
    lines = repr(plan).splitlines()
    assert 2 <= len(lines) <= 10
    assert all(len(line) <= 100 for line in lines)
    assert lines[0].startswith(f"Plan '{plan.name}': {plan.status}")
    assert str(plan) == repr(plan)


def test_the_short_form_says_the_totals() -> None:
    plan = shown()
    assert plan.proposed is not None
    assert f"{plan.proposed.spend:,.0f}" in repr(plan)
    assert re.search(r"^spend +[\d,]+ +[\d,]+ ", repr(plan), re.MULTILINE)
    assert "budget" in repr(_shown(infeasible()))


def test_the_html_escapes_names_runs_nothing_and_touches_nothing_else() -> None:
    names = ("<script>alert(1)</script>", "tv & radio")
    html = shown(channels=2, names=names)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "tv &amp; radio" in html
    assert html.startswith('<div class="budgetopt"><style>.budgetopt {')
    style = html.partition("</style>")[0]
    assert not re.search(r"^(:root|body) ", style, re.MULTILINE)
    assert "picture" not in html.partition("</style>")[2]  # nothing waits for a script


@pytest.mark.parametrize("plan", [shown(), _shown(infeasible()), shown(periods=2)])
def test_the_html_is_whole_and_tells_what_the_page_tells(plan) -> None:
    html = plan._repr_html_()
    assert html.count("<div") == html.count("</div>")
    assert html.count("<table") == html.count("</table>") == (1 if plan.proposed else 0)
    for row in plan.channels:
        assert f'<th scope="row">{row.channel}</th>' in html
    assert "Doanh thu" in fragment(plan, language("vi")) or plan.proposed is None


def test_figures_show_the_plans_figures() -> None:
    plan = shown()
    figure: Any = plan.plot()
    assert isinstance(figure, go.Figure)
    data: Any = figure.data
    by_name = {trace.name: trace for trace in data}
    assert list(by_name["proposed"].x) == pytest.approx([r.spend for r in plan.channels], rel=1e-5)
    changes: Any = plan.plot("changes").data[0]
    assert sum(changes.x) == pytest.approx(
        sum(row.spend - (row.current_spend or 0.0) for row in plan.channels), abs=1.0
    )
    rules: Any = plan.plot("rules")
    assert rules.data[0].type == "bar"


@pytest.mark.parametrize(("channels", "count"), [(None, 8), ("tv", 1), (["tv", "social"], 2)])
def test_each_curve_has_its_own_axes_and_the_legend_names_each_thing_once(channels, count) -> None:
    figure: Any = shown().plot("curves", channels)
    assert len({trace.xaxis for trace in figure.data}) == count
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert len(named) == len(set(named))
    for shape in figure.layout.shapes:
        assert shape.yref.endswith(" domain")


def test_what_cannot_be_drawn_is_said() -> None:
    plan = shown()
    with pytest.raises(ValueError, match="no figure 'pie'; there are spend, changes, curves and"):
        plan.plot("pie")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="no channel radio; there are search, tv"):
        plan.plot("curves", ["radio"])
    with pytest.raises(ValueError, match="a plan that is infeasible has no figures"):
        _shown(infeasible()).plot()
    with pytest.raises(ValueError, match="today's spend is not known"):
        _shown(without_today(make_plan())).plot("changes")


def test_a_plan_is_saved_and_loaded_as_the_command_does(tmp_path) -> None:
    plan = shown()
    plan.save(tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == dump(plan) == dump(make_plan())
    assert bo.load_plan(tmp_path / "plan.json") == plan


def test_a_scenario_in_python_is_the_scenario_of_a_file(tmp_path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "history: h.csv\nbudget: 1000\nperiod: {start: 2026-01-01, end: 2026-01-31}\n"
        "channels: {tv: {change: [-20%, 30%]}}\n"
    )
    keys = {
        "history": file.with_name("h.csv").relative_to(tmp_path),
        "budget": np.float64(1000),
        "period": {"start": datetime.date(2026, 1, 1), "end": "2026-01-31"},
        "channels": {"tv": {"change": ("-20%", "30%")}},
    }
    assert bo.Scenario.of(keys, tmp_path).definition == bo.Scenario.load(file).definition


def test_a_scenario_in_python_is_refused_key_by_key() -> None:
    with pytest.raises(bo.BudgetoptError) as caught:
        bo.Scenario.of({"budget": "much", "channels": {"tv": {"max_cpaa": 3}}})
    assert "scenario, budget: " in str(caught.value)
    assert "scenario, channels.tv.max_cpaa: unknown key" in str(caught.value)
