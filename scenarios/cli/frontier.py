"""budgetopt frontier: what certainty costs."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import Output, leave_without_plan, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    scenario_argument,
    scenario_options,
)


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
    "--level",
    default="90%",
    show_default=True,
    callback=_level,
    help="Share of the draws that are not among the worst.",
)
@click.option("--points", type=click.IntRange(2, 50), default=5, show_default=True)
@scenario_options
@cache_option
@output_options
def command(
    scenario: Path,
    level: float,
    points: int,
    settings: tuple[str, ...],
    use_cache: bool,
    out: Output,
) -> None:
    """Show what certainty costs: plans from the best on average to the best in the bad case.

    \b
    budgetopt frontier december.yaml
    budgetopt frontier december.yaml --level 80% --points 9 --format csv --output frontier.csv
    """
    from scenarios.analyses.risk_frontier import to_json, to_rows, tradeoff
    from scenarios.definition.scenario import Scenario
    from scenarios.report.terminal.risk_frontier import tradeoff_report

    with out.progress("Reading the scenario ...") as say:
        loaded = Scenario.load(scenario, settings)
        evidence = evidence_of(loaded, use_cache, out, say)
        say("Finding the best splits ...")
        found = tradeoff(loaded, level, points, evidence)
    out.show(found, tradeoff_report, to_json, to_rows)
    if not found.points:
        leave_without_plan()
