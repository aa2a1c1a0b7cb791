"""How far single days of a history are to be trusted, and what that makes of its periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.history.history import History
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd


GIVEN = said("as given by hand")


class Span(Protocol):
    """Some days of a channel and their weight: a `Trust`, or a flag of `anomalies`."""

    @property
    def channel(self) -> str | None: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def weight(self) -> float: ...


@dataclass(frozen=True)
class Trust:
    """How much a fit should trust some days, as a person says it.

    Parameters
    ----------
    channel : its name; None for all channels
    first, last : the days, both included
    weight : from 0 (as if they were not there) to 1 (as every other day)
    reason : for people
    """

    channel: str | None
    first: date
    last: date
    weight: float
    reason: Phrase = GIVEN


def weights(spans: Iterable[Span], history: History) -> pd.DataFrame:
    """Trust in each channel's periods, from 0 to 1: the mean over the period's days.

    Parameters
    ----------
    spans : where they overlap, their weights multiply
    history : gives the grid; its periods may be longer than the spans

    Returns
    -------
    1 where nothing is said; index and columns as of `history.spend`
    """
    import pandas as pd

    days = pd.date_range(history.dates[0], history.last_day, freq="D")
    trust = np.ones((len(days), len(history.channels)))
    for span in spans:
        inside = (days >= pd.Timestamp(span.first)) & (days <= pd.Timestamp(span.last))
        columns = np.array([span.channel in (None, channel) for channel in history.channels])
        trust[np.ix_(inside, columns)] *= span.weight
    starts = np.concatenate([[0], np.cumsum(history.days)[:-1]])
    means = np.add.reduceat(trust, starts) / history.days[:, None]
    return pd.DataFrame(means, index=history.spend.index, columns=history.spend.columns)
