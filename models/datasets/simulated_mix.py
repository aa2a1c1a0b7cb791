"""Mix histories whose truth is known: several channels behind one KPI.

The KPI is a seasonal, trending baseline, plus what each channel brings through its own carry-over
and its own saturation, times noise. All of it is drawn from a seed; nothing is copied from a real
advertiser.

How far channels' returns lie apart decides how much there is to gain, and how easy it is to find:
nearly equal returns hide in the noise. `RETURN_SPREAD` is therefore not of our choosing. It is
that of the default prior on a channel's ROI in Meridian, log-normal with 0.9 (Google, *Meridian:
default prior distributions*): what the authors of a mix model hold plausible before any data. It
was set before any of our fits was judged at it; `benchmarks/mix.py --spread` measures at others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve, Exponential, Hill
from models.history.history import History, Source
from models.transforms.adstock import geometric
from models.transforms.season import YEAR

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]
CURRENT_PERIODS = 4  # today's spend is the mean of the last four weeks
LAST_MONDAY = "2025-12-22"
RETURN_SPREAD = 0.9  # standard deviation of the log of a channel's return on its usual spend
QUIET_END = 8  # every channel is on the air in the last weeks, so that today's spend is not zero


@dataclass(frozen=True)
class SimulatedMix:
    """A simulated history beside the truth that made it.

    Parameters
    ----------
    history : mix shape, weekly
    truth : the true curve and carry-over of each channel, with today's spend per week
    baseline : KPI per week without any advertising, shape (weeks,)
    contributions : KPI per week that each channel truly brought, by channel, shape (weeks,)
    """

    history: History
    truth: CurveSet
    baseline: Array
    contributions: Mapping[str, Array]


def simulate_mix(
    seed: int,
    channels: int = 5,
    weeks: int = 130,
    noise: float = 0.04,
    dark_channels: int = 2,
    dark_share: float = 0.25,
    demand: float = 0.0,
    return_spread: float = RETURN_SPREAD,
) -> SimulatedMix:
    """A weekly history of one KPI behind several channels.

    The baseline is one to two times what all channels bring together.

    Parameters
    ----------
    seed : the same seed gives the same history
    noise : standard deviation of the KPI's error, fraction of the KPI
    dark_channels : how many channels are off the air for `dark_share` of the weeks, in flights
    dark_share : fraction of the weeks
    demand : elasticity of spend to the season of the baseline; 0: spend ignores demand
    return_spread : standard deviation of the log of the channels' returns on their usual spend
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    dates = pd.date_range(end=LAST_MONDAY, periods=weeks, freq="7D")
    season = _season(rng, np.asarray(dates.day_of_year, dtype=float))
    dark = rng.permutation(channels) < dark_channels
    spend = np.column_stack([_spend(rng, weeks, dark_share if off else 0.0) for off in dark])
    spend *= season[:, None] ** demand
    curves = [_curve(rng, column[column > 0].mean(), return_spread) for column in spend.T]
    decays = rng.uniform(0.0, 0.7, channels)
    panel = pd.DataFrame(spend, index=dates, columns=_names(channels))
    return _behind_one_kpi(rng, panel, curves, decays, season, noise, f"simulated, seed {seed}")


def simulate_segments(
    seed: int,
    segments: int = 6,
    channels: int = 4,
    weeks: int = 130,
    noise: float = 0.1,
    spread: float = 0.2,
) -> dict[str, SimulatedMix]:
    """Segments of different size in which the same channels work nearly alike, by name.

    Parameters
    ----------
    noise : standard deviation of the KPI's error, fraction of the KPI
    spread : of the logarithm of what a channel returns in one segment and in another
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    dates = pd.date_range(end=LAST_MONDAY, periods=weeks, freq="7D")
    season = _season(rng, np.asarray(dates.day_of_year, dtype=float))
    usual = 10_000.0 * np.exp(0.6 * rng.standard_normal(channels))
    curves = [_curve(rng, money, RETURN_SPREAD) for money in usual]
    decays = rng.uniform(0.0, 0.7, channels)
    simulated = {}
    for number in range(segments):
        size = float(np.exp(0.7 * rng.standard_normal()))
        spend = np.column_stack([_spend(rng, weeks, 0.0) for _ in range(channels)])
        panel = pd.DataFrame(
            spend * size * usual / spend.mean(axis=0), index=dates, columns=_names(channels)
        )
        factors = np.exp(spread * rng.standard_normal(channels))
        own = [curve.stretched(size, f) for curve, f in zip(curves, factors, strict=True)]
        name = f"segment_{number + 1}"
        source = f"simulated, seed {seed}, {name}"
        simulated[name] = _behind_one_kpi(rng, panel, own, decays, season, noise, source)
    return simulated


def attributed(
    made: SimulatedMix, weeks: int, rng: np.random.Generator, noise: float = 0.08
) -> History:
    """A simulated segment as a platform would report it: tidy, begun so many weeks ago.

    Parameters
    ----------
    noise : spread of conversions around their expectation beyond Poisson, as a fraction
    """
    import pandas as pd

    spend = made.history.spend.copy()
    spend.iloc[:-weeks] = 0.0
    expected = {
        true.channel: true.curve.response(geometric(spend[true.channel], true.carry_over))
        for true in made.truth
    }
    varied = pd.DataFrame(expected, spend.index) * rng.gamma(noise**-2, noise**2, spend.shape)
    counted = pd.DataFrame(rng.poisson(varied), spend.index, spend.columns)
    recent = slice(-weeks, None)
    controls = pd.DataFrame(index=spend.index[recent])
    return History("tidy", 7, spend[recent], {"conversions": counted[recent]}, controls)


def _names(channels: int) -> list[str]:
    return [f"channel_{number + 1}" for number in range(channels)]


def _behind_one_kpi(
    rng: np.random.Generator,
    spend: pd.DataFrame,
    curves: Sequence[Curve],
    decays: Array,
    season: Array,
    noise: float,
    source: str,
) -> SimulatedMix:
    """The KPI that spend brings on top of a baseline one to two times as large, with noise."""
    import pandas as pd

    columns = dict(zip(spend.columns, spend.to_numpy(float).T, strict=True))
    weeks = len(spend)
    contributions = {
        name: curve.response(geometric(column, decay))
        for (name, column), curve, decay in zip(columns.items(), curves, decays, strict=True)
    }
    brought = np.sum(list(contributions.values()), axis=0)
    trend = 1.0 + rng.uniform(-0.1, 0.3) * np.linspace(-0.5, 0.5, weeks)
    baseline = rng.uniform(1.0, 2.0) * brought.mean() * trend * season
    kpi = (baseline + brought) * (1.0 + noise * rng.standard_normal(weeks))
    history = History(
        shape="mix",
        period_days=7,
        spend=spend,
        metrics={"conversions": pd.DataFrame({"total": kpi}, index=spend.index)},
        controls=pd.DataFrame(index=spend.index),
        source=Source(source, "", weeks),
    )
    truth = tuple(
        ChannelCurve(
            name,
            curve,
            carry_over=float(decay),
            current_spend=float(column[-CURRENT_PERIODS:].mean()),
        )
        for (name, column), curve, decay in zip(columns.items(), curves, decays, strict=True)
    )
    return SimulatedMix(history, CurveSet(truth), baseline, contributions)


def _season(rng: np.random.Generator, day_of_year: Array) -> Array:
    """Two harmonics, 10 to 25 % up and down and some of it twice a year, mean about 1."""
    angle = 2.0 * np.pi * day_of_year / YEAR
    first, second = rng.uniform(0.10, 0.25), rng.uniform(0.0, 0.10)
    return (
        1.0
        + first * np.cos(angle - rng.uniform(0, 2 * np.pi))
        + second * np.cos(2 * angle - rng.uniform(0, 2 * np.pi))
    )


def _spend(rng: np.random.Generator, weeks: int, dark_share: float) -> Array:
    """Weekly spend that wanders about its level, off the air in flights of two to six weeks."""
    wander = np.empty(weeks)
    level = 0.0
    for week, shock in enumerate(rng.standard_normal(weeks)):
        level = 0.8 * level + 0.6 * shock  # stationary with standard deviation 1
        wander[week] = level
    mean = 10_000.0 * np.exp(0.6 * rng.standard_normal())
    spend = mean * np.exp(0.35 * wander + 0.15 * rng.standard_normal(weeks))
    while np.mean(spend == 0) < dark_share:
        first = rng.integers(0, weeks - QUIET_END)
        last = min(first + rng.integers(2, 7), weeks - QUIET_END)
        spend[first:last] = 0.0
    return spend


def _curve(rng: np.random.Generator, spend: float, return_spread: float) -> Curve:
    """A concave curve that saturates somewhere around the usual spend."""
    # Conversions at the usual spend; 20 is what one costs at the median return, in any currency.
    value = spend * np.exp(return_spread * rng.standard_normal()) / 20.0
    scale = spend * np.exp(0.6 * rng.standard_normal())
    family = rng.integers(3)
    if family == 0:
        shape: Curve = Exponential(1.0, scale)
        return Exponential(float(value / shape.response(spend)), float(scale))
    slope = 1.0 if family == 1 else rng.uniform(0.6, 1.0)
    shape = Hill(1.0, scale, slope)
    return Hill(float(value / shape.response(spend)), float(scale), float(slope))
