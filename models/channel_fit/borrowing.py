"""Carry-over and shape borrowed from other accounts, in sums that say nothing else of them.

What an account's own data say of a channel's shape and carry-over, with their precision, is summed
by channel over all accounts: five numbers a parameter. From the sums follows how much the accounts
differ and around what, and that is each account's prior, its own part taken out of the sums first.
Source: the moment estimator of DerSimonian and Laird, *Meta-analysis in clinical trials* (1986).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.joint_fit import BETWEEN_SEGMENTS, Fitted, fit_together
from models.channel_fit.parametrisation import HillShape
from models.channel_fit.pooling import LEAST_SD, data_alone
from models.history.history import History
from models.transforms.design_matrix import build

Array = NDArray[np.floating]
FEWEST = 3  # accounts from which another one borrows
COLUMNS = np.arange(1, HillShape.size() + 2)  # of the parameters: the shape's, and carry-over


@dataclass(frozen=True)
class ShapeSums:
    """Sums over accounts of what their data say of one channel, each of shape (parameters,).

    Parameters
    ----------
    count : accounts
    data : precision of what the data alone say
    weighted, squared : sums of data times the estimate, and times its square
    data_squared : sum of squared precisions
    """

    count: int
    data: tuple[float, ...]
    weighted: tuple[float, ...]
    squared: tuple[float, ...]
    data_squared: tuple[float, ...]

    @classmethod
    def of(cls, data: Array, estimate: Array) -> ShapeSums:
        """Those of one account."""
        parts = (data, data * estimate, data * estimate**2, data**2)
        return cls(1, *(tuple(part.tolist()) for part in parts))

    def plus(self, other: ShapeSums, sign: int = 1) -> ShapeSums:
        """The sums of both, or without the other (sign -1)."""
        pairs = [
            tuple((np.array(one) + sign * np.array(two)).tolist())
            for one, two in zip(self._parts, other._parts, strict=True)
        ]
        return ShapeSums(self.count + sign * other.count, *pairs)

    @property
    def _parts(self) -> tuple[tuple[float, ...], ...]:
        return self.data, self.weighted, self.squared, self.data_squared

    def prior(self) -> ShapePrior | None:
        """What a further account may expect; None from too few."""
        if self.count < FEWEST:
            return None
        data, weighted, squared, data_squared = (np.array(part) for part in self._parts)
        mean = weighted / data
        freedom = self.count - 1
        excess = squared - data * mean**2 - freedom
        between = np.maximum(excess / (data - data_squared / data), 0.0)
        variance, worth = BETWEEN_SEGMENTS
        between = (between * freedom + variance * worth) / (freedom + worth)
        between = np.maximum(between, LEAST_SD**2)
        return ShapePrior(tuple(mean.tolist()), tuple((1.0 / (between + 1.0 / data)).tolist()))


@dataclass(frozen=True)
class ShapePrior:
    """Mean and precision of a channel's shape and carry-over parameters, before its own data."""

    mean: tuple[float, ...]
    precision: tuple[float, ...]


def shape_sums(history: History) -> dict[str, ShapeSums]:
    """What a tidy history says of its channels' shapes; nothing of one that brought nothing."""
    from threadpoolctl import threadpool_limits

    kpi = history.metrics[history.kpi]
    judged = [name for name in history.channels if kpi[name].to_numpy().any()]
    with threadpool_limits(1):
        fitted = fit_together(HillShape, _only(history, judged), build(history, {}))
        data, estimate = _alone(fitted)
    return {
        name: ShapeSums.of(data[row], estimate[row])
        for row, name in enumerate(judged)
        if np.isfinite(estimate[row]).all()
    }


def _alone(fitted: Fitted) -> tuple[Array, Array]:
    return data_alone(fitted.series, fitted.solution, COLUMNS)


def _only(history: History, channels: list[str]) -> History:
    metrics = {name: panel[channels] for name, panel in history.metrics.items()}
    return replace(history, spend=history.spend[channels], metrics=metrics)


def summed(every: Iterable[Mapping[str, ShapeSums]]) -> dict[str, ShapeSums]:
    """The sums of many accounts, by channel."""
    found: dict[str, ShapeSums] = {}
    for one in every:
        for name, sums in one.items():
            found[name] = found[name].plus(sums) if name in found else sums
    return found


def priors_without(
    of_all: Mapping[str, ShapeSums], own: Mapping[str, ShapeSums]
) -> dict[str, ShapePrior]:
    """What the others say, by channel."""
    found = {}
    for name, sums in of_all.items():
        others = sums.plus(own[name], -1) if name in own else sums
        if (prior := others.prior()) is not None:
            found[name] = prior
    return found
