"""What both shapes of a history have in common once their cells are numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.history.history import NewSetting
from models.history.parsing import Faults, holds_numbers, parse_text
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rows:
    """One row per row of the file.

    Parameters
    ----------
    dates : datetime64, shape (rows,)
    channels : names, shape (rows,); None in a mix
    values : tidy: one column per metric; mix: columns (metric, name), where the metrics are
        "spend" and media by channel, "conversions" and "revenue" by "total", and "control"
    controls : tidy: columns the controls' names; a mix holds them among its values
    segments : text columns that say what a row stands for beside its date and channel
    settings : changes of attribution that a column of them shows
    """

    dates: pd.Series
    channels: pd.Series | None
    values: pd.DataFrame
    segments: tuple[str, ...] = ()
    currency: str | None = None
    notices: tuple[Phrase, ...] = ()
    controls: pd.DataFrame | None = None
    settings: tuple[NewSetting, ...] = ()

    def wide(self, chosen: np.ndarray | None = None) -> pd.DataFrame:
        """Sums by date, columns (metric, name); controls are means. `chosen` masks rows."""
        import pandas as pd

        keep = slice(None) if chosen is None else chosen
        values, dates = self.values[keep], self.dates[keep].rename("date")
        if self.channels is not None:
            grouped = values.groupby([dates, self.channels[keep].rename("channel")])
            wide = pd.DataFrame(grouped.sum().unstack("channel", fill_value=0.0))
            if self.controls is None:
                return wide
            # Of all dates, also of those on which the chosen rows are silent.
            means = self.controls.groupby(self.dates.rename("date")).mean()
            means.columns = pd.MultiIndex.from_product([["control"], means.columns])
            return wide.reindex(means.index, fill_value=0.0).join(means)
        controls = values.columns.get_level_values(0) == "control"
        means = values.loc[:, controls].groupby(dates).mean()
        return values.loc[:, ~controls].groupby(dates).sum().join(means)


def one_currency(
    column: str | None, in_header: str | None, declared: str | None, faults: Faults
) -> str | None:
    """The one currency of the file; several are a fault at the first row of each."""
    declared = declared.upper() if declared else None
    named = in_header or declared
    if column is not None:
        codes = parse_text(column, faults).str.upper()
        (first, usual), *others = first_rows(codes) or [(0, named)]
        for row, code in others:
            faults.add(
                said(
                    "the currency is {code}, but {usual} in {place}",
                    code=code,
                    usual=usual,
                    place=faults.place(first),
                ),
                said("Convert the money to one currency"),
                line=int(faults.table.lines[row]),
                column=column,
            )
        named = usual
    if declared is not None and declared != named:
        faults.add(
            said(
                "the currency is declared as {declared}, the file says {named}",
                declared=declared,
                named=named,
            ),
            said("Correct one"),
        )
    return named


def other_columns(claimed: set, faults: Faults) -> tuple[list[str], list[str]]:
    """Columns that nobody asked for: those of text, and the others."""
    frame = faults.table.frame
    others = [name for name in frame.columns if name not in claimed]
    text = [name for name in others if not holds_numbers(frame[name].head(1000), any_mark=True)]
    return text, [name for name in others if name not in text]


def first_rows(words: pd.Series) -> list[tuple[int, str]]:
    """Each distinct word that is not empty, with the first row that holds it."""
    once = words.drop_duplicates()
    return [(int(row), str(word)) for row, word in once.items() if word]  # type: ignore[call-overload]
