"""budgetopt explain: what each rule of a plan is worth, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.options.output import Output, leave_without_plan, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    folder_option,
    plan_argument,
    scenario_options,
)

if TYPE_CHECKING:
    from scenarios.analyses.explain import Explanation


@click.command()
@plan_argument
@folder_option("Where a plan's scenario lies; by default where the plan does.")
@scenario_options
@cache_option
@output_options
def command(
    plan: Path, folder: Path | None, settings: tuple[str, ...], use_cache: bool, out: Output
) -> None:
    """Print the rules of PLAN, the dearest first: price, cost, and what they mean in words.

    PLAN is a plan that `budgetopt plan --output` wrote, or a scenario file.

    A price is what one more unit of a limit brings; it is shown with the limits between which it
    was found to stay within a tenth of that. A rule's cost is what the best plan without it would
    bring more.

    \b
    budgetopt explain december.yaml
    budgetopt plan december.yaml --output plan.json
    budgetopt explain plan.json
    """
    from scenarios.report.terminal.explain import explain_report, rule_rows, rules_json

    found = _explained(plan, folder, settings, use_cache, out)
    out.note(*found.notes)
    out.show(found, explain_report, rules_json, rule_rows)
    if found.plan.status == "infeasible":
        leave_without_plan()


def _explained(
    file: Path, folder: Path | None, settings: tuple[str, ...], use_cache: bool, out: Output
) -> Explanation:
    from scenarios.analyses.explain import explain_plan, explain_scenario
    from scenarios.definition.scenario import Scenario
    from scenarios.plan.plan import load

    with out.progress("Reading the plan ...") as say:
        if file.suffix.lower() == ".json":
            if settings:
                raise click.UsageError("A plan's settings are its own: explain its scenario.")
            return explain_plan(load(file), folder or file.parent, say)
        scenario = Scenario.load(file, settings)
        return explain_scenario(scenario, evidence_of(scenario, use_cache, out, say), say)
