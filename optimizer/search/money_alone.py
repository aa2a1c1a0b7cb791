"""Many problems at once in which one amount of money alone ties the channels together.

The price at which the money is spent is found for all problems together, and with it a bound on
every plan. Only a channel that jumps there, between its lower end and its concave part, leaves a
gap: its interval is cut in two, and both parts are looked at in turn (Udell and Boyd, *Maximizing a
sum of sigmoids*, 2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import Bank, Index
from optimizer.program.program import Programme
from optimizer.search.incumbent import Sandwich
from optimizer.search.money_price import Balanced, Channels, Parts, balanced

Array = NDArray[np.floating]

MOST_WAVES, MOST_PARTS = 8, 12  # of cutting, and parts of one problem that wait for the next
ROUNDING = 1e-9  # part of the money that intervals may miss


def is_for(programme: Programme) -> bool:
    """Whether money alone ties the axes: one interval each, and no row but those on all money."""
    every = len(programme.curves)
    return (
        programme.money is not None
        and all(len(intervals) == 1 for intervals in programme.domains)
        and not programme.steps.any()
        and all(
            len(row.axes) == every
            and not row.counts_still
            and not row.response.any()
            and bool((row.spend == 1).all())
            for row in programme.rows
        )
        and bool(programme.bank.knows_slopes.all())
        and bool((programme.response_gain >= 0).all())
    )


def best_splits(
    programmes: Sequence[Programme], gap: float, references: Sequence[float]
) -> list[Sandwich]:
    """The best plan of each programme with its proof, all of them at once.

    Of a few the gap asked for may stay open (status "round_limit"): their plan and bound are a
    start for the general search.

    Parameters
    ----------
    programmes : each one that `is_for` says yes to
    gap : relative optimality gap to prove, fraction
    references : by programme, the size of an objective below which a gap would mean nothing
    """
    channels, parts = _together(programmes)
    count, ends = len(programmes), np.append(parts.starts, len(parts.axis))
    value, closed, price = np.full(count, -np.inf), np.full(count, -np.inf), np.zeros(count)
    root, spend = np.full(count, np.inf), np.zeros(len(parts.axis))
    size = np.asarray(references, dtype=float)
    for wave in range(MOST_WAVES):
        parts = _possible(parts)
        if not len(parts.of):
            break
        found = balanced(channels, parts)
        bound = np.minimum(parts.bound, found.bound)
        if wave == 0:
            root[parts.of] = bound
        for tried, plan, at in _plans(channels, parts, found):
            reached, stops = channels.value(tried, plan), np.append(tried.starts, len(plan))
            for k in np.flatnonzero(reached > value[tried.of]):
                of = tried.of[k]
                if reached[k] > value[of]:
                    value[of], price[of] = reached[k], at[k]
                    spend[ends[of] : ends[of + 1]] = plan[stops[k] : stops[k + 1]]
        known = np.where(np.isfinite(value), np.abs(value), 0.0)
        room = gap * np.maximum(known, size)
        has_jump = np.logical_or.reduceat(found.jumps, parts.starts)
        is_open = has_jump & (bound > (value + room)[parts.of])
        is_open &= np.bincount(parts.of[is_open], minlength=count)[parts.of] <= MOST_PARTS
        np.maximum.at(closed, parts.of[~is_open], bound[~is_open])
        parts = _halves(replace(parts, bound=bound), found, np.flatnonzero(is_open))
    np.maximum.at(closed, parts.of, parts.bound)
    return [
        _told(programme, spend[ends[k] : ends[k + 1]], float(value[k]), float(closed[k]),
              float(price[k]), float(root[k]), gap, float(size[k]))
        for k, programme in enumerate(programmes)
    ]  # fmt: skip


def _together(programmes: Sequence[Programme]) -> tuple[Channels, Parts]:
    """All channels of all problems, each problem one part."""
    of = np.arange(len(programmes))
    one = programmes[0]
    bank = one.bank if len(of) == 1 else Bank([c for each in programmes for c in each.curves])
    ends = np.array([interval for each in programmes for (interval,) in each.domains])
    money = [
        (
            max(0.0, *(row.lower for row in each.rows)),
            min(row.upper for row in each.rows),
        )
        for each in programmes
    ]
    least, most = np.array(money).T
    channels = Channels(
        bank,
        np.concatenate([each.response_gain for each in programmes]),
        np.concatenate([each.spend_gain for each in programmes]),
    )
    part = np.repeat(of, [len(each.curves) for each in programmes])
    unknown = np.full(len(of), np.inf)
    low, high = ends.T.copy()
    return channels, Parts(of, unknown, least, most, np.arange(len(part)), part, low, high)


def _possible(parts: Parts) -> Parts:
    """Without the parts whose intervals cannot spend what has to be, or not as little."""
    if not len(parts.of):
        return parts
    lowest, highest = parts.total(parts.low), parts.total(parts.high)
    room = ROUNDING * parts.most
    fits = (lowest <= parts.most + room) & (highest >= parts.least - room)
    return parts if fits.all() else parts.chosen(np.flatnonzero(fits))


def _next(parts: Parts, found: Balanced) -> tuple[NDArray[np.bool_], Index, Array]:
    """Which jumps the money left pays for, the one of each part that it pays in part, and how far.

    Parameters
    ----------
    parts : each with a jump
    """
    amounts = np.where(found.jumps, found.more - found.spend, 0.0)
    running = np.cumsum(amounts)
    before = running - amounts
    before -= before[parts.starts][parts.part]
    left = found.left[parts.part]
    fits = found.jumps & (before + amounts <= left * (1 + 1e-12))
    order = np.where(found.jumps, np.where(fits, 1, 2), 0)
    wanted = np.maximum.reduceat(order, parts.starts)[parts.part]  # 1: all of them fit
    entries = np.flatnonzero(found.jumps & (order == wanted))
    _, first = np.unique(parts.part[entries], return_index=True)
    chosen = entries[first]
    share = np.clip((left - before)[chosen] / amounts[chosen], 0.01, 0.99)
    return fits, chosen, parts.low[chosen] + share * amounts[chosen]


def _of(found: Balanced, parts: Parts, rows: Index) -> tuple[Parts, Balanced]:
    """Some of the parts with what was found for them."""
    kept = np.isin(parts.part, rows)
    return parts.chosen(rows), Balanced(
        found.price[rows], found.bound[rows], found.spend[kept], found.more[kept],
        found.left[rows], found.stays[kept], found.jumps[kept],
    )  # fmt: skip


def _plans(
    channels: Channels, parts: Parts, found: Balanced
) -> Iterator[tuple[Parts, Array, Array]]:
    """Plans of the parts, with their prices: with every jump either made or not."""
    has_jump = np.logical_or.reduceat(found.jumps, parts.starts)
    for rows in (np.flatnonzero(~has_jump),):
        if rows.size:
            own, calm = _of(found, parts, rows)
            yield own, calm.between(own), calm.price
    rows = np.flatnonzero(has_jump)
    if not rows.size:
        return
    own, jumpy = _of(found, parts, rows)
    fits, following, _ = _next(own, jumpy)
    start = np.clip(channels.bank.concave_from[own.axis], own.low, own.high)
    for further in (False, True):
        on = ~jumpy.stays | fits
        on[following] = further
        low, high = np.where(on, start, own.low), np.where(on, own.high, own.low)
        fixed = _possible(replace(own, low=low, high=high))
        if len(fixed.of):
            level = balanced(channels, fixed)
            yield fixed, level.between(fixed), level.price


def _halves(parts: Parts, found: Balanced, rows: Index) -> Parts:
    """Some parts, each cut in two where the jump that its money pays in part would end."""
    own, jumpy = _of(found, parts, rows)
    if not rows.size:
        return own
    _, entries, cut = _next(own, jumpy)
    low, high = own.low.copy(), own.high.copy()
    high[entries] = low[entries] = cut
    return replace(own, high=high).beside(replace(own, low=low))


def _told(
    programme: Programme, spend: Array, value: float, bound: float, price: float, root: float,
    gap: float, size: float,
) -> Sandwich:  # fmt: skip
    """One problem's answer."""
    if not np.isfinite(value):
        return Sandwich("infeasible" if np.isinf(root) else "round_limit", np.empty(0))
    prices = np.zeros(len(programme.rows))
    of_rows = [row.upper if price > 0 else -row.lower for row in programme.rows]
    prices[int(np.argmin(of_rows))] = price
    found = Sandwich(
        "round_limit", np.empty(0), bound=bound, reference=size, iterations=1
    ).or_better(programme, spend, prices, 1e-9)
    if not found.spend.size:
        return found
    found = replace(found, bound=max(found.bound, found.value))
    is_convex = root - found.value <= gap * found.size
    status = "optimal" if found.gap <= gap else "round_limit"
    return replace(found, status=status, is_convex=is_convex)
