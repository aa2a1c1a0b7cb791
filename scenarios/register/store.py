"""Where the register lives: one SQLite file, or a PostgreSQL database that a team shares.

A change happens in one transaction that holds the write lock from its first read on, so two
writers take turns and a process killed at any moment leaves either all of it or nothing.
"""

from __future__ import annotations

import errno
import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from models.errors import Fault, InputError
from models.extras import lacking
from models.files import taken_in
from models.passwords import HIDDEN, passwords, without_passwords
from models.phrases import said
from scenarios.register.database_schema import GUARDED, documents, guards, metadata, rows, schemas
from scenarios.register.entries import (
    RESTORE,
    SCHEMA,
    Draft,
    Entry,
    RegisterError,
    chain_faults,
    chained,
    sha256,
)
from scenarios.register.policy import policy_of
from scenarios.sources.secrets import expanded, without

DEFAULT_FILE = "register.sqlite"
EXAMPLE = "'postgresql://user:${DB_PASSWORD}@host/database'"
TEAM_LOCK = 0x6275646765746F70  # any constant: the one advisory lock all writers ask for


class RegisterUnavailable(OSError):
    """The register cannot be reached or written now: the machine's failure, not the person's."""


@dataclass(frozen=True)
class Snapshot:
    """All that the register holds at one moment; `documents` are plan texts by their hash."""

    entries: tuple[Entry, ...]
    documents: dict[str, str]


@dataclass(frozen=True)
class Appended:
    """What one transaction found and what it added."""

    before: tuple[Entry, ...]
    added: tuple[Entry, ...]


class Register:
    """A register of plans.

    Parameters
    ----------
    target : path of an SQLite file, or a ``postgresql://`` URL; secrets as ``${VARIABLE}``
    wait : seconds to wait for another process that holds it
    now : the clock, in UTC
    """

    def __init__(
        self,
        target: str | Path = DEFAULT_FILE,
        wait: float = 10.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.target, self.wait, self.now = str(target), wait, now

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first; RegisterError where there is no register."""
        with self._transaction(write=False) as connection:
            return _entries(connection)

    def document(self, plan_sha256: str) -> str:
        """The text of a submitted plan, byte for byte."""
        with self._transaction(write=False) as connection:
            found = _documents(connection, plan_sha256)
        if plan_sha256 not in found:
            raise RegisterError(Fault(self.name, "the plan's document is missing", RESTORE))
        return found[plan_sha256]

    def snapshot(self) -> Snapshot:
        """Entries and documents as of one moment."""
        with self._transaction(write=False) as connection:
            return Snapshot(_entries(connection), _documents(connection))

    def append(
        self,
        drafts: Callable[[Sequence[Entry], str], list[Draft]],
        who: str = "",
        document: str | None = None,
        create: bool = False,
    ) -> Appended:
        """Write what `drafts` makes of the entries so far; all of it or nothing.

        Parameters
        ----------
        drafts : told the entries as they stand while nobody else can write, and the account that
            acts; may raise
        who : who acts; by default the name of the account
        document : the plan's text that a submission brings; creates the register if need be
        create : begin the register if need be
        """
        create = create or document is not None
        with self._transaction(write=True, create=create) as connection:
            before = _entries(connection)
            faults = chain_faults(before, self.name)
            if faults:
                raise RegisterError(faults)
            at = self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            acting = _account(connection)
            added = tuple(chained(drafts(before, acting), before, who or account(), at, acting))
            if document is not None:
                _keep(connection, document)
            connection.execute(rows.insert(), [asdict(entry) for entry in added])
        return Appended(before, added)

    @property
    def name(self) -> str:
        """How messages call it: as it was written, without a password."""
        return without_passwords(self.target)

    def _address(self) -> tuple[str, dict[str, str]]:
        """The target with its variables' values, and what must appear in no message.

        Raises
        ------
        RegisterError : a variable is not set
        """
        full, secrets = expanded(self.target, os.environ, "--register", RegisterError)
        return full, {**secrets, HIDDEN: full} if passwords(full) else secrets

    @contextmanager
    def _transaction(self, write: bool, create: bool = False) -> Iterator[sa.Connection]:
        engine = self._engine(create)
        try:
            with engine.connect() as connection:
                self._begin(connection, write)
                self._check_schema(connection, create)
                if write and connection.dialect.name == "sqlite":
                    # An older version made fewer, and somebody may have dropped one.
                    for guard in (guard for table in GUARDED for guard in guards(table)):
                        connection.exec_driver_sql(guard)
                yield connection
                connection.commit()
        except DBAPIError as error:
            # Not chained: a driver may quote a part of the password.
            raise self._explained(error) from None
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            if isinstance(error, InputError):
                raise
            # Of a register that is whole nothing raises these: a stored value is of another kind.
            raise RegisterError(_damaged(self.name, error)) from None
        finally:
            engine.dispose()

    def _url(self) -> sa.URL:
        full, _ = self._address()
        if "://" not in full:
            return sa.URL.create("sqlite", database=full)
        try:
            url = sa.make_url(full)
        except (ArgumentError, ValueError):  # the latter for a port that is no number
            raise RegisterError(
                Fault("--register", "this URL cannot be read", f"Write it like {EXAMPLE}.")
            ) from None
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            problem = f"a register cannot live in {url.get_backend_name()!r}"
            raise RegisterError(Fault("--register", problem, f"Name a file, or {EXAMPLE}."))
        return url.set(drivername="postgresql+psycopg") if "postgres" in url.drivername else url

    def _engine(self, create: bool) -> sa.Engine:
        url = self._url()
        if url.get_backend_name() == "sqlite":
            _check_file(Path(url.database or ""), create)
            options = {"timeout": self.wait, "isolation_level": None}  # BEGIN is ours to say
        else:
            options = {"connect_timeout": max(2, round(self.wait))}
        try:
            return sa.create_engine(url, connect_args=options, poolclass=sa.NullPool)
        except ModuleNotFoundError:
            lacks = lacking(said("a register in PostgreSQL"), "psycopg", "team")
            raise RegisterError(Fault("--register", *lacks)) from None

    def _begin(self, connection: sa.Connection, write: bool) -> None:
        """Take the write lock before anything is read, or a snapshot that stays the same."""
        if connection.dialect.name == "sqlite":
            # A commit that has returned survives a power cut, journal's folder entry included.
            connection.exec_driver_sql("PRAGMA synchronous = EXTRA")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            return
        if not write:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return
        # Not repeatable read: its snapshot would be older than the wait for the lock.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, round(self.wait * 1000))}")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TEAM_LOCK)))

    def _check_schema(self, connection: sa.Connection, create: bool) -> None:
        if not sa.inspect(connection).has_table(schemas.name):
            if not create:
                raise RegisterError(_nothing_here(self.name))
            metadata.create_all(connection)
            connection.execute(schemas.insert(), {"name": SCHEMA})
            return
        found = connection.execute(sa.select(schemas.c.name)).scalars().all()
        if found != [SCHEMA]:
            told = ", ".join(map(str, found)) or "not named"
            problem = f"its schema is {told}, this version knows {SCHEMA}"
            raise RegisterError(Fault(self.name, problem, "Install a newer budgetopt."))

    def _explained(self, error: DBAPIError) -> Exception:
        """The database's failure in words."""
        text = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else str(error)
        text = without(self._address()[1], text)
        if "locked" in text or "lock timeout" in text:
            held = f"another process holds the register (waited {self.wait:g} s). Try again"
            return RegisterUnavailable(errno.EBUSY, held, self.name)
        if "permission denied" in text or "row-level security" in text:
            problem = f"the database does not let this account do that ({text})"
            remedy = "Whoever keeps it grants the role: reader, submitter or approver."
            return RegisterError(Fault(self.name, problem, remedy))
        if _is_damage(error, text):
            return RegisterError(_damaged(self.name, text))
        return RegisterUnavailable(errno.EIO, text, self.name)


def _account(connection: sa.Connection) -> str:
    """Who acts, as the machine knows it: the database's account, of a file the system's."""
    if connection.dialect.name == "sqlite":
        return account()
    return str(connection.exec_driver_sql("SELECT session_user").scalar())


def account() -> str:
    """Name of the account that runs this, as the system knows it and no variable says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # Windows, or an account without a name
        pass
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _is_damage(error: DBAPIError, text: str) -> bool:
    """Whether the file is to blame, and not the machine."""
    import sqlite3

    words = ("not a database", "malformed", "no such column", "no such table", "decode")
    of_file = isinstance(error.orig, sqlite3.DatabaseError)
    return of_file and any(word in text for word in words)


def _damaged(name: str, why: object) -> Fault:
    shown = " ".join(str(why).split())[:120]
    problem = f"this is not a register, or a damaged one ({shown})"
    return Fault(name, problem, "Name another file, or restore it from a copy.")


def _nothing_here(name: str) -> Fault:
    remedy = "`budgetopt register submit PLAN` begins one; or name it with --register."
    return Fault(name, "there is no register here", remedy)


def _check_file(path: Path, create: bool) -> None:
    taken_in(path)
    if path.is_dir():
        raise RegisterError(Fault(str(path), "this is a folder", "Name a file in it."))
    if not create and not path.exists():
        raise RegisterError(_nothing_here(str(path)))
    if not path.parent.is_dir():
        problem = f"the folder {path.parent} does not exist"
        raise RegisterError(Fault(str(path), problem, "Create it first."))


def _entries(connection: sa.Connection) -> tuple[Entry, ...]:
    stored = connection.execute(sa.select(rows).order_by(rows.c.number)).mappings()
    return tuple(_sound(Entry(**row)) for row in stored)


def _sound(entry: Entry) -> Entry:
    """The entry, if its fields are of the kinds that are written.

    Raises
    ------
    ValueError : one is not
    """
    texts = (entry.at, entry.who, entry.action, entry.plan_sha256, entry.comment, entry.previous)
    submitted = entry.details if isinstance(entry.details, dict) else {}
    is_sound = (
        all(isinstance(text, str) for text in (*texts, entry.hash))
        and all(type(number) is int for number in (entry.number, entry.plan))
        and isinstance(entry.details, dict)
        and isinstance(submitted.get("spend", 0.0), int | float | None)
        and all(isinstance(submitted.get(name, ""), str) for name in ("name", "start", "end"))
    )
    if not is_sound:
        raise ValueError(f"entry {entry.number} is not as it was written")
    if entry.action == "policy":
        policy_of(entry.details)
    return entry


def _documents(connection: sa.Connection, only: str | None = None) -> dict[str, str]:
    query = sa.select(documents.c.sha256, documents.c.content)
    if only is not None:
        query = query.where(documents.c.sha256 == only)
    found = {row.sha256: row.content for row in connection.execute(query)}
    if not all(isinstance(text, str) for pair in found.items() for text in pair):
        raise ValueError("a document is no text")
    return found


def _keep(connection: sa.Connection, document: str) -> None:
    key = sha256(document)
    if not _documents(connection, key):
        connection.execute(documents.insert(), {"sha256": key, "content": document})
