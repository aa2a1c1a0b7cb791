"""Metrics of the last four weeks against the four before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.diagnostics.metrics import CATALOGUE, Metric, Sums, known
from models.history.history import History

Array = NDArray[np.floating]

WINDOW = 28  # days: four whole weeks, so that weekdays count alike
NOTABLE = 2.0  # robust standard deviations of the same comparison at earlier dates
LEAST = 0.01  # a smaller change is not worth a look, however rare
COMPARISONS = 6  # windows before, at least, to know what is usual


@dataclass(frozen=True)
class Movement:
    """A metric now and before.

    Parameters
    ----------
    now, before : over the last and the last but one window; None where undefined or too short
    change : of `now` against `before`, a fraction
    is_notable : whether the change is larger than such changes usually are in this history, and
        at least 1 %
    """

    now: float | None
    before: float | None = None
    change: float | None = None
    is_notable: bool = False


def movements(history: History, channel: str | None = None) -> dict[str, Movement]:
    """Every metric that the history can tell, by name, in the catalogue's order.

    Parameters
    ----------
    channel : its name; None for all channels together
    """
    length = window(history)
    sums = _rolling_sums(history, channel, length)
    found = {metric.name: _movement(metric, sums, length) for metric in CATALOGUE}
    return {name: movement for name, movement in found.items() if movement is not None}


def window(history: History) -> int:
    """How many periods the last four weeks are, or the whole of a history that is shorter."""
    return min(max(1, WINDOW // history.period_days), len(history.dates))


def change_of(now: float | None, before: float | None) -> float | None:
    """Change of `now` against `before`, a fraction; None where there is nothing to change from."""
    return None if now is None or before is None or before <= 0 else now / before - 1.0


def _rolling_sums(history: History, channel: str | None, length: int) -> Sums:
    """Sums over every `length` periods in a row, by metric; the last is the latest."""
    panels = {"spend": history.spend, **history.metrics}
    sums = {}
    for name, panel in panels.items():
        if channel is not None and channel not in panel:
            continue
        values = panel.sum(axis=1) if channel is None else panel[channel]
        sums[name] = np.convolve(values.to_numpy(dtype=float), np.ones(length), mode="valid")
    return sums


def _movement(metric: Metric, sums: Sums, length: int) -> Movement | None:
    values = metric.of(sums)
    if values is None:
        return None
    now = known(values[-1])
    if len(values) <= length:  # windows that do not overlap lie `length` periods apart
        return Movement(now)
    before = known(values[-1 - length])
    if now is None or before is None or before <= 0:
        return Movement(now, before)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = values[length:] / values[:-length] - 1.0
    earlier = changes[:-length][np.isfinite(changes[:-length])]
    change = float(changes[-1])
    return Movement(now, before, change, _is_notable(change, earlier, length))


def _is_notable(change: float, earlier: Array, length: int) -> bool:
    if len(earlier) < COMPARISONS * length or abs(change) < LEAST:
        return False
    spread = 1.4826 * float(np.median(np.abs(earlier - np.median(earlier))))
    return abs(change - float(np.median(earlier))) > NOTABLE * spread > 0.0
