"""Entries of the register, their chain of hashes, and the state that follows from them. Pure.

Each entry's hash covers all of its fields and the hash of the entry before it. Whoever alters,
removes or reorders an entry must recompute every hash after it; against someone who does, keep
the newest hash (the head) elsewhere and give it to the audit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from models.errors import Fault, InputError

SCHEMA = "budgetopt/register/1"
GENESIS = "0" * 64  # the first entry has nobody before it
RESTORE = "Restore the register from a copy made before."

Action = Literal["submit", "approve", "reject", "supersede"]
State = Literal["submitted", "approved", "rejected", "superseded"]

STATE_AFTER: dict[str, State] = {
    "submit": "submitted",
    "approve": "approved",
    "reject": "rejected",
    "supersede": "superseded",
}
ALLOWED_FROM: dict[str, tuple[State, ...]] = {
    "approve": ("submitted",),
    "reject": ("submitted",),
    "supersede": ("submitted", "approved"),
}


class RegisterError(InputError):
    """The register was altered, or cannot do what was asked of it."""


@dataclass(frozen=True)
class Draft:
    """What somebody wants written; the register adds the number, the time and the hashes.

    Parameters
    ----------
    action : what happens to the plan
    plan : number of the entry that submitted the plan; 0 for a submission, which makes its own
    plan_sha256 : hash of the plan document's bytes
    details : of a submission: name, start, end, spend, currency, supersedes; of a supersession: by
    """

    action: Action
    plan: int
    plan_sha256: str
    details: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of the register. `at` is UTC in ISO form; numbers run from 1 without a gap."""

    number: int
    at: str
    who: str
    action: Action
    plan: int
    plan_sha256: str
    comment: str
    details: Mapping[str, Any]
    previous: str
    hash: str = ""

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of every other field, the schema among them."""
        content = asdict(self) | {"schema": SCHEMA}
        del content["hash"]
        return sha256(canonical(content))


@dataclass(frozen=True)
class Standing:
    """Where one plan stands: its submission, its state and every entry that speaks of it."""

    submission: Entry
    state: State
    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        return self.submission.number

    @property
    def details(self) -> Mapping[str, Any]:
        return self.submission.details

    @property
    def title(self) -> str:
        """The plan as a sentence names it: ``plan 3 (december-base, 2026-12-01 to 2026-12-31)``."""
        return f"plan {self.number} ({self.details['name']}, {self.period})"

    @property
    def period(self) -> str:
        """First and last day, where the plan knows them."""
        start, end = self.details["start"], self.details["end"]
        return f"{start} to {end}" if start and end else "undated"


def canonical(content: object) -> str:
    """JSON with sorted keys and no spaces: one text for one content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(drafts: Iterable[Draft], entries: Sequence[Entry], who: str, at: str) -> list[Entry]:
    """The entries that continue `entries` with `drafts`, numbered, dated and hashed."""
    chain = list(entries)
    for draft in drafts:
        number = len(chain) + 1
        entry = Entry(
            number=number,
            at=at,
            who=who,
            action=draft.action,
            plan=draft.plan or number,
            plan_sha256=draft.plan_sha256,
            comment=draft.comment,
            details=dict(draft.details),
            previous=chain[-1].hash if chain else GENESIS,
        )
        chain.append(replace(entry, hash=entry.digest()))
    return chain[len(entries) :]


def standings(entries: Iterable[Entry]) -> dict[int, Standing]:
    """Every plan by its number, in order of submission."""
    plans: dict[int, Standing] = {}
    for entry in entries:
        if entry.action == "submit":
            plans[entry.number] = Standing(entry, "submitted", (entry,))
        elif entry.plan in plans:
            before = plans[entry.plan]
            plans[entry.plan] = replace(
                before, state=STATE_AFTER[entry.action], entries=(*before.entries, entry)
            )
    return plans


def chain_faults(entries: Sequence[Entry], where: str) -> list[Fault]:
    """What shows that the entries are not those that were written; `where` names the register."""
    faults = []
    state: dict[int, State] = {}
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        problems = []
        if entry.number != expected:
            problems.append(f"entry {expected} is missing before it")
        if entry.digest() != entry.hash:
            problems.append("its content does not match its hash: it was altered")
        if entry.previous != previous:
            problems.append("it is not chained to the entry before it: one was replaced or removed")
        problems += _breaches(entry, state)
        faults += [Fault(f"{where}, entry {entry.number}", text, RESTORE) for text in problems]
        if entry.number != expected:
            break  # everything behind a gap is out of step: one message says it
        state[entry.plan] = STATE_AFTER.get(entry.action, "rejected")
        previous = entry.hash
    return faults


def document_faults(
    entries: Iterable[Entry], documents: Mapping[str, str], where: str
) -> list[Fault]:
    """Submitted plans whose stored text is gone or altered; `documents` by their stored hash."""
    faults = []
    for entry in entries:
        if entry.action != "submit":
            continue
        text = documents.get(entry.plan_sha256)
        if text is None:
            problem = "it is missing"
        elif sha256(text) != entry.plan_sha256:
            problem = "it does not match its hash: it was altered"
        else:
            continue
        faults.append(Fault(f"{where}, document of plan {entry.plan}", problem, RESTORE))
    return faults


def head_faults(entries: Iterable[Entry], head: str, where: str) -> list[Fault]:
    """Whether the entry whose hash somebody noted down (at least its first 8 digits) is gone."""
    if len(head) < 8 or set(head.lower()) - set("0123456789abcdef"):
        raise RegisterError(Fault("--head", f"{head!r} is not a hash", "Give 8 to 64 hex digits."))
    if any(entry.hash.startswith(head.lower()) for entry in entries):
        return []
    problem = f"no entry has the hash {head}: entries were cut off or rewritten"
    return [Fault(where, problem, RESTORE)]


def sha256(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _breaches(entry: Entry, state: Mapping[int, State]) -> list[str]:
    """Why the register could not have written this entry, if so."""
    if entry.action not in STATE_AFTER:
        return [f"unknown action {entry.action!r}"]
    if entry.action == "submit":
        return [] if entry.plan == entry.number else ["it submits a plan under another's number"]
    if entry.plan not in state:
        return [f"{entry.action} of plan {entry.plan}, which was never submitted"]
    if state[entry.plan] not in ALLOWED_FROM[entry.action]:
        return [f"{entry.action} of plan {entry.plan}, which was {state[entry.plan]} already"]
    return []
