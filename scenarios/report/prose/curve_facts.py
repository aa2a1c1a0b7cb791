"""What is said of a curve in figures."""

from __future__ import annotations

import math

from models.curves.families import Curve, Exponential, Hill

UNITS = {1: "day", 7: "week", 30: "month"}


def half_saturation(curve: Curve) -> float | None:
    """Spend per period that brings half of the ceiling; None where there is no ceiling."""
    if isinstance(curve, Hill):
        return curve.half_saturation
    return curve.scale * math.log(2.0) if isinstance(curve, Exponential) else None
