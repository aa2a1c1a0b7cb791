"""Tidy history: what each channel spent and brought, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.phrases import Phrase, said

if TYPE_CHECKING:
    from datetime import date as Date

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from models.history.cell_table import Table

MONTH = 30  # days of a monthly history's period, to which the amounts of each month are brought
Shape = Literal["tidy", "mix"]
Grain = Literal["auto", "day", "week"]
KPIS = {"conversions": said("conversions"), "revenue": said("revenue")}


@dataclass(frozen=True)
class Scale:
    """From a day on, a channel's money is written in another unit; one of 1 says that it is not.

    Parameters
    ----------
    channel : its name; of a mix's revenue "total"
    factor : what the money is multiplied with, above 0
    column : "spend" or "revenue"
    """

    channel: str
    since: Date
    factor: float
    column: str = "spend"

    @property
    def nothing(self) -> Phrase:
        """That there is nothing to scale."""
        return said(
            "there is no {column} of {channel} from {date} on to scale",
            column=self.column,
            channel=self.channel,
            date=self.since,
        )

    def done(self, rows: int) -> Phrase:
        """That so many rows are scaled."""
        return said(
            "{column} of {channel} is multiplied by {factor} from {date} on: {n:,} rows",
            column=said(self.column),
            channel=self.channel,
            factor=f"{self.factor:g}",
            date=self.since,
            n=rows,
        )

    @classmethod
    def of(cls, text: str, factor: float) -> Scale:
        """From ``CHANNEL@DATE``, or ``CHANNEL:revenue@DATE``.

        Raises
        ------
        ValueError : it is written otherwise, or the factor is no number above 0
        """
        name, _, day = text.rpartition("@")
        channel, column = name, "spend"
        for other in ("spend", "revenue"):
            if name.endswith(f":{other}"):
                channel, column = name.removesuffix(f":{other}"), other
        if not channel or not 0 < factor < float("inf"):
            raise ValueError(text)
        return cls(channel, date.fromisoformat(day), factor, column)


@dataclass(frozen=True)
class HistorySpec:
    """Which file holds a history, and what its columns mean. What is None is found by itself.

    In a tidy file every column that goes by a common name (`cost`, `date_day`, `platform`, ...)
    is found, with a notice; a column named here is taken as it is. In a mix file only what is
    named here is used, but for the date.

    Parameters
    ----------
    file : CSV, Parquet or XLSX
    shape : "tidy" (one row per date and channel) or "mix" (one row per date, one KPI)
    date : column of the dates; of a week, its first day
    channel : column of the channels' names (tidy)
    spend : tidy: the one column of money; mix: each channel's column. A mix without it takes
        every column that ends in `_spend`, `_cost` or `_S`
    kpi : column of the conversions. In a mix, a column that goes by a name of revenue is
        taken as revenue
    revenue : column of the money that the conversions brought
    value_per_conversion : instead of `revenue` (mix): revenue = conversions times this column
    media : further columns by channel (mix), e.g. ``{"clicks": {"search": "search_clicks"}}``
    controls : explanatory columns, one number per date: in a tidy file the same in all rows of a
        date. One of text becomes a 0/1 column per value
    date_format : where dates are not YYYY-MM-DD, e.g. ``DD/MM/YYYY`` or ``%d/%m/%Y``
    grain : "week", "day", or "auto": weeks where there are enough of them
    decimal : the decimal mark, "." or ","
    currency : where no column says it
    sheet : name of an XLSX sheet; default the first
    encoding : of a CSV that is not UTF-8, e.g. ``cp1252``
    scales : channels whose money is in another unit from a day on
    table : cells that are at hand, as from platforms' exports; `file` only names them then
    """

    file: str | Path
    shape: Shape = "tidy"
    date: str | None = None
    channel: str | None = None
    spend: str | Mapping[str, str] | None = None
    kpi: str | None = None
    revenue: str | None = None
    value_per_conversion: str | None = None
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    date_format: str | None = None
    grain: Grain = "auto"
    decimal: Literal[".", ","] = "."
    currency: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    scales: tuple[Scale, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Source:
    """Where a history was read from; goes into every plan's provenance."""

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class NewSetting:
    """From a day on, a platform attributes the conversions of a channel in another way."""

    channel: str
    since: Date
    before: str
    after: str

    @property
    def reason(self) -> Phrase:
        """In plain words."""
        return said(
            "the attribution setting of {channel} changes from '{before}' to '{after}' on {date}",
            channel=self.channel,
            before=self.before,
            after=self.after,
            date=self.since,
        )


@dataclass(frozen=True)
class History:
    """A checked history on a regular grid of periods. A period without activity holds zeros.

    Parameters
    ----------
    shape : "tidy" (each channel has its own conversions) or "mix" (one KPI for all channels)
    period_days : 1 or 7; 30 for months, whose amounts are those of 30 days
    spend : money per period; index the periods' first days (DatetimeIndex, regular, no gaps),
        columns the channels
    metrics : further panels by name, each on the same index. Tidy: "conversions" always,
        "revenue", "impressions", "clicks", "leads", "new_customers" where the file has them,
        with the channels as columns. Mix: "conversions" and/or "revenue" with the one column
        "total" (the KPI), media metrics by channel where the file has them.
    controls : further explanatory columns, one row per period; may have no columns
    currency : ISO code, or None where the file names none
    notices : what was understood, taken for something, summed or left out, in plain words
    source : file, hash, rows
    settings : changes of attribution that the file itself states
    scales : units of money that the person has set right, or said to be right
    """

    shape: Shape
    period_days: int
    spend: pd.DataFrame
    metrics: Mapping[str, pd.DataFrame]
    controls: pd.DataFrame
    currency: str | None = None
    notices: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: Source("", "", 0))
    settings: tuple[NewSetting, ...] = ()
    scales: tuple[Scale, ...] = ()

    @property
    def dates(self) -> pd.DatetimeIndex:
        """First day of each period."""
        return self.spend.index  # type: ignore[return-value]

    @property
    def days(self) -> NDArray[np.int64]:
        """Days that each period has on the calendar, shape (periods,)."""
        import numpy as np

        if self.period_days == MONTH:
            return self.dates.days_in_month.to_numpy(dtype=np.int64)
        return np.full(len(self.dates), self.period_days, dtype=np.int64)

    @property
    def last_day(self) -> Date:
        """Last day of the last period."""
        return self.dates[-1].date() + timedelta(days=int(self.days[-1]) - 1)

    @property
    def frequency(self) -> str:
        """The distance of its periods, as pandas calls it."""
        return "MS" if self.period_days == MONTH else f"{self.period_days}D"

    def as_written(self, panel: pd.DataFrame) -> pd.DataFrame:
        """A panel's amounts as the file has them: those of whole months, not of 30 days."""
        return panel.mul(self.days / self.period_days, axis="index")

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self.spend.columns)

    @property
    def kpi(self) -> Literal["conversions", "revenue"]:
        """What the curves are to explain: conversions where the file counts them."""
        return "conversions" if "conversions" in self.metrics else "revenue"

    @property
    def kpi_words(self) -> Phrase:
        """What a sentence calls the KPI, in the reader's language."""
        return KPIS[self.kpi]

    def to_frame(self) -> pd.DataFrame:
        """The history as a file of its shape would hold it, which `read_history` reads back.

        Tidy: one row per period and channel. Mix: one row per period, spend and media in columns
        such as ``tv_spend``, and the KPI. Controls are columns of their own.
        """
        return _tidy_frame(self) if self.shape == "tidy" else _mix_frame(self)

    def __repr__(self) -> str:
        unit = {1: "days", 7: "weeks", MONTH: "months"}.get(
            self.period_days, f"periods of {self.period_days} days"
        )
        first, last = self.dates[0], self.dates[-1]
        money = f", {self.currency}" if self.currency else ""
        return (
            f"History ({self.shape}): {len(self.channels)} channels, {len(self.dates)} {unit} from "
            f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {', '.join(self.metrics)}{money}"
        )


def _tidy_frame(history: History) -> pd.DataFrame:
    import pandas as pd

    panels = {"spend": history.spend, **history.metrics}
    panels = {name: history.as_written(panel) for name, panel in panels.items()}
    whole = pd.concat(panels, axis=1, names=["metric", "channel"])
    rows = whole.rename_axis(index="date").stack("channel")[list(panels)]
    rows = rows.reindex(history.channels, level="channel").reset_index()
    return rows.join(history.controls, on="date").rename_axis(columns=None)


def _mix_frame(history: History) -> pd.DataFrame:
    import pandas as pd

    spend = history.as_written(history.spend)
    columns = {f"{channel}_spend": spend[channel] for channel in history.channels}
    for metric, panel in history.metrics.items():
        panel = history.as_written(panel)
        is_kpi = list(panel.columns) == ["total"]
        columns |= {metric if is_kpi else f"{n}_{metric}": panel[n] for n in panel.columns}
    frame = pd.DataFrame(columns).join(history.controls)
    return frame.rename_axis(index="date").reset_index()
