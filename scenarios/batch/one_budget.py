"""One budget across all accounts: they answer prices of money, and the master divides it.

Two passes over the engine. In the first every account is fitted and tells what it makes of any
budget; then each has its share, and in the second it is planned with it and answers the very price
at which the share was found. What the plans reach together and what those answers prove are the
two ends of the gap; where it is too wide, the answers make the next round's shares better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.errors import Fault, InputError
from models.phrases import said
from optimizer.across.budget_response import BudgetResponse
from optimizer.across.shares import Pool, Shares, Unreachable, share_out
from scenarios.batch.across_rules import Across, limits_of
from scenarios.batch.work import account_result
from scenarios.batch.work.account_result import AccountResponse
from scenarios.batch.work.job import ANSWERED, Seen
from scenarios.batch.work.results_store import Store, response_name, result_name
from scenarios.plan.rounding import apportion, decimals_of

GAP = 1e-4  # of the whole, to be reached
ROUNDS = 3  # of plans and answers
HALVINGS = 40


@dataclass(frozen=True)
class OneBudget:
    """What was divided and how sure it is.

    Parameters
    ----------
    total, spent : money to divide, and what the rules of all leave of it to be spent
    price : what one more unit of money brings, in units of `measure`
    value, bound : what the plans reach together, and what no division exceeds
    accounts : that have a share
    rounds : of plans
    prices : of groups whose limits hold, by name
    """

    total: float
    spent: float
    currency: str
    measure: str
    price: float
    value: float
    bound: float
    accounts: int
    rounds: int
    prices: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """``(bound - value) / |value|``, at least 0."""
        return max(self.bound - self.value, 0.0) / max(abs(self.value), 1e-300)


class Division:
    """The accounts that have answered, and how the money is divided among them.

    Raises
    ------
    InputError : nobody has, they do not count the same, or the money cannot be divided so
    """

    def __init__(
        self, total: float, across: Across, seen: Mapping[str, Seen], store: Store
    ) -> None:
        self.total, self.across, self.rounds = total, across, 0
        answers = list(_answers(seen, store))
        self.names = [one.account for one in answers]
        self.responses = [one.answers.response for one in answers]
        self.currency, self.measure = _one_kind(answers)
        self.value, self.bound = -np.inf, np.inf
        self.best: OneBudget | None = None
        self.spent = self._affordable()
        self.shares = self._divided(self.spent)

    def orders(self) -> dict[str, tuple[float, float]]:
        """Each account's money, in whole cents, and the price at which that was found."""
        decimals = decimals_of(self.currency or None)
        budgets = apportion(self.shares.budget.tolist(), decimals, self.spent)
        prices = self.shares.price_of.tolist()
        pairs = zip(self.names, budgets, prices, strict=True)
        return {name: (budget, price) for name, budget, price in pairs}

    def judge(self, seen: Mapping[str, Seen], store: Store) -> bool:
        """Take in what the plans reach; whether it is proven, or no further round would help."""
        self.rounds += 1
        value, answers = 0.0, []
        for number, name in enumerate(self.names):
            found = account_result.parse(store.read(result_name(name)))
            if found is None or name not in seen or found.key != seen[name].key:
                return True  # the account has failed since: its row says so
            if found.certificate is None or found.answer is None:
                return True
            value += found.certificate.value
            answer = found.answer.response
            answers.append(float(answer.bound[0]))
            self.responses[number] = self.responses[number].with_answers(answer)
        self.bound = min(self.bound, self.shares.bound(answers))
        self.value = max(self.value, value)
        is_best = value >= self.value
        if is_best:
            self.best = self._told()
        done = self.best is not None and self.best.gap <= GAP
        if done or self.rounds >= ROUNDS:
            return True
        self.shares = self._divided(self.spent)
        return False

    def _told(self) -> OneBudget:
        shares, own = self.shares, {}
        for name, group in self.across.groups.items():
            price = float(shares.price_of[self.names.index(group.accounts[0])])
            if abs(price - shares.price) > 1e-9 * abs(shares.price):
                own[name] = price
        return OneBudget(
            total=self.total,
            spent=self.spent,
            currency=self.currency,
            measure=self.measure,
            price=shares.price,
            value=self.value,
            bound=self.bound,
            accounts=len(self.names),
            rounds=self.rounds,
            prices=own,
        )

    def _divided(self, money: float) -> Shares:
        found = share_out(self.responses, money, self._pools(money))
        if isinstance(found, Shares):
            return found
        raise InputError(self._unreachable(found, money))

    def _pools(self, money: float) -> list[Pool]:
        place = {name: number for number, name in enumerate(self.names)}
        limits = limits_of(self.across, money)
        return [
            Pool(tuple(place[one] for one in group.accounts if one in place), *limits[name])
            for name, group in self.across.groups.items()
        ]

    def _unreachable(self, found: Unreachable, money: float) -> Fault:
        ends = {"least": found.least, "most": found.most}
        names = list(self.across.groups)
        if found.pool is not None and found.pool < len(names):
            problem = said(
                "the accounts' own rules let this group spend {least:,.0f} to {most:,.0f}", **ends
            )
            remedy = said("Change its limits, or those of its accounts")
            return Fault(f"groups.{names[found.pool]}", problem, remedy)
        problem = said(
            "{money:,.0f} cannot be divided: the rules let all accounts together spend"
            " {least:,.0f} to {most:,.0f}",
            money=money,
            **ends,
        )
        return Fault("--total", problem, said("Change the total or the rules"))

    def _affordable(self) -> float:
        """The most of the money with which the CPA or ROAS of all holds: both fall with it."""
        across = self.across
        if across.max_cpa is None and across.min_roas is None:
            return self.total
        wanted = "conversions" if across.max_cpa is not None else "revenue"
        if self.measure != wanted or None not in (across.max_cpa, across.min_roas):
            key = "max_cpa" if across.max_cpa is not None else "min_roas"
            problem = said("a limit of all accounts needs objective: {wanted}", wanted=wanted)
            raise InputError(Fault(key, problem, said("Set it in the template")))
        least = (1.0 / across.max_cpa) if across.max_cpa is not None else (across.min_roas or 0.0)

        def holds(money: float) -> bool:
            found = share_out(self.responses, money, self._pools(money))
            return isinstance(found, Shares) and found.value >= least * money

        if holds(self.total):
            return self.total
        low, high = sum(one.low for one in self.responses), self.total
        if not holds(low):
            key = "max_cpa" if across.max_cpa is not None else "min_roas"
            problem = said("no division of {total:,.0f} keeps it", total=self.total)
            raise InputError(Fault(key, problem, said("Loosen it")))
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if holds(middle) else (low, middle)
        scale = 10 ** decimals_of(self.currency or None)
        return np.floor(low * scale) / scale


def _answers(seen: Mapping[str, Seen], store: Store) -> Iterator[AccountResponse]:
    for name in sorted(seen):
        if seen[name].status == ANSWERED:
            found = account_result.parse_response(store.read(response_name(name)))
            if found is not None and found.key == seen[name].key:
                yield found


def _one_kind(answers: Sequence[AccountResponse]) -> tuple[str, str]:
    """The currency and the measure that all have."""
    if not answers:
        raise InputError(Fault("", said("no account has a plan that money could be divided to")))
    for name in ("currency", "measure"):
        kinds = Counter(getattr(one, name) or said("none stated") for one in answers)
        if len(kinds) > 1:
            listed = [f"{kind} ({count:,})" for kind, count in sorted(kinds.items())]
            problem = said("the accounts have several: {listed}", listed=listed)
            remedy = said("Divide the budget of each by itself")
            raise InputError(Fault(name, problem, remedy))
    return answers[0].currency or "", answers[0].measure


__all__ = ["GAP", "BudgetResponse", "Division", "OneBudget"]
