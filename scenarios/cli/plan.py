"""budgetopt plan: the best allocation that a scenario's rules allow."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.history_options import language_option
from scenarios.cli.options.output import Output, output_options
from scenarios.cli.options.plan_output import write_plan
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    scenario_argument,
    scenario_options,
)


@click.command()
@scenario_argument
@scenario_options
@click.option(
    "--costs/--no-costs",
    default=None,
    help="Solve again without each rule that binds, to say what it costs; by default where few do.",
)
@click.option(
    "--promise",
    metavar="SHARE",
    help="Say what is reached with this probability, e.g. 80%.",
)
@cache_option
@language_option
@output_options
def command(
    scenario: Path,
    settings: tuple[str, ...],
    costs: bool | None,
    promise: str | None,
    use_cache: bool,
    lang: str,
    out: Output,
) -> None:
    """Find the best allocation that the rules of SCENARIO allow, with its proof.

    \b
    budgetopt plan december.yaml
    budgetopt plan december.yaml --budget +10% --set channels.tv.min_spend=5000
    budgetopt plan december.yaml --promise 80%
    budgetopt plan december.yaml --output plan.json
    budgetopt plan december.yaml --lang vi
    """
    from scenarios.definition.scenario import Scenario
    from scenarios.language.language import errors_in, language
    from scenarios.planning import plan_on

    spoken = language(lang)
    with errors_in(spoken), out.progress("Reading the scenario ...") as say:
        asked = () if promise is None else (f"promise={promise}",)
        loaded = Scenario.load(scenario, (*settings, *asked))
        plan = plan_on(loaded, evidence_of(loaded, use_cache, out, say, spoken), say, costs)
    write_plan(plan, out, spoken)
