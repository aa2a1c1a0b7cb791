"""What people do with the register: submit, decide, look up, audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.errors import Fault
from scenarios.plan.plan import Plan, PlanError, parse
from scenarios.register import decisions
from scenarios.register.entries import (
    Entry,
    RegisterError,
    Standing,
    chain_faults,
    document_faults,
    head_faults,
    sha256,
    standings,
)
from scenarios.register.store import Appended, Register


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
        lambda entries: decisions.submission(entries, sha256(document), details, comment),
        who,
        document,
    )
    return _written(written)


def approve(register: Register, number: int, who: str = "", comment: str = "") -> Written:
    """Approve a submitted plan; supersedes what was approved for the same scenario and dates."""
    written = register.append(lambda entries: decisions.approval(entries, number, comment), who)
    return _written(written)


def reject(register: Register, number: int, who: str = "", comment: str = "") -> Written:
    """Turn a submitted plan down, with the reason."""
    written = register.append(lambda entries: decisions.rejection(entries, number, comment), who)
    return _written(written)


def audit(register: Register, head: str | None = None) -> tuple[Entry, ...]:
    """Prove that nothing was altered: every hash, link, state and stored plan.

    Parameters
    ----------
    head : an entry's hash that was noted down outside; without it, someone who rewrote every
        entry from some point on would go unnoticed

    Raises
    ------
    RegisterError : all that was altered
    """
    snapshot = register.snapshot()
    faults = chain_faults(snapshot.entries, register.name)
    faults += document_faults(snapshot.entries, snapshot.documents, register.name)
    if head is not None:
        faults += head_faults(snapshot.entries, head, register.name)
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
    if first.action == "approve":
        if plan.submission.who == first.who:
            notices.append(f"{first.who} both submitted and approved this plan")
        notices += [
            f"{other.title} is approved too and its dates overlap: the money may be spent twice"
            for other in decisions.overlapping(entries, plan.number)
        ]
    return Written(appended.added, plan, tuple(notices))
