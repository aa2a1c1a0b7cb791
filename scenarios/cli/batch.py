"""budgetopt batch: the same scenario asked of many accounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.options.history_options import language_option
from scenarios.cli.options.output import EXIT_SOME_FAILED, FILE, Output, force_option
from scenarios.cli.options.scenario_options import scenario_options
from scenarios.cli.options.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.batch.batch_summary import BatchSummary
    from scenarios.batch.plan_accounts import Progress
    from scenarios.language.language import Language


@click.command()
@click.argument("accounts", callback=without_password)
@click.option("--scenario", type=FILE, required=True, help="The scenario of each, without history.")
@click.option(
    "--by", default="account", show_default=True, help="The column that names the account."
)
@click.option("--query", metavar="SQL", help="Whose rows are the histories; of a database.")
@click.option(
    "--output",
    "-o",
    "results",
    metavar="FOLDER",
    required=True,
    callback=without_password,
    help="Folder or URL (s3://bucket/results) of the results.",
)
@click.option(
    "--overrides",
    type=FILE,
    help="Table of what single accounts are asked otherwise: budget, currency, any key of --set.",
)
@scenario_options
@click.option(
    "--total",
    type=float,
    metavar="AMOUNT",
    help="One budget of all accounts, divided by the price of money.",
)
@click.option(
    "--across", type=FILE, help="Rules across accounts, of one budget: groups, CPA of all (YAML)."
)
@click.option(
    "--borrow",
    is_flag=True,
    help="Take carry-over and shape from the other accounts where an own history is short.",
)
@click.option("--curves", "keep_curves", is_flag=True, help="Keep the fitted curves, for reruns.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option(
    "--scheduler",
    metavar="URL",
    callback=without_password,
    help="Of Dask, such as tcp://10.0.0.1:8786.",
)
@click.option("--workers", type=int, help="Processes at a time; by default one per core.")
@click.option(
    "--timeout", type=float, default=600.0, show_default=True, help="Seconds for one account."
)
@click.option("--memory", type=float, default=2.0, show_default=True, help="GB for one account.")
@click.option("--retry-failed", is_flag=True, help="Do again what failed before.")
@click.option(
    "--plans", "with_plans", is_flag=True, help="Keep the whole plan of each account too."
)
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table")
@language_option
@force_option("Write into a folder that holds results of another template.")
@click.option("--quiet", "-q", is_flag=True, help="Print the summary and nothing else.")
def command(
    accounts: str,
    scenario: Path,
    by: str,
    query: str | None,
    results: str,
    overrides: Path | None,
    settings: tuple[str, ...],
    total: float | None,
    across: Path | None,
    borrow: bool,
    keep_curves: bool,
    engine: str,
    scheduler: str | None,
    workers: int | None,
    timeout: float,
    memory: float,
    retry_failed: bool,
    with_plans: bool,
    output_format: str,
    lang: str,
    force: bool,
    quiet: bool,
) -> None:
    """Plan every account of ACCOUNTS: a Parquet or CSV file, a folder or pattern, or a database.

    What was done before is skipped as long as its history, scenario and version are the same.
    Leaves with exit code 4 where some account has no plan.

    \b
    budgetopt batch accounts.parquet --scenario template.yaml --output results/
    budgetopt batch 'lake/*.parquet' --by shop --scenario template.yaml --output results/ \\
        --overrides shops.csv --engine dask --scheduler tcp://10.0.0.1:8786
    """
    if across is not None and total is None:
        raise click.UsageError("--across is of one budget: name it with --total")
    from scenarios.batch.batch_summary import to_json
    from scenarios.batch.plan_accounts import Asked, plan_accounts
    from scenarios.definition.scenario import Scenario
    from scenarios.language.language import errors_in, language
    from scenarios.report.batch.accounts_terminal import batch_report

    out, spoken = Output(output_format, quiet=quiet), language(lang)
    with errors_in(spoken):
        template = Scenario.template(scenario, settings, total)
        asked = Asked(
            accounts, template, results, by=by, query=query, overrides=overrides,
            retry_failed=retry_failed, with_plans=with_plans, force=force, total=total,
            across=across, keep_curves=keep_curves, borrow=borrow, timeout=timeout, memory=memory,
        )  # fmt: skip
        with _engine(engine, scheduler, workers, out) as chosen, _shown(out) as progress:
            found = plan_accounts(asked, chosen, progress)
    _keep(found, results, spoken)
    out.write({"table": lambda: batch_report(found, spoken), "json": lambda: to_json(found)})
    if not found.is_whole:
        click.get_current_context().exit(EXIT_SOME_FAILED)


def _keep(found: BatchSummary, results: str, spoken: Language) -> None:
    """The summary beside the tables, as a page and a workbook."""
    from scenarios.batch.work.results_store import store_at
    from scenarios.report.batch.accounts_page import accounts_page
    from scenarios.report.output_paths import extra

    with extra("batch"):
        from scenarios.report.batch.accounts_workbook import accounts_workbook

        workbook = accounts_workbook(found, spoken)
    store = store_at(results)
    store.write("summary.html", accounts_page(found, spoken).encode())
    store.write("summary.xlsx", workbook)


@contextmanager
def _engine(name: str, scheduler: str | None, workers: int | None, out: Output) -> Iterator[Any]:
    if name == "local":
        if scheduler is not None:
            raise click.UsageError("--scheduler is Dask's: add --engine dask")
        from scenarios.batch.engines import LocalEngine

        yield LocalEngine(workers)
        return
    from scenarios.batch.dask_engine import dask_engine

    with dask_engine(scheduler, workers) as found:
        out.note(f"dashboard: {found.dashboard}")
        yield found


@contextmanager
def _shown(out: Output) -> Iterator[Callable[[Progress], None]]:
    """How far the run is, its rate and what remains, where standard error is a terminal."""
    import sys

    if out.quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("accounts"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("accounts", total=None, rate="")

        def show(at: Any) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.1f}/s" if speed else ""
            bar.update(task, completed=at.done, total=at.accounts, rate=rate)

        yield show
