"""What people read of a plan's outputs, and an invented language that shows what was not said."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from functools import cache
from html.parser import HTMLParser

import openpyxl
from rich.console import Console

from scenarios.analyses.diff import flat
from scenarios.language.language import Language, Translated
from scenarios.plan.plan import Plan
from scenarios.report.terminal.plan import plan_report
from tests.scenarios.language.test_language import templates

# Fields, figures of a picture, elements, commands and codes of a page's footer stay as they are.
KEPT = re.compile(r"\{\{.*?\}\}|\{.*?\}|<[^>]*>|`[^`]*`|&[A-Z]|&\d+")
WIDE = {
    ord(letter): ord(letter) + 0xFEE0 for letter in map(chr, range(33, 127)) if letter.isalpha()
}


@cache
def invented() -> Translated:
    """A language of wide letters."""

    def translated(template: str) -> str:
        kept = KEPT.findall(template)
        rest = [part.translate(WIDE) for part in KEPT.split(template)]
        return "".join(a + b for a, b in zip(rest, [*kept, ""], strict=True))

    return Translated("vi", {template: translated(template) for template in templates()})


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


def page_texts(content: str) -> list[str]:
    reader = Reader()
    reader.feed(content.replace("<wbr>", ""))
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
    known = {"EUR", "HiGHS", "SHA", "f" * 64, "f" * 12}
    bare = ((text, pattern.sub(" ", text.replace("\\", ""))) for text in texts)
    return [t for t, rest in bare if set(re.findall("[A-Za-z]{2,}", rest)) - known]
