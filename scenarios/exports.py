"""Platforms' exports as a history: what the command and the scenario share."""

from __future__ import annotations

from models.exports import Imported
from scenarios.csvtext import csv_text

DIGITS = 6  # sums of cents carry noise behind them


def history_csv(imported: Imported) -> str:
    """The tidy history as CSV text."""
    frame = imported.frame.assign(date=imported.frame["date"].dt.strftime("%Y-%m-%d"))
    measures = frame.select_dtypes("number").columns
    frame[measures] = frame[measures].round(DIGITS)
    whole = [name for name in measures if (frame[name] % 1 == 0).all()]
    frame = frame.astype(dict.fromkeys(whole, "int64"))
    rows = [frame.columns.to_list(), *zip(*(frame[name].tolist() for name in frame), strict=True)]
    return csv_text(rows)
