"""Where something stands, and lists of names, as phrases for messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.errors import Fault, nearest
from models.phrases import Phrase, said

MOST_FAULTS = 20  # spelled out in one report; the others are counted


def place(file: str, line: int | None = None, column: str | None = None) -> Phrase:
    """``google.csv, line 3, column Cost``."""
    where = said("{file}", file=file)
    if line is not None:
        where = said("{file}, line {line}", file=file, line=int(line))
    return said("{place}, column {column}", place=where, column=column) if column else where


def listed(names: Iterable[str], most: int = 12) -> Phrase:
    """``'Day', 'Cost' and 3 more``; "" of no names."""
    shown = [f"'{' '.join(name.split())[:40]}'" for name in names if name.strip()]
    if len(shown) <= most:
        return said("{names}", names=shown)
    return said("{names} and {n} more", names=shown[:most], n=len(shown) - most)


def one_of(word: str, known: Iterable[str]) -> Phrase:
    """What to write instead of a word that is not known: the nearest, or any of them."""
    if near := nearest(word, known := list(known)):
        return said("Did you mean '{near}'?", near=near)
    return said("There are: {names}", names=known)


def at_most(faults: Sequence[Fault], file: str) -> list[Fault]:
    """The first faults of a file, and how many others there are."""
    more = len(faults) - MOST_FAULTS
    rest = [Fault(file, said("further faults: {n:,}", n=more))] if more > 0 else []
    return [*faults[:MOST_FAULTS], *rest]
