"""budgetopt curves: other tools' models as curves, and curves as tables that other tools read."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import FILE, Output, output_options

TOOLS = ("robyn", "table")


@click.group()
def command() -> None:
    """Take the response curves of another tool's model, or hand ours on.

    \b
    budgetopt curves import RobynModel-3_165_9.json -o curves.json
    budgetopt curves import points.csv --days 7 --currency EUR -o curves.json
    budgetopt curves export curves.json -o points.csv
    """


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--from", "tool", type=click.Choice(TOOLS), help="Whose model it is; recognised unless given."
)
@click.option(
    "--days",
    type=click.IntRange(1, 36600),
    help="Days that the figures of a table are totals of: 7 for figures per week.",
)
@click.option(
    "--kpi",
    type=click.Choice(("conversions", "revenue")),
    help="What the responses of a table count; conversions unless it is said.",
)
@click.option("--currency", metavar="CODE", help="Currency of the spends, e.g. EUR.")
@output_options(suffixes={".txt": "table", ".json": "json"})
def import_command(
    files: tuple[Path, ...],
    tool: str | None,
    days: int | None,
    kpi: str | None,
    currency: str | None,
    out: Output,
) -> None:
    """Read a model of Robyn, or a table of response points, into a curves file.

    The source's own contributions are rebuilt from the curves and compared; beyond 0.1 % the
    import is refused. Without --output, only look.
    """
    from models.curves.file import to_json
    from models.interchange.curve_import import import_curves
    from models.interchange.curve_table import Asked
    from scenarios.report.terminal.interchange import referee_report

    with out.progress("Reading ..."):
        imported = import_curves(files, tool, Asked(days, kpi, currency))
    out.note(*imported.curves.notices)
    out.write(
        {
            "table": lambda: referee_report(imported),
            "json": lambda: to_json(imported.curves),
        }
    )
    if out.format == "json" and out.file and not out.quiet:
        Output("table").write({"table": lambda: referee_report(imported)})


@command.command()
@click.argument("curves", type=FILE)
@output_options(suffixes={".csv": "csv", ".json": "json"})
def export(curves: Path, out: Output) -> None:
    """Write CURVES as a table: channel, spend, response, and their 90 % interval.

    Spends and responses are per fit period. `curves import` and scenarios read the table back.
    """
    from models.curves.file import to_json
    from models.interchange.curve_import import load_curves
    from models.interchange.curve_table import to_rows
    from scenarios.plan.csv_text import csv_text

    found = load_curves(curves)
    out.write({"csv": lambda: csv_text(to_rows(found)), "json": lambda: to_json(found)})
