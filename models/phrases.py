"""Text that remembers how it was made, so that it can be said in another language.

What people read is written once, in English, as templates: ``said("{n:,} rows", n=5)`` is the
text "5 rows" and still knows its template and values. A catalogue of templates, such as
`scenarios/language/vi.po`, is all that another language needs; where it has none, English stands.
A document keeps a phrase with its template and values too, so that it can be said in any language
by whoever reads the document: `to_data` and `from_data`, and for pydantic's models the type `Text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from numbers import Integral, Real
from string import Formatter
from typing import Annotated, Any

DIGITS = 12  # significant digits of a number in a document: no text shows more
DEEPEST, LONGEST, LARGEST = 20, 1_000_000, 1e300  # phrases in phrases, letters, numbers
# What a template from a document may ask for: a text or a day as it is, a number with a few digits.
# A file comes from anywhere; it must not make a report look into objects or fill the memory.
SPEC = re.compile(r"\+?,?(\.[0-9])?[dfge%]?")
UNSAID = "the text cannot be said: "


class Phrase(str):
    """An English text with the template and the values that it was made of."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


class Wording(Formatter):
    """How values stand in a template; in English, unless a language says them in its own way.

    ``{name!c}`` begins with a capital letter, whatever the value begins with.
    """

    def say(self, text: str) -> str:
        return str(text)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion != "c":
            return super().convert_field(value, conversion)
        text = self.format_field(value, "")
        return text[:1].upper() + text[1:]

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        if isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        if isinstance(value, str) and not format_spec:
            return self.say(value)
        return format(value, format_spec).replace("%", " %" if format_spec.endswith("%") else "%")


_ENGLISH = Wording()


def said(template: str, /, **values: Any) -> Phrase:
    """Text from a template with named fields, which the catalogues translate.

    Values are shown as `str.format` would, but dates (also pandas' and those in lists) in ISO
    form and lists with commas. A value may itself be a phrase.
    """
    return formed(template, **values)


def formed(template: str, /, **values: Any) -> Phrase:
    """Like `said`, of a template without words, which reads the same in every language."""
    phrase = Phrase(_ENGLISH.vformat(template, (), values))
    phrase.template, phrase.values = template, values
    return phrase


def figure(value: float, spec: str, unit: str = "") -> Phrase:
    """A number by a format specification such as ``,.2f``, and what follows it, such as " %"."""
    return formed(f"{{n:{spec}}}{unit}", n=value)


def capital(text: str) -> Phrase:
    """The text with a capital letter in front."""
    return formed("{text!c}", text=text)


def joined(separator: str, texts: Iterable[str]) -> Phrase:
    """Texts with a mark between them, or with a word, which is a phrase itself."""
    values = {f"text{number}": text for number, text in enumerate(texts)}
    if isinstance(separator, Phrase):
        return formed("{mark}".join(f"{{{name}}}" for name in values), **values, mark=separator)
    marks = separator.replace("{", "{{").replace("}", "}}")
    return formed(marks.join(f"{{{name}}}" for name in values), **values)


def all_of(texts: Sequence[str]) -> str:
    """``a and b and c``; nothing where there is none."""
    if len(texts) < 2:
        return texts[0] if texts else ""
    return joined(said(" and "), texts)


def to_data(text: str) -> str | dict[str, Any]:
    """What a document keeps of a text.

    Of a phrase ``{"message": template, "values": {...}, "text": English}``. A value is a text, a
    number, a list, ``{"day": ISO date}`` or a phrase again, which has no text of its own. A text
    that was not made of a template, or of one that no document may ask for, is kept as it is.
    """
    if not isinstance(text, Phrase):
        return str(text)
    data = _value_to_data(text)
    try:
        return {**data, "text": str(from_data(data))}
    except ValueError:
        return str(text)


def _value_to_data(value: Any) -> Any:
    if isinstance(value, Phrase):
        values = {name: _value_to_data(inner) for name, inner in value.values.items()}
        return {"message": value.template, "values": values}
    if isinstance(value, list | tuple):
        return [_value_to_data(item) for item in value]
    if isinstance(value, date):
        return {"day": date(value.year, value.month, value.day).isoformat()}
    if isinstance(value, Integral):
        return int(value)
    return float(f"{float(value):.{DIGITS}g}") if isinstance(value, Real) else str(value)


def from_data(data: Any) -> str:
    """The text that a document keeps: a phrase, or what is kept of no phrase.

    Raises
    ------
    ValueError : it is no text, or one that cannot be said
    """
    if isinstance(data, str):
        return data
    phrase, _ = _phrase_from_data(data, DEEPEST)
    if data.get("text", phrase) != phrase:
        raise ValueError(f"its text is not what its message says of its values: {str(phrase)!r}")
    return phrase


def _phrase_from_data(data: Any, depth: int) -> tuple[Phrase, int]:
    """A phrase, and how many letters saying it takes at most."""
    if not isinstance(data, Mapping):
        raise ValueError("is neither a text nor a message with its values")
    template = data.get("message", data.get("template"))  # as older plans called it
    values = data.get("values", {})
    if not isinstance(template, str) or not isinstance(values, Mapping):
        raise ValueError("has no message, or its values are not an object")
    if unknown := sorted(set(data) - {"message", "template", "values", "text"}):
        raise ValueError(f"'{unknown[0]}' is not a part of a message: message, values, text")
    if not depth:
        raise ValueError(UNSAID + "it is nested too deeply")
    known = {name: _value_from_data(value, depth - 1) for name, value in values.items()}
    try:
        parts = Formatter().parse(template)
        fields = [(name, spec, turned) for _, name, spec, turned in parts if name is not None]
    except ValueError:
        raise ValueError(UNSAID + "a brace of its message is not closed") from None
    size = len(template)
    for name, spec, conversion in fields:
        is_plain = name.isidentifier() and conversion in (None, "c") and SPEC.fullmatch(spec or "")
        if not is_plain or name not in known:
            raise ValueError(UNSAID + f"'{name}' has no such value")
        size += known[name][1]
        if size > LONGEST:
            raise ValueError(UNSAID + "it is too long")
    try:
        return formed(template, **{name: value for name, (value, _) in known.items()}), size
    except (TypeError, ValueError, OverflowError):
        raise ValueError(UNSAID + "its values are of another kind") from None


def _value_from_data(value: Any, depth: int) -> tuple[Any, int]:
    if isinstance(value, list) and depth:
        found = [_value_from_data(item, depth - 1) for item in value]
        return [item for item, _ in found], sum(size for _, size in found) + 2 * len(found)
    if isinstance(value, Mapping) and set(value) == {"day"}:
        try:
            return date.fromisoformat(value["day"]), len("2000-01-01")
        except (TypeError, ValueError):
            raise ValueError(UNSAID + f"{value['day']!r} is no day") from None
    if isinstance(value, str):
        return value, len(value)
    if isinstance(value, int | float) and abs(value) < LARGEST:
        return value, len(f"{value:,.9f}")
    return _phrase_from_data(value, depth)


class _Told:
    """How pydantic reads a text from a document and writes it there."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        written = core_schema.plain_serializer_function_ser_schema(to_data, when_used="json")
        return core_schema.no_info_plain_validator_function(from_data, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        message = {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "values": {"type": "object"},
                "text": {"type": "string"},
            },
            "required": ["message", "values"],
        }
        return {"anyOf": [{"type": "string"}, message]}


Text = Annotated[str, _Told]
