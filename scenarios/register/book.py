"""What people do with the register: submit, decide, look up, audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import Fault
from scenarios.plan.plan import Plan, PlanError, parse
from scenarios.register import decisions, signing
from scenarios.register.entries import (
    RESTORE,
    Entry,
    RegisterError,
    Standing,
    approvals,
    chain_faults,
    document_faults,
    head_faults,
    policy_in,
    sha256,
    standings,
)
from scenarios.register.export import approved
from scenarios.register.policy import Policy
from scenarios.register.store import Appended, Register, Snapshot

SUBMITTED = {"name", "start", "end", "spend", "currency"}  # details of every submission


@dataclass(frozen=True)
class Written:
    """What an action wrote, where the plan stands now, and what the person should know."""

    entries: tuple[Entry, ...]
    plan: Standing
    notices: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The newest hash: worth noting down outside the register."""
        return self.entries[-1].hash


def submit(
    register: Register,
    document: str,
    who: str = "",
    comment: str = "",
    supersedes: int | None = None,
    where: str = "the plan",
) -> Written:
    """Put a plan forward.

    Parameters
    ----------
    document : the plan file's text, kept byte for byte
    where : the file's name, for messages
    supersedes : number of an earlier plan that this one replaces (once approved, if that one was)

    Raises
    ------
    PlanError : the document is damaged, was edited, or holds no allocation
    RegisterError : the same document waits or is approved already
    RegisterUnavailable : the register is held or cannot be written
    """
    details = {**summary(parse(document, where)), "supersedes": supersedes}
    written = register.append(
        lambda entries, _: decisions.submission(entries, sha256(document), details, comment),
        who,
        document,
    )
    return _written(written)


def approve(register: Register, number: int, who: str = "", comment: str = "") -> Written:
    """Approve a submitted plan; supersedes what was approved for the same scenario and dates."""
    return _written(
        register.append(lambda e, account: decisions.approval(e, number, comment, account), who)
    )


def reject(register: Register, number: int, who: str = "", comment: str = "") -> Written:
    """Turn a submitted plan down, with the reason."""
    written = register.append(lambda e, _: decisions.rejection(e, number, comment), who)
    return _written(written)


def set_policy(register: Register, policy: Policy, who: str = "", comment: str = "") -> Entry:
    """Say who may approve what from now on; begins the register if need be."""
    written = register.append(
        lambda e, account: decisions.policy_change(e, policy, comment, account), who, create=True
    )
    return written.added[0]


def sign(register: Register, key: Any, who: str = "", comment: str = "") -> Entry:
    """Sign all that was written so far with an Ed25519 private key."""
    written = register.append(lambda entries, _: signing.signed(entries, key, comment), who)
    return written.added[0]


def checked(register: Register, number: int | None = None) -> tuple[Snapshot, list[Fault]]:
    """What the register holds, and what an audit would say of it.

    Parameters
    ----------
    number : of the one plan whose document matters; None: all
    """
    snapshot = register.snapshot()
    entries = [e for e in snapshot.entries if number in (None, e.number)]
    faults = chain_faults(snapshot.entries, register.name)
    faults += document_faults(entries, snapshot.documents, register.name)
    lacking = [
        e for e in snapshot.entries if e.action == "submit" and not set(e.details) >= SUBMITTED
    ]
    if lacking:  # nothing can be said of such plans
        where = f"{register.name}, entry {lacking[0].number}"
        raise RegisterError(faults or Fault(where, "it does not say what was submitted", RESTORE))
    return snapshot, faults


def approved_document(register: Register, number: int) -> str:
    """The text of an approved plan, exactly as it was approved.

    Raises
    ------
    RegisterError : it is not approved, or something in the register was altered
    """
    snapshot, faults = checked(register, number)
    if faults:
        raise RegisterError(faults)
    return snapshot.documents[approved(snapshot.entries, number)]


def audit(
    register: Register, head: str | None = None, trusted: Sequence[Any] = ()
) -> tuple[Entry, ...]:
    """Prove that nothing was altered: every hash, link, state and stored plan.

    Parameters
    ----------
    head : an entry's hash that was noted down outside; without it, someone who rewrote every
        entry from some point on would go unnoticed
    trusted : Ed25519 public keys, one of which must have signed

    Raises
    ------
    RegisterError : all that was altered
    """
    snapshot, faults = checked(register)
    if head is not None:
        faults += head_faults(snapshot.entries, head, register.name)
    if trusted:
        faults += signing.trust_faults(snapshot.entries, trusted, register.name)[0]
    if faults:
        raise RegisterError(faults)
    return snapshot.entries


def summary(plan: Plan) -> dict[str, Any]:
    """What the register's lists say of a plan: name, start, end, spend (money), currency."""
    if plan.proposed is None:
        raise PlanError(Fault(plan.name, "the plan holds no allocation: nothing to decide"))
    return {
        "name": plan.name,
        "start": plan.period.start or "",
        "end": plan.period.end or "",
        "spend": plan.proposed.spend,
        "currency": plan.currency,
    }


def _written(appended: Appended) -> Written:
    first, *others = appended.added
    entries = appended.before + appended.added
    plan = standings(entries)[first.plan]
    notices = [f"plan {entry.plan} is superseded" for entry in others]
    if first.action == "endorse":
        needed = policy_in(entries).needed(float(plan.details["spend"] or 0.0))
        notices.append(f"{len(approvals(plan))} of {needed} approvals; it waits for the others")
    if first.action == "approve":
        if plan.submission.who == first.who:
            notices.append(f"{first.who} both submitted and approved this plan")
        notices += [
            f"{other.title} is approved too and its dates overlap: the money may be spent twice"
            for other in decisions.overlapping(entries, plan.number)
        ]
    return Written(appended.added, plan, tuple(notices))
