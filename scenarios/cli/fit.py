"""budgetopt fit: the response curves behind a history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.options.fit_options import fit_options, fraction
from scenarios.cli.options.history_options import Given, history_options
from scenarios.cli.options.output import FILE, FOLDER, Output, output_options, pairs
from scenarios.cli.options.scenario_options import cache_option, cached

if TYPE_CHECKING:
    from models.curves.curveset import CurveSet
    from models.fit.request import FitRequest
    from models.history.history import HistorySpec

    Say = Callable[[str], None]


@click.command()
@history_options
@fit_options
@click.option(
    "--by",
    metavar="COLUMN",
    help="Fit each value of this column (a geo, a brand) side by side: what one cannot tell is "
    "taken from the others. Channels are then called 'value / channel'; no plots, and only a "
    "mix is held out.",
)
@click.option(
    "--lift-tests",
    metavar="FILE",
    type=FILE,
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
    type=FOLDER,
    help="Also draw every curve: PNG files and one HTML page.",
)
@cache_option
@output_options
def command(
    history: Given,
    fit: FitRequest,
    by: str | None,
    lift_tests: Path | None,
    incrementality: tuple[str, ...],
    holdout: bool,
    plots: Path | None,
    use_cache: bool,
    out: Output,
) -> None:
    """Fit a response curve to each channel of HISTORY.

    HISTORY is a file of spend and conversions by date and channel, or exports of ad platforms.
    Write the curves to a file that `plan` reads back, and that a person can read and edit:

    \b
    budgetopt fit history.csv --output curves.json
    """
    from models.curves.file import to_json
    from scenarios.report.terminal.curves import curve_rows, curves_report

    fit = _asked(fit, by, lift_tests, incrementality, holdout)
    if fit.by and plots is not None:
        raise click.UsageError("--plots draws the curves of a whole history: leave out --by.")
    if plots is not None and (plots / "index.html").exists():
        out.claim(plots / "index.html")
    with out.progress(f"Reading {history.name} ...") as say:
        spec = history.spec()
        curves = _fitted(spec, fit, use_cache, out, say)
        if plots is not None:
            page = _drawn(spec, curves, fit, plots, say)
            out.note(f"Drawn: {page}")
    out.note(*curves.notices, *_corrections(curves))
    out.show(curves, curves_report, to_json, curve_rows)


def _fitted(spec: HistorySpec, fit: FitRequest, use_cache: bool, out: Output, say: Say) -> CurveSet:
    from scenarios.sources.fit_cache import fitted

    found = fitted(spec, use_cache, say, fit, lambda done, of: say(_bar(done, of)))
    if found.is_cached:
        out.note(cached())
    return found.curves


def _asked(
    fit: FitRequest,
    by: str | None,
    lift_tests: Path | None,
    incrementality: tuple[str, ...],
    holdout: bool,
) -> FitRequest:
    """The request with what only this command takes as options."""
    from models.fit.side_tables import read_lift_tests

    changes: dict[str, Any] = {}
    if by:
        changes["by"] = by
    if lift_tests is not None:
        changes["lift_tests"] = read_lift_tests(lift_tests)
    if incrementality:
        shares = pairs("--incrementality", incrementality)
        changes["incrementality"] = {c: fraction("--incrementality", s) for c, s in shares.items()}
    # Here somebody looks at the curves themselves: they are judged unless that is refused.
    return replace(fit, holdout=holdout, **changes)


def _drawn(spec: HistorySpec, curves: CurveSet, fit: FitRequest, plots: Path, say: Say) -> Path:
    from models.fit.backtest import backtest, is_long_enough
    from models.history.read import read_history_with_days
    from scenarios.report.pictures.fit_pictures import draw

    history, days = read_history_with_days(spec)
    backtested = None
    if fit.holdout and is_long_enough(history):
        say("Predicting held-out weeks ...")
        backtested = backtest(history, options=fit.options_for(days))
    say(f"Drawing {len(curves)} curves ...")
    return draw(history, curves, backtested, plots)


def _corrections(curves: CurveSet) -> Iterable[str]:
    from models.fit.calibration import corrections

    return corrections(curves)


def _bar(done: int, of: int) -> str:
    filled = round(20 * done / of)
    return f"Fitting {'#' * filled}{'.' * (20 - filled)} {done} of {of} curves"
