"""budgetopt next: where the next money would go, and where a cut would come from."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.amounts import AMOUNT
from scenarios.cli.options.output import Output, leave_without_plan, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    scenario_argument,
    scenario_options,
)


@click.command()
@scenario_argument
@click.option(
    "--amount",
    type=AMOUNT,
    default="10k",
    show_default=True,
    help="How much more, and how much less, e.g. 50000 or 50k.",
)
@scenario_options
@cache_option
@output_options
def command(
    scenario: Path, amount: float, settings: tuple[str, ...], use_cache: bool, out: Output
) -> None:
    """Say where the next AMOUNT would go, and where a cut of it would come from.

    \b
    budgetopt next december.yaml --amount 10k
    """
    from scenarios.analyses.next_money import increment, to_json, to_rows
    from scenarios.definition.scenario import Scenario
    from scenarios.report.terminal.next_money import increment_report

    with out.progress("Reading the scenario ...") as say:
        loaded = Scenario.load(scenario, settings)
        found = increment(loaded, amount, evidence_of(loaded, use_cache, out, say))
    out.show(found, increment_report, to_json, to_rows)
    if found.base.status == "infeasible":
        leave_without_plan()
