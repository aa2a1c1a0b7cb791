"""Tidy history: what each channel spent and brought, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Source:
    """Where a history was read from; goes into every plan's provenance."""

    file: str
    sha256: str
    rows: int


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
    controls : further explanatory columns (mix), one row per period; may have no columns
    currency : ISO code, or None where the file names none
    notices : what was understood, taken for something, summed or left out, in plain words
    source : file, hash, rows
    """

    shape: Literal["tidy", "mix"]
    period_days: int
    spend: pd.DataFrame
    metrics: Mapping[str, pd.DataFrame]
    controls: pd.DataFrame
    currency: str | None = None
    notices: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: Source("", "", 0))

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
