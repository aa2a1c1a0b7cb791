"""Several channels behind one KPI: which part of it each brought, and how it would respond.

The KPI is a baseline (level, trend, yearly season, controls, a slow drift without a name) plus,
for every channel, a curve of its spend with carry-over. **The season multiplies nothing but the
baseline**: a peak of demand is no evidence that the advertising of that month works better, and
one KPI cannot tell the two apart; the fitted curves therefore carry no season. Baseline and
effects are never negative; whether the trend bends, the season has a third wave and something
unnamed moves the KPI slowly, history decides (`models.mix_fit.baseline`). What is slow and
unnamed, the spend of all channels may have followed.

All is fitted jointly by weighted least squares with weak priors (`models.mix_fit.priors`), averaged
over everything that fits the history about as well instead of taking the single best fit: in a
mix, very different attributions fit equally well, and a decision taken on the best fit trusts
one of them (`models.mix_fit.gibbs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import (
    carried_spend,
    doubt_notices,
    highest_spend,
    lag_notice,
    periods_left_out,
    recent_spend,
    value_per_conversion,
)
from models.channel_fit.representative_curve import rounded
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Curve
from models.diagnostics.evidence import Reason, lowered
from models.errors import Fault, HistoryError
from models.history.history import History
from models.mix_fit.holdout import Holdout, hold_out
from models.mix_fit.identifiability import inseparable_pairs, mix_evidence, pair_notices
from models.mix_fit.joint import JointFit, fit_jointly, prepare
from models.phrases import said

Array = NDArray[np.floating]

INTERVAL = (0.05, 0.5, 0.95)
FEWEST_PERIODS = 8
LISTED = 6  # outliers named in a notice


def fit_mix(history: History, options: FitOptions | None = None, check: bool = True) -> CurveSet:
    """One curve per channel from a history with a single KPI; the same input, the same output.

    Parameters
    ----------
    history : shape "mix"
    options : families (Hill unless another is named), draws, seed,
        conversion lag, events, doubts
    check : whether to hold out the last 13 weeks once and say how well they were foretold

    Raises
    ------
    HistoryError : where the history cannot carry any fit: a KPI or a channel that is all zero,
        too few periods
    """
    options = options or FitOptions()
    options.check(history.channels)
    refuse_hopeless([history])
    fit = fit_all([history], options)
    holdout = hold_out([history], options) if check else None
    return curves_of(fit, 0, history, options, mix_evidence(fit, 0), holdout)


def fit_all(histories: Iterable[History], options: FitOptions) -> JointFit:
    """The joint fit of a history's segments, or of the one that it has."""
    segments = [prepare(one, options, periods_left_out(one, options)) for one in histories]
    # A decision is taken on the mean of the draws, so draws are needed even where none are asked.
    draws = options.draws or FitOptions.draws
    return fit_jointly(segments, draws, options.seed, options.media_share)


def refuse_hopeless(histories: Iterable[History]) -> None:
    """All that keeps mix histories from any fit, at once."""
    faults = [fault for history in histories for fault in _faults(history)]
    if faults:
        raise HistoryError(faults)


def _faults(history: History) -> Iterator[Fault]:
    name = history.source.file
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    if not (kpi > 0).any():
        problem = said("zero {kpi} in every period", kpi=history.kpi_words)
        yield Fault(name, problem, said("Check that the right column was read"))
    for channel, spend in zip(history.channels, history.spend.to_numpy(float).T, strict=True):
        if not (spend > 0).any():
            problem = said("{channel} never spent anything", channel=channel)
            yield Fault(name, problem, said("Leave it out of the history"))
    if len(kpi) < FEWEST_PERIODS:
        remedy = said(
            "A mix needs at least {least} periods, and a year to be of use", least=FEWEST_PERIODS
        )
        yield Fault(name, said("there are only {n} periods", n=len(kpi)), remedy)


def curves_of(
    fit: JointFit,
    segment: int,
    history: History,
    options: FitOptions,
    verdicts: Mapping[str, Evidence],
    holdout: Holdout | None,
) -> CurveSet:
    """The curves of one segment of a joint fit, channels in the history's own order."""
    about = _about_the_fit(fit, segment)
    if holdout:
        about["holdout"] = holdout.as_json()
        if holdout.loses:
            lost: list[Reason] = [("weak", holdout.reason)]
            verdicts = {name: lowered(verdict, lost) for name, verdict in verdicts.items()}
    decided, kept = fit.decided(segment), options.draws > 0
    entries = (
        _channel_curve(fit, segment, name, decided[name], verdicts[name], about)
        for name in history.channels
    )
    return CurveSet(
        tuple(entry if kept else replace(entry, draws=()) for entry in entries),
        period_days=history.period_days,
        currency=history.currency,
        kpi=history.kpi,
        notices=(
            *history.notices,
            *_notices(fit, segment, periods_left_out(history, options)),
            *doubt_notices(options),
        ),
    )


def _channel_curve(
    fit: JointFit,
    segment: int,
    channel: str,
    curve: Curve,
    verdict: Evidence,
    about: Mapping[str, Any],
) -> ChannelCurve:
    here = fit.segments[segment]
    brought, decays = fit.brought(segment, channel), fit.decays(segment, channel)
    spend, days = here.history.spend[channel].to_numpy(float), here.history.period_days
    decay = rounded([decays.mean()])[0]
    return ChannelCurve(
        channel,
        curve,
        carry_over=decay,
        value_per_conversion=value_per_conversion(here.history, "total"),
        current_spend=recent_spend(spend, days),
        max_observed_spend=highest_spend(spend, days),
        carried_spend=carried_spend(spend, decay),
        evidence=verdict,
        draws=fit.draws(segment, channel),
        fit={
            **about,
            "share_of_kpi": _interval(brought / here.kpi.mean()),
            "return": _interval(brought / spend.mean()),
            "carry_over_interval": _interval(decays),
        },
    )


def _interval(values: Array) -> list[float]:
    """5 %, 50 % and 95 % quantile."""
    return rounded(np.quantile(values, INTERVAL))


def _about_the_fit(fit: JointFit, segment: int) -> dict[str, Any]:
    """Diagnostics of the joint fit, the same for every channel."""
    here = fit.segments[segment]
    kpi, weight = here.kpi, here.weight
    media = fit.media(segment)
    expected = (media + fit.baseline(segment)).mean(axis=1)
    error, spread = (kpi - expected) * weight, (kpi - kpi.mean()) * weight
    explained = 1.0 - (error**2).sum() / (spread**2).sum() if spread.any() else 0.0
    return {
        "model": "mix",
        "periods": len(kpi),
        "explained": round(float(explained), 4),
        "error": round(float(np.abs(kpi - expected).sum() / kpi.sum()), 4),
        "noise": round(float(fit.posterior.noise[:, segment].mean() / kpi.mean()), 4),
        **(fit.posterior.mixing.as_json() if fit.posterior.mixing else {}),
        "baseline_share": _interval(1.0 - media.mean(axis=0) / kpi.mean()),
        "outliers": [
            {
                "date": str(here.history.dates[period])[:10],
                "seen": float(kpi[period]),
                "expected": rounded([expected[period]])[0],
            }
            for period in here.noise.outliers
        ],
    }


def _notices(fit: JointFit, segment: int, lag: int) -> Iterator[str]:
    here = fit.segments[segment]
    if lag:
        yield lag_notice(here.history, lag)
    if fit.posterior.mixing:
        yield from fit.posterior.mixing.notices()
    outliers = [here.history.dates[period] for period in here.noise.outliers]
    if len(outliers) > LISTED:
        yield said(
            "out of line with the rest, and counted less: {dates} and {n} more",
            dates=outliers[:LISTED],
            n=len(outliers) - LISTED,
        )
    elif outliers:
        yield said("out of line with the rest, and counted less: {dates}", dates=outliers)
    yield from pair_notices(inseparable_pairs(fit, segment))
