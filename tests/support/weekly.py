"""Histories made for tests: weeks of channels whose conversions follow their spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.history.history import History

CHANNELS = {"search": 9_000.0, "social": 6_000.0, "tv": 12_000.0}


def weekly_history(
    *,
    seed: int = 0,
    weeks: int = 104,
    breaks: Mapping[str, tuple[int, float, Sequence[str]]] | None = None,
    budgets: Mapping[str, tuple[int, float]] | None = None,
) -> History:
    """Two years of weeks to the autumn of 2026.

    Parameters
    ----------
    breaks : by channel, from which week on which money is written this many times as high
    budgets : by channel, from which week on the real spend is this many times as high
    """
    chance = np.random.default_rng(seed)
    dates = pd.date_range(end="2026-10-19", periods=weeks, freq="7D", name="date")
    spend, conversions, revenue = {}, {}, {}
    for channel, pace in CHANNELS.items():
        money = pace * chance.lognormal(0, 0.3, weeks)
        if budgets and channel in budgets:
            week, times = budgets[channel]
            money[week:] *= times
        counted = chance.poisson(0.2 * pace**0.5 * money**0.5 / 5).astype(float)
        spend[channel], conversions[channel] = money, counted
        revenue[channel] = 50 * counted
        if breaks and channel in breaks:
            week, times, names = breaks[channel]
            for name, values in (("spend", money), ("revenue", revenue[channel])):
                if name in names:
                    values[week:] *= times
    panels = {
        name: pd.DataFrame(values, index=dates)
        for name, values in (("conversions", conversions), ("revenue", revenue))
    }
    return History("tidy", 7, pd.DataFrame(spend, index=dates), panels, pd.DataFrame(index=dates))
