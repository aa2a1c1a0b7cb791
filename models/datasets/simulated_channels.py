"""Histories whose truth is known: for tests, benchmarks and the sample workspace.

Every channel's conversions are ``demand(t) * curve(carried-over spend)`` with count noise that is
wider than Poisson, as real conversions are. What a fit should find is returned beside the history.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic
from models.history.history import History
from models.transforms.adstock import geometric
from models.transforms.season import WEEKS, week_of_year

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]
Counts = NDArray[np.int64]
Dates = NDArray[np.datetime64]
Kind = Literal[
    "steady",  # concave curves of several families, spend that was planned
    "s_shaped",  # a threshold below which spend brings little
    "carry_over",  # half to four fifths of the effect come in later periods
    "confounded",  # spend follows a demand that would have come anyway
    "weekdays",  # daily rows, weekends unlike working days
    "outages",  # weeks without tracking, and one-off spikes
    "no_signal",  # conversions that do not care about spend
    "linear",  # no saturation anywhere
    "thin",  # a few conversions a week each
]
KINDS: tuple[Kind, ...] = get_args(Kind)
THIN = 0.05  # of the money, and so of the conversions, of other kinds
FIRST_MONDAY = np.datetime64("2024-01-01")
WEEKDAY_FACTORS = (1.15, 1.1, 1.05, 1.05, 1.0, 0.8, 0.85)  # Monday to Sunday


@dataclass(frozen=True)
class Truth:
    """What a simulated history was made of.

    Parameters
    ----------
    curves : response per fit period of a channel in an average season, at the level of the end
    decays : carry-over per fit period, fraction
    values : revenue per conversion, money
    growth : trend of the log response per year
    season : factor by week of the year, 53 numbers with mean 1
    """

    curves: Mapping[str, Curve]
    decays: Mapping[str, float]
    values: Mapping[str, float]
    growth: Mapping[str, float]
    season: tuple[float, ...]


@dataclass(frozen=True)
class Simulated:
    """A tidy table (date, channel, spend, conversions, revenue, ...) and its truth."""

    frame: pd.DataFrame
    truth: Truth
    period_days: int

    @property
    def history(self) -> History:
        """The table as a History, on the grid it was made on."""
        return panels(self.frame, self.period_days)


def panels(frame: pd.DataFrame, period_days: int) -> History:
    """A History straight from a tidy table that is already regular and complete."""
    import pandas as pd

    channels = list(dict.fromkeys(frame["channel"]))

    def panel(column: str) -> pd.DataFrame:
        wide = frame.pivot(index="date", columns="channel", values=column)
        dates = pd.DatetimeIndex(wide.index, name="date")
        return pd.DataFrame({name: wide[name].to_numpy(float) for name in channels}, index=dates)

    metrics = [name for name in frame.columns if name not in ("date", "channel", "spend")]
    spend = panel("spend")
    controls = pd.DataFrame(index=spend.index)
    return History("tidy", period_days, spend, {m: panel(m) for m in metrics}, controls)


def simulate_history(
    kind: Kind, channels: int = 6, weeks: int = 104, seed: int = 0, noise: float = 0.08
) -> Simulated:
    """A history of the given kind; the same arguments give the same table.

    Parameters
    ----------
    channels : number of channels, called ``channel_1``, ``channel_2``, ...
    weeks : length; kind "weekdays" has seven rows per channel and week, the others one
    noise : spread of conversions around their expectation beyond Poisson, as a fraction
    """
    rng = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    days = 1 if kind == "weekdays" else 7
    dates = FIRST_MONDAY + np.arange(0, weeks * 7, days)
    season = _season(rng)
    demand = np.asarray(season)[_week(dates)]
    hidden = np.zeros(len(dates))
    if kind == "confounded":
        hidden = _autoregressive(rng, len(dates), 0.2, 0.8)
        # The mean and the slope of the demand that a history saw are part of its level and trend.
        count = np.arange(len(dates))
        hidden -= np.polyval(np.polyfit(count, hidden, 1), count)
    if kind == "weekdays":
        demand = demand * np.asarray(WEEKDAY_FACTORS)[np.arange(len(dates)) % 7]

    tables, curves, decays, values, growth = [], {}, {}, {}, {}
    for number in range(1, channels + 1):
        name = f"channel_{number}"
        base = math.exp(rng.uniform(math.log(2e3), math.log(2e4))) * days / 7
        if kind == "thin":
            base *= THIN
        curve, decay = _curve(kind, base, rng), _decay(kind, rng)
        growth[name] = rng.normal(0.0, 0.08)
        years = (np.arange(len(dates)) + 1 - len(dates)) * days / 365
        moved = demand * np.exp(hidden + growth[name] * years)
        followed = np.log(demand) + hidden if kind == "confounded" else 0.0
        spend = _spend(base, len(dates), days, followed, rng)
        conversions = _counts(moved * curve.response(geometric(spend, decay)), noise, rng)
        if kind == "outages":
            conversions = _broken(conversions, rng)
        values[name] = round(math.exp(rng.uniform(math.log(40), math.log(120))), 2)
        curves[name], decays[name] = curve, decay
        revenue = _revenue(conversions, values[name], rng)
        columns = {"spend": spend, "conversions": conversions, "revenue": revenue}
        tables.append({"channel": name, **columns})
    return Simulated(_table(dates, tables), Truth(curves, decays, values, growth, season), days)


def _table(dates: Dates, tables: list[dict]) -> pd.DataFrame:
    import pandas as pd

    dates = dates.astype("datetime64[s]")
    parts = [pd.DataFrame({"date": dates, **columns}) for columns in tables]
    return pd.concat(parts, ignore_index=True)


def _week(dates: Dates) -> Counts:
    of_year = (dates - dates.astype("datetime64[Y]")).astype(int) + 1
    return week_of_year(of_year) - 1


def _season(rng: np.random.Generator) -> tuple[float, ...]:
    """A yearly wave and a bump before Christmas, mean 1."""
    week = np.arange(WEEKS)
    wave = rng.uniform(0.05, 0.2) * np.cos(2 * np.pi * (week - rng.uniform(0, WEEKS)) / WEEKS)
    bump = rng.uniform(0.1, 0.3) * np.exp(-0.5 * ((week - 48.0) / 2.0) ** 2)
    factors = np.exp(wave + bump)
    return tuple((factors / factors.mean()).tolist())


def _curve(kind: Kind, base: float, rng: np.random.Generator) -> Curve:
    """A curve whose CPA at the channel's base spend lies between 20 and 80."""
    count = base / math.exp(rng.uniform(math.log(20), math.log(80)))
    scale = base * math.exp(rng.uniform(math.log(0.5), math.log(3.0)))
    shape: Curve
    if kind == "no_signal":
        shape = Hill(1.0, base * 1e-9, 1.0)
    elif kind == "linear":
        shape = Linear(1.0)
    elif kind == "s_shaped":
        shape = Hill(1.0, base * rng.uniform(0.5, 1.3), rng.uniform(1.5, 3.0))
    else:
        family = rng.choice(3)
        shape = [
            Hill(1.0, scale, rng.uniform(0.7, 1.0)),
            Exponential(1.0, scale),
            Logarithmic(1.0, scale),
        ][family]
    factor = count / float(shape.response(base))
    return shape.stretched(1.0, factor)


def _decay(kind: Kind, rng: np.random.Generator) -> float:
    if kind == "carry_over":
        return rng.uniform(0.5, 0.8)
    return rng.uniform(0.3, 0.7) if kind == "weekdays" else rng.uniform(0.0, 0.3)


def _spend(
    base: float, periods: int, days: int, followed: Array | float, rng: np.random.Generator
) -> Array:
    """Planned spend: wanders, with a few bursts and cuts of some weeks, and follows `followed`."""
    persistence = 0.8 ** (days / 7)
    path = _autoregressive(rng, periods, 0.3, persistence)
    for _ in range(max(1, periods * days // (7 * 17))):
        start = rng.integers(0, periods)
        length = rng.integers(2, 6) * 7 // days
        path[start : start + length] += rng.choice([-0.6, 0.5])
    follow = rng.uniform(0.8, 1.5)
    return np.round(base * np.exp(path + follow * np.asarray(followed)), 2)


def _autoregressive(
    rng: np.random.Generator, periods: int, spread: float, persistence: float
) -> Array:
    """A stationary first-order path with standard deviation `spread`."""
    shocks = rng.normal(0.0, spread, periods)
    path = np.empty(periods)
    level = shocks[0]
    for period, shock in enumerate(shocks):
        level = persistence * level + math.sqrt(1 - persistence**2) * shock if period else shock
        path[period] = level
    return path


def _counts(expected: Array, noise: float, rng: np.random.Generator) -> Counts:
    """Negative-binomial counts: Poisson around an expectation that varies by `noise`."""
    shape = 1.0 / noise**2
    return rng.poisson(expected * rng.gamma(shape, 1.0 / shape, len(expected)))


def _broken(conversions: Counts, rng: np.random.Generator) -> Counts:
    """Two stretches of one to three weeks with next to no tracking, and two spikes."""
    broken = conversions.astype(float)
    for _ in range(2):
        start = rng.integers(4, len(broken) - 8)
        broken[start : start + rng.integers(1, 4)] *= rng.choice([0.0, 0.1])
    spikes = rng.choice(np.arange(4, len(broken) - 4), 2, replace=False)
    broken[spikes] *= rng.uniform(2.0, 4.0, 2)
    return np.round(broken).astype(int)


def _revenue(conversions: Counts, value: float, rng: np.random.Generator) -> Array:
    """Baskets vary: their mean over a period's conversions has a spread that shrinks with count."""
    spread = 0.6 / np.sqrt(np.maximum(conversions, 1.0))
    return np.round(conversions * value * np.exp(spread * rng.normal(size=len(conversions))), 2)


# Channel, spend per week, CPA there, half-saturation as a multiple of that spend, slope,
# carry-over, revenue per conversion, share of new customers, cost of 1,000 impressions, click rate.
_SAMPLE = (
    ("search", 14000, 32, 1.1, 0.9, 0.05, 95, 0.45, 28.0, 0.052),
    ("shopping", 11000, 27, 1.6, 0.9, 0.05, 78, 0.40, 11.0, 0.011),
    ("social", 12500, 38, 0.7, 0.9, 0.20, 84, 0.70, 9.0, 0.012),
    ("video", 8000, 62, 1.5, 1.8, 0.45, 102, 0.80, 12.0, 0.004),
    ("display", 6500, 58, 0.5, 0.8, 0.20, 76, 0.65, 3.5, 0.002),
    ("affiliates", 5200, 30, 2.5, 1.0, 0.00, 66, 0.35, 6.0, 0.015),
    ("tiktok", 4200, 41, 1.8, 1.6, 0.15, 61, 0.85, 6.5, 0.010),
    ("podcast", 900, 800, 2.0, 1.0, 0.30, 110, 0.90, 24.0, 0.003),
)


def sample_history(weeks: int = 104, seed: int = 2026) -> Simulated:
    """The sample workspace's history: eight named channels, weekly, always the same.

    Most channels can carry a decision; ``podcast`` brings too few conversions to judge, and
    ``affiliates`` was paid nearly the same every week.
    """
    rng = np.random.default_rng(seed)
    dates = FIRST_MONDAY + np.arange(0, weeks * 7, 7)
    season = _season(rng)
    demand = np.asarray(season)[_week(dates)]
    tables, curves, decays, values = [], {}, {}, {}
    for name, base, cpa, half, slope, decay, value, new, mille, rate in _SAMPLE:
        shape = Hill(1.0, base * half, slope)
        curves[name] = Hill(base / cpa / float(shape.response(base)), base * half, slope)
        decays[name], values[name] = decay, float(value)
        path = _spend(base, weeks, 7, 0.0, rng)
        spend = np.round(base + 0.02 * (path - base), 2) if name == "affiliates" else path
        conversions = _counts(demand * curves[name].response(geometric(spend, decay)), 0.07, rng)
        impressions = rng.poisson(spend / mille * 1000)
        tables.append(
            {
                "channel": name,
                "spend": spend,
                "impressions": impressions,
                "clicks": np.maximum(rng.poisson(impressions * rate), conversions),
                "conversions": conversions,
                "new_customers": rng.binomial(conversions, new),
                "revenue": _revenue(conversions, value, rng),
            }
        )
    still = dict.fromkeys(curves, 0.0)
    return Simulated(_table(dates, tables), Truth(curves, decays, values, still, season), 7)
