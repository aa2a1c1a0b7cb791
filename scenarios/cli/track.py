"""budgetopt track: a plan against what happened, month to date."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.options.fit_options import conversion_lag_option
from scenarios.cli.options.output import FILE, Output, output_options
from scenarios.cli.options.scenario_options import cache_option, folder_option, plan_argument

if TYPE_CHECKING:
    from scenarios.tracking.relearn import Learning


@click.command()
@plan_argument
@click.argument("actuals", nargs=-1, required=True, type=FILE)
@click.option(
    "--until",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Count the days up to this one; by default all that ACTUALS holds.",
)
@conversion_lag_option("Days at the end of ACTUALS whose conversions are still arriving.")
@click.option(
    "--history",
    type=FILE,
    help="Everything up to now, for the curves to learn from; by default the plan's own history"
    " and ACTUALS.",
)
@folder_option()
@cache_option
@output_options
def command(
    plan: Path,
    actuals: tuple[Path, ...],
    until: datetime | None,
    conversion_lag: int,
    history: Path | None,
    folder: Path | None,
    use_cache: bool,
    out: Output,
) -> None:
    """Hold PLAN against what happened: pace, and why the result is another.

    ACTUALS is a history that covers days of the plan's period: a file like the scenario's history,
    exports, or a folder of them. The difference from the plan is divided in parts that add up: the
    money spent otherwise, and what it brought beyond or short of its curve. Whether that says
    anything yet is judged by the curve's draws and by how much conversions scatter.

    \b
    budgetopt track plan.json january.csv
    budgetopt track plan.json exports/ --until 2026-01-18
    """
    from scenarios.plan.csv_text import csv_text
    from scenarios.plan.plan import load
    from scenarios.report.rows import track_rows
    from scenarios.report.terminal.track import track_report
    from scenarios.tracking.actuals import read_actuals
    from scenarios.tracking.track import track
    from scenarios.tracking.track_document import track_json

    known = load(plan)
    with out.progress("Reading what happened ...") as say:
        last = until.date() if until else None
        found = track(known, read_actuals(known, actuals, last, say), conversion_lag)
        learnt = _learnt(found, folder or plan.parent, actuals, history, use_cache, out, say)
    out.write(
        {
            "table": lambda: track_report(found, learnt, out.width),
            "json": lambda: track_json(found, learnt),
            "csv": lambda: csv_text(track_rows(found)),
        }
    )


def _learnt(found, folder, files, history, use_cache, out, say) -> Learning | None:
    """What the curves learn; a word on why not, where that takes what is not there."""
    from models.errors import InputError
    from scenarios.tracking.relearn import relearn

    try:
        return relearn(found, folder, files, history, use_cache, say)
    except InputError as error:
        if history is not None:
            raise
        out.note(f"what the curves learn is not known: {'; '.join(str(error).splitlines())}")
        return None
