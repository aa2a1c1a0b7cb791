"""Text that remembers how it was made, so that it can be said in another language.

What people read is written once, in English, as templates: ``said("{n:,} rows", n=5)`` is the
text "5 rows" and still knows its template and values. A catalogue of templates, such as
`scenarios/language/vi.po`, is all that another language needs; where it has none, English stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from string import Formatter
from typing import Any


class Phrase(str):
    """An English text with the template and the values that it was made of."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


class Stored(str):
    """An English text from a file, of whose template and values only the words are left."""

    __slots__ = ()


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
    """Texts with a mark between them."""
    values = {f"text{number}": text for number, text in enumerate(texts)}
    marks = separator.replace("{", "{{").replace("}", "}}")
    return formed(marks.join(f"{{{name}}}" for name in values), **values)


def all_of(texts: Sequence[str]) -> str:
    """``a and b and c``; nothing where there is none."""
    return reduce(both, texts) if texts else ""


def both(one: str, two: str) -> Phrase:
    """``a and b``."""
    return said("{one} and {two}", one=one, two=two)


def stored(text: str) -> str:
    """A text from a document: the phrase that it still is, or what is left of one."""
    return text if isinstance(text, Phrase) else Stored(text)
