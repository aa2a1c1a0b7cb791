"""What a problem makes of any budget, proven: its answers to prices of money.

At a price p of money a problem does best at ``max_B V(B) - p B``, where V(B) is its optimum with a
budget B. Each answer is a point (B, V(B)) and a line ``D(p) + p B`` that V nowhere exceeds (weak
duality): together a concave curve from below and one from above. Where V is concave the two meet as
the prices get closer; of S-curves the answers skip what no price reaches.

Source: Everett, *Generalized Lagrange multiplier method* (1963); the refinement of a problem with
rules on several channels follows Rote, *The convergence rate of the sandwich algorithm* (1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Problem
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.program import Programme, times
from optimizer.relaxation.solver import Settings
from optimizer.search.sandwich import sandwich

Array = NDArray[np.floating]

COARSE, FINE = 16, 48  # prices of a problem whose channels answer by themselves: all at once
ANSWERS = 14  # of one whose rules join channels: each a search of its own
HALVINGS = 48
NEAR = 1e-5  # relative gap of an answer, and of the curve from above to that from below


@dataclass(frozen=True, eq=False)
class BudgetResponse:
    """Answers to prices, from the highest price to the lowest: the budget rises, shape (answers,).

    Parameters
    ----------
    price : objective per unit of money
    spend, value : the best plan's money and objective at that price
    bound : ``V(B) - price * B`` is nowhere greater
    """

    price: Array
    spend: Array
    value: Array
    bound: Array

    @property
    def low(self) -> float:
        """The least budget with a plan, as far as prices reach."""
        return float(self.spend[0])

    @property
    def high(self) -> float:
        """The most money that can be spent."""
        return float(self.spend[-1])

    def bound_at(self, price: float) -> float:
        """Above ``max_B V(B) - price * B``: that is convex in the price, so chords lie above it."""
        prices, bounds = self.price[::-1], self.bound[::-1]
        if price >= prices[-1]:  # beyond the highest only the least budget is left
            return float(bounds[-1] - (price - prices[-1]) * self.low)
        if price <= prices[0]:
            return float(bounds[0] + (prices[0] - price) * self.high)
        return float(np.interp(price, prices, bounds))

    def with_answers(self, other: BudgetResponse) -> BudgetResponse:
        """With further answers to other prices."""
        pairs = ("price", "spend", "value", "bound")
        every = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in pairs
        }
        return in_order(**every)

    def above(self, budget: float) -> float:
        """No plan with this budget has a greater objective."""
        return float(np.min(self.bound + self.price * budget))


def in_order(price: Array, spend: Array, value: Array, bound: Array) -> BudgetResponse:
    """Answers in any order, each price once."""
    _, first = np.unique(-price, return_index=True)
    # A plan within its gap may be a hair out of order.
    order = np.argsort(spend[first], kind="stable")
    return BudgetResponse(price[first], spend[first][order], value[first][order], bound[first])


def respond(
    problem: Problem, settings: Settings | None = None, prices: Sequence[float] | None = None
) -> BudgetResponse | None:
    """A problem's answers to prices of money; None where it has no plan at any.

    Parameters
    ----------
    problem : with the range that its budget may lie in; of one period, and not under draws
    prices : to answer; by default as many as tell the whole curve

    Raises
    ------
    ScenarioError, CurvesError : as `compile_problem`
    """
    compiled = compile_problem(problem)
    settings = replace(settings or Settings(), gap=NEAR)
    if compiled.programme.is_empty:
        return None
    if answers_by_channel(compiled):
        return _by_channel(compiled, None if prices is None else np.asarray(prices, dtype=float))
    return _by_search(compiled, settings, prices)


def answers_by_channel(compiled: Compiled) -> bool:
    """Whether each channel answers by itself: no rule joins any, and its curve turns once."""
    programme, total = compiled.programme, compiled.problem.total
    bank = programme.bank
    joining = [row for row in programme.rows if not _is_budget(compiled, row.rule)]
    rounding = 1.0 + 1e-12
    within = total.minimum <= programme.low.sum() * rounding
    within = within and total.maximum * rounding >= programme.high.sum()
    return (
        within
        and not joining
        and not programme.has_counts
        and not programme.steps.any()
        and all(len(intervals) == 1 for intervals in programme.domains)
        and bool((bank.convex_until >= bank.concave_from - 1e-9 * programme.scale).all())
    )


def _is_budget(compiled: Compiled, rule: int | None) -> bool:
    return rule is not None and compiled.rules[rule].path.partition(".")[0] == "budget"


def _by_channel(compiled: Compiled, prices: Array | None) -> BudgetResponse:
    programme = compiled.programme
    if prices is None:
        coarse = _telling_prices(programme)
        prices = _even_in_money(coarse, _answered(programme, coarse).spend)
    return _answered(programme, np.sort(prices)[::-1])


def _even_in_money(prices: Array, spend: Array) -> Array:
    """Prices between which about as much money moves each time, and the coarse ones."""
    even = np.linspace(spend[0], spend[-1], FINE)
    return np.unique(np.concatenate([prices, np.interp(even, spend, prices)]))


def _answered(programme: Programme, prices: Array) -> BudgetResponse:
    cost = prices[None, :] - programme.spend_gain[:, None]
    spend, short = _best_spend(programme, cost)
    index = np.arange(len(programme.curves))
    response = programme.bank.response(index, spend)
    gain = programme.response_gain[:, None] * response + programme.spend_gain[:, None] * spend
    money, value = spend.sum(axis=0), gain.sum(axis=0)
    return BudgetResponse(prices, money, value, value - prices * money + short.sum(axis=0))


def _telling_prices(programme: Programme) -> Array:
    """Prices between which money moves, evenly in their ratio, the highest first."""
    index, gain = np.arange(len(programme.curves)), programme.response_gain
    low, high = programme.low, programme.high
    start = np.clip(programme.bank.concave_from, low, high)
    inside = np.column_stack([start + 1e-3 * (high - start), high])
    slopes = gain[:, None] * programme.bank.marginal(index, inside)
    # An S-curve is begun at what its whole rise brings on average.
    rise = programme.bank.response(index, np.column_stack([low, high]))
    wide = high > low
    mean = np.divide(
        gain * (rise[:, 1] - rise[:, 0]), high - low, out=np.zeros(len(low)), where=wide
    )
    free = wide & (gain > 0)
    if not free.any():
        return np.array([1.0, 0.5])
    top = 1.05 * max(slopes[free, 0].max(), mean[free].max())
    bottom = 0.95 * min(slopes[free, 1].min(), mean[free].min())
    bottom = max(bottom, 1e-6 * top)
    shift = float(programme.spend_gain.min())
    return np.geomspace(top, bottom, COARSE) + shift


def _best_spend(programme: Programme, cost: Array) -> tuple[Array, Array]:
    """Each axis' best spend at each cost of money, and by how much a better one may exceed it.

    Shapes (axes, prices). Above its turn a curve is concave: there the slope decides; below it is
    convex, and only its lower end can be better.
    """
    bank, weight = programme.bank, programme.response_gain[:, None]
    index, shape = np.arange(len(programme.curves)), cost.shape
    low, high = (np.broadcast_to(end[:, None], shape) for end in (programme.low, programme.high))
    start = np.clip(bank.concave_from[:, None], low, high)
    left, right = start.copy(), high.copy()
    for _ in range(HALVINGS):
        middle = 0.5 * (left + right)
        is_worth = times(weight, bank.marginal(index, middle)) > cost
        left, right = np.where(is_worth, middle, left), np.where(is_worth, right, middle)
    # Right of the best spend the slope is finite and falls: that bounds what lies between.
    spend = np.where(left == start, start, right)

    def worth(at: Array) -> Array:
        return weight * bank.response(index, at) - cost * at

    falling = np.maximum(cost - times(weight, bank.marginal(index, right)), 0.0)
    most, none = worth(right) + falling * (right - left), worth(low)
    reached = np.maximum(worth(spend), none)
    return np.where(none > worth(spend), low, spend), np.maximum(most - reached, 0.0)


def _by_search(
    compiled: Compiled, settings: Settings, prices: Sequence[float] | None
) -> BudgetResponse | None:
    """One search a price; without prices, those of the chords that are furthest from proven."""
    search = _Search(compiled, settings)
    if prices is not None:
        for price in prices:
            search.answer(price)
        return search.response()
    top = float(_telling_prices(compiled.programme)[0])
    for price in (2.0 * top, 0.0):
        search.answer(price)
    while len(search.found) < ANSWERS and (price := search.furthest()) is not None:
        search.answer(price)
    return search.response()


class _Search:
    """Answers found so far, by price."""

    def __init__(self, compiled: Compiled, settings: Settings) -> None:
        self.compiled, self.settings = compiled, settings
        self.found: dict[float, tuple[float, float, float]] = {}

    def answer(self, price: float) -> None:
        """The best plan at a price: its money, its objective, and what none exceeds."""
        programme, cells = self.compiled.programme, len(self.compiled.cells)
        gains = programme.spend_gain.copy()
        gains[:cells] -= price
        size = max((abs(value) for _, value, _ in self.found.values()), default=0.0)
        asked = programme.with_gains(gains, programme.response_gain)
        best = sandwich(asked, self.settings, reference=max(size, programme.negligible))
        if best.spend.size:
            money = float(best.spend[:cells].sum())
            self.found[price] = (money, best.value + price * money, best.bound)

    def furthest(self) -> float | None:
        """The slope of the chord furthest below the lines from above; None: all are near."""
        answers = sorted(self.found.items(), reverse=True)
        size = max((abs(value) for _, (_, value, _) in answers), default=0.0)
        worst, chosen = NEAR * size, None
        for (p, (b, v, d)), (q, (c, w, e)) in pairwise(answers):
            if c - b <= 1e-9 * max(abs(c), 1.0) or p <= q:
                continue
            slope = (w - v) / (c - b)
            crossing = (e - d) / (p - q)  # the budget at which the two lines meet
            above = d + p * crossing - (v + slope * (crossing - b))
            is_new = all(
                abs(slope - known) > 1e-6 * max(abs(slope), 1e-300) for known in self.found
            )
            if above > worst and is_new:
                worst, chosen = above, slope
        return chosen

    def response(self) -> BudgetResponse | None:
        if not self.found:
            return None
        columns = np.array([(price, *answer) for price, answer in self.found.items()]).T
        return in_order(*columns)
