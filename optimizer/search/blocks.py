"""A programme's blocks: the axes that hold together when a few rows are paid for instead of kept.

Followers belong to the axes that they follow (a channel's months, and the money that works in
them), and a row within one block belongs to it. What is left, a budget or a period's budget, ties
the blocks together: those rows get prices, and at given prices every block decides for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Index
from optimizer.program.program import Programme

Array = NDArray[np.floating]

MOST_AXES, MOST_SHARE = 40, 0.25  # of blocks that a rule joins; followers may make larger ones


@dataclass(frozen=True, eq=False)
class Block:
    """Axes of a programme and the rows that speak of them alone, as positions."""

    axes: Index
    rows: Index


@dataclass(frozen=True, eq=False)
class Blocks:
    """All blocks of a programme, and the rows that tie them together."""

    blocks: tuple[Block, ...]
    coupling: Index

    def joined(self, plans: list[Array]) -> Array:
        """One plan from those of all blocks."""
        found = np.zeros(sum(len(plan) for plan in plans))
        for block, plan in zip(self.blocks, plans, strict=True):
            found[block.axes] = plan
        return found


def blocks_of(programme: Programme) -> Blocks:
    """The blocks of a programme; each axis is in one, each row in one or among those that couple.

    Rows are taken from the shortest to the longest, and join what they speak of as long as no
    block grows beyond `MOST_AXES` and `MOST_SHARE` of all axes.
    """
    joined = _Joined(len(programme.curves))
    order = sorted(range(len(programme.rows)), key=lambda k: _rank(programme, k))
    most = min(MOST_AXES, MOST_SHARE * len(programme.curves))
    for number in order:
        row = programme.rows[number]
        heads = {joined.head(int(axis)) for axis in row.axes}
        if row.rule is None or len(heads) == 1 or joined.size(heads) <= most:
            joined.join(heads)
    head = np.array([joined.head(axis) for axis in range(len(programme.curves))])
    rows_of: dict[int, list[int]] = {int(each): [] for each in head}
    kept = []
    for number, row in enumerate(programme.rows):
        heads = set(head[row.axes].tolist())
        # A row that was too long when its turn came may lie in one block in the end.
        if len(heads) == 1:
            rows_of[heads.pop()].append(number)
        else:
            kept.append(number)
    found = tuple(
        Block(np.flatnonzero(head == each), np.array(rows, dtype=int))
        for each, rows in rows_of.items()
    )
    return Blocks(found, np.array(kept, dtype=int))


def _rank(programme: Programme, number: int) -> tuple[bool, int]:
    row = programme.rows[number]
    return row.rule is not None, len(row.axes)


class _Joined:
    """Disjoint sets of axes."""

    def __init__(self, count: int) -> None:
        self._above, self._sizes = list(range(count)), [1] * count

    def head(self, axis: int) -> int:
        while self._above[axis] != axis:
            self._above[axis] = self._above[self._above[axis]]
            axis = self._above[axis]
        return axis

    def size(self, heads: set[int]) -> int:
        return sum(self._sizes[head] for head in heads)

    def join(self, heads: set[int]) -> None:
        first, *others = sorted(heads)
        self._sizes[first] = self.size(heads)
        for other in others:
            self._above[other] = first


def part(programme: Programme, block: Block, prices: Array) -> Programme:
    """A block as a programme of its own, the rows that couple blocks paid for at their prices.

    Parameters
    ----------
    prices : objective per unit of each row's limit, shape (rows,); those of the block's own rows
        are not used
    """
    place = np.full(len(programme.curves), -1)
    place[block.axes] = np.arange(len(block.axes))
    spend, response = programme.spend_gain.copy(), programme.response_gain.copy()
    own = set(block.rows.tolist())
    for number in np.flatnonzero(prices):
        if int(number) not in own:
            row = programme.rows[number]
            np.subtract.at(spend, row.axes, prices[number] * row.spend)
            np.subtract.at(response, row.axes, prices[number] * row.response)
    rows = [programme.rows[number] for number in block.rows]
    axes = block.axes
    return replace(
        programme,
        curves=tuple(programme.curves[axis] for axis in axes),
        domains=tuple(programme.domains[axis] for axis in axes),
        spend_gain=spend[axes],
        response_gain=response[axes],
        rows=tuple(replace(row, axes=place[row.axes]) for row in rows),
        still=programme.still[axes],
        steps=programme.steps[axes],
        starts=(),
    )
