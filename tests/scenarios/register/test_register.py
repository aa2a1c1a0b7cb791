"""The register: who may do what when, and that no alteration goes unnoticed."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.plan.plan import Horizon, Plan, PlanError, Totals, dump
from scenarios.register import book
from scenarios.register.entries import (
    GENESIS,
    Draft,
    RegisterError,
    chain_faults,
    chained,
    standings,
)
from scenarios.register.store import Register, RegisterUnavailable, account

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def document(name: str = "december", spend: float = 1000.0, start: str = "2026-12-01") -> str:
    plan = Plan(
        status="optimal",
        scenario={"name": name},
        period=Horizon(start=start, end="2026-12-31", days=31),
        proposed=Totals(spend=spend),
    )
    return dump(plan)


@pytest.fixture
def register(tmp_path) -> Register:
    return Register(tmp_path / "register.sqlite", wait=0.2, now=lambda: NOON)


# --- the chain ------------------------------------------------------------------------------


def history_of(decisions: list[bool]):
    """A chain in which plan after plan is submitted and then approved (True) or rejected."""
    drafts = []
    for approved in decisions:
        number = len(drafts) + 1
        details = {"name": f"ä{number}", "start": "2026-12-01", "end": "2026-12-31"}
        sha = hashlib.sha256(str(number).encode()).hexdigest()
        drafts.append(Draft("submit", 0, sha, details, "please"))
        drafts.append(Draft("approve" if approved else "reject", number, sha, {}, "no"))
    return chained(drafts, [], "ann", "2026-11-22T12:00:00.000000Z")


chains = st.lists(st.booleans(), min_size=1, max_size=5).map(history_of)


@given(chains)
def test_what_the_register_writes_passes_its_own_audit(entries):
    assert chain_faults(entries, "r") == []
    assert entries[0].previous == GENESIS


@given(chains, st.data())
def test_altering_any_field_of_any_entry_is_noticed(entries, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(sorted(vars(entries[at]))))
    old = getattr(entries[at], field)
    new = {"details": {"spend": 1}}.get(field, old + 1 if isinstance(old, int) else f"{old}x")
    entries[at] = replace(entries[at], **{field: new})
    assert chain_faults(entries, "r")


@given(chains, st.data())
def test_altering_an_entry_and_its_own_hash_breaks_the_chain(entries, data):
    at = data.draw(st.integers(0, len(entries) - 2))  # the newest has nobody after it to tell
    forged = replace(entries[at], comment="never said")
    entries[at] = replace(forged, hash=forged.digest())
    assert any("not chained" in str(fault) for fault in chain_faults(entries, "r"))


@given(chains, st.data())
def test_removing_or_swapping_entries_is_noticed(entries, data):
    at = data.draw(st.integers(0, len(entries) - 2))
    assert chain_faults(entries[:at] + entries[at + 1 :], "r")
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    assert chain_faults(entries, "r")


def test_a_well_hashed_entry_that_the_rules_forbid_is_noticed():
    entries = history_of([False])
    later = chained([Draft("approve", 1, entries[0].plan_sha256)], entries, "eve", "2026")
    faults = chain_faults([*entries, *later], "r")
    assert len(faults) == 1
    assert str(faults[0]).startswith(
        "r, entry 3: approve of plan 1, which was rejected already. Restore"
    )


# --- what people do -------------------------------------------------------------------------


def test_a_plan_goes_from_submitted_to_approved_to_superseded(register):
    first = book.submit(register, document(spend=1000), who="ann", comment="for December")
    assert (first.plan.number, first.plan.state) == (1, "submitted")
    assert book.approve(register, 1, who="cfo", comment="fine").plan.state == "approved"
    second = book.submit(register, document(spend=1200), who="ann")
    approved = book.approve(register, second.plan.number, who="cfo")
    assert approved.notices == ("plan 1 is superseded",)
    states = {n: s.state for n, s in standings(book.audit(register)).items()}
    assert states == {1: "superseded", 3: "approved"}
    entries = register.entries()
    assert [(e.action, e.plan, e.who) for e in entries] == [
        ("submit", 1, "ann"),
        ("approve", 1, "cfo"),
        ("submit", 3, "ann"),
        ("approve", 3, "cfo"),
        ("supersede", 1, "cfo"),
    ]
    assert entries[-1].details == {"by": 3, "account": account()}
    assert {e.at for e in entries} == {"2026-11-22T12:00:00.000000Z"}


def test_the_submitted_file_is_kept_byte_for_byte(register):
    text = document(name="Größe\u2028=1+1").replace("{", "{ ", 1)
    written = book.submit(register, text)
    key = written.plan.submission.plan_sha256
    assert key == hashlib.sha256(text.encode()).hexdigest()
    assert register.document(key) == text


def test_a_named_plan_is_superseded_when_its_replacement_is_approved(register):
    book.submit(register, document("base"))
    book.approve(register, 1)
    written = book.submit(register, document("other"), supersedes=1)
    assert len(written.entries) == 1  # what is approved stays in force until the new one is
    assert standings(register.entries())[1].state == "approved"
    assert "plan 1 is superseded" in book.approve(register, 3).notices


def test_a_waiting_plan_is_superseded_at_once(register):
    book.submit(register, document(spend=1))
    book.submit(register, document(spend=2), supersedes=1)
    assert [s.state for s in standings(register.entries()).values()] == ["superseded", "submitted"]


def test_approvals_that_deserve_a_word_get_one(register):
    for number, name in ((1, "north"), (3, "south")):
        book.submit(register, document(name), who="ann")
        notices = book.approve(register, number, who="ann").notices
    both, overlap = notices
    assert both == "ann both submitted and approved this plan"
    assert overlap == (
        "plan 1 (north, 2026-12-01 to 2026-12-31) is approved too and its dates overlap: "
        "the money may be spent twice"
    )


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda r: book.approve(r, 7), "plan 7: is not in the register (it has: 1, 3)"),
        (
            lambda r: book.approve(r, 1),
            "plan 1 (december, 2026-12-01 to 2026-12-31): is rejected already, by cfo at ",
        ),
        (
            lambda r: book.reject(r, 3, comment=" "),
            "plan 3: a rejection needs a reason. Give it with --comment.",
        ),
        (
            lambda r: book.submit(r, document(spend=2)),
            "the same document is already submitted as plan 3",
        ),
        (
            lambda r: book.audit(r, head="zz"),
            "--head: 'zz' is not a hash. Give 8 to 64 hex digits.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(register, act, message):
    book.submit(register, document(spend=1))
    book.reject(register, 1, who="cfo", comment="too much")
    book.submit(register, document(spend=2))
    before = register.entries()
    with pytest.raises(RegisterError) as refusal:
        act(register)
    assert str(refusal.value).startswith(message)
    assert register.entries() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            document()[:-40],
            "line .*: the file ends too early: it is truncated. Make the plan again.",
        ),
        (document().replace("1000.0", "999.0"), "its content does not match the hash that"),
        (document().replace("plan/1", "plan/9"), "its schema is budgetopt/plan/9, this version"),
        ("[]", "this is not a plan: it has no schema"),
        (
            dump(Plan(status="infeasible", period=Horizon(days=28))),
            "unnamed: the plan holds no allocation: nothing to decide",
        ),
    ],
)
def test_what_is_no_sound_plan_is_not_registered(register, text, message):
    with pytest.raises(PlanError, match=message):
        book.submit(register, text)
    assert not Path(register.target).exists()


def test_a_rejected_document_may_be_submitted_again(register):
    book.submit(register, document())
    book.reject(register, 1, comment="wait for the numbers")
    assert book.submit(register, document()).plan.number == 3


# --- the audit of a real file ---------------------------------------------------------------


@pytest.fixture
def tampered(register):
    """A register of two decided plans, and a way to alter its file behind its back."""
    for spend in (1, 2):
        book.submit(register, document(spend=spend), who="ann")
        book.approve(register, 2 * spend - 1, who="cfo")

    def alter(statement: str) -> None:
        with sqlite3.connect(register.target) as raw:
            for table in ("register_entries", "register_documents"):
                for change in ("update", "delete"):
                    raw.execute(f"DROP TRIGGER {table}_no_{change}")
            raw.execute(statement)
        raw.close()

    return register, alter


@pytest.mark.parametrize(
    ("statement", "culprit"),
    [
        ("UPDATE register_entries SET comment='no' WHERE number=2", "entry 2: its content"),
        ("UPDATE register_entries SET at='2020' WHERE number=1", "entry 1: its content"),
        ("UPDATE register_entries SET details='{}' WHERE number=3", "entry 3: its content"),
        ("DELETE FROM register_entries WHERE number=2", "entry 3: entry 2 is missing"),
        ("UPDATE register_documents SET content='{}'", "document of plan 1: it does not match"),
        ("DELETE FROM register_documents", "document of plan 3: it is missing"),
    ],
)
def test_the_audit_names_what_was_altered(tampered, statement, culprit):
    register, alter = tampered
    book.audit(register)
    alter(statement)
    with pytest.raises(RegisterError) as found:
        book.audit(register)
    assert f"{register.name}, {culprit}" in str(found.value)


def test_a_cut_off_end_is_noticed_by_whoever_kept_the_head(tampered):
    register, alter = tampered
    head = register.entries()[-1].hash
    assert book.audit(register, head=head[:12])
    alter("DELETE FROM register_entries WHERE number = 5")
    assert len(book.audit(register)) == 4  # the chain alone cannot know that there was more
    with pytest.raises(RegisterError, match="entries were cut off or rewritten"):
        book.audit(register, head=head[:12])


def test_nothing_is_added_to_an_altered_register(tampered):
    register, alter = tampered
    alter("UPDATE register_entries SET who='eve' WHERE number=2")
    with pytest.raises(RegisterError, match="entry 2: its content does not match"):
        book.submit(register, document(spend=9))
    assert len(register.entries()) == 5


@pytest.mark.parametrize("table", ["register_entries", "register_documents"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1"])
def test_the_database_itself_refuses_to_change_what_was_written(register, table, change):
    book.submit(register, document())
    raw = sqlite3.connect(register.target)
    with pytest.raises(sqlite3.IntegrityError, match="the register is append-only"):
        raw.execute(change.format(table))
    raw.close()


# --- what can go wrong around it ------------------------------------------------------------


def test_a_register_that_another_process_holds(register):
    book.submit(register, document(spend=1))
    holder = sqlite3.connect(register.target, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for act in (register.entries, lambda: book.submit(register, document(spend=2))):
        with pytest.raises(RegisterUnavailable) as refusal:
            act()
        assert refusal.value.filename == register.name
        assert refusal.value.strerror == (
            "another process holds the register (waited 0.2 s). Try again"
        )
    holder.execute("ROLLBACK")
    holder.close()
    assert book.submit(register, document(spend=2)).plan.number == 2


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("missing.sqlite", "there is no register here. `budgetopt register submit PLAN` begins"),
        (".", "this is a folder. Name a file in it."),
        ("noise.sqlite", "this is not a register, or a damaged one"),
        ("mysql://u:secret@h/d", "a register cannot live in 'mysql'"),
        ("postgresql://h:port/d", "this URL cannot be read"),
    ],
)
def test_targets_that_hold_no_register(tmp_path, monkeypatch, target, message):
    monkeypatch.chdir(tmp_path)
    Path("noise.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(RegisterError) as refusal:
        Register(target).entries()
    assert message in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(RegisterError, match=r"the folder .* does not exist"):
        book.submit(Register(tmp_path / "no" / "register.sqlite"), document())


def test_a_register_of_a_newer_schema(register):
    book.submit(register, document())
    with sqlite3.connect(register.target) as raw:
        raw.execute("DROP TRIGGER register_schema_no_update")
        raw.execute("UPDATE register_schema SET name = 'budgetopt/register/2'")
    raw.close()
    with pytest.raises(RegisterError) as refusal:
        register.entries()
    assert "its schema is budgetopt/register/2, this version knows budgetopt/register/1" in str(
        refusal.value
    )


FULL_DISK = """
import resource, sys
from scenarios.register import book
from scenarios.register.store import Register, RegisterUnavailable, account
from tests.support.register_writers import plan_text
register = Register(sys.argv[1])
text = plan_text(9, size=1_000_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    book.submit(register, text)
except RegisterUnavailable as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits on file sizes")
def test_a_full_disk_leaves_the_register_as_it_was(register):
    book.submit(register, document())
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, register.target],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "disk" in done.stdout
    assert len(book.audit(register)) == 1
    assert book.submit(register, document(spend=2)).plan.number == 2
