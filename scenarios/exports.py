"""Platforms' exports as a history: what the command and the scenario share."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from models.exports import Imported
from models.reading import Table
from models.wording import said
from scenarios.csvtext import csv_text

if TYPE_CHECKING:
    import pandas as pd

    from models.wording import Phrase

DIGITS = 6  # sums of cents carry noise behind them


def history_csv(frame: pd.DataFrame) -> str:
    """A tidy history as CSV text."""
    frame = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d"))
    measures = frame.select_dtypes("number").columns
    frame[measures] = frame[measures].round(DIGITS)
    whole = [name for name in measures if (frame[name] % 1 == 0).all()]
    frame = frame.astype(dict.fromkeys(whole, "int64"))
    rows = [frame.columns.to_list(), *zip(*(frame[name].tolist() for name in frame), strict=True)]
    return csv_text(rows)


def history_table(imported: Imported, name: str) -> Table:
    """What was imported, as the cells of a history."""
    return table_of(imported.frame, name, tuple(_notices(imported)))


def table_of(frame: pd.DataFrame, name: str, notices: tuple[Phrase, ...] = ()) -> Table:
    """Tidy rows as the cells of a history; their hash is that of their CSV."""
    digest = hashlib.sha256(history_csv(frame).encode()).hexdigest()
    return Table(name, frame, np.arange(1, len(frame) + 1), "row", digest, notices)


def _notices(imported: Imported) -> list[Phrase]:
    notices = []
    for file in imported.reconciliation.files:
        notices.append(
            said(
                "{file}: {kept:,} of {read:,} rows kept ({platform})",
                file=file.file,
                kept=file.rows_kept,
                read=file.rows_read,
                platform=file.platform,
            )
        )
        notices += [
            said(
                "{file}: {rows:,} rows left out: {reason}",
                file=file.file,
                rows=out.rows,
                reason=out.reason,
            )
            for out in file.left_out
        ]
    return notices
