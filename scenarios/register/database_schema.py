"""The register's tables, and triggers that let rows be added but never changed or removed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event

metadata = sa.MetaData()
schemas = sa.Table("register_schema", metadata, sa.Column("name", sa.Text, primary_key=True))
documents = sa.Table(
    "register_documents",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)
rows = sa.Table(
    "register_entries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("plan", sa.Integer, nullable=False),
    sa.Column("plan_sha256", sa.String(64), nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)


REFUSE = "the register is append-only"


def guards(table: sa.Table) -> list[str]:
    """SQLite's triggers that refuse to change, remove or replace what was written.

    INSERT OR REPLACE removes a row without asking the trigger on DELETE, so the one on INSERT
    looks for it.
    """
    alike = [f"{column.name} = NEW.{column.name}" for column in table.columns if _is_key(column)]
    there = f"EXISTS (SELECT 1 FROM {table.name} WHERE {' OR '.join(alike)})"
    conditions = {"UPDATE": "", "DELETE": "", "INSERT": f"WHEN {there} "}
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{change.lower()} "
        f"BEFORE {change} ON {table.name} {when}BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END"
        for change, when in conditions.items()
    ]


def _is_key(column: sa.Column) -> bool:
    return column.primary_key or bool(column.unique)


def _append_only(table: sa.Table) -> None:
    """Have the database itself refuse to change or remove what was written."""
    for guard in guards(table):
        event.listen(table, "after_create", sa.DDL(guard).execute_if(dialect="sqlite"))
    function = sa.DDL(
        "CREATE OR REPLACE FUNCTION register_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSE}'; END $$"
    )
    trigger = sa.DDL(
        f"CREATE TRIGGER {table.name}_only_append BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {table.name} FOR EACH STATEMENT EXECUTE FUNCTION register_refuse()"
    )
    for statement in (function, trigger):
        event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


def _names_account(table: sa.Table) -> None:
    """Have PostgreSQL refuse an entry that names another account than the one that writes it."""
    function = sa.DDL(
        "CREATE OR REPLACE FUNCTION register_account() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.details ->> 'account' IS DISTINCT FROM session_user THEN "
        "RAISE EXCEPTION 'an entry names the account that writes it'; END IF; RETURN NEW; END $$"
    )
    trigger = sa.DDL(
        f"CREATE TRIGGER {table.name}_account BEFORE INSERT ON {table.name} "
        "FOR EACH ROW EXECUTE FUNCTION register_account()"
    )
    for statement in (function, trigger):
        event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


GUARDED = (schemas, documents, rows)
for _table in GUARDED:
    _append_only(_table)
_names_account(rows)
