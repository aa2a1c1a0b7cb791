"""The last gap where spends come in steps: the plan's own step, and what lies below and above it.

A curve that starts vertically makes a response of the least money: what a solver's tolerance
leaves beside a spend in steps may lift a bound by tenths of a per cent. With the spend fixed, what
is left is known to the last digit, and the bounds of the other channels follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.domains import ROUNDING, Domain, intersect
from optimizer.program.program import Programme
from optimizer.search.incumbent import Sandwich

Array = NDArray[np.floating]


def by_step(
    programme: Programme, best: Sandwich, solve: Callable[[Programme], Sandwich]
) -> Sandwich:
    """The best of the parts around a plan, bounded by all of them.

    Parameters
    ----------
    best : a plan whose gap is open
    solve : a search of one part
    """
    axis = int(np.flatnonzero(programme.steps)[0])
    found = [solve(part) for part in _parts(programme, axis, float(best.spend[axis]))]
    open_ = [each for each in found if each.status != "infeasible"]
    bound = min(best.bound, max((each.bound for each in open_), default=best.value))
    winner = max([best, *open_], key=lambda each: each.value)
    best = replace(winner, bound=float(max(bound, winner.value)), iterations=best.iterations)
    return replace(best, reference=best.reference, prices=None)


def _parts(programme: Programme, axis: int, spend: float) -> Iterator[Programme]:
    """The programme with one axis at a spend, below it, and above it."""
    step, most = float(programme.steps[axis]), max(programme.high[axis], spend)
    own, below = ((spend, spend),), ((0.0, spend - 0.5 * step),)
    for interval in (own, below, ((spend + 0.5 * step, most),)):
        domains = list(programme.domains)
        domains[axis] = intersect(domains[axis], interval) if interval != own else own
        steps = programme.steps.copy()
        steps[axis] = 0.0 if interval == own else step
        yield _tightened(replace(programme, domains=tuple(domains), steps=steps))


def _tightened(programme: Programme) -> Programme:
    """With no axis higher than the lowest spends of the others leave it in a limit on money."""
    if programme.is_empty:
        return programme
    low, high = programme.low, programme.high.copy()
    for row in programme.rows:
        if row.counts_still or row.response.any() or (row.spend < 0).any():
            continue
        if np.isfinite(row.upper):
            rest = row.upper - row.spend @ low[row.axes]
            rest = 0.0 if rest <= ROUNDING * abs(row.upper) else rest
            free = row.spend > 0
            ends = low[row.axes][free] + rest / row.spend[free]
            high[row.axes[free]] = np.minimum(high[row.axes[free]], ends)
    domains: list[Domain] = [
        intersect(domain, ((0.0, float(top)),))
        for domain, top in zip(programme.domains, high, strict=True)
    ]
    return replace(programme, domains=tuple(domains))
