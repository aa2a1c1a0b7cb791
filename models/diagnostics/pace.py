"""Whether the last weeks' mean is a channel's pace: bills, launches, stops, flights, peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.history.history import History

Array = NDArray[np.floating]
Kind = Literal["bills", "launch", "stop", "flight", "peak"]

MONTH = 30.4375  # days
BILLS = 3  # single payments that make a rhythm
REGULAR = 0.8  # share of the gaps that are so: a bill may come late once
BILL_GAPS = (25.0, 36.0)  # days from one monthly bill to the next
PART = 0.75  # of the window: a launch or stop inside it leaves less of it in use
FLIGHTS = 2  # bursts before a dark stretch that make it a pause between flights
DARK = 21  # days without spend between two bursts
PEAK = 1.6  # times the usual pace of the year before it


@dataclass(frozen=True)
class Pace:
    """A channel whose mean of the last weeks is not its pace.

    Parameters
    ----------
    kind : "bills" (paid once a month), "launch" and "stop" (inside the window), "flight" (dark
        now, after several bursts), "peak" (the window is a season's height)
    mean : spend per day over the window
    per_day : spend per day that a person would name; of a flight, while it is on air
    """

    kind: Kind
    mean: float
    per_day: float


def pace_of(history: History, channel: str, window: int = 28) -> Pace | None:
    """A channel's pace, where its mean over the last `window` days is not it; else None."""
    spend = history.spend[channel].to_numpy(dtype=float)
    grain = history.period_days
    wide = max(1, window // grain)
    if len(spend) < 3 * wide:
        return None
    recent, active = spend[-wide:], np.flatnonzero(spend > 0)
    if not len(active):
        return None
    mean = float(recent.sum()) / (wide * grain)

    def told(kind: Kind, per_day: float) -> Pace:
        return Pace(kind, mean, per_day)

    if bill := _bill(spend, active, grain):
        return told("bills", bill) if abs(bill - mean) > 0.1 * bill else None
    on = recent > 0
    if (
        grain <= 7
        and active[0] >= len(spend) - wide
        and on.sum() < PART * wide + 1
        and not spend[:-wide].any()
    ):
        return told("launch", float(recent[on].mean()) / grain)
    if not on.any():
        bursts = _bursts(spend, max(1, DARK // grain))
        if len(bursts) < FLIGHTS:
            return None  # it stopped before the window: 0 is what it spends
        return told("flight", float(np.mean([burst.mean() for burst in bursts])) / grain)
    last = int(np.flatnonzero(on)[-1]) + 1
    silent = wide - last
    if silent * grain >= 7 and on[:last].mean() >= PART and spend[-2 * wide : -wide].all():
        return told("stop", 0.0)
    usual = _peak(spend, wide, grain)
    return None if usual is None else told("peak", usual)


def _bill(spend: Array, active: NDArray[np.integer], grain: int) -> float | None:
    """Spend per day of a channel that is billed once a month; None of any other."""
    if len(active) < BILLS or grain > 7:
        return None
    gaps = np.diff(active[-13:]) * grain
    low, high = BILL_GAPS
    if ((gaps >= low) & (gaps <= high)).mean() < REGULAR:
        return None
    # The next bill is not late: else it stopped, and 0 is what it spends.
    if (len(spend) - 1 - active[-1]) * grain > high + 7:
        return None
    return float(spend[active[-BILLS:]].mean()) / MONTH


def _bursts(spend: Array, dark: int) -> list[Array]:
    """The stretches of spend between dark ones of at least `dark` periods."""
    active = np.flatnonzero(spend > 0)
    cuts = np.flatnonzero(np.diff(active) > dark) + 1
    return [spend[part[0] : part[-1] + 1] for part in np.split(active, cuts)]


def _peak(spend: Array, wide: int, grain: int) -> float | None:
    """The usual spend per day, where the window is a height that last year had as well."""
    year = round(365 / grain)
    before = spend[-year:-wide]
    if len(spend) < year + 4 * wide or not before.any():
        return None
    usual = float(np.median(before[before > 0]))
    last_year = spend[-year - wide : -year]
    around = spend[-year - 4 * wide : -year - 2 * wide]
    now, then = float(spend[-wide:].mean()), float(last_year.mean())
    was_peak = around.any() and then > PEAK * float(around.mean())
    if usual > 0 and now > PEAK * usual and was_peak:
        return usual / grain
    return None
