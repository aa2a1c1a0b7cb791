"""budgetopt fit: the response curves behind a history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.common import Output, output_options
from scenarios.cli.fit_options import fit_options, fraction, pairs
from scenarios.cli.history_options import history_options

if TYPE_CHECKING:
    from models.curveset import CurveSet
    from models.history import History, HistorySpec
    from models.options import FitOptions


@click.command()
@history_options
@fit_options
@click.option(
    "--lift-tests",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Experiments: a CSV with channel, start, end, spend, spend_without, incremental, "
    "standard_error.",
)
@click.option(
    "--incrementality",
    metavar="CHANNEL=SHARE",
    multiple=True,
    help="Count this share of what the platform attributes, e.g. search=70%.",
)
@click.option(
    "--holdout/--no-holdout",
    default=True,
    show_default=True,
    help="Also fit up to past dates, and judge the curves on what followed.",
)
@click.option(
    "--plots",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw every curve: PNG files and one HTML page.",
)
@output_options
def command(
    history: HistorySpec,
    fit: FitOptions,
    lift_tests: Path | None,
    incrementality: tuple[str, ...],
    holdout: bool,
    plots: Path | None,
    out: Output,
) -> None:
    """Fit a response curve to each channel of HISTORY.

    Write them to a file that `plan` reads back, and that a person can read and edit:

    \b
    budgetopt fit history.csv --output curves.json
    """
    from models import read_history
    from scenarios.csvtext import csv_text
    from scenarios.report.curves import curve_rows, curves_report

    shares = pairs("--incrementality", incrementality)
    with out.progress(f"Reading {history.file} ...") as say:
        found = read_history(history)
        say(f"Fitting {len(found.channels)} response curves ...")
        curves, backtested = _fitted(found, fit, lift_tests, shares, holdout, say)
        if plots is not None:
            from scenarios.report.plots import draw

            say(f"Drawing {len(curves)} curves ...")
            pages = draw(found, curves, backtested, plots)
            out.note(f"Drawn: {pages}")
    out.note(*curves.notices)
    out.write(
        {
            "table": lambda: curves_report(curves),
            "json": curves.to_json,
            "csv": lambda: csv_text(curve_rows(curves)),
        }
    )


def _fitted(history: History, fit: FitOptions, lift_tests, shares, holdout: bool, say):
    """The curves with everything that was asked for, and the backtest behind their verdicts."""
    from models import fit_curves

    curves: CurveSet = fit_curves(history, fit, lambda done, of: say(_bar(done, of)))
    backtested = None
    if holdout and history.shape == "tidy":
        from models.backtest import backtest, is_long_enough, judged

        if is_long_enough(history):
            say("Predicting held-out weeks ...")
            backtested = backtest(history, options=fit)
            curves = judged(curves, backtested)
    if shares:
        from models.calibration import with_incrementality

        factors = {c: fraction("--incrementality", share) for c, share in shares.items()}
        curves = with_incrementality(curves, factors)
    if lift_tests is not None:
        from models.calibration import with_lift_tests
        from models.sidefiles import read_lift_tests

        curves = with_lift_tests(curves, read_lift_tests(lift_tests), fit.seed)
    return curves, backtested


def _bar(done: int, of: int) -> str:
    filled = round(20 * done / of)
    return f"Fitting {'#' * filled}{'.' * (20 - filled)} {done} of {of} curves"
