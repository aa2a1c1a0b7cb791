"""Vietnamese: complete, with the same fields, and in the locale's numbers and dates."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner

from models.errors import Fault, HistoryError
from models.phrases import said
from scenarios.cli import main
from scenarios.language.language import Language, Translated, errors_in, language

ROOT = Path(__file__).parents[3]


def fields(template):
    """Names, conversions and format specifications of a template's fields, in any order."""
    return sorted(part[1:] for part in Formatter().parse(template) if part[1] is not None)


@cache
def templates():
    found = {
        str(message)
        for folder in ("models", "optimizer", "scenarios")
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords={"said": None}
        )
    }
    assert "the cell is empty" in found
    return found


def test_every_phrase_is_translated_with_the_same_fields():
    with (ROOT / "scenarios" / "language" / "vi.po").open("rb") as file:
        catalogue = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    assert set(catalogue) == templates()
    assert {id for id, text in catalogue.items() if fields(id) != fields(text)} == set()
    # What a picture fills in, and the commands and keys to type, are no words either.
    kept = re.compile(r"%\{\{.*?\}\}|<.*?>|`.*?`")
    assert {id for id, text in catalogue.items()
            if sorted(kept.findall(id)) != sorted(kept.findall(text))} == set()  # fmt: skip


def test_a_phrase_is_its_english_text():
    phrase = said("{n:,} rows of {names}, {share:.1%}, from {day}", n=1234, names=["a", "b"],
                  share=0.5, day=date(2024, 1, 2))  # fmt: skip
    assert phrase == "1,234 rows of a, b, 50.0 %, from 2024-01-02"
    assert Language().say(phrase) == phrase


def test_numbers_and_dates_follow_the_locale():
    spoken = Translated("vi", {"{n:,.1f} from {day}: {x:+.0%}": "{day}: {n:,.1f}, {x:+.0%}"})
    phrase = said("{n:,.1f} from {day}: {x:+.0%}", n=1234.5, day=date(2024, 1, 2), x=0.25)
    assert spoken.say(phrase) == "02/01/2024: 1.234,5, +25 %"


def test_phrases_within_phrases_are_translated_and_names_are_not():
    spoken = Translated("vi", {"row {n}": "hàng {n}", "{a} and {b}": "{a} và {b}", "x": "y"})
    assert spoken.say(said("{a} and {b}", a=said("row {n}", n=1), b="x")) == "hàng 1 và x"
    assert spoken.say("x") == "x"


def test_what_has_no_translation_stays_english():
    assert language("vi").say(said("no such phrase: {n}", n=3)) == "no such phrase: 3"


def test_errors_speak_the_language():
    fault = Fault(said("line {line}", line=3), said("the cell is empty"), said("Correct it"))
    with (
        pytest.raises(HistoryError, match=r"^dòng 3: ô trống\. Hãy sửa lại$"),
        errors_in(language("vi")),
    ):
        raise HistoryError(fault)


def test_check_speaks_vietnamese(tmp_path):
    path = tmp_path / "history.csv"
    rows = [f"2024-01-{day:02},search,{1000 + day},3" for day in range(1, 29)]
    path.write_text("\n".join(["date,channel,cost,conversions", *rows]))
    result = CliRunner().invoke(main, ["check", str(path), "--lang", "vi", "--metrics"])
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "01/01/2024 đến 28/01/2024: 28 ngày" in words
    assert "search: chưa dùng được" in words
    assert "còn quá sớm để đánh giá: mới có 28 ngày lịch sử" in words
    assert "28.406" in words
    assert "cột 'cost' được hiểu là spend" in words
    path.write_text("date,channel,cost,conversions\n2024-01-01,search,x,3\n")
    result = CliRunner().invoke(main, ["check", str(path), "--lang", "vi"])
    assert result.exit_code == 2
    assert "dòng 2, cột cost: 'x' không phải là số." in result.stderr
