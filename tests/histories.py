"""Histories with something changed, for tests."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from models.history import History


def with_conversions(history: History, channel: str, conversions: ArrayLike) -> History:
    """The same history, one channel's conversions replaced."""
    counts = history.metrics["conversions"].copy()
    counts[channel] = conversions
    return replace(history, metrics={**history.metrics, "conversions": counts})
