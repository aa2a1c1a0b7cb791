"""budgetopt check: what was understood of a history, and what it is good for."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.history_options import Given, history_options, language_option
from scenarios.cli.options.output import FILE, Output, output_options


@click.command()
@history_options
@click.option(
    "--metrics", "with_metrics", is_flag=True, help="Also all metrics with trend and definition."
)
@click.option(
    "--weights",
    metavar="FILE",
    type=FILE,
    help="Also write the days that look wrong, with the weight that `fit --weights` may give them.",
)
@language_option
@output_options(also=("weights",))
def command(
    history: Given, with_metrics: bool, weights: Path | None, lang: str, out: Output
) -> None:
    """Show what is understood of HISTORY, how it fares, and how far it can be judged.

    HISTORY is a CSV, Parquet or XLSX file of spend and conversions by date and channel, or exports
    of ad platforms: one, several, or a folder of them, read as `budgetopt import` does. Or a
    scenario: then the history that it names, such as a warehouse's table.

    \b
    budgetopt check history.csv
    budgetopt check history.csv --date-format DD/MM/YYYY --grain day
    budgetopt check history.csv --metrics --lang vi
    budgetopt check exports/ --channels channels.yaml
    budgetopt check december.yaml
    budgetopt check weekly.csv --shape mix --kpi revenue --spend tv=tv_S --spend search=search_S
    """
    from models.files import write_whole
    from models.history.read import read_history_with_days
    from scenarios.language.language import errors_in, language
    from scenarios.plan.csv_text import csv_text
    from scenarios.report.terminal.check import check_report
    from scenarios.sources.check import check, to_json, to_rows, weight_rows

    spoken = language(lang)
    with errors_in(spoken), out.progress(f"Reading {history.name} ..."):
        result = check(*read_history_with_days(history.spec()))
    if weights is not None:
        write_whole(weights, csv_text(weight_rows(result.flags)))
        out.note(f"wrote {weights}")
    out.show(
        result,
        lambda found: check_report(found, spoken, with_metrics=with_metrics),
        to_json,
        to_rows,
    )
