"""budgetopt import: platforms' exports -> a history, and what became of every row."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.options.export_options import (
    EXPORT_OPTIONS,
    ONLY_EXPORTS,
    SHARED,
    SHARED_OPTIONS,
    read_options,
)
from scenarios.cli.options.history_options import language_option
from scenarios.cli.options.output import FILE, Output, choice_option, output_options, with_options

if TYPE_CHECKING:
    from models.exports.options import ReadOptions

LEVELS = ("channel", "account", "campaign", "adset", "ad")
_OPTIONS = (
    click.argument("files", nargs=-1, required=True, type=FILE),
    choice_option("--level", LEVELS, "What a row of the history stands for.", "campaign"),
    choice_option("--grain", ("auto", "week"), "auto: as the files are; week: sum days to weeks."),
    *EXPORT_OPTIONS,
    *SHARED_OPTIONS,
)


def _read_options(command: Callable) -> Callable:
    """Collect the options into `options`, which makes `ReadOptions` of them."""

    @functools.wraps(command)
    def wrapped(*args, level: str, grain: str, **kwargs):
        said = {name: kwargs.pop(name) for name in (*ONLY_EXPORTS, *SHARED)}
        weeks = "always" if grain == "week" else "never"

        def options() -> ReadOptions:
            return read_options(said, level=level, weeks=weeks)

        return command(*args, options=options, **kwargs)

    return with_options(wrapped, _OPTIONS)


@click.command()
@_read_options
@language_option
@output_options
def command(
    files: tuple[Path, ...], options: Callable[[], ReadOptions], lang: str, out: Output
) -> None:
    """Read exports of ad platforms into one history.

    FILES are reports as downloaded from Google Ads, Meta, TikTok, Microsoft, LinkedIn and GA4,
    tables of a warehouse, or folders of them. Without --output, only look.

    \b
    budgetopt import exports/ -o history.csv
    budgetopt import google.csv meta.csv --channels channels.yaml --rate USD=0.92 -o history.csv
    """
    from models.exports.combine.combine import read_exports
    from scenarios.language.language import errors_in, language
    from scenarios.report.terminal.reconciliation import reconciliation_json, reconciliation_report
    from scenarios.sources.exports import history_csv

    spoken = language(lang)
    with errors_in(spoken), out.progress("Reading ..."):
        imported = read_exports(files, options())
    account = imported.reconciliation
    out.write(
        {
            "table": lambda: reconciliation_report(account, spoken),
            "json": lambda: reconciliation_json(account),
            "csv": lambda: history_csv(imported.frame, account.currency),
        }
    )
    if out.format == "csv" and out.file and not out.quiet:
        Output("table").write({"table": lambda: reconciliation_report(account, spoken)})
