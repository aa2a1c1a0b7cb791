"""Everything that a person may ask of a fit, from a history to the corrected curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from models.channel_fit.batches import Progress
from models.channel_fit.fit_options import FitOptions
from models.curves.curveset import CurveSet
from models.diagnostics.anomalies import suspect
from models.fit.backtest import backtest, is_long_enough, judged
from models.fit.calibration import LiftTest, with_incrementality, with_lift_tests
from models.fit.entry import fit_curves
from models.fit.segments import fit_segments, joined
from models.history.history import History
from models.transforms.holidays_of import holiday_events

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FitRequest:
    """What is asked of a fit.

    Parameters
    ----------
    options : of the fit itself
    doubt : count days less that look wrong, such as broken tracking (`diagnostics.anomalies`)
    by : a column whose values are fitted side by side
    holidays : calendars whose days are events of the fit (`models.transforms.holidays_of`)
    holdout : also fit up to past dates, and judge the curves on what followed
    lift_tests : experiments that correct the curves
    incrementality : by channel, the share of what is attributed that counts
    """

    options: FitOptions = field(default_factory=FitOptions)
    doubt: bool = True
    by: str | None = None
    holidays: tuple[str, ...] = ()
    holdout: bool = False
    lift_tests: tuple[LiftTest, ...] = ()
    incrementality: Mapping[str, float] = field(default_factory=dict)

    def options_for(self, days: History) -> FitOptions:
        """The options of the fit, with what looks wrong in the file's own grain, and holidays.

        Raises
        ------
        HistoryError : a calendar that is not known
        """
        options = self.options_at(days.dates)
        if not self.doubt:
            return options
        return replace(options, doubts=(*suspect(days), *options.doubts))

    def options_at(self, dates: pd.DatetimeIndex) -> FitOptions:
        """The options of the fit, with the holidays between a history's first and last date."""
        if not self.holidays:
            return self.options
        last = dates[-1] + timedelta(30)  # what lies beyond the last period has no share in any
        known = holiday_events(self.holidays, dates[0].date(), last.date())
        return replace(self.options, events={**known, **self.options.events})


def fit_as_asked(
    history: History, days: History, request: FitRequest, progress: Progress | None = None
) -> CurveSet:
    """The curves of a history, not yet corrected.

    Parameters
    ----------
    days : the same history in the file's own grain: days show what weeks hide

    Raises
    ------
    HistoryError : the history cannot be fitted, or the options do not suit it
    """
    options = request.options_for(days)
    curves = fit_curves(history, options, progress)
    # A mix's fit has judged itself already.
    if request.holdout and history.shape == "tidy" and is_long_enough(history):
        curves = judged(curves, backtest(history, options=options))
    return curves


def fit_segments_as_asked(histories: Mapping[str, History], request: FitRequest) -> CurveSet:
    """The curves of every segment as one set, each channel called ``segment / channel``.

    Raises
    ------
    HistoryError : where a segment cannot be fitted, or the segments do not go together
    """
    dates = max((one.dates for one in histories.values()), key=len)
    return joined(fit_segments(histories, request.options_at(dates), request.holdout))


def corrected(curves: CurveSet, request: FitRequest) -> CurveSet:
    """The curves as hand-set shares and experiments correct them.

    Raises
    ------
    CurvesError : an unknown channel, or a test of one whose curve has no draws
    """
    if request.incrementality:
        curves = with_incrementality(curves, request.incrementality)
    if request.lift_tests:
        curves = with_lift_tests(curves, request.lift_tests, request.options.seed)
    return curves
