"""budgetopt plan: the best allocation that a scenario's rules allow."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.common import Output, output_options
from scenarios.cli.planning import write_plan
from scenarios.cli.scenario_options import scenario_argument, scenario_options


@click.command()
@scenario_argument
@scenario_options
@output_options
def command(scenario: Path, settings: tuple[str, ...], out: Output) -> None:
    """Find the best allocation that the rules of SCENARIO allow, with its proof.

    \b
    budgetopt plan december.yaml
    budgetopt plan december.yaml --budget +10% --set channels.tv.min_spend=5000
    budgetopt plan december.yaml --output plan.json
    """
    from scenarios.planning import run
    from scenarios.scenario import Scenario

    with out.progress("Reading the scenario ...") as say:
        plan = run(Scenario.load(scenario, settings), say)
    write_plan(plan, out)
