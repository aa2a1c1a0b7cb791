"""Whether a demand that nobody measured may have moved both the KPI and what was spent.

Advertising that follows demand is credited with it, and nothing in one KPI tells the two apart.
Two signs together say that it is possible: something without a name moves the KPI slowly, and all
channels' spend rises and falls together beyond trend, season and controls. One channel alone that
follows demand shows only the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.mix_fit.joint import JointFit
from models.mix_fit.priors import beyond_named
from models.phrases import Phrase, said

Array = NDArray[np.floating]

# Standard errors: 5 to 15 % of unrelated channels, and 80 % of those that follow one demand.
TOGETHER = 1.645
MOST_CORRELATION = 0.98  # from one period to the next, of what is left of a channel's spend


@dataclass(frozen=True)
class UnseenDemand:
    """The two signs.

    Parameters
    ----------
    likely : share of the draws in which something without a name moves the KPI
    size : standard deviation of what it moves, fraction of the KPI
    together : standard errors by which channels' spend rises and falls together
    """

    likely: float
    size: float
    together: float

    @property
    def is_there(self) -> bool:
        return self.likely > 0.5

    @property
    def is_followed(self) -> bool:
        """Whether spend may have followed it."""
        return self.is_there and self.together > TOGETHER

    @property
    def reason(self) -> Phrase:
        """Why a channel's evidence is weak."""
        return said(
            "its spend may have followed a demand that nobody measured: all channels rise and fall "
            "together beyond season and trend ({together:.1f} standard errors), and the KPI drifts "
            "by about {size:.0%}",
            together=self.together,
            size=self.size,
        )

    def notices(self) -> Iterator[Phrase]:
        """What to tell the person, and what would settle it."""
        if self.is_there:
            yield said(
                "something that no column names moves the KPI slowly, by about {size:.0%}: channels"
                " whose spend follows it are credited with it. A control that measures it, or an"
                " experiment, would settle it",
                size=self.size,
            )


def look_for(fit: JointFit, segment: int) -> UnseenDemand:
    """The signs in one segment of a joint fit."""
    here = fit.segments[segment]
    drifts = here.baseline.drifts[fit.posterior.choice[:, segment]]
    named = here.baseline.without_drift().terms
    path = fit.baseline(segment).mean(axis=1)
    path -= named @ np.linalg.lstsq(named, path, rcond=None)[0]
    told = beyond_named(here.baseline, here.history.spend.to_numpy(float))
    return UnseenDemand(
        likely=float(drifts.mean()),
        size=float(path.std() / here.kpi.mean()),
        together=together_of(told, named.shape[1]),
    )


def together_of(told: Array, lost: int) -> float:
    """Sum of the correlations between channels over its standard error.

    The variance of each is Bartlett's for two paths that fade by a constant factor each
    (``(1 + ab) / (1 - ab) / periods``); pairs are taken as independent.

    Parameters
    ----------
    told : each channel's spend beyond the named terms, in standard deviations, (periods, channels)
    lost : degrees of freedom that these terms took
    """
    moving = told[:, told.any(axis=0)]
    if moving.shape[1] < 2:
        return 0.0
    one, other = np.triu_indices(moving.shape[1], 1)
    correlation = np.asarray(np.corrcoef(moving.T))[one, other]
    memory = (moving[1:] * moving[:-1]).sum(axis=0) / (moving**2).sum(axis=0)
    memory = np.clip(memory, 0.0, MOST_CORRELATION)
    both = memory[one] * memory[other]
    variance = (1.0 + both) / (1.0 - both) / max(len(moving) - lost, 1)
    return float(correlation.sum() / np.sqrt(variance.sum()))
