"""The baseline's coefficients integrated out, under each of several priors that history may choose.

A trend that may bend and a season with a third wave fit every baseline, and part of what
advertising did as well; without them, a baseline that does bend is taken for advertising. So both
are tried, and drawn with as much weight as the history gives them (stochastic search variable
selection; George and McCulloch 1993). So is a drift that has no name, a little of it or much: with
it errors may be slow, which otherwise pass for advertising and make intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Marginal:
    """What the KPI without media is worth once the baseline's coefficients are integrated out.

    With ``x = weight * kpi`` and ``q = basis.T @ x`` its negative log likelihood, in units of the
    error's variance, is ``(x @ x - q @ shrink @ q - log_det) / 2`` but for a constant.

    Parameters
    ----------
    weight : one over the error's relative standard deviation; zero for a period that is not to be
        learned from, shape (segments, periods)
    basis : orthonormal columns that span the weighted terms, shape (segments, periods, rank)
    shrink : of what lies in that span, the part that is baseline under each choice of priors,
        shape (choices, segments, rank, rank)
    log_det : logarithm of the determinant of what is left, shape (choices, segments)
    fitted : turns ``q`` into the baseline, shape (choices, segments, periods, rank)
    """

    weight: Array
    basis: Array
    shrink: Array
    log_det: Array
    fitted: Array

    def within(self, kpi: Array) -> Array:
        """``q`` of KPIs without media, shape (segments, periods, columns)."""
        return self.basis.swapaxes(1, 2) @ (self.weight[:, :, None] * kpi)

    def baseline(self, kpi: Array, choice: Index) -> Array:
        """The baseline fitted to KPIs without media, shape (segments, periods, columns).

        Parameters
        ----------
        kpi : shape (segments, periods, columns)
        choice : of priors, shape (segments, columns)
        """
        return chosen(self.fitted, self.within(kpi), choice)


def chosen(matrices: Array, columns: Array, choice: Index) -> Array:
    """Each column times the matrix of its own choice.

    Parameters
    ----------
    matrices : shape (choices, segments, rows, rank)
    columns : shape (segments, rank, columns)
    choice : shape (segments, columns)

    Returns
    -------
    shape (segments, rows, columns)
    """
    product = np.empty((columns.shape[0], matrices.shape[2], columns.shape[2]))
    for segment, own in enumerate(choice):
        for one in np.unique(own):
            its = own == one
            product[segment][:, its] = matrices[one, segment] @ columns[segment][:, its]
    return product


def integrate_out(terms: Array, sd: Array, weight: Array) -> Marginal:
    """What integrating out the baseline's coefficients does to the KPI of one segment.

    Parameters
    ----------
    terms : the baseline's columns, shape (periods, terms)
    sd : prior standard deviation of each coefficient under each choice, in units of the error's,
        shape (choices, terms)
    weight : as in `Marginal`, shape (periods,)
    """
    basis, upper = np.linalg.qr(terms * weight[:, None])
    eye = np.eye(len(upper))
    shrink, log_det, fitted = [], [], []
    for scale in sd:
        u, s, _ = np.linalg.svd(upper * scale)
        s = np.concatenate([s, np.zeros(len(eye) - len(s))])
        left = (u / (1.0 + s**2)) @ u.T
        shrink.append(eye - left)
        log_det.append(-np.log1p(s**2).sum())
        fitted.append((terms * scale**2) @ upper.T @ left)
    return Marginal(
        weight[None],
        basis[None],
        np.stack(shrink)[:, None],
        np.stack(log_det)[:, None],
        np.stack(fitted)[:, None],
    )


def side_by_side(marginals: Sequence[Marginal], rows: Sequence[Index], periods: int) -> Marginal:
    """Those of several segments, on one calendar; a period that a segment lacks weighs nothing.

    Parameters
    ----------
    rows : where each segment's periods stand in the calendar of so many `periods`
    """
    size, rank = len(marginals), max(one.basis.shape[2] for one in marginals)
    choices = len(marginals[0].shrink)
    weight, basis = np.zeros((size, periods)), np.zeros((size, periods, rank))
    shrink = np.zeros((choices, size, rank, rank))
    fitted = np.zeros((choices, size, periods, rank))
    for number, (one, places) in enumerate(zip(marginals, rows, strict=True)):
        own = one.basis.shape[2]
        weight[number, places] = one.weight[0]
        basis[number, places, :own] = one.basis[0]
        shrink[:, number, :own, :own] = one.shrink[:, 0]
        fitted[:, number, places, :own] = one.fitted[:, 0]
    log_det = np.concatenate([one.log_det for one in marginals], axis=1)
    return Marginal(weight, basis, shrink, log_det, fitted)
