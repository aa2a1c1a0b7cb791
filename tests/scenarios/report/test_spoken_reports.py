"""What a plan's outputs say comes from the catalogue, all of it; in Vietnamese they still hold.

The proof that no English is left: an invented language whose every template has other letters. What
is then still in plain letters was not said through the catalogue: it must be a name, a key of the
scenario, a number or a code. `test_language` proves that the Vietnamese catalogue is complete.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Hill
from models.curves.file import to_json
from models.history.history import HistorySpec
from models.history.read import read_history_with_days
from models.phrases import said, to_data
from scenarios.cli import main
from scenarios.definition.scenario import Scenario
from scenarios.language.language import Language, language
from scenarios.plan.plan import Confidence, Plan, Proof, RiskLine, dump, parse
from scenarios.planning import run
from scenarios.report.markdown import markdown
from scenarios.report.page.page import page
from scenarios.report.page.sweep import SweepDocument
from scenarios.report.workbook.workbook import workbook
from scenarios.sources.channel_performance import performance_of
from tests.scenarios.plan.performance.examples import write_history
from tests.scenarios.plan.performance.test_plan import signed
from tests.support.office import needs_office, recalculated
from tests.support.plan_factory import make_plan, without_today
from tests.support.spoken import WIDE, invented, left, page_texts, sheet_texts, terminal_texts

NAMES = ("k1", "k2", "k3", "k4")  # no words, so that none is taken for one that is left
FEW = said(
    "few conversions: {total:,.0f} in all; {enough} make a curve usable", total=120.0, enough=500
)
STEADY = said(
    "spend hardly varied: by {variation:.1%} around its mean; a curve needs {least:.0%}, better "
    "{enough:.0%}",
    variation=0.007,
    least=0.05,
    enough=0.12,
)
SCENARIOS = {
    "rules": "budget: +10%\ndefaults: {change: [-30%, +40%], extrapolation: 105%}\n"
    "channels: {k1: {max_cpa: 17, min_share: 5%}}\n"
    "groups: {g1: {channels: [k1, k3], min_share: 20%}}\n",
    "quarter": "budget: +7%\ndefaults: {change: [-40%, +40%]}\n"
    "period: {start: 2027-01-01, end: 2027-03-24}\n"
    "periods: {by: month, budgets: {2027-02: {max: 90000}}, max_change_between_periods: 30%}\n"
    "events: [{name: e1, start: 2028-01-01, end: 2028-01-02, off: true, channels: [k1]}]\n",
    "sure": "budget: +5%\nrisk: {measure: cvar, level: 90%}\n",
    "unspent": "budget: {max: 90000}\ntarget_marginal_roas: 6\n",
    "least": "budget:\nminimise: spend\ntarget: {conversions: 3000}\ndefaults: {change: free}\n",
    "few": "budget: current\nwithin: 20%\n",
    "wish": "budget: current\ndefaults: {change: [-10%, +10%]}\n"
    "channels: {k1: {min_spend: 70000}, k3: {locked: true, min_spend: 90000}}\n",
    "minimums": "budget: 20000\ndefaults: {change: free, extrapolation: free, unusable: free}\n"
    "channels: {k1: {min_spend: 15000}, k3: {min_spend: 12000}}\n",
    "cheap": "budget: current\nportfolio: {max_cpa: 0.5}\n",
    "risky": "budget: current\nrisk: {probability_of_loss: 1%}\n"
    "defaults: {change: free}\nchannels: {k4: {min_spend: 40000, extrapolation: free}}\n",
}


def curves() -> CurveSet:
    """Four channels: one usable, one held, two weak; with draws, and one carries over."""

    def entry(name: str, top: float, half: float, evidence: Evidence, **more) -> ChannelCurve:
        draws = tuple(Hill(top * (0.8 + 0.04 * i), half * (0.9 + 0.02 * i)) for i in range(11))
        return ChannelCurve(
            name, Hill(top, half), value_per_conversion=80.0, evidence=evidence, draws=draws,
            current_spend=6000.0, max_observed_spend=7000.0, **more,
        )  # fmt: skip

    usable, weak = Evidence("usable"), Evidence("weak", (FEW,))
    return CurveSet(
        (
            entry("k1", 900, 9000, usable, carry_over=0.4),
            entry("k2", 500, 7000, Evidence("unusable", (STEADY, FEW))),
            entry("k3", 700, 4000, weak),
            entry("k4", 300, 8000, Evidence("weak")),
        ),
        period_days=7,
        currency="EUR",
        provenance={"last_date": "2026-12-10", "rows": 832, "first_date": "2025-01-01"},
    )


def solved(folder: Path, name: str, text: str) -> Plan:
    (folder / "curves.json").write_text(to_json(curves()))
    period = "" if "period:" in text else "period: {start: 2026-12-01, end: 2026-12-31}\n"
    (folder / f"{name}.yaml").write_text(f"name: n1\ncurves: curves.json\n{period}{text}")
    return reread(run(Scenario.load(folder / f"{name}.yaml")))


def made() -> dict[str, Plan]:
    """Plans with what no small problem brings about."""
    plan = make_plan(4, 3, names=NAMES, name="n1", warnings=())
    proof = Proof(objective="revenue", value=1.0, bound=1.1, gap=0.1, solver="HiGHS")
    sure = Confidence(draws=1, beats_current=0.5, uplift=(-1.0, 2.0, 3.0), beyond_observed=0.001)
    risk = RiskLine(draws=200, level=0.9, expected=5.0, bad_case=3.0, probability_of_loss=0.1)
    stopped = {"status": "time_limit", "confidence": sure, "risk": risk}
    warnings = (
        said("no plan was found within the time limit"),
        said("the objective is conversions, because revenue is not known"),
        said("curves edited by hand: {channels}.", channels=["k1", "k2"]),
    )
    return {
        "stopped": plan.model_copy(update={"certificate": proof, **stopped}),
        "endless": make_plan(2, names=NAMES, name="n1", warnings=()).model_copy(
            update={"certificate": proof.model_copy(update={"iterations": 60}), **stopped}
        ),
        "fresh": without_today(make_plan(3, names=NAMES, name="n1", currency=None, warnings=())),
        "warned": make_plan(4, names=NAMES, name="n1", warnings=warnings),
    }


def reread(plan: Plan) -> Plan:
    """As its file has it."""
    return parse(dump(plan), "plan.json")


def fared(folder: Path) -> Plan:
    """A plan that tells how its channels fared: a leak, days that look wrong, and trends."""
    history = write_history(folder / "history.csv", NAMES)
    found = performance_of(*read_history_with_days(HistorySpec(history)))
    return make_plan(4, names=NAMES, name="n1", warnings=(), performance=found)


@pytest.fixture(scope="module")
def plans(tmp_path_factory) -> dict[str, Plan]:
    folder = tmp_path_factory.mktemp("plans")
    found = {name: solved(folder, name, text) for name, text in SCENARIOS.items()}
    assert {name for name, plan in found.items() if plan.status == "infeasible"} == {
        "wish", "minimums", "cheap", "risky"
    }  # fmt: skip
    assert found["unspent"].unspent > 0
    assert found["sure"].risk
    assert found["quarter"].tail
    return found | {name: reread(plan) for name, plan in made().items()} | {"fared": fared(folder)}


SWEEP = SweepDocument.model_validate({
    "schema": "budgetopt/sweep/1", "objective": "revenue", "axes": [{"key": "budget"}],
    "points": [
        {"at": [100.0], "status": "optimal", "spend": 100.0, "revenue": 300.0, "price": 2.0},
        {"at": [90.0], "status": "infeasible",
         "reason": to_data(said("the minimums add up to {low:,.0f}, the budget is {most:,.0f}",
                                low=95.0, most=90.0))},
    ],
})  # fmt: skip


NAMED = [*SCENARIOS, *made(), "fared"]


@pytest.mark.parametrize("name", NAMED)
def test_a_page_says_nothing_that_is_not_in_the_catalogue(plans, name):
    shown = [plans[name], plans["rules"], plans["wish"]]
    texts = page_texts(page(shown, "f" * 64, SWEEP, invented()))
    assert len(texts) > 50
    assert left(texts, shown) == []


@pytest.mark.parametrize("name", NAMED)
def test_a_workbook_says_nothing_that_is_not_in_the_catalogue(plans, name):
    shown = [plans[name], plans["rules"], plans["wish"]]
    texts = sheet_texts(workbook(shown, "f" * 64, invented()))
    assert len(texts) > 20
    assert left(texts, shown) == []


@pytest.mark.parametrize("name", NAMED)
def test_text_and_terminal_say_nothing_that_is_not_in_the_catalogue(plans, name):
    plan, spoken = plans[name], invented()
    assert left(markdown(plan, spoken).splitlines(), [plan]) == []
    for width in (100, 200):
        assert left(terminal_texts(plan, spoken, width), [plan]) == []


def test_the_invented_language_would_show_what_is_left():
    plan, today = make_plan(1, names=NAMES), "Today".translate(WIDE)
    assert left([f"{today} k1: Value 3"], [plan]) == [f"{today} k1: Value 3"]
    assert left([f"{today} k1: 3"], [plan]) == []


@pytest.mark.parametrize("name", NAMED)
def test_english_is_what_it_is_without_a_language(plans, name):
    plan = plans[name]
    assert page([plan]) == page([plan], spoken=Language())
    assert workbook([plan]) == workbook([plan], spoken=Language())
    assert markdown(plan) == markdown(plan, Language())


@pytest.mark.parametrize("name", ["rules", "wish", "quarter", "few", "warned"])
def test_every_sentence_of_a_plan_file_is_said_from_its_values(plans, name):
    spoken, plan = language("vi"), plans[name]
    messages = [part.message for part in plan.conflict.parts] if plan.conflict else []
    reasons = [reason for row in plan.channels for reason in row.reasons]
    assert plan.warnings or messages
    for text in (*plan.warnings, *messages, *reasons):
        assert spoken.say(text) != text


def test_names_stay_and_numbers_are_written_anew(plans):
    (told,) = (
        language("vi").say(text) for text in plans["rules"].warnings if text.startswith("k2 stays")
    )
    assert told.startswith("k2 ")
    assert "0,7 %" in told
    assert "chi tiêu hầu như không đổi" in told
    assert "cần 500" in told


def test_a_plan_that_kept_only_english_is_told_in_english(plans):

    def older(content: Any) -> Any:
        if isinstance(content, list):
            return [older(item) for item in content]
        if not isinstance(content, dict):
            return content
        return content["text"] if "text" in content else {k: older(v) for k, v in content.items()}

    for name in ("rules", "wish"):
        content = older(json.loads(dump(plans[name])))
        del content["sha256"]
        old = parse(signed(content), "old.json")
        assert markdown(old) == markdown(plans[name])
        assert [language("vi").say(text) for text in old.warnings] == list(plans[name].warnings)


@needs_office
def test_a_vietnamese_workbook_calculates_the_same_figures(plans, tmp_path):
    names = ("rules", "quarter")
    books = {
        f"{name}_{code}": workbook([plans[name], plans["few"]], "", language(code))
        for name in names
        for code in ("en", "vi")
    }
    files = recalculated(tmp_path, books)
    for name in names:
        english, vietnamese = (
            openpyxl.load_workbook(files[f"{name}_{code}"], data_only=True) for code in ("en", "vi")
        )
        assert not set(english.sheetnames) & set(vietnamese.sheetnames)
        words = set()
        for here, there in zip(english, vietnamese, strict=True):
            for row, translated in zip(here.iter_rows(), there.iter_rows(), strict=True):
                for cell, other in zip(row, translated, strict=True):
                    assert cell.data_type == other.data_type, (here.title, cell.coordinate)
                    if cell.data_type == "n":
                        assert cell.value == other.value
                    else:
                        words.add(other.value)
        assert "khớp" in words
        assert not {"lệch", "agrees", "differs", "n/a", "Err:508"} & words


def test_the_commands_take_the_language(tmp_path, plans):
    (tmp_path / "plan.json").write_text(dump(plans["rules"]), encoding="utf-8")
    path = str(tmp_path / "plan.json")
    printed = CliRunner().invoke(main, ["report", path, "--lang", "vi"])
    assert printed.exit_code == 0
    assert "ngân sách đề xuất" in printed.stdout
    assert "| **Tổng** |" in printed.stdout
    targets = ["--html", str(tmp_path / "p.html"), "--xlsx", str(tmp_path / "p.xlsx")]
    assert CliRunner().invoke(main, ["report", path, "--lang", "vi", *targets]).exit_code == 0
    told = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert '<html lang="vi">' in told
    assert '"separators":",."' in told
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    assert book.sheetnames[:2] == ["Tóm tắt", "Cầu nối"]


def test_plan_speaks_vietnamese_and_its_documents_stay_english(tmp_path):
    (tmp_path / "curves.json").write_text(to_json(curves()))
    path = tmp_path / "plan.yaml"
    path.write_text("curves: curves.json\nperiod: {days: 28}\nbudget: current\n")
    runner = CliRunner()
    table = runner.invoke(main, ["plan", str(path), "--lang", "vi"])
    assert table.exit_code == 0
    assert "Ràng buộc chạm giới hạn" in table.stdout
    assert "k2 giữ nguyên chi tiêu hiện tại" in table.stdout
    documents = [
        runner.invoke(main, ["plan", str(path), "--format", "json", *lang]).stdout
        for lang in ([], ["--lang", "vi"])
    ]
    assert documents[0] == documents[1]
    wish = ["--set", "channels.k1.min_spend=900000", "--format", "json", "--lang", "vi"]
    refused = runner.invoke(main, ["plan", str(path), *wish])
    assert refused.exit_code == 3
    assert "không có cách phân bổ nào thỏa mãn các ràng buộc" in refused.stderr
