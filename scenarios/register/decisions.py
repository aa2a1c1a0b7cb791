"""What may be written next: submissions and decisions as drafts of entries. Pure.

A plan is submitted, then approved or rejected. Approving it supersedes what was approved for the
same scenario and the same dates, and whatever its submission names as superseded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.errors import Fault
from scenarios.register.entries import (
    ALLOWED_FROM,
    Draft,
    Entry,
    RegisterError,
    Standing,
    account_of,
    approvals,
    policy_in,
    standings,
)
from scenarios.register.policy import Policy


def find(entries: Sequence[Entry], number: int) -> Standing:
    """The plan with this number; RegisterError names the numbers there are."""
    plans = standings(entries)
    if number not in plans:
        known = ", ".join(map(str, plans)) or "none"
        raise RegisterError(Fault(f"plan {number}", f"is not in the register (it has: {known})"))
    return plans[number]


def submission(
    entries: Sequence[Entry], plan_sha256: str, details: Mapping[str, Any], comment: str
) -> list[Draft]:
    """Drafts that put a plan forward; a plan still waiting that it supersedes is closed at once.

    Parameters
    ----------
    plan_sha256 : hash of the plan document's bytes
    details : name, start, end, spend, currency, supersedes (number of an earlier plan or None)
    """
    for standing in standings(entries).values():
        waiting_or_approved = standing.state in ("submitted", "approved")
        if standing.submission.plan_sha256 == plan_sha256 and waiting_or_approved:
            problem = f"the same document is already {standing.state} as plan {standing.number}"
            raise RegisterError(Fault("", problem))
    drafts = [Draft("submit", 0, plan_sha256, details, comment)]
    if details.get("supersedes") is not None:
        earlier = find(entries, details["supersedes"])
        _require(earlier, "supersede")
        if earlier.state == "submitted":
            drafts.append(_supersede(earlier, by=len(entries) + 1))
    return drafts


def approval(entries: Sequence[Entry], number: int, comment: str, account: str = "") -> list[Draft]:
    """Drafts that approve a plan and supersede what it replaces.

    Where the policy asks for more approvals than there are with this one, it is an endorsement.

    Raises
    ------
    RegisterError : there is no such plan, it does not wait, or the policy does not allow it
    """
    plan, policy = find(entries, number), policy_in(entries)
    _require(plan, "approve")
    before = approvals(plan)
    if refusals := policy.refusals(account_of(plan.submission), before, account):
        remedy = f"The policy: {policy}."
        raise RegisterError(Fault(plan.title, problem, remedy) for problem in refusals)
    sha = plan.submission.plan_sha256
    if len(before) + 1 < policy.needed(float(plan.details["spend"] or 0.0)):
        return [Draft("endorse", number, sha, {}, comment)]
    drafts = [Draft("approve", number, sha, {}, comment)]
    named = plan.details.get("supersedes")
    overlaps = overlapping(entries, number) if policy.one_per_period else []
    alike = {other.number for other in overlaps}
    for other in standings(entries).values():
        is_replaced = _same_question(other, plan) or other.number in {named, *alike}
        if other.state == "approved" and is_replaced:
            drafts.append(_supersede(other, by=number))
    return drafts


def policy_change(
    entries: Sequence[Entry], policy: Policy, comment: str, account: str
) -> list[Draft]:
    """Draft that sets the policy; once it names approvers, only they may set another."""
    now = policy_in(entries)
    if not now.may_change(account):
        problem = f"{account} may not change the policy: it names {', '.join(now.approvers)}"
        raise RegisterError(Fault("policy", problem, "Ask one of them."))
    most = max((count for _, count in policy.limits), default=1)
    if policy.approvers and len(policy.approvers) < most:
        problem = f"it asks for {most} approvals and names {len(policy.approvers)} approvers"
        raise RegisterError(Fault("policy", problem, "Name more approvers, or ask for fewer."))
    return [Draft("policy", 0, "", policy.details(), comment)]


def rejection(entries: Sequence[Entry], number: int, comment: str) -> list[Draft]:
    """Draft that turns a plan down; the reason is required, for whoever submitted it."""
    plan = find(entries, number)
    _require(plan, "reject")
    if not comment.strip():
        raise RegisterError(
            Fault(f"plan {number}", "a rejection needs a reason", "Give it with --comment.")
        )
    return [Draft("reject", number, plan.submission.plan_sha256, {}, comment)]


def overlapping(entries: Sequence[Entry], number: int) -> list[Standing]:
    """Other approved plans whose dates overlap this plan's: money that may be spent twice."""
    plans = standings(entries)
    plan = plans[number].details
    return [
        other
        for other in plans.values()
        if other.number != number
        and other.state == "approved"
        and other.details["start"]
        and other.details["start"] <= plan["end"]
        and plan["start"] <= other.details["end"]
    ]


def _same_question(one: Standing, other: Standing) -> bool:
    keys = ("name", "start", "end")
    return all(one.details[key] == other.details[key] for key in keys)


def _supersede(standing: Standing, by: int) -> Draft:
    return Draft("supersede", standing.number, standing.submission.plan_sha256, {"by": by})


def _require(standing: Standing, action: str) -> None:
    if standing.state in ALLOWED_FROM[action]:
        return
    last = standing.entries[-1]
    problem = f"is {standing.state} already, by {last.who} at {last.at}"
    raise RegisterError(
        Fault(standing.title, problem, f"Nothing to {action}; submit a new plan instead.")
    )
