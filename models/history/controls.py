"""Controls: columns of a history that explain the KPI beside spend, one number per date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.history.column_mapping import is_there, quoted
from models.history.history import HistorySpec
from models.history.parsing import Faults, holds_numbers, parse_numbers, parse_text
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 20  # of a control that holds text


def read_control(
    column: str, spec: HistorySpec, faults: Faults, notices: list[Phrase]
) -> dict[str, pd.Series]:
    """A control's numbers; one of text becomes a 0/1 column per value but the most frequent."""
    import pandas as pd

    if holds_numbers(faults.table.frame[column], spec.decimal):
        return {column: parse_numbers(column, faults, spec.decimal, may_be_negative=True)}
    words = parse_text(column, faults)
    counts = words.value_counts()
    if len(counts) > MOST_VALUES:
        faults.add(
            said("the control '{column}' holds {n} texts", column=column, n=len(counts)),
            said("Use at most {most}, or numbers", most=MOST_VALUES),
        )
        return {}
    common = min(counts[counts == counts.max()].index)
    others = sorted(set(counts.index) - {common})
    notices.append(
        said(
            "control '{column}' holds text: a 0/1 column for each of {others}; "
            "'{common}' is the usual case",
            column=column,
            others=quoted(others),
            common=common,
        )
    )
    return {f"{column}={word}": pd.Series((words == word).astype(float)) for word in others}


def controls_by_date(
    dates: pd.Series, spec: HistorySpec, faults: Faults, notices: list[Phrase]
) -> pd.DataFrame | None:
    """The controls of a tidy history, one row per row of the file; None where none are named.

    A date has one row per channel there: a control that differs among them is a fault.
    """
    import pandas as pd

    headers = list(faults.table.frame.columns)
    found: dict[str, pd.Series] = {}
    for control in spec.controls:
        if not is_there(control, headers, faults):
            continue
        for name, values in read_control(control, spec, faults, notices).items():
            first = values.groupby(dates).transform("first")
            faults.add_rows(
                (values != first) & values.notna() & first.notna(),
                lambda row: said("another value on the same date, {date}", date=dates.iloc[row]),
                said("A control is one number per date, the same in all its rows"),
                control,
            )
            found[name] = values
    return pd.DataFrame(found) if found else None
