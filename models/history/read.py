"""From a file to a checked history: rows, calendar, and what holds for the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import Fault, HistoryError
from models.history.cell_table import Table, read_table, table_of
from models.history.column_mapping import no_column
from models.history.history import History, HistorySpec, Source
from models.history.mix_layout import mix_rows
from models.history.parsed_rows import Rows
from models.history.parsing import Faults
from models.history.tidy_layout import tidy_rows
from models.history.time_grain import Calendar, calendar, regrain
from models.phrases import Phrase, said

if TYPE_CHECKING:
    from datetime import date as Date

    import pandas as pd

    Readable = str | Path | HistorySpec | pd.DataFrame

NO_GAP = said("A mix needs a row for every date between the first and the last: add them")


def interpret(spec: HistorySpec, today: date | None = None) -> History:
    """Read, check and regrain; see `models.history.read.read_history`."""
    return interpret_table(_cells(spec), spec, today)


def interpret_table(table: Table, spec: HistorySpec, today: date | None = None) -> History:
    """The same from cells that are already in memory, as from a warehouse."""
    rows, faults = _rows(table, spec, today)
    return _whole(table, spec, rows, _calendar(rows, spec, faults, today), faults)


def interpret_with_days(spec: HistorySpec, today: date | None = None) -> tuple[History, History]:
    """The history, and the same in the file's own grain; see `models.history.history`."""
    table = _cells(spec)
    rows, faults = _rows(table, spec, today)
    periods = _calendar(rows, spec, faults, today)
    history = _whole(table, spec, rows, periods, faults)
    if periods.period_days == periods.source_days:
        return history, history
    by_day = replace(spec, grain="day")
    days = _calendar(rows, by_day, faults, today)
    return history, _whole(table, by_day, rows, days, faults)


def interpret_days(spec: HistorySpec, today: date | None = None) -> History:
    """The file's own grain, nothing demanded of the whole; see `models.history.read.read_days`."""
    spec = replace(spec, grain="auto")
    table = _cells(spec)
    rows, faults = _rows(table, spec, today)
    periods = _calendar(rows, spec, faults, today)
    if periods.period_days > periods.source_days:
        periods = _calendar(rows, replace(spec, grain="day"), faults, today)
    wide = regrain(rows.wide(), periods)
    return _history(wide, spec, rows, periods, table, [*table.notices, *rows.notices])


def _cells(spec: HistorySpec) -> Table:
    return spec.table or read_table(spec.file, spec.sheet, spec.encoding)


def _whole(
    table: Table, spec: HistorySpec, rows: Rows, periods: Calendar, faults: Faults
) -> History:
    wide = regrain(rows.wide(), periods)
    _check_whole(wide, spec, faults)
    notices = [*table.notices, *rows.notices, *_gaps(periods), *periods.notices]
    return _history(wide, spec, rows, periods, table, notices)


def interpret_segments(spec: HistorySpec, by: str, today: date | None = None) -> dict[str, History]:
    """One history per value of a column; see `models.history.read.read_segments`."""
    table = _cells(spec)
    if by not in table.frame:
        raise HistoryError(Fault(table.name, *no_column(by, list(table.frame.columns))))
    rows, faults = _rows(table, spec, today)
    periods = _calendar(rows, spec, faults, today)
    _check_whole(regrain(rows.wide(), periods), spec, faults)
    values = table.frame[by].astype(str)
    histories = {}
    for value in sorted(values.unique()):
        chosen = (values == value).to_numpy()
        if spec.shape == "mix":
            gone = _days(rows.dates).difference(_days(rows.dates[chosen]))
            _check_no_gap(gone, faults, NO_GAP, segment=f"{by} {value}")
        wide = regrain(rows.wide(chosen), periods)
        silent = _never_spent(wide)
        wide = wide.loc[:, ~wide.columns.get_level_values(1).isin(silent)]
        if "spend" not in wide.columns.get_level_values(0):
            continue
        notices = [*table.notices, *periods.notices]
        notices += [
            said(
                "{segment}: {channel} never spent and is left out",
                segment=f"{by} {value}",
                channel=channel,
            )
            for channel in silent
        ]
        histories[value] = _history(wide, spec, rows, periods, table, notices)
    faults.check()
    return histories


def _rows(table: Table, spec: HistorySpec, today: date | None) -> tuple[Rows, Faults]:
    faults = Faults(table)
    read = tidy_rows if spec.shape == "tidy" else mix_rows
    rows = read(spec, faults, today)
    faults.check()
    return rows, faults


def _calendar(rows: Rows, spec: HistorySpec, faults: Faults, today: date | None) -> Calendar:
    periods = calendar(_days(rows.dates), spec.grain, faults, today or date.today())
    if spec.shape == "mix":
        _check_no_gap(periods.missing, faults, NO_GAP)
    elif spec.controls:
        _check_no_gap(periods.missing, faults, said("Controls are needed for every date: add them"))
    faults.check()
    return periods


def _days(dates: pd.Series) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.DatetimeIndex(np.sort(dates.unique()))


def _check_no_gap(
    gone: pd.DatetimeIndex, faults: Faults, remedy: Phrase, segment: str = ""
) -> None:
    """A date without a row is unknown, not zero, where there is a mix's KPI or a control."""
    if not len(gone):
        return
    dates = list(gone[:5])
    problem = said("no row for {dates}", dates=dates)
    if len(gone) > len(dates):
        problem = said("no row for {n:,} dates, the first {dates}", n=len(gone), dates=dates)
    if segment:
        problem = said("{segment}: {problem}", segment=segment, problem=problem)
    faults.add(problem, remedy)


def _check_whole(wide: pd.DataFrame, spec: HistorySpec, faults: Faults) -> None:
    for channel in _never_spent(wide):
        column = spec.spend.get(channel, "") if isinstance(spec.spend, Mapping) else ""
        faults.add(
            said("channel {channel} never spent", channel=channel),
            said("Leave it out: a curve cannot be learnt from nothing, and zero spend needs none"),
            column=column,
        )
    if "conversions" in wide and not wide["conversions"].to_numpy().any():
        faults.add(
            said("all conversions are zero"),
            said("Check that the right column is read and that conversions are tracked"),
        )
    if "revenue" in wide and not wide["revenue"].to_numpy().any():
        faults.add(
            said("all revenue is zero"), said("Leave the column out if revenue is not known")
        )
    faults.check()


def _never_spent(wide: pd.DataFrame) -> list[str]:
    spend = wide["spend"]
    return list(spend.columns[spend.to_numpy().sum(axis=0) == 0])


def _gaps(periods: Calendar) -> list[Phrase]:
    missing = periods.missing
    if not len(missing):
        return []
    return [
        said(
            "no activity on dates without a row: {n:,}, the first {date}",
            n=len(missing),
            date=missing[0],
        )
    ]


def _history(
    wide: pd.DataFrame,
    spec: HistorySpec,
    rows: Rows,
    periods: Calendar,
    table: Table,
    notices: list[Phrase],
) -> History:
    import pandas as pd

    # The panels in the order of the file's meaning, channels as the mix names them or by name.
    metrics = list(dict.fromkeys(wide.columns.get_level_values(0)))
    panels = {metric: _panel(wide[metric]) for metric in metrics}
    controls = panels.pop("control", pd.DataFrame(index=wide.index))
    return History(
        shape=spec.shape,
        period_days=periods.period_days,
        spend=panels.pop("spend"),
        metrics=panels,
        controls=controls,
        currency=rows.currency,
        notices=tuple(notices),
        source=Source(table.name, table.sha256, len(table.lines)),
        settings=rows.settings,
        scales=spec.scales,
    )


def _panel(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.columns = [str(name) for name in frame.columns]
    return frame


def read_history(source: Readable, *, today: Date | None = None, **declared: Any) -> History:
    """Read and check a history; everything wrong with it is reported at once.

    Parameters
    ----------
    source : a file, what is known about one, or a DataFrame with the columns that a file would have
    today : dates after it are faults, and a week that holds it is not over; default: today
    declared : fields of HistorySpec, e.g. ``shape="mix", kpi="orders", spend={"tv": "tv_S"}``

    Raises
    ------
    HistoryError : with one fault for each cell, column or date that is wrong
    """
    return interpret(_spec(source, declared), today=today)


def read_history_with_days(
    source: Readable, *, today: Date | None = None, **declared: Any
) -> tuple[History, History]:
    """As `read_history`, and beside it the same history in the file's own grain.

    Days show what weeks hide; see `models.diagnostics.anomalies`.
    """
    return interpret_with_days(_spec(source, declared), today=today)


def read_days(source: Readable, *, today: Date | None = None, **declared: Any) -> History:
    """What happened lately, in the file's own grain: `read_history` without what a fit demands.

    A channel may have spent nothing and nothing may have come back: a month has just begun.
    """
    return interpret_days(_spec(source, declared), today=today)


def read_segments(
    source: Readable, by: str, *, today: Date | None = None, **declared: Any
) -> dict[str, History]:
    """One history for each value of the column `by`, such as a geo or a campaign.

    All share the dates of the whole file. A channel that never spent in a segment is left out
    of it, with a notice; a segment without any spend is left out altogether.

    Raises
    ------
    HistoryError : as `read_history`, and where the file lacks the column
    """
    return interpret_segments(_spec(source, declared), by, today=today)


def _spec(source: Readable, declared: Mapping[str, Any]) -> HistorySpec:
    if isinstance(source, HistorySpec):
        return replace(source, **declared)
    if isinstance(source, str | Path):
        return HistorySpec(source, **declared)
    import pandas as pd

    if not isinstance(source, pd.DataFrame):
        raise TypeError(f"a history is a file or a pandas DataFrame, not a {type(source).__name__}")
    table = table_of(source)
    return HistorySpec(table.name, table=table, **declared)
