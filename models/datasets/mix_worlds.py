"""Mix histories whose truth is made in many ways: worlds to tune a fit on, and others to judge it.

Each kind follows a published description, named in `KINDS`; what it draws beyond that is the same
everywhere: an advertising share of 10 to 50 % of the KPI, and returns that lie apart as the default
prior of Meridian has them (`models.datasets.simulated_mix`). Nothing here is copied from a real
advertiser, and nothing uses the fit's own grids, priors or families.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.datasets.simulated_mix import LAST_MONDAY, QUIET_END, RETURN_SPREAD
from models.history.history import History, Source
from models.transforms.season import YEAR

Array = NDArray[np.floating]
PRICE_LEVELS = np.array([-1.28, -0.52, 0.0, 0.52, 1.28])  # standard normal, fifths' middles
WINDOW = 13  # weeks that carry over where the effect does not fade for ever


@dataclass(frozen=True)
class MixKind:
    """How one kind of world makes its truth.

    Parameters
    ----------
    source : the published description that it follows
    spend : how money was spent over time
    carry_over : form of the weights of past weeks, which sum to 1
    shape : form of the response to exposure
    prices : standard deviation of the log of what exposure costs in a week
    is_multiplicative : the season and the trend multiply what media bring, too
    noise, autocorrelation : of the KPI's error, a fraction of the KPI
    hidden : standard deviation of the log of a demand that nobody measured and spend follows
    followers : how many channels follow it, the last ones; None: all
    promotions : share of weeks with a promotion that history does not name
    shift : greatest sudden change of level, a fraction
    has_signal : whether media bring anything
    """

    source: str
    spend: Literal["wander", "bursts", "always_on", "christmas", "follows_sales"] = "wander"
    carry_over: Literal["geometric", "window", "delayed", "weibull"] = "geometric"
    shape: Literal["hill", "tanh", "reach"] = "hill"
    prices: float = 0.0
    is_multiplicative: bool = False
    noise: float = 0.05
    autocorrelation: float = 0.0
    hidden: float = 0.0
    followers: int | None = None
    promotions: float = 0.0
    shift: float = 0.0
    weeks: int = 156
    channels: int = 5
    has_signal: bool = True


CHAN_PERRY = "Chan and Perry, Challenges and opportunities in media mix modeling (2017)"
BOX_TIAO = "Box and Tiao, Intervention analysis (1975)"
COCHRANE_ORCUTT = "Cochrane and Orcutt, Least squares with autocorrelated errors (1949)"
KINDS: Mapping[str, MixKind] = MappingProxyType(
    {
        "noisy_prices": MixKind("Meta, siMMMulator (2022): impressions from spend", prices=0.25),
        "bursts": MixKind(
            "PyMC-Marketing, example of a media mix model: window of 8, logistic saturation",
            spend="bursts",
            carry_over="window",
            shape="tanh",
        ),
        "promotions": MixKind(BOX_TIAO, promotions=0.08),
        "follows_sales": MixKind(CHAN_PERRY, spend="follows_sales"),
        "delayed": MixKind(
            "Jin et al., Bayesian methods with carryover and shape effects (2017)",
            carry_over="delayed",
        ),
        "weibull": MixKind("Meta, Robyn: Weibull adstock", carry_over="weibull", spend="always_on"),
        "christmas": MixKind(
            "Zhang et al., Reach and frequency in Bayesian media mix models (2023)",
            spend="christmas",
            shape="reach",
            prices=0.15,
        ),
        "multiplicative": MixKind(
            "Zhang and Vaver, Introduction to the aggregate marketing system simulator (2017)",
            is_multiplicative=True,
        ),
        "slow_errors": MixKind(COCHRANE_ORCUTT, autocorrelation=0.6),
        "level_shift": MixKind(BOX_TIAO, shift=0.25, promotions=0.04),
        "short": MixKind(
            "Ng, Wang and Dai, Bayesian time varying coefficient model (2021): little history",
            weeks=70,
            channels=4,
        ),
        "unseen_demand": MixKind(
            "Chen et al., Bias correction for paid search in media mix modeling (2018)", hidden=0.12
        ),
        "search_follows": MixKind(
            "Chen et al. (2018): paid search alone follows a demand that nobody measured",
            hidden=0.1,
            followers=1,
        ),
        "slow_weibull": MixKind(
            "Meta, Robyn: Weibull adstock; Cochrane and Orcutt (1949)",
            carry_over="weibull",
            autocorrelation=0.5,
        ),
        "reach_bursts": MixKind(
            "Zhang et al., Reach and frequency in Bayesian media mix models (2023)",
            spend="bursts",
            shape="reach",
            prices=0.25,
        ),
        "nothing_unseen": MixKind(
            "Chen et al. (2018), advertising that brings nothing", hidden=0.12, has_signal=False
        ),
        "nothing_white": MixKind(CHAN_PERRY, has_signal=False),
        "nothing_slow": MixKind(COCHRANE_ORCUTT, autocorrelation=0.8, has_signal=False),
        "nothing_promotions": MixKind(BOX_TIAO, promotions=0.08, has_signal=False),
        "nothing_shift": MixKind(BOX_TIAO, shift=0.25, has_signal=False),
    }
)


@dataclass(frozen=True)
class TrueChannel:
    """One channel's response to a steady spend, KPI per week.

    Parameters
    ----------
    shape : as in `MixKind`
    amount, scale, slope : height of the response, exposure that saturates, steepness (of hill)
    prices : as in `MixKind`: the response is the mean over usual weeks
    """

    shape: str
    amount: float
    scale: float
    slope: float
    prices: float

    def at_exposure(self, exposure: Array) -> Array:
        """KPI of exposure, in money at the usual price."""
        x = exposure / self.scale
        if self.shape == "tanh":
            return self.amount * np.tanh(x)
        if self.shape == "reach":
            return -self.amount * np.expm1(-x)
        return self.amount * x**self.slope / (1.0 + x**self.slope)

    def response(self, spend: ArrayLike) -> Array:
        """KPI per week of so much money every week."""
        cheaper = np.exp(self.prices * PRICE_LEVELS)
        return self.at_exposure(np.asarray(spend, float)[..., None] * cheaper).mean(axis=-1)

    def marginal(self, spend: float) -> float:
        """KPI per further unit of money, by central difference."""
        step = 1e-4 * spend
        return float(self.response(spend + step) - self.response(spend - step)) / (2.0 * step)


@dataclass(frozen=True)
class MixWorld:
    """A history, and the truth behind it: response and mean contribution per week by channel."""

    history: History
    truth: Mapping[str, TrueChannel]
    contributions: Mapping[str, float]


def simulate_world(kind: str, seed: int) -> MixWorld:
    """A weekly history of one KPI; the same kind and seed give the same history."""
    import pandas as pd

    made = KINDS[kind]
    rng = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    dates = pd.date_range(end=LAST_MONDAY, periods=made.weeks, freq="7D")
    day = dates.day_of_year.to_numpy(float)
    demand = _season(rng, day) * _trend(rng, made.weeks)
    hidden = made.hidden * _wander(rng, made.weeks, 0.85)
    spend = _spend(rng, made, day, demand * np.exp(hidden))
    exposure = spend * np.exp(made.prices * rng.standard_normal(spend.shape))
    names = [f"channel_{number + 1}" for number in range(made.channels)]
    multiplier = demand / demand.mean() if made.is_multiplicative else np.ones(made.weeks)
    truth, brought = {}, {}
    for name, own, money in zip(names, exposure.T, spend.T, strict=True):
        at_work = _carried(own, _weights(rng, made.carry_over))
        truth[name] = _channel(rng, made, float(money[money > 0].mean()))
        brought[name] = multiplier * truth[name].at_exposure(at_work)
    media = np.sum(list(brought.values()), axis=0)
    share = rng.uniform(0.1, 0.5) if made.has_signal else 0.0
    baseline = demand * np.exp(hidden) * _interventions(rng, made)
    if made.has_signal:
        baseline *= media.mean() * (1.0 - share) / share / baseline.mean()
    else:
        baseline *= 1000.0 / baseline.mean()
        truth = {name: TrueChannel("hill", 0.0, 1.0, 1.0, 0.0) for name in names}
        brought = {name: np.zeros(made.weeks) for name in names}
        media = np.zeros(made.weeks)
    error = made.noise * _wander(rng, made.weeks, made.autocorrelation)
    kpi = (baseline + media) * np.maximum(1.0 + error, 0.05)
    history = History(
        shape="mix",
        period_days=7,
        spend=pd.DataFrame(spend, index=dates, columns=names),
        metrics={"conversions": pd.DataFrame({"total": kpi}, index=dates)},
        controls=pd.DataFrame(index=dates),
        source=Source(f"simulated, {kind}, seed {seed}", "", made.weeks),
    )
    means = {name: float(values.mean()) for name, values in brought.items()}
    return MixWorld(history, truth, means)


def _wander(rng: np.random.Generator, weeks: int, persistence: float) -> Array:
    """A stationary first-order path with standard deviation 1."""
    path = rng.standard_normal(weeks)
    for week in range(1, weeks):
        path[week] = persistence * path[week - 1] + np.sqrt(1.0 - persistence**2) * path[week]
    return path


def _season(rng: np.random.Generator, day: Array) -> Array:
    """A wave of 5 to 20 %, a smaller one twice a year, and weeks before Christmas."""
    angle = 2.0 * np.pi * day / YEAR
    wave = rng.uniform(0.05, 0.2) * np.cos(angle - rng.uniform(0.0, 2.0 * np.pi))
    wave += rng.uniform(0.0, 0.07) * np.cos(2.0 * angle - rng.uniform(0.0, 2.0 * np.pi))
    return np.exp(wave + rng.uniform(0.0, 0.25) * np.exp(-0.5 * ((day - 340.0) / 14.0) ** 2))


def _trend(rng: np.random.Generator, weeks: int) -> Array:
    years = np.arange(weeks) / 52.0
    return np.exp(rng.normal(0.0, 0.06) * years + 0.02 * _wander(rng, weeks, 0.98))


def _interventions(rng: np.random.Generator, made: MixKind) -> Array:
    """Promotions of a week or two, and one sudden new level in the middle half."""
    factor = np.ones(made.weeks)
    while np.mean(factor > 1.0) < made.promotions:
        first = rng.integers(made.weeks)
        factor[first : first + rng.integers(1, 3)] = 1.0 + rng.uniform(0.15, 0.4)
    if made.shift:
        change = rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.0) * made.shift
        factor[int(made.weeks * rng.uniform(0.25, 0.75)) :] *= 1.0 + change
    return factor


def _spend(rng: np.random.Generator, made: MixKind, day: Array, demand: Array) -> Array:
    """Money per week, shape (weeks, channels); all channels are on the air in the last weeks."""
    columns = []
    for channel in range(made.channels):
        path = 0.35 * _wander(rng, made.weeks, 0.8) + 0.15 * rng.standard_normal(made.weeks)
        if made.spend == "always_on":
            path *= 0.5
        if made.spend == "christmas":
            path += rng.uniform(0.3, 1.0) * np.exp(-0.5 * ((day - 335.0) / 20.0) ** 2)
        if made.spend == "follows_sales":
            # The money of a week is a share of what the four weeks before it sold.
            before = np.convolve(demand, np.ones(4) / 4.0)[: made.weeks]
            before[:4] = demand[:4]
            path += rng.uniform(0.5, 1.5) * np.log(before / before.mean())
        if made.hidden and channel >= made.channels - (made.followers or made.channels):
            path += rng.uniform(0.8, 1.5) * np.log(demand / demand.mean())
        money = 10_000.0 * np.exp(0.6 * rng.standard_normal()) * np.exp(path)
        is_pulsed = made.spend == "bursts" or (made.spend == "wander" and channel % 3 == 0)
        target = 0.5 if made.spend == "bursts" else 0.2
        while is_pulsed and np.mean(money == 0.0) < target:
            first = rng.integers(0, made.weeks - QUIET_END)
            money[first : min(first + rng.integers(2, 8), made.weeks - QUIET_END)] = 0.0
        columns.append(money)
    return np.column_stack(columns)


def _weights(rng: np.random.Generator, form: str) -> Array:
    """Shares of an effect by week since the spend, which sum to 1."""
    lag = np.arange(WINDOW if form != "geometric" else 60, dtype=float)
    if form == "delayed":
        weights = rng.uniform(0.2, 0.8) ** ((lag - rng.integers(0, 4)) ** 2)
    elif form == "weibull":
        shape, scale = rng.uniform(0.7, 2.5), rng.uniform(1.0, 5.0)
        x = (lag + 0.5) / scale
        weights = x ** (shape - 1.0) * np.exp(-(x**shape))
    else:
        decay = rng.uniform(0.0, 0.75)
        weights = decay**lag * (lag < (8 if form == "window" else 60))
    return weights / weights.sum()


def _carried(exposure: Array, weights: Array) -> Array:
    """Exposure at work; before the first week it was as in the first four."""
    before = np.full(len(weights), exposure[:4].mean())
    return np.convolve(np.concatenate([before, exposure]), weights)[len(weights) :][: len(exposure)]


def _channel(rng: np.random.Generator, made: MixKind, usual: float) -> TrueChannel:
    """A response that saturates somewhere around the usual spend."""
    scale = usual * np.exp(0.6 * rng.standard_normal())
    slope = float(np.exp(rng.uniform(np.log(0.5), np.log(2.5)))) if made.shape == "hill" else 1.0
    plain = TrueChannel(made.shape, 1.0, scale, slope, made.prices)
    value = usual * np.exp(RETURN_SPREAD * rng.standard_normal()) / 20.0
    amount = value / float(plain.response(usual))
    return TrueChannel(made.shape, amount, scale, slope, made.prices)
