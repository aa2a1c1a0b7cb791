"""Branch and bound on the price of money, where the budget alone ties the channels together.

At a price of money every channel decides for itself. The price at which they spend the budget
bounds every plan, and at most one channel is then left inside the straight part of its envelope:
its interval is cut there, and both parts are looked at in turn (Udell and Boyd, *Maximizing a sum
of sigmoids*, 2013). No linear programme is solved. Where other rules bind too, the plans found
here break them and count for nothing; the bound holds all the same.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, envelope, make_grid, nearest_points, straight_end
from optimizer.relaxation.solver import Clock, Settings
from optimizer.search.incumbent import Sandwich
from optimizer.search.initial_grid import greedy
from optimizer.search.lagrangian import dual
from optimizer.search.newton import polish, respond
from optimizer.search.rounds import Round, concave_part

Array = NDArray[np.floating]

MOST_NODES = 300
MOST_PASSES = 4  # prices tried at a node, each from lines nearer to the curves
BESIDE = 3  # touching points that a node keeps on each side of what it would spend


@dataclass(frozen=True, eq=False)
class _Node:
    """Channels kept to parts of their intervals, one piece per axis.

    Parameters
    ----------
    bound : no plan of the node is better, objective units
    ideal : spend per axis at the node's price of money, where its lines touch the curves
    axis, cut : the axis inside the straight part of its envelope, and where; -1: none is
    """

    grid: Grid
    bound: float
    ideal: Array
    axis: int
    cut: float


def is_for(programme: Programme) -> bool:
    """Whether a price of money alone can be looked for: one interval per axis, no steps."""
    return (
        programme.money is not None
        and all(len(intervals) == 1 for intervals in programme.domains)
        and not programme.has_response_rows
        and not programme.has_counts
        and not programme.steps.any()
    )


def by_price(
    programme: Programme, grid: Grid, best: Sandwich, settings: Settings, clock: Clock
) -> tuple[Sandwich, Array]:
    """The best plan found and the lowest bound proven, and where the lines should touch.

    Ends when the gap is proven, time or nodes run out, or other rules turn out to bind.
    """
    best, root = _node(programme, grid, best, settings)
    queue, count, stuck = [(-root.bound, 0, root)], 1, -np.inf
    while queue and count < MOST_NODES:
        bound = max(-queue[0][0], stuck, best.value)
        best = replace(best, bound=min(best.bound, bound))
        if best.gap <= settings.gap or clock.is_over or _is_bound_by_others(programme, best):
            return best, root.ideal
        _, _, node = heapq.heappop(queue)
        if node.axis < 0:
            stuck = max(stuck, node.bound)
            continue
        for child in _halves(programme, node):
            best, found = _node(programme, child, best, settings)
            count += 1
            if found.bound > best.value:
                heapq.heappush(queue, (-found.bound, count, found))
    if not queue:
        best = replace(best, bound=min(best.bound, max(stuck, best.value)))
    return best, root.ideal


def _is_bound_by_others(programme: Programme, best: Sandwich) -> bool:
    """No plan at a price of money alone keeps the rules, and there are other rows to blame."""
    return not best.spend.size and any(
        np.isfinite([row.lower, row.upper]).any()
        for number, row in enumerate(programme.rows)
        if number != programme.money
    )


def _node(
    programme: Programme, grid: Grid, best: Sandwich, settings: Settings
) -> tuple[Sandwich, _Node]:
    """Bound the plans of a node, and try the plan that its price asks for."""
    bank, axes = programme.bank, np.arange(len(programme.curves))
    bound, axis, cut, ideal = np.inf, -1, 0.0, grid.low
    lines = envelope(bank, grid)
    for _ in range(MOST_PASSES):
        rest = programme.budget - grid.low.sum()
        filled, price = greedy(lines, programme.spend_gain, programme.response_gain, rest)
        axis, sag = _sagging(programme, grid, filled)
        spend, cut = filled.copy(), float(filled[axis])
        if axis >= 0:
            ends = grid.low[axis], grid.straight[axis]
            spend[axis] = ends[int(cut - ends[0] > 0.5 * (ends[1] - ends[0]))]
        prices = np.zeros(len(programme.rows))
        prices[programme.money] = price
        low = np.clip(np.maximum(bank.concave_from, grid.straight), grid.low, grid.high)
        ideal = respond(programme, prices, low, grid.high, np.clip(filled, low, grid.high))[0]
        tried: list[tuple[Array, Array]] = [(ideal, prices)]
        found = Round(spend, axes, bound, prices, 0)
        polished = polish(programme, *concave_part(programme, grid, found), spend, prices)
        if polished is not None:
            best = best.or_better(programme, polished.spend, polished.prices, settings.rounding)
            tried.append((polished.spend, polished.prices))
        touched = [nearest_points(grid.points, ideal, BESIDE), *(spend for spend, _ in tried)]
        points = np.column_stack(touched)
        grid = make_grid(bank, axes, grid.low, grid.high, points, grid.straight)
        lines = envelope(bank, grid)
        bound = min(bound, *(dual(programme, grid, lines, at).bound for _, at in tried))
        excess = bound - best.value
        if excess <= settings.refinement * best.size or sag > 0.3 * excess:
            break
    return best, _Node(grid, bound, ideal, axis, cut)


def _sagging(programme: Programme, grid: Grid, spend: Array) -> tuple[int, float]:
    """The axis whose curve lies farthest below the straight part of its envelope, and how far.

    No axis, -1, where none spends inside that part.
    """
    bank = programme.bank
    table = bank.response(grid.axis, np.column_stack([grid.low, spend, grid.straight]))
    inside = (grid.low < spend) & (spend < grid.straight)
    width = np.where(inside, grid.straight - grid.low, 1.0)
    chord = table[:, 0] + (table[:, 2] - table[:, 0]) * (spend - grid.low) / width
    sag = np.where(inside, programme.response_gain * (chord - table[:, 1]), 0.0)
    most = int(sag.argmax())
    return (most, float(sag[most])) if sag[most] > 0 else (-1, 0.0)


def _halves(programme: Programme, node: _Node) -> list[Grid]:
    """The node with its axis kept below the cut, and above it; without what cannot spend enough."""
    assert programme.money is not None
    row, grid, axis = programme.rows[programme.money], node.grid, np.array([node.axis])
    halves = []
    for side in (0, 1):
        low, high, straight = grid.low.copy(), grid.high.copy(), grid.straight.copy()
        (high if side == 0 else low)[axis] = node.cut
        straight[axis] = straight_end(programme.bank, axis, low[axis], high[axis])
        if low.sum() <= row.upper and high.sum() >= row.lower:
            points = np.clip(grid.points, low[:, None], high[:, None])
            halves.append(make_grid(programme.bank, grid.axis, low, high, points, straight))
    return halves
