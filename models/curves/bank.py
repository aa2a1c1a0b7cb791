"""Many curves evaluated at once: one NumPy call per family instead of one per curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.curves.composed import Average, Tabulated
from models.curves.families import Curve, Linear

Array = NDArray[np.floating]
Index = NDArray[np.integer]


@dataclass(frozen=True)
class _Group:
    """Curves of one family and number of draws; parameters of shape (curves, 1, draws)."""

    family: type[Curve]
    parameters: tuple[Array, ...]

    @property
    def draws(self) -> int:
        return self.parameters[0].shape[-1]


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
        self._groups: list[_Group | None] = []
        self._build()
        zero = np.zeros((len(curves), 1))
        self.is_straight = np.array([isinstance(curve, Linear) for curve in curves])
        self.is_vertical = np.isinf(self.marginal(np.arange(len(curves)), zero)[:, 0])

    def __len__(self) -> int:
        return len(self.curves)

    def _build(self) -> None:
        members: dict[tuple, list[int]] = {}
        for position, curve in enumerate(self.curves):
            if isinstance(curve, Average):
                key = (curve.of, len(curve.draws))
            elif isinstance(curve, Tabulated):
                key = (Tabulated, position)
            else:
                key = (type(curve), 1)
            members.setdefault(key, []).append(position)
        for number, ((family, _), positions) in enumerate(members.items()):
            self._group_of[positions] = number
            self._slot_of[positions] = np.arange(len(positions))
            chosen = [self.curves[position] for position in positions]
            if family is Tabulated:
                self._groups.append(None)
                self.convex_until[positions] = [curve.convex_until for curve in chosen]
                self.concave_from[positions] = [curve.concave_from for curve in chosen]
                continue
            rows = [
                curve.draws if isinstance(curve, Average) else [curve.values()] for curve in chosen
            ]
            stacked = np.asarray(rows, dtype=float)  # (curves, draws, parameters)
            parameters = tuple(stacked[:, None, :, k] for k in range(stacked.shape[2]))
            turns = np.broadcast_to(family.turning_point(*parameters), parameters[0].shape)
            self.convex_until[positions] = turns.min(axis=(1, 2))
            self.concave_from[positions] = turns.max(axis=(1, 2))
            self._groups.append(_Group(family, parameters))

    def _apply(self, method: str, index: Index, *spends: Array) -> list[Array]:
        """Call a curve method on rows of spends, shape (rows, points), row r for curve index[r]."""
        if len(self._groups) == 1 and self._groups[0] is not None:
            results = _evaluate(self._groups[0], self._slot_of[index], method, list(spends))
            return list(results) if isinstance(results, tuple) else [results]
        outputs: list[Array] = []
        groups = self._group_of[index]
        for number in np.flatnonzero(np.bincount(groups)):
            rows = np.flatnonzero(groups == number)
            group = self._groups[number]
            chosen = [spend[rows] for spend in spends]
            if group is None:
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
