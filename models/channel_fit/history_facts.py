"""What every fit says of a history without fitting anything: today's spend, value, provenance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.representative_curve import rounded
from models.diagnostics.anomalies import ALL
from models.history.history import History
from models.phrases import said
from models.transforms.adstock import geometric

Array = NDArray[np.floating]
RECENT_DAYS = 28  # what "today" means


def recent_spend(spend: Array, period_days: int) -> float:
    """Mean spend per period over the last 28 days, money."""
    return round(float(spend[-max(RECENT_DAYS // period_days, 1) :].mean()), 4)


def highest_spend(spend: Array, period_days: int) -> float:
    """Highest mean spend per period over four consecutive weeks, money."""
    window = min(max(RECENT_DAYS // period_days, 1), len(spend))
    sums = np.concatenate([[0.0], np.cumsum(spend)])
    return round(float((sums[window:] - sums[:-window]).max() / window), 4)


def carried_spend(spend: Array, carry_over: float) -> float:
    """Effective spend per period in the history's last period: what a plan starts with, money.

    Before the first period, as in a fit, spend is taken to have been the mean of the first four.
    """
    return rounded([geometric(spend, carry_over, before=spend[:4].mean())[-1]])[0]


def value_per_conversion(history: History, column: str) -> float | None:
    """Revenue per conversion over the whole history; 1 where revenue itself is counted.

    Parameters
    ----------
    column : the channel, or "total" in a mix
    """
    if history.kpi == "revenue":
        return 1.0
    if "revenue" not in history.metrics:
        return None
    conversions = history.metrics["conversions"][column].to_numpy(dtype=float).sum()
    revenue = history.metrics["revenue"][column].to_numpy(dtype=float).sum()
    return rounded([revenue / conversions])[0] if conversions else None


def periods_left_out(history: History, options: FitOptions) -> int:
    """Periods whose conversions may still be arriving; never more than a tenth of the history."""
    asked = -(-options.conversion_lag // history.period_days)
    return min(asked, len(history.dates) // 10)


def lag_notice(history: History, lag: int) -> str:
    """That the last `lag` periods were left out, and why."""
    return said(
        "the last {days} days (from {first}) were left out of the fit: their {kpi} may still be "
        "arriving",
        days=lag * history.period_days,
        first=history.dates[len(history.dates) - lag],
        kpi=history.kpi_words,
    )


def doubt_notices(options: FitOptions) -> Iterator[str]:
    """What was counted less because it looks wrong, and why."""
    for flag in options.doubts:
        yield said(
            "{channel}: counted {weight:.0%} from {first} to {last}: {reason}",
            channel=flag.channel or ALL,
            weight=flag.weight,
            first=flag.first,
            last=flag.last,
            reason=flag.reason,
        )


def provenance(history: History) -> dict[str, object]:
    """Where a fit's numbers come from; `last_date` is the last day, not the last period's first."""
    source = history.source
    return {
        "history": source.file,
        "history_sha256": source.sha256,
        "rows": source.rows,
        "first_date": str(history.dates[0])[:10],
        "last_date": str(history.last_day),
    }
