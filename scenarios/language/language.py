"""Saying things in another language: phrases from a catalogue, numbers and dates by locale.

English needs nothing. Another language is one file here, such as `vi.po`, whose message ids are
the templates given to `models.phrases.said`; what it lacks stays English. Numbers and dates are
then written by Babel, from the extra `budgetopt[lang]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.errors import Fault, InputError
from models.extras import lacking
from models.phrases import Phrase, Wording, said

DAYS = {"vi": "dd/MM/yyyy"}  # where people write days otherwise than the locale's data says
SPEC = re.compile(r"(?P<sign>\+?)(?P<group>,?)(?:\.(?P<digits>\d+))?(?P<kind>[fdge%]?)")


class Language:
    """English: everything as it is."""

    code = "en"
    separators = ".,"  # the decimal mark and that of thousands

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
        from babel.numbers import get_decimal_symbol, get_group_symbol

        self.code = code
        self.templates = templates
        self.separators = get_decimal_symbol(code) + get_group_symbol(code)
        self._wording = _Local(self)

    def say(self, text: str) -> str:
        if not isinstance(text, Phrase):
            return str(text)
        template = self.templates.get(text.template) or text.template
        return self._wording.vformat(template, (), text.values)

    def number(self, value: float, spec: str) -> str:
        from babel.numbers import format_decimal, format_percent

        parts = SPEC.fullmatch(spec)
        if parts is None:  # hexadecimal, a name: nothing that a locale would write otherwise
            return format(value, spec)
        if parts["kind"] in ("g", "e"):  # as many digits as are significant
            return format(value, spec).replace(".", self.separators[0])
        whole = "#,##0" if parts["group"] or parts["kind"] == "%" else "0"
        digits = int(parts["digits"] or 0)
        pattern = whole + ("." + "0" * digits if digits else "")
        # Rounded as in English, of which Babel would tell a tie otherwise.
        if parts["kind"] == "%":
            exact = Decimal(format(value, f".{digits}%")[:-1]) / 100
            text = format_percent(exact, pattern + " %", locale=self.code)
        else:
            exact = Decimal(format(value, f".{digits}f"))
            text = format_decimal(exact, pattern, locale=self.code)
        return "+" + text if parts["sign"] and value >= 0 else text

    def day(self, day: date) -> str:
        from babel.dates import format_date, format_skeleton

        if pattern := DAYS.get(self.code):
            return format_date(day, pattern, locale=self.code)
        return format_skeleton("yMd", day, locale=self.code)


class _Local(Wording):
    def __init__(self, language: Translated) -> None:
        self.language = language

    def say(self, text: str) -> str:
        return self.language.say(text)

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, date):
            return self.language.day(value)
        if format_spec and isinstance(value, int | float):
            return self.language.number(value, format_spec)
        return super().format_field(value, format_spec)


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
        lacks = lacking(said("another language than English"), "Babel", "lang")
        raise InputError(Fault("--lang", *lacks)) from None
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
