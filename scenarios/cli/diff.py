"""budgetopt diff: what changed between two plans, and how much each change contributed."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import FILE, Output, output_options


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@output_options
def command(old: Path, new: Path, out: Output) -> None:
    """Show what changed from plan OLD to plan NEW: inputs, curves, rules, allocation, result.

    The change of the result is divided among its causes, channel by channel: other curves, other
    days or season, another budget (every channel scaled alike), the split that is then best under
    the old rules, and the rules (solved again without the new ones). The parts add up to the
    whole; what is spent otherwise is valued on the new curves.

    \b
    budgetopt diff november.json december.json
    budgetopt diff base.json growth.json --format csv
    """
    from scenarios.analyses.diff import difference, to_json, to_rows
    from scenarios.report.deliver import read_plans
    from scenarios.report.terminal.diff import diff_report

    before, after = (file.plan for file in read_plans([old, new]))
    found = difference(before, after)
    out.show(found, diff_report, to_json, to_rows)
