"""budgetopt backtest: would the curves have predicted what came next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scenarios.cli.options.fit_options import fit_options
from scenarios.cli.options.history_options import Given, history_options
from scenarios.cli.options.output import Output, count_option, output_options

if TYPE_CHECKING:
    from models.fit.request import FitRequest


@click.command()
@history_options
@fit_options
@count_option("--weeks", 1, 52, 8, "Length of each prediction.")
@count_option("--folds", 1, 52, 4, "Past dates to predict from; fewer where HISTORY is short.")
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
    out.show(result, backtest_report, backtest_json, backtest_rows)
