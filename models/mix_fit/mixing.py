"""Whether the sampler's chains agree, and how much their draws are worth.

R-hat compares what chains say among each other with what each says over time, 1 where they agree;
the effective sample size is how many independent draws theirs are worth. Both are rank-normalised
and split, as ArviZ computes them (Vehtari et al., *Rank-normalization, folding, and localization:
an improved R-hat for assessing convergence of MCMC*, 2021). Only its numerical part is used, which
needs nothing beyond numpy and scipy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phrases import said

Array = NDArray[np.floating]

# Fifty chains of forty sweeps show 1.05 to 1.15 where long ones show 1.01: what is above has not
# mixed.
MIXED = 1.2
FEWEST_SWEEPS = 20  # below which nothing can be said


@dataclass(frozen=True)
class Mixing:
    """The worst of all that was watched: greatest R-hat, least effective sample size."""

    r_hat: float
    effective_draws: float

    @property
    def is_mixed(self) -> bool:
        return self.r_hat <= MIXED

    def as_json(self) -> dict:
        """For the curves file's diagnostics."""
        return {"r_hat": round(self.r_hat, 3), "effective_draws": round(self.effective_draws)}

    def notices(self) -> Iterator[str]:
        """What to tell the person who fits."""
        figures = {"r_hat": self.r_hat, "n": round(self.effective_draws)}
        if self.is_mixed:
            yield said(
                "the sampler's chains agree: R-hat is {r_hat:.2f} at most, and they are worth {n} "
                "independent draws at least",
                **figures,
            )
        else:
            yield said(
                "the sampler's chains do not agree: R-hat is up to {r_hat:.2f}, {most} is the most "
                "that is well, and they are worth {n} independent draws only; intervals are rough",
                **figures,
                most=MIXED,
            )


def mixing_of(trace: Array) -> Mixing | None:
    """How well chains mixed; None where there is too little to tell.

    Parameters
    ----------
    trace : what was watched after every sweep, shape (sweeps, quantities, chains)
    """
    from arviz_stats.base.array import array_stats

    sweeps, quantities, chains = trace.shape
    if sweeps < FEWEST_SWEEPS or chains < 2:
        return None
    moving = [trace[:, one].T for one in range(quantities) if np.ptp(trace[:, one]) > 0]
    if not moving:
        return None
    return Mixing(
        max(float(np.asarray(array_stats.rhat(values))) for values in moving),
        min(float(np.asarray(array_stats.ess(values))) for values in moving),
    )
