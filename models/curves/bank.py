"""Many curves at once: one NumPy call per family instead of one per curve.

`Bank` evaluates each curve at spends of its own, `responses` and `marginals` all of them at the
same spends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.curves.composed import Average, Tabulated
from models.curves.families import Curve, Linear

Array = NDArray[np.floating]
Index = NDArray[np.integer]


def responses(curves: Sequence[Curve], spend: ArrayLike) -> Array:
    """Response per fit period of each curve at each spend, shape (curves, spends)."""
    return _each(curves, spend, "formula", "response")


def marginals(curves: Sequence[Curve], spend: ArrayLike) -> Array:
    """Slope of each curve at each spend, shape (curves, spends)."""
    return _each(curves, spend, "derivative", "marginal")


def elasticities(curves: Sequence[Curve], spend: float) -> Array:
    """By how many per cent each response rises for one per cent more spend, shape (curves,)."""
    return marginals(curves, spend)[:, 0] * spend / responses(curves, spend)[:, 0]


def _each(curves: Sequence[Curve], spend: ArrayLike, by_family: str, by_curve: str) -> Array:
    x = np.atleast_1d(np.asarray(spend, dtype=float))
    found = np.empty((len(curves), len(x)))
    for group in _groups(curves):
        if group.is_tabulated:
            found[group.positions] = getattr(curves[group.positions[0]], by_curve)(x)
        else:
            formula = getattr(group.family, by_family)
            found[group.positions] = _mean(formula(x[:, None], *group.parameters))
    return found


@dataclass(frozen=True)
class _Group:
    """Curves of one family and number of draws; a tabulated curve is a group of its own.

    Parameters
    ----------
    positions : where they stand among all curves
    parameters : of shape (curves, 1, draws); of a tabulated curve none
    """

    family: type[Curve]
    positions: Index
    parameters: tuple[Array, ...]

    @property
    def is_tabulated(self) -> bool:
        return not self.parameters


def _groups(curves: Iterable[Curve]) -> list[_Group]:
    members: dict[tuple, list[tuple[int, Curve]]] = {}
    for position, curve in enumerate(curves):
        if isinstance(curve, Average):
            key = (curve.of, len(curve.draws))
        elif isinstance(curve, Tabulated):
            key = (Tabulated, position)
        else:
            key = (type(curve), None)
        members.setdefault(key, []).append((position, curve))
    return [
        _Group(
            family,
            np.array([position for position, _ in chosen]),
            _parameters(family, [curve for _, curve in chosen]),
        )
        for (family, _), chosen in members.items()
    ]


def _parameters(family: type[Curve], curves: list[Curve]) -> tuple[Array, ...]:
    if family is Tabulated:
        return ()
    if isinstance(curves[0], Average):
        stacked = np.stack([curve.draws for curve in curves if isinstance(curve, Average)])
        return tuple(stacked[:, None, :, k] for k in range(stacked.shape[2]))
    # By name in C: asking each curve for its values costs more than evaluating it.
    return tuple(
        np.fromiter(map(attrgetter(field.name), curves), float)[:, None, None]
        for field in fields(family)
    )


class Bank:
    """The curves of a problem, addressed by their position.

    Parameters
    ----------
    curves : one per axis, in plan units; `is_vertical` tells which have an infinite slope at zero
    """

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.curves = tuple(curves)
        self.convex_until, self.concave_from = np.zeros((2, len(curves)))
        self._group_of = np.empty(len(curves), dtype=int)
        self._slot_of = np.empty(len(curves), dtype=int)
        self._groups = _groups(curves)
        for number, group in enumerate(self._groups):
            self._group_of[group.positions] = number
            self._slot_of[group.positions] = np.arange(len(group.positions))
            if group.is_tabulated:
                (position,) = group.positions
                self.convex_until[position] = self.curves[position].convex_until
                self.concave_from[position] = self.curves[position].concave_from
            else:
                turns = np.broadcast_to(
                    group.family.turning_point(*group.parameters), group.parameters[0].shape
                )
                self.convex_until[group.positions] = turns.min(axis=(1, 2))
                self.concave_from[group.positions] = turns.max(axis=(1, 2))
        zero = np.zeros((len(curves), 1))
        self.is_straight = np.array([isinstance(curve, Linear) for curve in curves])
        self.is_vertical = np.isinf(self.marginal(np.arange(len(curves)), zero)[:, 0])

    def __len__(self) -> int:
        return len(self.curves)

    def _apply(self, method: str, index: Index, *spends: Array) -> list[Array]:
        """Call a curve method on rows of spends, shape (rows, points), row r for curve index[r]."""
        if len(self._groups) == 1 and not self._groups[0].is_tabulated:
            results = _evaluate(self._groups[0], self._slot_of[index], method, list(spends))
            return list(results) if isinstance(results, tuple) else [results]
        outputs: list[Array] = []
        groups = self._group_of[index]
        for number in np.flatnonzero(np.bincount(groups)):
            rows = np.flatnonzero(groups == number)
            group = self._groups[number]
            chosen = [spend[rows] for spend in spends]
            if group.is_tabulated:
                curve = self.curves[index[rows[0]]]
                results = getattr(curve, method)(*chosen)
            else:
                slots = self._slot_of[index[rows]]
                results = _evaluate(group, slots, method, chosen)
            results = results if isinstance(results, tuple) else (results,)
            if not outputs:
                outputs = [np.empty(spends[0].shape) for _ in results]
            for output, result in zip(outputs, results, strict=True):
                output[rows] = result
        return outputs

    def response(self, index: Index, spend: Array) -> Array:
        """Responses, shape (rows, points), of curve index[r] at spend[r]."""
        return self._apply("response", index, spend)[0]

    def marginal(self, index: Index, spend: Array) -> Array:
        """Slopes, shape (rows, points), of curve index[r] at spend[r]."""
        return self._apply("marginal", index, spend)[0]

    def spend_of_slope(self, index: Index, slope: Array) -> Array:
        """Largest spend, shape (rows, points), at which the concave part of curve index[r] is still
        as steep as slope[r] > 0; of curves that are `knows_slopes`."""
        return self._apply("spend_of_slope", index, slope)[0]

    @cached_property
    def knows_slopes(self) -> NDArray[np.bool_]:
        """Which curves turn once, if at all, and tell where they have a slope."""
        is_mean = np.array([isinstance(curve, Average) for curve in self.curves], dtype=bool)
        return ~is_mean & (self.convex_until >= self.concave_from)

    def marginal_range(self, index: Index, low: Array, high: Array) -> tuple[Array, Array]:
        """Least and greatest slope of curve index[r] on each interval [low[r], high[r]]."""
        least, greatest = self._apply("marginal_range", index, low, high)
        return least, greatest

    def knots(self, index: Index) -> Array:
        """Spends at which each curve bends, shape (rows, most bends); zeros stand for none."""
        bends = [
            curve.spends if isinstance(curve, Tabulated) else np.empty(0) for curve in self.curves
        ]
        table = np.zeros((len(self), max(len(spends) for spends in bends)))
        for row, spends in zip(table, bends, strict=True):
            row[: len(spends)] = spends
        return table[index]

    def straight_around(self, spend: Array) -> tuple[Array, Array]:
        """Ends of the straight line that each tabulated curve is around a spend, shape (curves,).

        Nothing, minus and plus infinity, for other curves; the spend itself where it bends.
        """
        low, high = np.full(len(self), -np.inf), np.full(len(self), np.inf)
        for position, curve in enumerate(self.curves):
            if isinstance(curve, Tabulated):
                bends, amount = np.asarray(curve.spends), spend[position]
                near = bends[np.abs(bends - amount) <= 1e-9 * bends[-1]]
                low[position] = near[0] if near.size else bends[bends < amount].max(initial=0.0)
                above = bends[bends > amount]
                high[position] = near[0] if near.size else above.min(initial=np.inf)
        return low, high

    def at(self, spend: Array) -> tuple[Array, Array]:
        """Response and slope of every curve at one spend each, shape (curves,)."""
        index = np.arange(len(self))
        column = np.asarray(spend, dtype=float)[:, None]
        return self.response(index, column)[:, 0], self.marginal(index, column)[:, 0]


def _evaluate(group: _Group, slots: Index, method: str, spends: list[Array]):
    parameters = [parameter[slots] for parameter in group.parameters]
    family = group.family
    if method == "response":
        return _mean(family.formula(spends[0][..., None], *parameters))
    if method == "marginal":
        return _mean(family.derivative(spends[0][..., None], *parameters))
    if method == "spend_of_slope":
        return family.spend_of_slope(spends[0][..., None], *parameters)[..., 0]
    low, high = spends[0][..., None], spends[1][..., None]
    turn = np.asarray(family.turning_point(*parameters))
    ends = np.minimum(family.derivative(low, *parameters), family.derivative(high, *parameters))
    peak = family.derivative(np.clip(turn, low, high), *parameters)
    return _mean(ends), _mean(peak)


def _mean(draws: Array) -> Array:
    return draws[..., 0] if draws.shape[-1] == 1 else draws.mean(axis=-1)
