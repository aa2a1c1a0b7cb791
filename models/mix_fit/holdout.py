"""Does a mix fit foretell weeks that it has not seen, better than a rule of thumb does?

The last weeks are held out, the rest is fitted, and the KPI of the held-out weeks is foretold at
the spend that really happened. Beside it stand rules that need no curve at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import periods_left_out
from models.history.history import History
from models.mix_fit.joint import fit_jointly, prepare
from models.phrases import Phrase, said

Array = NDArray[np.floating]

HELD_OUT_DAYS = 91
LEAST_DAYS = 273  # fitted history without which nothing is held out
YEAR_DAYS = 364  # whole weeks, so that weekdays agree
DRAWS = 50
RULES = {
    "recent": said("the mean of as many periods before"),
    "per_money": said("as much per unit of money as before"),
    "last_year": said("the same periods of the year before"),
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
    def best_rule(self) -> str:
        """The rule of thumb that was off by least."""
        return min(self.naive, key=lambda name: self.naive[name])

    @property
    def loses(self) -> bool:
        """Whether a rule of thumb was clearly better."""
        return self.error > MARGIN * self.naive[self.best_rule]

    @property
    def reason(self) -> Phrase:
        """What to say where the fit loses."""
        return said(
            "the last {n} periods, held out, were foretold with an error of {error:.1%}; {rule} "
            "would have been off by {naive:.1%}",
            n=self.periods,
            error=self.error,
            rule=RULES[self.best_rule],
            naive=self.naive[self.best_rule],
        )

    def as_json(self) -> dict:
        """For the curves file's diagnostics."""
        return {
            "periods": self.periods,
            "error": self.error,
            "naive": dict(self.naive),
            "baseline": RULES[self.best_rule],
            "baseline_error": self.naive[self.best_rule],
        }


def hold_out(histories: Sequence[History], options: FitOptions | None = None) -> Holdout | None:
    """Fit without the last 13 weeks, and foretell them; None where the history is too short.

    Parameters
    ----------
    histories : one, or the segments of one
    """
    options = options or FitOptions()
    histories = [_without_lag(history, options) for history in histories]
    held = HELD_OUT_DAYS // histories[0].period_days
    if any(_too_short(history, held) for history in histories):
        return None
    segments = [prepare(one, options, held) for one in histories]
    fit = fit_jointly(segments, DRAWS, options.seed, options.media_share)
    misses: dict[str, float] = {}
    total = 0.0
    for number, here in enumerate(fit.segments):
        guesses = _rules_of_thumb(here.kpi, here.history, held)
        guesses["fit"] = (fit.media(number) + fit.baseline(number)).mean(axis=1)[-held:]
        total += here.kpi[-held:].sum()
        for name, guess in guesses.items():
            misses[name] = misses.get(name, 0.0) + float(np.abs(here.kpi[-held:] - guess).sum())
    if total == 0:
        return None
    errors = {name: round(float(missed / total), 4) for name, missed in misses.items()}
    return Holdout(held, errors.pop("fit"), errors)


def foretell(history: History, options: FitOptions, held: int) -> Array:
    """The KPI of the last `held` periods as a fit to those before them expects it, (held,)."""
    segments = [prepare(history, options, held)]
    fit = fit_jointly(segments, DRAWS, options.seed, options.media_share)
    return (fit.media(0) + fit.baseline(0)).mean(axis=1)[-held:]


def _without_lag(history: History, options: FitOptions) -> History:
    """The history up to where its conversions may still be arriving."""
    whole = len(history.dates) - periods_left_out(history, options)
    return replace(
        history,
        spend=history.spend.iloc[:whole],
        metrics={name: panel.iloc[:whole] for name, panel in history.metrics.items()},
        controls=history.controls.iloc[:whole],
    )


def _too_short(history: History, held: int) -> bool:
    before = history.spend.to_numpy(float)[:-held]
    if len(before) * history.period_days < LEAST_DAYS:
        return True
    # Nor can a channel be foretold that began in the held-out periods.
    return not (before > 0).any(axis=0).all()


def _rules_of_thumb(kpi: Array, history: History, held: int) -> dict[str, Array]:
    """What each rule foretells for the last `held` periods."""
    money = history.spend.to_numpy(float).sum(axis=1)
    year = YEAR_DAYS // history.period_days
    guesses = {
        "recent": np.full(held, kpi[-2 * held : -held].mean()),
        "per_money": money[-held:] * kpi[:-held].sum() / money[:-held].sum(),
    }
    if len(kpi) - held >= year:
        guesses["last_year"] = kpi[len(kpi) - held - year : len(kpi) - year]
    return guesses
