"""A warehouse's table as a history: summed where it lies, by SQLAlchemy or DuckDB.

Only sums by day and campaign come over, or by day and platform where no rules of channels ask.
A connection's secrets are named in the scenario as `${VARIABLE}` and taken from the environment;
what they hold appears in no message and no plan.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, HistoryError
from models.exports.combine.sums import days, known_columns, part_of_sums, sums
from models.exports.fields import MEASURES
from models.exports.report.parts import Part
from models.phrases import said
from scenarios.sources.databases import connected, of_files

if TYPE_CHECKING:
    import pandas as pd

TIDY = ("date", "channel", "spend", "conversions")
DAILY = ("date", "platform", "currency")
CHANNEL_NAMES = ("account", "campaign", "campaign_type")  # what rules of channels look at


@dataclass(frozen=True)
class Warehouse:
    """Where a table lies. Either a connection or files.

    Parameters
    ----------
    url : of SQLAlchemy, or ``duckdb:///file.duckdb``; secrets as ``${VARIABLE}``
    files : a folder or a pattern of Parquet or CSV files, read by DuckDB as the table `history`
    query : whose rows are the history; of files, by default all of them
    """

    url: str | None = None
    files: Path | None = None
    query: str | None = None


@dataclass(frozen=True)
class Summed:
    """What came over: a part in Fivetran's schema, or a tidy history's sums.

    Parameters
    ----------
    name : for messages and provenance, without secrets
    tidy : columns date, channel and measures, where the table is a tidy history already
    """

    name: str
    part: Part | None = None
    tidy: pd.DataFrame | None = None


def read_warehouse(
    warehouse: Warehouse,
    names: Collection[str] = CHANNEL_NAMES,
    environment: Mapping[str, str] = os.environ,
) -> Summed:
    """Sum a warehouse's table by day, platform and what decides on a channel, in the warehouse.

    Parameters
    ----------
    names : which of CHANNEL_NAMES are asked for; the fewer, the less comes over

    Raises
    ------
    HistoryError : a variable is not set, a package is missing, the connection or the query
        fails, or the columns are of no known schema
    """
    query = (warehouse.query or "SELECT * FROM history").strip().rstrip(";")
    opened = (
        of_files(warehouse.files)
        if warehouse.files
        else connected(warehouse.url or "", environment)
    )
    with opened as database:
        query = database.checked(query)
        columns = list(database.ask(f"SELECT * FROM ({query}\n) history_rows WHERE 1 = 0").columns)
        plain = {column.lower(): column for column in columns}
        if set(TIDY) <= set(plain):
            measures = [name for name in (*MEASURES, "new_customers") if name in plain]
            fields = {name: plain[name] for name in ("date", "channel", *measures)}
            found = _named(database.ask(_sum_query(query, fields, TIDY[:2], database.quote)))
            return Summed(database.name, tidy=_tidy(found[list(fields)], database.name))
        fields = known_columns(columns, database.name)
        by = [field for field in (*DAILY, *names) if field in fields]
        fields = {name: column for name, column in fields.items() if name in (*by, *MEASURES)}
        frame = _named(database.ask(_sum_query(query, fields, by, database.quote)))
    measures = [measure for measure in MEASURES if measure in fields]
    blank = {name: int(frame["rows"].sum() - frame[f"{name}_rows"].sum()) for name in measures}
    return Summed(database.name, part=part_of_sums(frame, database.name, blank))


def _sum_query(
    query: str, fields: Mapping[str, str], by: Sequence[str], quote: Callable[[str], str]
) -> str:
    """Sums and counts of the measures by the other fields, in SQL that every database speaks."""
    measures = [name for name in fields if name not in by]
    keys = [quote(fields[name]) for name in by]
    shown = [f"{key} AS {name}_" for key, name in zip(keys, by, strict=True)]
    shown += [f"SUM({quote(fields[name])}) AS {name}_sum" for name in measures]
    shown += [f"COUNT({quote(fields[name])}) AS {name}_rows" for name in measures]
    return (
        f"SELECT {', '.join(shown)}, COUNT(*) AS row_count FROM ({query}\n) history_rows "
        f"GROUP BY {', '.join(keys)}"
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """With our names again; databases differ in the case of theirs."""
    plain = {column: str(column).lower() for column in frame.columns}
    return frame.rename(columns=plain).rename(
        columns=lambda name: "rows" if name == "row_count" else re.sub(r"_(sum)?$", "", name)
    )


def _tidy(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Sums of a tidy history, as the cells of one."""
    import pandas as pd

    if frame.empty:
        raise HistoryError(Fault(name, said("has no rows")))
    dates = days(frame["date"], name)
    measures = {column: sums(frame, column, name) for column in frame.columns[2:]}
    tidy = pd.DataFrame({"date": dates, "channel": frame["channel"].astype(str), **measures})
    return tidy.groupby(["date", "channel"], as_index=False).sum()
