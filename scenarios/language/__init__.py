"""Saying things in another language: phrases from a catalogue, numbers and dates by locale.

English needs nothing. Another language is one file here, such as `vi.po`, whose message ids are
the templates given to `models.wording.said`; what it lacks stays English. Numbers and dates are
then written by Babel, from the extra `budgetopt[lang]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from models.errors import Fault, InputError
from models.wording import Phrase

SPEC = re.compile(r"(?P<sign>\+?)(?P<group>,?)(?:\.(?P<digits>\d+))?(?P<kind>[fd%]?)")


class Language:
    """English: everything as it is."""

    code = "en"

    def say(self, text: str) -> str:
        """A phrase, or a text that stays as it is, such as a name."""
        return str(text)

    def number(self, value: float, spec: str) -> str:
        """A number by a format specification such as ``,.2f`` or ``.1%``."""
        text = format(value, spec)
        # A thin blank would be right before the mark; terminals and files take a plain one.
        return text.replace("%", " %")

    def day(self, day: date) -> str:
        return f"{day:%Y-%m-%d}"


class Translated(Language):
    """A language with a catalogue.

    Parameters
    ----------
    code : its locale, e.g. ``vi``
    templates : translated template by English template
    """

    def __init__(self, code: str, templates: dict[str, str]) -> None:
        self.code = code
        self.templates = templates
        self._formatter = _Local(self)

    def say(self, text: str) -> str:
        if not isinstance(text, Phrase):
            return str(text)
        template = self.templates.get(text.template) or text.template
        return self._formatter.vformat(template, (), text.values)

    def number(self, value: float, spec: str) -> str:
        from babel.numbers import format_decimal, format_percent

        parts = SPEC.fullmatch(spec)
        if parts is None:  # hexadecimal, a name: nothing that a locale would write otherwise
            return format(value, spec)
        whole = "#,##0" if parts["group"] or parts["kind"] == "%" else "0"
        digits = int(parts["digits"] or 0)
        pattern = whole + ("." + "0" * digits if digits else "")
        if parts["kind"] == "%":
            text = format_percent(value, pattern + " %", locale=self.code)
        else:
            text = format_decimal(value, pattern, locale=self.code)
        return "+" + text if parts["sign"] and value >= 0 else text

    def day(self, day: date) -> str:
        from babel.dates import format_skeleton

        return format_skeleton("yMd", day, locale=self.code)


class _Local(Formatter):
    def __init__(self, language: Translated) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        if isinstance(value, date):
            return self.language.day(value)
        if isinstance(value, str):
            return self.language.say(value)
        return self.language.number(value, format_spec) if format_spec else str(value)


def language(code: str) -> Language:
    """The language of a code, ``en`` or that of a catalogue here.

    Raises
    ------
    InputError : the extra `lang` is not installed
    """
    if code == "en":
        return Language()
    try:
        from babel.messages.pofile import read_po
    except ImportError:
        raise InputError(
            Fault("--lang", "other languages need the package Babel", "Install budgetopt[lang]")
        ) from None
    with (Path(__file__).parent / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    return Translated(code, {str(entry.id): str(entry.string) for entry in catalogue if entry.id})


@contextmanager
def errors_in(spoken: Language) -> Iterator[None]:
    """Let an InputError from inside speak the language."""
    try:
        yield
    except InputError as error:
        faults = [
            Fault(spoken.say(fault.where), spoken.say(fault.problem), spoken.say(fault.remedy))
            for fault in error.faults
        ]
        raise type(error)(faults) from None
