"""Would the curves have predicted what came next? Fits up to past dates, judged on what followed.

Nothing that happened after a fold's date enters its fit. What is predicted are the sums of whole
weeks at the spend that really happened, beside three baselines that anybody could have used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.family_selection import rolling_origins
from models.channel_fit.fit_options import FitOptions
from models.curves.curveset import ChannelCurve, CurveSet, Evidence, Verdict
from models.diagnostics.evidence import lowered
from models.errors import Fault, HistoryError
from models.history.history import History
from models.phrases import said
from models.transforms.adstock import effective_spend
from models.transforms.design_matrix import days_of_year
from models.transforms.season import week_of_year

Array = NDArray[np.floating]
Progress = Callable[[int, int], None]
LEAST_TRAINING_WEEKS = {"tidy": 26, "mix": 39}
TOTAL = "total"  # a mix's one KPI
RECENT_WEEKS = 52  # that a constant CPA is taken from: a whole year of seasons
BASELINES: tuple[str, ...] = (said("constant CPA"), said("last year"), said("straight line"))
FALLS: Mapping[Verdict, Verdict] = {"usable": "weak", "weak": "unusable", "unusable": "unusable"}


@dataclass(frozen=True)
class Score:
    """How well one channel was predicted over all folds.

    Parameters
    ----------
    error : sum of absolute errors of weeks over the sum of what was seen, fraction
    baselines : the same for each naive baseline; None where there was too little history for it
    loses : whether the best baseline is better by more than one standard error of the difference
    """

    error: float
    baselines: Mapping[str, float | None]
    loses: bool

    @property
    def best_baseline(self) -> tuple[str, float] | None:
        known = [(name, error) for name, error in self.baselines.items() if error is not None]
        return min(known, key=lambda pair: pair[1], default=None)


@dataclass(frozen=True)
class Backtest:
    """Each channel's score, and the weeks behind it.

    Parameters
    ----------
    origins : first day of what each fold predicts, ISO dates
    weeks : length of each fold's prediction
    scores : by channel; of a mix, of its "total"
    seen, predicted : conversions per week of all folds, one after the other, by channel
    dates : first day of each of these weeks, ISO dates
    """

    origins: tuple[str, ...]
    weeks: int
    scores: Mapping[str, Score]
    seen: Mapping[str, Array]
    predicted: Mapping[str, Array]
    dates: tuple[str, ...]


def backtest(
    history: History,
    weeks: int = 8,
    folds: int = 4,
    options: FitOptions | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Fit up to several past dates and predict the weeks that followed each.

    Parameters
    ----------
    history : tidy, or a mix, whose one KPI is predicted
    weeks : length of each prediction
    folds : number of dates; fewer where the history is too short for them

    Raises
    ------
    HistoryError : the history is too short to hold anything out
    """
    if history.period_days > 7:
        problem = "is by month: too few points to hold some of them out"
        raise HistoryError(Fault(history.source.file, problem, "Give it by day or by week."))
    step = 7 // history.period_days
    total = len(history.dates) // step
    folds = min(folds, _folds(history, weeks))
    if folds < 1:
        problem = f"{total} weeks are too few to hold out {weeks}"
        remedy = f"At least {LEAST_TRAINING_WEEKS[history.shape]} weeks must be left to fit."
        raise HistoryError(Fault(history.source.file, problem, remedy))
    # Every number is wanted as it was at the time: nothing is still arriving in a held-out past.
    options = replace(options or FitOptions(), conversion_lag=0)
    judge = _judge if history.shape == "tidy" else _judge_mix
    first = len(history.dates) - total * step
    splits = rolling_origins(total, folds, weeks)
    parts = []
    for number, (train, test) in enumerate(splits):
        span = slice(first + train.stop * step, first + test.stop * step)
        parts.append(judge(history, options, span, step))
        if progress:
            progress(number + 1, folds)
    return _together(history, splits, parts, first, step)


def is_long_enough(history: History, weeks: int = 8) -> bool:
    """Whether anything can be held out."""
    return _folds(history, weeks) >= 1


def _folds(history: History, weeks: int) -> int:
    if history.period_days > 7:
        return 0
    total = len(history.dates) * history.period_days // 7
    return (total - LEAST_TRAINING_WEEKS[history.shape]) // weeks


def _until(history: History, stop: int, known: int) -> History:
    """The periods before `stop`; channels that had not spent by `known` are left out."""
    names = [name for name in history.channels if history.spend[name].to_numpy()[:known].any()]
    return replace(
        history,
        spend=history.spend[names].iloc[:stop],
        metrics={
            name: panel.loc[:, [n for n in panel if n in names or n == TOTAL]].iloc[:stop]
            for name, panel in history.metrics.items()
        },
        controls=history.controls.iloc[:stop],
    )


def _judge(
    history: History, options: FitOptions, span: slice, step: int
) -> dict[str, dict[str, Array]]:
    """Each channel's conversions in the weeks of a span: what was seen, and what was predicted.

    Parameters
    ----------
    span : the periods to predict
    step : periods in a week
    """
    from models.fit.entry import fit_curves

    curves = fit_curves(_until(history, span.start, span.start), replace(options, draws=0))
    dates = history.dates.to_numpy().astype("datetime64[D]")
    week = week_of_year(days_of_year(dates)[span]) - 1
    found = {}
    for entry in curves:
        spend = history.spend[entry.channel].to_numpy(dtype=float)[: span.stop]
        seen = history.metrics[history.kpi][entry.channel].to_numpy(dtype=float)[: span.stop]
        expected = _expected(entry, spend)[span]
        if entry.season:
            expected = expected * np.array(entry.season)[week]
        found[entry.channel] = {
            "seen": _by_week(seen[span], step),
            "curves": _by_week(expected, step),
            **_baselines(spend, seen, span.start, step),
        }
    return found


def _judge_mix(
    history: History, options: FitOptions, span: slice, step: int
) -> dict[str, dict[str, Array]]:
    """The same of a mix's one KPI, at the controls that really happened."""
    from models.mix_fit.holdout import foretell

    shown = _until(history, span.stop, span.start)
    seen = shown.metrics[shown.kpi][TOTAL].to_numpy(dtype=float)
    expected = foretell(shown, options, span.stop - span.start)
    found = {
        "seen": _by_week(seen[span], step),
        "curves": _by_week(expected, step),
        **_baselines(shown.spend.to_numpy(dtype=float).sum(axis=1), seen, span.start, step),
    }
    return {TOTAL: found}


def _expected(entry: ChannelCurve, spend: Array) -> Array:
    return entry.curve.response(effective_spend(spend, entry.carry_over, entry.fit))


def _by_week(values: Array, step: int) -> Array:
    return values.reshape(-1, step).sum(axis=1)


def _baselines(spend: Array, seen: Array, stop: int, step: int) -> dict[str, Array]:
    """What anybody could have predicted; NaN where there is nothing to go by."""
    ahead, known = _by_week(spend[stop:], step), slice(stop % step, stop)
    past, brought = _by_week(spend[known], step), _by_week(seen[known], step)
    recent = slice(-RECENT_WEEKS, None)
    rate = brought[recent].sum() / past[recent].sum() if past[recent].any() else np.nan
    line = np.full(len(ahead), np.nan)
    if past.std() > 0:
        slope = ((past - past.mean()) * (brought - brought.mean())).mean() / past.var()
        line = brought.mean() + slope * (ahead - past.mean())
    last_year = np.full(len(ahead), np.nan)
    if len(brought) >= 52:
        last_year = brought[len(brought) - 52 :][: len(ahead)]
    return dict(zip(BASELINES, (rate * ahead, last_year, line), strict=True))


def _together(history: History, splits: list, parts: list[dict], first: int, step: int) -> Backtest:
    scores, seen, predicted = {}, {}, {}
    for name in history.channels if history.shape == "tidy" else (TOTAL,):
        folds = [part[name] for part in parts if name in part]
        joined = {way: np.concatenate([fold[way] for fold in folds]) for way in folds[0]}
        if not joined["seen"].any():
            continue
        scores[name] = _score(joined)
        seen[name], predicted[name] = joined["seen"], joined["curves"]
    weeks = splits[0][1].stop - splits[0][1].start
    dates = [str(date)[:10] for date in history.dates[first::step]]
    return Backtest(
        origins=tuple(dates[test.start] for _, test in splits),
        weeks=weeks,
        scores=scores,
        seen=seen,
        predicted=predicted,
        dates=tuple(dates[splits[0][1].start : splits[-1][1].stop]),
    )


def _score(joined: Mapping[str, Array]) -> Score:
    seen = joined["seen"]
    errors = {way: np.abs(values - seen) for way, values in joined.items() if way != "seen"}
    total = seen.sum()
    baselines = {
        way: float(errors[way].sum() / total) if np.isfinite(errors[way]).all() else None
        for way in BASELINES
    }
    own = errors["curves"]
    score = Score(float(own.sum() / total), baselines, False)
    best = score.best_baseline
    if best is None:
        return score
    gap = own - errors[best[0]]
    return replace(score, loses=bool(gap.mean() > gap.std() / np.sqrt(len(gap))))


def judged(curves: CurveSet, found: Backtest) -> CurveSet:
    """The curves with the backtest beside each fit; the verdict of what loses falls one step."""
    from models.curves.file import sealed

    return sealed(
        replace(curves, channels=tuple(_judged(e, found.scores.get(e.channel)) for e in curves))
    )


def _judged(entry: ChannelCurve, score: Score | None) -> ChannelCurve:
    if score is None:
        return entry
    best = score.best_baseline
    holdout = {"error": round(score.error, 4), "loses": score.loses}
    if best is not None:
        holdout |= {"baseline": best[0], "baseline_error": round(best[1], 4)}
    evidence = _fallen(entry.evidence, score) if score.loses else entry.evidence
    return replace(entry, evidence=evidence, fit={**entry.fit, "holdout": holdout})


def _fallen(evidence: Evidence, score: Score) -> Evidence:
    best = score.best_baseline
    assert best is not None  # nothing is lost to a baseline that is not there
    words = said(
        "predicted held-out weeks worse than {rule} ({error:.0%} against {naive:.0%})",
        rule=best[0],
        error=score.error,
        naive=best[1],
    )
    return lowered(evidence, [(FALLS[evidence.verdict], words)])
