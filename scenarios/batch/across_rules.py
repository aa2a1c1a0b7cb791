"""Rules across accounts that share one budget, as written in a file of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from models.errors import Fault, ScenarioError, nearest
from scenarios.definition.faults import faults_of
from scenarios.definition.field_types import Amount, Positive, Share
from scenarios.definition.located_yaml import read_tree
from scenarios.definition.rule_blocks import Block, key, required
from scenarios.definition.values import refuse


class AccountGroup(Block):
    """Accounts that have an amount together; shares are of the whole budget."""

    accounts: list[str] = required("the accounts' names", "[shop_se, shop_no]")
    min_spend: Amount | None = key("at least this together", "100000")
    max_spend: Amount | None = key("at most this together", "500000")
    min_share: Share | None = key("at least this share of all", "20%")
    max_share: Share | None = key("at most this share of all", "40%")

    @model_validator(mode="after")
    def _says_something(self) -> AccountGroup:
        if not self.model_fields_set - {"accounts"}:
            refuse("the group has no rule", "Such as min_share: 20%.")
        for low, high in (("min_spend", "max_spend"), ("min_share", "max_share")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                refuse(f"'{low}' is above '{high}'", key=low)
        return self

    def limits(self, total: float) -> tuple[float, float]:
        """Least and most money of the group."""
        least = max(self.min_spend or 0.0, (self.min_share or 0.0) * total)
        shares = 1.0 if self.max_share is None else self.max_share
        most = float("inf") if self.max_spend is None else self.max_spend
        return least, min(most, shares * total)


class Across(Block):
    """What holds across accounts that share one budget."""

    groups: dict[str, AccountGroup] = Field(default_factory=dict)
    max_cpa: Positive | None = key("of all together; money that breaks it stays unspent", "40")
    min_roas: Positive | None = key("of all together, likewise", "3")


def read_across(file: Path, accounts: Collection[str]) -> Across:
    """The rules of a file.

    Raises
    ------
    ScenarioError : all that is wrong with it; also groups of accounts that there are not, and
        accounts of two groups
    """
    tree = read_tree(file)
    try:
        found = Across.model_validate(tree.data)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, tree, Across)) from None
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for name, group in found.groups.items():
        for number, account in enumerate(group.accounts):
            path = ("groups", name, "accounts", number)
            if account not in accounts:
                near = nearest(account, accounts)
                remedy = f"Did you mean '{near}'?" if near else ""
                faults.append(tree.fault(path, f"there is no account '{account}'", remedy))
            elif account in seen:
                problem = f"account '{account}' is in group '{seen[account]}' already"
                faults.append(tree.fault(path, problem, "Keep it in one of them."))
            seen.setdefault(account, name)
    if faults:
        raise ScenarioError(faults)
    return found


def limits_of(across: Across, total: float) -> Mapping[str, tuple[float, float]]:
    """Least and most money by group."""
    return {name: group.limits(total) for name, group in across.groups.items()}
