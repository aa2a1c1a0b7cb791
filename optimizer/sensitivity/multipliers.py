"""Prices that agree with a plan: all multipliers of its limits under which no axis wants to move.

At the optimum of a convex programme the multipliers that satisfy stationarity form a polytope, a
point where the plan stands on no kink. What one more unit of a limit brings is the least that any
of them says, what one less costs is the greatest (Rockafellar, *Convex Analysis*, 1970, sections
27 and 28): at a bend of a table, at a channel with nothing, or where a rule just touches, the two
differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

SMOOTH = 1e-9  # relative difference of two slopes that are one
SAME = 1e-8  # part of a combination of limits that the axes' slopes leave undetermined
ROUNDING = 1e-9  # part of a multiplier by which it may miss its bounds
LOOSEST = 0.05  # relative disagreement of slopes and multipliers with which they mean something


@dataclass(frozen=True, eq=False)
class Limit:
    """Something that stops a plan.

    Parameters
    ----------
    up, down : what one more (one less) unit of spend on each axis adds to it, shape (axes,)
    least, most : range of its multiplier: at least 0 for an upper limit, at most 0 for a lower one
    """

    up: Array
    down: Array
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class Multipliers:
    """The multipliers that agree with a plan.

    Parameters
    ----------
    up, down : objective per further (per last) unit of spend on each axis, shape (axes,)
    can_rise, can_fall : whether the axis may move, but for the limits
    limits : what stops the plan
    """

    up: Array
    down: Array
    can_rise: NDArray[np.bool_]
    can_fall: NDArray[np.bool_]
    limits: tuple[Limit, ...]

    def with_limits(
        self, further: tuple[Limit, ...], axis: int, rises: bool, falls: bool
    ) -> Multipliers:
        """The same with limits on one axis, which may then move but for them."""
        can_rise, can_fall = self.can_rise.copy(), self.can_fall.copy()
        can_rise[axis] |= rises
        can_fall[axis] |= falls
        return replace(self, can_rise=can_rise, can_fall=can_fall, limits=(*self.limits, *further))

    @cached_property
    def _tables(self) -> tuple[Array, Array]:
        ups = np.column_stack([limit.up for limit in self.limits])
        return ups, np.column_stack([limit.down for limit in self.limits])

    @cached_property
    def _bounds(self) -> Array:
        return np.array([(limit.least, limit.most) for limit in self.limits])

    @cached_property
    def _level(self) -> tuple[Array, Array]:
        """Slopes of limits and objective on axes that may move both ways and have one slope."""
        ups, downs = self._tables
        sizes = np.maximum(np.abs(self.up), np.abs(self.down))
        with np.errstate(invalid="ignore"):
            one = np.abs(self.up - self.down) <= SMOOTH * sizes
            one &= (np.abs(ups - downs) <= SMOOTH * np.maximum(np.abs(ups), np.abs(downs))).all(1)
        free = one & self.can_rise & self.can_fall & np.isfinite(ups).all(axis=1)
        return ups[free], self.up[free]

    @cached_property
    def _sizes(self) -> Array:
        """Size of each limit's column, so that multipliers are of order one."""
        ups, downs = self._tables
        table = np.abs(np.where(np.isfinite(ups), ups, 0.0)) + np.abs(
            np.where(np.isfinite(downs), downs, 0.0)
        )
        gains = np.concatenate([self.up, self.down])
        unit = np.abs(gains[np.isfinite(gains)]).max(initial=0.0) or 1.0
        return np.where(table.max(axis=0) > 0, table.max(axis=0), 1.0) / unit

    @cached_property
    def _fitted(self) -> tuple[Array, float]:
        """The scaled multipliers that fit the level axes best, and their relative misfit."""
        matrix, gains = self._level
        unit = np.abs(gains).max(initial=0.0) or 1.0
        if not len(gains):
            return np.zeros(len(self.limits)), 0.0
        table, right = matrix / self._sizes / unit, gains / unit
        free = np.linalg.lstsq(table, right, rcond=1e-9)[0]
        point = np.clip(free, *self._bounds.T)  # of one multiplier the best within its bounds
        if len(point) > 1 and np.abs(point - free).max() > ROUNDING * np.abs(free).max():
            from scipy.optimize import lsq_linear  # costs more time than a plan without it

            point = lsq_linear(table, right, self._bounds.T).x
        return point, float(np.sqrt(np.mean((table @ point - right) ** 2)))

    @property
    def misfit(self) -> float:
        """How far slopes and multipliers disagree at best, relative."""
        return self._fitted[1] if self.limits else 0.0

    @cached_property
    def point(self) -> Array | None:
        """The multipliers, where the level axes leave only one choice; else None."""
        if not self.limits:
            return np.zeros(0)
        matrix, _ = self._level
        if self.misfit > LOOSEST or len(matrix) < len(self.limits):
            return None
        if np.trace(self._projection) < len(self.limits) - 0.5:
            return None
        return self._fitted[0] / self._sizes

    def left(self, axis: int) -> tuple[float, float] | None:
        """What one more, and the last, unit on an axis brings beyond what it takes of the limits.

        None where the multipliers are not known, or the slopes are not finite.
        """
        if self.point is None:
            return None
        ups, downs = self._tables if self.limits else (np.zeros((len(self.up), 0)),) * 2
        sides = (self.up[axis] - ups[axis] @ self.point, self.down[axis] - downs[axis] @ self.point)
        return sides if np.isfinite(sides).all() else None

    def range_of(self, combination: Array) -> tuple[float, float] | None:
        """Least and greatest value of a combination of the multipliers; None: they say nothing.

        Parameters
        ----------
        combination : factor on each limit's multiplier, shape (limits,)
        """
        if not len(self.limits) or not combination.any():
            return 0.0, 0.0
        wanted = combination / self._sizes
        if self._is_determined(wanted):
            point = float(wanted @ self._fitted[0])
            return (point, point) if self.misfit <= LOOSEST else None
        ends = [self._end(sign * wanted) for sign in (1.0, -1.0)]
        if ends[0] is None or ends[1] is None:
            return None
        return ends[0], -ends[1]

    def _is_determined(self, wanted: Array) -> bool:
        matrix, _ = self._level
        if len(matrix) == 0:
            return False
        rest = wanted - self._projection @ wanted
        return bool(np.linalg.norm(rest) <= SAME * np.linalg.norm(wanted))

    @cached_property
    def _projection(self) -> Array:
        """Onto the combinations that the level axes determine."""
        table = self._level[0] / self._sizes
        _, values, rows = np.linalg.svd(table, full_matrices=False)
        rows = rows[values > 1e-9 * values.max(initial=0.0)]
        return rows.T @ rows

    @cached_property
    def _inequalities(self) -> tuple[Array, Array]:
        """``table @ multipliers <= right``: no axis wants to rise, or to fall; each of size one."""
        ups, downs = self._tables
        rows, rights = [], []
        for table, gains, may in (
            (-ups, -self.up, self.can_rise),
            (downs, self.down, self.can_fall),
        ):
            scaled = table / self._sizes
            usable = may & np.isfinite(scaled).all(axis=1) & np.isfinite(gains)
            size = np.maximum(np.abs(scaled[usable]).max(axis=1), np.abs(gains[usable]))
            size = np.where(size > 0, size, 1.0)
            rows.append(scaled[usable] / size[:, None])
            rights.append(gains[usable] / size)
        return np.vstack(rows), np.concatenate(rights)

    @cached_property
    def _interval(self) -> tuple[float, float] | None:
        """Of one limit, between which ends its multiplier agrees with all axes; None: it cannot."""
        if len(self.limits) > 1:
            return None
        table, right = self._inequalities
        (low, high), slope = self._bounds[0], table[:, 0]
        rises, falls = slope > 0, slope < 0
        low = max(low, (right[falls] / slope[falls]).max(initial=-np.inf))
        high = min(high, (right[rises] / slope[rises]).min(initial=np.inf))
        return (low, high) if low <= high and (right[slope == 0] >= 0).all() else None

    @cached_property
    def _slack(self) -> float | None:
        """The least relative disagreement that any multipliers have."""
        table, right = self._inequalities
        if not len(right) or self._interval is not None:
            return 0.0
        from scipy.optimize import linprog

        wide = np.column_stack([table, -np.ones(len(right))])
        bounds = [*self._bounds.tolist(), (0.0, None)]
        found = linprog(np.append(np.zeros(table.shape[1]), 1.0), wide, right, bounds=bounds)
        return float(found.x[-1]) if found.status == 0 else None

    def _end(self, wanted: Array) -> float | None:
        """The least value of a combination."""
        if self._interval is not None:
            return float(min(wanted[0] * end for end in self._interval if wanted[0]))
        if self._slack is None or self._slack > LOOSEST:
            return None
        from scipy.optimize import linprog

        table, right = self._inequalities
        room = self._slack * (1 + 1e-6) + 1e-9
        found = linprog(wanted, table, right + room, bounds=self._bounds.tolist())
        if found.status == 3:
            return -np.inf
        return float(found.fun) if found.status == 0 else None
