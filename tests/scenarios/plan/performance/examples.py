"""A history of four channels with names of ill will, a leak, and days that look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NAMES = ("=1+1", "<script>alert(1)</script>", "email | x", "tv")
DAYS = 420


def write_history(path: Path, names: Sequence[str] = NAMES) -> Path:
    """Sixty weeks by day: the second channel falls silent for twelve days, the third doubles its
    clicks in the last four weeks, the fourth converts a fifth of what the others do.
    """
    rng = np.random.default_rng(3)
    days = pd.date_range("2024-01-01", periods=DAYS)
    tables = []
    for number, name in enumerate(names):
        spend = rng.lognormal(5 + 0.3 * number, 0.4, DAYS)
        clicks = rng.poisson(1.5 * spend)
        conversions = rng.binomial(clicks, 0.01 if number == 3 else 0.055)
        if number == 1:
            conversions[300:312] = 0
        if number == 2:
            clicks[-28:] *= 2
        tables.append(
            pd.DataFrame(
                {"date": days, "channel": name, "spend": spend.round(2), "clicks": clicks,
                 "conversions": conversions, "revenue": conversions * 60.0}
            )
        )  # fmt: skip
    pd.concat(tables).to_csv(path, index=False)
    return path


def same(one: float | None, other: float | None) -> bool:
    """Equal up to the digits that a plan keeps; unknown only where the other is."""
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-6, abs=1e-9)
