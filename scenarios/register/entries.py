"""Entries of the register, their chain of hashes, and the state that follows from them. Pure.

Each entry's hash covers all of its fields and the hash of the entry before it. Whoever alters,
removes or reorders an entry must recompute every hash after it; against someone who does, keep
the newest hash (the head) elsewhere and give it to the audit.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from models.errors import Fault, InputError
from scenarios.register.policy import Policy, policy_of

SCHEMA = "budgetopt/register/1"
GENESIS = "0" * 64  # the first entry has nobody before it
RESTORE = "Restore the register from a copy made before."

Action = Literal["submit", "endorse", "approve", "reject", "supersede", "policy", "sign"]
State = Literal["submitted", "approved", "rejected", "superseded"]

STATE_AFTER: dict[str, State] = {
    "submit": "submitted",
    "endorse": "submitted",  # one approval of several that the policy asks for
    "approve": "approved",
    "reject": "rejected",
    "supersede": "superseded",
}
ALLOWED_FROM: dict[str, tuple[State, ...]] = {
    "endorse": ("submitted",),
    "approve": ("submitted",),
    "reject": ("submitted",),
    "supersede": ("submitted", "approved"),
}


OF_NO_PLAN = ("policy", "sign")  # entries that speak of the register itself


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
    details : of a submission: name, start, end, spend, currency, supersedes; of a supersession: by;
        of a policy or a signature its parts. The register adds the account
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


def chained(
    drafts: Iterable[Draft], entries: Sequence[Entry], who: str, at: str, account: str = ""
) -> list[Entry]:
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
            details={**draft.details, **({"account": account} if account else {})},
            previous=chain[-1].hash if chain else GENESIS,
        )
        chain.append(replace(entry, hash=entry.digest()))
    return chain[len(entries) :]


def account_of(entry: Entry) -> str:
    """The account that wrote an entry; of entries that name none, who was given."""
    return str(entry.details.get("account") or entry.who)


def policy_in(entries: Iterable[Entry]) -> Policy:
    """The policy that holds after these entries: the last one set."""
    found = Policy()
    for entry in entries:
        if entry.action == "policy":
            found = policy_of(entry.details)
    return found


def approvals(standing: Standing) -> list[str]:
    """The accounts that approved a plan so far."""
    return [account_of(e) for e in standing.entries if e.action in ("endorse", "approve")]


def backwards(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that are dated before the one that they follow."""
    return [entry for before, entry in itertools.pairwise(entries) if entry.at < before.at]


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
    rules = _Rules()
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        problems = []
        if entry.number != expected:
            problems.append(f"entry {expected} is missing before it")
        if entry.digest() != entry.hash:
            problems.append("its content does not match its hash: it was altered")
        if entry.previous != previous:
            problems.append("it is not chained to the entry before it: one was replaced or removed")
        problems += _breaches(entry, state) or rules.breaches(entry)
        faults += [Fault(f"{where}, entry {entry.number}", text, RESTORE) for text in problems]
        if entry.number != expected:
            break  # everything behind a gap is out of step: one message says it
        if entry.action not in OF_NO_PLAN:
            state[entry.plan] = STATE_AFTER.get(entry.action, "rejected")
        rules.follow(entry)
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


class _Rules:
    """The policies along the chain, and whether each approval kept the one in force."""

    def __init__(self) -> None:
        self.policy = Policy()
        self.submissions: dict[int, Entry] = {}
        self.approved_by: dict[int, list[str]] = {}

    def breaches(self, entry: Entry) -> list[str]:
        """Why the policy in force does not allow this entry, if so."""
        account = account_of(entry)
        if entry.action == "policy":
            named = ", ".join(self.policy.approvers)
            may = self.policy.may_change(account)
            return [] if may else [f"{account} set a policy, which only {named} may"]
        submitted = self.submissions.get(entry.plan)
        if entry.action not in ("endorse", "approve") or submitted is None:
            return []
        before = self.approved_by.get(entry.plan, [])
        found = self.policy.refusals(account_of(submitted), before, account)
        needed = self.policy.needed(float(submitted.details.get("spend") or 0.0))
        if entry.action == "approve" and len(before) + 1 < needed:
            found.append(f"approved by {len(before) + 1} where the policy asks for {needed}")
        return found

    def follow(self, entry: Entry) -> None:
        if entry.action == "policy":
            self.policy = policy_of(entry.details)
        elif entry.action == "submit":
            self.submissions[entry.number] = entry
        elif entry.action in ("endorse", "approve"):
            self.approved_by.setdefault(entry.plan, []).append(account_of(entry))


def _breaches(entry: Entry, state: Mapping[int, State]) -> list[str]:
    """Why the register could not have written this entry, if so."""
    if entry.action in OF_NO_PLAN:
        return []
    if entry.action not in STATE_AFTER:
        return [f"unknown action {entry.action!r}"]
    if entry.action == "submit":
        return [] if entry.plan == entry.number else ["it submits a plan under another's number"]
    if entry.plan not in state:
        return [f"{entry.action} of plan {entry.plan}, which was never submitted"]
    if state[entry.plan] not in ALLOWED_FROM[entry.action]:
        return [f"{entry.action} of plan {entry.plan}, which was {state[entry.plan]} already"]
    return []
