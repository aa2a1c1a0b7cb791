"""What comes with a conversion: how large its basket is, and whether its buyer is new.

A channel that is pushed harder may bring smaller baskets (or larger ones). Where the revenue per
conversion clearly follows spend, revenue is no fixed multiple of conversions any more and gets a
curve of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.history.history import History
from models.transforms.adstock import geometric

Array = NDArray[np.floating]
CLEAR = 4.0  # standard errors
NOTICEABLE = 0.05  # of a per cent of basket per per cent of spend


def new_customer_share(history: History, channel: str) -> float | None:
    """Share of conversions that came from new customers; None where nobody counted them."""
    if "new_customers" not in history.metrics or "conversions" not in history.metrics:
        return None
    conversions = history.metrics["conversions"][channel].to_numpy(dtype=float).sum()
    new = history.metrics["new_customers"][channel].to_numpy(dtype=float).sum()
    return float(new / conversions) if conversions else None


def basket_elasticity(history: History, channel: str, decay: float) -> tuple[float, float]:
    """By how many per cent the basket changes for one per cent more spend, and its standard error.

    Weighted least squares of log revenue per conversion on log carried-over spend and a trend, each
    period counting by its conversions.
    """
    conversions = history.metrics["conversions"][channel].to_numpy(dtype=float)
    revenue = history.metrics["revenue"][channel].to_numpy(dtype=float)
    spend = geometric(history.spend[channel].to_numpy(dtype=float), decay)
    known = (conversions > 0) & (revenue > 0) & (spend > 0)
    if known.sum() < 20 or np.log(spend[known]).std() < 0.05:
        return 0.0, np.inf
    basket = np.log(revenue[known] / conversions[known])
    columns = np.column_stack(
        [np.ones(known.sum()), np.linspace(-1.0, 1.0, len(spend))[known], np.log(spend[known])]
    )
    root = np.sqrt(conversions[known])[:, None]
    solved, *_ = np.linalg.lstsq(columns * root, basket * root[:, 0], rcond=None)
    left = (basket - columns @ solved) * root[:, 0]
    noise = left @ left / (known.sum() - 3)
    inverse = np.linalg.inv((columns * root).T @ (columns * root))
    return float(solved[2]), float(np.sqrt(noise * inverse[2, 2]))


def move_with_spend(history: History, channel: str, decay: float) -> bool:
    """Whether baskets clearly follow spend, so that revenue needs a curve of its own."""
    if "revenue" not in history.metrics or history.kpi == "revenue":
        return False
    slope, error = basket_elasticity(history, channel, decay)
    return abs(slope) > max(CLEAR * error, NOTICEABLE)
