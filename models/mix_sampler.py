"""Draws from what a mix history says: a Gibbs sampler over a grid of media shapes.

The model, for every segment (a geo, a brand; most histories have one):

    kpi = terms @ coefficients + sum over channels of brought * feature[shape] + error

where `feature[shape]` is one of a grid of candidate shapes (carry-over and saturation) of mean 1,
so that `brought >= 0` is what the channel brings in an average period. Given the shapes this is
linear, which is what the sampler lives on: the coefficients of the baseline are integrated out in
closed form, a channel's shape is drawn from the whole grid with `brought` integrated out, and
`brought` is a normal draw that is not negative. Many chains run side by side as array columns.

Returns (``brought / spend``) share a centre and a spread that are drawn with them. In one segment
its channels are taken to return alike until the history says otherwise; in several, a channel is
taken to return alike in all of them, and its shape is the same in all of them.

Source: Gelman et al., *Bayesian Data Analysis* (3rd ed. 2013), chapters 11 and 14 (collapsed
Gibbs, linear models) and 5 (hierarchical normal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

CHAINS = 50
CHAINS_OF_MANY = 20  # with several segments, whose sweeps take longer and tell more
WARM_UP = 80  # sweeps before the first draw is kept
THINNING = 10  # sweeps between two kept draws of a chain
AMOUNT_SWEEPS = 5  # passes over what the channels bring, at given shapes, per sweep
# Prior on the spread of returns: degrees of freedom, and size as a fraction of the usual return.
SPREAD_OF_CHANNELS = (2.0, 1.0)  # one channel may well return twice what another does
SPREAD_OF_SEGMENTS = (4.0, 0.3)  # the same channel returns much the same everywhere


@dataclass(frozen=True)
class MixModel:
    """The arrays of one fit.

    Parameters
    ----------
    kpi : KPI per period, shape (segments, periods)
    features : per channel, candidate shapes of mean 1, shape (segments, periods, candidates);
        zero where a segment lacks the channel
    priors : per channel, log prior probability of each candidate, shape (candidates,)
    spend : mean money per period, shape (segments, channels); zero where a segment lacks it
    whiten : square root of the KPI's precision (in units of the error's) once the baseline's
        coefficients are integrated out, shape (segments, periods, periods)
    smooth : turns the KPI without media into the baseline fitted to it, same shape
    floor : the least that each segment's baseline may be in any period, shape (segments,)
    usual_return : KPI per money that a channel returns by prior expectation
    """

    kpi: Array
    features: Sequence[Array]
    priors: Sequence[Array]
    spend: Array
    whiten: Array
    smooth: Array
    floor: Array
    usual_return: float


@dataclass(frozen=True)
class Posterior:
    """Equally likely answers.

    Parameters
    ----------
    shape : index into each channel's candidates, shape (draws, channels)
    brought : KPI per average period, shape (draws, segments, channels)
    noise : standard deviation of the error before weights, shape (draws, segments)
    """

    shape: NDArray[np.int64]
    brought: Array
    noise: Array


def integrate_out(terms: Array, sd: Array, weight: Array) -> tuple[Array, Array]:
    """What integrating out the baseline's coefficients does to the KPI.

    Parameters
    ----------
    terms : the baseline's columns, shape (periods, terms)
    sd : prior standard deviation of each coefficient, in units of the error's
    weight : one over the error's relative standard deviation, shape (periods,); zero for a
        period that is not to be learned from

    Returns
    -------
    `MixModel.whiten` and `MixModel.smooth`, both (periods, periods).
    """
    scaled = terms * sd
    u, s, vt = np.linalg.svd(scaled * weight[:, None], full_matrices=False)
    kept = 1.0 / np.sqrt(1.0 + s**2)
    whiten = (np.eye(len(terms)) - (u * (1.0 - kept)) @ u.T) * weight
    smooth = ((scaled @ vt.T) * (s * kept**2)) @ u.T * weight
    return whiten, smooth


def not_negative(rng: np.random.Generator, mean: Array, sd: Array) -> Array:
    """Normal draws given that they are not negative, by inverting the distribution function."""
    from scipy.special import ndtr, ndtri

    # Beyond 30 standard deviations the tail is below what a double can hold.
    mass = ndtr(np.maximum(mean / sd, -30.0))
    return np.maximum(mean - sd * ndtri((1.0 - rng.random(mean.shape)) * mass), 0.0)


def draw_posterior(model: MixModel, draws: int, seed: int) -> Posterior:
    """Run the chains and keep `draws` states, spread evenly over chains; seeded."""
    chains = min(CHAINS if len(model.kpi) == 1 else CHAINS_OF_MANY, draws)
    walk = _Walk(model, chains, np.random.default_rng(seed))
    rounds = -(-draws // chains)
    kept = []
    for sweep in range(WARM_UP + rounds * THINNING):
        walk.sweep()
        if sweep >= WARM_UP and (sweep - WARM_UP) % THINNING == THINNING - 1:
            kept.append((walk.shape.T.copy(), walk.brought.T.copy(), np.sqrt(walk.variance.T)))
    shape, brought, noise = (np.concatenate(parts)[:draws] for parts in zip(*kept, strict=True))
    return Posterior(shape, brought, noise)


class _Walk:
    """The chains' current state; the last axis of every array is the chain."""

    def __init__(self, model: MixModel, chains: int, rng: np.random.Generator) -> None:
        self.model, self.chains, self.rng = model, chains, rng
        self.kpi = (model.whiten @ model.kpi[..., None])[..., 0]
        self.features = [model.whiten @ feature for feature in model.features]
        self.by_candidate = [np.ascontiguousarray(f.swapaxes(1, 2)) for f in self.features]
        self.squares = [(feature**2).sum(axis=1)[..., None] for feature in self.features]
        segments, periods = model.kpi.shape
        self.periods = np.count_nonzero(np.abs(model.whiten).sum(axis=1), axis=1)[:, None]
        # What a segment lacks has features of zero; any spend will do, and nothing is learned.
        self.active = (model.spend > 0).T[:, :, None]
        self.spend = np.where(model.spend > 0, model.spend, 1.0).T[:, :, None]
        # The axis along which returns are alike: channels of one segment, or segments.
        self.pooled, self.spread_prior = (
            (0, SPREAD_OF_CHANNELS) if segments == 1 else (1, SPREAD_OF_SEGMENTS)
        )
        channels = len(model.features)
        self.shape = np.stack([rng.choice(len(p), chains, p=np.exp(p)) for p in model.priors])
        # Nothing brought is a state that every floor of the baseline allows.
        self.brought = np.zeros((channels, segments, chains))
        self.media = np.zeros((segments, periods, chains))
        self.whitened = np.zeros((segments, periods, chains))
        self.variance = np.tile((self.kpi**2).sum(axis=1)[:, None] / self.periods, (1, chains))
        self.centre = np.zeros((channels, segments, chains))
        self.spread = np.full((channels, segments, chains), model.usual_return)

    def sweep(self) -> None:
        """Draw everything once, given the rest."""
        for channel in self.rng.permutation(len(self.features)):
            self._draw_shape(channel)
        self._draw_amounts()
        self._draw_scales()

    def _prior(self, channel: int) -> tuple[Array, Array]:
        """Precision of what a channel brings, and precision times centre; (segments, chains)."""
        spend = self.spend[channel]
        precision = 1.0 / (spend * self.spread[channel]) ** 2
        return precision, precision * spend * self.centre[channel]

    def _draw_shape(self, channel: int) -> None:
        """A channel's shape and what it brings, together, given the other channels."""
        from scipy.special import log_ndtr

        everyone = np.arange(self.chains)
        candidate = self.shape[channel]
        own = self.features[channel][:, :, candidate] * self.brought[channel][:, None]
        rest = self.kpi[..., None] - self.whitened + own
        prior, pull = self._prior(channel)
        precision = self.squares[channel] / self.variance[:, None] + prior[:, None]
        sd = 1.0 / np.sqrt(precision)
        mean = (self.by_candidate[channel] @ rest / self.variance[:, None] + pull[:, None]) * sd**2
        ratio = mean / sd
        likely = (0.5 * ratio**2 + np.log(sd) + log_ndtr(ratio)).sum(axis=0)
        likely += self.model.priors[channel][:, None]
        total = np.exp(likely - likely.max(axis=0)).cumsum(axis=0)
        chosen = (total < self.rng.random(self.chains) * total[-1]).sum(axis=0)
        brought = not_negative(self.rng, mean[:, chosen, everyone], sd[:, chosen, everyone])
        features = self.model.features[channel]
        media = (
            self.media
            - features[:, :, candidate] * self.brought[channel][:, None]
            + features[:, :, chosen] * brought[:, None]
        )
        # A shape is every segment's, so all of them have to agree.
        fine = self._leaves_a_baseline(media).all(axis=0)
        self.media = np.where(fine, media, self.media)
        whitened = self.whitened - own + self.features[channel][:, :, chosen] * brought[:, None]
        self.whitened = np.where(fine, whitened, self.whitened)
        self.brought[channel] = np.where(fine, brought, self.brought[channel])
        self.shape[channel] = np.where(fine, chosen, candidate)

    def _draw_amounts(self) -> None:
        """What all channels bring, at their present shapes."""
        features = self._at_shape(self.features)  # (segments, chains, channels, periods)
        gram = features @ features.swapaxes(2, 3) / self.variance[:, :, None, None]
        target = (features @ self.kpi[:, None, :, None])[..., 0] / self.variance[..., None]
        brought = self.brought.transpose(1, 2, 0).copy()
        for _ in range(AMOUNT_SWEEPS):
            for channel in range(brought.shape[2]):
                prior, pull = self._prior(channel)
                precision = gram[:, :, channel, channel] + prior
                others = (gram[:, :, channel] * brought).sum(axis=2)
                others -= gram[:, :, channel, channel] * brought[:, :, channel]
                mean = (target[:, :, channel] - others + pull) / precision
                brought[:, :, channel] = not_negative(self.rng, mean, 1.0 / np.sqrt(precision))
        plain = self._at_shape(self.model.features)
        media = (brought[:, :, None] @ plain)[:, :, 0].swapaxes(1, 2)
        fine = self._leaves_a_baseline(media)
        self.media = np.where(fine[:, None], media, self.media)
        self.brought = np.where(fine, brought.transpose(2, 0, 1), self.brought)
        amounts = self.brought.transpose(1, 2, 0)
        self.whitened = (amounts[:, :, None] @ features)[:, :, 0].swapaxes(1, 2)

    def _draw_scales(self) -> None:
        """The error's variance by segment; centre and spread of the channels' returns."""
        rng, prior, axis = self.rng, self.model.usual_return, self.pooled
        squares = ((self.kpi[..., None] - self.whitened) ** 2).sum(axis=1)
        self.variance = squares / rng.chisquare(self.periods, squares.shape)
        returns = self.brought / self.spend
        count = self.active.sum(axis=axis, keepdims=True)
        spread = self.spread.take([0], axis=axis)
        precision = 1.0 / prior**2 + count / spread**2
        total = (returns * self.active).sum(axis=axis, keepdims=True)
        centre = not_negative(rng, total / spread**2 / precision, 1.0 / np.sqrt(precision))
        squares = ((returns - centre) ** 2 * self.active).sum(axis=axis, keepdims=True)
        freedom, size = self.spread_prior
        squares += freedom * (size * prior) ** 2
        spread = np.sqrt(squares / rng.chisquare(freedom + count, squares.shape))
        self.centre = np.broadcast_to(centre, returns.shape)
        self.spread = np.broadcast_to(spread, returns.shape)

    def _at_shape(self, features: Sequence[Array]) -> Array:
        chosen = [f[:, :, shape] for f, shape in zip(features, self.shape, strict=True)]
        return np.stack(chosen).transpose(1, 3, 0, 2)

    def _leaves_a_baseline(self, media: Array) -> NDArray[np.bool_]:
        """Is the baseline fitted to what media leaves above its floor in all periods?

        Parameters
        ----------
        media : shape (segments, periods, chains)

        Returns
        -------
        shape (segments, chains)
        """
        baseline = self.model.smooth @ (self.model.kpi[..., None] - media)
        return np.all(baseline >= self.model.floor[:, None, None], axis=1)
