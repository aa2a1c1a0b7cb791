"""Horizons: which days a plan covers, and how busy a season they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from models.curveset import CurveSet
from models.season import factor_between
from scenarios.values import Span

DEFAULT_DAYS = 28


def covered_until(curves: CurveSet) -> date | None:
    """The last day of the history behind the curves; None where they do not say."""
    try:
        return date.fromisoformat(str(curves.provenance.get("last_date", "")))
    except ValueError:
        return None


def horizon(period: Span | None, history_end: date | None) -> Span:
    """The days a plan covers: those asked for, else the 28 that follow the history.

    A length without dates starts the day after the history ends, where that is known.
    """
    span = period or Span(DEFAULT_DAYS)
    if span.start is None and history_end is not None:
        return Span(span.days, history_end + timedelta(days=1))
    return span


def season_factors(curves: CurveSet, span: Span) -> Mapping[str, float]:
    """Mean factor on each channel's response over the horizon; 1 where none is known."""
    if span.start is None:
        return {}
    return {entry.channel: factor_between(entry.season, span.start, span.days) for entry in curves}
