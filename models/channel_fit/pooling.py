"""What several series share, as far as they agree.

Each series' estimate is drawn towards the mean of all, the more the less it knows by itself and
the better the others agree among each other. Source: the moment estimator of DerSimonian and
Laird, *Meta-analysis in clinical trials* (1986), per coefficient.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.levenberg_marquardt import Series, Solution

Array = NDArray[np.floating]
LEAST_SD = 0.01  # between series: no two are quite the same
ALIKE = 1e-24  # differences squared that are rounding, fraction of the effects squared


def common_prior(
    series: Series,
    solution: Solution,
    columns: NDArray,
    offset: Array | float = 0.0,
    expected: tuple[float, float] = (0.0, 0.0),
) -> tuple[Array, Array]:
    """A prior for each series around what all of them say together.

    Parameters
    ----------
    columns : the parameters that are shared
    offset : what to take off each parameter before series are compared, (batch, columns)
    expected : variance expected between series, and how many further series that expectation
        is worth: a few series alone cannot tell how much they differ

    Returns
    -------
    Mean and precision of the new prior, both (batch, columns).
    """
    prior = series.prior_precision[:, columns]
    prior_mean = series.prior_mean[:, columns] - offset
    data, alone = data_alone(series, solution, columns, offset)
    total = data.sum(axis=0)
    mean = (data * alone).sum(axis=0) / total
    freedom = len(data) - 1
    excess = (data * (alone - mean) ** 2).sum(axis=0) - freedom
    between = np.maximum(excess / (total - (data**2).sum(axis=0) / total), 0.0)
    variance, worth = expected
    between = (between * freedom + variance * worth) / (freedom + worth)
    between = np.maximum(between, LEAST_SD**2)
    weight = 1.0 / (1.0 / data + between)
    uncertain = 1.0 / (weight.sum(axis=0) + prior[0])
    common = ((weight * alone).sum(axis=0) + (prior * prior_mean).mean(axis=0)) * uncertain
    return common + offset + 0.0 * alone, 1.0 / (between + uncertain) + 0.0 * alone


def data_alone(
    series: Series, solution: Solution, columns: NDArray, offset: Array | float = 0.0
) -> tuple[Array, Array]:
    """What the data alone say: the posterior with the prior taken out again.

    Returns
    -------
    Precision and estimate, both (batch, columns).
    """
    prior = series.prior_precision[:, columns]
    prior_mean = series.prior_mean[:, columns] - offset
    covariance = np.linalg.inv(solution.information)
    diagonal = np.arange(covariance.shape[1])
    posterior = 1.0 / covariance[:, diagonal, diagonal][:, columns]
    data = np.maximum(posterior - prior, 1e-6 * prior)
    alone = (posterior * (solution.theta[:, columns] - offset) - prior * prior_mean) / data
    return data, alone


def pooling(effects: Array) -> float:
    """How far effects in several groups are drawn together: 0 each its own, 1 one for all.

    It is the share of the differences between groups that the fit puts down to chance. Source:
    Gelman and Pardoe, *Bayesian measures of explained variance and pooling in multilevel models*,
    Technometrics 48 (2006), section 3.

    Parameters
    ----------
    effects : equally likely values of each group's effect, shape (draws, groups)
    """
    apart = effects - effects.mean(axis=1, keepdims=True)
    differences = (apart**2).mean()
    if differences <= ALIKE * (effects**2).mean():
        return 1.0
    return float(1.0 - (apart.mean(axis=0) ** 2).mean() / differences)
