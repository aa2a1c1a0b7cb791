"""Experiments and hand-set factors: what part of the attributed conversions is incremental.

A platform's conversions are attributed, not caused. A lift test says what a stretch of spend
really added; it enters as an observation of

    incrementality * periods * season * (g(spend with) - g(spend without)),

where `g` is the channel's curve, known up to its draws, and incrementality is known before the
test only vaguely: log-normal with mean 1 and a standard deviation of its logarithm of 0.5 where
conversions are attributed, of 0.15 where the curves were told apart from a baseline already (mix).
The draws are weighted by how well they foretell the tests, and each carries its own incrementality
from then on.

Source: the calibration of Jin et al. (2017), section 6, by importance sampling.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.parametrisation import SHAPES
from models.channel_fit.representative_curve import GRID, closest
from models.curves.bank import responses
from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve
from models.curves.file import sealed
from models.errors import CurvesError, Fault, nearest
from models.phrases import Phrase, said
from models.seeding import seeds_of
from models.transforms.season import factor_between

Array = NDArray[np.floating]
ATTRIBUTED_SD, TOLD_APART_SD = 0.5, 0.15
FACTORS = np.exp(np.linspace(-3.0, 1.5, 901))  # incrementality to choose from: 5 % to 450 %


@dataclass(frozen=True)
class LiftTest:
    """One experiment.

    Parameters
    ----------
    channel : its name
    start, end : first and last day
    spend, spend_without : money in all, with the advertising and as it would have been without
    incremental : conversions (of the curves' KPI) that the difference brought
    standard_error : of `incremental`
    """

    channel: str
    start: date
    end: date
    spend: float
    spend_without: float
    incremental: float
    standard_error: float


def with_lift_tests(curves: CurveSet, tests: Sequence[LiftTest], seed: int = 0) -> CurveSet:
    """The curves as the experiments correct them.

    Raises
    ------
    CurvesError : a test of an unknown channel, or of one whose curve has no draws
    """
    _refuse(curves, tests)
    by_channel = {
        entry.channel: [t for t in tests if t.channel == entry.channel] for entry in curves
    }
    attributed = "mix" not in curves.provenance.get("shape", "tidy")
    spread = ATTRIBUTED_SD if attributed else TOLD_APART_SD
    entries = tuple(
        _calibrated(entry, by_channel[entry.channel], curves.period_days, spread, seed)
        if by_channel[entry.channel]
        else entry
        for entry in curves
    )
    return sealed(replace(curves, channels=entries))


def with_incrementality(curves: CurveSet, factors: Mapping[str, float]) -> CurveSet:
    """The curves with a hand-set share of what is attributed counted, by channel.

    Raises
    ------
    CurvesError : an unknown channel, or a factor that is not above 0
    """
    faults = [
        _unknown(f"incrementality of {n}", n, curves) for n in factors if n not in curves.names
    ]
    faults += [
        Fault(f"incrementality of {name}", f"is {factor:g}", "It must be above 0; 0.7 is 70 %.")
        for name, factor in factors.items()
        if not factor > 0
    ]
    if faults:
        raise CurvesError(faults)
    entries = tuple(
        _scaled(entry, factors[entry.channel]) if entry.channel in factors else entry
        for entry in curves
    )
    return sealed(replace(curves, channels=entries))


def corrections(curves: CurveSet) -> Iterator[Phrase]:
    """What hand-set factors and experiments made of each channel's curve, in plain words."""
    for entry in curves:
        # A fit's diagnostics decide nothing: where they were edited beyond recognition, so be it.
        with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
            yield from _correction(entry.channel, entry.fit.get("incrementality", {}))


def _correction(channel: str, known: Mapping[str, Any]) -> Iterator[Phrase]:
    if "set_by_hand" in known:
        yield said(
            "{channel}: {share:.0%} of what it is credited with counts, as set by hand",
            channel=channel,
            share=known["set_by_hand"],
        )
    if "lift_tests" in known:
        low, high = known["interval"]
        yield said(
            "{channel}: by experiment ({spans}), {mean:.0%} of what it is credited with is "
            "incremental (90 % interval {low:.0%} to {high:.0%})",
            channel=channel,
            spans=[
                said(
                    "{first} to {last}",
                    first=date.fromisoformat(test["start"]),
                    last=date.fromisoformat(test["end"]),
                )
                for test in known["lift_tests"]
            ],
            mean=known["mean"],
            low=low,
            high=high,
        )


def _with_credit(entry: ChannelCurve, found: Mapping[str, object]) -> dict[str, object]:
    """The fit's diagnostics with what a correction found, beside what an earlier one did."""
    before = entry.fit.get("incrementality", {})
    return {**entry.fit, "incrementality": {**before, **found}}


def _scaled(entry: ChannelCurve, factor: float) -> ChannelCurve:
    revenue = entry.revenue_curve
    return replace(
        entry,
        curve=times(entry.curve, factor),
        draws=tuple(times(draw, factor) for draw in entry.draws),
        revenue_curve=times(revenue, factor) if revenue else None,
        fit=_with_credit(entry, {"set_by_hand": factor}),
    )


def times(curve: Curve, factor: float) -> Curve:
    """The same curve with every response multiplied."""
    return curve.stretched(1.0, factor)


def _refuse(curves: CurveSet, tests: Sequence[LiftTest]) -> None:
    faults = []
    for test in tests:
        where = f"lift test of {test.channel} from {test.start}"
        if test.channel not in curves.names:
            faults.append(_unknown(where, test.channel, curves))
        elif not curves[test.channel].draws:
            remedy = "Fit it with draws."
            faults.append(Fault(where, "its curve has no draws for a test to choose from", remedy))
        if not test.standard_error > 0:
            faults.append(Fault(where, f"standard error {test.standard_error:g}", "It is above 0."))
        if test.end < test.start:
            faults.append(Fault(where, f"ends on {test.end}, before it starts", "Swap the dates."))
        if min(test.spend, test.spend_without) < 0 or test.spend == test.spend_without:
            problem = f"spend {test.spend:g} against {test.spend_without:g} without"
            faults.append(Fault(where, problem, "Two different amounts, neither below 0."))
    if faults:
        raise CurvesError(faults)


def _unknown(where: str, name: str, curves: CurveSet) -> Fault:
    guess = nearest(name, curves.names)
    remedy = f"Did you mean {guess}?" if guess else f"Known: {', '.join(curves.names)}."
    return Fault(where, f"{name!r} is not a channel of these curves", remedy)


def foretold(entry: ChannelCurve, test: LiftTest, period_days: int) -> Array:
    """Attributed conversions that each draw expects of a test, shape (draws,)."""
    days = (test.end - test.start).days + 1
    periods = days / period_days
    season = factor_between(entry.season, test.start, days)
    spends = np.array([test.spend, test.spend_without]) / periods
    with_it, without = responses(entry.draws, spends).T
    return periods * season * (with_it - without)


def _calibrated(
    entry: ChannelCurve, tests: list[LiftTest], period_days: int, spread: float, seed: int
) -> ChannelCurve:
    # Mean 1, so that a test that says nothing changes nothing.
    prior = -0.5 * ((np.log(FACTORS) + 0.5 * spread**2) / spread) ** 2
    height = np.tile(prior, (len(entry.draws), 1))
    for test in tests:
        gap = foretold(entry, test, period_days)[:, None] * FACTORS - test.incremental
        height = height - 0.5 * (gap / test.standard_error) ** 2
    weight = np.exp(height - height.max())
    money = [amount for test in tests for amount in (test.spend, test.spend_without)]
    brought = [figure for test in tests for figure in (test.incremental, test.standard_error)]
    told = np.array([entry.current_spend or 0.0, *money]), np.array(brought)
    rng = np.random.default_rng(seeds_of(seed, *told))
    rows, factors = _chosen(weight, rng)
    draws = tuple(times(entry.draws[row], float(f)) for row, f in zip(rows, factors, strict=True))
    low, high = np.quantile(factors, [0.05, 0.95])
    found = {
        "mean": round(float(factors.mean()), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "lift_tests": [_told(test) for test in tests],
    }
    revenue = entry.revenue_curve
    return replace(
        entry,
        curve=_nearest(entry, draws),
        draws=draws,
        revenue_curve=times(revenue, float(factors.mean())) if revenue else None,
        fit=_with_credit(entry, found),
    )


def _chosen(weight: Array, rng: np.random.Generator) -> tuple[NDArray[np.int64], Array]:
    """As many draws as there are, by weight, each with a factor; in no order.

    Parameters
    ----------
    weight : of every draw with every factor, shape (draws, factors)
    """
    count = len(weight)
    by_draw = np.cumsum(weight.sum(axis=1))
    points = (np.arange(count) + rng.random()) / count * by_draw[-1]
    rows = rng.permutation(np.minimum(np.searchsorted(by_draw, points), count - 1))
    by_factor = np.cumsum(weight[rows], axis=1)
    reached = by_factor < (rng.random(count) * by_factor[:, -1])[:, None]
    return rows, FACTORS[np.minimum(reached.sum(axis=1), len(FACTORS) - 1)]


def _nearest(entry: ChannelCurve, draws: tuple[Curve, ...]) -> Curve:
    """The member of the curve's family nearest to the mean of its draws."""
    curve = entry.curve
    if isinstance(curve, Average):
        return Average(curve.of, np.array([list(draw.parameters.values()) for draw in draws]))
    if isinstance(curve, Tabulated):
        mean = responses(draws, curve.spends).mean(axis=0)
        return Tabulated(tuple(zip(curve.spends.tolist(), mean.tolist(), strict=True)))
    shapes = {shape.family: shape for shape in SHAPES.values()}
    typical = max(entry.current_spend or 0.0, entry.max_observed_spend or 0.0) or 1.0
    spend = GRID * typical
    mean = responses(draws, spend).mean(axis=0)
    shape = shapes[type(curve)]
    row = closest(shape, spend[None], mean[None], np.array([0.6 * typical]))[0]
    return shape.family(*(float(f"{value:.7g}") for value in row))


def _told(test: LiftTest) -> dict[str, object]:
    return {
        "start": str(test.start),
        "end": str(test.end),
        "spend": test.spend,
        "spend_without": test.spend_without,
        "incremental": test.incremental,
        "standard_error": test.standard_error,
    }
