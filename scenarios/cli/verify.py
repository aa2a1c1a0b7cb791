"""budgetopt verify: make a plan again from its recorded inputs, and compare."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import echo
from scenarios.cli.options.scenario_options import folder_option, plan_argument

SHOWN = 20  # deviations that are listed


@click.command()
@plan_argument
@folder_option("Where the scenario lies; by default where the plan does.")
def command(plan: Path, folder: Path | None) -> None:
    """Make PLAN again from the files it was made from, and say whether every figure stands.

    The same inputs and versions on the same kind of machine give the same bytes. Other versions
    or platforms may move the last digits (up to a millionth is accepted and said), and of two
    splits that are equally good the solver may find the other one: that is reported as differing.

    Leaves with exit code 2 if an input was changed or a figure does not stand.

    \b
    budgetopt verify plan.json
    budgetopt verify archive/plan.json --folder ~/planning
    """
    from models.errors import Fault
    from scenarios.analyses.verify import verify
    from scenarios.plan.plan import PlanError, load

    verdict = verify(load(plan), folder or plan.parent)
    for name, (then, now) in verdict.versions.items():
        echo(f"made with {name} {then}, here is {now}", err=True)
    if not verdict.stands:
        found = verdict.deviations
        faults = [
            Fault(f"{plan}, {one.path}", f"recorded {one.recorded}, now {one.found}")
            for one in found[:SHOWN]
        ]
        if len(found) > SHOWN:
            faults.append(Fault(str(plan), f"and {len(found) - SHOWN} further figures differ"))
        raise PlanError(faults)
    how = "to the byte" if verdict.is_same else "within a millionth"
    echo(f"{plan}: every figure stands, {how}; all inputs are unchanged.")
