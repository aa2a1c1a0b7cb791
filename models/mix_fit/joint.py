"""The joint fit of mix histories, one or several segments side by side.

Segments share each channel's shape (carry-over, and saturation relative to the segment's usual
spend); what a channel returns there is drawn towards the mean of all segments, as far as they
agree. So a short or small segment borrows strength from the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import recent_spend
from models.channel_fit.parametrisation import SHAPES, Shape
from models.channel_fit.representative_curve import nearest_to_mean, rounded
from models.curves.families import FAMILIES, Curve, Hill
from models.diagnostics.anomalies import weights
from models.history.history import History
from models.mix_fit.baseline import Marginal, integrate_out, side_by_side
from models.mix_fit.gibbs import MixModel, Posterior, draw_posterior
from models.mix_fit.noise import Noise, look_at_noise
from models.mix_fit.priors import (
    Baseline,
    Shapes,
    baseline_terms,
    candidate_shapes,
    mean_decay_prior,
    with_followed,
)
from models.transforms.design_matrix import share_of_days

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]

# The shape that finds a family's nearest member.
NEAREST: dict[type[Curve], type[Shape]] = {
    **{shape.family: shape for shape in SHAPES.values()},
    Hill: SHAPES["hill"],
}
CONCAVE = SHAPES["hill_concave"]
TINY = 1e-9
MEDIA_SHARE = 0.15  # prior expectation of what all channels bring, fraction of the KPI
WITHIN = 1.645  # standard deviations on each side that hold 90 %


@dataclass(frozen=True)
class Segment:
    """One mix history with everything that its fit needs.

    Parameters
    ----------
    history : the channels in the order of their names
    kpi : shape (periods,)
    shapes : candidate responses by channel, in the same order
    weight : of each period's error, shape (periods,); zero where a period is held out
    """

    history: History
    kpi: Array
    baseline: Baseline
    shapes: tuple[Shapes, ...]
    noise: Noise
    weight: Array

    @property
    def marginal(self) -> Marginal:
        """The KPI's distribution with the baseline's coefficients integrated out."""
        baseline = self.baseline
        return integrate_out(baseline.terms, baseline.choices / self.noise.sd, self.weight)

    @property
    def usual_kpi(self) -> float:
        """Mean of the periods that the fit may see."""
        return float(self.kpi[self.weight > 0].mean())

    @property
    def mean_spend(self) -> Array:
        """Money per period, shape (channels,)."""
        return self.history.spend.to_numpy(float).mean(axis=0)


@dataclass(frozen=True)
class JointFit:
    """Segments, the names of all their channels, and what was drawn for them."""

    segments: tuple[Segment, ...]
    channels: tuple[str, ...]
    posterior: Posterior

    def position(self, segment: int, channel: str) -> int:
        """Where a segment keeps a channel."""
        return self.segments[segment].history.channels.index(channel)

    def chosen(self, channel: str) -> NDArray[np.int64]:
        """The candidate in each draw, shape (draws,)."""
        return self.posterior.shape[:, self.channels.index(channel)]

    def brought(self, segment: int, channel: str) -> Array:
        """KPI per average period in each draw, shape (draws,)."""
        return self.posterior.brought[:, segment, self.channels.index(channel)]

    def decays(self, segment: int, channel: str) -> Array:
        """Carry-over in each draw, shape (draws,)."""
        shapes = self.segments[segment].shapes[self.position(segment, channel)]
        return shapes.decays[self.chosen(channel)]

    def draws(self, segment: int, channel: str) -> tuple[Curve, ...]:
        """Equally likely curves, KPI per period at a steady spend per period."""
        shapes = self.segments[segment].shapes[self.position(segment, channel)]
        chosen = self.chosen(channel)
        parameters = shapes.parameters[chosen].copy()
        parameters[:, 0] = self.brought(segment, channel) / shapes.means[chosen]
        # A draw of exactly nothing is no curve; next to nothing is.
        parameters[:, 0] = np.maximum(parameters[:, 0], TINY * parameters[:, 0].max())
        return tuple(shapes.family(*rounded(row)) for row in parameters)

    def decided(self, segment: int) -> dict[str, Curve]:
        """By channel, the one curve to decide on: nearest to the mean of the draws."""
        here = self.segments[segment]
        found = {}
        for channel, shapes in zip(here.history.channels, here.shapes, strict=True):
            spend = here.history.spend[channel].to_numpy(float)
            usual = spend[spend > 0].mean(keepdims=True)
            typical = np.maximum(usual, recent_spend(spend, here.history.period_days))
            draws = [self.draws(segment, channel)]
            nearest = CONCAVE if shapes.is_concave_hill else NEAREST[shapes.family]
            found[channel] = nearest_to_mean(nearest, draws, usual, typical)[0]
        return found

    def media(self, segment: int) -> Array:
        """What all channels brought, by period and draw, shape (periods, draws)."""
        here = self.segments[segment]
        media = np.zeros((len(here.kpi), len(self.posterior.shape)))
        for channel, shapes in zip(here.history.channels, here.shapes, strict=True):
            media += shapes.features[:, self.chosen(channel)] * self.brought(segment, channel)
        return media

    def baseline(self, segment: int) -> Array:
        """The KPI without advertising, by period and draw, shape (periods, draws)."""
        here = self.segments[segment]
        rest = here.kpi[:, None] - self.media(segment)
        return here.marginal.baseline(rest[None], self.posterior.choice[:, [segment]].T)[0]


def prepare(history: History, options: FitOptions, held_out: int = 0) -> Segment:
    """Baseline, candidate shapes and noise of one mix history.

    Parameters
    ----------
    options : of which the families, the events and the doubts matter here
    held_out : so many of the last periods teach the fit nothing
    """
    # In the order of their names, so that the order of the columns changes nothing.
    history = replace(history, spend=history.spend.sort_index(axis=1))
    kpi = history.metrics[history.kpi]["total"].to_numpy(float)
    spend = history.spend.to_numpy(float)
    trust = weights(options.doubts, history).to_numpy().min(axis=1)
    trust[len(kpi) - held_out :] = 0.0
    learned = np.flatnonzero(trust)
    controls = _with_events(history, options)
    level = kpi[learned].mean()
    baseline = baseline_terms(history.dates, history.period_days, controls, level)
    baseline = with_followed(baseline, spend, level)
    seen = replace(baseline, terms=baseline.terms[learned])
    noise = look_at_noise(kpi[learned], seen, spend[learned])
    noise = replace(noise, outliers=tuple(learned[list(noise.outliers)].tolist()))
    weight = np.sqrt(trust)
    weight[learned] *= noise.weight
    shapes = tuple(
        candidate_shapes(
            column,
            history.period_days,
            family_in_a_mix(options.family_of(name)),
            options.carry_over_ranges.get(name),
            options.family_of(name) == CONCAVE.name,
        )
        for name, column in zip(history.channels, spend.T, strict=True)
    )
    return Segment(history, kpi, baseline, shapes, noise, weight)


def family_in_a_mix(asked: str) -> type[Curve]:
    """The family that a mix takes for what was asked: Hill unless it is another."""
    return FAMILIES.get(asked, Hill)


def _with_events(history: History, options: FitOptions) -> pd.DataFrame:
    """The controls, and the share of each period that an event took."""
    dates = history.dates.to_numpy().astype("datetime64[D]")
    shares = {
        name: share_of_days(dates, history.period_days, spans)
        for name, spans in options.events.items()
    }
    return history.controls.assign(**shares)


def fit_jointly(
    segments: Sequence[Segment],
    draws: int,
    seed: int,
    media_share: tuple[float, float] | None = None,
) -> JointFit:
    """Draw from the joint posterior of all segments; deterministic for a seed.

    Parameters
    ----------
    media_share : as in `FitOptions`
    """
    from threadpoolctl import threadpool_limits

    # One walk draws for all, so neither names nor the order of files may sort what it walks over.
    order = sorted(range(len(segments)), key=lambda one: _spent(segments[one]))
    walked = [segments[one] for one in order]
    channels = _in_order(walked)
    # The matrices are small: more threads only wait for each other, and round differently.
    with threadpool_limits(1):
        posterior = draw_posterior(_model(walked, channels, media_share), draws, seed)
    return JointFit(tuple(segments), channels, posterior.with_segments(np.argsort(order)))


def _spent(segment: Segment) -> tuple[float, ...]:
    """What a segment spent and its KPI, in an order of the money's own."""
    money = np.sort(segment.mean_spend)
    return (*(float(f"{one:.9g}") for one in (money.sum(), *money)), *segment.kpi)


def _in_order(segments: Sequence[Segment]) -> tuple[str, ...]:
    """The channels by what they spent; where two spent alike, by when."""
    spent: dict[str, list[float]] = {}
    when: dict[str, list[float]] = {}
    for here in segments:
        for name, money in zip(here.history.channels, here.mean_spend, strict=True):
            spent.setdefault(name, []).append(float(f"{money:.9g}"))
            when.setdefault(name, []).extend(here.history.spend[name])
    return tuple(sorted(spent, key=lambda name: (spent[name], when[name], name)))


def _model(
    segments: Sequence[Segment],
    channels: tuple[str, ...],
    media_share: tuple[float, float] | None,
) -> MixModel:
    """The arrays of all segments on one calendar; a period that a segment lacks weighs nothing."""
    dates = segments[0].history.dates
    for here in segments[1:]:
        dates = dates.union(here.history.dates)
    size, periods = len(segments), len(dates)
    kpi, spend = np.zeros((size, periods)), np.zeros((size, len(channels)))
    some = [next(here for here in segments if name in here.history.channels) for name in channels]
    priors = [
        here.shapes[here.history.channels.index(name)].prior
        for here, name in zip(some, channels, strict=True)
    ]
    features = [np.zeros((size, periods, prior.shape[1])) for prior in priors]
    places = [dates.get_indexer(here.history.dates) for here in segments]
    for number, (here, rows) in enumerate(zip(segments, places, strict=True)):
        kpi[number, rows] = here.kpi
        for name, money, shapes in zip(
            here.history.channels, here.mean_spend, here.shapes, strict=True
        ):
            channel = channels.index(name)
            spend[number, channel] = money
            features[channel][number, rows] = shapes.features
    marginal = side_by_side([here.marginal for here in segments], places, periods)
    # What is held out is foretold, not fitted: no floor binds there.
    fitted = marginal.fitted * (marginal.weight > 0)[:, :, None]
    marginal = replace(marginal, fitted=fitted)
    without_media = (fitted @ marginal.within(kpi[..., None]))[..., 0]
    usual_kpi = np.array([here.usual_kpi for here in segments])
    low, high = media_share or (0.0, np.inf)
    told = media_share or (MEDIA_SHARE, MEDIA_SHARE)
    return MixModel(
        kpi=kpi,
        features=features,
        priors=priors,
        spend=spend,
        marginal=marginal,
        # Where no baseline fits without a dip below zero, media must not deepen it.
        floor=np.minimum(0.0, without_media.min(axis=2)),
        usual_return=sum(told) / 2.0 * usual_kpi.sum() / spend.sum(),
        means=mean_decay_prior(),
        media_mean=sum(told) / 2.0 * usual_kpi,
        media_sd=(high - low) / 2.0 / WITHIN * usual_kpi,
    )
