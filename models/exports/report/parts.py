"""Tidy parts and their accounts: leaving rows out of both, putting parts together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from models.exports.cells.distinct_texts import Mask
from models.exports.report.made import Made
from models.exports.report.reconciliation import FileAccount, LeftOut
from models.phrases import Phrase

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Part:
    """The tidy rows of one table of one file.

    Parameters
    ----------
    frame : one row per row kept; see `models.exports.report.tidy_rows.tidy_frame`
    account : what became of the table's rows
    gives_spend : False for GA4, which only counts conversions
    made : when the report was made
    is_later : whether the person says that it was downloaded after others of the same days
    is_partial : whether it is known to hold a part of its campaigns' money only
    """

    frame: pd.DataFrame
    account: FileAccount
    gives_spend: bool = True
    made: Made = field(default_factory=Made)
    is_later: bool = False
    is_partial: bool = False


def total(frame: pd.DataFrame, name: str) -> float | None:
    """The sum of a measure; None where no row has it."""
    values = frame[name].to_numpy()
    return None if np.isnan(values).all() else float(np.nansum(values))


def without(part: Part, rows: Mask, reason: Phrase) -> Part:
    """The part without some of its rows, and its account with the reason."""
    if not rows.any():
        return part
    gone, frame = part.frame[rows], part.frame[~rows].reset_index(drop=True)
    out = LeftOut(reason, len(gone), total(gone, "spend") or 0.0)
    account = replace(
        part.account,
        rows_kept=len(frame),
        left_out=(*part.account.left_out, out),
        spend=total(frame, "spend"),
        conversions=total(frame, "conversions"),
        revenue=total(frame, "revenue"),
    )
    return replace(part, frame=frame, account=account)


def with_notice(part: Part, notice: Phrase) -> Part:
    """The part with one more notice in its account."""
    account = replace(part.account, notices=(*part.account.notices, notice))
    return replace(part, account=account)


def together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several parts; the categories of their names are united, not spelled out."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    if len(frames) == 1:
        return frames[0]
    columns = {}
    for name in frames[0]:
        pieces = [frame[name] for frame in frames]
        if isinstance(pieces[0].dtype, pd.CategoricalDtype):
            columns[name] = union_categoricals(pieces, ignore_order=True)
        else:
            columns[name] = np.concatenate([piece.to_numpy() for piece in pieces])
    return pd.DataFrame(columns)


def is_known(part: Part, name: str) -> bool:
    """Whether every row of a part says something in a column of names."""
    blank = [code for code, text in enumerate(part.frame[name].cat.categories) if not text]
    return len(part.frame) > 0 and not np.isin(part.frame[name].cat.codes, blank).any()


def joint_keys(
    one: pd.DataFrame, other: pd.DataFrame, names: Iterable[str]
) -> tuple[np.ndarray, np.ndarray]:
    """One integer per row of two frames; equal where the named columns are equal."""
    import pandas as pd

    both = together([one[["date", *names]], other[["date", *names]]])
    keys = pd.factorize(both["date"])[0].astype(np.int64)
    for name in names:
        codes = both[name].cat.codes.to_numpy().astype(np.int64)
        # Renumbered after each column, so that the product of many columns cannot overflow.
        keys = pd.factorize(keys * (codes.max(initial=0) + 1) + codes)[0].astype(np.int64)
    return keys[: len(one)], keys[len(one) :]
