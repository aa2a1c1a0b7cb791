"""Many curves at once: the draws of a fit, evaluated by family instead of one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.curves.composed import Tabulated
from models.curves.families import Curve

Array = NDArray[np.floating]


def responses(draws: Sequence[Curve], spend: ArrayLike) -> Array:
    """Response per fit period of each draw at each spend, shape (draws, spends)."""
    return _each(draws, spend, "formula", "response")


def marginals(draws: Sequence[Curve], spend: ArrayLike) -> Array:
    """Slope of each draw at each spend, shape (draws, spends)."""
    return _each(draws, spend, "derivative", "marginal")


def elasticities(draws: Sequence[Curve], spend: float) -> Array:
    """By how many per cent each draw's response rises for one per cent more spend, (draws,)."""
    return marginals(draws, spend)[:, 0] * spend / responses(draws, spend)[:, 0]


def _each(draws: Sequence[Curve], spend: ArrayLike, by_family: str, by_curve: str) -> Array:
    x = np.atleast_1d(np.asarray(spend, dtype=float))
    if any(isinstance(draw, Tabulated) for draw in draws):
        return np.array([getattr(draw, by_curve)(x) for draw in draws])
    found = np.empty((len(draws), len(x)))
    for family in dict.fromkeys(type(draw) for draw in draws):
        rows = [i for i, draw in enumerate(draws) if type(draw) is family]
        # By name in C: asking each draw for a dictionary costs more than evaluating it.
        columns = (
            np.fromiter(map(attrgetter(field.name), (draws[i] for i in rows)), float)[:, None]
            for field in fields(family)
        )
        found[rows] = getattr(family, by_family)(x, *columns)
    return found
