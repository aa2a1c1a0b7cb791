"""How the channels fared, as a plan tells it: the figures and findings of `budgetopt check`."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from models.history.history import HistorySpec
from models.history.read import read_history_with_days
from scenarios.analyses.verify import verify
from scenarios.definition.scenario import Scenario
from scenarios.language.language import Language
from scenarios.plan.performance import Performance
from scenarios.plan.plan import PlanError, dump, parse
from scenarios.planning import run
from scenarios.report.markdown import markdown
from scenarios.report.page.page import page
from scenarios.report.prose.data_findings import flag_lines
from scenarios.report.workbook.workbook import workbook
from scenarios.sources import fit_cache
from scenarios.sources.channel_performance import performance_behind, performance_of
from scenarios.sources.check import FLAGS_SHOWN
from scenarios.sources.fit_cache import Fitted, fitted
from tests.scenarios.plan.performance.examples import DAYS, NAMES, same

SHEET = "How channels fared"
ENGLISH = Language()


# --- in the plan ----------------------------------------------------------------------------


def test_the_plan_tells_what_check_tells(plan, checked):
    found = plan.performance
    assert (found.first.isoformat(), found.last.isoformat(), found.days) == (
        "2025-01-27", "2025-02-23", 28)  # fmt: skip
    own = {one.channel: one for one in found.channels}
    assert set(own) == set(NAMES)
    pairs = [(found.total, checked.metrics)]
    pairs += [(own[entry.channel], entry.metrics) for entry in checked.channels]
    for fares, movements in pairs:
        assert set(fares.now) == {name for name, one in movements.items() if one.now is not None}
        for name, expected in movements.items():
            here = fares.movement(name)
            assert here.now == pytest.approx(expected.now, rel=1e-9)
            assert here.before == pytest.approx(expected.before, rel=1e-9)
            assert same(here.change, expected.change)
            assert here.is_notable == expected.is_notable
    assert "clicks" in own["email | x"].notable
    assert found.found_leaks() == checked.leaks
    assert [leak.channel for leak in checked.leaks] == ["tv"]
    assert found.found_flags() == checked.flags
    assert NAMES[1] in [flag.channel for flag in checked.flags]


def test_of_many_days_of_one_kind_the_first_few_are_kept(file):
    """Spend booked on one day in twenty, while conversions come every day."""
    history, days = read_history_with_days(file)
    spend, found = days.spend.copy(), days.metrics["conversions"].copy()
    booked = np.arange(DAYS) % 20 == 0
    spend.loc[~booked, "tv"] = 0.0
    found["tv"] = 20.0
    odd = Performance.model_validate(
        performance_of(
            history,
            type(days)(**{**vars(days), "spend": spend,
                          "metrics": {**days.metrics, "conversions": found}}),
        ).model_dump()
    )  # fmt: skip
    listed = [flag for flag in odd.suspicious if (flag.kind, flag.channel) == ("unpaid", "tv")]
    assert len(listed) == FLAGS_SHOWN
    assert odd.left_out() == {("unpaid", "tv"): DAYS // 20 - FLAGS_SHOWN}
    text = "\n".join(flag_lines(odd.found_flags(), odd.left_out(), ENGLISH))
    assert f"tv: {DAYS // 20 - FLAGS_SHOWN} more of this kind" in text


def test_a_plan_file_keeps_it_and_one_without_it_still_loads(plan):
    text = dump(plan)
    kept = parse(text, "plan.json").performance
    assert kept is not None
    assert kept == plan.performance
    assert kept.found_leaks() == plan.performance.found_leaks()
    content = json.loads(text)
    assert len(json.dumps(content["performance"], indent=1)) < 2_000 * (len(NAMES) + 1)
    del content["performance"], content["sha256"]
    old = parse(signed(content), "old.json")
    assert old.performance is None
    assert SHEET not in page([old])
    assert SHEET not in markdown(old)
    assert SHEET not in openpyxl.load_workbook(io.BytesIO(workbook([old]))).sheetnames


def signed(content: dict) -> str:
    """A plan file with the hash that its content asks for."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(content | {"sha256": hashlib.sha256(canonical.encode()).hexdigest()})


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{clicks.__class__}", {"clicks": 1.0}),
        ("{clicks[0]}", {"clicks": "x"}),
        ("{clicks!r}", {"clicks": 1.0}),
        ("{clicks:>999999999}", {"clicks": 1.0}),
        ("{clicks:.999999999f}", {"clicks": 1.0}),
        ("{clicks:{width}}", {"clicks": 1.0, "width": 9}),
        ("{clicks:,.0f}", {"clicks": "many"}),
        ("{clicks}", {}),
        ("{clicks", {"clicks": 1.0}),
        ("{}", {"": 1.0}),
        ("{a.b}", {"a.b": 1.0}),
    ],
)
def test_a_text_that_no_version_wrote_is_refused(plan, template, values):
    content = json.loads(dump(plan))
    del content["sha256"]
    content["performance"]["leaks"][0]["reason"] = {"template": template, "values": values}
    with pytest.raises(PlanError, match=r"performance\.leaks\.0\.reason: (?!Value error)"):
        parse(signed(content), "plan.json")


def test_a_plan_of_an_earlier_version_keeps_its_texts(plan):
    """There what looks odd was kept as a template and its values, without the English text."""
    content = json.loads(dump(plan))
    del content["sha256"]
    found = content["performance"]
    for row in (*found["leaks"], *found["suspicious"]):
        reason = row["reason"]
        row["reason"] = {"template": reason["message"], "values": reason["values"]}
    assert parse(signed(content), "old.json").performance == plan.performance


def test_an_unknown_metric_is_refused():
    span = {"first": "2024-01-01", "last": "2024-01-28", "days": 28}
    Performance.model_validate({**span, "total": {"now": {"ctr": 0.5}}})
    with pytest.raises(ValueError, match="no such metric: fame"):
        Performance.model_validate({**span, "total": {"now": {"fame": 0.5}}})


# --- where it comes from --------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, file, monkeypatch) -> Path:
    monkeypatch.setenv(fit_cache.FOLDER_VARIABLE, str(tmp_path / "kept"))
    (tmp_path / "history.csv").write_bytes(file.read_bytes())
    (tmp_path / "plan.yaml").write_text("history: history.csv\nbudget: current\n")
    return tmp_path


def test_a_plan_from_a_history_has_it_every_time_with_the_same_bytes(folder, checked):
    scenario = Scenario.load(folder / "plan.yaml")
    first, again = run(scenario), run(scenario)
    assert first.performance is not None
    assert first.performance.found_leaks() == checked.leaks
    assert dump(first) == dump(again) == dump(run(scenario, use_cache=False))
    assert verify(first, folder).is_same
    older = first.model_copy(update={"performance": None})
    assert verify(older, folder).is_same  # as far as it goes
    total = first.performance.total
    forged = total.model_copy(update={"now": {**total.now, "cpa": 1.0}})
    other = first.performance.model_copy(update={"total": forged})
    verdict = verify(first.model_copy(update={"performance": other}), folder)
    assert [one.path for one in verdict.deviations] == ["performance.total.now.cpa"]


def test_a_kept_one_spares_reading_the_history(folder, monkeypatch):
    spec = HistorySpec(folder / "history.csv")
    found = fitted(spec)
    made = performance_behind(spec, found)
    (entry,) = (folder / "kept" / "performance").iterdir()

    def refused(*_):
        raise AssertionError("read again")

    with monkeypatch.context() as patched:
        patched.setattr("models.history.read.read_history_with_days", refused)
        known = Fitted(found.curves, found.sha256, is_cached=True)
        assert performance_behind(spec, known) == made
        with pytest.raises(AssertionError, match="read again"):
            performance_behind(spec, known, use_cache=False)
        entry.write_text("{")
        with pytest.raises(AssertionError, match="read again"):
            performance_behind(spec, known)
    assert performance_behind(spec, known) == made
    assert entry.read_text().partition("\n")[2] == made.model_dump_json()
