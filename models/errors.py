"""Every error that a user's input can cause, under one base class.

An `InputError` carries all the faults of one input at once. Each fault names the culprit
(file, line, column or key), what is wrong with which value, and what to do about it. The
command line prints them and leaves with exit code 2; nothing else in the program may turn a
user's mistake into a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.passwords import without_passwords


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input.

    Parameters
    ----------
    where : the culprit, e.g. ``history.csv, line 17, column spend``
    problem : what is wrong, with the offending value
    remedy : what the person can do about it
    """

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        end = "" if text.endswith(("?", ".")) else "."
        # It may quote what a person wrote; what is shown to one may be kept by a log.
        return without_passwords(f"{text}{end} {self.remedy}" if self.remedy else text)


class BudgetoptError(Exception):
    """Whatever budgetopt refuses: catch this one to catch them all."""


class InputError(BudgetoptError):
    """The input is wrong; `faults` lists everything that is wrong with it.

    Parameters
    ----------
    faults : one fault, or all the faults found in one input, in the order they appear there
    """

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class HistoryError(InputError):
    """A history cannot be read, or cannot be used for what was asked of it."""


class CurvesError(InputError):
    """A curves file is malformed, or its curves cannot serve the question."""


class ScenarioError(InputError):
    """A scenario asks for something that cannot be understood or contradicts itself."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None when none is near enough to suggest."""
    from difflib import get_close_matches

    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None
