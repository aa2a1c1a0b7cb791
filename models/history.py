"""Tidy history: what each channel spent and brought, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from models.wording import Phrase, said

if TYPE_CHECKING:
    from datetime import date as Date

    import pandas as pd

    from models.reading import Table

Shape = Literal["tidy", "mix"]
Grain = Literal["auto", "day", "week"]
KPIS = {"conversions": said("conversions"), "revenue": said("revenue")}


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
    period_days : 1 or 7
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

    @property
    def dates(self) -> pd.DatetimeIndex:
        """First day of each period."""
        return self.spend.index  # type: ignore[return-value]

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


def read_history(
    source: str | Path | HistorySpec, *, today: Date | None = None, **declared: Any
) -> History:
    """Read and check a history; everything wrong with it is reported at once.

    Parameters
    ----------
    source : a file, or what is known about one
    today : dates after it are faults, and a week that holds it is not over; default: today
    declared : fields of HistorySpec, e.g. ``shape="mix", kpi="orders", spend={"tv": "tv_S"}``

    Raises
    ------
    HistoryError : with one fault for each cell, column or date that is wrong
    """
    from models.interpret import interpret

    return interpret(_spec(source, declared), today=today)


def read_history_with_days(
    source: str | Path | HistorySpec, *, today: Date | None = None, **declared: Any
) -> tuple[History, History]:
    """As `read_history`, and beside it the same history in the file's own grain.

    Days show what weeks hide; see `models.suspicion`.
    """
    from models.interpret import interpret_with_days

    return interpret_with_days(_spec(source, declared), today=today)


def read_days(
    source: str | Path | HistorySpec, *, today: Date | None = None, **declared: Any
) -> History:
    """What happened lately, in the file's own grain: `read_history` without what a fit demands.

    A channel may have spent nothing and nothing may have come back: a month has just begun.
    """
    from models.interpret import interpret_days

    return interpret_days(_spec(source, declared), today=today)


def read_segments(
    source: str | Path | HistorySpec, by: str, *, today: Date | None = None, **declared: Any
) -> dict[str, History]:
    """One history for each value of the column `by`, such as a geo or a campaign.

    All share the dates of the whole file. A channel that never spent in a segment is left out
    of it, with a notice; a segment without any spend is left out altogether.

    Raises
    ------
    HistoryError : as `read_history`, and where the file lacks the column
    """
    from models.interpret import interpret_segments

    return interpret_segments(_spec(source, declared), by, today=today)


def _spec(source: str | Path | HistorySpec, declared: Mapping[str, Any]) -> HistorySpec:
    spec = source if isinstance(source, HistorySpec) else HistorySpec(source)
    return replace(spec, **declared)
