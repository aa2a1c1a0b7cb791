"""Plans whose money works later: proven block by block at the prices of what ties blocks together.

A linear programme over the concave envelopes of all curves says where to begin; from there the plan
is bettered on the curves themselves, and the prices around it are known. At the prices of the
rows that couple channels (a budget, a period's budget, a group) every channel's months are a small
problem of their own, and what the channels reach at best, plus what the prices earn on the limits,
bounds every plan (weak duality). The channel that is furthest from proven is always looked at next.
Where a channel's search finds something better than the plan has, the plan is made anew from what
the searches found, and at its prices the proof begins again: of each channel a mixture of the plans
known for it, the coupling rows kept on average (the master problem of Dantzig and Wolfe,
*Decomposition principle for linear programs*, 1960).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import envelope
from optimizer.relaxation.polyline_lp import Aim, Limits, PolylineProgram, worth_of
from optimizer.relaxation.solver import Clock, Settings
from optimizer.search.blocks import Blocks, blocks_of, part
from optimizer.search.bound_tightening import BlockSearch, followed, grid_around
from optimizer.search.incumbent import Sandwich
from optimizer.search.local_plan import LocalPlan, LocalSearch

Array = NDArray[np.floating]

ENVELOPES = 3  # linear programmes over envelopes before the first plan
PRICINGS = 6  # times that the proof begins at other prices
AGREEING = 4  # rounds of local plans and prices between two proofs
FINE = 0.02  # share of the gap below which a better plan is not worth another linear programme
SHARE = 0.5  # of what is unproven: found better by the blocks, it asks for a plan made anew
MOST_STEPS = 3_000  # nodes cut at one set of prices
SAME = 1e-5  # of a block's money: plans nearer to each other are one


def by_block(programme: Programme, best: Sandwich, settings: Settings, clock: Clock) -> Sandwich:
    """The best plan found and the lowest bound proven.

    Ends when the gap is proven, when time runs out, or when prices prove no more.
    """
    search = _Search(programme, best, settings, clock)
    plan = search.first_plan()
    if plan is None or search.is_over or not (programme.bank.concave_from > 0).any():
        return search.best  # lines that touch concave curves more finely prove the rest
    blocks = blocks_of(programme)
    mixture = Mixture(programme, blocks)
    mixture.add(plan.spend)
    prices, is_patient = plan.prices, False
    for _ in range(PRICINGS):
        found = search.priced(blocks, prices, mixture, is_patient)
        if search.is_over or is_patient:
            break
        mixture.add(found)
        before = prices
        prices = search.repriced(blocks, mixture, prices)
        if search.is_over:
            break
        is_patient = bool(np.allclose(prices[blocks.coupling], before[blocks.coupling], 1e-4))
    return search.best


class _Search:
    """The plan and the bound as they stand, and what is needed to better them."""

    def __init__(
        self, programme: Programme, best: Sandwich, settings: Settings, clock: Clock
    ) -> None:
        self.best, self.local = best, LocalSearch(programme, settings.rounding)
        self._programme, self._settings, self._clock = programme, settings, clock
        self._limits = Limits.of(programme)
        self._aim = Aim(programme.spend_gain, programme.response_gain)
        self._low, self._high = followed(programme.low, programme.high, self._limits)

    @property
    def is_over(self) -> bool:
        return self.best.gap <= self._settings.gap or self._clock.is_over

    @property
    def fine(self) -> float:
        """What is not worth another linear programme, objective units."""
        return FINE * self._settings.refinement * self.best.size

    def keep(self, plan: LocalPlan) -> None:
        """Take a plan if it is better than the one known, with the bound that its prices prove."""
        rounding = self._settings.rounding
        self.best = self.best.or_better(self._programme, plan.spend, plan.prices, rounding)
        grid = grid_around(self._programme.bank, self._low, self._high, plan.spend)
        self._lower(self._proven(envelope(self._programme.bank, grid), plan.prices))

    def _proven(self, lines, prices: Array) -> float:
        prices, earned = self._limits.proving(prices)
        worth = worth_of(self._limits.priced(self._aim, prices), lines)
        return earned + float(worth.max(axis=1).sum())

    def _lower(self, bound: float) -> None:
        self.best = replace(self.best, bound=min(self.best.bound, bound))

    def first_plan(self) -> LocalPlan | None:
        """A plan from the envelopes of all curves; None where there is none."""
        programme, bank = self._programme, self._programme.bank
        lp = PolylineProgram(self._limits, programme.scale)
        centre = np.clip(self._start(), self._low, self._high)
        for _ in range(ENVELOPES):
            lines = envelope(bank, grid_around(bank, self._low, self._high, centre))
            lp.load(lines)
            solved = lp.solve(self._aim)
            if solved is None:
                return None
            self._lower(self._proven(lines, solved.prices))
            centre = np.clip(solved.spend, self._low, self._high)
        plan = self.local.bettered(centre, 0.0, self._clock)
        if plan is not None:
            self.keep(plan)
        return plan

    def _start(self) -> Array:
        starts = self._programme.starts
        return starts[-1] if starts else 0.5 * (self._low + self._high)

    def priced(self, blocks: Blocks, prices: Array, mixture: Mixture, is_patient: bool) -> Array:
        """Prove at prices, the block furthest from proven first; the best that each block found.

        Parameters
        ----------
        is_patient : go on where the blocks together find what no plan comes near
        """
        prices, earned = self._paid(blocks, prices)
        searches = [
            BlockSearch(own, start, self._share(blocks), self._settings.rounding)
            for own, start in self._starts(blocks, prices, mixture)
        ]
        for _ in range(MOST_STEPS):
            bound = earned + sum(search.bound for search in searches)
            self._lower(bound)
            beyond = earned + sum(search.value for search in searches) - self.best.value
            is_far = beyond > SHARE * max(bound - self.best.value, 0.0) and not is_patient
            worst = max(searches, key=lambda search: search.bound - search.value)
            if self.is_over or is_far or worst.is_closed:
                break
            worst.step()
        return blocks.joined([search.plan for search in searches])

    def repriced(self, blocks: Blocks, mixture: Mixture, prices: Array) -> Array:
        """Prices at which the blocks' plans agree on what couples them, and a plan made of them."""
        for _ in range(AGREEING):
            mixed = mixture.solved()
            if mixed is None:
                return prices
            prices, spend = mixed
            plan = self.local.bettered(spend, self.fine, self._clock)
            if plan is not None and plan.value > self.best.value:
                self.keep(plan)
                mixture.add(plan.spend)
            if self.is_over:
                break
            paid, _ = self._paid(blocks, prices)
            found = []
            for own, start in self._starts(blocks, paid, mixture):
                better = LocalSearch(own, self._settings.rounding).bettered(
                    start, self.fine / len(blocks.blocks), self._clock
                )
                found.append(start if better is None else better.spend)
            if not mixture.add(blocks.joined(found)):
                break
        return prices

    def _paid(self, blocks: Blocks, prices: Array) -> tuple[Array, float]:
        """The prices of the rows that couple blocks, and what they earn."""
        coupling = np.zeros(len(prices))
        coupling[blocks.coupling] = prices[blocks.coupling]
        return self._limits.proving(coupling)

    def _starts(
        self, blocks: Blocks, prices: Array, mixture: Mixture
    ) -> list[tuple[Programme, Array]]:
        """Every block at these prices, and the best plan known for it."""
        found = []
        for number, block in enumerate(blocks.blocks):
            own = part(self._programme, block, prices)
            known = mixture.plans[number]
            found.append((own, max(known, key=own.value)))
        return found

    def _share(self, blocks: Blocks) -> float:
        """What may stay unproven of a block, objective units."""
        return 0.5 * self._settings.refinement * self.best.size / len(blocks.blocks)


class Mixture:
    """The plans known for each block of a programme, and the prices that a mixture of them asks.

    At those prices no known plan of any block is worth more than the mixture.
    `plans` holds them by block, each the spends of the block's own axes.
    """

    def __init__(self, programme: Programme, blocks: Blocks) -> None:
        self.plans: list[list[Array]] = [[] for _ in blocks.blocks]
        self._programme, self._blocks, self._limits = programme, blocks, Limits.of(programme)
        self._columns: list[list[Array]] = [[] for _ in blocks.blocks]

    def add(self, spend: Array) -> bool:
        """Take the blocks' parts of a plan; whether any of them is new."""
        response, _ = self._programme.bank.at(spend)
        programme, coupling, is_new = self._programme, self._blocks.coupling, False
        for number, block in enumerate(self._blocks.blocks):
            axes = block.axes
            mine = spend[axes]
            room = SAME * max(float(np.abs(mine).sum()), 1e-300)
            if any(np.abs(mine - known).sum() <= room for known in self.plans[number]):
                continue
            value = (
                programme.spend_gain[axes] @ mine + programme.response_gain[axes] @ response[axes]
            )
            taken = self._limits.spend[coupling][:, axes] @ mine
            taken = taken + self._limits.response[coupling][:, axes] @ response[axes]
            self.plans[number].append(mine)
            self._columns[number].append(np.append(taken, value))
            is_new = True
        return is_new

    def solved(self) -> tuple[Array, Array] | None:
        """Prices of the coupling rows, the others 0, and each block's main plan."""
        from scipy.optimize import linprog

        columns = np.array([each for known in self._columns for each in known]).T
        owner = np.repeat(np.arange(len(self.plans)), [len(known) for known in self.plans])
        taken, worth = columns[:-1], columns[-1]
        coupling = self._blocks.coupling
        upper, lower = self._limits.upper[coupling], self._limits.lower[coupling]
        has_upper, has_lower = np.isfinite(upper), np.isfinite(lower)
        one_each = sparse.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))))
        # A plan known to keep the rows does so but for rounding.
        room = 1e-9 * np.abs(taken).sum(axis=1)
        found = linprog(
            -worth,
            A_ub=np.vstack([taken[has_upper], -taken[has_lower]]),
            b_ub=np.concatenate([(upper + room)[has_upper], (room - lower)[has_lower]]),
            A_eq=one_each,
            b_eq=np.ones(len(self.plans)),
        )
        if not found.success:
            return None
        prices = np.zeros(len(self._limits.lower))
        paid = -found.ineqlin.marginals
        count = int(has_upper.sum())
        prices[coupling[has_upper]] += paid[:count]
        prices[coupling[has_lower]] -= paid[count:]
        return prices, self._main(found.x, owner)

    def _main(self, weights: Array, owner: Index) -> Array:
        parts = []
        for number, known in enumerate(self.plans):
            parts.append(known[int(weights[owner == number].argmax())])
        return self._blocks.joined(parts)
