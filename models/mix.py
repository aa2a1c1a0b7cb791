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

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.curves import FAMILIES, Average
from models.curveset import ChannelCurve, CurveSet
from models.errors import Fault, HistoryError
from models.history import History
from models.mix_design import Baseline, Shapes, baseline_terms, candidate_shapes
from models.mix_noise import Noise, look_at_noise
from models.mix_sampler import MixModel, Posterior, draw_posterior, integrate_out

Array = NDArray[np.floating]

MEDIA_SHARE = 0.3  # prior expectation of what all channels bring, fraction of the KPI
INTERVAL = (0.05, 0.5, 0.95)
FEWEST_PERIODS = 8
CURRENT_DAYS = 28  # today's spend: the mean of the last four weeks


def fit_mix(history: History, family: str = "hill", draws: int = 200, seed: int = 0) -> CurveSet:
    """One curve per channel from a history with a single KPI; the same input, the same output.

    Parameters
    ----------
    history : shape "mix"
    family : hill, exponential, logarithmic, power or linear, for all channels
    draws : equally likely curves per channel; the curve itself is their mean
    seed : of the draws

    Raises
    ------
    HistoryError : where the history cannot carry any fit: a KPI or a channel that is all zero,
        too few periods
    """
    from threadpoolctl import threadpool_limits

    _refuse_hopeless(history)
    # Fitted in the order of their names, so that the order of the columns changes nothing.
    given, history = history.channels, replace(history, spend=history.spend.sort_index(axis=1))
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    spend = history.spend.to_numpy(float)
    baseline = baseline_terms(history.dates, history.period_days, history.controls, kpi.mean())
    shapes = [candidate_shapes(s, history.period_days, FAMILIES[family]) for s in spend.T]
    noise = look_at_noise(kpi, baseline, spend)
    # The matrices are small: more threads only wait for each other, and round differently.
    with threadpool_limits(1):
        posterior = draw_posterior(_model(kpi, spend, baseline, shapes, noise), draws, seed)
    about = _about_the_fit(kpi, baseline, shapes, noise, posterior)
    value = value_per_conversion(history)
    entries = {
        name: _channel_curve(history, position, shapes[position], posterior, value, about)
        for position, name in enumerate(history.channels)
    }
    return CurveSet(
        tuple(entries[name] for name in given),
        period_days=history.period_days,
        currency=history.currency,
        kpi=history.kpi,
        notices=_notices(history, noise),
    )


def value_per_conversion(history: History) -> float | None:
    """Revenue per conversion over the whole history; 1 where the KPI is revenue itself."""
    if history.kpi == "revenue":
        return 1.0
    if "revenue" not in history.metrics:
        return None
    revenue = float(history.metrics["revenue"].to_numpy().sum())
    return revenue / float(history.metrics["conversions"].to_numpy().sum())


def _refuse_hopeless(history: History) -> None:
    faults = []
    name = history.source.file
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    if not (kpi > 0).any():
        faults.append(Fault(name, f"{history.kpi} are zero in every period", "Check the column"))
    for channel, spend in zip(history.channels, history.spend.to_numpy(float).T, strict=True):
        if not (spend > 0).any():
            remedy = "Leave its column out: nothing can be said of it"
            faults.append(Fault(name, f"{channel} never spent anything", remedy))
    if len(kpi) < FEWEST_PERIODS:
        remedy = f"A mix needs at least {FEWEST_PERIODS} periods, and a year to be of use"
        faults.append(Fault(name, f"only {len(kpi)} periods", remedy))
    if faults:
        raise HistoryError(faults)


def _model(
    kpi: Array, spend: Array, baseline: Baseline, shapes: list[Shapes], noise: Noise
) -> MixModel:
    whiten, smooth = integrate_out(baseline.terms, baseline.sd / noise.sd, noise.weight)
    return MixModel(
        kpi=kpi[None],
        features=[shape.features[None] for shape in shapes],
        priors=[shape.prior for shape in shapes],
        spend=spend.mean(axis=0)[None],
        whiten=whiten[None],
        smooth=smooth[None],
        # Where no baseline fits without a dip below zero, media must not deepen it.
        floor=np.array([min(0.0, float((smooth @ kpi).min()))]),
        usual_return=MEDIA_SHARE * kpi.mean() / spend.mean(axis=0).sum(),
    )


def _channel_curve(
    history: History,
    position: int,
    shapes: Shapes,
    posterior: Posterior,
    value: float | None,
    about: Mapping[str, Any],
) -> ChannelCurve:
    chosen = posterior.shape[:, position]
    brought = posterior.brought[:, 0, position]
    parameters = shapes.parameters[chosen].copy()
    parameters[:, 0] = brought / shapes.means[chosen]
    spend = history.spend.iloc[:, position].to_numpy(float)
    window = min(CURRENT_DAYS // history.period_days, len(spend))
    highest = np.convolve(spend, np.full(window, 1.0 / window), mode="valid").max()
    kpi = history.metrics[history.kpi]["total"].to_numpy(float).mean()
    decays = shapes.decays[chosen]
    return ChannelCurve(
        history.channels[position],
        Average(shapes.family, parameters),
        carry_over=float(decays.mean()),
        value_per_conversion=value,
        current_spend=float(spend[-window:].mean()),
        max_observed_spend=float(highest),
        draws=tuple(shapes.family(*map(float, row)) for row in parameters),
        fit={
            **about,
            "share_of_kpi": _interval(brought / kpi),
            "return": _interval(brought / spend.mean()),
            "carry_over": _interval(decays),
        },
    )


def _interval(values: Array) -> list[float]:
    """5 %, 50 % and 95 % quantile."""
    return [float(value) for value in np.quantile(values, INTERVAL)]


def _about_the_fit(
    kpi: Array, baseline: Baseline, shapes: list[Shapes], noise: Noise, posterior: Posterior
) -> dict[str, Any]:
    """Diagnostics of the joint fit, the same for every channel."""
    media = np.zeros((len(kpi), len(posterior.shape)))
    for position, shape in enumerate(shapes):
        media += shape.features[:, posterior.shape[:, position]] * posterior.brought[:, 0, position]
    _, smooth = integrate_out(baseline.terms, baseline.sd / noise.sd, noise.weight)
    fitted = (media + smooth @ (kpi[:, None] - media)).mean(axis=1)
    error = (kpi - fitted) * noise.weight
    spread = (kpi - kpi.mean()) * noise.weight
    return {
        "model": "mix",
        "periods": len(kpi),
        "r2": float(1.0 - (error**2).sum() / (spread**2).sum()) if spread.any() else 0.0,
        "noise": float(posterior.noise.mean() / kpi.mean()),
        "baseline_share": _interval(1.0 - media.mean(axis=0) / kpi.mean()),
    }


def _notices(history: History, noise: Noise) -> tuple[str, ...]:
    if not noise.outliers:
        return ()
    dates = ", ".join(f"{history.dates[period]:%Y-%m-%d}" for period in noise.outliers[:6])
    more = len(noise.outliers) - 6
    dates += f" and {more} more" if more > 0 else ""
    return (f"Out of line with the rest, and given less weight: {dates}.",)
