"""budgetopt register: what was submitted, approved, rejected and superseded."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.options.output import FILE, Output, force_option, output_options
from scenarios.cli.options.scenario_options import plan_argument

if TYPE_CHECKING:
    from scenarios.register.book import Written
    from scenarios.register.entries import Entry, Standing
    from scenarios.register.store import Register


@click.group()
def command() -> None:
    """Keep what was proposed and decided: by whom, when, and why.

    Entries are only ever added, each chained to the one before it by its hash. The register is
    one file in this folder, or a PostgreSQL database that a team shares.

    \b
    budgetopt register submit plan.json --comment "for December"
    budgetopt register approve 1 --comment "as agreed on Monday"
    budgetopt register export 1 --output december.csv
    budgetopt register audit
    """


def on_register(action: Callable) -> Callable:
    """Give a command `--register` and `--wait`; it receives a `Register`."""

    @functools.wraps(action)
    def wrapped(*args, target: str, wait: float, **kwargs):
        from scenarios.report.files import extra

        with extra("register"):
            from scenarios.register.store import Register
        return action(*args, register=Register(target, wait), **kwargs)

    for option in (
        click.option(
            "--wait",
            type=click.FloatRange(0, 3600),
            default=10.0,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for a register that another process holds.",
        ),
        click.option(
            "--register",
            "target",
            default="register.sqlite",
            show_default=True,
            envvar="BUDGETOPT_REGISTER",
            metavar="FILE|URL",
            help="The register's file, or postgresql://user:password@host/database.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def by_whom(action: Callable) -> Callable:
    """Give a command `--by` and `--comment`."""
    by = click.option(
        "--by", "who", default="", envvar="BUDGETOPT_USER", help="Who acts; default: the account."
    )
    return by(click.option("--comment", default="", help="Why.")(action))


NUMBER = click.argument("number", type=click.IntRange(1), metavar="PLAN")


@command.command()
@plan_argument
@by_whom
@click.option("--supersedes", type=click.IntRange(1), help="The earlier plan that it replaces.")
@on_register
def submit(plan: Path, who: str, comment: str, supersedes: int | None, register: Register) -> None:
    """Put the plan file PLAN forward for approval."""
    from scenarios.plan.plan import read_text
    from scenarios.register import book

    _say(book.submit(register, read_text(plan), who, comment, supersedes, str(plan)))


@command.command()
@NUMBER
@by_whom
@on_register
def approve(number: int, who: str, comment: str, register: Register) -> None:
    """Approve a submitted plan; what was approved for the same scenario and dates is superseded."""
    from scenarios.register import book

    _say(book.approve(register, number, who, comment))


@command.command()
@NUMBER
@by_whom
@on_register
def reject(number: int, who: str, comment: str, register: Register) -> None:
    """Turn a submitted plan down; --comment says why."""
    from scenarios.register import book

    _say(book.reject(register, number, who, comment))


@command.command("list")
@on_register
@output_options
def list_plans(register: Register, out: Output) -> None:
    """Every plan and where it stands."""
    from scenarios.register.entries import standings

    plans = list(standings(register.entries()).values())
    heads = ("plan", "scenario", "period", "spend", "currency", "state", "since", "by")
    rows = [_plan_row(plan) for plan in plans]
    _write(out, heads, rows, [dict(zip(heads, row, strict=True)) for row in rows])


@command.command()
@NUMBER
@click.option(
    "--document",
    type=FILE,
    help="Write the plan file as it was submitted.",
)
@on_register
@output_options(also=("document",))
def show(number: int, document: Path | None, register: Register, out: Output) -> None:
    """One plan: where it stands, and everything that was decided about it."""
    from models.files import write_whole
    from scenarios.register.decisions import find

    plan = find(register.entries(), number)
    if document is not None:
        write_whole(document, register.document(plan.submission.plan_sha256))
        out.note(f"wrote {document}")
    out.note(f"{plan.title}: {plan.state}", f"plan file, SHA-256: {plan.submission.plan_sha256}")
    _write_entries(out, plan.entries)


@command.command()
@click.argument("number", type=click.IntRange(1), metavar="[PLAN]", required=False)
@on_register
@output_options
def history(number: int | None, register: Register, out: Output) -> None:
    """Every entry in order, of one plan or of all."""
    from scenarios.register.decisions import find

    entries: Sequence[Entry] = register.entries()
    _write_entries(out, entries if number is None else find(entries, number).entries)


@command.command()
@click.option("--head", help="An entry's hash that you noted down: proves nothing was cut off.")
@on_register
def audit(head: str | None, register: Register) -> None:
    """Prove that nothing was altered: every hash, link, decision and stored plan."""
    from scenarios.register import book

    entries = book.audit(register, head)
    click.echo(f"{register.name}: {len(entries)} entries, none altered.")
    if entries:
        click.echo(f"head: {entries[-1].hash}")


@command.command()
@NUMBER
@click.option("--output", "-o", type=FILE, help="Write it to this file.")
@force_option()
@on_register
def export(number: int, output: Path | None, force: bool, register: Register) -> None:
    """An approved plan as CSV of channel, period and amount, for the platforms."""
    from models.files import write_whole
    from scenarios.plan.csvtext import csv_text
    from scenarios.plan.plan import parse
    from scenarios.register.export import approved, export_rows
    from scenarios.report.files import free_to_write

    if output is not None:
        free_to_write([output], force)
    document = register.document(approved(register.entries(), number))
    text = csv_text(export_rows(parse(document, f"plan {number}")))
    if output is None:
        click.echo(text, nl=False)
        return
    write_whole(output, text)
    click.echo(f"wrote {output}", err=True)


def _say(written: Written) -> None:
    plan = written.plan
    click.echo(f"{plan.title}: {plan.state} by {written.entries[0].who}")
    for notice in written.notices:
        click.echo(f"note: {notice}", err=True)
    click.echo(f"head: {written.head}", err=True)


def _plan_row(plan: Standing) -> tuple[Any, ...]:
    last, details = plan.entries[-1], plan.details
    spend, currency = details["spend"], details["currency"] or ""
    return (
        plan.number,
        details["name"],
        plan.period,
        spend,
        currency,
        plan.state,
        last.at,
        last.who,
    )


def _write_entries(out: Output, entries: Iterable[Entry]) -> None:
    heads = ("entry", "at", "who", "action", "plan", "comment", "hash")
    found = list(entries)
    rows = [(e.number, e.at, e.who, e.action, e.plan, e.comment, e.hash) for e in found]
    _write(out, heads, rows, [vars(entry) for entry in found])


def _write(out: Output, heads: Sequence[str], rows: Sequence[tuple], content: list[dict]) -> None:
    from scenarios.plan.csvtext import csv_text

    out.write(
        {
            "table": lambda: _table(heads, rows),
            "json": lambda: json.dumps(content, indent=1, ensure_ascii=False, default=dict),
            "csv": lambda: csv_text([heads, *rows]),
        }
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]):
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from scenarios.language.numbers import amount

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for head in heads:
        table.add_column(head, justify="right" if head == "spend" else "left", overflow="fold")
    for row in rows:
        cells = []
        for head, cell in zip(heads, row, strict=True):
            if head in ("at", "since"):
                cell = f"{str(cell)[:16].replace('T', ' ')} UTC"
            elif head == "hash":
                cell = str(cell)[:12]
            cells.append(Text(amount(cell) if isinstance(cell, float) else str(cell)))
        table.add_row(*cells)
    return table
