"""Curves and scenario files that several tests of the scenarios share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Exponential, Hill

CURVES = CurveSet(
    (
        ChannelCurve(
            "search",
            Hill(900.0, 12_000.0, 0.9),
            value_per_conversion=80.0,
            current_spend=9_000.0,
            max_observed_spend=14_000.0,
        ),
        ChannelCurve(
            "tv",
            Exponential(300.0, 8_000.0),
            value_per_conversion=120.0,
            current_spend=7_000.0,
            max_observed_spend=9_000.0,
        ),
        ChannelCurve(
            "social",
            Hill(500.0, 6_000.0, 1.0),
            value_per_conversion=70.0,
            current_spend=4_000.0,
            max_observed_spend=8_000.0,
        ),
    ),
    period_days=7,
    currency="EUR",
    provenance={"last_date": "2026-11-29", "first_date": "2024-12-02", "rows": 312},
)


def with_draws(curves: CurveSet = CURVES, draws: int = 50, seed: int = 1) -> CurveSet:
    """The same curves with draws that scatter around them by 10 %."""
    rng = np.random.default_rng(seed)

    def drawn(entry: ChannelCurve) -> ChannelCurve:
        first, *others = entry.curve.parameters.values()
        family: Any = type(entry.curve)
        scaled = first * (1.0 + 0.1 * rng.standard_normal(draws))
        return replace(entry, draws=tuple(family(float(x), *others) for x in scaled))

    return replace(curves, channels=tuple(drawn(entry) for entry in curves))


def with_verdict(channel: str, verdict: Evidence, curves: CurveSet = CURVES) -> CurveSet:
    """The same curves, one channel judged otherwise."""
    return replace(
        curves,
        channels=tuple(
            replace(entry, evidence=verdict) if entry.channel == channel else entry
            for entry in curves
        ),
    )


def write(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    """A scenario file with these lines."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
