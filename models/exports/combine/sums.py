"""Sums that a database has already made -> a part, as if a file had been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells import dates
from models.exports.cells.distinct_texts import Texts, category
from models.exports.cells.headers import find
from models.exports.cells.places import listed, place
from models.exports.channel_mapping import campaign_type
from models.exports.fields import LEVELS, MEASURES
from models.exports.platforms.fivetran import FIVETRAN, our_name
from models.exports.report.parts import Part, total
from models.exports.report.reconciliation import FileAccount
from models.exports.report.tidy_rows import NAMES, clean_name
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = ("date", "platform", *NAMES, "currency")
DIGITS = 6  # a database adds in any order, and the noise of it must not show
NEEDED = ("date", "platform", "spend", "conversions")


def known_columns(columns: Sequence[str], name: str) -> dict[str, str]:
    """Which column of a table in Fivetran's schema holds which of our fields.

    Raises
    ------
    HistoryError : the table is in another schema
    """
    found = find(columns, FIVETRAN.fields)
    missing = [
        FIVETRAN.fields[field][0].replace(" ", "_") for field in NEEDED if field not in found
    ]
    if missing:
        raise HistoryError(
            Fault(
                name,
                said(
                    "has no column {missing}: it has {columns}",
                    missing=_none_of(missing),
                    columns=listed(columns),
                ),
                said(
                    "Name columns as Fivetran's ad_reporting__campaign_report does, or as a tidy "
                    "history: date, channel, spend, conversions"
                ),
            )
        )
    return {field: columns[position] for field, position in found.items()}


def _none_of(columns: Sequence[str]) -> str:
    """``date_day and no column platform``."""
    found, *others = columns
    for other in others:
        found = said("{one} and no column {other}", one=found, other=other)
    return found


def part_of_sums(frame: pd.DataFrame, name: str, blank: Mapping[str, int]) -> Part:
    """A part whose rows are sums.

    Parameters
    ----------
    frame : columns of our fields, and `rows`: how many rows of the table each one sums
    name : of the table, for messages; must hold no secret
    blank : by measure, in how many rows of the table it is blank

    Raises
    ------
    HistoryError : there are no rows, a date is blank, or a sum is no number
    """
    import pandas as pd

    if frame.empty:
        raise HistoryError(Fault(name, said("has no rows")))
    columns: dict[str, object] = {"date": days(frame["date"], name)}
    for field in DIMENSIONS[1:]:
        columns[field] = _names(frame, field)
    for measure in MEASURES:
        columns[measure] = sums(frame, measure, name)
    tidy = pd.DataFrame(columns)
    rows = int(frame["rows"].sum())
    level = [level for level in LEVELS if level in frame][-1:] or ["account"]
    notices = [
        said("{n:,} rows with blank {measure}, counted as none", n=count, measure=said(measure))
        for measure, count in blank.items()
        if count
    ]
    account = FileAccount(
        file=name,
        platform=FIVETRAN.name,
        form=said("summed in the database to {rows:,} rows", rows=len(frame)),
        level=level[0],
        period_days=1,
        first=tidy["date"].min().date(),
        last=tidy["date"].max().date(),
        rows_read=rows,
        rows_kept=rows,
        left_out=(),
        spend=total(tidy, "spend"),
        conversions=total(tidy, "conversions"),
        revenue=total(tidy, "revenue"),
        currencies=tuple(sorted(set(tidy["currency"].unique()))),
        notices=tuple(notices),
    )
    return Part(tidy, account)


def days(column: pd.Series, name: str) -> np.ndarray:
    """A column's days: databases give dates, moments or ISO text; the time of day is dropped.

    Raises
    ------
    HistoryError : a value is no day
    """
    import pandas as pd

    codes, distinct = pd.factorize(column.astype(object), use_na_sentinel=False)
    found = [dates.parse(str(value)[:10], "ymd") for value in distinct]
    wrong = [value for value, day in zip(distinct, found, strict=True) if day is None]
    if wrong:
        problem = said("'{text}' is no day", text=str(wrong[0]))
        raise HistoryError(Fault(place(name, column="date"), problem))
    return np.array(found, dtype="datetime64[s]")[codes]


def _names(frame: pd.DataFrame, field: str) -> pd.Categorical[str]:
    if field not in frame:
        return category(Texts(np.zeros(len(frame), dtype=np.int32), ("",)))
    import pandas as pd

    clean = {"platform": our_name, "campaign_type": campaign_type}.get(field, clean_name)
    codes, distinct = pd.factorize(frame[field].fillna("").astype(str).to_numpy(dtype=object))
    return category(Texts(codes.astype(np.int32), tuple(map(str, distinct))).mapped(clean))


def sums(frame: pd.DataFrame, measure: str, name: str) -> np.ndarray:
    """A measure's sums as floats, NaN where the table has no such column.

    Raises
    ------
    HistoryError : one is no finite number
    """
    if measure not in frame:
        return np.full(len(frame), np.nan)
    import pandas as pd

    values = pd.to_numeric(frame[measure], errors="coerce").to_numpy(dtype=float)
    wrong = ~np.isfinite(values) & frame[measure].notna().to_numpy()
    if wrong.any():
        shown = frame[measure].iloc[int(np.flatnonzero(wrong)[0])]
        problem = said("{value} is not a finite number", value=f"'{shown}'")
        raise HistoryError(Fault(place(name, column=measure), problem))
    return np.round(np.nan_to_num(values, nan=0.0), DIGITS)
