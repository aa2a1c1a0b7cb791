"""What the register proves: policies, signatures, guards, and that damage has a name."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.register import book, signing
from scenarios.register.entries import GENESIS, Entry, RegisterError, backwards, chain_faults
from scenarios.register.policy import Policy
from scenarios.register.store import Register, account
from tests.scenarios.register.test_register import document
from tests.support.commands import budgetopt, refused
from tests.support.postgres import needs_server, running_server

pytest.importorskip("cryptography")
sa = pytest.importorskip("sqlalchemy")


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Act as another account from here on."""
    return lambda name: monkeypatch.setattr(
        "scenarios.register.store._account", lambda connection: name
    )


@pytest.fixture
def register(tmp_path: Path, acting: Callable[[str], None]) -> Register:
    acting("anna")
    return Register(tmp_path / "register.sqlite")


def drop_guards(raw: sqlite3.Connection) -> None:
    named = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in named:
        raw.execute(f"DROP TRIGGER {name}")


def rewritten(register: Register, change: Callable[[list[Entry]], list[Entry]]) -> None:
    """Rebuild the whole chain around the guards, every hash recomputed."""
    entries, previous, chain = change(list(register.entries())), GENESIS, []
    for number, entry in enumerate(entries, start=1):
        made = replace(entry, number=number, previous=previous)
        chain.append(replace(made, hash=made.digest()))
        previous = chain[-1].hash
    with sqlite3.connect(register.target) as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        for old, new in zip(entries, chain, strict=True):
            raw.execute(
                "UPDATE register_entries SET who=?, comment=?, previous=?, hash=? WHERE number=?",
                (new.who, new.comment, new.previous, new.hash, old.number),
            )
    raw.close()


# --- policies --------------------------------------------------------------------------------


def test_only_the_named_may_approve_and_not_their_own(register, acting) -> None:
    book.set_policy(register, Policy(("minh", "anna"), no_self_approval=True))
    book.submit(register, document())
    with pytest.raises(RegisterError, match="anna submitted this plan, and the policy asks for"):
        book.approve(register, 2)
    acting("eve")
    with pytest.raises(RegisterError, match="eve may not approve: the policy names minh, anna"):
        book.approve(register, 2, who="minh")
    with pytest.raises(RegisterError, match="eve may not change the policy"):
        book.set_policy(register, Policy())
    acting("minh")
    assert book.approve(register, 2).plan.state == "approved"
    assert [entry.details["account"] for entry in book.audit(register)] == ["anna", "anna", "minh"]


def test_dear_plans_need_two_accounts(register, acting) -> None:
    book.set_policy(register, Policy(limits=((500_000, 2),)))
    book.submit(register, document(spend=499_999))
    assert book.approve(register, 2).plan.state == "approved"
    book.submit(register, document(name="january", spend=500_000))
    first = book.approve(register, 4)
    assert (first.plan.state, first.entries[0].action) == ("submitted", "endorse")
    assert first.notices == ("1 of 2 approvals; it waits for the others",)
    with pytest.raises(RegisterError, match="anna approved this plan already"):
        book.approve(register, 4)
    with pytest.raises(RegisterError, match="only what is approved is exported"):
        book.approved_document(register, 4)
    acting("minh")
    assert book.approve(register, 4).plan.state == "approved"
    book.audit(register)


def test_a_policy_that_nobody_could_keep_is_refused(register) -> None:
    with pytest.raises(RegisterError, match="asks for 2 approvals and names 1 approvers"):
        book.set_policy(register, Policy(("anna",), limits=((500, 2),)))


def test_one_approved_plan_a_period(register) -> None:
    book.set_policy(register, Policy(one_per_period=True))
    book.submit(register, document(name="one"))
    book.submit(register, document(name="two", start="2026-12-15"))
    book.approve(register, 2)
    assert [entry.action for entry in book.approve(register, 3).entries] == ["approve", "supersede"]


def test_the_audit_sees_an_approval_that_the_policy_forbade(register) -> None:
    book.set_policy(register, Policy(("minh", "huy"), limits=((500, 2),)))
    entries = list(book.audit(register))
    sound = Register(Path(register.target).with_name("other.sqlite"))
    book.submit(sound, document())
    book.approve(sound, 1)
    forged, previous = [], entries[-1].hash
    for number, entry in enumerate(book.audit(sound), start=2):
        made = replace(entry, number=number, plan=2, previous=previous)
        forged.append(replace(made, hash=made.digest()))
        previous = forged[-1].hash
    assert [fault.problem for fault in chain_faults([*entries, *forged], "r")] == [
        "anna may not approve: the policy names minh, huy",
        "approved by 1 where the policy asks for 2",
    ]


def test_policies_and_signatures_at_the_command_line(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    me = account()
    assert budgetopt("register", "policy", "--approvers", me, "--limit", "5k:2").exit_code == 2
    told = budgetopt("register", "policy", "--approvers", f"{me},minh", "--limit", "5k:2")
    assert told.stdout == f"policy: approvers: {me}, minh; from 5,000 on 2 approvals\n"
    assert budgetopt("register", "policy").stdout == told.stdout.removeprefix("policy: ")
    Path("plan.json").write_text(document())
    assert budgetopt("register", "submit", "plan.json", "--by", "cfo").exit_code == 0
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem"], check=True)
    public = ["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "key.pub"]
    subprocess.run(public, check=True)
    assert budgetopt("register", "sign", "--key", "key.pem").stdout.startswith("signed 2 entries")
    audited = budgetopt("register", "audit", "--trust", "key.pub")
    assert "signed by a trusted key: the first 2." in audited.stdout
    wrong = "this is not a private key that can be read (ValueError)"
    assert refused("register", "sign", "--key", "plan.json")[0].startswith(
        f"error: plan.json: {wrong}"
    )
    assert (
        "key 1 is no Ed25519 public key" in refused("register", "audit", "--trust", "plan.json")[0]
    )


# --- signatures ------------------------------------------------------------------------------


def key():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def test_a_rebuilt_chain_fails_where_a_key_is_trusted(register) -> None:
    book.submit(register, document(), comment="first")
    mine, other = key(), key()
    book.sign(register, mine)
    book.submit(register, document(spend=2))
    trusted = [mine.public_key()]
    entries = book.audit(register, trusted=trusted)
    assert signing.trust_faults(entries, trusted, "r") == ([], 1)
    with pytest.raises(RegisterError, match="no entry is signed by a key that is trusted"):
        book.audit(register, trusted=[other.public_key()])
    rewritten(register, lambda chain: [replace(chain[0], comment="other"), *chain[1:]])
    book.audit(register)  # every hash fits: without a signature nobody could tell
    with pytest.raises(RegisterError, match="its signature does not hold"):
        book.audit(register, trusted=trusted)


# --- guards, damage and what is altered ------------------------------------------------------

OTHERS = "at, 'eve', action, plan, plan_sha256, comment, details, previous, hash"


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT OR REPLACE INTO register_entries SELECT number, {OTHERS} FROM register_entries",
        "REPLACE INTO register_documents SELECT sha256, 'forged' FROM register_documents",
        f"INSERT OR REPLACE INTO register_entries SELECT 9, {OTHERS} FROM register_entries",
        "UPDATE OR REPLACE register_entries SET who = 'eve'",
        "DELETE FROM register_schema",
    ],
)
def test_the_guards_hold_against_replacing(register, statement) -> None:
    book.submit(register, document())
    raw = sqlite3.connect(register.target)
    with pytest.raises(sqlite3.IntegrityError, match="the register is append-only"):
        raw.execute(statement)
    raw.close()
    book.audit(register)


def test_nothing_of_an_altered_register_is_exported_and_lists_say_so(register, monkeypatch) -> None:
    monkeypatch.chdir(Path(register.target).parent)
    book.submit(register, document())
    book.approve(register, 1)
    assert budgetopt("register", "export", "1").exit_code == 0
    raw = sqlite3.connect(register.target)
    raw.execute("DROP TRIGGER register_documents_no_update")
    raw.execute("UPDATE register_documents SET content = ?", (document(spend=9),))
    raw.commit()
    raw.close()
    altered = "error: register.sqlite, document of plan 1: it does not match its hash"
    assert refused("register", "export", "1")[0].startswith(altered)
    for command in (["list"], ["history"], ["show", "1"]):
        result = budgetopt("register", *command)
        assert result.exit_code == 2
        assert altered in result.stderr
        assert "december" in result.stdout or "submit" in result.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_entries SET details = 'no json'",
        "UPDATE register_entries SET details = '[]'",
        "UPDATE register_entries SET details = '{}'",
        "UPDATE register_entries SET who = x'ff'",
        "UPDATE register_entries SET at = 5",
        "UPDATE register_entries SET number = 9223372036854775807",
        "UPDATE register_documents SET content = x'ff'",
        "UPDATE register_documents SET content = CAST(x'ff' AS TEXT)",
        "UPDATE register_documents SET sha256 = 'other'",
        "UPDATE register_schema SET name = x'ff'",
        "ALTER TABLE register_entries RENAME COLUMN comment TO remark",
        "DROP TABLE register_documents",
    ],
)
def test_damage_is_named_and_no_failure_of_ours(register, statement, monkeypatch) -> None:
    monkeypatch.chdir(Path(register.target).parent)
    book.submit(register, document())
    book.approve(register, 1)
    raw = sqlite3.connect(register.target)
    drop_guards(raw)
    where = " WHERE number = 2" if "SET number" in statement else ""
    raw.execute(statement + where)
    raw.commit()
    raw.close()
    for command in (["audit"], ["export", "1"], ["list"], ["history"]):
        result = budgetopt("register", *command)
        assert result.exit_code == 2, (command, result.output)
        assert "error: register.sqlite" in result.stderr


def test_times_that_go_backwards_are_said(register) -> None:
    book.submit(register, document())
    entries = [*register.entries(), replace(register.entries()[0], number=2, at="2020-01-01T00:00")]
    assert [entry.number for entry in backwards(entries)] == [2]


# --- PostgreSQL: who may do what -------------------------------------------------------------

ROLES = Path(__file__).parents[3] / "docs" / "howto" / "register-roles.sql"


@needs_server
def test_roles_of_a_shared_register() -> None:
    pytest.importorskip("psycopg")
    with running_server() as folder:

        def of(name: str) -> Register:
            return Register(f"postgresql://{name}@/postgres?host={folder}", wait=5)

        book.submit(of("team"), document())
        engine = sa.create_engine(f"postgresql+psycopg://team@/postgres?host={folder}")
        with engine.begin() as raw:
            raw.exec_driver_sql(ROLES.read_text())
            for name, role in (("rita", "reader"), ("anna", "submitter"), ("minh", "approver")):
                raw.exec_driver_sql(f"CREATE ROLE {name} LOGIN; GRANT budgetopt_{role} TO {name}")
        engine.dispose()
        not_allowed = "the database does not let this account do that"
        assert len(book.audit(of("rita"))) == 1
        with pytest.raises(RegisterError, match=not_allowed):
            book.submit(of("rita"), document(spend=2))
        assert book.submit(of("anna"), document(spend=2), who="cfo").plan.number == 2
        with pytest.raises(RegisterError, match=not_allowed):
            book.approve(of("anna"), 2, who="minh")
        with pytest.raises(RegisterError, match=not_allowed):
            book.submit(of("minh"), document(spend=3))
        assert book.approve(of("minh"), 2, who="minh").plan.state == "approved"
        accounts = [entry.details["account"] for entry in book.audit(of("rita"))]
        assert accounts[:2] == ["team", "anna"]
        assert set(accounts[2:]) == {"minh"}
        engine = sa.create_engine(f"postgresql+psycopg://anna@/postgres?host={folder}")
        forged = (
            "INSERT INTO register_entries SELECT 99, at, who, action, plan, plan_sha256, comment, "
            """'{"account": "minh"}', hash, 'x' FROM register_entries WHERE number = 1"""
        )
        with engine.connect() as raw, pytest.raises(sa.exc.DBAPIError) as caught:
            raw.exec_driver_sql(forged)
        assert "an entry names the account that writes it" in str(caught.value)
        engine.dispose()
