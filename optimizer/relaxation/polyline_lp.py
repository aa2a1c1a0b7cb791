"""The linear programme over one concave polyline per axis, kept by HiGHS from solve to solve.

Where a programme is solved many times with other lines or another objective (block by block, bound
by bound), building it anew through PuLP would take ten times as long as solving it. Nothing rests
on the solver here: a solve gives a point and prices, and what is proven is proven from the prices
(weak duality), whatever the solver's tolerances are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Polylines

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Aim:
    """What is maximised: gain per unit of spend and of response of every axis, shape (axes,)."""

    spend_gain: Array
    response_gain: Array

    def value(self, spend: Array, response: Array) -> float:
        """The aim at given spends and responses."""
        return float(self.spend_gain @ spend + self.response_gain @ response)


def worth_of(aim: Aim, lines: Polylines) -> Array:
    """What an aim is at every vertex of the polylines, one per axis, shape (axes, vertices)."""
    return aim.response_gain[:, None] * lines.responses + aim.spend_gain[:, None] * lines.spends


@dataclass(frozen=True, eq=False)
class Limits:
    """The rows of a programme as two matrices: ``lower <= spend @ x + response @ f(x) <= upper``.

    Parameters
    ----------
    spend, response : coefficients, shape (rows, axes)
    lower, upper : limits, shape (rows,)
    """

    spend: sparse.csr_array
    response: sparse.csr_array
    lower: Array
    upper: Array

    @classmethod
    def of(cls, programme: Programme) -> Limits:
        """The rows of a programme; none may count axes."""
        rows, shape = programme.rows, (len(programme.rows), len(programme.curves))
        number = np.repeat(np.arange(len(rows)), [len(row.axes) for row in rows])
        axes = np.concatenate([row.axes for row in rows]) if rows else number

        def matrix(parts: list[Array]) -> sparse.csr_array:
            values = np.concatenate(parts) if parts else np.zeros(0)
            found = sparse.csr_array((values, (number, axes)), shape=shape)
            found.eliminate_zeros()
            return found

        return cls(
            matrix([row.spend for row in rows]),
            matrix([row.response for row in rows]),
            np.array([row.lower for row in rows], dtype=float),
            np.array([row.upper for row in rows], dtype=float),
        )

    @cached_property
    def _by_axis(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        return sparse.csr_array(self.spend.T), sparse.csr_array(self.response.T)

    def proving(self, prices: Array) -> tuple[Array, float]:
        """The prices that prove something, the others 0, and what they earn on the limits."""
        limit = np.where(prices > 0, self.upper, self.lower)
        is_proving = np.isfinite(limit) & (prices != 0)
        prices = np.where(is_proving, prices, 0.0)
        return prices, float(prices @ np.where(is_proving, limit, 0.0))

    def priced(self, aim: Aim, prices: Array) -> Aim:
        """The aim less what spend and response take from the rows at their prices."""
        by_spend, by_response = self._by_axis
        return Aim(aim.spend_gain - by_spend @ prices, aim.response_gain - by_response @ prices)

    def violation(self, spend: Array, response: Array) -> float:
        """Greatest violation, relative to the size of a row's terms."""
        if not self.lower.size:
            return 0.0
        activity = self.spend @ spend + self.response @ response
        size = abs(self.spend) @ np.abs(spend) + abs(self.response) @ response
        excess = np.maximum(np.maximum(self.lower - activity, activity - self.upper), 0.0)
        return float((excess / np.maximum(size, 1e-9 * max(size.max(), 1e-300))).max())


@dataclass(frozen=True, eq=False)
class Solution:
    """A point of the linear programme, and the price of each row.

    Parameters
    ----------
    spend : per axis, money
    prices : aim per unit of each row's limit
    cutoff_price : of the row that keeps another aim at or above a value; 0 without one
    """

    spend: Array
    prices: Array
    cutoff_price: float = 0.0


class PolylineProgram:
    """Concave polylines under the rows of a programme.

    Parameters
    ----------
    limits : the rows
    scale : money that counts as 1
    """

    def __init__(self, limits: Limits, scale: float) -> None:
        import highspy

        self._limits, self._scale = limits, scale
        self._kind: Any = highspy
        # What highspy says of its own types does not know all that its classes have.
        self._solver: Any = highspy.Highs()
        options = {
            "output_flag": False,
            "presolve": "off",
            "threads": 1,
            "primal_feasibility_tolerance": 1e-9,
            "dual_feasibility_tolerance": 1e-9,
        }
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        size = np.maximum(_greatest(limits.spend) * scale, 1e-300)
        # A row on responses alone has no money to go by: its greatest response coefficient.
        bare = _greatest(limits.spend) == 0
        self._divisor = np.where(bare, np.maximum(_greatest(limits.response), 1e-300), size)
        by_row = sparse.diags_array(1.0 / self._divisor)
        self._spend = sparse.csc_array(by_row @ limits.spend)
        self._response = sparse.csc_array(by_row @ limits.response)
        self._shape: tuple[int, ...] = ()
        self._basis = None
        self._cutoff = False

    def load(self, lines: Polylines, cutoff: tuple[Aim, float] | None = None) -> None:
        """Take new lines, one per axis, and keep an aim at or above a value where one is given."""
        axis, lengths, slopes = lines.segments()
        self._axis, self._lengths, self._slopes = axis, lengths / self._scale, slopes
        base, heights = lines.spends[:, 0], lines.responses[:, 0]
        limits, scale = self._limits, self._scale
        shift = limits.spend @ base + limits.response @ heights
        matrix = _columns(self._spend, axis, np.full(len(axis), scale))
        if self._response.nnz:
            matrix = matrix + _columns(self._response, axis, slopes * scale)
        lower, upper = (
            (limits.lower - shift) / self._divisor,
            (limits.upper - shift) / self._divisor,
        )
        if cutoff is not None:
            aim, least = cutoff
            row = (aim.spend_gain[axis] + aim.response_gain[axis] * slopes) * scale
            self._size = float(np.abs(row).max(initial=0.0)) or 1.0
            at_base = aim.value(base, heights)
            matrix = sparse.vstack([matrix, sparse.csr_array(row[None, :] / self._size)])
            matrix = sparse.csc_array(matrix)
            lower = np.append(lower, (least - at_base) / self._size)
            upper = np.append(upper, np.inf)
        self._cutoff = cutoff is not None
        self._base = base
        self._pass(matrix, lower, upper)

    def _pass(self, matrix: Any, lower: Array, upper: Array) -> None:
        model = self._kind.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_ = np.zeros(matrix.shape[1])
        model.col_lower_, model.col_upper_ = np.zeros(matrix.shape[1]), self._lengths
        model.row_lower_, model.row_upper_ = lower, upper
        model.a_matrix_.format_ = self._kind.MatrixFormat.kColwise
        model.a_matrix_.start_ = matrix.indptr
        model.a_matrix_.index_ = matrix.indices
        model.a_matrix_.value_ = matrix.data
        self._solver.passModel(model)
        if self._basis is not None and self._shape == matrix.shape:
            self._solver.setBasis(self._basis)
        self._shape = matrix.shape

    def solve(self, aim: Aim) -> Solution | None:
        """Maximise an aim; None where the solver finds no point."""
        axis, scale = self._axis, self._scale
        gain = (aim.spend_gain[axis] + aim.response_gain[axis] * self._slopes) * scale
        size = float(np.abs(gain) @ self._lengths / max(self._lengths.sum(), 1e-300)) or 1.0
        solver, count = self._solver, len(axis)
        solver.changeColsCost(count, np.arange(count, dtype=np.int32), -gain / size)
        solver.run()
        if not self._is_solved:
            # Without presolve the simplex now and then gives up on a programme with an optimum.
            solver.clearSolver()
            solver.setOptionValue("presolve", "on")
            solver.run()
            solver.setOptionValue("presolve", "off")
        if not self._is_solved:
            self._basis = None
            return None
        self._basis = solver.getBasis()
        found = solver.getSolution()
        used = np.clip(np.array(found.col_value), 0.0, self._lengths)
        spend = self._base + scale * np.bincount(axis, weights=used, minlength=len(self._base))
        duals = -np.array(found.row_dual) * size
        if self._cutoff:
            return Solution(spend, duals[:-1] / self._divisor, float(duals[-1]) / self._size)
        return Solution(spend, duals / self._divisor)

    @property
    def _is_solved(self) -> bool:
        return self._solver.getModelStatus() == self._kind.HighsModelStatus.kOptimal

    def proves_infeasible(self, lines: Polylines) -> bool:
        """Whether the solver's ray proves that no point exists: with nothing aimed at, its prices
        would bound nothing by less than nothing (Farkas)."""
        if self._solver.getModelStatus() != self._kind.HighsModelStatus.kInfeasible:
            return False
        _, has_ray, ray = self._solver.getDualRay()
        if not has_ray or self._cutoff:
            return False
        nothing = np.zeros(len(self._base))
        for sign in (1.0, -1.0):
            prices, earned = self._limits.proving(sign * np.array(ray) / self._divisor)
            worth = worth_of(self._limits.priced(Aim(nothing, nothing), prices), lines)
            if earned + float(worth.max(axis=1).sum()) < 0:
                return True
        return False


def _columns(matrix: Any, chosen: Index, factor: Array) -> sparse.csc_array:
    """Columns of a matrix, any of them several times, each times a factor."""
    indptr, indices, data = (
        np.asarray(part) for part in (matrix.indptr, matrix.indices, matrix.data)
    )
    counts = np.diff(indptr)[chosen]
    starts = np.concatenate([[0], np.cumsum(counts)])
    from_start = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    place = np.repeat(indptr[chosen], counts) + from_start
    values = data[place] * np.repeat(factor, counts)
    shape = (matrix.shape[0], len(chosen))
    return sparse.csc_array((values, indices[place], starts), shape=shape)


def _greatest(matrix: Any) -> Array:
    """Greatest size of a coefficient in each row."""
    return abs(matrix).max(axis=1).toarray().ravel() if matrix.shape[1] else np.zeros(0)
