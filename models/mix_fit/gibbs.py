"""Draws from what a mix history says: a Gibbs sampler over a grid of media shapes.

The model, for every segment (a geo, a brand; most histories have one):

    kpi = terms @ coefficients + sum over channels of brought * feature[shape] + error

where `feature[shape]` is one of a grid of candidate shapes (carry-over and saturation) of mean 1,
so that `brought >= 0` is what the channel brings in an average period. Given the shapes this is
linear, which is what the sampler lives on: the coefficients of the baseline are integrated out in
closed form and the choice of their priors is drawn (`models.mix_fit.baseline`), a channel's shape
is drawn from the whole grid with `brought` integrated out, and `brought` is a normal draw that is
not negative. Many chains run side by side as array columns.

The carry-overs of all channels share a mean that is drawn with them. Returns
(``brought / spend``) share a centre and a spread that are drawn with them. In one segment its
channels are taken to return alike until the history says otherwise; in several, a channel is taken
to return alike in all of them, and its shape is the same in all of them. What all channels
together bring may have a prior of its own: a baseline cannot be told from media that never stop.

Source: Gelman et al., *Bayesian Data Analysis* (3rd ed. 2013), chapters 11 and 14 (collapsed
Gibbs, linear models) and 5 (hierarchical normal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.mix_fit.baseline import Index, Marginal, chosen
from models.mix_fit.mixing import Mixing, mixing_of

Array = NDArray[np.floating]

CHAINS = 50
CHAINS_OF_MANY = 20  # with several segments, whose sweeps take longer and tell more
WARM_UP = 80  # sweeps before the first draw is kept
THINNING = 10  # sweeps between two kept draws of a chain
ATTEMPTS = 3  # each twice as long as the one before, until the chains agree
AMOUNT_SWEEPS = 5  # passes over what the channels bring, at given shapes, per sweep
# Prior on the spread of returns: degrees of freedom, and size as a fraction of the usual return.
SPREAD_OF_CHANNELS = (4.0, 0.6)  # one channel may well return twice what another does
SPREAD_OF_SEGMENTS = (4.0, 0.3)  # the same channel returns much the same everywhere


@dataclass(frozen=True)
class MixModel:
    """The arrays of one fit.

    Parameters
    ----------
    kpi : KPI per period, shape (segments, periods)
    features : per channel, candidate shapes of mean 1, shape (segments, periods, candidates);
        zero where a segment lacks the channel
    priors : per channel, log prior probability of each candidate under each mean carry-over,
        shape (means, candidates)
    spend : mean money per period, shape (segments, channels); zero where a segment lacks it
    marginal : the baseline, its coefficients integrated out in units of the error's variance
    floor : the least that each segment's baseline may be in any period under each choice of its
        priors, shape (choices, segments)
    usual_return : KPI per money that a channel returns by prior expectation
    means : log prior probability of each mean carry-over, shape (means,)
    media_mean, media_sd : normal prior on what all channels together bring in an average period,
        shape (segments,); an infinite sd says nothing
    """

    kpi: Array
    features: Sequence[Array]
    priors: Sequence[Array]
    spend: Array
    marginal: Marginal
    floor: Array
    usual_return: float
    means: Array
    media_mean: Array
    media_sd: Array


@dataclass(frozen=True)
class Posterior:
    """Equally likely answers.

    Parameters
    ----------
    shape : index into each channel's candidates, shape (draws, channels)
    choice : of the baseline's priors, shape (draws, segments)
    brought : KPI per average period, shape (draws, segments, channels)
    noise : standard deviation of the error before weights, shape (draws, segments)
    mixing : whether the chains agreed; None where too few sweeps were made to tell
    """

    shape: Index
    choice: Index
    brought: Array
    noise: Array
    mixing: Mixing | None = None

    def with_segments(self, index: Index) -> Posterior:
        """The same answers with the segments in another order, shape (segments,)."""
        choice, brought = self.choice[:, index], self.brought[:, index]
        return replace(self, choice=choice, brought=brought, noise=self.noise[:, index])


def not_negative(rng: np.random.Generator, mean: Array, sd: Array) -> Array:
    """Normal draws given that they are not negative, by inverting the distribution function."""
    from scipy.special import ndtr, ndtri

    # Beyond 30 standard deviations the tail is below what a double can hold.
    mass = ndtr(np.maximum(mean / sd, -30.0))
    return np.maximum(mean - sd * ndtri((1.0 - rng.random(mean.shape)) * mass), 0.0)


def draw_posterior(model: MixModel, draws: int, seed: int) -> Posterior:
    """Run the chains and keep `draws` states, spread evenly over chains; seeded.

    Where the chains do not agree yet, what they did is taken for warming up, and they run longer.
    """
    chains = min(CHAINS if len(model.kpi) == 1 else CHAINS_OF_MANY, draws)
    walk = _Walk(model, chains, np.random.default_rng(seed))
    rounds = -(-draws // chains)
    for _ in range(WARM_UP):
        walk.sweep()
    for attempt in range(ATTEMPTS):
        kept, watched = [], []
        for _ in range(rounds):
            for _ in range(THINNING * 2**attempt):
                walk.sweep()
                watched.append(walk.watched())
            state = walk.shape, walk.choice, walk.brought, np.sqrt(walk.variance)
            kept.append([part.T.copy() for part in state])
        mixing = mixing_of(np.array(watched))
        if mixing is None or mixing.is_mixed:
            break
    states = (np.concatenate(parts)[:draws] for parts in zip(*kept, strict=True))
    return Posterior(*states, mixing=mixing)


class _Walk:
    """The chains' current state; the last axis of every array is the chain."""

    def __init__(self, model: MixModel, chains: int, rng: np.random.Generator) -> None:
        self.model, self.chains, self.rng = model, chains, rng
        marginal = model.marginal
        self.weight = marginal.weight[:, :, None]
        self.kpi = self.weight * model.kpi[..., None]
        self.features = [self.weight * feature for feature in model.features]
        self.by_candidate = [np.ascontiguousarray(f.swapaxes(1, 2)) for f in self.features]
        self.within = [marginal.within(feature) for feature in model.features]
        self.squares = [
            ((f**2).sum(axis=1) - (w * (marginal.shrink @ w)).sum(axis=2)).swapaxes(0, 1)
            for f, w in zip(self.features, self.within, strict=True)
        ]
        segments, periods = model.kpi.shape
        self.each = np.arange(segments)[:, None]
        self.periods = np.count_nonzero(marginal.weight, axis=1)[:, None]
        # What a segment lacks has features of zero; any spend will do, and nothing is learned.
        self.active = (model.spend > 0).T[:, :, None]
        self.spend = np.where(model.spend > 0, model.spend, 1.0).T[:, :, None]
        # The axis along which returns are alike: channels of one segment, or segments.
        self.pooled, self.spread_prior = (
            (0, SPREAD_OF_CHANNELS) if segments == 1 else (1, SPREAD_OF_SEGMENTS)
        )
        channels = len(model.features)
        self.mean = rng.choice(len(model.means), chains, p=np.exp(model.means))
        usual = [np.exp(prior).T @ np.exp(model.means) for prior in model.priors]
        self.shape = np.stack([rng.choice(len(p), chains, p=p / p.sum()) for p in usual])
        self.media_precision = model.media_sd[:, None] ** -2.0
        self.media_pull = self.media_precision * model.media_mean[:, None]
        self.choice = rng.integers(len(marginal.shrink), size=(segments, chains))
        # Nothing brought is a state that every floor of the baseline allows.
        self.brought = np.zeros((channels, segments, chains))
        self.media = np.zeros((segments, periods, chains))
        self.variance = self._squares() / self.periods
        self.centre = np.zeros((channels, segments, chains))
        self.spread = np.full((channels, segments, chains), model.usual_return)

    def sweep(self) -> None:
        """Draw everything once, given the rest."""
        for channel in self.rng.permutation(len(self.features)):
            self._draw_shape(channel)
        self._draw_mean()
        self._draw_amounts()
        self._draw_choice()
        self._draw_scales()

    def watched(self) -> Array:
        """What channels and segments bring, and the errors, shape (quantities, chains)."""
        return np.concatenate([self.brought.sum(axis=1), self.brought.sum(axis=0), self.variance])

    def _prior(self, channel: int, others: Array) -> tuple[Array, Array]:
        """Precision of what a channel brings, and precision times centre; (segments, chains).

        Parameters
        ----------
        others : what all other channels bring, shape (segments, chains)
        """
        spend = self.spend[channel]
        precision = 1.0 / (spend * self.spread[channel]) ** 2
        pull = precision * spend * self.centre[channel]
        return (
            precision + self.media_precision,
            pull + self.media_pull - self.media_precision * others,
        )

    def _draw_mean(self) -> None:
        """The mean carry-over, given every channel's own."""
        likely = self.model.means[:, None] + sum(
            prior[:, shape] for prior, shape in zip(self.model.priors, self.shape, strict=True)
        )
        self.mean = (likely + self.rng.gumbel(size=likely.shape)).argmax(axis=0)

    def _draw_shape(self, channel: int) -> None:
        """A channel's shape and what it brings, together, given the other channels."""
        from scipy.special import log_ndtr

        everyone = np.arange(self.chains)
        candidate = self.shape[channel]
        features = self.model.features[channel]
        others = self.media - features[:, :, candidate] * self.brought[channel][:, None]
        rest = self.kpi - self.weight * others
        within = self.model.marginal.basis.swapaxes(1, 2) @ rest
        products = self.by_candidate[channel] @ rest
        products -= self.within[channel].swapaxes(1, 2) @ self._shrunk(within)
        prior, pull = self._prior(channel, self.brought.sum(axis=0) - self.brought[channel])
        squares = self.squares[channel][self.each, self.choice].swapaxes(1, 2)
        sd = 1.0 / np.sqrt(squares / self.variance[:, None] + prior[:, None])
        mean = (products / self.variance[:, None] + pull[:, None]) * sd**2
        ratio = mean / sd
        likely = (0.5 * ratio**2 + np.log(sd) + log_ndtr(ratio)).sum(axis=0)
        likely += self.model.priors[channel][self.mean].T
        total = np.exp(likely - likely.max(axis=0)).cumsum(axis=0)
        picked = (total < self.rng.random(self.chains) * total[-1]).sum(axis=0)
        brought = not_negative(self.rng, mean[:, picked, everyone], sd[:, picked, everyone])
        media = others + features[:, :, picked] * brought[:, None]
        # A shape is every segment's, so all of them have to agree.
        fine = self._leaves_a_baseline(media, self.choice).all(axis=0)
        self.media = np.where(fine, media, self.media)
        self.brought[channel] = np.where(fine, brought, self.brought[channel])
        self.shape[channel] = np.where(fine, picked, candidate)

    def _draw_amounts(self) -> None:
        """What all channels bring, at their present shapes."""
        features = self._at_shape(self.features)  # (segments, chains, channels, periods)
        within = self._at_shape(self.within)
        shrunk = within @ self.model.marginal.shrink[self.choice, self.each]
        gram = features @ features.swapaxes(2, 3) - shrunk @ within.swapaxes(2, 3)
        gram /= self.variance[:, :, None, None]
        kpi = self.model.marginal.within(self.model.kpi[..., None])[:, None]
        target = (features @ self.kpi[:, None] - shrunk @ kpi)[..., 0] / self.variance[..., None]
        brought = self.brought.transpose(1, 2, 0).copy()
        for _ in range(AMOUNT_SWEEPS):
            for channel in range(brought.shape[2]):
                prior, pull = self._prior(channel, brought.sum(axis=2) - brought[:, :, channel])
                precision = gram[:, :, channel, channel] + prior
                others = (gram[:, :, channel] * brought).sum(axis=2)
                others -= gram[:, :, channel, channel] * brought[:, :, channel]
                mean = (target[:, :, channel] - others + pull) / precision
                brought[:, :, channel] = not_negative(self.rng, mean, 1.0 / np.sqrt(precision))
        plain = self._at_shape(self.model.features)
        media = (brought[:, :, None] @ plain)[:, :, 0].swapaxes(1, 2)
        fine = self._leaves_a_baseline(media, self.choice)
        self.media = np.where(fine[:, None], media, self.media)
        self.brought = np.where(fine, brought.transpose(2, 0, 1), self.brought)

    def _draw_choice(self) -> None:
        """Which priors the baseline has, by segment, given what the channels bring."""
        marginal = self.model.marginal
        within = marginal.within(self.model.kpi[..., None] - self.media)
        explained = (within * (marginal.shrink @ within)).sum(axis=2)
        likely = 0.5 * (explained / self.variance + marginal.log_det[..., None])
        # The greatest of Gumbel variables around the log probabilities is a draw from them.
        choice = (likely + self.rng.gumbel(size=likely.shape)).argmax(axis=0)
        fine = self._leaves_a_baseline(self.media, choice)
        self.choice = np.where(fine, choice, self.choice)

    def _draw_scales(self) -> None:
        """The error's variance by segment; centre and spread of the channels' returns."""
        rng, prior, axis = self.rng, self.model.usual_return, self.pooled
        squares = self._squares()
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
        picked = [f[:, :, shape] for f, shape in zip(features, self.shape, strict=True)]
        return np.stack(picked).transpose(1, 3, 0, 2)

    def _shrunk(self, within: Array) -> Array:
        """The baseline's part of what lies in its span, shape (segments, rank, chains)."""
        return chosen(self.model.marginal.shrink, within, self.choice)

    def _squares(self) -> Array:
        """Squared errors, the baseline's coefficients integrated out, shape (segments, chains)."""
        rest = self.kpi - self.weight * self.media
        within = self.model.marginal.basis.swapaxes(1, 2) @ rest
        return (rest**2).sum(axis=1) - (within * self._shrunk(within)).sum(axis=1)

    def _leaves_a_baseline(self, media: Array, choice: Index) -> NDArray[np.bool_]:
        """Is the baseline fitted to what media leaves above its floor in all periods?

        Parameters
        ----------
        media : shape (segments, periods, chains)
        choice : of the baseline's priors, shape (segments, chains)

        Returns
        -------
        shape (segments, chains)
        """
        baseline = self.model.marginal.baseline(self.model.kpi[..., None] - media, choice)
        return np.all(baseline >= self.model.floor[choice, self.each][:, None], axis=1)
