"""Does a mix fit foretell weeks that it has not seen, better than a rule of thumb does?

The last weeks are held out, the rest is fitted, and the KPI of the held-out weeks is foretold at
the spend that really happened. Beside it stand rules that need no curve at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves import Curve, Hill
from models.history import History
from models.mix_fit import fit_jointly, prepare

Array = NDArray[np.floating]

HELD_OUT_DAYS = 91
LEAST_DAYS = 273  # fitted history without which nothing is held out
YEAR_DAYS = 364  # whole weeks, so that weekdays agree
DRAWS = 50
RULES = {
    "recent": "the mean of as many periods before",
    "per_money": "as much per unit of money as before",
    "last_year": "the same periods of the year before",
}
MARGIN = 1.25  # a rule of thumb must be better by this factor before the fit is said to lose


@dataclass(frozen=True)
class Holdout:
    """Errors over the held-out periods, as fractions: sum of |KPI - foretold| over the KPI.

    Parameters
    ----------
    periods : how many were held out
    error : of the fit
    naive : of the rules of thumb, by their names in RULES
    """

    periods: int
    error: float
    naive: Mapping[str, float]

    @property
    def loses(self) -> bool:
        """Whether a rule of thumb was clearly better."""
        return self.error > MARGIN * min(self.naive.values())

    @property
    def reason(self) -> str:
        """What to say where the fit loses."""
        rule = min(self.naive, key=lambda name: self.naive[name])
        return (
            f"the last {self.periods} periods, held out, were foretold with an error of "
            f"{self.error:.1%}; {RULES[rule]} would have been off by {self.naive[rule]:.1%}"
        )

    def as_json(self) -> dict:
        """For the curves file's diagnostics."""
        return {"periods": self.periods, "error": self.error, "naive": dict(self.naive)}


def hold_out(history: History, family: type[Curve] = Hill, seed: int = 0) -> Holdout | None:
    """Fit without the last 13 weeks, and foretell them; None where the history is too short."""
    held = HELD_OUT_DAYS // history.period_days
    if (len(history.dates) - held) * history.period_days < LEAST_DAYS:
        return None
    before = history.spend.to_numpy(float)[:-held]
    if not (before > 0).any(axis=0).all():
        return None  # a channel that only began in the held-out weeks cannot be foretold
    here = prepare(history, family, held_out=held)
    fit = fit_jointly([here], DRAWS, seed)
    foretold = (fit.media(0) + fit.baseline(0)).mean(axis=1)
    kpi, spend = here.kpi, here.history.spend.to_numpy(float).sum(axis=1)
    naive = {
        "recent": np.full(held, kpi[-2 * held : -held].mean()),
        "per_money": spend[-held:] * kpi[:-held].sum() / spend[:-held].sum(),
    }
    year = YEAR_DAYS // history.period_days
    if len(kpi) - held >= year:
        naive["last_year"] = kpi[len(kpi) - held - year : len(kpi) - year]
    errors = {name: _error(kpi[-held:], guess) for name, guess in naive.items()}
    return Holdout(held, _error(kpi[-held:], foretold[-held:]), errors)


def _error(kpi: Array, foretold: Array) -> float:
    return round(float(np.abs(kpi - foretold).sum() / kpi.sum()), 4)
