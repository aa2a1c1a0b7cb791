"""The sampler against closed forms: linear algebra, truncated normals, posterior odds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models.mix_fit.baseline import integrate_out, side_by_side
from models.mix_fit.gibbs import MixModel, draw_posterior, not_negative


def random_terms(seed: int, periods: int = 30, count: int = 4):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(periods, count)),
        rng.uniform(0.5, 3, count),
        rng.uniform(0.3, 1, periods),
    )


def covariance(terms, sd, weight):
    """Of the KPI, in units of the error's variance."""
    return np.diag(weight**-2.0) + (terms * sd**2) @ terms.T


def test_likelihood_is_that_of_the_marginal_normal():
    terms, sd, weight = random_terms(1)
    choices = np.stack([sd, 0.1 * sd])
    marginal = integrate_out(terms, choices, weight)
    kpi = np.random.default_rng(0).normal(size=30)
    within = marginal.within(kpi[None, :, None])[0, :, 0]
    found, exact = [], []
    for choice, scale in enumerate(choices):
        squares = ((weight * kpi) ** 2).sum() - within @ marginal.shrink[choice, 0] @ within
        found.append(-0.5 * (squares - marginal.log_det[choice, 0]))
        exact.append(stats.multivariate_normal(cov=covariance(terms, scale, weight)).logpdf(kpi))
    # Up to what no choice of priors changes.
    constant = np.log(weight).sum() - 15 * np.log(2 * np.pi)
    np.testing.assert_allclose(np.array(found) + constant, exact, rtol=1e-10)


def test_the_fitted_baseline_is_weighted_ridge_regression():
    terms, sd, weight = random_terms(2)
    kpi = np.random.default_rng(0).normal(size=30)
    normal = (terms.T * weight**2) @ terms + np.diag(sd**-2.0)
    expected = terms @ np.linalg.solve(normal, terms.T @ (weight**2 * kpi))
    marginal = integrate_out(terms, sd[None], weight)
    fitted = marginal.baseline(kpi[None, :, None], np.zeros((1, 1), dtype=int))
    np.testing.assert_allclose(fitted[0, :, 0], expected, atol=1e-10)


def test_priors_are_chosen_with_their_posterior_odds():
    """One wave, loose or next to nil, and a channel that does nothing to speak of."""
    rng = np.random.default_rng(8)
    wave = np.cos(np.linspace(0, 9, 40))[:, None]
    kpi = 0.45 * wave[:, 0] + rng.normal(0, 1, 40)
    choices = np.array([[2.0], [0.05]])
    model = replace(
        one_channel(kpi, np.ones((40, 1)), [1.0]),
        marginal=integrate_out(wave, choices, np.ones(40)),
        floor=np.full((2, 1), -10.0),
        usual_return=1e-9,
    )
    drawn = draw_posterior(model, 4000, seed=0)
    # With the error's variance integrated out under 1 / variance: a multivariate t.
    root = [np.linalg.cholesky(covariance(wave, scale, np.ones(40))) for scale in choices]
    log = [
        -np.log(np.diag(one)).sum() - 20 * np.log((np.linalg.solve(one, kpi) ** 2).sum())
        for one in root
    ]
    exact = 1.0 / (1.0 + np.exp(log[1] - log[0]))
    assert 0.1 < exact < 0.9
    assert (drawn.choice[:, 0] == 0).mean() == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("mean", [-40.0, -3.0, 0.0, 2.0])
def test_not_negative_draws_follow_the_truncated_normal(mean):
    draws = not_negative(np.random.default_rng(3), np.full(4000, mean), np.ones(4000))
    assert (draws >= 0).all()
    if mean > -30:
        assert stats.kstest(draws, stats.truncnorm(-mean, np.inf, loc=mean).cdf).pvalue > 1e-3


def nothing_told(segments):
    """One mean carry-over, and nothing known of what all channels together bring."""
    far = np.full(segments, np.inf)
    return {"means": np.zeros(1), "media_mean": np.zeros(segments), "media_sd": far}


def one_channel(kpi, features, prior):
    """A model with one channel, no baseline to speak of, and nearly no prior on what it brings."""
    periods = len(kpi)
    nothing = integrate_out(np.zeros((periods, 1)), np.ones((1, 1)), np.ones(periods))
    return MixModel(
        kpi=kpi[None],
        features=[features[None]],
        priors=[np.log(prior)[None]],
        spend=np.ones((1, 1)),
        marginal=nothing,
        floor=np.array([[-1.0]]),
        usual_return=50.0,
        **nothing_told(1),
    )


def test_amount_and_noise_agree_with_student_t():
    rng = np.random.default_rng(4)
    feature = rng.uniform(0.5, 1.5, (60, 1))
    kpi = 20.0 * feature[:, 0] + rng.normal(0, 2, 60)
    posterior = draw_posterior(one_channel(kpi, feature, [1.0]), 1000, seed=0)
    square = feature[:, 0] @ feature[:, 0]
    estimate = feature[:, 0] @ kpi / square
    rss = ((kpi - estimate * feature[:, 0]) ** 2).sum()
    exact = stats.t(59, loc=estimate, scale=np.sqrt(rss / 59 / square))
    brought = posterior.brought[:, 0, 0]
    assert abs(brought.mean() - estimate) < 5 * exact.std() / np.sqrt(1000)
    assert brought.std() == pytest.approx(exact.std(), rel=5 / np.sqrt(2 * 1000))
    # E[sigma^2] of an inverse gamma with 59 degrees of freedom
    assert (posterior.noise**2).mean() == pytest.approx(rss / 57, rel=0.05)


def test_shapes_are_drawn_with_their_posterior_odds():
    """Integrated over amount and noise, a shape's likelihood is rss^(-(n-1)/2) / |feature|."""
    rng = np.random.default_rng(5)
    features = rng.uniform(0.5, 1.5, (40, 1)) + rng.normal(0, 0.04, (40, 3))
    kpi = 20.0 * features.mean(axis=1) + rng.normal(0, 3, 40)
    prior = np.array([0.5, 0.3, 0.2])
    squares = (features**2).sum(axis=0)
    rss = (kpi**2).sum() - (kpi @ features) ** 2 / squares
    odds = prior * (rss / rss.min()) ** (-39 / 2) / np.sqrt(squares)
    exact = odds / odds.sum()
    assert exact.max() < 0.9  # otherwise the test would see nothing
    posterior = draw_posterior(one_channel(kpi, features, prior), 2000, seed=1)
    shares = np.bincount(posterior.shape[:, 0], minlength=3) / 2000
    np.testing.assert_allclose(shares, exact, atol=5 * np.sqrt(0.25 / 2000))


def test_the_baseline_stays_above_its_floor():
    """A channel that explains more than everything may not push the baseline below zero."""
    rng = np.random.default_rng(6)
    feature = rng.uniform(0.5, 1.5, (40, 1))
    feature /= feature.mean()
    kpi = 10.0 * feature[:, 0] + rng.normal(0, 1, 40)
    marginal = integrate_out(np.ones((40, 1)), np.array([[100.0]]), np.ones(40))
    model = MixModel(
        kpi=kpi[None],
        features=[feature[None]],
        priors=[np.zeros((1, 1))],
        spend=np.ones((1, 1)),
        marginal=marginal,
        floor=np.zeros((1, 1)),
        usual_return=10.0,
        **nothing_told(1),
    )
    brought = draw_posterior(model, 500, seed=2).brought[:, 0, 0]
    rest = kpi[:, None] - feature * brought
    assert marginal.baseline(rest[None], np.zeros((1, 500), dtype=int)).min() >= 0
    # Without the floor about half of the draws would lie beyond it.
    assert brought.max() > 0.98 * kpi.mean()


def test_every_segment_s_baseline_stays_above_its_floor():
    """A large baseline of one segment is no excuse for another's to fall below zero."""
    rng = np.random.default_rng(7)
    feature = rng.uniform(0.5, 1.5, (2, 40, 1))
    feature /= feature.mean(axis=1, keepdims=True)
    kpi = np.array([[0.0], [100.0]]) + 10.0 * feature[..., 0] + rng.normal(0, 1, (2, 40))
    marginal = integrate_out(np.ones((40, 1)), np.array([[100.0]]), np.ones(40))
    both = side_by_side([marginal, marginal], [np.arange(40)] * 2, 40)
    model = MixModel(
        kpi=kpi,
        features=[feature],
        priors=[np.zeros((1, 1))],
        spend=np.ones((2, 1)),
        marginal=both,
        floor=np.zeros((1, 2)),
        usual_return=10.0,
        **nothing_told(2),
    )
    brought = draw_posterior(model, 500, seed=3).brought[:, :, 0]
    rest = kpi[..., None] - feature * brought.T[:, None]
    baseline = both.baseline(rest, np.zeros((2, 500), dtype=int))
    assert baseline[0].min() >= 0
    # All but bound in the first segment, and nowhere near it in the second.
    assert baseline[0].min() < 0.1
    assert baseline[1].min() > 50
    # A segment at its floor keeps no other from moving.
    assert np.unique(brought[:, 1]).size > 400


def test_what_is_known_of_all_media_together_counts_as_a_normal_prior():
    """Two channels that history cannot tell from the baseline, and a known sum of 30 +- 2."""
    rng = np.random.default_rng(9)
    level = np.ones((80, 1))
    kpi = 100.0 + rng.normal(0, 1, 80)
    model = MixModel(
        kpi=kpi[None],
        features=[level[None], level[None]],
        priors=[np.zeros((1, 1))] * 2,
        spend=np.ones((1, 2)),
        marginal=integrate_out(level, np.array([[1e4]]), np.ones(80)),
        floor=np.zeros((1, 1)),
        usual_return=1e3,
        means=np.zeros(1),
        media_mean=np.array([30.0]),
        media_sd=np.array([2.0]),
    )
    total = draw_posterior(model, 1000, seed=1).brought[:, 0].sum(axis=1)
    assert total.mean() == pytest.approx(30.0, abs=0.5)
    assert total.std() == pytest.approx(2.0, abs=0.3)


def test_channels_that_are_not_told_apart_by_history_follow_the_mean_of_the_others():
    """Three channels show the second of two shapes; the fourth shows nothing, and follows them."""
    rng = np.random.default_rng(10)
    shapes = rng.uniform(0.2, 1.8, (4, 120, 2))
    shapes[3, :, 1] = shapes[3, :, 0]
    kpi = 10.0 * shapes[:3, :, 1].sum(axis=0) + 10.0 * shapes[3, :, 0] + rng.normal(0, 1, 120)
    by_mean = np.log([[0.9, 0.1], [0.1, 0.9]])
    model = replace(
        one_channel(kpi, shapes[0], [0.5, 0.5]),
        features=[own[None] for own in shapes],
        priors=[by_mean] * 4,
        spend=np.ones((1, 4)),
        means=np.log([0.5, 0.5]),
    )
    drawn = draw_posterior(model, 2000, seed=4).shape
    assert (drawn[:, :3] == 1).all()
    # Odds of the two means after three seconds: .9^3 to .1^3; then .9 or .1 for the fourth.
    odds = 0.9**3 / (0.9**3 + 0.1**3)
    expected = odds * 0.9 + (1 - odds) * 0.1
    assert np.mean(drawn[:, 3] == 1) == pytest.approx(expected, abs=0.03)
