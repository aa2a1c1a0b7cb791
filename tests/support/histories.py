"""Histories with something changed, for tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from models.history.history import History


def with_conversions(history: History, channel: str, conversions: ArrayLike) -> History:
    """The same history, one channel's conversions replaced."""
    counts = history.metrics["conversions"].copy()
    counts[channel] = np.asarray(conversions)
    return replace(history, metrics={**history.metrics, "conversions": counts})
