"""Phrases in documents: what is read is what was written, and nothing a file asks for is unsafe."""

import copy
import json
import pickle
from datetime import date, timedelta
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from models.phrases import Phrase, Text, all_of, formed, from_data, joined, said, to_data
from scenarios.language.language import Translated
from tests.scenarios.language.test_language import templates


def reread(text: str) -> str:
    return from_data(json.loads(json.dumps(to_data(text), allow_nan=False)))


def test_a_document_keeps_the_template_the_values_and_the_english_text():
    phrase = said("{n:,} rows since {day} in {names}: {why}", n=1234, day=date(2024, 1, 2),
                  names=["a", "b"], why=said("row {n}", n=3))  # fmt: skip
    assert to_data(phrase) == {
        "message": "{n:,} rows since {day} in {names}: {why}",
        "values": {
            "n": 1234,
            "day": {"day": "2024-01-02"},
            "names": ["a", "b"],
            "why": {"message": "row {n}", "values": {"n": 3}},
        },
        "text": "1,234 rows since 2024-01-02 in a, b: row 3",
    }
    assert to_data("a text") == reread("a text") == "a text"
    assert not isinstance(reread("a text"), Phrase)


# Turns the words around; made once, since asking for a locale takes long.
BACKWARDS = Translated(
    "vi", {"{one}: {other!c}": "{other!c} <- {one}", "it is {value}": "{value} is it"}
)
numbers = st.integers(-(10**12), 10**12).map(lambda n: n / 1000) | st.integers(-99, 10**12)
plain = numbers | st.text(max_size=9) | st.dates() | st.lists(st.text(max_size=3), max_size=3)
phrases = st.recursive(
    st.builds(lambda value: said("it is {value}", value=value), plain),
    lambda inner: st.builds(lambda one, other: said("{one}: {other!c}", one=one, other=other),
                            inner, inner | plain.filter(lambda value: isinstance(value, str))),
    max_leaves=6,
)  # fmt: skip


@given(phrases)
def test_what_is_read_is_what_was_written(phrase):
    kept = reread(phrase)
    assert isinstance(kept, Phrase)
    assert kept.template == phrase.template
    assert to_data(kept) == to_data(phrase)
    assert kept == phrase
    assert BACKWARDS.say(kept) == BACKWARDS.say(phrase)


def sample(spec: str) -> float | int | str:
    return {"": "k1", "d": 1234, ",": 1234, "%": 0.25, "x": 17}.get(spec[-1:], 1.5)


def test_every_template_of_ours_can_be_kept():
    """But for three of errors, which no document keeps: they quote, and one is a byte's."""
    lost = set()
    for template in templates():
        fields = [part for part in Formatter().parse(template) if part[1] is not None]
        phrase = formed(template, **{str(name): sample(spec or "") for _, name, spec, _ in fields})
        kept = reread(phrase)
        assert kept == phrase
        if not isinstance(kept, Phrase):
            assert any(spec == "02x" or conversion == "r" for _, _, spec, conversion in fields)
            lost.add(template)
    assert len(lost) <= 4


def test_values_of_pandas_and_numpy_are_kept_as_plain_ones():
    phrase = said("{n:,d} from {day}: {x:.1%}, {y:.2f}", n=np.int64(5), x=np.float64(1 / 3),
                  y=np.float32(0.5), day=pd.Timestamp("2024-01-02 10:00"))  # fmt: skip
    data = to_data(phrase)
    assert isinstance(data, dict)
    assert data["values"] == {
        "n": 5, "x": 0.333333333333, "y": 0.5, "day": {"day": "2024-01-02"}
    }  # fmt: skip
    assert reread(phrase) == phrase


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_leaves_the_text(value):
    assert to_data(said("by {x:.1f}", x=value)) == f"by {value:.1f}"


def nested(depth: int, fields: int = 1) -> dict:
    data: dict = {"message": "x", "values": {}}
    for _ in range(depth):
        data = {"message": "{a}" * fields, "values": {"a": data}}
    return data


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"message": "{x.__class__}", "values": {"x": 1.0}}, "no such value"),
        ({"message": "{x[0]}", "values": {"x": "y"}}, "no such value"),
        ({"message": "{x!r}", "values": {"x": 1.0}}, "no such value"),
        ({"message": "{x:>999999999}", "values": {"x": 1.0}}, "no such value"),
        ({"message": "{x:.999999999f}", "values": {"x": 1.0}}, "no such value"),
        ({"message": "{x:{width}}", "values": {"x": 1.0, "width": 9}}, "no such value"),
        ({"message": "{x}", "values": {}}, "'x' has no such value"),
        ({"message": "{}", "values": {"": 1.0}}, "no such value"),
        ({"message": "{x", "values": {"x": 1.0}}, "brace"),
        ({"message": "{x:,.0f}", "values": {"x": "many"}}, "of another kind"),
        ({"message": "{x:.9f}", "values": {"x": 10**400}}, "neither a text nor"),
        ({"message": "{x}", "values": {"x": None}}, "neither a text nor"),
        ({"message": "{x}", "values": {"x": {"day": "2024-02-30"}}}, "'2024-02-30' is no day"),
        ({"message": "{x}", "values": {"x": {"day": 3}}}, "3 is no day"),
        ({"message": "{x}", "values": {"x": 3}, "text": "4"}, "its text is not what"),
        ({"message": "x", "values": {}, "wors": 1}, "'wors' is not a part"),
        ({"message": 3, "values": {}}, "has no message"),
        ({"message": "x", "values": []}, "has no message"),
        ({"values": {}}, "has no message"),
        ([], "neither a text nor"),
        (nested(21), "nested too deeply"),
        ({"message": "{x}", "values": {"x": json.loads("[" * 30 + "]" * 30)}}, "neither a text"),
        (nested(15, fields=10), "too long"),
    ],
)
def test_what_cannot_be_said_safely_is_refused(data, problem):
    with pytest.raises(ValueError, match=problem):
        from_data(data)


class Letter(BaseModel):
    subject: Text
    lines: tuple[Text, ...] = ()


def test_a_phrase_survives_pydantic():
    phrase, plainly = said("row {n}", n=1), "a name"
    letter = Letter(subject=phrase, lines=(phrase, plainly))
    assert letter.subject is phrase
    assert letter.model_dump()["subject"] is phrase
    again = Letter.model_validate_json(letter.model_dump_json())
    assert again == letter
    assert isinstance(again.subject, Phrase)
    first = again.lines[0]
    assert isinstance(first, Phrase)
    assert first.template == "row {n}"
    assert not isinstance(again.lines[1], Phrase)
    with pytest.raises(ValidationError, match="neither a text nor a message"):
        Letter.model_validate({"subject": 3})


def test_phrases_survive_copies():
    phrase = said("row {n}", n=1)
    for twin in (copy.deepcopy(phrase), pickle.loads(pickle.dumps(phrase))):
        assert isinstance(twin, Phrase)
        assert (twin, twin.template, twin.values) == ("row 1", "row {n}", {"n": 1})


def test_a_list_of_a_thousand_is_said_and_kept_without_depth():
    names = [f"rule {number}" for number in range(1000)]
    phrase = all_of(names)
    assert phrase == " and ".join(names)
    spoken = Translated("vi", {" and ": " và "})
    assert spoken.say(reread(phrase)) == " và ".join(names)
    assert all_of(["one"]) == "one"
    assert all_of([]) == ""


def test_texts_are_joined_with_a_mark_that_may_hold_braces():
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(2)]
    phrase = joined("{;} ", [said("on {day}", day=day) for day in days])
    assert phrase == reread(phrase) == "on 2024-01-01{;} on 2024-01-02"
