"""From a history to its response curves.

All channels are fitted together: each its own curve and carry-over, and what they share, season
and demand (`models.channel_fit.joint_fit`). Then each is read: which family describes it, how
sure that is, and the one curve to decide on (`models.channel_fit.readout`). A curve is that of an
average season at the level of the history's end, trend included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.channel_fit.batches import Progress, readings_of
from models.channel_fit.fit_options import GEOMETRIC, FitOptions
from models.channel_fit.history_facts import (
    carried_spend,
    doubt_notices,
    highest_spend,
    lag_notice,
    periods_left_out,
    provenance,
    recent_spend,
    value_per_conversion,
)
from models.channel_fit.readout import Reading
from models.channel_fit.representative_curve import rounded
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Curve, Linear
from models.curves.file import sealed
from models.diagnostics import evidence, order_value, pace
from models.errors import Fault, HistoryError
from models.history.history import History
from models.phrases import said

LISTED_OUTLIERS, LISTED_IN_NOTICE = 20, 5


def fit_curves(
    history: History, options: FitOptions | None = None, progress: Progress | None = None
) -> CurveSet:
    """One response curve per channel; the same history and options give the same curves.

    Parameters
    ----------
    history : tidy or mix, daily or weekly
    options : families, draws, conversion lag, ...; see `models.channel_fit.fit_options`
    progress : called with the number of channels done and of all

    Raises
    ------
    HistoryError : the history cannot be fitted, or the options do not suit it
    """
    options = options or FitOptions()
    options.check(history.channels)
    if history.shape == "mix":
        return _fit_mix(history, options)
    if options.media_share is not None:
        problem = "is of a mix: here every channel has results of its own"
        raise HistoryError(Fault("media_share", problem, "Leave it out."))
    _refuse_silence(history)
    lag = periods_left_out(history, options)
    judged = [n for n in history.channels if history.metrics[history.kpi][n].to_numpy().any()]
    readings = readings_of(_only(history, judged), options, lag, progress or (lambda *_: None))
    revenue = _revenue_curves(history, readings, options, lag)
    verdicts = evidence.assess(history)
    entries = []
    for name in history.channels:
        if name in readings:
            entry = _entry(history, name, readings[name], verdicts[name])
            entries.append(replace(entry, revenue_curve=revenue.get(name)))
        else:
            entries.append(_nothing_came_back(history, name, verdicts[name]))
    notices = (*history.notices, *_notices(history, readings, options, lag))
    curves = CurveSet(
        tuple(entries),
        history.period_days,
        history.currency,
        history.kpi,
        _provenance(history, options),
        notices,
    )
    return sealed(curves)


def _fit_mix(history: History, options: FitOptions) -> CurveSet:
    from models.mix_fit.media_mix import fit_mix

    if options.carry_over != GEOMETRIC:
        problem = f"{options.carry_over!r} is not for a mix, whose carry-over is geometric"
        raise HistoryError(Fault("carry_over", problem, "Leave it out."))
    return sealed(replace(fit_mix(history, options), provenance=_provenance(history, options)))


def _refuse_silence(history: History) -> None:
    faults = [
        Fault(f"channel {name}", "never spent anything", "Leave it out of the history.")
        for name in history.channels
        if not history.spend[name].to_numpy().any()
    ]
    if not faults and not history.metrics[history.kpi].to_numpy().any():
        faults = [Fault(history.kpi, "all are zero", "Check that the right column was read.")]
    if faults:
        raise HistoryError(faults)


def _only(history: History, channels: list[str]) -> History:
    metrics = {name: panel[channels] for name, panel in history.metrics.items()}
    return replace(history, spend=history.spend[channels], metrics=metrics)


def _entry(history: History, name: str, reading: Reading, verdict: Evidence) -> ChannelCurve:
    spend = history.spend[name].to_numpy(dtype=float)
    observed = highest_spend(spend, history.period_days)
    today = recent_spend(spend, history.period_days)
    refined = evidence.refine(verdict, reading.draws, reading.decays, today, observed)
    return ChannelCurve(
        name,
        reading.curve,
        carry_over=reading.carry_over,
        value_per_conversion=value_per_conversion(history, name),
        current_spend=today,
        max_observed_spend=observed,
        carried_spend=carried_spend(spend, reading.carry_over),
        evidence=refined,
        draws=reading.draws,
        season=reading.season,
        fit={**_diagnostics(history, name, reading), **_pace(history, name)},
    )


def _nothing_came_back(history: History, name: str, verdict: Evidence) -> ChannelCurve:
    """A channel without any conversion: half a conversion in all is as good a guess as any."""
    spend = history.spend[name].to_numpy(dtype=float)
    return ChannelCurve(
        name,
        Linear(rounded([0.5 / spend.sum()])[0]),
        value_per_conversion=value_per_conversion(history, name),
        current_spend=recent_spend(spend, history.period_days),
        max_observed_spend=highest_spend(spend, history.period_days),
        carried_spend=carried_spend(spend, 0.0),
        evidence=verdict,
        fit=_pace(history, name),
    )


def _revenue_curves(
    history: History, readings: dict[str, Reading], options: FitOptions, lag: int
) -> dict[str, Curve]:
    """A curve of revenue for every channel whose baskets clearly move with spend."""
    moving = {
        name
        for name, reading in readings.items()
        if order_value.move_with_spend(history, name, reading.carry_over)
    }
    if not moving:
        return {}
    # All channels take part, for the demand that they share; only the curves asked for are kept.
    revenue = replace(history, metrics={"conversions": history.metrics["revenue"]})
    earning = [n for n in readings if revenue.metrics["conversions"][n].to_numpy().any()]
    plain = replace(options, draws=0)
    found = readings_of(_only(revenue, earning), plain, lag, lambda *_: None)
    return {name: found[name].curve for name in earning if name in moving}


def _diagnostics(history: History, name: str, reading: Reading) -> dict:
    seen = history.metrics[history.kpi][name].to_numpy(dtype=float)
    low, high = np.quantile(reading.decays, [0.05, 0.95])
    outliers = [
        {
            "date": str(history.dates[period])[:10],
            "seen": float(seen[period]),
            "expected": rounded([reading.expected[period]])[0],
            "weight": round(float(reading.weights[period]), 3),
        }
        for period in reading.outliers[:LISTED_OUTLIERS]
    ]
    new = order_value.new_customer_share(history, name)
    return {
        "families": reading.shares,
        "most_likely": {"family": reading.most_likely.family, **reading.most_likely.parameters},
        "carry_over_interval": rounded([low, high]),
        **_delayed(reading),
        "demand_spread": round(reading.demand_spread, 4),
        "error": round(float(np.abs(seen - reading.expected).sum() / seen.sum()), 4),
        "outliers": outliers,
        "expected": [float(f"{expected:.5g}") for expected in reading.expected],
        **({} if new is None else {"new_customer_share": round(new, 4)}),
    }


def _pace(history: History, name: str) -> dict:
    """What the channel spends, where that is not its mean over the last four weeks."""
    found = pace.pace_of(history, name)
    if found is None:
        return {}
    of_period = rounded([history.period_days * found.per_day])[0]
    return {"pace": {"kind": found.kind, "spend": of_period}}


def _delayed(reading: Reading) -> dict:
    if reading.delayed is None:
        return {}
    peak, decay = reading.delayed
    return {"delayed": {"peak": peak, "decay": decay}}


def _notices(
    history: History, readings: dict[str, Reading], options: FitOptions, lag: int
) -> Iterator[str]:
    if lag:
        yield lag_notice(history, lag)
    yield from doubt_notices(options)
    for name, reading in readings.items():
        dates = [history.dates[period] for period in reading.outliers]
        if len(dates) > LISTED_IN_NOTICE:
            yield said(
                "{channel}: far from what was expected, and counted little: {dates} and {n} more",
                channel=name,
                dates=dates[:LISTED_IN_NOTICE],
                n=len(dates) - LISTED_IN_NOTICE,
            )
        elif dates:
            yield said(
                "{channel}: far from what was expected, and counted little: {dates}",
                channel=name,
                dates=dates,
            )


def _provenance(history: History, options: FitOptions) -> dict:
    asked = {"seed": options.seed, "draws": options.draws}
    return {**provenance(history), "shape": history.shape, **asked}
