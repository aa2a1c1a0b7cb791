"""Several channels behind one KPI: which part of it each brought, and how it would respond.

The KPI is a baseline (level, trend, yearly season, controls) plus, for every channel, a concave
curve of its spend with carry-over. **The season multiplies nothing but the baseline**: a peak of
demand is no evidence that the advertising of that month works better, and one KPI cannot tell the
two apart; the fitted curves therefore carry no season. Baseline and effects are never negative.

All is fitted jointly by weighted least squares with weak priors (`models.mix_design`), averaged
over everything that fits the history about as well instead of taking the single best fit: in a
mix, very different attributions fit equally well, and a decision taken on the best fit trusts
one of them (`models.mix_sampler`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.averaging import nearest_to_mean
from models.curves import FAMILIES
from models.curveset import ChannelCurve, CurveSet, Evidence
from models.errors import Fault, HistoryError
from models.evidence import Reason, lowered
from models.history import History
from models.mix_check import Holdout, hold_out
from models.mix_evidence import inseparable_pairs, mix_evidence, pair_notices
from models.mix_fit import JointFit, fit_jointly, prepare

Array = NDArray[np.floating]

INTERVAL = (0.05, 0.5, 0.95)
FEWEST_PERIODS = 8
CURRENT_DAYS = 28  # today's spend: the mean of the last four weeks
EXTENT = 1.25  # curves must hold up to so many times the highest spend that history shows


def fit_mix(
    history: History, family: str = "auto", draws: int = 200, seed: int = 0, check: bool = True
) -> CurveSet:
    """One curve per channel from a history with a single KPI; the same input, the same output.

    Parameters
    ----------
    history : shape "mix"
    family : hill (concave; what "auto" takes), exponential, logarithmic, power or linear, for
        all channels
    draws : equally likely curves per channel; the curve itself is the one nearest to their mean
    seed : of the draws
    check : whether to hold out the last 13 weeks once and say how well they were foretold

    Raises
    ------
    HistoryError : where the history cannot carry any fit: a KPI or a channel that is all zero,
        too few periods
    """
    refuse_hopeless([history])
    kind = FAMILIES["hill" if family in ("auto", "hill_concave") else family]
    fit = fit_jointly([prepare(history, kind)], draws, seed)
    holdout = hold_out([history], kind, seed) if check else None
    return curves_of(fit, 0, history, mix_evidence(fit, 0), holdout)


def refuse_hopeless(histories: Iterable[History]) -> None:
    """All that keeps mix histories from any fit, at once."""
    faults = [fault for history in histories for fault in _faults(history)]
    if faults:
        raise HistoryError(faults)


def _faults(history: History) -> Iterator[Fault]:
    name = history.source.file
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    if not (kpi > 0).any():
        yield Fault(name, f"{history.kpi} are zero in every period", "Check the column")
    for channel, spend in zip(history.channels, history.spend.to_numpy(float).T, strict=True):
        if not (spend > 0).any():
            remedy = "Leave its column out: nothing can be said of it"
            yield Fault(name, f"{channel} never spent anything", remedy)
    if len(kpi) < FEWEST_PERIODS:
        remedy = f"A mix needs at least {FEWEST_PERIODS} periods, and a year to be of use"
        yield Fault(name, f"only {len(kpi)} periods", remedy)


def curves_of(
    fit: JointFit,
    segment: int,
    history: History,
    verdicts: Mapping[str, Evidence],
    holdout: Holdout | None,
) -> CurveSet:
    """The curves of one segment of a joint fit, channels in the history's own order."""
    value, about = value_per_conversion(history), _about_the_fit(fit, segment)
    if holdout:
        about["holdout"] = holdout.as_json()
        if holdout.loses:
            lost: list[Reason] = [("weak", holdout.reason)]
            verdicts = {name: lowered(verdict, lost) for name, verdict in verdicts.items()}
    return CurveSet(
        tuple(
            _channel_curve(fit, segment, name, value, verdicts[name], about)
            for name in history.channels
        ),
        period_days=history.period_days,
        currency=history.currency,
        kpi=history.kpi,
        notices=(
            *history.notices,
            *_outliers(fit, segment),
            *pair_notices(inseparable_pairs(fit, segment)),
        ),
    )


def value_per_conversion(history: History) -> float | None:
    """Revenue per conversion over the whole history; 1 where the KPI is revenue itself."""
    if history.kpi == "revenue":
        return 1.0
    if "revenue" not in history.metrics:
        return None
    revenue = float(history.metrics["revenue"].to_numpy().sum())
    return revenue / float(history.metrics["conversions"].to_numpy().sum())


def _channel_curve(
    fit: JointFit,
    segment: int,
    channel: str,
    value: float | None,
    verdict: Evidence,
    about: Mapping[str, Any],
) -> ChannelCurve:
    here = fit.segments[segment]
    mean, brought = fit.curve(segment, channel), fit.brought(segment, channel)
    decays = fit.decays(segment, channel)
    spend = here.history.spend[channel].to_numpy(float)
    window = min(CURRENT_DAYS // here.history.period_days, len(spend))
    highest = float(np.convolve(spend, np.full(window, 1.0 / window), mode="valid").max())
    return ChannelCurve(
        channel,
        nearest_to_mean(mean, EXTENT * highest),
        carry_over=float(decays.mean()),
        value_per_conversion=value,
        current_spend=float(spend[-window:].mean()),
        max_observed_spend=highest,
        evidence=verdict,
        draws=tuple(mean.of(*map(float, row)) for row in mean.draws),
        fit={
            **about,
            "share_of_kpi": _interval(brought / here.kpi.mean()),
            "return": _interval(brought / spend.mean()),
            "carry_over": _interval(decays),
        },
    )


def _interval(values: Array) -> list[float]:
    """5 %, 50 % and 95 % quantile."""
    return [float(value) for value in np.quantile(values, INTERVAL)]


def _about_the_fit(fit: JointFit, segment: int) -> dict[str, Any]:
    """Diagnostics of the joint fit, the same for every channel."""
    here = fit.segments[segment]
    kpi, weight = here.kpi, here.weight
    media, baseline = fit.media(segment), fit.baseline(segment)
    error = (kpi - (media + baseline).mean(axis=1)) * weight
    spread = (kpi - kpi.mean()) * weight
    return {
        "model": "mix",
        "periods": len(kpi),
        "r2": float(1.0 - (error**2).sum() / (spread**2).sum()) if spread.any() else 0.0,
        "noise": float(fit.posterior.noise[:, segment].mean() / kpi.mean()),
        "baseline_share": _interval(1.0 - media.mean(axis=0) / kpi.mean()),
    }


def _outliers(fit: JointFit, segment: int) -> tuple[str, ...]:
    here = fit.segments[segment]
    outliers = here.noise.outliers
    if not outliers:
        return ()
    dates = ", ".join(f"{here.history.dates[period]:%Y-%m-%d}" for period in outliers[:6])
    more = len(outliers) - 6
    dates += f" and {more} more" if more > 0 else ""
    return (f"Out of line with the rest, and given less weight: {dates}.",)
