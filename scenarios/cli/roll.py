"""budgetopt roll: next month's scenario from this one."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import FILE, echo, force_option
from scenarios.cli.options.scenario_options import scenario_argument


@click.command()
@scenario_argument
@click.option("--output", "-o", type=FILE, required=True, help="Write the new scenario here.")
@click.option("--history", type=FILE, help="The new history, instead of the scenario's own.")
@force_option()
def command(scenario: Path, output: Path, history: Path | None, force: bool) -> None:
    """Write the scenario that follows SCENARIO: its period moved on by one, the rest as it is.

    Comments, rules, amounts and what it extends are kept; what was changed is said.

    \b
    budgetopt roll december.yaml -o january.yaml
    budgetopt roll december.yaml -o january.yaml --history history-2026.csv
    """
    from models.files import write_whole
    from scenarios.report.output_paths import free_to_write
    from scenarios.tracking.roll import roll

    free_to_write([output], force)
    found = roll(scenario, output, history)
    write_whole(output, found.text)
    echo(f"wrote {output}")
    for change in found.changes or ("nothing had to be changed: its period follows the history",):
        echo(f"  {change}")
    for notice in found.notices:
        echo(f"note: {notice}", err=True)
    echo(f"Now try: budgetopt plan {output}")
