"""budgetopt import: platforms' exports -> a history, and what became of every row."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.common import Output, output_options

if TYPE_CHECKING:
    from models.exports import ReadOptions

LEVELS = ("channel", "account", "campaign", "adset", "ad")


def _for_files(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    """``comma`` for all files, ``meta.csv=comma`` for one."""
    said: dict[str, str] = {}
    for text in given:
        name, _, value = text.rpartition("=")
        if name in said:
            whose = f"of {name} " if name else ""
            raise click.UsageError(f"{param.opts[0]} {whose}is given twice.")
        said[name] = value
    return said


def _by_name(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    """``spend=Coût total``."""
    pairs = [text.partition("=") for text in given]
    for name, mark, value in pairs:
        if not (name and mark and value):
            raise click.UsageError(
                f"{param.opts[0]} {name}: write it as {param.make_metavar(ctx)}."
            )
    return {name: value for name, _, value in pairs}


def _rates(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    rates = {}
    for code, value in _by_name(ctx, param, given).items():
        try:
            rates[code.upper()] = float(value)
        except ValueError:
            raise click.UsageError(f"--rate {code}={value}: '{value}' is not a number.") from None
    return rates


def _said(name: str, metavar: str, text: str) -> Callable:
    """An option about one file or all of them."""
    return click.option(
        name, metavar=f"[FILE=]{metavar}", multiple=True, callback=_for_files, help=text
    )


_PLAIN = (
    *("level", "conversions_from", "rates", "currency", "account", "platform", "decimal"),
    *("period", "encoding", "columns", "results"),
)
_OPTIONS = (
    click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
    click.option(
        "--channels",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Rules that say which campaigns are which channel (YAML); default: by platform.",
    ),
    click.option(
        "--level",
        type=click.Choice(LEVELS),
        default="campaign",
        show_default=True,
        help="What a row of the history stands for.",
    ),
    click.option(
        "--conversions-from",
        type=click.Choice(("platforms", "ga4")),
        default="platforms",
        show_default=True,
        help="Whose conversions and revenue count.",
    ),
    click.option(
        "--rate",
        "rates",
        metavar="CODE=NUMBER",
        multiple=True,
        callback=_rates,
        help="Money of the history's currency per unit of another, e.g. USD=0.92.",
    ),
    _said("--currency", "CODE", "Of a file that names none; without FILE, of the history."),
    _said("--account", "NAME", "The account that a file is of, where no column says it."),
    _said("--platform", "NAME", "Instead of telling it from the content."),
    _said("--decimal", "MARK", "point or comma, where a file's numbers do not tell."),
    _said("--date-format", "ORDER", "ymd, dmy or mdy, where a file's dates do not tell."),
    _said("--period", "LENGTH", "day or week, where a file's dates do not tell."),
    _said("--encoding", "NAME", "Of a text that is not UTF-8, e.g. cp1252."),
    click.option(
        "--column",
        "columns",
        metavar="FIELD=HEADER",
        multiple=True,
        callback=_by_name,
        help="A header that is worded otherwise than known, e.g. spend='Total cost'.",
    ),
    click.option("--results", metavar="KIND", help="Which of Meta's results are conversions."),
)


def _read_options(command: Callable) -> Callable:
    """Collect the options into `options: ReadOptions`."""

    @functools.wraps(command)
    def wrapped(*args, channels: Path | None, date_format: dict, **kwargs):
        from models.exports import ReadOptions
        from scenarios.channelfile import read_channels

        said = {name: kwargs.pop(name) for name in _PLAIN}
        rules = read_channels(channels) if channels else None
        options = ReadOptions(channels=rules, date_form=date_format, **said)
        return command(*args, options=options, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


@click.command()
@_read_options
@output_options
def command(files: tuple[Path, ...], options: ReadOptions, out: Output) -> None:
    """Read exports of ad platforms into one history.

    FILES are reports as downloaded from Google Ads, Meta, TikTok, Microsoft, LinkedIn and GA4,
    tables of a warehouse, or folders of them. Without --output, only look.

    \b
    budgetopt import exports/ -o history.csv
    budgetopt import google.csv meta.csv --channels channels.yaml --rate USD=0.92 -o history.csv
    """
    from models.exports import read_exports
    from scenarios.exports import history_csv
    from scenarios.report.reconciliation import reconciliation_json, reconciliation_report

    with out.progress("Reading ..."):
        imported = read_exports(files, options)
    out.write(
        {
            "table": lambda: reconciliation_report(imported.reconciliation),
            "json": lambda: reconciliation_json(imported.reconciliation),
            "csv": lambda: history_csv(imported.frame),
        }
    )
    if out.format == "csv" and out.file and not out.quiet:
        Output("table").write({"table": lambda: reconciliation_report(imported.reconciliation)})
