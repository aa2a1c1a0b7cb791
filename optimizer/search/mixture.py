"""Plans of blocks mixed so that what couples the blocks holds: prices they agree on.

The master problem of Dantzig and Wolfe, *Decomposition principle for linear programs* (1960): of
each block a mixture of the plans known for it, the coupling rows kept on average. Its prices are
those at which no known plan of any block is worth more than the mixture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.curves.bank import Index
from optimizer.program.program import Programme
from optimizer.relaxation.polyline_lp import Limits
from optimizer.search.blocks import Blocks

Array = NDArray[np.floating]

SAME = 1e-5  # of a block's money: plans nearer to each other are one


class Mixture:
    """The plans known for each block of a programme.

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
