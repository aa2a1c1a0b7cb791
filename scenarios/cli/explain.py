"""budgetopt explain: what each rule of a plan is worth, and what it costs."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.common import Output, output_options


@click.command()
@click.argument("plan", metavar="PLAN", type=click.Path(path_type=Path))
@output_options
def command(plan: Path, out: Output) -> None:
    """Print the rules of PLAN, the dearest first: price, cost, and what they mean in words.

    \b
    budgetopt plan december.yaml --output plan.json
    budgetopt explain plan.json
    """
    from scenarios.csvtext import csv_text
    from scenarios.plan import load
    from scenarios.report.explain import explain_report, rule_rows, rules_json

    found = load(plan)
    out.write(
        {
            "table": lambda: explain_report(found),
            "json": lambda: rules_json(found),
            "csv": lambda: csv_text(rule_rows(found)),
        }
    )
