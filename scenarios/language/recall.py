"""Telling from an English sentence in a file which template it was made of.

A plan keeps its warnings, reasons and contradictions as English text. The templates that made
them are in the catalogue: the one whose words the text has, between whatever its fields hold, is
the one. A text that fits none stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from string import Formatter
from typing import Any

from models.phrases import Phrase, all_of, formed, joined, said

LEAST = 8  # letters of its own that a template with fields is recognised by
NUMBER = r"[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?(?: ?%)?"
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?")
# Fields that hold what people named: never words of ours, whatever they look like.
NAMES = frozenset({"channel", "channels", "name", "names", "event", "file"})
BETWEEN_PATHS = re.compile(
    r" and (?=(?:channels|groups|defaults|portfolio|periods|rules|target|risk|budget)\b)"
)

Part = tuple[str, str | None, str | None, str | None]


class Memory:
    """The templates of a catalogue, to be recognised in the texts that were made of them."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._whole = frozenset(templates)
        parsed = [(template, tuple(Formatter().parse(template))) for template in self._whole]
        self._with_fields = sorted(
            (
                (template, parts)
                for template, parts in parsed
                if _own(parts)[0] >= LEAST
                and any(part[1] is not None for part in parts)
                and all(_can_be_undone(part) for part in parts)
            ),
            key=lambda one: (*(-count for count in _own(one[1])), one[0]),
        )

    def recall(self, text: str) -> str:
        """The phrase that a text was; the text itself where no template fits.

        Of several that fit, the one with the most words of its own. A list between semicolons
        and a sentence whose template has no full stop are recognised by their parts.
        """
        if text.endswith("."):  # a sentence: its semicolons divide what its fields hold
            if (whole := self._recognised(text)) is not None:
                return whole
            if (found := self._recognised(text[:-1])) is not None:
                return formed("{sentence}.", sentence=found)
        parts, rest = [], text.split("; ")
        while rest:
            # The shortest that fits: a sentence may hold a semicolon of its own.
            ends = range(1, len(rest) + 1)
            tried = ((end, self._recognised("; ".join(rest[:end]))) for end in ends)
            end, found = next((one for one in tried if one[1] is not None), (1, rest[0]))
            parts.append(found)
            rest = rest[end:]
        if not any(isinstance(part, Phrase) for part in parts):
            return text
        return parts[0] if len(parts) == 1 else joined("; ", parts)

    def _recognised(self, text: str) -> Phrase | None:
        if text in self._whole and "{" not in text:
            return formed(text)
        for template, parts in self._with_fields:
            if all(part[0] in text for part in parts):
                match = _pattern(parts).fullmatch(text)
                if match is not None:
                    specs = {str(name): spec or "" for _, name, spec, _ in parts if name}
                    values = {key: self._value(key, match[key], specs[key]) for key in specs}
                    return formed(template, **values)
        return None

    def _value(self, name: str, text: str, spec: str) -> Any:
        if spec:
            number = float(text.replace(",", "").rstrip("% "))
            if spec.endswith("%"):
                return number / 100
            is_count = spec[-1] in "d," and number.is_integer()
            return int(number) if is_count else number
        if name == "paths":
            return all_of(BETWEEN_PATHS.split(text))
        if name in NAMES:
            return text
        return _days(text) or self.recall(text)


def _can_be_undone(part: Part) -> bool:
    """Whether a field's value can be read from its text; not a conversion's, or a hexadecimal."""
    _, _, spec, conversion = part
    return not conversion and (not spec or spec[-1] in "dfge%,")


def _days(text: str) -> list[date | Phrase]:
    """Days, or spans of them, between commas; nothing where the text is something else."""
    days: list[date | Phrase] = []
    for part in text.split(", "):
        match = DAYS.fullmatch(part)
        try:
            ends = [date.fromisoformat(day) for day in match.groups() if day] if match else []
        except ValueError:  # the 30th of February
            ends = []
        if not ends:
            return []
        first, last = ends[0], ends[-1]
        is_span = len(ends) == 2
        days.append(said("{first} to {last}", first=first, last=last) if is_span else first)
    return days


def _own(parts: Iterable[Part]) -> tuple[int, int]:
    """How many letters and how many marks a template has of its own."""
    own = "".join(part[0] for part in parts)
    return sum(character.isalpha() for character in own), len(own)


@cache
def _pattern(parts: tuple[Part, ...]) -> re.Pattern[str]:
    pattern, seen = "", set()
    for words, name, spec, _ in parts:
        pattern += re.escape(words)
        if name is None:
            continue
        if name in seen:
            pattern += f"(?P={name})"
        else:
            pattern += f"(?P<{name}>{NUMBER if spec else '.+?'})"
        seen.add(name)
    return re.compile(pattern, re.DOTALL)
