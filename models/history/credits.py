"""Credits: amounts below zero, such as refunds, netted to the sums that they correct."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phrases import Phrase, said

Floats = NDArray[np.float64]
REMEDY = said("Book credits and returns in the week of what they correct")
_DUST = 1e-9  # what is left of a sum that is nothing, per unit of what went into it


@dataclass(frozen=True)
class Netted:
    """Amounts without negatives.

    Parameters
    ----------
    values : shape (rows,), the same sums per group and day, or per group and week
    rows : shape (rows,), those that were below zero and are netted
    left : shape (rows,), those below zero that nothing in their week makes up for
    amount : the money or count that was netted, as a positive number
    """

    values: Floats
    rows: NDArray[np.bool_]
    left: NDArray[np.bool_]
    amount: float


def net(values: Floats, days: NDArray[np.datetime64], groups: NDArray[np.integer]) -> Netted:
    """Set negatives against what their group has on the same day, else in the same week.

    What is positive in a window shrinks in proportion, so that each window's sum stays.

    Parameters
    ----------
    values : shape (rows,); NaN counts as nothing
    days : shape (rows,), dates; weeks begin on Mondays
    groups : shape (rows,), the campaign or channel of each row, as integers
    """
    negative = np.nan_to_num(values) < 0
    if not negative.any():
        return Netted(values, negative, negative, 0.0)
    day = days.astype("datetime64[D]").astype(np.int64)
    netted = values.copy()
    for window in (day, (day + 3) // 7):  # day 0 was a Thursday
        netted = _within(netted, window, groups)
    left = np.nan_to_num(netted) < 0
    gone = negative & ~left
    return Netted(netted, gone, left, float(-values[gone].sum()))


def _within(values: Floats, window: NDArray[np.int64], groups: NDArray[np.integer]) -> Floats:
    _, cell = np.unique(np.stack([window, groups.astype(np.int64)]), axis=1, return_inverse=True)
    cell = cell.ravel()
    known = np.nan_to_num(values)
    total = np.bincount(cell, known)
    above = np.bincount(cell, np.maximum(known, 0))
    below = above - total
    fits = (below > 0) & (total >= -_DUST * np.maximum(above, 1))
    share = np.where(above > 0, np.maximum(total, 0) / np.where(above > 0, above, 1), 0.0)
    scaled = np.where(values < 0, 0.0, values * share[cell])
    return np.where(fits[cell], scaled, values)


def below_zero(value: float) -> Phrase:
    """What is wrong with an amount below zero that nothing in its week makes up for."""
    return said(
        "{value} is below zero, and its week has nothing to net it with", value=f"{value:g}"
    )


def told(measure: str, netted: Netted, *, by: str) -> Phrase:
    """What was netted, in words."""
    return said(
        "{n:,} rows of {measure} below zero ({amount:,.2f} in all) are credits, netted to the same "
        "{by}'s day or week",
        n=int(netted.rows.sum()),
        measure=said(measure),
        amount=netted.amount,
        by=by,
    )
