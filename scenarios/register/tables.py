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


def _append_only(table: sa.Table) -> None:
    """Have the database itself refuse to change or remove what was written."""
    refuse = "the register is append-only"
    for change in ("UPDATE", "DELETE"):
        trigger = sa.DDL(
            f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{refuse}'); END"
        )
        event.listen(table, "after_create", trigger.execute_if(dialect="sqlite"))
    function = sa.DDL(
        "CREATE OR REPLACE FUNCTION register_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refuse}'; END $$"
    )
    trigger = sa.DDL(
        f"CREATE TRIGGER {table.name}_only_append BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {table.name} FOR EACH STATEMENT EXECUTE FUNCTION register_refuse()"
    )
    for statement in (function, trigger):
        event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


for _table in (documents, rows):
    _append_only(_table)
