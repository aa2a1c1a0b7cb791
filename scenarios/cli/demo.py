"""budgetopt demo: a plan for the sample workspace, without any file of one's own."""

from __future__ import annotations

import click

from scenarios.cli.options.output import Output, output_options


@click.command()
@output_options
def command(out: Output) -> None:
    """Show a plan for a simulated advertiser with eight channels."""
    import tempfile
    from pathlib import Path

    from scenarios import demo
    from scenarios.cli.options.plan_output import write_plan
    from scenarios.definition.scenario import Scenario
    from scenarios.planning import run

    with tempfile.TemporaryDirectory() as folder, out.progress("Setting up ...") as say:
        demo.write(Path(folder))
        plan = run(Scenario.load(Path(folder, demo.START)), say)
    write_plan(plan, out)
    out.note(
        "",
        "This history is simulated. `budgetopt init my-plan` writes it and its scenarios into a"
        " folder,",
        "for you to put your own history in its place.",
    )
