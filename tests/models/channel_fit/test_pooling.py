"""The common prior against the DerSimonian-Laird formula worked out by hand."""

import numpy as np
import pytest

from models.channel_fit.levenberg_marquardt import Series, Solution
from models.channel_fit.pooling import LEAST_SD, common_prior, pooling
from models.transforms.adstock import GEOMETRIC


def batch(estimates, precision, prior_mean=0.0, prior_precision=1e-12):
    """Series of one parameter whose data alone say `estimates`, with a given precision."""
    estimates = np.asarray(estimates, dtype=float)[:, None]
    size = len(estimates)
    empty = np.ones((size, 1))
    series = Series(
        spend=empty,
        peak=np.full(size, GEOMETRIC),
        response=empty,
        covariates=np.zeros((size, 1, 0)),
        offset=empty,
        weight=empty,
        prior_mean=np.full((size, 1), prior_mean),
        prior_precision=np.full((size, 1), prior_precision),
        poisson=np.ones(size),
        relative=np.ones(size),
    )
    posterior = precision + prior_precision
    theta = (precision * estimates + prior_precision * prior_mean) / posterior
    information = np.full((size, 1, 1), posterior)
    return series, Solution(theta, np.zeros(size), empty, empty[:, :, None], information)


def test_three_series_by_hand():
    # Estimates 1, 2, 4 with precision 4: Q = 4 * 42/9, c = 12 - 48/12,
    # so between = (Q - 2) / c = 25/12, and each weighs 1 / (1/4 + 25/12) = 3/7.
    mean, precision = common_prior(*batch([1, 2, 4], 4.0), np.array([0]))
    np.testing.assert_allclose(mean[:, 0], 7 / 3, rtol=1e-6)
    np.testing.assert_allclose(precision[:, 0], 1 / (25 / 12 + 7 / 9), rtol=1e-6)


def test_an_expectation_counts_as_so_many_series():
    mean, precision = common_prior(*batch([1, 2, 4], 4.0), np.array([0]), expected=(0.09, 3.0))
    between = (25 / 12 * 2 + 0.09 * 3) / 5
    weight = 1 / (1 / 4 + between)
    np.testing.assert_allclose(mean[:, 0], 7 / 3, rtol=1e-6)
    np.testing.assert_allclose(precision[:, 0], 1 / (between + 1 / (3 * weight)), rtol=1e-6)


def test_what_agrees_is_held_together():
    mean, precision = common_prior(*batch([2, 2, 2, 2], 100.0), np.array([0]))
    np.testing.assert_allclose(mean, 2.0)
    assert precision.max() == pytest.approx(1 / (LEAST_SD**2 + (0.01 + LEAST_SD**2) / 4))


def test_the_old_prior_is_taken_out_of_the_estimates_and_counted_once():
    plain = common_prior(*batch([1, 2, 4], 4.0), np.array([0]))
    drawn = common_prior(
        *batch([1, 2, 4], 4.0, prior_mean=7 / 3, prior_precision=2.0), np.array([0])
    )
    np.testing.assert_allclose(drawn[0], plain[0], rtol=1e-6)
    # The prior of precision 2 adds to the three weights of 3/7.
    np.testing.assert_allclose(drawn[1], 1 / (25 / 12 + 1 / (9 / 7 + 2)), rtol=1e-6)


def test_an_offset_only_shifts():
    offset = np.array([[10.0], [20.0], [30.0]])
    series, solution = batch([11, 22, 34], 4.0)
    mean, precision = common_prior(series, solution, np.array([0]), offset)
    plain = common_prior(*batch([1, 2, 4], 4.0), np.array([0]))
    np.testing.assert_allclose(mean - offset, plain[0], rtol=1e-6)
    np.testing.assert_allclose(precision, plain[1], rtol=1e-6)


def test_pooling_by_hand():
    # Two draws of three groups; around their draw's mean: (-1, 0, 1) and (-3, 0, 3). Mean of the
    # squares 20/6; of the draws' mean (-2, 0, 2) it is 8/3.
    assert pooling(np.array([[1.0, 2, 3], [4, 7, 10]])) == pytest.approx(1 - (8 / 3) / (20 / 6))


def test_groups_that_are_known_are_not_pooled_and_equal_ones_are():
    rng = np.random.default_rng(0)
    known = np.tile([1.0, 2.0, 4.0], (50, 1)) + rng.normal(size=(50, 1))
    assert pooling(known) == pytest.approx(0.0, abs=1e-12)
    assert pooling(np.repeat(rng.normal(size=(50, 1)), 3, axis=1)) == 1.0
    # Differences that are nothing but chance: 1 - 1/draws, up to their own luck.
    assert pooling(rng.normal(size=(200, 40))) == pytest.approx(1.0, abs=0.02)
