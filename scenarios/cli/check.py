"""budgetopt check: what was understood of a history, and what it is good for."""

from __future__ import annotations

import click

from models.history import HistorySpec
from scenarios.cli.common import Output, output_options
from scenarios.cli.history_options import history_options


@click.command()
@history_options
@output_options
def command(history: HistorySpec, out: Output) -> None:
    """Show what is understood of HISTORY, and how far each channel can be judged.

    HISTORY is a CSV, Parquet or XLSX file of spend and conversions by date and channel.

    \b
    budgetopt check history.csv
    budgetopt check history.csv --date-format DD/MM/YYYY --grain day
    budgetopt check weekly.csv --shape mix --kpi revenue --spend tv=tv_S --spend search=search_S
    """
    from models.history import read_history
    from scenarios.check import check, to_json, to_rows
    from scenarios.csvtext import csv_text
    from scenarios.report.check import check_report

    with out.progress(f"Reading {history.file} ..."):
        result = check(read_history(history))
    out.write(
        {
            "table": lambda: check_report(result),
            "json": lambda: to_json(result),
            "csv": lambda: csv_text(to_rows(result)),
        }
    )
