"""What one who knows the simulator would capture: how far any fit of a simulated mix can get.

The model here is `models.datasets.simulated_mix` itself: its curves, its baseline, its noise and
the very distributions that it draws them from, none of which a fit of a real history can know. Its
posterior is drawn by sequential Monte Carlo: particles from the prior pass through tempered
likelihoods, are resampled, and move by differences of other particles. The split that is best for
the mean of the drawn curves is then the best decision that can be taken on such a history: on
average no other brings more.

Sources: Del Moral, Doucet and Jasra, *Sequential Monte Carlo samplers* (2006); ter Braak, *A
Markov chain Monte Carlo version of the genetic algorithm Differential Evolution* (2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.datasets.simulated_mix import RETURN_SPREAD, SimulatedMix
from models.transforms.season import YEAR

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]

NOISE = 0.04
PARTICLES = 1000
SWEEPS, LAST_SWEEPS = 6, 60  # at each temperature, and at the posterior itself
KEPT_EVERY = 5  # of the later half of the last sweeps
LEFT = 0.5  # effective share of the particles after each step of the temperature
LEAP = 0.1  # how often a particle tries to leap by the whole difference of two others
BASELINE = 6  # level, trend, two amplitudes, two phases
# Rows of a channel's standard normal coordinates.
RETURN, SCALE, DECAY, FAMILY = range(4)


@dataclass
class _Particles:
    """States in coordinates that are standard normal a priori.

    Parameters
    ----------
    z : a channel's four, channel after channel, then the baseline's, shape (particles, dimensions)
    unit : what each channel brings at a return of 1/20 on its usual spend, shape (weeks, particles,
        channels)
    likelihood : its logarithm, shape (particles,)
    """

    z: Array
    unit: Array
    likelihood: Array

    def keep(self, chosen: NDArray[np.int64]) -> _Particles:
        return _Particles(self.z[chosen], self.unit[:, chosen], self.likelihood[chosen])


class Oracle:
    """The posterior of one simulated history, to one who knows how it was made."""

    def __init__(self, made: SimulatedMix, return_spread: float = RETURN_SPREAD) -> None:
        history = made.history
        self.spend = history.spend.to_numpy(float)
        self.usual = np.array([column[column > 0].mean() for column in self.spend.T])
        self.kpi = history.metrics[history.kpi]["total"].to_numpy(float)
        self.weeks, self.channels = self.spend.shape
        self.dimensions = 4 * self.channels + BASELINE
        self.return_spread = return_spread
        angle = 2.0 * np.pi * history.dates.day_of_year.to_numpy(float) / YEAR
        waves = (np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle))
        self.waves = np.column_stack(waves)
        self.time = np.linspace(-0.5, 0.5, self.weeks)

    def responses(self, spend: Array, seed: int) -> Array:
        """Equally likely responses of every channel to steady spends.

        Parameters
        ----------
        spend : money per week, shape (points, channels)

        Returns
        -------
        shape (draws, points, channels)
        """
        z = self._draw(seed)
        every = np.arange(self.channels)
        effective = np.broadcast_to(spend[:, None], (len(spend), len(z), self.channels))
        amount = np.exp(self.return_spread * z[:, 4 * every + RETURN])
        return (amount * self._unit(z, effective, every)).swapaxes(0, 1)

    def _draw(self, seed: int) -> Array:
        """States of the posterior, shape (draws, dimensions)."""
        rng = np.random.default_rng(seed)
        now = self._at(rng.standard_normal((PARTICLES, self.dimensions)))
        heat, kept = 0.0, []
        while heat < 1.0:
            step = _next_step(now.likelihood, 1.0 - heat)
            weight = np.exp(step * (now.likelihood - now.likelihood.max()))
            places = (np.arange(PARTICLES) + rng.random()) / PARTICLES
            total = weight.cumsum()
            now = now.keep((total < places[:, None] * total[-1]).sum(axis=1))
            heat = min(1.0, heat + step)
            for _ in range(SWEEPS):
                self._sweep(now, heat, rng)
        for sweep in range(LAST_SWEEPS):
            self._sweep(now, 1.0, rng)
            if sweep >= LAST_SWEEPS // 2 and sweep % KEPT_EVERY == 0:
                kept.append(now.z.copy())
        return np.concatenate(kept)

    def _sweep(self, now: _Particles, heat: float, rng: np.random.Generator) -> None:
        """Moves of all returns with the baseline, of every channel, and of everything."""
        returns = np.zeros(self.dimensions, dtype=bool)
        returns[RETURN : 4 * self.channels : 4] = True
        returns[4 * self.channels :] = True
        self._move(now, np.tile(returns, (PARTICLES, 1)), heat, rng, None)
        for _ in range(self.channels):
            channel = rng.integers(self.channels, size=PARTICLES)
            own = np.arange(self.dimensions) // 4 == channel[:, None]
            own[:, 4 * self.channels :] = rng.random((PARTICLES, 1)) < 0.5
            self._move(now, own, heat, rng, channel)
        everything = np.ones((PARTICLES, self.dimensions), dtype=bool)
        self._move(now, everything, heat, rng, np.arange(self.channels))

    def _move(
        self,
        now: _Particles,
        moving: Mask,
        heat: float,
        rng: np.random.Generator,
        channels: NDArray[np.int64] | None,
    ) -> None:
        """Each half of the particles moves along differences of the other half's.

        Parameters
        ----------
        moving : the coordinates that move, shape (particles, dimensions)
        channels : whose curves do: one for each particle, all, or None
        """
        order = rng.permutation(PARTICLES)
        halves = order[: PARTICLES // 2], order[PARTICLES // 2 :]
        for own, other in (halves, halves[::-1]):
            one, two = rng.choice(other, (2, len(own)))
            length = 2.38 / np.sqrt(2.0 * moving[own].sum(axis=1))
            length *= np.exp(0.5 * rng.standard_normal(len(own)) - 0.3)
            length = np.where(rng.random(len(own)) < LEAP, 1.0, length)
            step = (now.z[one] - now.z[two]) * length[:, None]
            z = now.z[own] + moving[own] * (step + 1e-4 * rng.standard_normal(step.shape))
            unit = now.unit[:, own]
            if channels is not None and len(channels) == PARTICLES:
                at = channels[own]
                unit[:, np.arange(len(own)), at] = self._units(z, at[:, None])[..., 0]
            elif channels is not None:
                unit = self._units(z, channels)
            new = _Particles(z, unit, self._likelihood(z, unit))
            gain = heat * (new.likelihood - now.likelihood[own])
            gain -= 0.5 * ((z**2).sum(axis=1) - (now.z[own] ** 2).sum(axis=1))
            taken = np.log(rng.random(len(own))) < gain
            now.z[own[taken]] = z[taken]
            now.unit[:, own[taken]] = unit[:, taken]
            now.likelihood[own[taken]] = new.likelihood[taken]

    def _at(self, z: Array) -> _Particles:
        unit = self._units(z, np.arange(self.channels))
        return _Particles(z, unit, self._likelihood(z, unit))

    def _units(self, z: Array, channels: NDArray[np.int64]) -> Array:
        """What channels bring at a return of 1/20 on their usual spend.

        Parameters
        ----------
        channels : shape (some,), or (particles, some) where every particle has its own

        Returns
        -------
        shape (weeks, particles, some)
        """
        from scipy.special import ndtr

        decay = 0.7 * ndtr(_coordinate(z, channels, DECAY))
        effective = np.empty((self.weeks, *decay.shape))
        level = np.broadcast_to(self.spend[0, channels], decay.shape)
        for week, money in enumerate(self.spend[:, channels]):
            level = (1.0 - decay) * money + decay * level
            effective[week] = level
        return self._unit(z, effective, channels)

    def _unit(self, z: Array, effective: Array, channels: NDArray[np.int64]) -> Array:
        """Exponential, Hill with slope 1, or Hill with less, over spend that is at work."""
        from scipy.special import ndtr

        usual = self.usual[channels]
        scale = usual * np.exp(0.6 * _coordinate(z, channels, SCALE))
        family = 3.0 * ndtr(_coordinate(z, channels, FAMILY))
        slope = np.where(family > 2.0, 0.6 + 0.4 * (family - 2.0), 1.0)

        def response(spend: Array) -> Array:
            relative = np.maximum(spend / scale, 1e-12)
            return np.where(
                family < 1.0, -np.expm1(-relative), 1.0 / (1.0 + np.exp(-slope * np.log(relative)))
            )

        return usual / 20.0 * response(effective) / response(usual)

    def _likelihood(self, z: Array, unit: Array) -> Array:
        returns = z[:, RETURN : 4 * self.channels : 4]
        brought = (unit * np.exp(self.return_spread * returns)).sum(axis=2)
        mean = brought + brought.mean(axis=0) * self._baseline(z[:, 4 * self.channels :])
        error = (self.kpi[:, None] / mean - 1.0) / NOISE
        return -0.5 * (error**2).sum(axis=0) - np.log(mean).sum(axis=0)

    def _baseline(self, z: Array) -> Array:
        """The KPI without advertising over the mean of what advertising brings, (weeks, particles).

        Parameters
        ----------
        z : the baseline's coordinates, shape (particles, 6)
        """
        from scipy.special import ndtr

        level, trend, first, second, one, two = ndtr(z).T
        first, second = 0.1 + 0.15 * first, 0.1 * second
        one, two = 2.0 * np.pi * one, 2.0 * np.pi * two
        season = 1.0 + self.waves @ np.stack(
            [first * np.cos(one), first * np.sin(one), second * np.cos(two), second * np.sin(two)]
        )
        slope = 1.0 + (0.4 * trend - 0.1) * self.time[:, None]
        return (1.0 + level) * slope * season


def _coordinate(z: Array, channels: NDArray[np.int64], row: int) -> Array:
    """Of channels (some,) or (particles, some); shape (particles, some)."""
    at = 4 * channels + row
    return z[:, at] if at.ndim == 1 else np.take_along_axis(z, at, axis=1)


def _next_step(likelihood: Array, rest: float) -> float:
    """How much of the likelihood comes next, so that enough of the particles still count."""

    def left(step: float) -> float:
        weight = np.exp(step * (likelihood - likelihood.max()))
        return float(weight.sum() ** 2 / (weight**2).sum() / len(likelihood))

    if left(rest) >= LEFT:
        return rest
    low, high = 0.0, rest
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if left(middle) > LEFT else (low, middle)
    return low
