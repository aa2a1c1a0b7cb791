"""What a person may ask of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.design import Events
from models.errors import Fault, HistoryError, nearest
from models.shapes import SHAPES

AUTO, SIMPLEST = "auto", "simplest"
FAMILY_CHOICES = (AUTO, SIMPLEST, *SHAPES)


@dataclass(frozen=True)
class FitOptions:
    """How to fit; the defaults are what `budgetopt fit` and `plan` use.

    Parameters
    ----------
    family : "auto" averages the families by rolling-origin validation; "simplest" takes the
        simplest that the best does not clearly beat; else one family for all channels
    families : a family for single channels, by channel
    draws : number of equally likely curves per channel; 0 for none
    seed : of the draws
    conversion_lag : days at the end whose conversions are still arriving: left out of the fit
    events : periods in which something else moved conversions, by the event's name: pairs of
        first and last day, ISO dates
    alike : channels that are one channel in several segments, and what to call it: their
        returns and shapes are drawn together (`models.segments`)
    workers : processes to use for many channels; the result does not depend on it
    """

    family: str = AUTO
    families: Mapping[str, str] = field(default_factory=dict)
    draws: int = 200
    seed: int = 0
    conversion_lag: int = 7
    events: Events = field(default_factory=dict)
    alike: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1

    def family_of(self, channel: str) -> str:
        return self.families.get(channel, self.family)

    def check(self, channels: tuple[str, ...]) -> None:
        """Refuse what cannot be done, all at once (HistoryError)."""
        faults = [
            _unknown(f"families.{name}", "channel", name, channels)
            for name in self.families
            if name not in channels
        ]
        asked = {"family": self.family, **{f"families.{n}": f for n, f in self.families.items()}}
        faults += [
            _unknown(where, "family", family, FAMILY_CHOICES)
            for where, family in asked.items()
            if family not in FAMILY_CHOICES
        ]
        if self.draws < 0:
            faults.append(Fault("draws", f"is {self.draws}", "Write 0 or more."))
        if self.conversion_lag < 0:
            faults.append(Fault("conversion_lag", f"is {self.conversion_lag}", "Write 0 or more."))
        if faults:
            raise HistoryError(faults)


def _unknown(where: str, what: str, word: str, known: tuple[str, ...]) -> Fault:
    guess = nearest(word, known)
    remedy = f"Did you mean {guess}?" if guess else f"Known: {', '.join(known)}."
    return Fault(where, f"{word!r} is not a known {what}", remedy)
