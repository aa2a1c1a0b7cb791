"""Breaks of unit in a series of money: cents for units, another currency, from one date on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.history.history import History
from models.phrases import Phrase, said

Array = NDArray[np.floating]

FEWEST = 3  # periods with spend that each side of a break must have
USUAL = np.log10([10, 25, 100, 1_000, 10_000, 25_000, 1_000_000])
NEAR = np.log10(1.3)  # a factor this near to a usual one is taken for it
APART = 0.9  # share of the periods that must lie on their own side of the middle
ALIKE, NOISE = 0.1, 0.06  # of a break's size, and beside it: what is this near breaks with it
WHOLE = 0.8  # share of the money whose channels must break together to be one break of all


@dataclass(frozen=True)
class _Rule:
    """When a step of spend is a break of unit; sizes are in powers of ten.

    Parameters
    ----------
    shows : least size by the periods beside it, which vary more than all
    least : least size by all periods up to the next break
    wide : periods with spend on each side
    still : share of the size by which results may move: real money moves them more
    results : fewest on each side, so that their standing still is no chance
    """

    shows: float
    least: float
    wide: int
    still: float
    results: float = 0.0


LARGE = _Rule(np.log10(5.0), np.log10(8.0), 4, 0.3)
# A currency's rate, such as 4.3, could be a budget's: results must really stand still.
SMALL = _Rule(np.log10(2.5), np.log10(3.0), 8, 0.15, 50.0)
# Revenue breaks alike, or all channels do: no budget does either while conversions stand still.
ALONG = _Rule(np.log10(1.25), np.log10(1.3), 8, 0.2, 50.0)
# A mix counts everybody's results, which one channel hardly moves.
MIX = _Rule(np.log10(8.0), np.log10(8.0), 8, 0.1, 50.0)
MIX_TOGETHER = _Rule(np.log10(1.9), np.log10(2.0), 8, 0.1, 50.0)


@dataclass(frozen=True)
class UnitBreak:
    """From a date on, money stands at another level while what it brought does not.

    Parameters
    ----------
    since : first day of the first period at the new level
    factor : how many times the money before it is, e.g. 100
    with_revenue : whether revenue breaks alike
    revenue_of : whose revenue that is: the channel's, or a mix's "total"
    together : whether other channels break alike
    """

    channel: str
    since: date
    factor: float
    with_revenue: bool
    revenue_of: str = ""
    together: bool = False

    @property
    def answers(self) -> str:
        """What to type where the new figures are in another unit, e.g. ``--scale tv@...=0.01``."""
        scale = f"{1 / self.factor:.6g}"
        money = f"--scale {self.channel}@{self.since}={scale}"
        if self.with_revenue:
            money += f" --scale {self.revenue_of or self.channel}:revenue@{self.since}={scale}"
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
        if self.together:
            return said(
                "spend is {factor} times as high from {date} on in all channels alike, what it "
                "brings is not: another unit or currency? Say {answers} (a scenario: "
                "history.scale), or {channel}@{date}=1 if it is right",
                **known,
            )
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

    A break is sudden (periods on each side lie on their own side of the middle), lasting, and the
    conversions do not follow it, as they would follow real money. The smaller it is, the more
    must speak for it: from eight times on nothing more; from three times on that the money per
    click (or conversion) shows it, and that conversions and clicks stand quite still; from 1.3
    times on that revenue breaks by the same factor or all channels do. In a mix, whose results
    one channel hardly moves, from eight times on, or from twice where all channels break alike.
    Factors that units differ by, such as 100, need not be met exactly. Figures that vary by more
    than a break hide it.
    """
    together = _of_all(history)
    found = [
        one
        for channel in history.channels
        for one in _of_channel(history, channel)
        if not any(_is_near(history, one, other) for other in together)
    ]
    answered = [one for one in (*together, *found) if not _is_answered(history, one)]
    return sorted(answered, key=lambda one: (history.channels.index(one.channel), one.since))


def _of_channel(history: History, channel: str) -> list[UnitBreak]:
    mix = history.shape == "mix"
    name = "total" if mix else channel
    spend = history.spend[channel].to_numpy(dtype=float)
    counted = history.metrics[history.kpi][name].to_numpy(dtype=float)
    earned, bought = _panel(history, "revenue", name), _bought(history, channel)
    found: dict[int, UnitBreak] = {}
    for rule in (MIX,) if mix else (LARGE, SMALL, ALONG):
        for at, size in _steps(spend if rule in (LARGE, MIX) else _cost(spend, bought), rule):
            if any(abs(at - other) <= rule.wide for other in found):
                continue
            alike = earned is not None and _is_alike(_change(earned, at, rule), size)
            still = _stands_still(counted, at, size, rule)
            if history.kpi == "revenue":  # its money may break with the spend
                still = still or (alike and rule is LARGE)
            if rule is SMALL:
                still = still and _stands_still(bought, at, size, rule)
            if still and (alike or rule is not ALONG):
                of = name if mix else ""
                since = history.dates[at].date()
                found[at] = UnitBreak(channel, since, _factor(size), alike, of)
    return [found[at] for at in sorted(found)]


def _of_all(history: History) -> list[UnitBreak]:
    """Breaks that all channels with most of the money share: the file's own unit changed."""
    mix = history.shape == "mix"
    rule = MIX_TOGETHER if mix else ALONG
    spend = {name: history.spend[name].to_numpy(dtype=float) for name in history.channels}
    money = sum(spend.values())
    always = [name for name, own in spend.items() if (own > 0).mean() >= APART]
    if len(always) < 2 or sum(spend[n].sum() for n in always) < WHOLE * np.sum(money):
        return []
    costs = [spend[n] if mix else _cost(spend[n], _bought(history, n)) for n in always]
    with np.errstate(divide="ignore"):
        middle = np.exp(np.mean(np.log(costs), axis=0))  # 0 where any of them is
    counted = history.metrics[history.kpi].to_numpy(dtype=float).sum(axis=1)
    found = []
    for at, size in _steps(middle, rule):
        own = [_change(cost, at, rule) for cost in costs]
        near = [name for name, step in zip(always, own, strict=True) if _is_alike(step, size)]
        if len(near) < len(always) or not _stands_still(counted, at, size, rule):
            continue
        since, factor = history.dates[at].date(), _factor(size)
        for channel in history.channels:
            name = "total" if mix else channel
            earned = _panel(history, "revenue", name) if history.kpi == "conversions" else None
            alike = earned is not None and _is_alike(_change(earned, at, rule), size)
            of = name if mix else ""
            found.append(UnitBreak(channel, since, factor, alike, of, together=True))
    return found


def _is_alike(moved: float, size: float) -> bool:
    """Whether another sum moves by a break's own size."""
    return abs(moved - size) < ALIKE * abs(size) + NOISE


def _cost(spend: Array, bought: Array) -> Array:
    """Money per result, which varies less than money; 0 where there is neither."""
    return np.where(bought > 0, spend / np.where(bought > 0, bought, 1.0), 0.0)


def _panel(history: History, metric: str, name: str) -> Array | None:
    panel = history.metrics.get(metric)
    return None if panel is None or name not in panel else panel[name].to_numpy(dtype=float)


def _bought(history: History, channel: str) -> Array:
    """What a channel's money bought: clicks, else impressions, else the KPI."""
    for metric in ("clicks", "impressions"):
        values = _panel(history, metric, channel)
        if values is not None and values.any():
            return values
    name = "total" if history.shape == "mix" else channel
    return history.metrics[history.kpi][name].to_numpy(dtype=float)


def _is_near(history: History, one: UnitBreak, other: UnitBreak) -> bool:
    near = 8 * history.period_days
    return one.channel == other.channel and abs((one.since - other.since).days) <= near


def _is_answered(history: History, found: UnitBreak) -> bool:
    near = 3 * history.period_days
    return any(
        one.channel == found.channel and abs((one.since - found.since).days) <= near
        for one in history.scales
    )


def _factor(size: float) -> float:
    """The usual factor that a break is near to, else what was measured, to two digits."""
    nearest = USUAL[np.argmin(np.abs(USUAL - abs(size)))]
    if abs(nearest - abs(size)) <= NEAR:
        return float(round(10 ** float(nearest))) ** (1 if size > 0 else -1)
    return float(f"{10**size:.2g}")


def _steps(spend: Array, rule: _Rule) -> list[tuple[int, float]]:
    """Periods from which on spend stands at another level, and by how many powers of ten."""
    active = np.flatnonzero(spend > 0)
    if not len(active):
        return []
    log = np.log10(spend[active])
    found: list[int] = []
    start = 0
    for k in np.flatnonzero(np.abs(np.diff(log)) >= rule.shows / 2) + 1:
        before, after = log[max(start, k - rule.wide) : k], log[k : k + rule.wide]
        if min(len(before), len(after)) < FEWEST:
            continue
        size = float(np.median(after) - np.median(before))
        middle = 0.5 * (np.median(after) + np.median(before))
        sides = (np.mean((before - middle) * size < 0), np.mean((after - middle) * size > 0))
        if abs(size) >= rule.shows and min(sides) >= APART:
            found.append(int(k))
            start = int(k)
    # Found by few periods, so that a short stretch shows; sized by all up to the next break.
    levels = [float(np.median(part)) for part in np.split(log, found)]
    return [
        (int(active[k]), after - before)
        for k, before, after in zip(found, levels, levels[1:], strict=False)
        if abs(after - before) >= rule.least
    ]


def _stands_still(values: Array, at: int, size: float, rule: _Rule) -> bool:
    """Whether results move by less than a share of a break's size, and are enough to tell."""
    few = min(values[max(0, at - rule.wide) : at].sum(), values[at : at + rule.wide].sum())
    return few >= rule.results and abs(_change(values, at, rule)) <= rule.still * abs(size)


def _change(values: Array, at: int, rule: _Rule) -> float:
    """By how many powers of ten the mean changes at a period; large where one side has none."""
    before, after = values[max(0, at - rule.wide) : at], values[at : at + rule.wide]
    one, other = float(before.mean()), float(after.mean())
    if one <= 0 or other <= 0:
        return np.inf
    return float(np.log10(other / one))
