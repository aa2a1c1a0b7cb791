"""What a plan's outputs say comes from the catalogue, all of it; in Vietnamese they still hold.

The proof that no English is left: an invented language whose every template has other letters. What
is then still in plain letters was not said through the catalogue: it must be a name, a key of the
scenario, a number or a code. `test_language` proves that the Vietnamese catalogue is complete.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import openpyxl
import pytest
from click.testing import CliRunner
from rich.console import Console

from models.curves import Hill
from models.curveset import ChannelCurve, CurveSet, Evidence
from models.wording import Phrase, formed, said, stored
from scenarios.cli import main
from scenarios.diff import flat
from scenarios.language import Language, Translated, language
from scenarios.language.recall import Memory
from scenarios.plan import Confidence, Plan, Proof, RiskLine, dump, parse
from scenarios.planning import run
from scenarios.report.frontier import SweepDocument
from scenarios.report.page import page
from scenarios.report.terminal import plan_report
from scenarios.report.text import markdown
from scenarios.report.workbook import workbook
from scenarios.scenario import Scenario
from tests.office import needs_office, recalculated
from tests.plan_factory import make_plan, without_today
from tests.test_language import templates

# Fields, figures of a picture, elements, commands and codes of a page's footer stay as they are.
KEPT = re.compile(r"\{\{.*?\}\}|\{.*?\}|<[^>]*>|`[^`]*`|&[A-Z]|&\d+")
WIDE = {
    ord(letter): ord(letter) + 0xFEE0 for letter in map(chr, range(33, 127)) if letter.isalpha()
}
NAMES = ("k1", "k2", "k3", "k4")  # no words, so that none is taken for one that is left
FEW = "few conversions: 120 in all; 500 make a curve usable"
STEADY = "spend hardly varied: by 0.7 % around its mean; a curve needs 5 %, better 12 %"
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
    (folder / "curves.json").write_text(curves().to_json())
    period = "" if "period:" in text else "period: {start: 2026-12-01, end: 2026-12-31}\n"
    (folder / f"{name}.yaml").write_text(f"name: n1\ncurves: curves.json\n{period}{text}")
    return parse(dump(run(Scenario.load(folder / f"{name}.yaml"))), name)  # as a file has it


def made() -> dict[str, Plan]:
    """Plans with what no small problem brings about."""
    plan = make_plan(4, 3, names=NAMES, name="n1", warnings=())
    proof = Proof(objective="revenue", value=1.0, bound=1.1, gap=0.1, solver="HiGHS")
    sure = Confidence(draws=1, beats_current=0.5, uplift=(-1.0, 2.0, 3.0), beyond_observed=0.001)
    risk = RiskLine(draws=200, level=0.9, expected=5.0, bad_case=3.0, probability_of_loss=0.1)
    stopped = {"status": "time_limit", "confidence": sure, "risk": risk}
    warnings = (
        "no plan was found within the time limit",
        "the objective is conversions, because revenue is not known",
        "curves edited by hand: k1, k2.",
        (
            "k1: by experiment (2026-01-01 to 2026-01-28, 2026-03-01 to 2026-03-28), 40 % of what "
            "it is credited with is incremental (90 % interval 30 % to 50 %)."
        ),
        (
            "k1: proposed beyond any four weeks of history, where the curve is a guess. "
            "Approach it in steps."
        ),
    )
    return {
        "stopped": plan.model_copy(update={"certificate": proof, **stopped}),
        "endless": make_plan(2, names=NAMES, name="n1", warnings=()).model_copy(
            update={"certificate": proof.model_copy(update={"iterations": 60}), **stopped}
        ),
        "fresh": without_today(make_plan(3, names=NAMES, name="n1", currency=None, warnings=())),
        "warned": make_plan(4, names=NAMES, name="n1", warnings=warnings),
    }


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
    return found | made()


def invented() -> Translated:
    """A language of wide letters."""

    def translated(template: str) -> str:
        kept = KEPT.findall(template)
        rest = [part.translate(WIDE) for part in KEPT.split(template)]
        return "".join(a + b for a, b in zip(rest, [*kept, ""], strict=True))

    return Translated("vi", {template: translated(template) for template in templates()})


SWEEP = SweepDocument.model_validate({
    "schema": "budgetopt/sweep/1", "objective": "revenue", "axes": [{"key": "budget"}],
    "points": [
        {"at": [100.0], "status": "optimal", "spend": 100.0, "revenue": 300.0, "price": 2.0},
        {"at": [90.0], "status": "infeasible",
         "reason": "the minimums add up to 95, the budget is 90"},
    ],
})  # fmt: skip


class Reader(HTMLParser):
    """Everything on a page that people read or hear: texts, labels, and what pictures show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        self.inside = "charts" if ("id", "charts") in attrs else tag
        self.found += [str(value) for key, value in attrs if key in ("aria-label", "title", "alt")]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "charts":
            self.found += texts_of(json.loads(data))
        elif self.inside not in ("script", "style"):
            self.found.append(data)


KEY = r"\b[A-Za-z_]+(?:\.[\w\[\]-]+)+(?:: free)?"  # of a scenario: channels.k1.max_cpa
SHOWN = {"name", "text", "hovertemplate", "x", "y"}  # of a picture


def texts_of(part: object, key: str = "") -> list[str]:
    if isinstance(part, dict):
        return [text for name, value in part.items() for text in texts_of(value, name)]
    if isinstance(part, list):
        return [text for value in part for text in texts_of(value, key)]
    if isinstance(part, str) and key in SHOWN:
        return [re.sub(r"%\{.*?\}|<[^>]*>", "", html.unescape(part))]
    return []


def page_texts(plans: list[Plan], spoken: Language) -> list[str]:
    reader = Reader()
    reader.feed(page(plans, "f" * 64, SWEEP, spoken))
    return reader.found


def sheet_texts(content: bytes) -> list[str]:
    """Names of sheets, cells, texts in formulas and in charts, heads, feet and messages."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = [*book.sheetnames]
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if cell.data_type == "f":
                found += re.findall(r'"([^"]*)"', str(cell.value))
            elif isinstance(cell.value, str):
                found.append(cell.value)
        for rule in sheet.data_validations.dataValidation:
            found += [str(rule.error), str(rule.errorTitle)]
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for name in file.namelist():
            text = file.read(name).decode()
            if name.startswith("xl/charts/"):
                found += re.findall(r"<(?:a:t|c:v)>(.*?)</", text)
            elif name.startswith("xl/worksheets/"):
                marks = re.findall(r"<odd(?:Header|Footer)>(.*?)</", text)
                found += [re.sub(r"&\d+|&[A-Z]", " ", html.unescape(mark)) for mark in marks]
    return found


def terminal_texts(plan: Plan, spoken: Language, width: int) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width)
    for part in plan_report(plan, width, spoken):
        console.print(part, markup=False, highlight=False)
    return [" ".join(file.getvalue().split())]


def names_in(plan: Plan) -> set[str]:
    """What may stand in plain letters: keys, names, files, hashes and versions, and commands."""
    rules = {part for rule in plan.rules for part in (rule.rule, rule.kind)}
    rules |= {part for row in plan.channels for part in row.binding}
    if plan.conflict:
        rules |= {*plan.conflict.rules, *(way.rule for way in plan.conflict.relaxations)}
    source = plan.provenance
    texts = {*source.versions, *source.versions.values(), source.version, plan.schema_name}
    for item in source.inputs:
        texts |= {item.file, item.sha256, item.sha256[:12]}
    scenario = flat(plan.scenario)
    texts |= {*scenario, *map(str, scenario.values())}
    commands = {"budgetopt verify", "budgetopt", "unusable: free", "extrapolation: free"}
    return {text for text in rules | texts | commands if len(text) > 1}


def left(texts: list[str], plans: list[Plan]) -> list[str]:
    """Texts with words in plain letters that nobody named."""
    names = {name for plan in plans for name in names_in(plan)}
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    pattern = re.compile("|".join([KEY, *longest]))
    known = {"EUR", "HiGHS", "SHA", "f" * 64}
    bare = ((text, pattern.sub(" ", text.replace("\\", ""))) for text in texts)
    return [t for t, rest in bare if set(re.findall("[A-Za-z]{2,}", rest)) - known]


NAMED = [*SCENARIOS, *made()]


@pytest.mark.parametrize("name", NAMED)
def test_a_page_says_nothing_that_is_not_in_the_catalogue(plans, name):
    shown = [plans[name], plans["rules"], plans["wish"]]
    texts = page_texts(shown, invented())
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
def test_every_stored_sentence_is_recognised(plans, name):
    spoken = language("vi")
    plan = plans[name]
    messages = [part.message for part in plan.conflict.parts] if plan.conflict else []
    reasons = [reason for row in plan.channels for reason in row.reasons]
    for text in (*plan.warnings, *messages, *reasons):
        assert spoken.say(stored(text)) != text


def test_a_stored_sentence_keeps_its_names_and_writes_its_numbers_anew():
    text = f"total: its evidence is weak ({FEW}; {STEADY})."
    told = language("vi").say(stored(text))
    assert told.startswith("total: ")
    assert "0,7 %" in told
    assert "cần 500" in told
    assert "dùng được; chi tiêu hầu như không đổi" in told


def test_every_sentence_is_recognised_by_its_words():
    """Every template with enough words of its own, filled with values, is found in its text."""
    memory = Memory(templates())
    for template in templates():
        parts = list(Formatter().parse(template))
        specs = {name: spec or "" for _, name, spec, _ in parts if name}
        phrase = formed(template, **{name: sample(spec) for name, spec in specs.items()})
        found = memory.recall(str(phrase))
        assert str(found) == phrase
        if "{{" in template or any(part[3] or part[2] == "02x" for part in parts):
            continue  # what !r or a hexadecimal makes is not undone, a picture's text not stored
        if sum(character.isalpha() for part in parts for character in part[0]) >= 20:
            assert isinstance(found, Phrase), template


def sample(spec: str) -> float | int | str:
    return {"": "k1", "d": 1234, "%": 0.25}.get(spec[-1:], 1.5 if spec != "02x" else 17)


def test_what_no_template_made_stays_as_it_is():
    text = "A sentence of a version that nobody knows; with 1,234 parts."
    assert language("vi").say(stored(text)) == text
    assert language("en").say(stored(text)) == text
    assert isinstance(stored(said("the cell is empty")), Phrase)


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
    assert book.sheetnames[:2] == ["Tóm tắt", "Phân bổ"]


def test_plan_speaks_vietnamese_and_its_documents_stay_english(tmp_path):
    (tmp_path / "curves.json").write_text(curves().to_json())
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
