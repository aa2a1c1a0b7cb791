"""budgetopt fit: the response curves behind a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scenarios.cli.common import Output, output_options
from scenarios.cli.history_options import history_options

if TYPE_CHECKING:
    from models.history import HistorySpec


@click.command()
@history_options
@output_options
def command(history: HistorySpec, out: Output) -> None:
    """Fit a response curve to each channel of HISTORY.

    Write them to a file that `plan` reads back, and that a person can read and edit:

    \b
    budgetopt fit history.csv --output curves.json
    """
    from models import fit_curves, read_history
    from scenarios.csvtext import csv_text
    from scenarios.report.curves import curve_rows, curves_report

    with out.progress(f"Reading {history.file} ...") as say:
        found = read_history(history)
        say(f"Fitting {len(found.channels)} response curves ...")
        curves = fit_curves(found)
    out.note(*curves.notices)
    out.write(
        {
            "table": lambda: curves_report(curves),
            "json": curves.to_json,
            "csv": lambda: csv_text(curve_rows(curves)),
        }
    )
