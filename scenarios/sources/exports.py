"""Platforms' exports as a history: what the command and the scenario share."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.combine.combine import Imported, read_exports
from models.exports.options import ReadOptions
from models.history.cell_table import Table
from models.history.history import Grain, HistorySpec
from models.phrases import said
from scenarios.plan.csv_text import csv_text

if TYPE_CHECKING:
    import pandas as pd

    from models.phrases import Phrase

DIGITS = 6  # sums of cents carry noise behind them


@dataclass(frozen=True)
class ReadExports:
    """Exports, and the history that they are read as."""

    spec: HistorySpec
    imported: Imported


def are_exports(files: Sequence[Path], columns: Collection[str] = ()) -> bool:
    """Whether files can only be platforms' exports: several, a folder, or one that is known.

    Parameters
    ----------
    columns : what is said of a history's own columns; then one file is a history
    """
    if len(files) > 1 or files[0].is_dir():
        return True
    if columns or not files[0].is_file():
        return False
    from models.exports.report.recognition import header_of
    from models.history.column_mapping import heads_a_history

    header = header_of(files[0])
    return header is not None and not heads_a_history(header)


def no_columns(given: Iterable[str]) -> None:
    """Refuse what speaks of a history's own columns, where there are none.

    Raises
    ------
    HistoryError : with each such option or key
    """
    problem = said("speaks of a history's own columns; those of exports and warehouses are known")
    remedy = said(
        "Leave it out. For a header that an export words otherwise: --column FIELD=HEADER"
    )
    if faults := [Fault(name, problem, remedy) for name in given]:
        raise HistoryError(faults)


def read_as_history(
    files: Sequence[Path], name: str, options: ReadOptions, grain: Grain
) -> ReadExports:
    """Exports as the cells of a history.

    Parameters
    ----------
    name : of all of them, for messages and provenance

    Raises
    ------
    HistoryError : as `models.exports.read_exports`
    """
    imported = read_exports(files, options)
    table = history_table(imported, name)
    return ReadExports(spec_at_hand(table, grain, imported.reconciliation.currency), imported)


def spec_at_hand(table: Table, grain: Grain, currency: str | None) -> HistorySpec:
    """What to read of cells that are at hand already."""
    return HistorySpec(table.name, grain=grain, currency=currency, table=table)


def history_csv(frame: pd.DataFrame, currency: str | None = None) -> str:
    """A tidy history as CSV text, with a column of its currency where that is known."""
    if currency is not None:
        frame = frame.assign(currency=currency)
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
    account = imported.reconciliation
    notices: list[Phrase] = list(account.notices)
    for file in account.files:
        notices.append(
            said(
                "{file}: {kept:,} of {read:,} rows kept ({platform})",
                file=file.file,
                kept=file.rows_kept,
                read=file.rows_read,
                platform=file.platform,
            )
        )
        told = [
            said("left out {rows:,} of its rows: {reason}", rows=out.rows, reason=out.reason)
            for out in file.left_out
        ]
        notices += [
            said("{file}: {notice}", file=file.file, notice=notice)
            for notice in (*told, *file.notices)
        ]
    return notices + [
        said(
            "{channel}: the platforms count {platforms:,.0f} conversions, GA4 {ga4:,.0f} on the "
            "same dates ({over:+.0%})",
            channel=one.channel,
            platforms=one.platforms,
            ga4=one.ga4,
            over=one.over_crediting,
        )
        for one in account.credit
        if one.over_crediting is not None
    ]
