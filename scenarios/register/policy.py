"""Who may approve what: rules that are entries of the register themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Policy:
    """What an approval must satisfy. Without any, everybody may approve everything once.

    Parameters
    ----------
    approvers : accounts that may approve, and change the policy; empty: all
    no_self_approval : who submitted a plan may not approve it
    limits : (spend, approvals) pairs: plans from this spend on need so many different accounts
    one_per_period : an approved plan supersedes every other whose dates overlap its own
    """

    approvers: tuple[str, ...] = ()
    no_self_approval: bool = False
    limits: tuple[tuple[float, int], ...] = ()
    one_per_period: bool = False

    def needed(self, spend: float) -> int:
        """How many accounts must approve a plan of this spend."""
        return max([1, *(count for least, count in self.limits if spend >= least)])

    def refusals(self, submitter: str, before: Iterable[str], account: str) -> list[str]:
        """Why this account may not approve a plan, if so.

        Parameters
        ----------
        submitter : the account that submitted it
        before : accounts that approved it already
        """
        found = []
        if self.approvers and account not in self.approvers:
            found.append(f"{account} may not approve: the policy names {', '.join(self.approvers)}")
        if self.no_self_approval and account == submitter:
            found.append(f"{account} submitted this plan, and the policy asks for another")
        if account in before:
            found.append(f"{account} approved this plan already, and the policy asks for another")
        return found

    def may_change(self, account: str) -> bool:
        """Whether this account may set another policy."""
        return not self.approvers or account in self.approvers

    def details(self) -> dict[str, Any]:
        """As an entry keeps it."""
        return asdict(self)

    def __str__(self) -> str:
        parts = [f"approvers: {', '.join(self.approvers) or 'everybody'}"]
        parts += ["not one's own plans"] if self.no_self_approval else []
        parts += [f"from {least:,.0f} on {count} approvals" for least, count in self.limits]
        parts += ["one approved plan a period"] if self.one_per_period else []
        return "; ".join(parts)


def policy_of(details: Mapping[str, Any]) -> Policy:
    """A policy as an entry keeps it.

    Raises
    ------
    ValueError, TypeError, KeyError : the entry was altered
    """
    return Policy(
        tuple(str(name) for name in details["approvers"]),
        bool(details["no_self_approval"]),
        tuple((float(least), int(count)) for least, count in details["limits"]),
        bool(details["one_per_period"]),
    )
