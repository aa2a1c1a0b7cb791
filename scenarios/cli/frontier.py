"""budgetopt frontier: what certainty costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from scenarios.cli.options.output import Output, leave_without_plan, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    picture_option,
    scenario_argument,
    scenario_options,
)

if TYPE_CHECKING:
    from optimizer.problem import Objective
    from scenarios.analyses.risk_frontier import Tradeoff
    from scenarios.analyses.two_objectives import Between


def _between(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> tuple[Objective, Objective] | None:
    """Two objectives, separated by a comma."""
    from scenarios.analyses.two_objectives import pair_of

    try:
        return None if text is None else pair_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _level(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    """A percentage below 100 %, as a fraction."""
    try:
        value = float(text.removesuffix("%")) / 100.0 if text.endswith("%") else float("nan")
    except ValueError:
        value = float("nan")
    if not 0.0 <= value < 1.0:
        raise click.BadParameter(f"{text!r} is not a percentage from 0% to below 100%")
    return value


@click.command()
@scenario_argument
@click.option(
    "--between",
    callback=_between,
    metavar="ONE,OTHER",
    help="Two of revenue, conversions, profit, value and spend, instead of mean and bad case.",
)
@click.option(
    "--level",
    default="90%",
    show_default=True,
    callback=_level,
    help="Share of the draws that are not among the worst.",
)
@click.option("--points", type=click.IntRange(2, 50), default=5, show_default=True)
@scenario_options
@picture_option
@cache_option
@output_options(also=("picture",))
@click.pass_context
def command(
    context: click.Context,
    scenario: Path,
    between: tuple[Objective, Objective] | None,
    level: float,
    points: int,
    settings: tuple[str, ...],
    picture: Path | None,
    use_cache: bool,
    out: Output,
) -> None:
    """Show what certainty costs: plans from the best on average to the best in the bad case.

    With --between, what more of one objective costs of another: each plan is proven to have the
    most of the first among all that have as much of the second.

    \b
    budgetopt frontier december.yaml
    budgetopt frontier december.yaml --level 80% --points 9 --format csv --output frontier.csv
    budgetopt frontier december.yaml --between revenue,profit --picture frontier.png
    """
    from scenarios.analyses import risk_frontier, two_objectives
    from scenarios.definition.scenario import Scenario

    is_given = context.get_parameter_source("level") is not ParameterSource.DEFAULT
    if between is not None and is_given:
        raise click.UsageError("--level speaks of draws: it does not go with --between")
    with out.progress("Reading the scenario ...") as say:
        loaded = Scenario.load(scenario, settings)
        evidence = evidence_of(loaded, use_cache, out, say)
        say("Finding the best splits ...")
        if between is None:
            found = risk_frontier.tradeoff(loaded, level, points, evidence)
        else:
            found = two_objectives.between(loaded, between, points, evidence)
    _show(found, out)
    if not found.points:
        leave_without_plan()
    if picture is not None:
        from scenarios.report.pictures.frontiers import frontier_picture

        frontier_picture(found, picture)
        out.note(f"wrote {picture}")


def _show(found: Tradeoff | Between, out: Output) -> None:
    from scenarios.analyses import risk_frontier, two_objectives
    from scenarios.report.terminal.risk_frontier import between_report, tradeoff_report

    if isinstance(found, two_objectives.Between):
        out.show(found, between_report, two_objectives.to_json, two_objectives.to_rows)
    else:
        out.show(found, tradeoff_report, risk_frontier.to_json, risk_frontier.to_rows)
