"""budgetopt register: what was submitted, approved, rejected and superseded."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.options.output import FILE, Output, echo, force_option, output_options
from scenarios.cli.options.scenario_options import plan_argument
from scenarios.cli.options.urls import without_password

if TYPE_CHECKING:
    from models.errors import Fault
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
        from scenarios.report.output_paths import extra

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
            callback=without_password,
            help="The register's file, or 'postgresql://user:${DB_PASSWORD}@host/database'.",
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


@command.command()
@click.option("--approvers", metavar="ACCOUNT,...", help="Only these accounts may approve.")
@click.option("--no-self-approval", is_flag=True, help="Who submitted a plan may not approve it.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="SPEND:APPROVALS",
    help="Plans from this spend on need so many different approvals; may be repeated.",
)
@click.option(
    "--one-per-period",
    is_flag=True,
    help="An approved plan supersedes every other whose dates overlap its own.",
)
@click.option("--none", "is_lifted", is_flag=True, help="No policy from now on.")
@by_whom
@on_register
def policy(
    approvers: str | None,
    no_self_approval: bool,
    limits: tuple[str, ...],
    one_per_period: bool,
    is_lifted: bool,
    who: str,
    comment: str,
    register: Register,
) -> None:
    """Say who may approve what from now on; without options, what holds now.

    An account is the operating system's, in a shared register the database's. Once a policy names
    approvers, only they may set another.

    \b
    budgetopt register policy --approvers anna,minh --no-self-approval --limit 500000:2
    """
    from scenarios.register import book
    from scenarios.register.entries import policy_in
    from scenarios.register.policy import Policy

    asked = bool(approvers or no_self_approval or limits or one_per_period)
    if asked and is_lifted:
        raise click.UsageError("--none lifts the policy: leave out the other options.")
    if not asked and not is_lifted:
        echo(str(policy_in(register.entries())))
        return
    named = tuple(name.strip() for name in (approvers or "").split(",") if name.strip())
    told = Policy(named, no_self_approval, tuple(map(_limit, limits)), one_per_period)
    entry = book.set_policy(register, told, who, comment)
    echo(f"policy: {told}")
    echo(f"head: {entry.hash}", err=True)


def _limit(text: str) -> tuple[float, int]:
    """``500000:2``: from this spend on, so many approvals."""
    from scenarios.definition.values import number

    spend, _, count = text.partition(":")
    try:
        least = number(spend)
    except Exception:
        least = -1.0
    if least <= 0 or not count.isdecimal() or not 2 <= int(count[:3]) <= 99:
        raise click.UsageError(f"--limit {text}: write it as SPEND:APPROVALS, e.g. 500000:2.")
    return least, int(count)


@command.command()
@click.option("--key", type=FILE, required=True, help="An Ed25519 private key, PEM or OpenSSH.")
@by_whom
@on_register
def sign(key: Path, who: str, comment: str, register: Register) -> None:
    """Sign everything written so far, so that a rebuilt register is told apart.

    \b
    budgetopt register sign --key ~/.ssh/id_ed25519
    budgetopt register audit --trust approvers.pub
    """
    from scenarios.report.output_paths import extra

    with extra("register"):
        from scenarios.register import book, signing

        private = signing.private_key(
            key, lambda: click.prompt("passphrase", hide_input=True, err=True)
        )
    entry = book.sign(register, private, who, comment)
    mark = signing.fingerprint(private.public_key())
    echo(f"signed {entry.number - 1} entries with the key {mark}")
    echo(f"head: {entry.hash}", err=True)


@command.command("list")
@on_register
@output_options
def list_plans(register: Register, out: Output) -> None:
    """Every plan and where it stands."""
    from scenarios.register import book
    from scenarios.register.entries import standings

    snapshot, faults = book.checked(register)
    plans = list(standings(snapshot.entries).values())
    heads = ("plan", "scenario", "period", "spend", "currency", "state", "since", "by")
    rows = [_plan_row(plan) for plan in plans]
    _write(out, heads, rows, [dict(zip(heads, row, strict=True)) for row in rows])
    _mark(faults)


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
    from scenarios.register import book
    from scenarios.register.decisions import find
    from scenarios.register.entries import RegisterError

    snapshot, faults = book.checked(register)
    plan = find(snapshot.entries, number)
    if document is not None and faults:
        raise RegisterError(faults)
    if document is not None:
        write_whole(document, snapshot.documents[plan.submission.plan_sha256])
        out.note(f"wrote {document}")
    out.note(f"{plan.title}: {plan.state}", f"plan file, SHA-256: {plan.submission.plan_sha256}")
    _write_entries(out, plan.entries)
    _mark(faults)


@command.command()
@click.argument("number", type=click.IntRange(1), metavar="[PLAN]", required=False)
@on_register
@output_options
def history(number: int | None, register: Register, out: Output) -> None:
    """Every entry in order, of one plan or of all."""
    from scenarios.register import book
    from scenarios.register.decisions import find

    snapshot, faults = book.checked(register)
    entries: Sequence[Entry] = snapshot.entries
    _write_entries(out, entries if number is None else find(entries, number).entries)
    _mark(faults)


@command.command()
@click.option("--head", help="An entry's hash that you noted down: proves nothing was cut off.")
@click.option(
    "--trust",
    type=FILE,
    metavar="PUBLIC_KEYS",
    help="Also ask for a signature by one of these Ed25519 keys (PEM or OpenSSH).",
)
@on_register
def audit(head: str | None, trust: Path | None, register: Register) -> None:
    """Prove that nothing was altered: every hash, link, decision, policy and stored plan."""
    from scenarios.register import book
    from scenarios.register.entries import backwards
    from scenarios.report.output_paths import extra

    trusted = []
    if trust is not None:
        with extra("register"):
            from scenarios.register.signing import public_keys, trust_faults

            trusted = public_keys(trust)
    entries = book.audit(register, head, trusted)
    echo(f"{register.name}: {len(entries)} entries, none altered.")
    if trust is not None:
        _, covered = trust_faults(entries, trusted, register.name)
        echo(f"signed by a trusted key: the first {covered}.")
    for entry in backwards(entries):
        echo(
            f"note: entry {entry.number} is dated {entry.at}, before the entry that it follows",
            err=True,
        )
    if entries:
        echo(f"head: {entries[-1].hash}")


@command.command()
@NUMBER
@click.option("--output", "-o", type=FILE, help="Write it to this file.")
@force_option()
@on_register
def export(number: int, output: Path | None, force: bool, register: Register) -> None:
    """An approved plan as CSV of channel, period and amount, for the platforms."""
    from models.files import write_whole
    from scenarios.plan.csv_text import csv_text
    from scenarios.plan.plan import parse
    from scenarios.register import book
    from scenarios.register.export import export_rows
    from scenarios.report.output_paths import free_to_write

    if output is not None:
        free_to_write([output], force)
    document = book.approved_document(register, number)
    text = csv_text(export_rows(parse(document, f"plan {number}")))
    if output is None:
        echo(text, nl=False)
        return
    write_whole(output, text)
    echo(f"wrote {output}", err=True)


def _mark(faults: Sequence[Fault]) -> None:
    """Say what an audit would, and leave as one that fails."""
    from scenarios.register.entries import RegisterError

    if faults:
        raise RegisterError(faults)


def _say(written: Written) -> None:
    plan = written.plan
    echo(f"{plan.title}: {plan.state} by {written.entries[0].who}")
    for notice in written.notices:
        echo(f"note: {notice}", err=True)
    echo(f"head: {written.head}", err=True)


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
    from scenarios.plan.csv_text import csv_text

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
