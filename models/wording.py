"""Text that remembers how it was made, so that it can be said in another language.

Messages about data are written once, in English, as templates: ``said("{n:,} rows", n=5)`` is the
text "5 rows" and still knows its template and values. A catalogue of templates, such as
`scenarios/locale/vi.po`, is all that another language needs; where it has none, English stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any


class Phrase(str):
    """An English text with the template and the values that it was made of."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


class _English(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        if isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        return format(value, format_spec).replace("%", " %" if format_spec.endswith("%") else "%")


def said(template: str, /, **values: Any) -> Phrase:
    """Text from a template with named fields.

    Values are shown as `str.format` would, but dates (also pandas' and those in lists) in ISO
    form and lists with commas. A value may itself be a phrase.
    """
    phrase = Phrase(_English().vformat(template, (), values))
    phrase.template, phrase.values = template, values
    return phrase
