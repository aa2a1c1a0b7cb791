"""The master: what each problem gets of one budget, by the price of money.

Every problem's answers, joined by chords, are pieces of money with falling slopes. One price parts
what is worth its money from what is not; a group that has a least or a most amount has a price of
its own. The pieces above the price are bought, and of those on it as much as the money allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.across.budget_response import BudgetResponse

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Pool:
    """Problems that have an amount of money between two limits together, by their positions."""

    members: tuple[int, ...]
    least: float = 0.0
    most: float = np.inf


@dataclass(frozen=True, eq=False)
class Shares:
    """What each problem gets.

    Parameters
    ----------
    budget : money per problem
    price : what one more unit of money brings, objective units
    price_of : of each problem: its pool's own price, where a limit of it holds
    value : what the problems reach with it at least (on their chords)
    earned : what the prices earn on the money and on the pools' limits: with the answers of all
        problems at `price_of` it bounds every division
    """

    budget: Array
    price: float
    price_of: Array
    value: float
    earned: float

    def bound(self, answers: Sequence[float]) -> float:
        """No division is worth more.

        Parameters
        ----------
        answers : of each problem a bound on ``max_B V(B) - price_of * B``
        """
        return float(np.sum(answers)) + self.earned


@dataclass(frozen=True)
class Unreachable:
    """The money cannot be divided so: at least `least`, at most `most` can be spent.

    `pool` is the position of the pool whose own limits cannot be kept; None: the whole money's.
    """

    least: float
    most: float
    pool: int | None = None


def share_out(
    responses: Sequence[BudgetResponse], total: float, pools: Sequence[Pool] = ()
) -> Shares | Unreachable:
    """Divide money among problems so that together they reach the most.

    Parameters
    ----------
    total : spent in full
    pools : disjoint groups with limits of their own
    """
    pieces = _Pieces(responses)
    grouped = _grouped(len(responses), pools)
    sides = [_Side(pieces, pool) for pool in grouped]
    for number, side in enumerate(sides):
        if side.least > side.most * (1 + 1e-12):
            return Unreachable(side.reachable[0], side.reachable[1], number)
    least, most = (sum(getattr(side, end) for side in sides) for end in ("least", "most"))
    if not least * (1 - 1e-12) <= total <= most * (1 + 1e-12):
        return Unreachable(least, most)
    price = _price(pieces, sides, total)
    amounts = _amounts(sides, price, total)
    budget, price_of = pieces.low.copy(), np.full(len(responses), price)
    earned = price * total
    for side, amount in zip(sides, amounts, strict=True):
        own = side.spend_on(amount, budget, price)
        price_of[list(side.pool.members)] = own
        # What a pool's own price adds is paid on the limit that holds it there.
        if own > price:
            earned += (own - price) * min(side.pool.most, side.most)
        elif own < price:
            earned -= (price - own) * max(side.pool.least, side.least)
    value = sum(
        float(np.interp(amount, one.spend, one.value))
        for one, amount in zip(responses, budget, strict=True)
    )
    return Shares(budget, price, price_of, value, earned)


class _Pieces:
    """All problems' pieces of money: whose, how long, and what a unit of it brings."""

    def __init__(self, responses: Sequence[BudgetResponse]) -> None:
        self.low = np.array([one.low for one in responses])
        owners, lengths, slopes = [], [], []
        for number, one in enumerate(responses):
            hull = _hull(one.spend, one.value)
            length = np.diff(one.spend[hull])
            owners.append(np.full(len(length), number))
            lengths.append(length)
            slopes.append(np.divide(np.diff(one.value[hull]), length))
        self.owner = np.concatenate(owners) if owners else np.empty(0, dtype=int)
        self.length = np.concatenate(lengths) if lengths else np.empty(0)
        self.slope = np.concatenate(slopes) if slopes else np.empty(0)


def _hull(spend: Array, value: Array) -> NDArray[np.integer]:
    """Positions of the points on the concave hull from above, by rising spend."""
    kept: list[int] = []
    for k in range(len(spend)):
        if kept and spend[k] - spend[kept[-1]] <= 1e-12 * max(abs(spend[k]), 1e-300):
            if value[k] <= value[kept[-1]]:
                continue
            kept.pop()
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            left = (value[b] - value[a]) * (spend[k] - spend[b])
            right = (value[k] - value[b]) * (spend[b] - spend[a])
            if left > right:
                break
            kept.pop()
        kept.append(k)
    return np.array(kept, dtype=int)


class _Side:
    """One pool's pieces, the most worth first."""

    def __init__(self, pieces: _Pieces, pool: Pool) -> None:
        self.pool, self.pieces = pool, pieces
        is_member = np.zeros(len(pieces.low), dtype=bool)
        is_member[list(pool.members)] = True
        own = np.flatnonzero(is_member[pieces.owner])
        # Of equal slopes a problem's own order must stay: stable, and pieces come by rising money.
        self.order = own[np.argsort(-pieces.slope[own], kind="stable")]
        self.slopes = pieces.slope[self.order]
        base = float(pieces.low[is_member].sum())
        self.money = base + np.concatenate([[0.0], np.cumsum(pieces.length[self.order])])
        self.reachable = (base, float(self.money[-1]))
        self.least = max(base, pool.least)
        self.most = min(float(self.money[-1]), pool.most)

    def worth(self, price: float, is_strict: bool) -> float:
        """Money in pieces that bring more than a price (or as much), within the limits."""
        side = "left" if is_strict else "right"
        count = int(np.searchsorted(-self.slopes, -price, side=side))
        return float(np.clip(self.money[count], self.least, self.most))

    def spend_on(self, amount: float, budget: Array, price: float) -> float:
        """Buy the most worth pieces with an amount; the pool's price."""
        count = int(np.searchsorted(self.money, amount, side="right")) - 1
        count = min(count, len(self.order))
        whole = self.order[:count]
        np.add.at(budget, self.pieces.owner[whole], self.pieces.length[whole])
        rest = amount - self.money[count]
        rest = rest if rest > 1e-12 * abs(amount) else 0.0
        if count < len(self.order) and rest > 0:
            budget[self.pieces.owner[self.order[count]]] += rest
        if not len(self.slopes):
            return price
        # Between the piece bought last and the next one every price divides alike.
        above = self.slopes[count - 1] if count else np.inf
        below = self.slopes[count] if count < len(self.slopes) else -np.inf
        if rest > 0 and count < len(self.slopes):
            above = below
        return float(np.clip(price, below, above))


def _price(pieces: _Pieces, sides: Sequence[_Side], total: float) -> float:
    """The lowest price at which what is strictly worth more does not exceed the money."""
    prices = np.unique(pieces.slope)
    if not len(prices):
        return 0.0
    first, last = 0, len(prices) - 1
    while first < last:
        middle = (first + last) // 2
        if sum(side.worth(prices[middle], True) for side in sides) <= total:
            last = middle
        else:
            first = middle + 1
    return float(prices[first])


def _amounts(sides: Sequence[_Side], price: float, total: float) -> list[float]:
    """Each pool's money: what is worth more than the price, and of what is worth it the rest."""
    amounts = [side.worth(price, True) for side in sides]
    rest = total - sum(amounts)
    for number, side in enumerate(sides):
        more = min(max(rest, 0.0), side.worth(price, False) - amounts[number])
        amounts[number] += more
        rest -= more
    return amounts


def _grouped(count: int, pools: Sequence[Pool]) -> list[Pool]:
    """The pools, and one more of all that are in none."""
    taken = {member for pool in pools for member in pool.members}
    assert len(taken) == sum(len(pool.members) for pool in pools), "pools are disjoint"
    others = tuple(number for number in range(count) if number not in taken)
    return [*pools, *([Pool(others)] if others else [])]
