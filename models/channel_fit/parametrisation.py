"""Curve families as a fit sees them: unbounded parameters around a reference spend.

A shape is a family's log response relative to that at the reference spend, ``z = 1``. So the
level (the log response at the reference) is a parameter of its own, nearly independent of the
shape, and the shape's first parameter decides the elasticity there. That makes least squares
converge from anywhere, and one weak prior speaks the same language for every family.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.curves.families import Curve, Exponential, Hill, Linear, Logarithmic, Power

Array = NDArray[np.floating]
TINY = 1e-6  # of the reference spend; keeps the logarithm of a period without spend finite
LARGEST_LOG = 60.0  # keeps exponentials finite


def _expit(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _softplus(x: Array) -> Array:
    return np.logaddexp(0.0, x)


@dataclass(frozen=True)
class Shape:
    """One family for fitting. Parameters `theta` have shape (batch, size).

    Parameters
    ----------
    prior_mean, prior_sd : weak normal prior on theta; together they say that the elasticity at
        the reference spend lies mostly between 0.15 and 0.85
    """

    name: ClassVar[str] = ""
    family: ClassVar[type[Curve]] = Curve
    prior_mean: ClassVar[tuple[float, ...]] = ()
    prior_sd: ClassVar[tuple[float, ...]] = ()
    starts: ClassVar[tuple[tuple[float, ...], ...]] = ((),)

    @classmethod
    def size(cls) -> int:
        return len(cls.prior_mean)

    @classmethod
    def log_response(cls, log_z: Array, theta: Array) -> Array:
        """Log response relative to z = 1, shape (batch, periods)."""
        return cls.evaluate(log_z, theta)[0]

    @staticmethod
    def evaluate(log_z: Array, theta: Array) -> tuple[Array, Array, tuple[Array, ...]]:
        """Log response relative to z = 1, its elasticity, and its slope by each theta.

        Parameters
        ----------
        log_z : log of effective spend over reference, shape (batch, periods)

        Returns
        -------
        Arrays of shape (batch, periods).
        """
        raise NotImplementedError

    @staticmethod
    def parameters(level: Array, theta: Array, reference: Array) -> Array:
        """The family's own parameters, shape (batch, parameters).

        Parameters
        ----------
        level : log response per period at the reference spend, shape (batch,)
        reference : money per period, shape (batch,)
        """
        raise NotImplementedError


class HillShape(Shape):
    """Hill of any slope: theta = (log of (k / reference)^s, log s)."""

    name = "hill"
    family = Hill
    prior_mean = (0.2, 0.1)
    prior_sd = (1.2, 0.4)
    starts = ((0.0, 0.0), (-0.5, 0.7), (1.5, 0.0))

    @staticmethod
    def slope(theta: Array) -> Array:
        return np.exp(np.clip(theta, -3.0, 2.5))

    @classmethod
    def _chain(cls, theta: Array, slope: Array) -> Array:
        """Derivative of the slope by its theta."""
        return slope

    @classmethod
    def log_response(cls, log_z, theta):
        at_one = np.exp(np.clip(theta[:, :1], -LARGEST_LOG, LARGEST_LOG))
        at_z = np.exp(np.minimum(theta[:, :1] - cls.slope(theta[:, 1:2]) * log_z, LARGEST_LOG))
        return np.log((1.0 + at_one) / (1.0 + at_z))

    @classmethod
    def evaluate(cls, log_z, theta):
        slope = cls.slope(theta[:, 1:2])
        at_one = np.exp(np.clip(theta[:, :1], -LARGEST_LOG, LARGEST_LOG))
        at_z = np.exp(np.minimum(theta[:, :1] - slope * log_z, LARGEST_LOG))
        left = at_z / (1.0 + at_z)  # share of the ceiling that is still to be won
        log_h = np.log((1.0 + at_one) / (1.0 + at_z))
        by_odds = at_one / (1.0 + at_one) - left
        return log_h, slope * left, (by_odds, cls._chain(theta[:, 1:2], slope) * log_z * left)

    @classmethod
    def parameters(cls, level, theta, reference):
        slope = cls.slope(theta[:, 1])
        ceiling = np.exp(level + _softplus(theta[:, 0]))
        return np.stack([ceiling, reference * np.exp(theta[:, 0] / slope), slope], axis=1)


class ConcaveHillShape(HillShape):
    """Hill with a slope of at most 1: theta = (log of (k / reference)^s, log-odds of s)."""

    name = "hill_concave"
    prior_mean = (0.2, 2.0)
    prior_sd = (1.2, 1.0)
    starts = ((0.0, 2.0), (1.5, 2.0))

    @staticmethod
    def slope(theta):
        return _expit(theta)

    @classmethod
    def _chain(cls, theta, slope):
        return slope * (1.0 - slope)


class ExponentialShape(Shape):
    """Exponential: theta = log(scale / reference)."""

    name = "exponential"
    family = Exponential
    prior_mean = (0.2,)
    prior_sd = (1.0,)
    starts = ((0.5,),)

    @staticmethod
    def evaluate(log_z, theta):
        share = np.exp(np.clip(log_z - theta, -30.0, 6.0))
        at_one = np.exp(np.clip(-theta, -30.0, 6.0))
        elasticity = share / np.expm1(share)
        log_h = np.log(-np.expm1(-share)) - np.log(-np.expm1(-at_one))
        return log_h, elasticity, (at_one / np.expm1(at_one) - elasticity,)

    @staticmethod
    def parameters(level, theta, reference):
        scale = np.exp(np.clip(theta[:, 0], -6.0, 30.0))
        return np.stack([np.exp(level) / -np.expm1(-1.0 / scale), reference * scale], axis=1)


class LogarithmicShape(Shape):
    """Logarithmic: theta = log(scale / reference)."""

    name = "logarithmic"
    family = Logarithmic
    prior_mean = (-0.5,)
    prior_sd = (1.5,)
    starts = ((0.0,),)

    @staticmethod
    def evaluate(log_z, theta):
        share, at_one = np.exp(log_z - theta), np.exp(-theta)
        elasticity = share / ((1.0 + share) * np.log1p(share))
        at_reference = at_one / ((1.0 + at_one) * np.log1p(at_one))
        log_h = np.log(np.log1p(share)) - np.log(np.log1p(at_one))
        return log_h, elasticity, (at_reference - elasticity,)

    @staticmethod
    def parameters(level, theta, reference):
        scale = np.exp(theta[:, 0])
        return np.stack([np.exp(level) / np.log1p(1.0 / scale), reference * scale], axis=1)


class PowerShape(Shape):
    """Power: theta = log-odds of the exponent."""

    name = "power"
    family = Power
    prior_mean = (0.2,)
    prior_sd = (1.0,)
    starts = ((0.0,),)

    @staticmethod
    def evaluate(log_z, theta):
        exponent = _expit(theta)
        by_theta = exponent * (1.0 - exponent) * log_z
        return exponent * log_z, exponent + 0.0 * log_z, (by_theta,)

    @staticmethod
    def parameters(level, theta, reference):
        exponent = _expit(theta[:, 0])
        return np.stack([np.exp(level) * reference**-exponent, exponent], axis=1)


class LinearShape(Shape):
    """Linear: nothing to fit but the level."""

    name = "linear"
    family = Linear

    @staticmethod
    def evaluate(log_z, theta):
        return log_z, np.ones_like(log_z), ()

    @staticmethod
    def parameters(level, theta, reference):
        return (np.exp(level) / reference)[:, None]


SHAPES: dict[str, type[Shape]] = {
    shape.name: shape
    for shape in (
        LinearShape,
        PowerShape,
        ExponentialShape,
        LogarithmicShape,
        ConcaveHillShape,
        HillShape,
    )
}
