"""Weekly rows of channels whose weeks begin on different weekdays, brought to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.history.parsing import Faults
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 4  # weeks that show a channel to be by week
WEEKDAYS = (
    *(said("Monday"), said("Tuesday"), said("Wednesday"), said("Thursday")),
    *(said("Friday"), said("Saturday"), said("Sunday")),
)


def one_weekday(
    dates: pd.Series, channels: pd.Series, faults: Faults
) -> tuple[pd.Series, list[Phrase]]:
    """Weeks dated alike: those that begin on another weekday than most move by up to three days.

    A week that moves shares at least four of its days with the one that it is dated as. What is
    no weekly history of several weekdays stays as it is. A channel with weeks missing is a fault:
    its rows could be days as well.
    """
    import pandas as pd

    days = {
        str(name): np.sort(own.unique()).astype("datetime64[D]")
        for name, own in dates.groupby(channels)
    }
    gaps = {name: np.diff(own).astype(int) for name, own in days.items()}
    if any(len(gap) < FEWEST - 1 or (gap % 7).any() for gap in gaps.values()):
        return dates, []
    starts = {name: _weekday(own[0]) for name, own in days.items()}
    if len(set(starts.values())) < 2:
        return dates, []
    usual = int(np.argmax(np.bincount([starts[str(name)] for name in channels], minlength=7)))
    notices: list[Phrase] = []
    shift = {}
    for name, start in starts.items():
        moved = (start - usual + 3) % 7 - 3
        shift[name] = moved
        known = {"channel": name, "own": WEEKDAYS[start], "usual": WEEKDAYS[usual]}
        if moved and (gaps[name] != 7).any():
            faults.add(
                said(
                    "weeks of {channel} begin on {own}, those of others on {usual}, and some of "
                    "its weeks are missing",
                    **known,
                ),
                said("Write all weeks with the same first weekday, or write days"),
            )
        elif moved:
            notices.append(
                said(
                    "weeks of {channel} begin on {own}: dated by the nearest {usual}, as the rest",
                    **known,
                )
            )
    by_row = pd.to_timedelta(channels.map(shift).to_numpy(), unit="D")
    return (dates - by_row).astype(dates.dtype), notices


def _weekday(day: np.datetime64) -> int:
    """0 for Monday; day 0 of the calendar was a Thursday."""
    return int((day.astype("datetime64[D]").astype(int) + 3) % 7)
