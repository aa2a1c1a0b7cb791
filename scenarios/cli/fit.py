"""budgetopt fit: the response curves behind a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scenarios.cli.common import Output, output_options
from scenarios.cli.history_options import history_options
from scenarios.cli.scenario_options import CACHED, cache_option

if TYPE_CHECKING:
    from models.history import HistorySpec


@click.command()
@history_options
@cache_option
@output_options
def command(history: HistorySpec, use_cache: bool, out: Output) -> None:
    """Fit a response curve to each channel of HISTORY.

    Write them to a file that `plan` reads back, and that a person can read and edit:

    \b
    budgetopt fit history.csv --output curves.json
    """
    from scenarios.cache import fitted
    from scenarios.csvtext import csv_text
    from scenarios.report.curves import curve_rows, curves_report

    with out.progress(f"Reading {history.file} ...") as say:
        found = fitted(history, use_cache, say)
    if found.is_cached:
        out.note(CACHED)
    curves = found.curves
    out.note(*curves.notices)
    out.write(
        {
            "table": lambda: curves_report(curves),
            "json": curves.to_json,
            "csv": lambda: csv_text(curve_rows(curves)),
        }
    )
