"""Breaks of unit in a series of money: cents for units, another currency, from one date on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.history.history import History
from models.phrases import Phrase, said

Array = NDArray[np.floating]

WINDOW = 4  # periods with spend on each side that show a break
FEWEST = 3  # such periods that each side must have
LEAST = np.log10(8.0)  # smallest break that is told, sized by all periods
SHOWS = np.log10(5.0)  # of the few periods beside it, which vary more
USUAL = np.log10([10, 25, 100, 1_000, 10_000, 25_000, 1_000_000])
NEAR = np.log10(1.3)  # a factor this near to a usual one is taken for it
STAYS = 0.3  # of the break's size in logarithms: results that move less have not moved with it
APART = 0.9  # share of the periods that must lie on their own side of the middle


@dataclass(frozen=True)
class UnitBreak:
    """From a date on, money stands at another level while what it brought does not.

    Parameters
    ----------
    since : first day of the first period at the new level
    factor : how many times the money before it is, e.g. 100
    with_revenue : whether revenue breaks alike
    """

    channel: str
    since: date
    factor: float
    with_revenue: bool

    @property
    def answers(self) -> str:
        """What to type where the new figures are in another unit, e.g. ``--scale tv@...=0.01``."""
        scale = f"{1 / self.factor:.6g}"
        money = f"--scale {self.channel}@{self.since}={scale}"
        if self.with_revenue:
            money += f" --scale {self.channel}:revenue@{self.since}={scale}"
        return money

    @property
    def reason(self) -> Phrase:
        """In plain words, with what answers it."""
        known = {
            "factor": f"{self.factor:.4g}",
            "date": self.since,
            "answers": self.answers,
            "channel": self.channel,
        }
        if self.with_revenue:
            return said(
                "spend and revenue are {factor} times as high from {date} on, conversions are not:"
                " another unit or currency? Say {answers} (a scenario: history.scale), or"
                " {channel}@{date}=1 if they are right",
                **known,
            )
        return said(
            "spend is {factor} times as high from {date} on, what it brings is not: another unit or"
            " currency? Say {answers} (a scenario: history.scale), or {channel}@{date}=1 if it is"
            " right",
            **known,
        )


def unit_breaks(history: History) -> list[UnitBreak]:
    """Each channel's breaks of unit, the earliest first, but for those that are answered.

    A break is sudden (periods on each side lie on their own side of the middle), large (eight
    times at least), and the conversions do not follow it, as they would follow real money.
    Factors that units differ by, such as 100, need not be met exactly.
    """
    results = history.metrics[history.kpi].to_numpy(dtype=float)
    revenue = history.metrics.get("revenue")
    found = []
    for column, channel in enumerate(history.channels):
        if history.shape != "tidy":
            break
        counted = results[:, column]
        earned = None if revenue is None else revenue[channel].to_numpy(dtype=float)
        spend = history.spend[channel].to_numpy(dtype=float)
        for at, size in _breaks(spend, counted):
            since = history.dates[at].date()
            if _is_answered(history, channel, since):
                continue
            follows = earned is not None and history.kpi == "conversions"
            moved = _change(earned, at) if follows and earned is not None else 0.0
            with_revenue = abs(moved - size) < STAYS * abs(size)
            found.append(UnitBreak(channel, since, _factor(size), with_revenue))
    return found


def _is_answered(history: History, channel: str, since: date) -> bool:
    near = 3 * history.period_days
    return any(
        one.channel == channel and abs((one.since - since).days) <= near for one in history.scales
    )


def _factor(size: float) -> float:
    """The usual factor that a break is near to, else what was measured, to two digits."""
    nearest = USUAL[np.argmin(np.abs(USUAL - abs(size)))]
    if abs(nearest - abs(size)) <= NEAR:
        return float(round(10 ** float(nearest))) ** (1 if size > 0 else -1)
    return float(f"{10**size:.2g}")


def _breaks(spend: Array, counted: Array) -> list[tuple[int, float]]:
    """Periods at which a break begins, and its size in powers of ten; the earliest first."""
    active = np.flatnonzero(spend > 0)
    log = np.log10(spend[active])
    found: list[int] = []
    start = 0
    for k in range(1, len(active)):
        before, after = log[max(start, k - WINDOW) : k], log[k : k + WINDOW]
        if len(before) < FEWEST or len(after) < FEWEST or abs(log[k] - log[k - 1]) < SHOWS / 2:
            continue
        size = float(np.median(after) - np.median(before))
        middle = 0.5 * (np.median(after) + np.median(before))
        sides = (np.mean((before - middle) * size < 0), np.mean((after - middle) * size > 0))
        if abs(size) < SHOWS or min(sides) < APART:
            continue
        moved = _change(counted, int(active[k]))
        if abs(moved) <= STAYS * abs(size):
            found.append(k)
            start = k
    # Found by few periods, so that a short stretch shows; sized by all up to the next break.
    levels = [float(np.median(part)) for part in np.split(log, found)]
    return [
        (int(active[k]), after - before)
        for k, before, after in zip(found, levels, levels[1:], strict=False)
        if abs(after - before) >= LEAST
    ]


def _change(values: Array, at: int) -> float:
    """By how many powers of ten the mean changes at a period; large where one side has none."""
    before, after = values[max(0, at - WINDOW) : at], values[at : at + WINDOW]
    one, other = float(before.mean()), float(after.mean())
    if one <= 0 or other <= 0:
        return np.inf
    return float(np.log10(other / one))
