"""The demand that channels share: algebra against dense matrices, and credit where it is due."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from models.channel_fit import joint_fit
from models.channel_fit.joint_fit import fit_together, refitted
from models.channel_fit.levenberg_marquardt import expected_response, solution_at
from models.channel_fit.parametrisation import HillShape, LinearShape
from models.channel_fit.posterior_draws import _Posterior, draw_theta, others_of
from models.channel_fit.shared_demand import _Kernel, _log_evidence, left_out
from models.datasets.simulated_channels import simulate_history
from models.transforms.design_matrix import build


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in `fit_curves`: more threads only wait for each other here."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def confounded():
    made = simulate_history("confounded", seed=5)
    return made, fit_together(HillShape, made.history, build(made.history))


def test_the_evidence_is_that_of_the_dense_gaussian():
    """y ~ N(0, noise + covariance) against y ~ N(0, noise), both written out."""
    rng = np.random.default_rng(1)
    kernel = _Kernel.of(30)
    noise = rng.uniform(0.5, 2.0, 30)
    y = rng.normal(size=30)

    def log_density(covariance):
        _, logdet = np.linalg.slogdet(covariance)
        return -0.5 * (logdet + y @ np.linalg.solve(covariance, y))

    dense = log_density(np.diag(noise) + kernel.covariance) - log_density(np.diag(noise))
    assert _log_evidence(kernel.covariance, np.diag(1 / noise), y / noise) == pytest.approx(dense)


def test_the_path_has_no_mean_and_what_passes_has_no_slope():
    kernel = _Kernel.of(104)
    ones = np.ones(104)
    np.testing.assert_allclose(kernel.yearly_part @ ones, 0.0, atol=1e-9)
    for part in kernel.passing_parts.values():
        np.testing.assert_allclose(part @ np.column_stack([ones, np.arange(104)]), 0.0, atol=1e-8)


def test_demand_is_not_credited_to_spend(confounded, monkeypatch):
    """A fit that shares nothing lets conversions rise with spend far more than they do."""
    made, together = confounded
    monkeypatch.setattr(joint_fit, "_with_demand", lambda *_: None)
    apart = fit_together(HillShape, made.history, build(made.history))
    excess = {}
    for name, fitted in (("apart", apart), ("together", together)):
        rows = []
        for row, channel in enumerate(made.history.channels):
            theta = fitted.solution.theta[row : row + 1]
            curve = HillShape.family(*joint_fit.curve_parameters(fitted, theta, row)[0][0])
            at = np.array([0.5, 1.5]) * fitted.reference[row]
            ratio = curve.response(at) / made.truth.curves[channel].response(at)
            rows.append(np.log(ratio[1] / ratio[0]))
        excess[name] = np.mean(rows)
    assert excess["apart"] > 0.2
    assert abs(excess["together"]) < 0.1


def test_nothing_shared_is_found_where_there_is_only_noise():
    """White weeks of one channel each: the path stays within what the season's prior allows."""
    made = simulate_history("steady", seed=4)
    fitted = fit_together(HillShape, made.history, build(made.history))
    assert fitted.demand is not None
    season = np.log(np.array(made.truth.season))
    of_year = made.history.dates.day_of_year.to_numpy()
    truth = season[np.minimum((of_year - 1) // 7, 52)]
    assert np.std(fitted.demand.path - (truth - truth.mean())) < 0.06


def test_what_the_others_see_is_less_sure(confounded):
    _, fitted = confounded
    assert fitted.demand is not None
    everyone = np.linalg.inv(fitted.demand.precision)
    for row in range(3):
        _, precision = left_out(fitted.demand, fitted.series, fitted.solution, row)
        others = np.linalg.inv(precision)
        assert np.linalg.eigvalsh(others - everyone).min() > -1e-9


def test_woodbury_is_the_dense_covariance(confounded):
    """Differences of the log density equal those of the normal with demand's covariance added."""
    _, fitted = confounded
    others = others_of(fitted, 0)
    assert others is not None
    target = _Posterior(fitted, 0, others)
    expected = fitted.solution.expected[0]
    weight = np.maximum(target.weight, 1e-12)
    effect = expected[:, None] * np.eye(len(others.path))[others.week]
    covariance = np.diag(1 / weight) + effect @ np.linalg.inv(others.precision) @ effect.T
    theta = fitted.solution.theta[0] + np.random.default_rng(2).normal(0.0, 0.02, (5, 11))
    one = target.one
    residual = one.response - expected_response(HillShape, one.repeated(5), theta)
    away = (theta - one.prior_mean[0]) ** 2 @ one.prior_precision[0]
    dense = -0.5 * ((residual * np.linalg.solve(covariance, residual.T).T).sum(axis=1) + away)
    found = target.log_density(theta)
    np.testing.assert_allclose(found - found[0], dense - dense[0], rtol=1e-6, atol=1e-6)


def test_draws_are_those_of_the_posterior_on_a_grid():
    """Level and decay of a straight line, everything else pinned: moments by brute force."""
    made = simulate_history("linear", channels=1, seed=5)
    fitted = fit_together(HillShape, made.history, build(made.history))
    fitted = refitted(fitted, LinearShape)
    pinned = np.full(fitted.solution.theta.shape[1], 1e8)
    pinned[:2] = [1e-2, 0.5]
    series = replace(fitted.series, prior_mean=fitted.solution.theta, prior_precision=pinned[None])
    fitted = replace(
        fitted, series=series, solution=solution_at(LinearShape, series, fitted.solution.theta)
    )
    target = _Posterior(fitted, 0, None)
    mode, spread = fitted.solution.theta[0], np.sqrt(np.diag(np.linalg.inv(target.information)))
    level = mode[0] + spread[0] * np.linspace(-6, 6, 121)
    decay = mode[1] + spread[1] * np.linspace(-6, 6, 121)
    grid = np.array(np.meshgrid(level, decay, indexing="ij")).reshape(2, -1)
    theta = np.tile(mode, (grid.shape[1], 1))
    theta[:, :2] = grid.T
    height = target.log_density(theta)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    mean = weight @ theta[:, :2]
    deviation = np.sqrt(weight @ (theta[:, :2] - mean) ** 2)
    draws = draw_theta(fitted, 0, None, 4000, 4000, np.random.default_rng(3))[:, :2]
    # 4,000 draws of nearly the weight of 4,000: a standard error of 1/60 of the deviation.
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=4 * deviation.max() / 60)
    np.testing.assert_allclose(draws.std(axis=0), deviation, rtol=0.1)


def test_others_is_none_with_a_single_channel():
    made = simulate_history("steady", channels=1, seed=5)
    fitted = fit_together(HillShape, made.history, build(made.history))
    assert fitted.demand is None
    assert others_of(fitted, 0) is None
