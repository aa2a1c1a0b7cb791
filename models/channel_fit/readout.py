"""What a joint fit says of each channel: family shares, draws, and the curve to decide on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.family_selection import choose, holdout_losses, shares
from models.channel_fit.fit_options import AUTO, SIMPLEST
from models.channel_fit.joint_fit import Fitted, curve_parameters, drawn_alike, refitted
from models.channel_fit.levenberg_marquardt import robust_weights, split
from models.channel_fit.parametrisation import SHAPES, HillShape
from models.channel_fit.posterior_draws import draw_theta, others_of
from models.channel_fit.representative_curve import nearest_to_mean, rounded
from models.curves.families import Curve
from models.transforms.adstock import GEOMETRIC, decay_of, mean_lag_decay

Array = NDArray[np.floating]
# Simpler than Hill, which has each of them as a limit or close to one; simplest first.
RIVALS = ("linear", "power", "exponential", "logarithmic")
PROPOSALS = {True: 700, False: 250}  # for Hill, and for the nearly normal simpler families
# The shape that finds a family's nearest member; a concave Hill curve's mean is a Hill curve too.
NEAREST = {shape.family: shape for shape in SHAPES.values()}
SEEN_OUTLIER = 4.0  # standard deviations of the noise


@dataclass(frozen=True)
class Request:
    """One channel of a batch and what is asked of it.

    Parameters
    ----------
    family : as in FitOptions
    seed : of its draws, its own whatever the channels beside it
    typical : a spend per period that the curve must get right, money
    """

    family: str
    seed: tuple[int, int]
    typical: float


@dataclass(frozen=True)
class Reading:
    """One channel's results, ready to be written down.

    Parameters
    ----------
    curve : to decide on: nearest to the mean of the draws, or the most likely where none are asked
    draws : equally likely curves
    carry_over : mean of the draws, fraction
    decays : carry-over of each draw, geometric: where it is delayed, the one that comes as late
    delayed : peak and decay of delayed carry-over; None for geometric
    season : factor by week of the year, about 1 on average
    shares : of each family that took part, fractions that sum to 1
    most_likely : curve at the posterior's mode
    outliers : periods whose residual exceeds four standard deviations
    weights : robust weight of each period
    expected : conversions per period
    demand_spread : standard deviation of the demand that all channels share, log factor
    """

    curve: Curve
    draws: tuple[Curve, ...]
    carry_over: float
    decays: Array
    delayed: tuple[float, float] | None
    season: tuple[float, ...]
    shares: dict[str, float]
    most_likely: Curve
    outliers: tuple[int, ...]
    weights: Array
    expected: Array
    demand_spread: float


def read(
    fitted: Fitted, requests: Sequence[Request], draws: int, days: int, alike: bool = False
) -> list[Reading]:
    """Every channel of a batch fitted with Hill curves, read as it was asked for.

    Parameters
    ----------
    alike : whether the batch is one channel in several segments: then its returns and shapes are
        drawn together, and its family is what predicts best in all of them
    """
    names = _families(requests)
    fits = {n: fitted if SHAPES[n] is fitted.shape else refitted(fitted, SHAPES[n]) for n in names}
    if alike:
        fits = {name: drawn_alike(one) for name, one in fits.items()}
    portions = _portions(fits, requests, days, alike)
    found = [
        _read_row(fits, row, portions[row], request, draws) for row, request in enumerate(requests)
    ]
    return _decided(found, fitted.reference, requests) if draws else found


def _families(requests: Sequence[Request]) -> list[str]:
    """Families to fit, the simplest first and Hill last."""
    asked = {request.family for request in requests}
    wanted = asked - {AUTO, SIMPLEST}
    if asked & {AUTO, SIMPLEST}:
        wanted |= {*RIVALS, HillShape.name}
    return [name for name in SHAPES if name in wanted]


def _portions(
    fits: dict[str, Fitted], requests: Sequence[Request], days: int, alike: bool
) -> list[dict[str, float]]:
    """For each channel the share of every family."""
    judged = [name for name in (*RIVALS, HillShape.name) if name in fits]
    losses = None
    if any(request.family in (AUTO, SIMPLEST) for request in requests):
        losses = holdout_losses([fits[name] for name in judged], days)
    if losses is not None and alike:
        losses = np.repeat(losses.reshape(len(losses), 1, -1), len(requests), axis=1)
    found = []
    for row, request in enumerate(requests):
        if request.family not in (AUTO, SIMPLEST):
            found.append({request.family: 1.0})
        elif losses is None:
            found.append({HillShape.name: 1.0})
        elif request.family == SIMPLEST:
            found.append({judged[choose(losses[:, row])]: 1.0})
        else:
            parts = shares(losses[:, row])
            found.append({n: float(p) for n, p in zip(judged, parts, strict=True) if p > 0})
    return found


def _read_row(
    fits: dict[str, Fitted], row: int, portions: dict[str, float], request: Request, draws: int
) -> Reading:
    main = fits[max(portions, key=lambda name: portions[name])]
    theta = main.solution.theta[row : row + 1]
    values, factors = curve_parameters(main, theta, row)
    mode = main.shape.family(*rounded(values[0]))
    decays = decay_of(split(main.shape, theta)[2])
    curves: list[Curve] = []
    if draws:
        curves, decays = _draw(fits, row, portions, request, draws)
    series = main.series.rows(np.array([row]))
    peak = float(series.peak[0])
    geometric = mean_lag_decay(decays, peak)
    expected = main.solution.expected[row]
    squares = (series.response[0] - expected) ** 2 / series.variance(expected[None])[0]
    outliers = np.flatnonzero((squares > SEEN_OUTLIER**2) & (series.weight[0] > 0))
    return Reading(
        curve=mode,
        draws=tuple(curves),
        carry_over=rounded([geometric.mean()])[0],
        decays=geometric,
        delayed=None if peak == GEOMETRIC else (peak, rounded([decays.mean()])[0]),
        season=tuple(rounded(factors[0])) if main.design.harmonics else (),
        shares={name: round(share, 3) for name, share in portions.items()},
        most_likely=mode,
        outliers=tuple(outliers.tolist()),
        weights=robust_weights(series, expected[None])[0],
        expected=expected,
        demand_spread=main.demand.spread if main.demand else 0.0,
    )


def _draw(
    fits: dict[str, Fitted], row: int, portions: dict[str, float], request: Request, draws: int
) -> tuple[list[Curve], Array]:
    """Each family's share of the draws, and the carry-over of them all."""
    rng = np.random.default_rng(request.seed)
    any_fit = next(iter(fits.values()))
    others = others_of(fits.get(HillShape.name, any_fit), row)
    curves: list[Curve] = []
    decays: list[float] = []
    for name, count in _counted(portions, draws).items():
        fitted = fits[name]
        proposals = PROPOSALS[fitted.shape.size() > 1]
        theta = draw_theta(fitted, row, others, count, proposals, rng)
        values, _ = curve_parameters(fitted, theta, row)
        curves += [fitted.shape.family(*rounded(parameters)) for parameters in values]
        decays += decay_of(split(fitted.shape, theta)[2]).tolist()
    # In no order: channels are drawn apart, and must not seem to agree on a family.
    shuffle = rng.permutation(draws)
    return [curves[i] for i in shuffle], np.array(decays)[shuffle]


def _counted(portions: dict[str, float], draws: int) -> dict[str, int]:
    """Whole numbers of draws by share that sum to `draws`; the largest share takes the rest."""
    counts = {name: int(share * draws) for name, share in portions.items()}
    counts[max(portions, key=lambda name: portions[name])] += draws - sum(counts.values())
    return {name: count for name, count in counts.items() if count}


def _decided(
    readings: list[Reading], reference: Array, requests: Sequence[Request]
) -> list[Reading]:
    """Each with the member of its family that is nearest to the mean of its draws' curves."""
    typical = np.maximum(reference, [request.typical for request in requests])
    found = list(readings)
    for family in dict.fromkeys(type(reading.curve) for reading in readings):
        rows = np.array([i for i, r in enumerate(readings) if type(r.curve) is family])
        draws = [readings[row].draws for row in rows]
        curves = nearest_to_mean(NEAREST[family], draws, reference[rows], typical[rows])
        for row, curve in zip(rows, curves, strict=True):
            found[row] = replace(found[row], curve=curve)
    return found
