"""What a person may ask of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.channel_fit.parametrisation import SHAPES, HillShape
from models.diagnostics.anomalies import Flag
from models.diagnostics.day_weights import Trust
from models.errors import Fault, HistoryError, nearest
from models.transforms.design_matrix import Events

AUTO, SIMPLEST = "auto", "simplest"
GEOMETRIC, DELAYED = "geometric", "delayed"  # forms of carry-over
FAMILY_CHOICES = (AUTO, SIMPLEST, *SHAPES)


@dataclass(frozen=True)
class FitOptions:
    """How to fit; the defaults are what `budgetopt fit` and `plan` use.

    Parameters
    ----------
    family : one for all channels, or "auto": the families averaged by rolling-origin validation,
        or "simplest": the simplest that the best does not clearly beat. Hill has the others as
        limits or close to one, and averaging was measured to decide no better
        (`benchmarks/fit.py`), so the simpler is the default
    families : a family for single channels, by channel
    draws : number of equally likely curves per channel; 0 for none
    seed : of the draws
    carry_over : "geometric", or "delayed": the effect peaks up to three periods after the spend,
        each channel's in the period that fits best; a plan of several periods takes the geometric
        carry-over that comes as late on average. Not for a mix
    carry_over_ranges : least and greatest carry-over from one period to the next, by channel,
        fractions, as an experiment or experience shows it: a mix looks nowhere else, of a channel
        with conversions of its own it is the 90 % interval before any data
    media_share : least and greatest share of the KPI that all channels of a mix bring: the 90 %
        interval before any data. None: no more than that a sixth or so is usual
    conversion_lag : days at the end whose conversions are still arriving: left out of the fit
    events : periods in which something else moved conversions, by the event's name: pairs of
        first and last day, ISO dates
    doubts : stretches of days to count less, as `models.diagnostics.anomalies.suspect` flags
        them or a person says (`models.fit.side_tables.read_weights`)
    alike : channels that are one channel in several segments, and what to call it: their
        returns and shapes are drawn together (`models.fit.segments`)
    borrowed : by channel, what other accounts say of its shape and carry-over (mean and precision
        of their parameters; see `models.channel_fit.borrowing`), of Hill's family
    workers : processes to use for many channels; the result does not depend on it
    """

    family: str = HillShape.name
    families: Mapping[str, str] = field(default_factory=dict)
    draws: int = 200
    seed: int = 0
    carry_over: str = GEOMETRIC
    carry_over_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    media_share: tuple[float, float] | None = None
    conversion_lag: int = 7
    events: Events = field(default_factory=dict)
    doubts: tuple[Flag | Trust, ...] = ()
    alike: Mapping[str, str] = field(default_factory=dict)
    borrowed: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(
        default_factory=dict
    )
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
        if self.carry_over not in (GEOMETRIC, DELAYED):
            faults.append(_unknown("carry_over", "form", self.carry_over, (GEOMETRIC, DELAYED)))
        faults += [
            _unknown(f"carry_over.{name}", "channel", name, channels)
            for name in self.carry_over_ranges
            if name not in {self.alike.get(channel, channel) for channel in channels}
        ]
        if self.carry_over_ranges and self.carry_over == DELAYED:
            problem = "ranges are of the geometric form, delayed was asked for"
            faults.append(Fault("carry_over", problem, "Leave one of them out."))
        if self.borrowed and self.carry_over == DELAYED:
            problem = "what other accounts lend is of the geometric form, delayed was asked for"
            faults.append(Fault("carry_over", problem, "Leave one of them out."))
        ranges = {f"carry_over.{name}": ends for name, ends in self.carry_over_ranges.items()}
        if self.media_share is not None:
            ranges["media_share"] = self.media_share
        faults += [
            Fault(where, f"{low:.0%} to {high:.0%} is no range", "Write two rising shares below 1.")
            for where, (low, high) in ranges.items()
            if not 0.0 <= low < high < 1.0
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
