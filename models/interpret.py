"""From a file to a checked history: rows, calendar, and what holds for the whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError, nearest
from models.history import History, HistorySpec, Source
from models.parsing import Faults
from models.reading import Table, read_table
from models.regrain import Calendar, calendar, regrain
from models.rows import Rows, mix_rows, tidy_rows

if TYPE_CHECKING:
    import pandas as pd

NEVER = "Leave it out: a curve cannot be learnt from nothing, and zero spend needs none"


def interpret(spec: HistorySpec, today: date | None = None) -> History:
    """Read, check and regrain; see `models.history.read_history`."""
    return interpret_table(read_table(spec.file, spec.sheet, spec.encoding), spec, today)


def interpret_table(table: Table, spec: HistorySpec, today: date | None = None) -> History:
    """The same from cells that are already in memory, as from a warehouse."""
    rows, faults = _rows(table, spec, today)
    wide = rows.wide()
    _check_whole(wide, spec, faults)
    periods = _calendar(rows, spec, faults, today)
    notices = [*table.notices, *rows.notices, *_gaps(periods), *periods.notices]
    return _history(regrain(wide, periods), spec, rows, periods, table, notices)


def interpret_segments(spec: HistorySpec, by: str, today: date | None = None) -> dict[str, History]:
    """One history per value of a column; see `models.history.read_segments`."""
    table = read_table(spec.file, spec.sheet, spec.encoding)
    if by not in table.frame:
        near = nearest(by, table.frame.columns)
        remedy = f"Did you mean '{near}'?" if near else "Name a column of the file"
        raise HistoryError(Fault(table.name, f"there is no column '{by}'", remedy))
    rows, faults = _rows(table, spec, today)
    _check_whole(rows.wide(), spec, faults)
    periods = _calendar(rows, spec, faults, today)
    values = table.frame[by].astype(str)
    histories = {}
    for value in sorted(values.unique()):
        chosen = (values == value).to_numpy()
        if spec.shape == "mix":
            gone = _days(rows.dates).difference(_days(rows.dates[chosen]))
            _check_no_gap(gone, f"{by} {value}: ", faults)
        wide = rows.wide(chosen)
        wide = regrain(wide, periods)
        silent = _never_spent(wide)
        wide = wide.loc[:, ~wide.columns.get_level_values(1).isin(silent)]
        if "spend" not in wide.columns.get_level_values(0):
            continue
        notices = [*table.notices, *periods.notices]
        notices += [f"{by} {value}: {channel} never spent and is left out" for channel in silent]
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
        _check_no_gap(periods.missing, "", faults)
        faults.check()
    return periods


def _days(dates: pd.Series) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.DatetimeIndex(np.sort(dates.unique()))


def _check_no_gap(gone: pd.DatetimeIndex, whose: str, faults: Faults) -> None:
    """In a mix a date without a row is unknown, not zero: its KPI cannot be nothing."""
    if len(gone):
        listed = ", ".join(f"{day:%Y-%m-%d}" for day in gone[:5])
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        faults.add(
            f"{whose}no row for {listed}{more}",
            "A mix needs a row for every date between the first and the last: add them",
        )


def _check_whole(wide: pd.DataFrame, spec: HistorySpec, faults: Faults) -> None:
    for channel in _never_spent(wide):
        column = spec.spend.get(channel, "") if isinstance(spec.spend, Mapping) else ""
        faults.add(f"channel {channel} never spent", NEVER, column=column)
    for metric in ("conversions", "revenue"):
        if metric in wide and not wide[metric].to_numpy().any():
            faults.add(
                f"all {metric} are zero",
                "Check that the right column is read and that conversions are tracked"
                if metric == "conversions"
                else "Leave the column out if revenue is not known",
            )
    faults.check()


def _never_spent(wide: pd.DataFrame) -> list[str]:
    spend = wide["spend"]
    return list(spend.columns[spend.to_numpy().sum(axis=0) == 0])


def _gaps(periods: Calendar) -> list[str]:
    missing = periods.missing
    if not len(missing):
        return []
    unit = "weeks" if periods.source_days == 7 else "days"
    first = f"{missing[0]:%Y-%m-%d}"
    return [f"{len(missing):,} {unit} without any row count as no activity, the first {first}"]


def _history(
    wide: pd.DataFrame,
    spec: HistorySpec,
    rows: Rows,
    periods: Calendar,
    table: Table,
    notices: list[str],
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
    )


def _panel(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.columns = [str(name) for name in frame.columns]
    return frame
