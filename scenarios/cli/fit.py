"""budgetopt fit: the response curves behind a history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.options.fit_options import fit_options, fraction, pairs
from scenarios.cli.options.history_options import Given, history_options
from scenarios.cli.options.output import FILE, FOLDER, Output, output_options
from scenarios.cli.options.scenario_options import cache_option, cached

if TYPE_CHECKING:
    from models.channel_fit.fit_options import FitOptions
    from models.curves.curveset import CurveSet
    from models.fit.backtest import Backtest
    from models.history.history import History, HistorySpec

    Say = Callable[[str], None]


@click.command()
@history_options
@fit_options
@click.option(
    "--by",
    metavar="COLUMN",
    help="Fit each value of this column (a geo, a brand) side by side: what one cannot tell is "
    "taken from the others. Channels are then called 'value / channel'; no cache, no plots, and "
    "only a mix is held out.",
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
    fit: FitOptions,
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
    from scenarios.plan.csvtext import csv_text
    from scenarios.report.terminal.curves import curve_rows, curves_report

    if by and plots is not None:
        raise click.UsageError("--plots draws the curves of a whole history: leave out --by.")
    if plots is not None and (plots / "index.html").exists():
        out.claim(plots / "index.html")
    shares = pairs("--incrementality", incrementality)
    with out.progress(f"Reading {history.name} ...") as say:
        spec = history.spec()
        if by:
            curves, found = _by_segment(spec, by, fit, holdout, say), None
        else:
            curves = _fitted(spec, fit, use_cache, out, say)
            found = _read(spec) if holdout or plots is not None else None
        backtested = _held_out(found, fit, plots, say) if found and holdout else None
        if backtested is not None:
            from models.fit.backtest import judged

            curves = judged(curves, backtested)
        curves = _corrected(curves, lift_tests, shares, fit.seed)
        if found and plots is not None:
            from scenarios.report.pictures.fit_pictures import draw

            say(f"Drawing {len(curves)} curves ...")
            page = draw(found, curves, backtested, plots)
            out.note(f"Drawn: {page}")
    out.note(*curves.notices, *_corrections(curves))
    out.write(
        {
            "table": lambda: curves_report(curves),
            "json": lambda: to_json(curves),
            "csv": lambda: csv_text(curve_rows(curves)),
        }
    )


def _fitted(spec: HistorySpec, fit: FitOptions, use_cache: bool, out: Output, say: Say) -> CurveSet:
    from scenarios.sources.fit_cache import fitted

    found = fitted(spec, use_cache, say, fit, lambda done, of: say(_bar(done, of)))
    if found.is_cached:
        out.note(cached())
    return found.curves


def _by_segment(spec: HistorySpec, by: str, fit: FitOptions, holdout: bool, say: Say) -> CurveSet:
    """The curves of every segment, as one set."""
    from models.fit.segments import fit_segments, joined
    from models.history.read import read_segments

    histories = read_segments(spec, by)
    say(f"Fitting {len(histories)} segments side by side ...")
    return joined(fit_segments(histories, fit, holdout))


def _read(spec: HistorySpec) -> History:
    from models.history.read import read_history

    return read_history(spec)


def _held_out(history: History, fit: FitOptions, plots: Path | None, say: Say) -> Backtest | None:
    """The backtest behind the verdicts; None where there is too little history.

    A mix's fit has judged itself already: of it, only the pictures need more.
    """
    from models.fit.backtest import backtest, is_long_enough

    if not is_long_enough(history) or (history.shape == "mix" and plots is None):
        return None
    say("Predicting held-out weeks ...")
    return backtest(history, options=fit)


def _corrected(
    curves: CurveSet, lift_tests: Path | None, shares: Mapping[str, str], seed: int
) -> CurveSet:
    """The curves as experiments and hand-set factors correct them."""
    if shares:
        from models.fit.calibration import with_incrementality

        factors = {c: fraction("--incrementality", share) for c, share in shares.items()}
        curves = with_incrementality(curves, factors)
    if lift_tests is not None:
        from models.fit.calibration import with_lift_tests
        from models.fit.side_tables import read_lift_tests

        curves = with_lift_tests(curves, read_lift_tests(lift_tests), seed)
    return curves


def _corrections(curves: CurveSet) -> Iterable[str]:
    from models.fit.calibration import corrections

    return corrections(curves)


def _bar(done: int, of: int) -> str:
    filled = round(20 * done / of)
    return f"Fitting {'#' * filled}{'.' * (20 - filled)} {done} of {of} curves"
