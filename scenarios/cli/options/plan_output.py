"""What the commands that make or show a plan share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.cli.options.output import Output, echo, leave_without_plan

if TYPE_CHECKING:
    from scenarios.language.language import Language
    from scenarios.plan.plan import Plan


def write_plan(plan: Plan, out: Output, spoken: Language | None = None) -> None:
    """Write a plan in the form that was asked for; leave with exit code 3 if there is none."""
    from models.phrases import said
    from scenarios.plan.plan import dump
    from scenarios.report.rows import plan_rows
    from scenarios.report.terminal.plan import plan_report

    out.show(plan, lambda plan: plan_report(plan, out.width, spoken), dump, plan_rows)
    if plan.status == "infeasible":
        if out.file is not None or out.format != "table":
            assert plan.conflict is not None
            problem = said("no allocation satisfies the rules: {why}", why=plan.conflict.message)
            say = spoken.say if spoken else str
            echo(f"error: {say(problem)}", err=True)
        leave_without_plan()
