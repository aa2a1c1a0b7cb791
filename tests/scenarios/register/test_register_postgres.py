"""The same register in PostgreSQL, on a server of the test's own that no port reaches."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scenarios.register import book
from scenarios.register.entries import RegisterError
from scenarios.register.store import Register, RegisterUnavailable
from tests.scenarios.register.test_register import document
from tests.scenarios.register.test_register_crash import run_writers
from tests.support.postgres import needs_server, running_server

pytestmark = needs_server


@pytest.fixture(scope="module")
def server():
    """URL of a running server without any register."""
    pytest.importorskip("psycopg")
    with running_server() as folder:
        yield f"postgresql://team@/postgres?host={folder}"


@pytest.fixture
def url(server, request) -> str:
    """URL of an empty database for one test."""
    name = f"test_{abs(hash(request.node.name))}"
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def test_a_team_submits_decides_and_audits(url):
    register = Register(url)
    with pytest.raises(RegisterError, match="there is no register here"):
        register.entries()
    text = document(name="Größe")
    written = book.submit(register, text, who="ann")
    book.approve(register, 1, who="cfo")
    assert [entry.action for entry in book.audit(register, head=written.head)] == [
        "submit",
        "approve",
    ]
    assert register.document(written.plan.submission.plan_sha256) == text


def test_two_writers_at_once_begin_one_register_and_take_turns(url):
    result = run_writers("at_once", url, 2, 10)
    assert result["by_writer"] == {"w0": 20, "w1": 20}
    assert result["turns"] > 2


def test_the_server_refuses_changes_and_the_audit_sees_those_made_around_it(url):
    register = Register(url)
    book.submit(register, document())
    engine = register._engine(create=False)
    forge = sa.text("UPDATE register_entries SET who = 'eve'")
    with engine.begin() as raw, pytest.raises(DBAPIError, match="the register is append-only"):
        raw.execute(forge)
    with engine.begin() as raw:
        raw.execute(sa.text("ALTER TABLE register_entries DISABLE TRIGGER ALL"))
        raw.execute(forge)
    engine.dispose()
    with pytest.raises(RegisterError, match="entry 1: its content does not match its hash"):
        book.audit(register)


def test_a_held_register_and_a_server_that_is_not_there(url):
    register = Register(url, wait=0.2)
    book.submit(register, document(spend=1))
    with (
        register._transaction(write=True),
        pytest.raises(RegisterUnavailable, match="another process holds the register"),
    ):
        book.submit(register, document(spend=2))
    assert len(register.entries()) == 1
    with pytest.raises(RegisterUnavailable, match="connection"):
        Register("postgresql://team:secret@/x?host=/nowhere", wait=1).entries()
