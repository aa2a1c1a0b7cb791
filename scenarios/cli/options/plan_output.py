"""What the commands that make or show a plan share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scenarios.cli.options.output import EXIT_INFEASIBLE, Output, echo

if TYPE_CHECKING:
    from scenarios.language.language import Language
    from scenarios.plan.plan import Plan


def write_plan(plan: Plan, out: Output, spoken: Language | None = None) -> None:
    """Write a plan in the form that was asked for; leave with exit code 3 if there is none."""
    from models.phrases import said
    from scenarios.plan.csv_text import csv_text
    from scenarios.plan.plan import dump
    from scenarios.report.rows import plan_rows
    from scenarios.report.terminal.plan import plan_report

    out.write(
        {
            "table": lambda: plan_report(plan, out.width, spoken),
            "json": lambda: dump(plan),
            "csv": lambda: csv_text(plan_rows(plan)),
        }
    )
    if plan.status == "infeasible":
        if out.file is not None or out.format != "table":
            assert plan.conflict is not None
            problem = said("no allocation satisfies the rules: {why}", why=plan.conflict.message)
            say = spoken.say if spoken else str
            echo(f"error: {say(problem)}", err=True)
        click.get_current_context().exit(EXIT_INFEASIBLE)
