"""budgetopt backtest: would the curves have predicted what came next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scenarios.cli.options.fit_options import fit_options
from scenarios.cli.options.history_options import Given, history_options
from scenarios.cli.options.output import Output, output_options

if TYPE_CHECKING:
    from models.fit.request import FitRequest


@click.command()
@history_options
@fit_options
@click.option(
    "--weeks",
    type=click.IntRange(1, 52),
    default=8,
    show_default=True,
    help="Length of each prediction.",
)
@click.option(
    "--folds",
    type=click.IntRange(1, 52),
    default=4,
    show_default=True,
    help="Past dates to predict from; fewer where HISTORY is short.",
)
@output_options
def command(history: Given, fit: FitRequest, weeks: int, folds: int, out: Output) -> None:
    """Fit HISTORY up to several past dates, and predict the weeks that followed each.

    The curves see the spend that really happened, and nothing else of the future. Beside their
    error stand those of three baselines: a constant CPA, last year's conversions, a straight line.
    Of a mix, its one KPI is predicted.

    \b
    budgetopt backtest history.csv --weeks 4 --folds 6
    """
    from models.fit.backtest import backtest
    from models.history.read import read_history_with_days
    from scenarios.plan.csv_text import csv_text
    from scenarios.report.terminal.backtests import backtest_json, backtest_report, backtest_rows

    with out.progress(f"Reading {history.name} ...") as say:
        found, days = read_history_with_days(history.spec())
        say("Predicting held-out weeks ...")
        result = backtest(
            found,
            weeks,
            folds,
            fit.options_for(days),
            lambda done, of: say(f"Predicted {done} of {of} folds ..."),
        )
    out.write(
        {
            "table": lambda: backtest_report(result),
            "json": lambda: backtest_json(result),
            "csv": lambda: csv_text(backtest_rows(result)),
        }
    )
