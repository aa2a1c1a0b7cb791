"""budgetopt evaluate: a hand-made split beside today's and the best one."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import Output, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    scenario_argument,
    scenario_options,
)


@click.command()
@scenario_argument
@click.option(
    "--allocation",
    required=True,
    metavar="FILE|PAIRS",
    help="A CSV (channel,spend and perhaps period), a YAML file (channel: amount), a plan, or"
    " search=40000,tv=20000. An amount without a period is spent evenly over the whole plan.",
)
@scenario_options
@cache_option
@output_options
def command(
    scenario: Path, allocation: str, settings: tuple[str, ...], use_cache: bool, out: Output
) -> None:
    """Score a hand-made split under SCENARIO: what it breaks, what it costs, what to move.

    \b
    budgetopt evaluate december.yaml --allocation mine.csv
    budgetopt evaluate december.yaml --allocation search=40000,tv=20000
    """
    from scenarios.analyses.evaluate import evaluate_split, to_json, to_rows
    from scenarios.analyses.hand_split import read_split
    from scenarios.definition.scenario import Scenario
    from scenarios.question.calendar import Calendar
    from scenarios.report.terminal.evaluate import evaluate_report

    with out.progress("Reading the scenario ...") as say:
        loaded = Scenario.load(scenario, settings)
        evidence = evidence_of(loaded, use_cache, out, say)
        months = Calendar.of(loaded.definition, evidence.curves).named
        split = read_split(allocation, evidence.curves.names, months)
        found = evaluate_split(loaded, split, evidence)
    out.show(found, evaluate_report, to_json, to_rows)
