"""From a history to the arrays that a fit works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history.history import History
from models.transforms.season import fourier_terms

Array = NDArray[np.floating]
Spans = Sequence[tuple[str, str]]
Events = Mapping[str, Spans]
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Design:
    """What moves conversions besides spend, shared by all channels of a history.

    Parameters
    ----------
    covariates : shape (periods, columns): trend, season, weekday, controls
    names : of the columns
    prior_sd : weak prior on each column's coefficient (log response), shape (columns,)
    harmonics : yearly waves among the columns
    first_day : day of the year on which the first period begins
    """

    covariates: Array
    names: tuple[str, ...]
    prior_sd: Array
    harmonics: int
    first_day: float

    @property
    def seasonal(self) -> NDArray[np.bool_]:
        return np.array([name.startswith("season") for name in self.names], dtype=bool)

    @property
    def weekly(self) -> NDArray[np.bool_]:
        return np.array([name.startswith("weekday") for name in self.names], dtype=bool)


def build(history: History, events: Events | None = None) -> Design:
    """Trend, season, weekday, events and controls of a history's periods.

    The trend counts years from the last period, so the fitted level is that of the end of the
    history. Less than a year shows no season; the first wave then would be a second trend.
    """
    dates = history.dates.to_numpy().astype("datetime64[D]")
    count, days = len(dates), history.period_days
    years = (np.arange(count) - (count - 1)) * days / YEAR_DAYS
    columns: list[Array] = [years]
    names, spread = ["trend"], [0.2]
    span = count * days / YEAR_DAYS
    harmonics = 3 if span >= 1.5 else 2 if span >= 0.95 else 0
    if harmonics:
        terms = fourier_terms(days_since_first(dates) + days / 2.0, harmonics)
        columns += list(terms.T)
        names += [f"season_{wave}_{h}" for wave in ("sin", "cos") for h in range(1, harmonics + 1)]
        spread += [0.15] * (2 * harmonics)
    if days == 1:
        weekday = (dates.astype(int) + 3) % 7  # 1970-01-01 was a Thursday: Monday is 0
        columns += [(weekday == d) - (weekday == 6).astype(float) for d in range(6)]
        names += [f"weekday_{d}" for d in range(6)]
        spread += [0.3] * 6
    for name in history.controls.columns:
        values = history.controls[name].to_numpy(dtype=float)
        wide = values.std()
        columns.append((values - values.mean()) / (wide if wide > 0 else 1.0))
        names.append(f"control_{name}")
        spread.append(0.2)
    for name, spans in (events or {}).items():
        columns.append(share_of_days(dates, days, spans))
        names.append(f"event_{name}")
        spread.append(0.3)
    first_day = float(days_of_year(dates[:1])[0])
    return Design(np.stack(columns, axis=1), tuple(names), np.array(spread), harmonics, first_day)


def share_of_days(dates: NDArray[np.datetime64], days: int, spans: Spans) -> Array:
    """Fraction of each period's days that lie in one of the spans, first and last day included."""
    every = dates[:, None] + np.arange(days)
    inside = np.zeros(every.shape, dtype=bool)
    for first, last in spans:
        inside |= (every >= np.datetime64(first, "D")) & (every <= np.datetime64(last, "D"))
    return inside.mean(axis=1)


def days_since_first(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 for the first of the dates.

    Waves of the year are counted from there: the fit then depends on the history's course alone,
    not on the date that it began, and a leap day moves no wave.
    """
    return (dates - dates[0]).astype(int)


def days_of_year(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """1 for 1 January."""
    return (dates - dates.astype("datetime64[Y]")).astype(int) + 1
